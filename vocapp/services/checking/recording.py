"""What the nightly look found, kept until the next: for the console and for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from vocapp.models import Checkup, Workspace, db
from vocapp.services.checking import CHECKS
from vocapp.services.checking.base import Check, Wrong
from vocapp.services.checking.examining import Finding, Status

NIGHT = time(3)
"""On the clock of the first workspace."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A check as it was last looked at; `looked_at` None: never yet."""

    check: Check
    looked_at: datetime | None
    wrong: tuple[Wrong, ...]
    why_unknown: str | None

    @property
    def status(self) -> Status:
        if self.looked_at is None or self.why_unknown is not None:
            return "unknown"
        return "wrong" if self.wrong else "ok"

    @property
    def n(self) -> int:
        return sum(one.n for one in self.wrong)

    def within(self, workspace_id: int) -> Kept:
        """Return what of it concerns one workspace, and the whole installation."""
        own = tuple(one for one in self.wrong if one.workspace_id == workspace_id)
        return Kept(self.check, self.looked_at, own, self.why_unknown)


def list_due(*, now: datetime, checks: Sequence[Check] = CHECKS) -> list[Check]:
    """Return the checks that were not looked at since last night, those that waited longest first."""
    zone = db.session.scalar(select(Workspace.timezone).order_by(Workspace.id).limit(1))
    looked_at = dict(db.session.execute(select(Checkup.key, Checkup.looked_at)).all())
    night = last_night(now, ZoneInfo(zone or "UTC"))
    due = [check for check in checks if check.key not in looked_at or looked_at[check.key] < night]
    return sorted(due, key=lambda check: looked_at.get(check.key, _NEVER))


def last_night(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the last night's look was due."""
    here = now.astimezone(zone)
    tonight = datetime.combine(here.date(), NIGHT, zone)
    return tonight if tonight <= here else datetime.combine(here.date() - timedelta(days=1), NIGHT, zone)


def record(*, findings: Iterable[Finding], now: datetime) -> None:
    """Keep what came of checks in place of what was kept of them; what no check is any more is forgotten."""
    for one in findings:
        db.session.merge(
            Checkup(
                key=one.check.key,
                looked_at=now,
                took_ms=round(one.seconds * 1000),
                why_unknown=one.why_unknown,
                wrong=[
                    {"workspace_id": wrong.workspace_id, "n": wrong.n, "ids": list(wrong.ids)} for wrong in one.wrong
                ],
            )
        )
    db.session.execute(delete(Checkup).where(Checkup.key.not_in([check.key for check in CHECKS])))


def list_kept() -> list[Kept]:
    """Return every check as it was last looked at, in their order."""
    rows = {row.key: row for row in db.session.scalars(select(Checkup))}
    return [_kept(check, rows.get(check.key)) for check in CHECKS]


def _kept(check: Check, row: Checkup | None) -> Kept:
    if row is None:
        return Kept(check, None, (), None)
    wrong = tuple(Wrong(one["workspace_id"], one["n"], tuple(one["ids"])) for one in row.wrong)
    return Kept(check, row.looked_at, wrong, row.why_unknown)


_NEVER = datetime.min.replace(tzinfo=ZoneInfo("UTC"))
