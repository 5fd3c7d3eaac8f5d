"""Clocks that can be set: the database's own, which decides in vocapp, and that of single processes, which must not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

SKEWED = Path(__file__).parent / "skewed"
"""Put first on PYTHONPATH, it lets `FAULTS_SKEW_SECONDS` shift what a process takes for the time."""

_ON_EVERY_DATABASE = """
    create table faults_clock (shift interval not null);
    insert into faults_clock values ('0');
    create function clock_timestamp() returns timestamptz language sql volatile
        as 'select pg_catalog.clock_timestamp() + (select shift from public.faults_clock)';
    grant select on faults_clock to public;
"""


class DatabaseClock:
    """The clock of one database: from here on `clock_timestamp()` is ours there, and what asks for it is told ours."""

    def __init__(self, superuser: str, database: str) -> None:
        self._superuser = superuser
        self._database = database
        self.shift = timedelta()

    @staticmethod
    def install(superuser: str) -> None:
        """Put the function into a database, or a template; it is heard only after `take_over`."""
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(_ON_EVERY_DATABASE)

    def take_over(self) -> None:
        """Have new connections find our function before PostgreSQL's."""
        with psycopg.connect(self._superuser, autocommit=True) as connection:
            connection.execute(f'alter database "{self._database}" set search_path = public, pg_catalog')

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def advance(self, by: timedelta) -> None:
        """Jump ahead, or back."""
        self._set(self.shift + by)

    def set_to(self, at: datetime) -> None:
        """Jump to a time; from there it goes on as ever."""
        self._set(at - datetime.now(UTC))

    def _set(self, shift: timedelta) -> None:
        with psycopg.connect(self._superuser, autocommit=True) as connection:
            connection.execute("update faults_clock set shift = %s", (shift,))
        self.shift = shift
