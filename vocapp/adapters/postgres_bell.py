"""PostgreSQL's NOTIFY, by which a commit wakes the relay."""

from __future__ import annotations

import time
from contextlib import suppress

import psycopg

LONGEST_SLEEP_SECONDS = 1.0
"""A fact that becomes due later wakes nobody."""
REST_SECONDS = 0.1
"""After a connection failed."""


class PostgresBell:
    """Rings at a NOTIFY, heard on a connection of its own, which is made anew when it is lost."""

    def __init__(self, database_url: str, channel: str) -> None:
        self._url = database_url.replace("+psycopg", "", 1)
        self._channel = channel
        self._connection: psycopg.Connection | None = None

    def wait(self) -> None:
        """Return at the next NOTIFY, after LONGEST_SLEEP_SECONDS, or when the connection has trouble. Never raises."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True)
                self._connection.execute(f"listen {self._channel}")
                return  # what was told before anybody listened
            for _ in self._connection.notifies(timeout=LONGEST_SLEEP_SECONDS, stop_after=1):
                return
        except psycopg.Error:
            self.close()
            time.sleep(REST_SECONDS)

    def close(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None
