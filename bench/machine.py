"""The machine while it works: CPU time by process tree, what others take, how long a commit waits for the disk."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests.rig.processes import descendants
from tests.rig.product import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")
LIBRARIES = ("flask", "werkzeug", "jinja2", "sqlalchemy", "psycopg", "orjson", "gunicorn")


@dataclass(frozen=True, slots=True)
class Cpu:
    """Seconds of CPU at one moment."""

    ours: float
    """Of the process trees that were asked about."""
    client: float
    """Of this very process."""
    machine: float
    """Of everything on this machine."""
    at: float

    @classmethod
    def now(cls, roots: Iterable[int]) -> Cpu:
        """Read the clocks. A process that ended is in its parent's account, so none is lost."""
        pids = {pid for root in roots for pid in (root, *descendants(root))}
        own = os.times()
        return cls(sum(map(_of_process, pids)), own.user + own.system, _of_machine(), time.perf_counter())


@dataclass(frozen=True, slots=True)
class Spent:
    ours: float
    others: float
    """CPUs that neither the servers nor the client took, on average."""

    @classmethod
    def between(cls, before: Cpu, after: Cpu) -> Spent:
        ours, client = after.ours - before.ours, after.client - before.client
        others = max(0.0, after.machine - before.machine - ours - client)
        return cls(ours, others / (after.at - before.at))


def describe(data: Path, *, server_version: str) -> dict[str, object]:
    """Say on what it was measured. `data` lies on the database's disk."""
    return {
        "cpus": os.cpu_count(),
        "cpu": _cpu_name(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": server_version,
        **{name: version(name) for name in LIBRARIES},
        "commit": _commit(),
        "fsync_ms": fsync_milliseconds(data),
    }


def fsync_milliseconds(folder: Path, seconds: float = 2.0) -> dict[str, float]:
    """Measure what a commit waits for: 8 kB written and made durable, over and over."""
    path = folder / "fsync.probe"
    page, took = os.urandom(8192), []
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.write(descriptor, page * 16)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            os.pwrite(descriptor, page, 0)
            started = time.perf_counter()
            os.fdatasync(descriptor)
            took.append((time.perf_counter() - started) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return {"median": round(statistics.median(took), 3), "p95": round(statistics.quantiles(took, n=20)[-1], 3)}


def _of_process(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS  # user and system, its own and of children that ended


def _of_machine() -> float:
    user, nice, system, _idle, _iowait, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--", "vocapp", "bench")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")
