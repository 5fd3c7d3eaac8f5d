"""What the callbacks of erased people came to, without them: a row for each alert, for each of its resolutions, and for
each time that it came due.

Only the report of causes counts them; no list and no export reads this table. A resolution is kept by the day, with
lengths of time instead of times, and the place above the store; a cause in somebody's own words only where others have
it, too (`forgetting_callbacks.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from vocapp.domain.callback_figures import Due, Resolution
from vocapp.models import AnonymousCallback, Workspace, db
from vocapp.services.staff import Scope

_NOON = time(12)


class _Row(NamedTuple):
    id: UUID
    day: date
    told: Mapping[str, Any] | None
    zone: str

    @property
    def at(self) -> datetime:
        """A moment of that day, whichever."""
        return datetime.combine(self.day, _NOON, ZoneInfo(self.zone)).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment on the same clock."""
        return moment.astimezone(ZoneInfo(self.zone)).date()


def told_of(one: Resolution, *, cause: str, team: str | None) -> dict[str, Any]:
    """Return what is kept of a resolution."""
    reached = None if one.reached_at is None else (one.reached_at - one.began_at).total_seconds()
    return {
        "by": one.by,
        "cause": cause,
        "outcome": one.outcome,
        "lasted": (one.at - one.began_at).total_seconds(),
        "reached": reached,
        "opened_again": one.opened_again,
        "team": team,
        "asked": one.asked,
        "before": None if one.before is None else dict(one.before),
        "after": None if one.after is None else dict(one.after),
    }


def due_told_of(one: Due, *, team: str | None) -> dict[str, Any]:
    """Return what is kept of an alert that came due."""
    return {"due": True, "in_time": one.in_time, "by": one.by, "outcome": one.outcome, "team": team}


def list_dues(*, scope: Scope, since: datetime, until: datetime, now: datetime) -> list[Due]:
    """Return how alerts of erased people that came due from one day until before another had been cared for by then.

    Today's count from its first moment on: of theirs no hour is kept that could be still to come.
    Of who was erased before these had rows of their own, a resolution tells it, on its day.
    """
    query = _rows(scope, since, until).where(AnonymousCallback.told.is_not(None))
    return [
        Due(one.at, in_time=told["in_time"], by=told["by"], outcome=told["outcome"], team=told["team"])
        for one in _within(query, since, until)
        if (told := one.told) and told.get("in_time") is not None and one.day <= one.day_of(now)
    ]


def list_resolutions(*, scope: Scope, since: datetime, until: datetime) -> list[Resolution]:
    """Return how alerts of erased people were resolved from one day until before another."""
    query = _rows(scope, since, until).where(AnonymousCallback.told.is_not(None))
    return [_resolution(one, one.told) for one in _within(query, since, until) if one.told and "due" not in one.told]


def count_opened(*, scope: Scope, since: datetime, until: datetime) -> int:
    """Count the alerts of erased people that were opened then."""
    return sum(1 for one in _within(_rows(scope, since, until), since, until) if not one.told)


def _rows(scope: Scope, since: datetime, until: datetime) -> Select[Any]:
    query = (
        select(AnonymousCallback.id, AnonymousCallback.day, AnonymousCallback.told, Workspace.timezone)
        .join(Workspace, Workspace.id == AnonymousCallback.workspace_id)
        .where(
            AnonymousCallback.workspace_id == scope.workspace_id,
            AnonymousCallback.day.between(since.date() - timedelta(days=1), until.date() + timedelta(days=1)),
        )
    )
    return query if scope.places is None else query.where(AnonymousCallback.place.in_(scope.places))


def _within(query: Select[Any], since: datetime, until: datetime) -> Iterator[_Row]:
    rows = (_Row(*row) for row in db.session.execute(query))
    return (row for row in rows if since <= row.at < until)


def _resolution(row: _Row, told: Mapping[str, Any]) -> Resolution:
    began_at = row.at - timedelta(seconds=told["lasted"])
    return Resolution(
        id=row.id,
        at=row.at,
        by=told["by"],
        cause=told["cause"],
        outcome=told["outcome"],
        began_at=began_at,
        began_with=None,
        reached_at=None if told["reached"] is None else began_at + timedelta(seconds=told["reached"]),
        opened_again=told["opened_again"],
        team=told["team"],
        asked=told["asked"],
        before=told["before"],
        after=told["after"],
    )
