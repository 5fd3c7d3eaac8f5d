"""What to do, read off the figures of a report: rules in the order of what cannot wait, and nothing that is not known.

| key               | said where                                                       |
| ----------------- | ---------------------------------------------------------------- |
| `late_alerts`     | callbacks are overdue at this moment                             |
| `promises_missed` | a promised callback was missed in the period                     |
| `open_alerts`     | callbacks wait that are not late yet                             |
| `score_fell`      | a figure is clearly lower than before                            |
| `cause_grew`      | a cause's share of what was resolved has clearly grown           |
| `driver`          | something goes with low scores (kept report of drivers)          |
| `no_answers`      | nobody answered: there is nothing to conclude                    |
| `few_answers`     | too few answered for any figure: then nothing is to be concluded |
| `score_rose`      | a figure is clearly higher than before                           |
| `nothing`         | none of the above                                                |

*Clearly*: the interval of the difference does not hold zero (`domain/comparing.py`), at the level that is left to it:
a report looks at several figures and at every cause, and of so many one always moves. Of 100 reports in which nothing
changed, no more than five claim that something did: figures share one half of them, causes the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from vocapp.domain.comparing import Difference, ShareSample, difference, quantile
from vocapp.domain.scores import FEWEST_ANSWERS

MOST: Final = 4
"""Things to do: of more nobody does any."""
HALF: Final = 2
"""Figures and causes share what a report may be wrong by."""
ORDER: Final = (
    "late_alerts",
    "promises_missed",
    "open_alerts",
    "score_fell",
    "cause_grew",
    "driver",
    "no_answers",
    "few_answers",
    "score_rose",
    "nothing",
)


@dataclass(frozen=True, slots=True)
class Moved:
    """A figure, and how it moved."""

    metric: str
    change: Difference | None
    """None: not known."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a place and a period."""

    late: int = 0
    open: int = 0
    """Late ones included."""
    promises_missed: int = 0
    answers: int = 0
    moved: Sequence[Moved] = ()
    causes: Mapping[str, int] = field(default_factory=dict)
    """How often each was at the root of what was resolved."""
    causes_before: Mapping[str, int] = field(default_factory=dict)
    driver: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    key: str
    """One of ORDER."""
    values: Mapping[str, Any] = field(default_factory=dict)


def advise(situation: Situation) -> list[Advice]:
    """Return what to do, what cannot wait first; four things at most, and one at least."""
    now = situation
    found = []
    if now.late:
        found.append(Advice("late_alerts", {"n": now.late}))
    if now.promises_missed:
        found.append(Advice("promises_missed", {"n": now.promises_missed}))
    if now.open > now.late:
        found.append(Advice("open_alerts", {"n": now.open - now.late}))
    found += _of_figures(now)
    if not now.answers:
        found.append(Advice("no_answers"))
    elif now.answers < FEWEST_ANSWERS:
        found.append(Advice("few_answers", {"n": now.answers}))
    found = sorted(found, key=lambda one: ORDER.index(one.key))[:MOST]
    return found or [Advice("nothing")]


def grown(now: Mapping[str, int], before: Mapping[str, int]) -> str | None:
    """Return the cause whose share has clearly grown, and most; None: of none that can be said."""
    n, n_before = sum(now.values()), sum(before.values())
    if not now:
        return None
    z = quantile(pairs=HALF * len(now.keys() | before.keys()))
    rises = [
        (rise.value, cause)
        for cause, hits in now.items()
        if (rise := difference(ShareSample(hits, n), ShareSample(before.get(cause, 0), n_before), z=z)) is not None
        and rise.clear
        and rise.value > 0
    ]
    return max(rises)[1] if rises else None


def _of_figures(now: Situation) -> list[Advice]:
    found = []
    clear = [one for one in now.moved if one.change is not None and one.change.clear]
    fell = [one.metric for one in clear if one.change is not None and one.change.value < 0]
    if fell:
        found.append(Advice("score_fell", {"metric": fell[0]}))
    elif clear:
        found.append(Advice("score_rose", {"metric": clear[0].metric}))
    cause = grown(now.causes, now.causes_before)
    if cause is not None:
        values = {"cause": cause, "n": now.causes[cause], "of": sum(now.causes.values())}
        found.append(Advice("cause_grew", values))
    if now.driver:
        found.append(Advice("driver"))
    return found
