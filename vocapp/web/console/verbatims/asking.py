"""What an address or a form of the verbatims asks for, and who may do what with what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, request, url_for

from vocapp.models import database_now
from vocapp.services.staff import Membership
from vocapp.services.verbatims.filters import NAMES, VerbatimFilter, as_written, read_filters
from vocapp.web.console import guard

SORTS: Final = ("newest", "best")


@dataclass(frozen=True)
class Asked:
    """The filters as an address has them, and what they mean now."""

    kept: Mapping[str, str]
    wanted: VerbatimFilter
    best_first: bool
    not_valid: tuple[str, ...] = ()
    """What the address names as filters and is left out, because it can't be one."""

    @property
    def query(self) -> dict[str, str]:
        """All that stands in the address."""
        return {**self.kept, "sort": "best"} if self.best_first else dict(self.kept)

    def without(self, *names: str) -> dict[str, str]:
        """Return the address's query without some of it."""
        return {name: value for name, value in self.query.items() if name not in names}

    def address(self, **changed: str | None) -> str:
        """Return the address of the same search with some of it changed; None: left out."""
        if changed.get("period"):
            changed = {"from": None, "to": None, **changed}
        query: dict[str, Any] = {name: value for name, value in {**self.query, **changed}.items() if value}
        return url_for("console.verbatims", **query)


def asked(given: Mapping[str, str] | None = None) -> Asked:
    """Read what is asked for: of the address, unless something else is `given`."""
    values = request.args if given is None else given
    kept = as_written({name: values.get(name, "") for name in NAMES})
    instead = {"period"} if kept.keys() & {"from", "to"} else set()
    not_valid = tuple(name for name in NAMES if values.get(name, "").strip() and name not in kept.keys() | instead)
    wanted = read_filters(kept, zone=guard.membership().timezone, now=database_now())
    return Asked(kept, wanted, bool(wanted.query.wanted) and values.get("sort") == "best", not_valid)


def may_tag(member: Membership) -> bool:
    """Say whether a member puts tags that are there already: not who only listens."""
    return member.role != "viewer"


def may_shape(member: Membership) -> bool:
    """Say whether a member makes, renames and removes tags, and shares views: they are the whole company's."""
    return member.role in {"owner", "analyst"} and member.place_key is None


def needs(*, granted: bool) -> None:
    """Raise 403 for who may not."""
    if not granted:
        abort(403)
