"""Several beside one another: in which order they stand, and which lie surely above or below all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from vocapp.domain.boards import Sums
from vocapp.domain.comparing import Rank, differences
from vocapp.domain.scores import FEWEST_ANSWERS
from vocapp.services.dashboards import Row
from vocapp.web.console.filters import one_of

Listed = tuple[str, Row]
"""How a row is called, and the row."""

NAMED: Final = "sort"
TURNED: Final = "_up"
"""Behind what is sorted by: the other way round."""
NAME, RESPONSES = "name", "responses"


class Head(NamedTuple):
    """A column by which rows can be put in an order."""

    key: str
    sort: str
    """What the address says to sort by it, or to turn it round where it is sorted by it already."""
    falling: bool | None
    """None: it is not sorted by this one."""


def order_of(columns: Sequence[str], usual: str) -> str:
    """Return by what the address has rows sorted; figures fall and names rise, unless it is turned. Empty: as given."""
    known = (NAME, RESPONSES, *columns)
    return one_of(NAMED, (*known, *(f"{one}{TURNED}" for one in known)), usual)


def sorted_by(order: str, listed: Iterable[Listed]) -> list[Listed]:
    """Return rows in an order; those that have too few answers to say stand last, either way; the same go by name."""
    if not order:
        return list(listed)
    by, turned = order.removesuffix(TURNED), order.endswith(TURNED)
    named = sorted(listed, key=lambda one: (one[0].casefold(), one[1].key), reverse=by == NAME and turned)
    if by == NAME:
        return named
    known = [(value, one) for one in named if (value := _value(one[1], by)) is not None]
    known.sort(key=lambda one: one[0] if turned else -one[0])
    return [one for _, one in known] + [one for one in named if _value(one[1], by) is None]


def heads(order: str, columns: Sequence[str]) -> dict[str, Head]:
    """Return by which columns rows can be sorted, and how."""
    by, turned = order.removesuffix(TURNED), order.endswith(TURNED)
    found = {}
    for key in (NAME, RESPONSES, *columns):
        falling = None if key != by else (key == NAME) == turned
        found[key] = Head(key, f"{key}{TURNED}" if key == by and not turned else key, falling)
    return found


def standing(rows: Iterable[Row], whole: Sums, key: str) -> dict[str, bool]:
    """Say of those that surely lie above (True) or below the whole, which; all of it right together.

    Each is compared with all the others together: who lies above them lies above the whole, of which it is a part.
    """
    pairs = {row.key: (row.now.sample(key), _less(whole, row.now).sample(key)) for row in rows if row.key}
    return {one: found.value > 0 for one, found in differences(pairs).items() if found.clear}


def says_something(rank: Rank | None) -> bool:
    """Say whether a rank narrows it down: to the half of all places, or less."""
    return rank is not None and narrows(rank.best, rank.worst, rank.among)


def narrows(best: int, worst: int, among: int) -> bool:
    """Say the same of a rank by its parts."""
    return 2 * (worst - best + 1) <= among


def address(kept: dict[str, str], usual: str, order: str) -> dict[str, str]:
    """Return what has to stand in an address for these rows in this order."""
    return kept if order == usual else {**kept, NAMED: order}


def _value(row: Row, by: str) -> float | None:
    if by == RESPONSES:
        return row.now.responses
    sample = row.now.sample(by)
    return sample.value if sample.n >= FEWEST_ANSWERS else None


def _less(whole: Sums, part: Sums) -> Sums:
    return Sums(tuple(one - other for one, other in zip(whole.values, part.values, strict=True)))
