"""Take up again what was given up, by hand: the fact is due once more, and what went wrong stays written down.

Jobs pass over what is done, so that a replay does nothing twice. A message that was given up before it left is planned
again, and put to the contact policy once more when it goes; one that may have left stays as it is, for good.

What is about no single workspace may be taken up from any: it stands in the history of the one where it was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select, update

from vocapp.models import Customer, Fact, Invitation, LedgerEntry, Replay, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.services.decisions import decide
from vocapp.services.halting import EVERYBODY
from vocapp.services.inviting import lock_contacts

MOST_AT_ONCE = 500
REASON = "replayed"


def replay_one(*, workspace_id: int, fact_id: int, by: str, now: datetime) -> int:
    """Take a fact up again; return 1, or 0 where it is not given up (any more)."""
    return _replay(_given_up(workspace_id, Fact.id == fact_id), workspace_id, by, now)


def replay_kind(*, workspace_id: int, kind: str, by: str, now: datetime) -> int:
    """Take all facts of a kind up again, 500 at a time; return how many there were."""
    return _replay(_given_up(workspace_id, Fact.kind == kind), workspace_id, by, now)


def replay_about(*, workspace_id: int, kind: str, subjects: Select[UUID], by: str, now: datetime) -> int:
    """Take the facts of a kind up again that are about some of its subjects; return how many there were."""
    return _replay(_given_up(workspace_id, (Fact.kind == kind) & Fact.subject_id.in_(subjects)), workspace_id, by, now)


def _given_up(workspace_id: int, which: object) -> list[Fact]:
    return list(
        db.session.scalars(
            select(Fact)
            .where(
                Fact.workspace_id.in_((workspace_id, EVERYBODY)),
                Fact.failed_at.is_not(None),
                Fact.done_at.is_(None),
                which,  # type: ignore[arg-type]
            )
            .order_by(Fact.id)
            .limit(MOST_AT_ONCE)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _replay(facts: Sequence[Fact], workspace_id: int, by: str, now: datetime) -> int:
    if not facts:
        return 0
    _plan_again(workspace_id, [fact.subject_id for fact in facts if fact.kind == "InvitationDue"], now)
    insert_many(
        Replay,
        [
            {
                "workspace_id": workspace_id,
                "id": new_id(),
                "fact_id": fact.id,
                "kind": fact.kind,
                "failed_at": fact.failed_at,
                "attempts": fact.attempts,
                "error": fact.error,
                "by": by,
                "at": now,
            }
            for fact in facts
        ],
    )
    db.session.execute(
        update(Fact)
        .where(Fact.id.in_([fact.id for fact in facts]))
        .values(failed_at=None, error=None, attempts=0, leased_until=None, due_at=now)
        .execution_options(synchronize_session=False)
    )
    return len(facts)


def _plan_again(workspace_id: int, invitation_ids: Sequence[UUID], now: datetime) -> None:
    """Plan invitations that never left: with a place in the ledger, as when they were made."""
    never_left = (
        Invitation.workspace_id == workspace_id,
        Invitation.id.in_(list(invitation_ids)),
        Invitation.status == "failed",
        Invitation.reason == "given_up",
    )
    keys = db.session.scalars(
        select(Customer.contact_key)
        .join(Invitation, (Invitation.workspace_id == Customer.workspace_id) & (Invitation.customer_id == Customer.id))
        .where(*never_left)
    ).all()
    if not keys:
        return
    lock_contacts(workspace_id=workspace_id, keys=set(keys))  # before any invitation, as everywhere
    again = db.session.scalars(
        select(Invitation)
        .where(*never_left)
        .order_by(Invitation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for invitation in again:
        invitation.send_at = now
        invitation.marked_at = None
        decide(invitation, status="scheduled", reason=REASON, now=now)
    db.session.flush()
    insert_many(
        LedgerEntry,
        [
            {
                "workspace_id": workspace_id,
                "id": one.id,
                "contact_key": one.contact_key,
                "at": now,
                "kind": "invitation",
                "survey_key": one.survey_key,
                "priority": one.priority,
                "made": False,
            }
            for one in again
        ],
        passing_over=True,
    )
    changed("customers", [one.customer_id for one in again], workspace_id=workspace_id)
