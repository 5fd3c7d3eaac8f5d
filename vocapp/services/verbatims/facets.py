"""How many verbatims each value of each facet has, each facet counted within all the others.

Where nothing of a facet is asked for, its values are counted among what is found; where something is, among what would
be found without it: so that one sees what else there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    text,
    true,
    tuple_,
    union_all,
)

from vocapp.models import Membership, SegmentRow, Tagging, Verbatim, db, on_postgresql
from vocapp.models.types import UtcTime
from vocapp.services.segmenting import open_to
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import COLUMNS, NONE, PERIODS, VerbatimFilter, chosen, conditions, since_of

FACETS: Final = ("category", "sentiment", "theme", "survey", "place", "period", "persona", "segment", "tag", "language")
MOST_VALUES: Final = 200
"""Of one facet, by how often they come."""
_ROOM: Final = "16MB"
"""For what is found, while it is counted by one facet after the other."""


@dataclass(frozen=True, slots=True)
class Facets:
    total: int
    """What is found by all that is asked for."""
    counts: Mapping[str, Mapping[str, int]]
    """Facet → value → how many; NONE stands for those without one. `place` counts each place by itself."""


def count(*, scope: Scope, wanted: VerbatimFilter, zone: str, now: datetime) -> Facets:
    """Count every facet; on PostgreSQL in one look at what is found but for the facets. Days are those of `zone`."""
    of_row = _columns(ZoneInfo(zone), now)
    asked = chosen(scope, wanted)
    if on_postgresql():
        db.session.execute(text(f"set local work_mem = '{_ROOM}'"))
        counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        narrowed = bool(wanted.query or asked)
        found = _at_once(conditions(scope, wanted, but=asked), asked, of_row, narrowed=narrowed)
        for name, key, n in db.session.execute(found):
            if n:
                counts[name][key or NONE] = int(n)
    else:
        counts = {name: _count(name, conditions(scope, wanted, but={name}), of_row) for name in FACETS}
    known = next((name for name in FACETS if name not in {*asked, *_BESIDE}), None)
    if known is not None:
        total = sum(counts[known].values())
    else:
        counted = select(func.count()).select_from(Verbatim).where(*conditions(scope, wanted))
        total = db.session.scalar(counted) or 0
    counts["segment"] = _open(scope, counts["segment"])
    counts |= {"theme": _apart(counts["theme"]), "period": _within(counts["period"])}
    return Facets(total, {name: _most(values) for name, values in counts.items()})


def _count(name: str, found: list[ColumnElement[bool]], of_row: Mapping[str, ColumnElement[Any]]) -> dict[str, int]:
    """Count one facet: themes as they stand together, periods each without the shorter."""
    if name in _BESIDE:
        among = select(Verbatim.number, Verbatim.customer_id, Verbatim.workspace_id).where(*found).subquery()
        return {key: int(n) for _, key, n in db.session.execute(_BESIDE[name](among, true()))}
    column = of_row[name]
    grouped = select(column, func.count()).where(*found).group_by(column)
    return {key or NONE: n for key, n in db.session.execute(grouped)}


def _at_once(
    found: list[ColumnElement[bool]],
    asked: Mapping[str, ColumnElement[bool]],
    of_row: Mapping[str, ColumnElement[Any]],
    *,
    narrowed: bool,
) -> CompoundSelect[Any]:
    """Write the statement that looks once, and counts by every facet: (facet, value, how many).

    Of each verbatim it notes whether it is what is asked for of each facet: a facet counts by the others.
    """
    notes = {name: condition.label(f"is_{name}") for name, condition in asked.items()}
    own = (Verbatim.number, Verbatim.customer_id, Verbatim.workspace_id)
    dimensions = (column.label(name) for name, column in of_row.items())
    looked_at = select(*own, *dimensions, *notes.values()).where(*found)
    # to find by words or facets costs more than to keep what is found; to find everything costs less
    among: Any = looked_at.cte("found") if narrowed else looked_at.subquery("found")

    def all_but(name: str) -> ColumnElement[bool]:
        return and_(true(), *(among.c[note.name] for other, note in notes.items() if other != name))

    columns = [among.c[name] for name in of_row]
    # a row is grouped by the one column that has a 0 in the mask; the first one is the highest bit
    masks = [(1 << len(columns)) - 1 - (1 << len(columns) - 1 - at) for at in range(len(columns))]
    by = func.grouping(*columns)
    n: Any = func.count().filter(all_but(""))
    if not notes.keys().isdisjoint(of_row):
        mine = [
            (mask, func.count().filter(all_but(name)))
            for mask, name in zip(masks, of_row, strict=True)
            if name in notes
        ]
        n = case(dict(mine), value=by, else_=n)
    sets = func.grouping_sets(*(tuple_(column) for column in columns))
    rows = select(
        case(dict(zip(masks, of_row, strict=True)), value=by), case(dict(zip(masks, columns, strict=True)), value=by), n
    ).group_by(sets)
    return union_all(rows, *(count_(among, all_but(name)) for name, count_ in _BESIDE.items()))


def _columns(zone: ZoneInfo, now: datetime) -> dict[str, ColumnElement[Any]]:
    """Return what the row itself tells of its facets."""
    begun = {days: since_of(int(days), now=now, zone=zone) for days in PERIODS}
    periods = [(Verbatim.answered_at >= literal(since, UtcTime()), literal(days)) for days, since in begun.items()]
    return {**COLUMNS, "place": Verbatim.place, "theme": Verbatim.themes, "period": case(*periods, else_=None)}


def _segments(among: Any, within: ColumnElement[bool]) -> Any:
    people = (
        select(among.c.workspace_id, among.c.customer_id, func.count().label("n"))
        .where(within)
        .group_by(among.c.workspace_id, among.c.customer_id)
        .subquery()
    )
    theirs = (people.c.workspace_id == Membership.workspace_id) & (people.c.customer_id == Membership.customer_id)
    return (
        select(literal("segment", String()), Membership.segment_key, cast(func.sum(people.c.n), BigInteger))
        .join(people, theirs)
        .where(Membership.left_at.is_(None))
        .group_by(Membership.segment_key)
    )


def _tags(among: Any, within: ColumnElement[bool]) -> Any:
    key = cast(Tagging.tag_id, String())
    return (
        select(literal("tag", String()), key, func.count())
        .join(among, among.c.number == Tagging.verbatim)
        .where(Tagging.how != "off", within)
        .group_by(key)
    )


_BESIDE: Final = {"segment": _segments, "tag": _tags}
"""Facets that stand in tables of their own."""


def _apart(together: Mapping[str, int]) -> dict[str, int]:
    """Count each theme, of texts that were counted by all of theirs."""
    sums: Counter[str] = Counter()
    for themes, n in together.items():
        for theme in themes.split():
            sums[theme] += n
    return dict(sums)


def _open(scope: Scope, counts: dict[str, int]) -> dict[str, int]:
    """Keep to the segments that may be seen."""
    if scope.places is None or not counts:
        return counts
    seen = set(db.session.scalars(select(SegmentRow.key).where(*open_to(scope), SegmentRow.key.in_(counts))))
    return {key: n for key, n in counts.items() if key in seen}


def _within(apart: Mapping[str, int]) -> dict[str, int]:
    """Count the last so many days, of texts that were counted by the shortest of them that holds theirs."""
    found, sums = 0, {}
    for days in PERIODS:
        found += apart.get(days, 0)
        sums[days] = found
    return sums


def _most(values: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES])
