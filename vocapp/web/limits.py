"""How often one address may be wrong: tokens, keys, passwords. Only failures count; who is right is never slowed down.

The count is shared by the processes of one machine through a small file in the data dir, so that the limit means what
it says whatever the number of processes. Addresses stand in it as keyed hashes and leave it with their minute.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import structlog
from flask import current_app
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Request

MOST = 120
WINDOW_SECONDS = 60

log = structlog.get_logger()

_COUNT = """
    insert into failures (who, since, n) values (:who, :now, 1)
    on conflict (who) do update set
        n = case when since <= :now - :window then 1 else n + 1 end,
        since = case when since <= :now - :window then :now else since end
    returning n, since
"""


class Failures:
    """Failures per kind and address, within a window that begins with the first."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._connection = _opened(path)
        self._cleaned_at = 0.0

    def count(self, kind: str, address: str, *, now: float) -> int:
        """Count a failure; return 0 while it may be answered as such, else the seconds until there is room again."""
        with self._lock:
            row = self._ask(_COUNT, who=f"{kind}:{address}", now=now, window=WINDOW_SECONDS)
            self._clean(now)
        return _seconds_left(row, now)

    def standing(self, kind: str, address: str, *, now: float) -> int:
        """Return the seconds for which the address has no failure left; 0: it has."""
        with self._lock:
            row = self._ask("select n, since from failures where who = :who", who=f"{kind}:{address}")
        return _seconds_left(row, now)

    def _clean(self, now: float) -> None:
        if now - self._cleaned_at > WINDOW_SECONDS:
            self._cleaned_at = now
            self._ask("delete from failures where since <= :end", end=now - WINDOW_SECONDS)

    def _ask(self, sql: str, **parameters: Any) -> tuple[int, float] | None:
        """Return (n, since); None where there is none, or where the file is locked, full or spoiled.

        Nobody who is right may be turned away because the wrong can't be counted.
        """
        try:
            row: tuple[int, float] | None = self._connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            log.warning("failures_not_counted", error=type(error).__name__)
            return None
        return row


def _seconds_left(row: tuple[int, float] | None, now: float) -> int:
    if row is None or row[0] <= MOST or row[1] <= now - WINDOW_SECONDS:
        return 0
    return max(1, int(row[1] + WINDOW_SECONDS - now) + 1)


class _Counter:
    """What the doors use: `failures.count(request)` after a wrong token."""

    def count(self, request: Request, kind: str = "token") -> None:
        """Count a failure against the caller's address. Raises TooManyRequests (with `Retry-After`) over the limit."""
        self._refuse(_of_app().count(kind, _who(request), now=time.time()))

    def check(self, request: Request, kind: str = "token") -> None:
        """Raise TooManyRequests where the caller's address has no failure left: before a password is looked at."""
        self._refuse(_of_app().standing(kind, _who(request), now=time.time()))

    def _refuse(self, seconds: int) -> None:
        if seconds:
            raise TooManyRequests(retry_after=seconds)


failures = _Counter()


def _of_app() -> Failures:
    found: Failures | None = current_app.extensions.get("vocapp_failures")
    if found is None:
        settings = current_app.extensions["vocapp"]
        found = current_app.extensions.setdefault("vocapp_failures", Failures(settings.data_dir / "failures.db"))
    return found


def _who(request: Request) -> str:
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, b"failures\0" + (request.remote_addr or "").encode(), hashlib.sha256).hexdigest()[:32]


def _opened(path: Path | None) -> sqlite3.Connection:
    """Open the shared file; where it can't be, this process counts for itself rather than not at all."""
    try:
        return _prepared(str(path) if path else ":memory:")
    except sqlite3.Error:
        log.warning("failures_counted_by_process")
        return _prepared(":memory:")


def _prepared(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=2, isolation_level=None, check_same_thread=False)
    # Nothing here is worth an fsync: after a crash everybody starts again with a clean slate.
    connection.execute("pragma synchronous=off")
    connection.execute("pragma journal_mode=memory")
    connection.execute(
        "create table if not exists failures (who text primary key, since real not null, n integer not null)"
    )
    return connection
