"""Many rows in one statement, whatever their number: they travel as one JSON parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from vocapp.models.base import Base, db
from vocapp.models.sql import Dialect, Statement

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_many(model: type[Base], rows: Sequence[Mapping[str, Any]], *, passing_over: bool = False) -> None:
    """Insert rows of one shape into a table, in their order; `passing_over` those that are there already.

    Rows that others may insert at the same time come in the order of their keys, or two writers wait for each other.
    """
    if rows:
        insert = _insert(model, tuple(rows[0]), passing_over)
        insert.run(db.session.connection(), rows=[dict(row) for row in rows])


@lru_cache
def _insert(model: type[Base], names: tuple[str, ...], passing_over: bool) -> Statement:
    table = cast("Table", model.__table__)
    kinds = {name: table.columns[name].type.compile(_POSTGRESQL).lower() for name in names}
    columns = ", ".join(names)

    def write(d: Dialect) -> str:
        rows = d.rows("rows", **kinds)
        otherwise = "on conflict do nothing" if passing_over else ""
        return f"insert into {table.name} ({columns}) select {columns} from {rows} where true {otherwise}"

    return Statement(write, {})
