"""One SQL text for both databases: where they differ, a `Dialect` writes the difference, and nowhere else.

Statements on the paths that must be quick, or that take a thousand rows at once, are written as functions from a
`Dialect` to SQL text. Rows travel as one JSON parameter: a statement stays one statement for any number of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
import psycopg.types.json
from sqlalchemy import Connection, CursorResult, Engine, TextClause, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from vocapp.models import lanes
from vocapp.models.types import time_text

_ONCE = "limit -1"
"""Behind SQLite's arrays: it takes them to hold few rows and, left to itself, reads them anew for each row of a table.

With a limit that limits nothing it reads them once, first, and looks up each of their rows by the key.
"""


class Dialect:
    """What PostgreSQL and SQLite say differently."""

    def __init__(self, name: str) -> None:
        self.postgresql = name == "postgresql"

    def rows(self, parameter: str, alias: str = "r", /, **columns: str) -> str:
        """Write a table expression over a JSON array of objects; `columns` name PostgreSQL types."""
        if self.postgresql:
            typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            return f"jsonb_to_recordset(cast(:{parameter} as jsonb)) as {alias}({typed})"
        picked = ", ".join(f"{_pick(name, kind)} as {name}" for name, kind in columns.items())
        return f"(select {picked} from json_each(:{parameter}) {_ONCE}) as {alias}"

    def values(self, parameter: str, kind: str) -> str:
        """Write a sub-select of the scalars of a JSON array: `where id in {values}`."""
        if self.postgresql:
            return f"(select cast(v.value as {kind}) from jsonb_array_elements_text(cast(:{parameter} as jsonb)) as v)"
        return f"(select value from json_each(:{parameter}))"

    def each(self, parameter: str) -> str:
        """Write a table expression with a column `value` over a JSON array of texts, to be given an alias."""
        if self.postgresql:
            return f"jsonb_array_elements_text(cast(:{parameter} as jsonb))"
        return f"(select value from json_each(:{parameter}) {_ONCE})"

    def json(self, parameter: str) -> str:
        """Write a JSON parameter as the database keeps it."""
        return f"cast(:{parameter} as jsonb)" if self.postgresql else f":{parameter}"

    def uuid(self, parameter: str) -> str:
        return f"cast(:{parameter} as uuid)" if self.postgresql else f":{parameter}"

    def time(self, parameter: str) -> str:
        return f"cast(:{parameter} as timestamptz)" if self.postgresql else f":{parameter}"

    def day(self, column: str, zone: str) -> str:
        """Write the day of a time by the clock of a zone; both are columns."""
        return f"cast({column} at time zone {zone} as date)" if self.postgresql else f"vocapp_day({column}, {zone})"

    def days_after(self, column: str, days: int) -> str:
        """Write the day so many days after another."""
        return f"{column} + {days}" if self.postgresql else f"date({column}, '+{days} days')"

    def microseconds(self, later: str, earlier: str) -> str:
        """Write how long passed between two times, in whole microseconds."""
        if self.postgresql:
            return f"cast(extract(epoch from {later} - {earlier}) * 1000000 as bigint)"
        moment = "(cast(strftime('%s', substr({0}, 1, 19)) as integer) * 1000000 + cast(substr({0}, 21, 6) as integer))"
        return f"({moment.format(later)} - {moment.format(earlier)})"

    @property
    def now(self) -> str:
        """The database's clock, as a time column keeps it."""
        return "clock_timestamp()" if self.postgresql else "strftime('%Y-%m-%dT%H:%M:%f000Z','now')"

    @property
    def xid(self) -> str:
        """The mark of the running transaction in the change feed."""
        return "pg_current_xact_id()" if self.postgresql else "0"

    @property
    def next_change(self) -> str:
        """The next number in the change feed; SQLite has one writer, so the greatest plus one is safe."""
        if self.postgresql:
            return "nextval('changes_number')"
        return "(select coalesce(max(number), 0) + 1 from changes)"


class Statement:
    """A statement, compiled once per database."""

    def __init__(self, write: Callable[[Dialect], str], columns: Mapping[str, TypeEngine[Any]]) -> None:
        self._write = write
        self._columns = columns
        self._compiled: dict[str, TextClause] = {}
        self._raw: tuple[bytes, tuple[str, ...]] | None = None

    def run(self, connection: Connection, /, **parameters: Any) -> CursorResult[*tuple[Any, ...]]:
        """Execute with plain Python values; lists and mappings travel as JSON."""
        name = connection.dialect.name
        clause = self._compiled.get(name)
        if clause is None:
            clause = text(self._write(Dialect(name)))
            if self._columns:
                clause = clause.columns(**self._columns)  # type: ignore[assignment]
            self._compiled[name] = clause
        convert = _for_postgresql if name == "postgresql" else _for_sqlite
        return connection.execute(clause, {key: convert(value) for key, value in parameters.items()})

    def first(self, engine: Engine, /, **parameters: Any) -> tuple[Any, ...] | None:
        """Execute as a transaction of its own, on an engine in autocommit; return the first row.

        On PostgreSQL this goes past SQLAlchemy's compiler and results, which cost more than the database does; unless
        somebody listens to what is executed. Raises DBAPIError all the same.
        """
        if engine.dialect.name != "postgresql" or engine.dispatch.before_cursor_execute:
            with engine.connect() as connection:
                found = self.run(connection, **parameters).first()
                return None if found is None else tuple(found)
        try:
            return lanes.first_row(engine, *self.numbered(parameters))
        except psycopg.Error as error:
            raise _raised(engine, error) from error

    def read(self, engine: Engine, /, **parameters: Any) -> tuple[Any, ...] | None:
        """Do as `first`; where the connection was lost since it was last used, read once more on a new one."""
        try:
            return self.first(engine, **parameters)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self.first(engine, **parameters)

    def numbered(self, parameters: Mapping[str, Any]) -> tuple[bytes, list[Any]]:
        """Return (the SQL for PostgreSQL with `$1`, `$2`…, the parameters in that order)."""
        if self._raw is None:
            clause = text(" ".join(self._write(Dialect("postgresql")).split()))
            dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
            compiled = clause.compile(dialect=dialect)
            self._raw = str(compiled).encode(), tuple(compiled.positiontup or ())
        sql, names = self._raw
        return sql, [_for_postgresql(parameters[name]) for name in names]


def last_row(engine: Engine, *steps: tuple[Statement, Mapping[str, Any]]) -> tuple[Any, ...] | None:
    """Execute statements on PostgreSQL as one transaction, on an engine in autocommit; return the last one's first row.

    Past SQLAlchemy, as `Statement.first`; each sees what was committed before it, and not before the transaction.
    """
    if engine.dispatch.before_cursor_execute:
        row = None
        with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection, connection.begin():
            for statement_, parameters in steps:
                row = statement_.run(connection, **parameters).first()
        return None if row is None else tuple(row)
    try:
        return lanes.last_row(engine, [statement_.numbered(parameters) for statement_, parameters in steps])
    except psycopg.Error as error:
        raise _raised(engine, error) from error


psycopg.types.json.set_json_loads(orjson.loads)

_PLAIN = frozenset({str, int, bool, float, UUID, datetime, date})
_JSON = frozenset({dict, list, tuple})
"""Of what is JSON, what is known as such at once."""


def statement(**columns: TypeEngine[Any]) -> Callable[[Callable[[Dialect], str]], Statement]:
    """Make a `Statement` of a function that writes SQL; `columns` type the result."""

    def make(write: Callable[[Dialect], str]) -> Statement:
        return Statement(write, columns)

    return make


def _raised(engine: Engine, error: psycopg.Error) -> Exception:
    return DBAPIError.instance(
        None,
        None,
        error,
        psycopg.Error,
        connection_invalidated=isinstance(error, lanes.ConnectionLost),
        dialect=engine.dialect,
    )


def _pick(name: str, kind: str) -> str:
    # `->` keeps JSON as text, `->>` takes it out; both give SQL's NULL for a missing name
    return f"(value {'->' if kind == 'jsonb' else '->>'} '$.{name}')"


def _for_postgresql(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in _PLAIN:
        return value
    if kind in _JSON or (isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes))):
        return orjson.dumps(value).decode()
    return value


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (Mapping, Sequence)) and not isinstance(value, (str, bytes)):
        return orjson.dumps(_plain(value)).decode()
    return value


def _plain(value: Any) -> Any:
    """Write the times inside JSON rows as SQLite keeps them; ids are written by orjson alike on both."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
