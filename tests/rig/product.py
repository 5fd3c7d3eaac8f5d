"""The whole product as real processes: `python -m vocapp up`, or its roles one by one, over a data dir of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

from tests.rig.forking import Forked, run_forked
from tests.rig.http import HttpClient, answers
from tests.rig.processes import Relative, descendants
from tests.rig.run import Process, Run, born, current_run, free_port
from tests.rig.waiting import wait_until

ROOT = Path(__file__).parents[2]
_VOCAPP = (sys.executable, "-m", "vocapp")
_READY = re.compile(r"^vocapp is ready on (http://\S+)\s*$", re.MULTILINE)
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV")


class Product:
    """`start()` runs everything, `start_role()` one role; `with Product(…) as product:` starts and stops everything.

    `forked` ones come loaded from `rig/forking.py`; the others are `python -m vocapp`, loaded anew at every start.
    """

    forks = False
    """What `forked` is where it is not said: the tests fork, what is measured is started as a company starts it."""

    def __init__(
        self,
        *,
        database_url: str | None = None,
        redis_url: str | None = None,
        settings: Mapping[str, str] | None = None,
        demo: bool = False,
        port: int | None = None,
        data_dir: Path | None = None,
        run: Run | None = None,
        forked: bool | None = None,
    ) -> None:
        self.run = run or current_run()
        self.forked = self.forks if forked is None else forked
        self.home = self.run.fresh_directory("product")
        self.data_dir = data_dir or self.home / "var"
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.demo = demo
        named = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        self.settings = {key: value for key, value in named.items() if value} | dict(settings or {})
        self.processes: dict[str, Process] = {}

    # ── life

    def start(self, *, seconds: float = 120.0) -> Self:
        """Run `up` and wait for its ready line."""
        offset = len(self.printed)
        arguments = ["up", "--host", "127.0.0.1", "--port", str(self.port), *(["--demo"] if self.demo else [])]
        process = self._start("up", arguments)
        wait_until(
            lambda: process.poll() is not None or _READY.search(self.printed, offset),
            seconds,
            what=lambda: f"ready:\n{self.printed}",
        )
        found = _READY.search(self.printed, offset)
        assert found, f"vocapp ended with {process.poll()}:\n{self.printed}"
        self.base_url = found[1]
        return self

    def start_role(self, role: str, *arguments: str, name: str | None = None) -> Process:
        """Start one role: web, worker, relay. Web listens on `port`; wait for it with `wait_until_serving()`."""
        place = ["--host", "127.0.0.1", "--port", str(self.port)] if role == "web" else []
        return self._start(name or "-".join([role, *arguments]).replace("--queue-", ""), [role, *place, *arguments])

    def wait_until_serving(self, seconds: float = 60.0) -> None:
        """Wait for a 200 of /healthz."""
        wait_until(lambda: answers(self.base_url), seconds, what=lambda: f"{self.base_url} serves:\n{self.printed}")

    def stop(self, *, seconds: float = 12.0) -> int:
        """SIGTERM to everything started; return the worst exit status. AssertionError if a process is left over."""
        families = [pid for process in self.processes.values() for pid in descendants(process.pid)]
        worst = max((abs(self.run.stop(process, seconds=seconds)) for process in self.processes.values()), default=0)
        self.processes.clear()
        left: list[int] = []
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not _still(families), 10)
        for pid in _still(families):
            left.append(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert not left, f"processes left behind: {left}\n{self.printed}"
        return worst

    def restart(self) -> Self:
        """Stop it, and start it again over the same data."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ── its parts

    def children(self) -> dict[str, list[int]]:
        """Return the numbers of its processes by role: web, relay, worker, worker:QUEUE, redis."""
        found: dict[str, list[int]] = {}
        for process in self.processes.values():
            for pid, relative in descendants(process.pid).items():
                for name in _roles(process.seen(relative) if isinstance(process, Forked) else relative):
                    found.setdefault(name, []).append(pid)
        return found

    def kill(self, role: str, sign: signal.Signals = signal.SIGKILL) -> int:
        """Kill one process of a role (see `children`) as a crash would, and return its number."""
        if role in self.processes:
            pid = self.processes[role].pid
        else:
            pids = self.children().get(role)
            assert pids, f"no process of the role {role!r}: {self.children()}"
            pid = min(pids)
        os.kill(pid, sign)
        return pid

    # ── talking to it

    @property
    def printed(self) -> str:
        """What all of its processes have printed so far."""
        return "".join(self.run.log(name) for name in [f"{self.home.name}-up", *self._other_logs()])

    @property
    def sample_link(self) -> str:
        """The link that `--demo` prints behind the ready line."""

        def last() -> str | None:
            ready = [found.end() for found in _READY.finditer(self.printed)]  # after a restart the newest one counts
            link = re.compile(r"http://\S+/s/[\w.~-]+").search(self.printed, ready[-1]) if ready else None
            return link[0] if link else None

        return wait_until(last, 30, what="a sample link")

    def command(self, *arguments: str, stdin: str | None = None, check: bool = True, seconds: float = 100) -> str:
        """Run another `python -m vocapp …` beside it, on the same data, and return what it printed on stdout."""
        words = [*arguments, "--data-dir", str(self.data_dir)]
        env, cwd = self._environment(), self.home
        done = (
            run_forked(words, stdin=stdin, env=env, cwd=cwd, seconds=seconds)
            if self.forked
            else subprocess.run(
                [*_VOCAPP, *words],
                input=stdin,
                text=True,
                capture_output=True,
                env=env,
                cwd=cwd,
                check=False,
                timeout=seconds,
            )
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def create_key(self, *scopes: str, name: str = "test") -> str:
        """Make an API key by the command line; no scope means all."""
        return self.command("apikey", "create", "--name", name, *_each("--scope", scopes)).strip()

    def create_user(self, email: str, password: str, *, role: str = "owner", place: str | None = None) -> None:
        """Make a staff login by the command line."""
        at = ["--place", place] if place else []
        self.command("user", "create", "--email", email, "--role", role, *at, "--password-stdin", stdin=password + "\n")

    def machine(self, key: str | None = None) -> HttpClient:
        """Return a client of the JSON API, with a new key of all scopes unless one is given."""
        return HttpClient(self.base_url, key=key or self.create_key())

    def person(self, *, follow: bool = True) -> HttpClient:
        """Return a client with cookies of its own and no key."""
        return HttpClient(self.base_url, follow=follow)

    # ── its mail

    def mails(self, to: str | None = None) -> list[EmailMessage]:
        """Return the mails of the outbox, oldest first; of one address if given."""
        files = sorted((self.data_dir / "outbox").glob("*.eml"), key=lambda path: (path.stat().st_mtime_ns, path.name))
        mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
        kept = [mail for mail in mails if to is None or to in str(mail["To"])]
        return [mail for mail in kept if isinstance(mail, EmailMessage)]

    def wait_for_mail(self, to: str, *, seconds: float = 30.0) -> EmailMessage:
        """Return the newest mail to an address, once there is one."""
        return wait_until(lambda: self.mails(to), seconds, what=f"a mail to {to}")[-1]

    # ── private

    def _start(self, name: str, arguments: Sequence[str]) -> Process:
        words = [*arguments, "--data-dir", str(self.data_dir)]
        # not in the checkout: nothing may depend on where it is started, nor read its .env
        start = self.run.fork if self.forked else self.run.start
        process = start(
            words if self.forked else [*_VOCAPP, *words],
            name=f"{self.home.name}-{name}",
            env=self._environment(),
            cwd=self.home,
        )
        self.processes[name] = process
        return process

    def _environment(self) -> dict[str, str]:
        kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
        return kept | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | self.settings

    def _other_logs(self) -> list[str]:
        prefix = self.home.name
        return sorted(path.stem for path in self.run.directory.glob(f"{prefix}-*.log") if path.stem != f"{prefix}-up")


def survey_link(mail: EmailMessage) -> str:
    """Return the bare survey link that stands first in the plain-text part."""
    part = mail.get_body(("plain",))
    assert part is not None, "a mail without a plain-text part"
    for line in part.get_content().splitlines():
        if re.fullmatch(r"https?://\S+/s/\S+", line.strip()):
            return line.strip()
    raise AssertionError(f"no bare survey link in:\n{part.get_content()}")


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _roles(process: Relative) -> list[str]:
    """Read the role: `worker mail` in the process's name, or `vocapp worker --queue mail` on its command line."""
    if process.command and re.search(r"(redis|valkey)[\w.-]*$", process.command[0]):
        return ["redis"]
    if "vocapp" not in process.command:
        return []
    words = list(process.command[process.command.index("vocapp") + 1 :]) or ["?"]
    if words[0] == "up":
        words = process.name.split()  # a child of the supervisor: forked, so it has the supervisor's command line
        role, queue = words[0], words[1] if len(words) > 1 else None
    else:
        role, queue = words[0], words[words.index("--queue") + 1] if "--queue" in words[:-1] else None
    return [role, f"{role}:{queue}"] if queue else [role]


def _still(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if born(pid)]
