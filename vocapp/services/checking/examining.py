"""Runs the checks, and says what came of each: fine, wrong, or that it could not be looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vocapp.models.looking import OutOfTime, within
from vocapp.services.checking import CHECKS
from vocapp.services.checking.base import MOST_IDS, Check, Look, Wrong
from vocapp.services.hearing_back import EVERYBODY

Status = Literal["ok", "wrong", "unknown"]

OUT_OF_TIME = "out of time"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check."""

    check: Check
    wrong: tuple[Wrong, ...]
    seconds: float
    why_unknown: str | None = None
    """Why nobody knows; None: it was looked at."""

    @property
    def n(self) -> int:
        return sum(one.n for one in self.wrong)

    @property
    def ids(self) -> list[str]:
        return [row_id for one in self.wrong for row_id in one.ids][:MOST_IDS]

    @property
    def status(self) -> Status:
        if self.why_unknown is not None:
            return "unknown"
        return "wrong" if self.wrong else "ok"


def examine(
    *, look: Look, seconds: float, monotonic: Callable[[], float], checks: Sequence[Check] = CHECKS
) -> Iterator[Finding]:
    """Run checks one after the other inside `looking()`, `seconds` in all: what there is no time for stays unknown."""
    until = monotonic() + seconds
    for check in checks:
        begun = monotonic()
        wrong: list[Wrong] = []
        why = None
        if begun >= until:
            why = OUT_OF_TIME
        else:
            try:
                with within(until - begun):
                    wrong = check.find(look)
            except OutOfTime:
                why = OUT_OF_TIME
        yield Finding(check, tuple(wrong), monotonic() - begun, why)


def document(findings: Collection[Finding], *, look: Look, database: str) -> dict[str, Any]:
    """Return a look as JSON: counts and ids of rows, never an address or a word of anybody's."""
    return {
        "ok": all(one.status == "ok" for one in findings),
        "looked_at": look.now.isoformat(),
        "database": database,
        "workspaces": sorted(key for each, key in look.workspaces.items() if each != EVERYBODY),
        "seconds": round(sum(one.seconds for one in findings), 3),
        "checks": [_document(one, look.workspaces) for one in findings],
    }


def _document(finding: Finding, names: dict[int, str]) -> dict[str, Any]:
    return {
        "check": finding.check.key,
        "promise": finding.check.promise,
        "status": finding.status,
        "wrong": finding.n,
        "ids": finding.ids,
        "workspaces": [
            {"workspace": names[one.workspace_id], "wrong": one.n, "ids": list(one.ids)} for one in finding.wrong
        ],
        "advice": finding.check.advice if finding.status == "wrong" else None,
        "why_unknown": finding.why_unknown,
        "seconds": round(finding.seconds, 3),
    }
