"""A reader of long answers that costs little, and what a process holds in memory while it sends them."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

_AT_ONCE = 1 << 18


class Read(NamedTuple):
    """What came of one stream, read to its end."""

    lines: int
    """Without the last, which holds the cursor."""
    bytes: int
    cursor: str
    first_byte_ms: float
    seconds: float


def read_all(port: int, path: str, *, key: str, passing: Callable[[int], None] = lambda _lines: None) -> Read:
    """Read an NDJSON export to its end; `passing` is told now and then how many lines have come."""
    started = time.perf_counter()
    lines, size, first, tail = 0, 0, 0.0, b""
    with opened(port, path, key=key) as blocks:
        for block in blocks:
            first = first or time.perf_counter() - started
            lines, size = lines + block.count(b"\n"), size + len(block)
            tail = tail[-2000:] + block[-2000:]
            passing(lines)
    cursor = orjson.loads(tail.splitlines()[-1])["next_cursor"]
    return Read(lines - 1, size, cursor, first * 1000, time.perf_counter() - started)


@contextmanager
def opened(port: int, path: str, *, key: str) -> Iterator[Iterator[bytes]]:
    """Begin to read an NDJSON export; whoever leaves the block early has hung up in the middle."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}", "Accept": "application/x-ndjson"})
        with connection.getresponse() as response:
            if response.status != 200:
                raise RuntimeError(f"{path}: {response.status} {response.read()[:500]!r}")
            yield iter(lambda: response.read1(_AT_ONCE), b"")


def pss_mb(pid: int) -> float:
    """Return what a process holds of the memory, its share of what it shares included."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "Pss":
            return int(rest.split()[0]) / 1024
    raise RuntimeError(f"the system tells no PSS of {pid}")
