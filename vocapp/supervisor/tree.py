"""The process tree: what is started in which order, when it is ready, and how it ends."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from vocapp import demo, installing, relay, webserver, worker
from vocapp.adapters import embedded_redis
from vocapp.app import add_doors, create_app
from vocapp.config import ConfigRefused, Settings, socket_path
from vocapp.pipeline import QUEUES
from vocapp.processes import Child, Family
from vocapp.supervisor.readiness import is_healthy

STOP_SECONDS = 6.5
REDIS_STOP_SECONDS = 1.5
READY_SECONDS = 90.0
MOST_DEATHS_BEFORE_READY = 4
WATCH_SECONDS = 1.0


class _Over(Exception):
    """The tree is to end, with this exit status."""

    def __init__(self, status: int, said: str = "") -> None:
        super().__init__(said)
        self.status = status


class Tree:
    """Everything of one installation."""

    def __init__(self, settings: Settings, listener: socket.socket, *, served_at: str, demo: bool) -> None:
        self._settings = settings
        self._listener = listener
        self._served_at = served_at
        self._demo = demo
        self._app: Flask = add_doors(create_app(settings))
        self._family = Family()
        self._redis = Child("redis", self._alone(self._become_redis))
        self._redis_files = (settings.data_dir / "redis", socket_path(settings.data_dir))
        if settings.embedded_redis:
            _prepare_redis(*self._redis_files)

    def run(self) -> int:
        """Start everything, say so, and watch over it until a signal asks to stop; return the exit status."""
        try:
            self._start()
            while True:
                self._watch(WATCH_SECONDS)
        except _Over as over:
            if over.args[0]:
                print(f"vocapp: {over}", file=sys.stderr, flush=True)
            return over.status
        finally:
            self._stop()

    def _start(self) -> None:
        if self._settings.embedded_redis:
            self._family.start(self._redis)
        if self._finish("install", self._install) != 0:
            raise _Over(1)  # its own line on stderr says why
        web = self._family.start(Child("web", self._serve))
        self._family.start(Child("relay", self._alone(lambda: relay.run(self._app, self._settings))))
        for queue in QUEUES:
            self._family.start(Child(f"worker {queue}", self._alone(self._worker(queue))))
        greeting = self._fill_demo() if self._demo else ""
        self._await(web)
        print(f"vocapp is ready on {self._served_at}", flush=True)
        if greeting:
            print(greeting, flush=True)

    def _await(self, web: Child) -> None:
        until = time.monotonic() + READY_SECONDS
        while not is_healthy(self._listener):
            self._watch(0.02)
            if web.quick_deaths >= MOST_DEATHS_BEFORE_READY or time.monotonic() > until:
                raise _Over(1, "the web server does not come up; LOG_LEVEL=INFO tells more")

    def _stop(self) -> None:
        self._listener.close()
        # Redis last, so that the others can take their leave of it
        self._family.stop([child for child in self._family.members if child is not self._redis], seconds=STOP_SECONDS)
        self._family.stop(seconds=REDIS_STOP_SECONDS)
        self._family.bury_orphans(0.5)

    def _watch(self, seconds: float) -> None:
        if self._family.next_signal(seconds):
            raise _Over(0)

    def _finish(self, name: str, run: Callable[[], int | None]) -> int:
        """Run something once, in a process of its own, and return its exit status. Raises _Over."""
        self._family.start(Child(name, self._alone(run), lasting=False))
        while name not in self._family.ended:
            self._watch(WATCH_SECONDS)
        return self._family.ended[name]

    # ── what runs in the children

    def _alone(self, run: Callable[[], int | None]) -> Callable[[], int | None]:
        """Run without the listening socket, which is the web server's."""

        def live() -> int | None:
            self._listener.close()
            return run()

        return live

    def _become_redis(self) -> int:
        if self._redis.quick_deaths > 1:
            # it may be choking on its own file; what was in it comes again from the outbox
            _prepare_redis(*self._redis_files)
        embedded_redis.become_server(*self._redis_files)

    def _install(self) -> int:
        try:
            installing.install(self._app, self._settings)
        except ConfigRefused as refused:
            print(f"vocapp: {refused}", file=sys.stderr, flush=True)
            return 1
        return 0

    def _serve(self) -> None:
        settings = self._settings
        listener = self._listener.detach()
        webserver.serve(self._app, listener, processes=settings.web_processes, threads=settings.web_threads)

    def _worker(self, queue: str) -> Callable[[], int]:
        return lambda: worker.run(self._app, self._settings, queue, frees_leases=True)

    def _fill_demo(self) -> str:
        """Fill the invented company in a child; return what to tell the visitor."""
        reading, writing = os.pipe()

        def fill() -> None:
            with self._app.app_context():
                told = demo.fill(self._settings)
            os.write(writing, told.encode())

        self._finish("demo", fill)  # where it fails, there is no greeting, and all else works
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            return pipe.read().rstrip()


def _prepare_redis(folder: Path, socket_file: Path) -> None:
    try:
        embedded_redis.find_server()
        embedded_redis.prepare(folder, socket_file)
    except embedded_redis.RedisMissing as error:
        raise ConfigRefused(str(error)) from error
    except OSError as error:
        raise ConfigRefused(f"{error.filename} can't be used: {error.strerror}") from error
