"""A database as it stood once, to be put back as often as wanted while an application goes on using it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from typing import Any, NamedTuple, Protocol

import psycopg
from sqlalchemy import Connection

from vocapp.models import Base

Row = dict[str, Any]


def all_rows(connection: Connection, *, but: Collection[str]) -> dict[str, list[str]]:
    """Return every row of every table as text, but for the columns of these names; equal: nothing has changed.

    As the driver gives them: to read fifty tables by their types would be most of a story's time.
    """
    read = {
        table.name: f"select {', '.join(one.name for one in table.c if one.name not in but)} from {table.name}"
        for table in Base.metadata.sorted_tables
    }
    return {name: sorted(repr(tuple(row)) for row in connection.exec_driver_sql(sql)) for name, sql in read.items()}


class Change(NamedTuple):
    """All rows of a table in which some are not as they were, in the driver's own types."""

    before: list[Row]
    now: list[Row]

    def rows(self, *, but: str) -> list[Row]:
        """Return those that are gone, new or others than before, without the column of this name."""
        before, now = ([{name: row[name] for name in row if name != but} for row in rows] for rows in self)
        return [row for row in before if row not in now] + [row for row in now if row not in before]


class Kept(Protocol):
    def changes(self) -> dict[str, Change]:
        """Return what is no longer as it was kept, by the names of tables; nothing of those that are."""

    def put_back(self) -> None:
        """Make every row what it was; nobody may be writing."""

    def close(self) -> None: ...


class KeptSqlite:
    def __init__(self, path: str) -> None:
        self._path = path
        self._copy = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(path)) as live:
            live.backup(self._copy)
        named = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
        self._tables = [str(name) for (name,) in self._copy.execute(named)]
        self._rows = {table: self._read(self._copy, table) for table in self._tables}

    def changes(self) -> dict[str, Change]:
        with closing(sqlite3.connect(self._path)) as live:
            now = {table: self._read(live, table) for table in self._tables}
        return {table: Change(rows, now[table]) for table, rows in self._rows.items() if rows != now[table]}

    def put_back(self) -> None:
        with closing(sqlite3.connect(self._path)) as live:
            self._copy.backup(live)

    def close(self) -> None:
        self._copy.close()

    @staticmethod
    def _read(connection: sqlite3.Connection, table: str) -> list[Row]:
        read = connection.execute(f'select * from "{table}"')
        names = [column[0] for column in read.description]
        return [dict(zip(names, row, strict=True)) for row in read]


_TABLES = (
    "select quote_ident(relname) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
)


class KeptPostgres:
    """Of a superuser. Only what changed is written: a table whose rows are as many and as old is as it was."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=0)
        self._tables = [str(row[0]) for row in self._connection.execute(_TABLES)]
        self._content: dict[str, bytes] = {}
        self._rows = {table: self._read(table) for table in self._tables}
        for table in self._tables:
            with self._connection.cursor().copy(f"copy {table} to stdout (format binary)") as out:
                self._content[table] = b"".join(bytes(block) for block in out)
        self._marks = self._look()

    def changes(self) -> dict[str, Change]:
        found = {table: Change(self._rows[table], self._read(table)) for table in self._changed()}
        return {table: change for table, change in found.items() if change.before != change.now}

    def put_back(self) -> None:
        changed = self._changed()
        if not changed:
            return
        with self._connection.transaction():
            self._connection.execute("set local session_replication_role = replica")  # no foreign keys, no triggers
            self._connection.execute("; ".join(f"delete from {table}" for table in changed), prepare=False)
            for table in changed:
                with self._connection.cursor().copy(f"copy {table} from stdin (format binary)") as into:
                    into.write(self._content[table])
        self._marks = self._look()

    def close(self) -> None:
        self._connection.close()

    def _read(self, table: str) -> list[Row]:
        read = self._connection.execute(f"select t.* from {table} t order by t::text")
        names = [column.name for column in read.description or ()]
        return [dict(zip(names, row, strict=True)) for row in read]

    def _changed(self) -> list[str]:
        return [table for table, mark in self._look().items() if mark != self._marks[table]]

    def _look(self) -> dict[str, tuple[Any, ...]]:
        asked = (f"select $${table}$$, count(*), max(xmin::text::bigint) from {table}" for table in self._tables)
        return {name: tuple(mark) for name, *mark in self._connection.execute(" union all ".join(asked))}
