"""While the mail provider takes nothing: who asked us to wait, or turned us away, and what waits for it to end.

A halt belongs to the account by which mail goes: with another key it is another account, and nothing stands in its way.

`asked_to_wait` (a 429): for every workspace, until the time it named; it ends by itself. `turned_away` (a 401 or 403, a
refused login or sender): for the workspace whose mail it was; one message tries now and then, and it ends when one goes
through, when the key has changed, or by command.

What is due meanwhile is not called, not counted as a failure, and parked in its order.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, select, update

from vocapp.adapters.mail import MailBlocked, MailDeferred, MailError
from vocapp.models import Fact, Invitation, MailHalt, db
from vocapp.models.bulk import insert_many
from vocapp.models.outbox import postpone
from vocapp.models.types import UtcTime

EVERYBODY = 0
TRIED_AGAIN_AFTER = timedelta(minutes=5)
"""How often one message tries where we were turned away: a bill may have been paid, with no new key."""
PARKED = "waits: the mail provider takes nothing at the moment"
_OPEN = (Fact.done_at.is_(None), Fact.failed_at.is_(None))


class Halt(NamedTuple):
    """What staff and operators are told."""

    workspace_id: int
    """0: all of them."""
    reason: str
    detail: str
    since: datetime
    tried_again_at: datetime


class Turn(NamedTuple):
    """Where we were turned away, one message tries at a time."""

    ours: bool
    until: datetime
    """For everybody else."""


def list_standing(*, account: str, workspace_id: int) -> list[MailHalt]:
    """Return every halt that concerns a workspace, also those whose time is over."""
    return list(db.session.scalars(select(MailHalt).where(*_concerns(account, workspace_id))))


def turn_of(fact_id: int, until: datetime) -> datetime:
    """Return when a fact that waits for a halt comes: behind what made us wait, and in order among themselves."""
    return until + timedelta(microseconds=fact_id % 1_000_000 + 1)


def park(*, fact: Fact, account: str, now: datetime) -> bool:
    """Put a fact off if its workspace's mail is halted; say whether it was."""
    if fact.done_at is not None or fact.failed_at is not None:
        return False
    until = db.session.scalar(
        select(func.max(MailHalt.until)).where(*_concerns(account, fact.workspace_id), MailHalt.until > now)
    )
    if until is None:
        return False
    _put_off(fact, until)
    return True


def take_turn(*, fact: Fact, account: str, now: datetime) -> bool:
    """Say whether a message may be tried now: where we were turned away, one at a time; else its fact is put off."""
    turn = whose_turn(account=account, workspace_id=fact.workspace_id, now=now)
    if turn is None or turn.ours:
        return True
    _put_off(fact, turn.until)
    return False


def whose_turn(*, account: str, workspace_id: int, now: datetime) -> Turn | None:
    """Take the turn to try one message where we were turned away; None: we were not."""
    halt = _lock(account, workspace_id)
    if halt is None:
        return None
    if halt.until > now:  # another one is being tried this moment
        return Turn(ours=False, until=halt.until)
    halt.until = now + TRIED_AGAIN_AFTER
    return Turn(ours=True, until=halt.until)


def heed(*, error: MailError, account: str, workspace_id: int, now: datetime) -> datetime | None:
    """Halt where an error says so; return until when, or None where it speaks of one message only."""
    if isinstance(error, MailBlocked):
        return _halt(account, workspace_id, "turned_away", error.detail, now, now + TRIED_AGAIN_AFTER)
    if isinstance(error, MailDeferred) and error.retry_after is not None:
        until = now + timedelta(seconds=error.retry_after)
        return _halt(account, EVERYBODY, "asked_to_wait", error.detail, now, until)
    return None


def went_through(*, account: str, workspace_id: int, now: datetime, at: datetime | None = None) -> None:
    """End what stood in the way: a message was taken (`at`, where not just now); what began since, it did not try."""
    ended = db.session.execute(
        delete(MailHalt)
        .where(
            MailHalt.account == account,
            MailHalt.since <= (at or now),
            (MailHalt.workspace_id == workspace_id) | and_(MailHalt.workspace_id == EVERYBODY, MailHalt.until <= now),
        )
        .returning(MailHalt.workspace_id)
        .execution_options(synchronize_session=False)
    ).all()
    if (workspace_id,) in ended:
        _release({workspace_id}, now)


def resume(*, workspace_id: int, now: datetime) -> int:
    """End every halt of a workspace by hand, those of all workspaces too; return how many there were."""
    ended = db.session.execute(
        delete(MailHalt)
        .where(MailHalt.workspace_id.in_((workspace_id, EVERYBODY)))
        .returning(MailHalt.workspace_id)
        .execution_options(synchronize_session=False)
    ).all()
    _release(None if (EVERYBODY,) in ended else {workspace_id}, now)
    return len(ended)


def follow_account(*, account: str, now: datetime) -> int:
    """End the halts of accounts that are used no longer, so that what waited for them goes by the new one at once."""
    ended = db.session.execute(
        delete(MailHalt)
        .where(MailHalt.account != account)
        .returning(MailHalt.workspace_id)
        .execution_options(synchronize_session=False)
    ).all()
    if ended:
        _release(None if (EVERYBODY,) in ended else {workspace_id for (workspace_id,) in ended}, now)
    return len(ended)


def list_halts(*, now: datetime, workspace_id: int | None = None) -> list[Halt]:
    """Return what halts the mail (of one workspace), the oldest first."""
    query = select(MailHalt).where((MailHalt.until > now) | (MailHalt.reason == "turned_away"))
    if workspace_id is not None:
        query = query.where(MailHalt.workspace_id.in_((workspace_id, EVERYBODY)))
    return [
        Halt(one.workspace_id, one.reason, one.detail, one.since, one.until)
        for one in db.session.scalars(query.order_by(MailHalt.since, MailHalt.workspace_id))
    ]


def count_halts(*, now: datetime) -> dict[str, int]:
    """Count what halts the mail by reason, with the reasons for which nothing does."""
    counts = dict.fromkeys(("asked_to_wait", "turned_away"), 0)
    for halt in list_halts(now=now):
        counts[halt.reason] += 1
    return counts


def _halt(account: str, workspace_id: int, reason: str, detail: str, now: datetime, until: datetime) -> datetime:
    row = {"account": account, "workspace_id": workspace_id, "reason": reason, "detail": detail[:300]}
    insert_many(MailHalt, [{**row, "since": now, "until": until}], passing_over=True)
    halt = db.session.scalars(
        select(MailHalt)
        .where(MailHalt.account == account, MailHalt.workspace_id == workspace_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if halt.until <= now and halt.reason == "asked_to_wait":
        halt.since = now  # the one before is over
    halt.reason, halt.detail, halt.until = reason, detail[:300], max(halt.until, until)
    return halt.until


def _lock(account: str, workspace_id: int) -> MailHalt | None:
    return db.session.scalars(
        select(MailHalt)
        .where(MailHalt.account == account, MailHalt.workspace_id == workspace_id, MailHalt.reason == "turned_away")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _concerns(account: str, workspace_id: int) -> tuple[ColumnElement[bool], ...]:
    return MailHalt.account == account, MailHalt.workspace_id.in_((workspace_id, EVERYBODY))


def _put_off(fact: Fact, until: datetime) -> None:
    fact.error = PARKED
    db.session.flush()
    postpone(fact.id, until=turn_of(fact.id, until))


def _release(workspace_ids: Collection[int] | None, now: datetime) -> None:
    """Make due what is parked, in the order in which it first was."""
    at_once = literal(now, UtcTime())
    planned = (
        select(case((Invitation.send_at < now, Invitation.send_at), else_=at_once))
        .where(Invitation.workspace_id == Fact.workspace_id, Invitation.id == Fact.subject_id)
        .scalar_subquery()
    )
    parked = [*_OPEN, Fact.error == PARKED, Fact.due_at > now]
    if workspace_ids is not None:
        parked.append(Fact.workspace_id.in_(workspace_ids))
    db.session.execute(
        update(Fact)
        .where(*parked)
        .values(due_at=func.coalesce(planned, at_once), leased_until=None, error=None)
        .execution_options(synchronize_session=False)
    )
