"""What may be shown to everybody, so that no view, and no difference of views, tells of fewer than ten people.

All that is ever shown of a survey, a month and a figure is one table over the tree of places. Who looks at it may work
at one of these places, and know exactly what was said there, and below. So a place is shown only where what is left of
the one above it, beside all its shown parts, is nobody or ten people at least, also without those of any one place.
What is shown is made of blocks of ten people and more that nothing shown divides: whoever adds and subtracts, and takes
away what their own place knows, gets whole blocks of ten and more.
Decision `docs/decisions/020-public-dashboards.md` has the argument and its sources.

What is shown is decided by numbers of people alone, never by what they said. A figure is rounded to a whole point, the
number behind it down to tens, and none says that all agree, or all but one or two, nor how many they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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

    def held(self, *, points: bool) -> Cell:
        """Return it with the value that its bound has among so many people, rounded: it tells their number no closer.

        3 of 25 would be "at most 12 %", and of 20 to 29 people only 25 give that: it is "at most 15 %", 3 of 20.
        """
        edge = -(-100 * EDGE // self.n)
        least = edge - 100 if points else edge
        return replace(self, value={"": self.value, "at_most": least, "at_least": 100 - edge}[self.bound])


def places_shown(parents: Mapping[str, str], classes: Sequence[Mapping[str, int]]) -> frozenset[str]:
    """Return the places of which a figure may be shown; COMPANY is the whole.

    `parents`: place → the one above it, COMPANY for those at the top. `classes`: for each kind of people that must not
    be told apart in small numbers (those whom the figure is about first), how many there are at each place itself;
    one that is in no tree counts for the company.
    """
    totals = [_totals(parents, counts) for counts in classes]
    below: dict[str, list[str]] = defaultdict(list)
    for place, above in parents.items():
        below[above].append(place)

    def holds(place: str, parts: Collection[str]) -> bool:
        """Say whether a place may be shown beside these of its parts, and no other."""
        hidden = [part for part in below[place] if part not in parts]
        return not any(
            _tells_of_few(total, total[place] - sum(total[part] for part in parts), hidden, below) for total in totals
        )

    showable = {place for place in (COMPANY, *parents) if totals[0][place] >= FEWEST and holds(place, ())}
    shown: set[str] = set()
    waiting, tops = [], [COMPANY]
    while tops:
        place = tops.pop()
        if place in showable:
            waiting.append(place)
        else:  # nothing is told of it: what is below it stands by itself
            tops += below[place]
    while waiting:
        place = waiting.pop()
        shown.add(place)
        smallest_first = sorted(showable.intersection(below[place]), key=lambda part: (totals[0][part], part))
        parts = dict.fromkeys(smallest_first)
        while not holds(place, parts):
            del parts[next(iter(parts))]  # the smallest is hidden with those that must be
        waiting += parts
    return frozenset(shown)


def left_out(parents: Mapping[str, str], counts: Mapping[str, int]) -> frozenset[str]:
    """Return the places whose own people are counted nowhere, neither there nor above: only if more is shown so.

    What a place of ten people and more has at no part of it, and at parts too small to be shown, is its rest. A rest of
    fewer than ten would hide two large parts beside it, or the place itself. `counts`: as for `places_shown`, of one
    kind.
    """
    totals, inner = _totals(parents, counts), {COMPANY, *parents.values()}
    rests: dict[str, list[str]] = defaultdict(list)
    for place in counts:
        large = place if place in parents else COMPANY
        while large != COMPANY and totals[large] < FEWEST:
            large = parents[large]
        if large in inner:
            rests[large].append(place)
    few = {place for rest in rests.values() if sum(counts[place] for place in rest) < FEWEST for place in rest}
    others = {place: n for place, n in counts.items() if place not in few}
    more = len(places_shown(parents, [others])) > len(places_shown(parents, [counts]))
    return frozenset(few) if more else frozenset()


def nearly_same(one: int, other: int, both: int) -> bool:
    """Say whether two sets of people differ so little that not both may be told of.

    So it is where all of one, or all but so few as somebody may know (EDGE), are in the other, which has few beside.
    """
    fewer, more = sorted((one - both, other - both))
    return fewer < EDGE and 0 < more < FEWEST


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
    bound: Bound = "at_least" if lead > most else "at_most" if lead < (-most if points else EDGE) else ""
    return Cell(round(100 * lead / votes.n), bound, rounded_down(votes.n)).held(points=points)


def rounded_down(n: int) -> int:
    """Return a number of people as it may be told: 10, 20, … 100, 150, … 1,000, 1,100, …"""
    step = 10 if n < 100 else 50 if n < 1000 else 100
    return n // step * step


def _tells_of_few(
    total: Mapping[str, int], block: int, hidden: Iterable[str], below: Mapping[str, Sequence[str]]
) -> bool:
    """Say whether a block has few people, or has few without those of one of the hidden places that it is made of."""
    if block == 0 or block < FEWEST:
        return block > 0
    waiting = list(hidden)
    while waiting:
        place = waiting.pop()
        left = block - total[place]
        if left == 0:
            waiting += below.get(place, ())  # the whole block is there: who knows a part of it may know all but few
        elif left < FEWEST:
            return True
    return False


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
