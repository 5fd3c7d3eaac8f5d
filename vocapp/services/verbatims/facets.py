"""How many verbatims each value of each facet has, each facet counted within all the others.

Where nothing of a facet is asked for, its values are counted among what is found; where something is, among what would
be found without it: so that one sees what else there is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, select, tuple_

from vocapp.models import Membership, Tagging, ThemeMention, Verbatim, db, on_postgresql
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import COLUMNS, NONE, PERIODS, VerbatimFilter, chosen, conditions

MOST_VALUES: Final = 200
"""Of one facet, by how often they come."""
_OF_THE_ROW: Final[Mapping[str, Any]] = {**COLUMNS, "place": Verbatim.place}


@dataclass(frozen=True, slots=True)
class Facets:
    total: int
    """What is found by all that is asked for."""
    counts: Mapping[str, Mapping[str, int]]
    """Facet → value → how many; NONE stands for those without one. `place` counts each place by itself."""


def count(*, scope: Scope, wanted: VerbatimFilter, now: datetime) -> Facets:
    """Count every facet. On PostgreSQL, those of which nothing is asked for in one look at what is found."""
    asked = chosen(wanted)
    open_ones = [name for name in _OF_THE_ROW if name not in asked]
    found = conditions(scope, wanted)
    counts = _together(open_ones, found)
    for name in _OF_THE_ROW:
        if name in asked:
            counts |= _together([name], conditions(scope, wanted, but={name}))
    counts["period"] = _periods(conditions(scope, wanted, but={"period"}), now)
    for name, of in (("theme", _themes), ("segment", _segments), ("tag", _tags)):
        counts[name] = of(found if name not in asked else conditions(scope, wanted, but={name}))
    if open_ones:
        total = sum(counts[open_ones[0]].values())
    else:
        total = db.session.scalar(select(func.count()).select_from(Verbatim).where(*found)) or 0
    return Facets(total, {name: _most(values) for name, values in counts.items()})


def _together(names: Collection[str], found: list[ColumnElement[bool]]) -> dict[str, dict[str, int]]:
    """Count some facets of the row among the same verbatims."""
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    columns = [_OF_THE_ROW[name] for name in names]
    if not on_postgresql():
        for name, column in zip(names, columns, strict=True):
            rows = db.session.execute(select(column, func.count()).where(*found).group_by(column))
            counts[name] = {value or NONE: n for value, n in rows}
        return counts
    if not names:
        return counts
    sets = func.grouping_sets(*(tuple_(column) for column in columns))
    query = select(func.grouping(*columns), func.count(), *columns).where(*found).group_by(sets)
    for mask, n, *values in db.session.execute(query):
        # of the columns, the one by which a row is grouped has a 0 in the mask, the first one being the highest bit
        at = next(at for at in range(len(columns)) if not mask >> (len(columns) - 1 - at) & 1)
        counts[list(names)[at]][values[at] or NONE] = n
    return counts


def _periods(found: list[ColumnElement[bool]], now: datetime) -> dict[str, int]:
    """How many were said within the last so many days, whatever else is asked for; to the day, as UTC has it."""
    columns = [
        func.sum(case((Verbatim.answered_at >= now - timedelta(days=int(days)), 1), else_=0)) for days in PERIODS
    ]
    row = db.session.execute(select(*columns).where(*found)).one()
    return {days: int(n or 0) for days, n in zip(PERIODS, row, strict=True)}


def _themes(found: list[ColumnElement[bool]]) -> dict[str, int]:
    mentions = and_(
        ThemeMention.workspace_id == Verbatim.workspace_id,
        ThemeMention.response_id == Verbatim.response_id,
        ThemeMention.question == Verbatim.question,
    )
    return _grouped(select(ThemeMention.theme, func.count()).join(Verbatim, mentions).where(*found))


def _segments(found: list[ColumnElement[bool]]) -> dict[str, int]:
    belongs = and_(
        Membership.workspace_id == Verbatim.workspace_id,
        Membership.customer_id == Verbatim.customer_id,
        Membership.left_at.is_(None),
    )
    return _grouped(select(Membership.segment_key, func.count()).join(Verbatim, belongs).where(*found))


def _tags(found: list[ColumnElement[bool]]) -> dict[str, int]:
    query = select(Tagging.tag_id, func.count()).join(Verbatim, Tagging.verbatim == Verbatim.number)
    return {str(key): n for key, n in _grouped(query.where(*found, Tagging.how != "off")).items()}


def _grouped(query: Any) -> dict[Any, int]:
    return dict(db.session.execute(query.group_by(query.selected_columns[0])).all())


def _most(values: Mapping[str, int]) -> dict[str, int]:
    kept = sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]
    return dict(kept)
