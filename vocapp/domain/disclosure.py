"""What may be shown to everybody, so that no view, and no difference of views, tells of fewer than ten people.

All that is ever shown of a survey, a month and a figure is one table over the tree of places. A place is shown only
where what is left of the one above it, beside all its shown parts, is nobody or ten people at least. So what is shown
is made of blocks of ten people and more that nothing shown divides: whoever adds and subtracts gets whole blocks.
Decision `docs/decisions/020-public-dashboards.md` has the argument and its sources.

What is shown is decided by numbers of people alone, never by what they said. A figure is rounded to a whole point, the
number behind it down to tens, and none says that all agree, or all but one or two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from vocapp.domain.comparing import NpsSample, Sample, ShareSample

FEWEST: Final = 10
"""People in whatever is shown, and in whatever is left when it is taken from anything else that is shown."""
EDGE: Final = 3
"""People who are always left on the other side of a figure: no share is nearer to none or all."""
COMPANY: Final = ""
"""The root of the tree: all places, and what happened at none."""

Bound: TypeAlias = Literal["", "at_most", "at_least"]


class Votes(NamedTuple):
    """What people at one place said: of `n`, so many for and so many against; of a share, nobody is against."""

    plus: int
    minus: int
    n: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure as everybody may see it."""

    value: int
    """Points of an NPS, or percent; rounded."""
    bound: Bound
    """The true figure may lie beyond: it is not said by how much."""
    n: int
    """People, rounded down."""

    def sample(self, *, points: bool) -> Sample:
        """Return people who would give what is shown, and nothing else: what follows from them tells nothing more.

        Of an NPS none of them is passive but where it must be: its interval is then at least as wide as the true one.
        """
        if not points:
            return ShareSample(round(self.value * self.n / 100), self.n)
        difference = round(self.value * self.n / 100)
        passives = (self.n - difference) % 2
        promoters = (self.n - passives + difference) // 2
        return NpsSample(promoters, passives, self.n - passives - promoters)


def places_shown(parents: Mapping[str, str], classes: Sequence[Mapping[str, int]]) -> frozenset[str]:
    """Return the places of which a figure may be shown; COMPANY is the whole.

    `parents`: place → the one above it, COMPANY for those at the top. `classes`: for each kind of people that must not
    be told apart in small numbers (those whom the figure is about first), how many there are at each place itself;
    one that is in no tree counts for the company.
    """
    totals = [_totals(parents, counts) for counts in classes]
    if totals[0][COMPANY] < FEWEST or not all(_hides(total[COMPANY]) for total in totals):
        return frozenset()
    below: dict[str, list[str]] = defaultdict(list)
    for place, above in parents.items():
        if totals[0][place] >= FEWEST and all(_hides(total[place]) for total in totals):
            below[above].append(place)
    shown, waiting = {COMPANY}, [COMPANY]
    while waiting:
        place = waiting.pop()
        parts = sorted(below[place], key=lambda part: (totals[0][part], part))
        while parts and not all(_hides(total[place] - sum(total[part] for part in parts)) for total in totals):
            del parts[0]  # the smallest is hidden with those that are too small
        shown.update(parts)
        waiting += parts
    return frozenset(shown)


def cells(
    parents: Mapping[str, str], votes: Mapping[str, Votes], shown: frozenset[str], *, points: bool
) -> dict[str, Cell]:
    """Return the figure of each place that is shown, with all that is below it; `points`: it is an NPS."""
    sums = [_totals(parents, {place: one[part] for place, one in votes.items()}) for part in range(3)]
    return {place: cell(Votes(*(total[place] for total in sums)), points=points) for place in shown}


def cell(votes: Votes, *, points: bool) -> Cell:
    """Return a figure as it may be shown: of FEWEST people at least."""
    most = votes.n - EDGE
    lead = votes.plus - votes.minus
    held = max(-most if points else EDGE, min(most, lead))
    bound: Bound = "at_least" if lead > held else "at_most" if lead < held else ""
    return Cell(round(100 * held / votes.n), bound, rounded_down(votes.n))


def rounded_down(n: int) -> int:
    """Return a number of people as it may be told: 10, 20, … 100, 150, … 1,000, 1,100, …"""
    step = 10 if n < 100 else 50 if n < 1000 else 100
    return n // step * step


def _hides(n: int) -> bool:
    return n == 0 or n >= FEWEST


def _totals(parents: Mapping[str, str], counts: Mapping[str, int]) -> Counter[str]:
    """Add to each place all that is below it."""
    totals: Counter[str] = Counter()
    for place, n in counts.items():
        here = place if place in parents else COMPANY
        while here != COMPANY:
            totals[here] += n
            here = parents[here]
        totals[COMPANY] += n
    return totals
