"""The room for promises: one row a slot, raised by one statement that never goes above the room there is."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Integer, select

from vocapp.domain.promises import DAYS_AHEAD, SLOT, Calendar, Slot
from vocapp.models import CallbackSlot, Workspace, db
from vocapp.models.sql import Dialect, statement
from vocapp.services import calling_hours
from vocapp.services.calling_hours import CallingHours


def calendar_of(calling: CallingHours, place: str | None) -> Calendar:
    """Return the team's calendar, for those who are called about a place."""
    everybodys, theirs = calling.of(None), calling.of(place)
    return Calendar(everybodys, calling.team, None if theirs.week == everybodys.week else theirs)


def load(*, workspace_id: int, place: str | None, now_settled: bool = False) -> tuple[CallingHours, Calendar]:
    """Read a workspace's calendar. `now_settled`: nobody changes it until this transaction has ended."""
    lock = {"read": True} if now_settled else None
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update=lock)
    calling = calling_hours.of_workspace(workspace, places=[place])
    return calling, calendar_of(calling, place)


def taken(*, workspace_id: int, calendar: Calendar, now: datetime) -> dict[datetime, int]:
    """Return how many promises stand in each of the slots to come, by its start.

    Those made when the hours were others, and the slots began at other times, count in each that they touch.
    """
    until = now + timedelta(days=DAYS_AHEAD) + 2 * SLOT
    rows = db.session.execute(
        select(CallbackSlot.starts_at, CallbackSlot.ends_at, CallbackSlot.taken).where(
            CallbackSlot.workspace_id == workspace_id, CallbackSlot.ends_at > now, CallbackSlot.starts_at < until
        )
    ).all()
    return {
        slot.start: sum(number for starts, ends, number in rows if starts < slot.end and ends > slot.start)
        for slot in calendar.slots(now, until)
    }


def take(*, workspace_id: int, slot: Slot) -> bool:
    """Take a place in a slot; False: there is none left. The calendar was read `now_settled`."""
    made = _take.run(
        db.session.connection(),
        workspace_id=workspace_id,
        starts_at=slot.start,
        ends_at=slot.end,
        capacity=slot.capacity,
    )
    return made.first() is not None


def give_back(*, workspace_id: int, starts_at: datetime) -> None:
    """Free a place in a slot."""
    _give_back.run(db.session.connection(), workspace_id=workspace_id, starts_at=starts_at)


@statement(taken=Integer())
def _take(d: Dialect) -> str:
    starts, ends = d.time("starts_at"), d.time("ends_at")
    room = "cast(:capacity as int) - beside.n" if d.postgresql else ":capacity - beside.n"
    return f"""
        insert into callback_slots (workspace_id, starts_at, ends_at, capacity, taken)
        select :workspace_id, {starts}, {ends}, {room}, 1 from (
            select coalesce(sum(taken), 0) as n from callback_slots
            where workspace_id = :workspace_id and starts_at <> {starts} and starts_at < {ends} and ends_at > {starts}
        ) as beside
        where {room} > 0
        on conflict (workspace_id, starts_at) do update
            set taken = callback_slots.taken + 1, capacity = excluded.capacity, ends_at = excluded.ends_at
            where callback_slots.taken < excluded.capacity
        returning taken
    """


@statement()
def _give_back(d: Dialect) -> str:
    return f"""
        update callback_slots set taken = taken - 1
        where workspace_id = :workspace_id and starts_at = {d.time("starts_at")} and taken > 0
    """
