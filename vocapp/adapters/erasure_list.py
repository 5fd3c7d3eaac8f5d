"""The list of erasures beside the database: a restored backup has forgotten the newest, this file has not.

One JSON object a line, keyed hashes only, each line written whole and synced before the erasure is called done. What
had happened to the erased stands in a second file, from which nothing leads to a line of the first.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

NAME = "erasures.ndjson"
TOLD_NAME = "told_before.ndjson"


class ListUnreadable(ValueError):
    """A line that is none of ours; the message names it."""


def append(folder: Path, entries: Iterable[dict[str, Any]]) -> None:
    """Add entries at the end. The same again does no harm."""
    data = b"".join(orjson.dumps(entry, option=orjson.OPT_UTC_Z) + b"\n" for entry in entries)
    if not data:
        return
    descriptor = os.open(folder / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries. Raises ListUnreadable, but for a last line that was cut off."""
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if number == len(lines):
                return
            raise ListUnreadable(f"line {number} is no JSON") from error
        if not isinstance(entry, dict):
            raise ListUnreadable(f"line {number} is no JSON object")
        yield entry


def keep_told(folder: Path, *, workspace: str, keys: Iterable[str]) -> None:
    """Add keyed hashes of what had happened to somebody to those of everybody; the same again does no harm.

    The file is written anew in the order of the hashes, as lines at its end would stand together, in the order of the
    erasures. Who copies it in between has the whole old one.
    """
    added = {orjson.dumps({"workspace": workspace, "key": key}) for key in keys}
    if not added:
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)  # another worker of this folder may be at it
        path = folder / TOLD_NAME
        known = {line for line in path.read_bytes().split(b"\n") if line} if path.exists() else set()
        if added <= known:
            return
        draft = path.with_name(f".{TOLD_NAME}.draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(line + b"\n" for line in sorted(known | added))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        os.fsync(held)
    finally:
        os.close(held)


def read_told(path: Path) -> dict[str, set[str]]:
    """Return the keyed hashes of each workspace; none where there is no file. Raises ListUnreadable."""
    told: dict[str, set[str]] = {}
    for line in read(path) if path.exists() else ():
        workspace, key = line.get("workspace"), line.get("key")
        if not isinstance(workspace, str) or not isinstance(key, str):
            raise ListUnreadable("a line has no workspace or no key")
        told.setdefault(workspace, set()).add(key)
    return told
