"""What the product's processes hold: read twice while nobody dies, before and after some work."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from tests.faults.stage import Stage

MOST_GROWTH = 0.10


def held(stage: Stage) -> dict[int, tuple[str, float]]:
    """Return MB by process: its role, and what is its own (PSS, or all of it where that can't be read)."""
    found = {}
    children = stage.vocapp.product.children()
    for role, pids in children.items():
        if ":" in role or role == "worker":
            continue
        for pid in pids:
            found[pid] = (role, _megabytes(pid))
    for role, process in stage.vocapp.product.processes.items():
        found[process.pid] = (role, _megabytes(process.pid))
    return {pid: told for pid, told in found.items() if told[1]}


def growth(before: dict[int, tuple[str, float]], after: dict[int, tuple[str, float]]) -> dict[str, tuple[float, float]]:
    """Return (before, after) by role, of the processes that lived through both."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for pid, (role, megabytes) in before.items():
        if pid in after:
            sums[role][0] += megabytes
            sums[role][1] += after[pid][1]
    return {role: (first, last) for role, (first, last) in sums.items()}


def faults_of(grown: dict[str, tuple[float, float]]) -> list[str]:
    return [
        f"memory of {role} grew from {first:.0f} to {last:.0f} MB"
        for role, (first, last) in grown.items()
        if last > first * (1 + MOST_GROWTH)
    ]


def _megabytes(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        return 0.0
    return 0.0
