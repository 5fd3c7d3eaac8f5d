"""One run of the tests: its directory, the processes started for it, and their end, even after a run was killed."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.rig.forking import Forked, Streams

Process: TypeAlias = subprocess.Popen[bytes] | Forked

_ENVIRONMENT = "VOCAPP_TESTS_RUN"
_PREFIX = "vocapp-tests-"
_NEVER_DEALT = range(12_000, 32_000)
_chance = random.SystemRandom()


@dataclass(frozen=True)
class Run:
    """A directory that all worker processes of one run share. Whoever made it stops everything noted in it."""

    directory: Path

    def path(self, name: str) -> Path:
        return self.directory / name

    def fresh_directory(self, name: str) -> Path:
        """Make a directory of its own for one server or product."""
        path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.directory))
        path.chmod(0o755)
        return path

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock between the worker processes of this run."""
        with self.path(f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def start(
        self,
        command: Sequence[str],
        *,
        name: str,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> subprocess.Popen[bytes]:
        """Start a process whose output goes to `NAME-*.log` in the run's directory, and note its number."""
        log = self.directory / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                start_new_session=True,
            )
        self.note(process.pid, stop_signal)
        return process

    def fork(self, arguments: Sequence[str], *, name: str, env: Mapping[str, str], cwd: Path) -> Forked:
        """Start `vocapp ARGUMENTS` as `start` does, but forked from a process that has it loaded."""
        log = str(self.path(f"{name}.log"))
        process = Forked(arguments, env=env, cwd=cwd, streams=Streams(os.devnull, log, log))
        self.note(process.pid)
        return process

    def log(self, name: str) -> str:
        """Return the whole lines that a process of that name has printed so far: a line may be half written."""
        path = self.directory / f"{name}.log"
        said = path.read_text(errors="replace") if path.exists() else ""
        return said[: said.rfind("\n") + 1]

    def note(self, pid: int, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        """Remember a process, with its birth, so that a number given away again is never hit."""
        self.path(f"pid-{pid}.json").write_text(json.dumps({"pid": pid, "born": born(pid), "signal": int(stop_signal)}))

    def stop(self, process: Process, *, seconds: float = 10.0) -> int:
        """Ask a process to stop, insist after `seconds`, and return its exit status."""
        noted = self.path(f"pid-{process.pid}.json")
        asked = json.loads(noted.read_text())["signal"] if noted.exists() else signal.SIGTERM
        if process.poll() is None:
            process.send_signal(asked)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(seconds)
        noted.unlink(missing_ok=True)
        return int(process.returncode)

    def close(self) -> None:
        """Stop everything that is still noted, and remove the directory."""
        for noted in sorted(self.directory.glob("pid-*.json")):
            with contextlib.suppress(OSError, ValueError):
                _end(**json.loads(noted.read_text()))
        shutil.rmtree(self.directory, ignore_errors=True)


def current_run() -> Run:
    """Return this run: the one named in the environment, or a new one that ends with this process."""
    named = os.environ.get(_ENVIRONMENT)
    if named and Path(named).is_dir():
        return Run(Path(named))
    sweep()
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
    directory.chmod(0o755)  # PostgreSQL runs as another user when we are root
    run = Run(directory)
    run.path("owner.json").write_text(json.dumps({"pid": os.getpid(), "born": born(os.getpid())}))
    os.environ[_ENVIRONMENT] = str(directory)
    atexit.register(_close_own, run, os.getpid())
    return run


def sweep() -> None:
    """End what earlier runs left behind: runs whose owner is gone without having closed."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            owner = json.loads((directory / "owner.json").read_text())
        except (OSError, ValueError):
            continue
        if born(owner["pid"]) != owner["born"]:
            Run(directory).close()


def born(pid: int) -> str | None:
    """Return when a process was born, as its system says it; None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return shown.stdout.strip() or None
    fields = stat.rpartition(")")[2].split()
    # of many threads the first may have ended, and look so, while another still holds what all have open: a port
    return None if fields[0] == "Z" and int(fields[17]) <= 1 else fields[19]


def free_port() -> int:
    """Return a port of this machine that nobody listens on now, and that nobody else of this run is given.

    Not one of those that a system deals out itself: whoever calls somebody, or listens anywhere, would now and then be
    dealt it between this look and the server's, or while the server is away to be started again.
    """
    run = current_run()
    for _ in range(1000):
        port = _chance.choice(_NEVER_DEALT)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            run.path(f"port-{port}").touch(exist_ok=False)
            return port
    raise RuntimeError("no free port on this machine")


def _close_own(run: Run, owner: int) -> None:
    if os.getpid() == owner:  # a forked child runs the same handlers
        run.close()


def _end(pid: int, born: str | None, signal: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if _born(pid) != born:
            return
        os.kill(pid, signal)
        deadline = time.monotonic() + 10
        while _born(pid) == born and time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.02)
        if _born(pid) == born:
            os.kill(pid, 9)


_born = born
