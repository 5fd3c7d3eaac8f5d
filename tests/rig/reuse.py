"""Databases that tests use one after the other: to empty one costs a fraction of what copying and dropping one does.

A test must not notice. So whatever is not plainly "rows came, rows went" (a table altered, very many rows) ends the
database, and the next test gets a new copy of the template.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg

from tests.rig.postgres import Postgres, shared_template
from tests.rig.run import Run

MOST_ROWS = 3_000
"""In one table. What is deleted leaves holes, which a new copy would not have."""
MOST_USES = 50

_SHAPE = " union all ".join(
    f"select '{name}', count(*), max(xmin::text::bigint) from {name} where {where}"
    for name, where in (
        ("pg_class", "relpersistence <> 't' and relkind <> 't'"),
        *((name, "true") for name in ("pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_trigger")),
        *((name, "true") for name in ("pg_proc", "pg_db_role_setting", "pg_statistic_ext", "pg_largeobject_metadata")),
    )
)
"""Every definition that is made, changed or dropped shows in one of these."""
_SEQUENCES = "select quote_ident(sequencename), last_value, start_value from pg_sequences where schemaname = 'public'"
_TABLES = (
    "select quote_ident(relname) from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
)
_OTHERS = (
    "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and backend_type = 'client backend'"
)
Marks = dict[str, tuple[Any, ...]]


@dataclass
class _Copy:
    """One database as it stood when it was copied, or was last made like it."""

    name: str
    connection: psycopg.Connection[Any]
    """Kept open, with the questions below prepared: to ask them anew cost as much as all else."""
    shape: Marks
    rows: Marks
    """Of each table: how many rows, and the youngest change among them."""
    sequences: Marks
    uses: int = 0


class Reuse:
    """The copies of one template that this process goes on using."""

    def __init__(self, run: Run, postgres: Postgres, template: str, fill: Callable[[str], None]) -> None:
        self._run, self._postgres, self._template, self._fill = run, postgres, template, fill
        self._free: list[_Copy] = []
        self._taken: dict[str, _Copy] = {}
        self._content: dict[str, bytes] = {}
        """What a new copy holds, by table."""

    def take(self) -> str:
        """Return the URL of a database that is as the template."""
        copy = self._free.pop() if self._free else self._new()
        copy.uses += 1
        self._taken[url := self._postgres.url(copy.name)] = copy
        return url

    def give_back(self, url: str) -> None:
        """Make a database as the template again, or drop it where that is not plainly possible."""
        copy = self._taken.pop(url)
        restored = False
        with contextlib.suppress(psycopg.OperationalError):  # some tests end every connection there is
            restored = copy.uses < MOST_USES and self._restored(copy)
        if restored:
            self._free.append(copy)
        else:
            copy.connection.close()
            self._postgres.drop_database(copy.name)

    def close(self) -> None:
        """Let go of the databases; they end with the run."""
        for copy in self._free:
            copy.connection.close()

    def _new(self) -> _Copy:
        name = f"t_{uuid4().hex}"
        with self._run.lock("create-database"):  # PostgreSQL refuses to copy a template that is being copied
            template = shared_template(self._run, self._template, self._fill)
            self._postgres.create_database(name, template=template)
        connection = psycopg.connect(self._postgres.conninfo(name), autocommit=True, prepare_threshold=0)
        tables = [row[0] for row in connection.execute(_TABLES)]
        shape, rows, sequences = _read(connection, _SHAPE), _rows_of(connection, tables), _read(connection, _SEQUENCES)
        for table, (count, _) in rows.items():
            if count and table not in self._content:
                with connection.cursor().copy(f"copy {table} to stdout (format binary)") as out:
                    self._content[table] = b"".join(bytes(block) for block in out)
        return _Copy(name, connection, shape, rows, sequences)

    def _restored(self, copy: _Copy) -> bool:
        connection = copy.connection
        if not all(ended for (ended,) in connection.execute(_OTHERS)) or _read(connection, _SHAPE) != copy.shape:
            return False
        rows = _rows_of(connection, copy.rows)
        changed = [table for table, mark in rows.items() if mark != copy.rows[table]]
        if any(rows[table][0] > MOST_ROWS for table in changed):
            return False
        with connection.transaction():
            connection.execute("set local session_replication_role = replica")  # no foreign keys, no triggers
            if changed:
                connection.execute("; ".join(f"delete from {table}" for table in changed), prepare=False)
            for table in changed:
                if table in self._content:
                    with connection.cursor().copy(f"copy {table} from stdin (format binary)") as into:
                        into.write(self._content[table])
            for name, mark in _read(connection, _SEQUENCES).items():
                if mark != copy.sequences[name]:
                    last, first = copy.sequences[name]
                    connection.execute("select setval(%s, %s, %s)", (name, last or first, last is not None))
        if self._content.keys() & changed:
            copy.rows = _rows_of(connection, copy.rows)
        return True


def _read(connection: psycopg.Connection[Any], query: str) -> Marks:
    return {name: tuple(mark) for name, *mark in connection.execute(query)}


def _rows_of(connection: psycopg.Connection[Any], tables: Any) -> Marks:
    asked = (f"select $${table}$$, count(*), max(xmin::text::bigint) from {table}" for table in tables)
    return _read(connection, " union all ".join(asked))
