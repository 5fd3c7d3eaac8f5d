"""The family of a process: whom it started, and whom those started."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path


def descendants(pid: int) -> dict[int, list[str]]:
    """Return the numbers and command lines of all processes below one, parents before children."""
    alive = list(_from_proc() if Path("/proc/self/stat").exists() else _from_ps())
    found: dict[int, list[str]] = {}
    parents = {pid}
    while parents:
        next_ones = {child: command for child, parent, command in alive if parent in parents and child not in found}
        found |= next_ones
        parents = set(next_ones)
    return found


def _from_proc() -> Iterator[tuple[int, int, list[str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone while we looked
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(folder.name), int(parent), (folder / "cmdline").read_text().replace("\0", " ").split()


def _from_ps() -> Iterator[tuple[int, int, list[str]]]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        pid, parent, state, *command = line.split()
        if not state.startswith("Z"):
            yield int(pid), int(parent), command
