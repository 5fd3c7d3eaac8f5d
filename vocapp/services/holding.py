"""A survey about which too many complain, or by which too many unsubscribe, holds itself: it sends nothing more.

    find_crossing (by the clock: reads) ──► hold ──► (its invitations wait, where they are decided or about to go)
                                                        │ until a person resumes it, or they are no longer hot
                                           resume ◄─────┘ what is still hot goes; from here on it is judged anew

Judged are the mails of a survey over JUDGED_OVER, by the sums that the page of mails shows: a day's messages with all
that has become of them since. Of a survey that was resumed, only those that left since; around the day of that, which
the sums do not divide, by the rows that they were made of. Who holds and who resumes waits for the survey's row.
See docs/decisions/024-held-surveys.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select, update

from vocapp.domain.boards import Sums, added, sums_of
from vocapp.domain.mail_health import JUDGED_OVER, HoldReason, MailLimits, held_for
from vocapp.models import Fact, Invitation, LedgerEntry, SurveyHold, SurveyRecord, Workspace, db, new_id
from vocapp.models.journey import MAIL_BITS
from vocapp.models.summaries import Part, sum_up
from vocapp.services import auditing, happenings, noticing_holds

BY_ITSELF = "vocapp"
"""Who held it, in the journal."""
_DAY = timedelta(days=1)
_STANDS = (SurveyHold.resumed_at.is_(None),)


class HeldAgain(Exception):
    """Another hold stands than the one that was looked at."""

    def __init__(self) -> None:
        super().__init__("The survey was resumed meanwhile, and is held again: read why, and decide anew.")


@dataclass(frozen=True, slots=True)
class Crossing:
    """A survey that is to be held, and what it was judged by."""

    survey_key: str
    reason: HoldReason
    sums: Sums
    resumed_at: datetime | None
    """When it was resumed last: these are the messages since."""


def find_crossing(*, workspace_id: int, now: datetime) -> list[Crossing]:
    """Return the surveys that have crossed the line and are not held; nothing is written, and two statements read.

    Outside any transaction, as all that reads sums.
    """
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    today = now.astimezone(ZoneInfo(workspace.timezone)).date()
    # in another time zone, which was the workspace's a moment ago, it may be tomorrow already
    window = (today - JUDGED_OVER + _DAY, today + 2 * _DAY)
    suspects = {key for key, *values in _sum_up(workspace_id, window, None, ("survey_key",)) if _met_with(values)}
    if not suspects:
        return []
    holds = _last_holds(workspace_id, suspects)
    suspects -= {key for key, hold in holds.items() if hold.resumed_at is None}
    days: dict[str, list[tuple[date, Sums]]] = defaultdict(list)
    for start, key, *values in _sum_up(workspace_id, window, "email", ("start", "survey_key")) if suspects else ():
        days[key].append((start, Sums(tuple(values))))
    limits = MailLimits.read(workspace.settings.get("mail_limits") or {})
    found = []
    for key in sorted(suspects):
        hold = holds.get(key)
        sums = _since(workspace_id, key, days[key], hold, window[0])
        reason = held_for(sums, limits)
        if reason is not None:
            found.append(Crossing(key, reason, sums, hold.resumed_at if hold is not None else None))
    return found


def hold(*, workspace_id: int, crossing: Crossing, now: datetime) -> SurveyHold | None:
    """Hold a survey, note it in the journal, plan that staff are told; None: somebody did, or has resumed it since."""
    if not _lock(workspace_id, crossing.survey_key):
        return None
    last = _last_holds(workspace_id, {crossing.survey_key}).get(crossing.survey_key)
    if last is not None and (last.resumed_at is None or last.resumed_at != crossing.resumed_at):
        return None
    made = SurveyHold(
        workspace_id=workspace_id,
        id=new_id(),
        survey_key=crossing.survey_key,
        reason=crossing.reason,
        delivered=crossing.sums.delivered,
        complained=crossing.sums["mail_complained"],
        unsubscribed=crossing.sums["mail_unsubscribed"],
        held_at=now,
    )
    db.session.add(made)
    db.session.flush()
    auditing.note(
        workspace_id=workspace_id,
        by=BY_ITSELF,
        action="survey.held",
        subject=made.survey_key,
        after={name: getattr(made, name) for name in ("reason", "delivered", "complained", "unsubscribed")},
        now=now,
    )
    noticing_holds.tell(hold=made, now=now)
    return made


def resume(*, workspace_id: int, survey_key: str, by: str, now: datetime, seen: UUID | None = None) -> bool:
    """Let a survey send again, and what is still hot of it go; say whether it was held. Twice is once.

    `seen` is the hold that somebody looked at; None: whichever stands is ended. Raises HeldAgain where another stands.
    """
    if not _lock(workspace_id, survey_key):
        return False
    if seen is not None:
        standing = find_hold(workspace_id=workspace_id, survey_key=survey_key)
        if standing is not None and standing.id != seen:
            raise HeldAgain
    workspace = db.session.get_one(Workspace, workspace_id)
    ended = db.session.execute(
        update(SurveyHold)
        .where(SurveyHold.workspace_id == workspace_id, SurveyHold.survey_key == survey_key, *_STANDS)
        .values(resumed_at=now, resumed_on=now.astimezone(ZoneInfo(workspace.timezone)).date())
        .returning(SurveyHold.reason, SurveyHold.held_at)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if ended is None:
        return False
    _release(workspace_id, survey_key, now)
    auditing.note(
        workspace_id=workspace_id,
        by=by,
        action="survey.resumed",
        subject=survey_key,
        before={"reason": ended.reason, "held_at": ended.held_at.isoformat(timespec="seconds")},
        now=now,
    )
    return True


def find_hold(*, workspace_id: int, survey_key: str) -> SurveyHold | None:
    """Return what holds a survey; None: nothing does."""
    return list_holds(workspace_id=workspace_id, surveys=[survey_key]).get(survey_key)


def list_holds(
    *, workspace_id: int, surveys: Collection[str] | None = None, keep: bool = False
) -> dict[str, SurveyHold]:
    """Return what holds surveys (some, or all of a workspace) by their keys.

    `keep`: as it is until this transaction ends; who resumes one waits for it, and then sees all that was held by it.
    """
    query = select(SurveyHold).where(SurveyHold.workspace_id == workspace_id, *_STANDS)
    if surveys is not None:
        query = query.where(SurveyHold.survey_key.in_(list(surveys)))
    if keep:
        query = query.with_for_update(read=True)
    found = db.session.scalars(query.order_by(SurveyHold.survey_key).execution_options(populate_existing=True))
    return {one.survey_key: one for one in found}


def is_held(*, kind: str, about_alert: bool, survey_key: str, holds: Collection[str]) -> bool:
    """Say whether an invitation is held with its survey; an apology is owed, whatever becomes of surveys."""
    return survey_key in holds and (kind != happenings.APOLOGY or about_alert)


def takes_place() -> ColumnElement[bool]:
    """Return the condition of an entry of the ledger that keeps others out: of what is only planned, as `is_held`.

    What a hold keeps back may never go; where its survey is resumed in time, it is judged anew by what was sent.
    """
    held = (
        select(SurveyHold.id)
        .where(
            SurveyHold.workspace_id == LedgerEntry.workspace_id,
            SurveyHold.survey_key == LedgerEntry.survey_key,
            *_STANDS,
        )
        .exists()
    )
    about_alert = (
        select(Invitation.id)
        .where(
            Invitation.workspace_id == LedgerEntry.workspace_id,
            Invitation.id == LedgerEntry.id,
            Invitation.alert_id.is_not(None),
        )
        .exists()
    )
    return LedgerEntry.made | ~held | ((LedgerEntry.kind == happenings.APOLOGY) & ~about_alert)


def _met_with(values: Sequence[int]) -> bool:
    both = Sums(tuple(values))
    return both["mail_complained"] + both["mail_unsubscribed"] > 0


def _sum_up(
    workspace_id: int, window: tuple[date, date], channel: str | None, groups: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    return sum_up(Part(workspace_id, "day", *window, None, channel, None), groups)


def _since(
    workspace_id: int, key: str, days: Sequence[tuple[date, Sums]], hold: SurveyHold | None, first: date
) -> Sums:
    """Return the sums of the messages that left since a survey was resumed; of one never held, all in the window.

    The day of a message is the workspace's of when it was counted, and a workspace may have changed its zone since: it
    lies within a day of that of UTC. Beyond these three days the sums say it, within them the rows.
    """
    if hold is None or hold.resumed_at is None:
        return added(sums for _, sums in days)
    resumed_on = hold.resumed_at.astimezone(UTC).date()
    last = resumed_on + _DAY
    later = [sums for day, sums in days if day > last]
    if last < first:
        return added(later)
    return added([*later, _of_rows(workspace_id, key, hold.resumed_at, max(first, resumed_on - _DAY), last)])


def _of_rows(workspace_id: int, key: str, since: datetime, first: date, last: date) -> Sums:
    """Return what is counted of the mails that left after a moment, on some days."""

    def times(name: str) -> ColumnElement[int]:
        return func.count().filter(Invitation.mail_counted.op("&")(MAIL_BITS[name]) != 0).label(f"mail_{name}")

    row = (
        db.session.execute(
            select(*map(times, MAIL_BITS)).where(
                Invitation.workspace_id == workspace_id,
                Invitation.survey_key == key,
                Invitation.mailed_on.between(first, last),
                Invitation.sent_at > since,
                Invitation.channel == "email",
            )
        )
        .mappings()
        .one()
    )
    return sums_of(**row)


def _last_holds(workspace_id: int, keys: Collection[str]) -> Mapping[str, SurveyHold]:
    """Return the last hold of each of these surveys, one that stands before all others."""
    found = db.session.scalars(
        select(SurveyHold)
        .where(SurveyHold.workspace_id == workspace_id, SurveyHold.survey_key.in_(list(keys)))
        .order_by(SurveyHold.resumed_at.is_(None), SurveyHold.resumed_at)
        .execution_options(populate_existing=True)
    )
    return {one.survey_key: one for one in found}


def _lock(workspace_id: int, key: str) -> bool:
    return bool(
        db.session.execute(
            select(SurveyRecord.key)
            .where(SurveyRecord.workspace_id == workspace_id, SurveyRecord.key == key)
            .with_for_update(key_share=True)
        ).first()
    )


def _release(workspace_id: int, survey_key: str, now: datetime) -> None:
    """Make due what waits for this survey, each when it was to go."""
    waiting = (
        select(func.coalesce(Invitation.send_at, now))
        .where(
            Invitation.workspace_id == Fact.workspace_id,
            Invitation.id == Fact.subject_id,
            Invitation.survey_key == survey_key,
            Invitation.status == "held",
        )
        .scalar_subquery()
    )
    db.session.execute(
        update(Fact)
        .where(
            Fact.workspace_id == workspace_id,
            Fact.kind == "InvitationDue",
            Fact.done_at.is_(None),
            Fact.failed_at.is_(None),
            Fact.due_at > now,
            waiting.is_not(None),
        )
        .values(due_at=waiting, leased_until=None)
        .execution_options(synchronize_session=False)
    )
