"""How staff see a customer's name: whole, or masked for those who listen without needing to know who speaks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from vocapp.models import Customer, db

_MASK = "•••"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Names:
    id: UUID
    external_id: str
    first_name: str | None
    last_name: str | None

    def shown(self, *, whole: bool) -> str:
        """Return the name, or the external id where there is none; masked: initials, or the id's end."""
        parts = [part for part in (self.first_name, self.last_name) if part]
        if whole:
            return " ".join(parts) or self.external_id
        return " ".join(f"{part[0].upper()}." for part in parts) or self.key(whole=False)

    def key(self, *, whole: bool) -> str:
        """Return the external id, or only its end where there is enough left to hide."""
        if whole:
            return self.external_id
        return _MASK + (self.external_id[-_SHOWN:] if len(self.external_id) > 2 * _SHOWN else "")


def list_names(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, Names]:
    """Return the names of many customers, in one statement."""
    rows = db.session.execute(
        select(Customer.id, Customer.external_id, Customer.first_name, Customer.last_name).where(
            Customer.workspace_id == workspace_id, Customer.id.in_(list(ids))
        )
    )
    return {row[0]: Names(*row) for row in rows}
