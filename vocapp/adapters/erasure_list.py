"""The list of erasures beside the database: a restored backup has forgotten the newest, this file has not.

One JSON object a line, keyed hashes only, each line written whole and synced before the erasure is called done.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

NAME = "erasures.ndjson"


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
