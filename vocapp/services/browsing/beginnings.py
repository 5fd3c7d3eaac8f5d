"""What a workspace still needs before its first answer can come: read from what is there, not from what was clicked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select

from vocapp.models import ApiKey, Customer, Event, Member, Workspace, db
from vocapp.services import senders, surveying


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What is done; everything is the whole workspace's."""

    customers: bool
    events: bool
    key: bool
    """A tool may send them."""
    survey: bool
    """An event sends one."""
    surveys: bool
    """There is any, switched on or not."""
    sender: bool
    brand: bool
    colleagues: bool


def read_beginnings(*, workspace_id: int) -> Beginnings:
    """Return how far a workspace has come, in three statements."""
    workspace = db.session.get_one(Workspace, workspace_id)
    row = db.session.execute(
        select(
            _any(Customer, workspace_id),
            _any(Event, workspace_id),
            _any(ApiKey, workspace_id, ApiKey.revoked_at.is_(None)),
            select(func.count())
            .where(Member.workspace_id == workspace_id, Member.disabled_at.is_(None))
            .scalar_subquery(),
        )
    ).one()
    surveys = surveying.published(workspace_id=workspace_id)
    brand: dict[str, Any] = workspace.settings.get("brand") or {}
    return Beginnings(
        customers=row[0],
        events=row[1],
        key=row[2],
        survey=any(one.trigger is not None and one.trigger.active for one in surveys),
        surveys=bool(surveys),
        sender=bool(senders.sender_of(workspace.settings).address),
        brand=bool(brand.get("name") or brand.get("accent") or brand.get("logo_url")),
        colleagues=row[3] > 1,
    )


def _any(table: Any, workspace_id: int, *more: Any) -> Any:
    return exists(select(table.workspace_id).where(table.workspace_id == workspace_id, *more))
