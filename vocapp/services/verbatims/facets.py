"""How many verbatims each value of each facet has, each facet counted within all the others.

Where nothing of a facet is asked for, its values are counted among what is found; where something is, among what would
be found without it: so that one sees what else there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.util import ClauseAdapter

from vocapp.domain.sentiment import LABELS
from vocapp.models import Membership, SegmentRow, Tagging, Verbatim, db, on_postgresql
from vocapp.models.types import UtcTime
from vocapp.models.verbatims import asked_anew, speaks_in, speaks_of, themes_in
from vocapp.services.segmenting import open_to
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import (
    COLUMNS,
    NONE,
    PERIODS,
    VerbatimFilter,
    chosen,
    conditions,
    since_of,
    theme_of,
)

FACETS: Final = ("category", "sentiment", "theme", "survey", "place", "period", "persona", "segment", "tag", "language")
MOST_VALUES: Final = 200
"""Of one facet, by how often they come."""
_NEITHER: Final = "?"
"""In place of the themes of a text that is about none, in another tone than is asked for."""
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
    of_row = _columns(wanted, ZoneInfo(zone), now)
    if on_postgresql():
        counts, total = _at_once(scope, wanted, of_row)
    else:
        counts = {
            name: _count(scope, name, conditions(scope, wanted, but=_by(wanted, name)), of_row)
            for name in (*of_row, *_BESIDE)
        }
        total = db.session.scalar(select(func.count()).select_from(Verbatim).where(*conditions(scope, wanted))) or 0
    counts["segment"] = _open(scope, counts["segment"])
    counts |= {"theme": _apart(counts["theme"], _tone(wanted)), "period": _within(counts["period"])}
    return Facets(total, {name: _most(counts[name]) for name in FACETS})


def _count(
    scope: Scope, name: str, found: list[ColumnElement[bool]], of_row: Mapping[str, ColumnElement[Any]]
) -> dict[str, int]:
    """Count one facet: themes as they stand together, periods each without the shorter."""
    if name in _BESIDE:
        among = select(Verbatim.number, Verbatim.customer_id).where(*found).subquery()
        return {key: int(n) for key, n in db.session.execute(_BESIDE[name](scope.workspace_id, among, true()))}
    column = of_row[name]
    grouped = select(column, func.count()).where(*found).group_by(column)
    return {key or NONE: n for key, n in db.session.execute(grouped)}


def _at_once(
    scope: Scope, wanted: VerbatimFilter, of_row: Mapping[str, ColumnElement[Any]]
) -> tuple[dict[str, dict[str, int]], int]:
    """Count by every facet in one look; return the counts, and how many are found by all that is asked for.

    What is asked for of each facet is a bit; of each verbatim `lacks` says which of them it is not. A facet counts
    those that lack nothing, and those that lack nothing but what is asked of it: what lacks two is counted nowhere.
    """
    joins, asked = _noted(scope, wanted)
    bits = {name: 1 << at for at, name in enumerate(asked)}
    may_lack = {name: _sums([bits[one] for one in _by(wanted, name) if one in bits]) for name in FACETS}
    lacking = [case((asked[name], 0), else_=bit) for name, bit in bits.items()]
    kept = {one for some in may_lack.values() for one in some}
    among = _looked_at(scope, wanted, of_row, joins, lacking, kept, _silent(wanted, bits))
    columns = {name: among.c[name] for name in of_row}
    sets = func.grouping_sets(*(tuple_(among.c.lacks, *(columns[name] for name in one)) for one in _TOGETHER))
    firsts = [columns[one[0]] for one in _TOGETHER]
    rows = select(
        cast(func.grouping(*firsts), String()).label("by"), among.c.lacks, *columns.values(), func.count().label("n")
    ).group_by(sets)
    others = [null()] * (len(columns) - 1)
    beside = (
        count_(scope.workspace_id, among, _lacks_one_of(among, *may_lack[name])).subquery()
        for name, count_ in _BESIDE.items()
    )
    told = (
        select(literal(name, String()), literal(0), one.c.key, *others, one.c.n)
        for name, one in zip(_BESIDE, beside, strict=True)
    )
    with asked_anew(work_mem=_ROOM):
        found = db.session.execute(union_all(rows, *told)).all()
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    total, every = 0, (1 << len(_TOGETHER)) - 1
    # a row is grouped by the set whose first column has a 0 in the mask; the first set's is the highest bit
    grouped = {str(every - (1 << at)): one for at, one in enumerate(reversed(_TOGETHER))}
    for by, lacks, *values, n in found:
        if by in _BESIDE:
            counts[by][values[0]] += int(n)
            continue
        total += n if not lacks and grouped[by] is _TOGETHER[0] else 0
        of = dict(zip(columns, values, strict=True))
        for name in grouped[by]:
            if lacks in may_lack[name]:
                counts[name][of[name] or NONE] += n
    return {name: dict(sums) for name, sums in counts.items()}, total


def _looked_at(
    scope: Scope,
    wanted: VerbatimFilter,
    of_row: Mapping[str, ColumnElement[Any]],
    joins: Sequence[tuple[Any, ColumnElement[bool]]],
    lacks: Sequence[ColumnElement[int]],
    may_lack: Collection[int],
    silent: tuple[int, ColumnElement[bool]] | None,
) -> Any:
    """Return what is counted: the found, with their facets and what they lack, but for those that lack too much.

    `silent`: those that lack just this count nowhere, either, where a condition holds.
    """
    own = (Verbatim.number, Verbatim.customer_id)
    missing: ColumnElement[int] = sum(lacks[1:], lacks[0]) if lacks else literal(0)
    told = [column.label(name) for name, column in of_row.items()]
    found = conditions(scope, wanted, but=FACETS)
    if len(lacks) < 2:
        rows = select(*own, *told, missing.label("lacks"))
    else:
        # noted once, not once to keep and once to count; what facets they are of is found out for those that are kept
        rows = select(*own, *_TOLD_BY, missing.label("lacks"))
    for beside, theirs in joins:
        rows = rows.outerjoin(beside, theirs)
    rows = rows.where(*found)
    if len(lacks) > 1:
        noted = rows.offset(literal_column("0")).subquery()
        of_noted = ClauseAdapter(noted)
        rows = select(
            noted.c.number, noted.c.customer_id, *(of_noted.traverse(column) for column in told), noted.c.lacks
        ).where(_lacks_one_of(noted, *sorted(may_lack)))
        if silent is not None:
            rows = rows.where(or_(noted.c.lacks != silent[0], ~of_noted.traverse(silent[1])))
    # to find by words or facets costs more than to keep what is found; to find everything costs less
    return rows.cte("found") if lacks or wanted.query else rows.subquery("found")


def _lacks_one_of(among: Any, *bits: int) -> ColumnElement[bool]:
    # of a value that is reckoned PostgreSQL thinks that few are it, of what it knows nothing of, that half of it holds:
    # and plans for many
    return func.coalesce(among.c.lacks.in_(bits), false())


def _by(wanted: VerbatimFilter, name: str) -> frozenset[str]:
    """Return what is left open where a facet is counted: itself, and by its own tone where it is a theme."""
    return frozenset({"theme", "sentiment"} if name == "theme" and _tone(wanted) else {name})


def _tone(wanted: VerbatimFilter) -> str | None:
    """Return the tone in which themes are counted; None: in any."""
    tone = wanted.equal.get("sentiment")
    return None if tone == NONE else tone


def _silent(wanted: VerbatimFilter, bits: Mapping[str, int]) -> tuple[int, ColumnElement[bool]] | None:
    """Return (lacks theme and tone, and nothing else; that nothing is said in the tone in which themes are counted)."""
    tone = _tone(wanted)
    if tone is None or not {"theme", "sentiment"} <= bits.keys():
        return None
    of_none = and_(Verbatim.themes == "", func.coalesce(Verbatim.sentiment, "") == tone)
    return bits["theme"] + bits["sentiment"], ~or_(speaks_in(tone), of_none)


def _sums(bits: Sequence[int]) -> tuple[int, ...]:
    """Return the sums of some of these, in every way: nothing is one."""
    sums = [0]
    for bit in bits:
        sums += [one + bit for one in sums]
    return tuple(sums)


def _noted(
    scope: Scope, wanted: VerbatimFilter
) -> tuple[list[tuple[Any, ColumnElement[bool]]], dict[str, ColumnElement[bool]]]:
    """Return the facets asked for with their conditions, and what is joined to ask them.

    Of each verbatim one row at most is joined: to note whether there is one costs less than to look for it each time.
    """
    joins: list[tuple[Any, ColumnElement[bool]]] = []
    asked = chosen(scope, wanted)
    if wanted.segment is not None:
        member = aliased(Membership)
        here = (member.workspace_id == scope.workspace_id) & (member.customer_id == Verbatim.customer_id)
        joins.append((member, here & (member.segment_key == wanted.segment) & member.left_at.is_(None)))
        seen = exists().where(*open_to(scope), SegmentRow.key == wanted.segment)
        asked["segment"] = and_(seen, member.id.is_not(None))
    if isinstance(wanted.tag, UUID):
        tagging = aliased(Tagging)
        here = (tagging.workspace_id == scope.workspace_id) & (tagging.verbatim == Verbatim.number)
        joins.append((tagging, here & (tagging.tag_id == wanted.tag) & (tagging.how != "off")))
        asked["tag"] = tagging.tag_id.is_not(None)
    return joins, asked


def _columns(wanted: VerbatimFilter, zone: ZoneInfo, now: datetime) -> dict[str, ColumnElement[Any]]:
    """Return what the row itself tells of its facets: of its tone, where a theme is asked for, that of this one."""
    of_row: dict[str, Any] = {**COLUMNS, "place": Verbatim.place, "theme": Verbatim.themes}
    theme, tone = theme_of(wanted), _tone(wanted)
    if theme is not None:
        *labels, last = LABELS
        # most texts do not speak of it: whether they do is asked first, and once
        known = [(speaks_of(theme, label), literal(label)) for label in labels]
        of_row["sentiment"] = case((~speaks_of(theme), null()), *known, else_=literal(last))
    if tone is not None:
        # a text about nothing that is known is counted by its own tone
        other = and_(Verbatim.themes == "", func.coalesce(Verbatim.sentiment, "") != tone)
        of_row["theme"] = case((other, literal(_NEITHER)), else_=Verbatim.themes)
    begun = {days: since_of(int(days), now=now, zone=zone) for days in PERIODS}
    periods = [(Verbatim.answered_at >= literal(since, UtcTime()), literal(days)) for days, since in begun.items()]
    return {**of_row, "period": case(*periods, else_=None)}


def _segments(workspace_id: int, among: Any, within: ColumnElement[bool]) -> Any:
    people = select(among.c.customer_id, func.count().label("n")).where(within).group_by(among.c.customer_id).subquery()
    # of a workspace that is joined, too, PostgreSQL would think that it makes members fewer, and sort all of them
    here = Membership.workspace_id == workspace_id
    return (
        select(Membership.segment_key.label("key"), cast(func.sum(people.c.n), BigInteger).label("n"))
        .join(people, people.c.customer_id == Membership.customer_id)
        .where(here, Membership.left_at.is_(None))
        .group_by(Membership.segment_key)
    )


def _tags(workspace_id: int, among: Any, within: ColumnElement[bool]) -> Any:
    key = cast(Tagging.tag_id, String())
    return (
        select(key.label("key"), func.count().label("n"))
        .join(among, among.c.number == Tagging.verbatim)
        .where(Tagging.workspace_id == workspace_id, Tagging.how != "off", within)
        .group_by(key)
    )


_TOLD_BY: Final = (*COLUMNS.values(), Verbatim.place, Verbatim.themes, Verbatim.answered_at)
"""What a row's facets are told by."""
_BESIDE: Final = {"segment": _segments, "tag": _tags}
"""Facets that stand in tables of their own."""
_TOGETHER: Final = (("survey", "sentiment", "category", "language", "period"), ("persona", "theme"), ("place",))
"""Facets that are counted by all their values together, and summed up afterwards: there are few of these. To group a
verbatim costs more than all else, and so it is grouped three times, not once for each facet."""


def _apart(together: Mapping[str, int], tone: str | None) -> dict[str, int]:
    """Count each theme, in a tone where one is given, of texts that were counted by all of theirs."""
    sums: Counter[str] = Counter()
    for themes, n in together.items():
        if themes == NONE:
            sums[NONE] += n
        elif themes != _NEITHER:
            for theme in themes_in(themes, tone):
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
