"""What callbacks came to: the causes found, how long it took, and who was content afterwards.

Counted are resolutions, not alerts: one that was opened again and resolved again was called about twice, and leaving
out the first would leave out the failures. A resolution belongs to the period in which it was made, so that figures of
a month gone by change only with what is still said about it. What is still open is in none but that of what came due;
it is counted beside.

In time is what was first tried, or settled without a call, by when it was due at that moment: by business hours, and by
what was promised. It is of the alerts that came due in the period, tried by then or not, and counts once that time is
over: of resolutions alone, whatever nobody has called about yet would be left out, and who calls nobody would be late
with nothing (decisions 023 and 025). The line of history keeps when it was due; of those noted before
it did, nothing is claimed.

Times go by the wall clock, from the word that opened the alert (or opened it again), not from when the queue came to
it: that is what the customer lived through. Whether the team was late by its own hours, the due time says. A median
says more than a mean, which one forgotten alert can make anything; both quantiles are times that occurred, the shortest
within which half, or nine of ten, were done
(Hyndman and Fan 1996, definition 1).

Content before and after: before is the response that opened the alert, after the answer to the survey about its
resolution. A later response to the first survey would say less: it comes weeks later, about another delivery or visit,
and only from those who came back.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from vocapp.domain.scores import FEWEST_ANSWERS, ShareFigure, is_content, share_figure

HALF: Final = 50
NINE_OF_TEN: Final = 90
METRICS: Final = ("nps", "csat", "ces")
OUTCOMES: Final = ("spoken_to", "unreachable", "not_called", "elsewhere")
_OF_TWO_LEVELS = re.compile(r"([a-z][a-z0-9_]*)\.[a-z][a-z0-9_]*", re.ASCII)

Scores: TypeAlias = Mapping[str, int]
"""By metric, of one response."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an alert's history."""

    id: UUID
    at: datetime
    action: str
    status: str
    by: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resolution:
    """One alert from its opening, or its opening again, to its resolution."""

    id: UUID
    at: datetime
    by: str | None
    cause: str
    outcome: str
    """One of OUTCOMES."""
    began_at: datetime
    began_with: UUID | None
    """The response that opened the alert, or opened it again; None: an event did, or somebody."""
    reached_at: datetime | None
    opened_again: bool = False
    team: str | None = None
    """The place whose own team it is; None: the central one."""
    asked: bool = False
    before: Scores | None = None
    after: Scores | None = None

    @property
    def group(self) -> str:
        """The first level of its cause; a text of its own is one by itself."""
        levels = _OF_TWO_LEVELS.fullmatch(self.cause)
        return levels[1] if levels else self.cause


@dataclass(frozen=True, slots=True)
class Due:
    """One alert from its opening, or its opening again, at the moment by which somebody was to try."""

    at: datetime
    in_time: bool
    """Somebody had tried, or settled it, by then."""
    by: str | None
    """Who did, be it late; of one that nobody has tried yet, who holds it."""
    outcome: str | None = None
    """One of OUTCOMES; None: it is not resolved."""
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Times:
    n: int
    median: timedelta | None
    """None: too few to say."""
    nine_of_ten: timedelta | None

    def document(self) -> dict[str, Any]:
        return {"n": self.n, "median_seconds": _seconds(self.median), "p90_seconds": _seconds(self.nine_of_ten)}


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of those who gave it both before and after."""

    n: int
    before: float | None
    """The mean; None: too few to say."""
    after: float | None

    def document(self) -> dict[str, Any]:
        before, after = (None if one is None else round(one, 4) for one in (self.before, self.after))
        return {"n": self.n, "before": before, "after": after}


@dataclass(frozen=True, slots=True)
class Cause:
    """One bar of the Pareto."""

    key: str
    share: ShareFigure
    """Of all resolutions."""
    cumulative: float | None
    """With all that are more frequent, in percent."""

    def document(self) -> dict[str, Any]:
        cumulative = None if self.cumulative is None else round(self.cumulative, 4)
        return {"key": self.key, **self.share.document(), "cumulative": cumulative}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of some resolutions."""

    resolved: int
    outcomes: Mapping[str, int]
    first_contact: Times
    """Of those in which the customer was reached."""
    resolution: Times
    in_time: ShareFigure
    """First tried, or settled, by when they were due: of those that came due."""
    opened_again: ShareFigure
    asked: int
    recovered: ShareFigure
    """Content afterwards, of those who said."""
    content_before: ShareFigure
    """Of the same people, those who were content when the alert was opened: of those who gave a score."""
    changes: Mapping[str, Change]
    """By metric."""

    @property
    def answered(self) -> int:
        return self.recovered.n

    def document(self) -> dict[str, Any]:
        return {
            "resolved": self.resolved,
            **{name: self.outcomes.get(name, 0) for name in OUTCOMES},
            "first_contact": self.first_contact.document(),
            "resolution": self.resolution.document(),
            "in_time": self.in_time.document(),
            "opened_again": self.opened_again.document(),
            "asked": self.asked,
            "recovered": self.recovered.document(),
            "content_before": self.content_before.document(),
            "changes": {metric: change.document() for metric, change in self.changes.items()},
        }


def resolutions_of(lines: Iterable[Line]) -> list[Resolution]:
    """Return the resolutions of one alert from its history, the oldest line first."""
    found: list[Resolution] = []
    began: Line | None = None
    reached_at: datetime | None = None
    for line in lines:
        if line.action in {"opened", "reopen"}:
            began, reached_at = line, None
            if found and line.action == "reopen":
                found[-1] = replace(found[-1], opened_again=True)
        elif line.action == "contact":
            if line.status == "contacted":
                reached_at = reached_at or line.at
        elif line.action == "resolve" and began is not None:
            found.append(
                Resolution(
                    id=line.id,
                    at=line.at,
                    by=line.by,
                    cause=line.details.get("root_cause") or "",
                    outcome=line.details.get("resolution") or "spoken_to",
                    began_at=began.at,
                    began_with=UUID(response) if (response := began.details.get("response")) else None,
                    reached_at=reached_at,
                )
            )
    return found


def dues_of(lines: Iterable[Line], *, open_until: datetime | None, holder: str | None) -> list[Due]:
    """Return when one alert was due, each time that it was opened, from its history, the oldest line first.

    `open_until`: when an alert that is open is due as it stands, which counts where nobody has tried yet; None: it is
    not open. `holder` has it now.
    """
    found: list[Due | None] = []
    waiting, tried = False, None
    for line in lines:
        if line.action in {"opened", "reopen"}:
            waiting, tried = True, None
        elif line.action == "contact":
            tried = tried or line
        elif line.action == "resolve" and waiting:
            found.append(_due(tried or line, line.details.get("resolution") or "spoken_to"))
            waiting = False
    if waiting and tried is not None:
        found.append(_due(tried, None))
    elif waiting and open_until is not None:
        found.append(Due(open_until, in_time=False, by=holder))
    return [one for one in found if one is not None]


def _due(line: Line, outcome: str | None) -> Due | None:
    at = line.details.get("due_at")
    if at is None:
        return None
    due_at = datetime.fromisoformat(at)
    return Due(due_at, in_time=line.at <= due_at, by=line.by, outcome=outcome)


def figures(resolutions: Iterable[Resolution], dues: Iterable[Due]) -> Figures:
    """Return the figures of these resolutions, and of what came due; what is too few to say is None."""
    these, due = list(resolutions), list(dues)
    said = [one for one in these if one.after is not None and is_content(one.after) is not None]
    before = [content for one in said if (content := is_content(one.before or {})) is not None]
    return Figures(
        resolved=len(these),
        outcomes=Counter(one.outcome for one in these),
        first_contact=_times([one.reached_at - one.began_at for one in these if one.reached_at is not None]),
        resolution=_times([one.at - one.began_at for one in these]),
        in_time=share_figure(sum(one.in_time for one in due), len(due)),
        opened_again=share_figure(sum(one.opened_again for one in these), len(these)),
        asked=sum(one.asked for one in these),
        recovered=share_figure(sum(bool(is_content(one.after or {})) for one in said), len(said)),
        content_before=share_figure(sum(before), len(before)),
        changes={metric: _change(metric, said) for metric in METRICS},
    )


def figures_by(
    resolutions: Iterable[Resolution], dues: Iterable[Due], key: Callable[[Resolution | Due], str | None]
) -> dict[str | None, Figures]:
    """Return the figures of each group, the largest first; then by name, nobody's last."""
    groups: dict[str | None, tuple[list[Resolution], list[Due]]] = defaultdict(lambda: ([], []))
    for one in resolutions:
        groups[key(one)][0].append(one)
    for due in dues:
        groups[key(due)][1].append(due)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1][0]), item[0] is None, item[0] or ""))
    return {name: figures(*these) for name, these in ordered}


def groups_beside(
    now: Mapping[str | None, Figures], before: Mapping[str | None, Figures]
) -> dict[str | None, tuple[Figures, Figures]]:
    """Return the figures of each group beside those of an earlier time; who had something then only comes last."""
    nothing = figures((), ())
    return {key: (now.get(key, nothing), before.get(key, nothing)) for key in {**now, **before}}


def pareto(resolutions: Sequence[Resolution], *, groups: bool = False) -> list[Cause]:
    """Return the causes, the most frequent first, each with its share and that of all up to it.

    `groups`: by the first level alone. Of under ten resolutions only the counts.
    """
    counted = Counter(one.group if groups else one.cause for one in resolutions)
    total, so_far, found = len(resolutions), 0, []
    for key, n in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        so_far += n
        cumulative = 100 * so_far / total if total >= FEWEST_ANSWERS else None
        found.append(Cause(key, share_figure(n, total), cumulative))
    return found


def _change(metric: str, said: Iterable[Resolution]) -> Change:
    pairs = [
        (one.before[metric], one.after[metric])
        for one in said
        if one.before is not None and one.after is not None and metric in one.before and metric in one.after
    ]
    if len(pairs) < FEWEST_ANSWERS:
        return Change(len(pairs), None, None)
    before, after = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
    return Change(len(pairs), before, after)


def _times(lengths: Sequence[timedelta]) -> Times:
    if len(lengths) < FEWEST_ANSWERS:
        return Times(len(lengths), None, None)
    ordered = sorted(lengths)
    return Times(len(ordered), _quantile(ordered, HALF), _quantile(ordered, NINE_OF_TEN))


def _quantile(ordered: Sequence[timedelta], percent: int) -> timedelta:
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else round(length.total_seconds())
