"""Processes that end with their parent, and a family of them that is kept alive until it is told to stop."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})
STOPS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
LEAVING = "vocapp_leaving"
"""Set among an application's extensions once its process is about to end."""
LIVED_WELL_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 10.0

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36

log = structlog.get_logger("vocapp.processes")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, however it ends (Linux; elsewhere nothing happens)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def become_parent() -> None:
    """Get ready for children: stop signals and deaths wait until `Family.next_signal` asks for them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    # orphans of a child that was killed come to this process, which sees to it that they end too
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


@contextmanager
def loading() -> Iterator[None]:
    """Load what a role is made of without the garbage collector, and take it out of the collector's rounds for good.

    Nothing of it will ever be garbage: looking through it while it comes in is an eighth of a start. Left alone it
    stays shared between processes, and a bulk request, whose thousands of objects set the collector off, does not pay
    for looking through all of it again.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        gc.enable()


_NEW_OBJECTS = 20_000
"""Until the collector looks at them; Python's own 700 is less than one bulk request makes in one place."""


@dataclass(slots=True)
class Child:
    """A process to be: `run` is called in it, and its result is the exit status (None: 0)."""

    name: str
    run: Callable[[], int | None]
    lasting: bool = True
    """It is started again when it ends; otherwise `Family.ended` tells its status."""
    pid: int | None = None
    started_at: float = 0.0
    quick_deaths: int = 0
    start_at: float = 0.0


@dataclass(slots=True)
class Family:
    """Children of this process. `become_parent` comes first; signals count in `next_signal` only."""

    members: list[Child] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    """Exit status of the children that are not lasting, by name."""

    def start(self, child: Child) -> Child:
        self.members.append(child)
        self._fork(child)
        return child

    def next_signal(self, seconds: float) -> signal.Signals | None:
        """Wait for a signal to stop, at most `seconds`, and no longer than until a child ends: None.

        Buries the dead, and starts those again whose time it is.
        """
        until = time.monotonic() + seconds
        while True:
            # first of all: whoever tells the whole group to stop must not see the dead come back
            asked = signal.sigtimedwait(STOPS, 0)
            if asked is not None:
                return signal.Signals(asked.si_signo)
            news = self._bury()
            pause = self._start_those_due(until)
            if news:
                return None
            told = signal.sigtimedwait(SIGNALS, pause)
            if told is not None and told.si_signo in STOPS:
                return signal.Signals(told.si_signo)
            if told is None and time.monotonic() >= until:
                return None

    def stop(self, children: Iterable[Child] | None = None, *, seconds: float) -> None:
        """End children (all, when none are named): SIGTERM, and SIGKILL to those still there after `seconds`.

        From then on none of the family is started again.
        """
        for child in self.members:
            child.lasting = False
        going = [child for child in (self.members if children is None else children) if child.pid is not None]
        for child in going:
            _signal(child.pid, signal.SIGTERM)
        if not self._all_gone(going, seconds):
            for child in going:
                _signal(child.pid, signal.SIGKILL)
            self._all_gone(going, 2.0)

    def bury_orphans(self, seconds: float) -> None:
        """Wait for what killed children left behind; the kernel is ending it already."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                time.sleep(0.02)

    def _all_gone(self, children: list[Child], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while True:
            self._bury()
            left = until - time.monotonic()
            if all(child.pid is None for child in children):
                return True
            if left <= 0:
                return False
            signal.sigtimedwait({signal.SIGCHLD}, min(left, 0.1))

    def _start_those_due(self, until: float) -> float:
        """Return the seconds until the next one is due, or until `until`."""
        now = time.monotonic()
        next_at = until
        for child in self.members:
            if child.pid is None and child.lasting:
                if child.start_at <= now:
                    self._fork(child)
                else:
                    next_at = min(next_at, child.start_at)
        return max(next_at - now, 0.0)

    def _bury(self) -> bool:
        """Reap whoever ended; say whether one of the members did."""
        news = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return news
            if pid == 0:
                return news
            child = next((member for member in self.members if member.pid == pid), None)
            if child is not None:
                self._record_death(child, os.waitstatus_to_exitcode(status))
                news = True

    def _record_death(self, child: Child, status: int) -> None:
        now = time.monotonic()
        pid, child.pid = child.pid, None
        if not child.lasting:
            self.ended[child.name] = status
            return
        child.quick_deaths = 0 if now - child.started_at > LIVED_WELL_SECONDS else child.quick_deaths + 1
        # at once the first time, then 0.5, 1, 2 … seconds
        pause = 0.0 if child.quick_deaths <= 1 else min(0.25 * 2 ** (child.quick_deaths - 1), LONGEST_PAUSE_SECONDS)
        child.start_at = now + pause
        log.warning("process ended", process=child.name, pid=pid, status=status, again_in_seconds=pause)

    def _fork(self, child: Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _call_it(child.name)
            os._exit(_live(child.run, parent))
        child.pid = pid
        child.started_at = time.monotonic()


def _live(run: Callable[[], int | None], parent: int) -> int:
    """Be the child: no signal of the parent's, no life after it. Returns the exit status."""
    status: Any = 70
    try:
        die_with_parent()
        if os.getppid() != parent:
            return status
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        status = run() or 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        log.exception("process failed")
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
    return status & 0xFF


def _signal(pid: int | None, number: signal.Signals) -> None:
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _call_it(name: str) -> None:
    """Name this process for `ps` and `top`, which show 15 letters."""
    _prctl(_PR_SET_NAME, name.encode()[:15])


def _prctl(option: int, value: int | bytes) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
