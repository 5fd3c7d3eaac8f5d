"""How the work of one workspace stands: what waits, what was given up and why, what the mail provider says.

What is about no single workspace (a provider's reports come in batches of them all) every workspace is told of: a kind,
an error's type, and nothing of whose mails it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from vocapp.models import Fact, Invitation, Replay, db
from vocapp.models.ids import first_id_at
from vocapp.services.browsing.mails import IN_TROUBLE
from vocapp.services.halting import EVERYBODY
from vocapp.services.staff import Scope

MOST_DEAD = 50
MOST_RETRIED = 20
MOST_REPLAYS = 10
TROUBLE_DAYS = 30
_OPEN = (Fact.done_at.is_(None), Fact.failed_at.is_(None))


class Waiting(NamedTuple):
    """The open facts of one kind."""

    due: int
    later: int
    oldest_due_at: datetime | None


class DeadKind(NamedTuple):
    kind: str
    n: int


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The facts that were given up: how many of each kind, and the last of them."""

    kinds: Sequence[DeadKind]
    latest: Sequence[Fact]

    @property
    def n(self) -> int:
        return sum(one.n for one in self.kinds)


class Trouble(NamedTuple):
    """Mails that did not go, or may not have, for one reason."""

    status: str
    reason: str | None
    n: int
    latest_at: datetime


def list_waiting(*, workspace_id: int, now: datetime) -> dict[str, Waiting]:
    """Return what is open, by the kind of fact."""
    due = Fact.due_at <= now
    rows = db.session.execute(
        select(
            Fact.kind,
            func.count().filter(due),
            func.count().filter(~due),
            func.min(Fact.due_at).filter(due),
        )
        .where(*_OPEN, Fact.workspace_id.in_((workspace_id, EVERYBODY)))
        .group_by(Fact.kind)
    )
    return {kind: Waiting(ready, later, oldest) for kind, ready, later, oldest in rows}


def list_dead(*, workspace_id: int) -> DeadLetters:
    """Return the facts that were given up, the last ones first."""
    failed = (Fact.workspace_id.in_((workspace_id, EVERYBODY)), Fact.failed_at.is_not(None))
    kinds = db.session.execute(select(Fact.kind, func.count()).where(*failed).group_by(Fact.kind).order_by(Fact.kind))
    latest = db.session.scalars(
        select(Fact).where(*failed).order_by(Fact.failed_at.desc(), Fact.id.desc()).limit(MOST_DEAD)
    )
    return DeadLetters([DeadKind(*row) for row in kinds], latest.all())


def list_retried(*, workspace_id: int) -> list[Fact]:
    """Return the facts that went wrong and will be tried again, the next ones first."""
    return list(
        db.session.scalars(
            select(Fact)
            .where(Fact.workspace_id.in_((workspace_id, EVERYBODY)), *_OPEN, Fact.error.is_not(None))
            .order_by(Fact.due_at)
            .limit(MOST_RETRIED)
        )
    )


def list_troubles(*, scope: Scope, now: datetime) -> list[Trouble]:
    """Return why mails of the last days did not go, what happened most first."""
    since = now - timedelta(days=TROUBLE_DAYS)
    here = () if scope.places is None else (Invitation.place.in_(scope.places),)
    rows = db.session.execute(
        select(Invitation.status, Invitation.reason, func.count().label("n"), func.max(Invitation.created_at))
        .where(
            Invitation.workspace_id == scope.workspace_id,
            *here,
            Invitation.id >= first_id_at(since),
            Invitation.created_at >= since,
            Invitation.channel == "email",
            Invitation.status.in_(IN_TROUBLE),
        )
        .group_by(Invitation.status, Invitation.reason)
        .order_by(func.count().desc(), Invitation.status, Invitation.reason)
    )
    return [Trouble(*row) for row in rows]


def list_replays(*, workspace_id: int) -> list[Replay]:
    """Return what was taken up again by hand, the last first."""
    return list(
        db.session.scalars(
            select(Replay)
            .where(Replay.workspace_id == workspace_id)
            .order_by(Replay.at.desc(), Replay.id.desc())
            .limit(MOST_REPLAYS)
        )
    )
