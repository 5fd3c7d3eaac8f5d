"""The family of a process: whom it started, and whom those started."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Relative:
    name: str
    """What the process calls itself; the program's name unless it chose another."""
    command: tuple[str, ...]


def descendants(pid: int) -> dict[int, Relative]:
    """Return all processes below one, parents before children."""
    alive = list(_from_proc() if Path("/proc/self/stat").exists() else _from_ps())
    found: dict[int, Relative] = {}
    parents = {pid}
    while parents:
        next_ones = {child: who for child, parent, who in alive if parent in parents and child not in found}
        found |= next_ones
        parents = set(next_ones)
    return found


def _from_proc() -> Iterator[tuple[int, int, Relative]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone while we looked
            front, _, back = (folder / "stat").read_text().rpartition(")")
            state, parent = back.split()[:2]
            if state != "Z":
                command = tuple((folder / "cmdline").read_text().replace("\0", " ").split())
                yield int(folder.name), int(parent), Relative(front.partition("(")[2], command)


def _from_ps() -> Iterator[tuple[int, int, Relative]]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        pid, parent, state, *command = line.split()
        if not state.startswith("Z"):
            yield int(pid), int(parent), Relative(command[0] if command else "", tuple(command))
