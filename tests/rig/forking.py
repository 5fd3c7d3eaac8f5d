"""Processes of vocapp forked from one that has loaded it: a start costs a tenth of what it costs to load all anew.

What runs is the command line in a process of its own, with its own environment, folder and output; `python -m vocapp`
itself, and how it loads, are the matter of the tests that ask for `forked=False`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.rig.processes import Relative
from tests.rig.waiting import wait_until


class Streams(NamedTuple):
    """Where a process reads from and writes to, by path."""

    stdin: str
    stdout: str
    stderr: str


class Forked:
    """A process with the face of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, streams: Streams) -> None:
        self.args = list(arguments)
        own = (list(arguments), dict(env), str(cwd), streams)
        self._process: BaseProcess = _server().Process(target=_be, args=own, daemon=True)
        self._process.start()
        self.pid = self._process.pid or 0
        with contextlib.suppress(ProcessLookupError):
            wait_until(lambda: self.poll() is not None or os.getpgid(self.pid) == self.pid, 30, every=0.001)

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit status; None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def send_signal(self, sign: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sign)

    def seen(self, relative: Relative) -> Relative:
        """Return a process of its family with the command line that it would have, had nothing been forked."""
        forked = any("multiprocessing.forkserver" in word for word in relative.command)
        return Relative(relative.name, ("vocapp", *self.args)) if forked else relative

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run_forked(
    arguments: Sequence[str], *, stdin: str | None, env: Mapping[str, str], cwd: Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. Raises subprocess.TimeoutExpired, and ends it then."""
    with TemporaryDirectory() as folder:
        said, out, err = (Path(folder) / name for name in ("in", "out", "err"))
        said.write_text(stdin or "", encoding="utf-8")
        process = Forked(arguments, env=env, cwd=cwd, streams=Streams(str(said), str(out), str(err)))
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        return subprocess.CompletedProcess(process.args, code, out.read_text("utf-8"), err.read_text("utf-8"))


@functools.cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.rig.loaded"])
    return context


def _be(arguments: list[str], env: dict[str, str], cwd: str, streams: Streams) -> None:
    """Be `python -m vocapp ARGUMENTS`, as if it had been started so."""
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, path in enumerate(streams):
        file = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(0, "r", encoding="utf-8", closefd=False),
        os.fdopen(1, "w", encoding="utf-8", buffering=1, closefd=False),
        os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False),
    )
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["vocapp", *arguments]
    from vocapp.cli import main

    try:
        sys.exit(main())
    finally:
        atexit._run_exitfuncs()  # multiprocessing leaves without them


def load_everything() -> None:
    """Import every module of the product, as the server does that the others are forked from."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    import vocapp

    for module in pkgutil.walk_packages(vocapp.__path__, "vocapp."):
        if not module.name.endswith("__main__"):
            __import__(module.name)
