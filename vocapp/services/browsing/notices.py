"""What became of what the team was to be told: by notifier, for those who look after them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from vocapp.models import Alert, Fact, Notice, db

MOST_DEAD = 20


class DeadNotice(NamedTuple):
    """A message that was given up."""

    fact_id: int
    alert_id: UUID
    kinds: Sequence[str]
    place: str | None
    opened_at: datetime
    failed_at: datetime | None
    attempts: int
    error: str | None


def count_dead(*, workspace_id: int) -> dict[UUID | None, int]:
    """Return how many messages were given up, by notifier; None: those to the workspace's recipients of alerts."""
    query = select(Notice.notifier_id, func.count()).join(Fact, _given_up(workspace_id)).group_by(Notice.notifier_id)
    return dict(db.session.execute(query).all())


def list_dead(*, workspace_id: int, notifier_id: UUID) -> list[DeadNotice]:
    """Return the messages by a notifier that were given up, the last ones first."""
    rows = db.session.execute(
        select(
            Fact.id,
            Alert.id,
            Alert.kinds,
            Alert.place,
            Alert.opened_at,
            Fact.failed_at,
            Notice.attempts,
            Notice.error,
        )
        .select_from(Notice)
        .join(Fact, _given_up(workspace_id))
        .join(Alert, (Alert.workspace_id == Notice.workspace_id) & (Alert.id == Notice.alert_id))
        .where(Notice.notifier_id == notifier_id)
        .order_by(Fact.failed_at.desc(), Fact.id.desc())
        .limit(MOST_DEAD)
    )
    return [DeadNotice(*row) for row in rows]


def count_waiting(*, workspace_id: int, notifier_id: UUID) -> int:
    """Return how many alerts are still to be told by a notifier."""
    own = (Notice.workspace_id == workspace_id, Notice.notifier_id == notifier_id, Notice.alert_id.is_not(None))
    return db.session.scalar(select(func.count()).where(*own, Notice.status == "waiting")) or 0


def list_tried(*, workspace_id: int, notifier_id: UUID) -> list[Notice]:
    """Return what became of the last test of a notifier: a notice for each recipient."""
    tests = (
        Notice.workspace_id == workspace_id,
        Notice.notifier_id == notifier_id,
        Notice.event == "notifier.test",
    )
    last = select(Notice.event_id).where(*tests).order_by(Notice.created_at.desc()).limit(1).scalar_subquery()
    return list(db.session.scalars(select(Notice).where(*tests, Notice.event_id == last).order_by(Notice.recipient)))


def _given_up(workspace_id: int) -> ColumnElement[bool]:
    return (
        (Notice.workspace_id == workspace_id)
        & (Fact.workspace_id == Notice.workspace_id)
        & (Fact.subject_id == Notice.id)
        & (Fact.kind == "NoticeDue")
        & Fact.failed_at.is_not(None)
        & Fact.done_at.is_(None)
    )
