"""The web server: gunicorn's threads with keep-alive, started from here instead of from its own command line."""

from __future__ import annotations

import errno
import math
import os
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication

from vocapp.config import ConfigRefused
from vocapp.logs import where_from
from vocapp.processes import LEAVING, die_with_parent
from vocapp.reception import PatientWorker
from vocapp.web.latency import KEPT_AS, Latencies

BACKLOG = 512
GRACE_SECONDS = 5  # requests under way get this long when the server stops


log = structlog.get_logger("vocapp.web")


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket. Raises ConfigRefused, with one line, where the port is taken or the host unknown."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise ConfigRefused(f"{host} is no address of this machine") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        hint = (
            "; --port takes another (make run PORT=8001)" if getattr(error, "errno", None) == errno.EADDRINUSE else ""
        )
        raise ConfigRefused(f"can't listen on {host}, port {port}: {reason}{hint}") from error
    return listener


def address_of(listener: socket.socket, host: str) -> str:
    """Return the address that is really served, such as `http://127.0.0.1:8000`."""
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def link_address(listener: socket.socket, host: str) -> str:
    """Return the address for links where no other is set: all addresses of a machine are none to follow."""
    return address_of(listener, {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host))  # noqa: S104


def serve(
    app: Flask, listener: int, *, processes: int, threads: int, grace: float = GRACE_SECONDS, drain: float = 0.0
) -> None:
    """Serve on a listening descriptor until SIGTERM; this process becomes the master of `processes` others.

    After SIGTERM it still serves for `drain` seconds, saying on /readyz and on every connection that it leaves, so that
    a balancer turns away from it; then requests under way get `grace` seconds.
    """
    _Server(
        app,
        {
            "bind": f"fd://{listener}",
            "workers": processes,
            "threads": threads,
            "worker_class": _LeavingWorker,
            "keepalive": 15,
            "timeout": 60,
            "graceful_timeout": math.ceil(grace + drain),
            "loglevel": "error",  # its warnings quote addresses of people
            "logger_class": _DiscreetLogger,
            "control_socket_disable": True,
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 (its heartbeat, no data)
            "proc_name": "vocapp",
            "pre_fork": _give_slot,
            "post_fork": _after_fork,
        },
        drain=drain,
    ).run()


class _Server(BaseApplication):
    def __init__(self, app: Flask, options: dict[str, Any], *, drain: float) -> None:
        self.application = app
        self.drain = drain
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.application


class _LeavingWorker(PatientWorker):
    """A worker that first says it leaves, where that was asked for."""

    alive: bool
    leaves_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.leaves_at is None:
            self.leaves_at = time.monotonic() + self.app.drain
            self.app.application.extensions[LEAVING] = True
            self.cfg.set("keepalive", 0)  # every answer from now on ends its connection
        if time.monotonic() >= self.leaves_at:
            super().handle_exit(sig, frame)

    def notify(self) -> None:
        super().notify()  # its sign of life, at least once a second
        if self.alive and self.leaves_at is not None and time.monotonic() >= self.leaves_at:
            self.alive = False


class _DiscreetLogger(glogging.Logger):
    """gunicorn's log without the addresses of pages, which are keys, and without the words of exceptions."""

    def exception(self, msg: str, *_args: Any, **_kwargs: Any) -> None:
        error = sys.exc_info()[1]
        log.error(msg.partition("%")[0].strip(), error=where_from(error) if error else None)


def _give_slot(arbiter: Any, worker: Any) -> None:
    taken = {other.slot for other in arbiter.WORKERS.values()}
    worker.slot = next(n for n in range(len(taken) + 1) if n not in taken)


def _after_fork(arbiter: Any, worker: Any) -> None:
    die_with_parent()
    latencies: Latencies | None = arbiter.app.application.extensions.get(KEPT_AS)
    if latencies is not None:
        latencies.slot = min(worker.slot, latencies.slots - 1)
    if os.getppid() != worker.ppid:  # the master died while it forked: nobody would end this process
        os._exit(1)
