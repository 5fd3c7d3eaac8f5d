"""A database as it stood once, to be put back as often as wanted while an application goes on using it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any, Protocol

import psycopg


class Kept(Protocol):
    def put_back(self) -> None:
        """Make every row what it was; nobody may be writing."""

    def close(self) -> None: ...


class KeptSqlite:
    def __init__(self, path: str) -> None:
        self._path = path
        self._copy = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(path)) as live:
            live.backup(self._copy)

    def put_back(self) -> None:
        with closing(sqlite3.connect(self._path)) as live:
            self._copy.backup(live)

    def close(self) -> None:
        self._copy.close()


_TABLES = (
    "select quote_ident(relname) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
)


class KeptPostgres:
    """Of a superuser. Only what changed is written: a table whose rows are as many and as old is as it was."""

    def __init__(self, conninfo: str) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=0)
        self._tables = [str(row[0]) for row in self._connection.execute(_TABLES)]
        self._content: dict[str, bytes] = {}
        for table in self._tables:
            with self._connection.cursor().copy(f"copy {table} to stdout (format binary)") as out:
                self._content[table] = b"".join(bytes(block) for block in out)
        self._marks = self._look()

    def put_back(self) -> None:
        marks = self._look()
        changed = [table for table, mark in marks.items() if mark != self._marks[table]]
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

    def _look(self) -> dict[str, tuple[Any, ...]]:
        asked = (f"select $${table}$$, count(*), max(xmin::text::bigint) from {table}" for table in self._tables)
        return {name: tuple(mark) for name, *mark in self._connection.execute(" union all ".join(asked))}
