"""A browser that costs next to nothing: HTTP/1.1 with keep-alive over bare sockets, many visitors in one process.

What is measured is the server; a comfortable client would take most of a small machine for itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Visit(NamedTuple):
    """One person: opens a page, then sends its form."""

    path: str
    form: bytes
    """URL-encoded."""


@dataclass(slots=True)
class Run:
    """What a number of visits took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Seconds of each complete visit, its two requests together."""
    faults: list[str] = field(default_factory=list)


def visit_all(host: str, port: int, visits: Iterable[Visit], *, at_once: int, proof: bytes) -> Run:
    """Make all visits, `at_once` side by side. A visit is good if both replies are 200 and the last holds `proof`."""
    return asyncio.run(_visit_all(host, port, iter(visits), at_once, proof))


async def _visit_all(host: str, port: int, visits: Iterator[Visit], at_once: int, proof: bytes) -> Run:
    run = Run()
    start = time.perf_counter()
    await asyncio.gather(*(_visitor(host, port, visits, proof, run) for _ in range(at_once)))
    run.seconds = time.perf_counter() - start
    return run


async def _visitor(host: str, port: int, visits: Iterator[Visit], proof: bytes, run: Run) -> None:
    line = _Line(host, port)
    for visit in visits:
        started = time.perf_counter()
        status, _ = await line.ask(b"GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Language: fr\r\n\r\n", visit.path)
        if status != 200:
            run.faults.append(f"GET {status}")
            continue
        head = b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        status, body = await line.ask(head + b"%d\r\n\r\n" % len(visit.form), visit.path, visit.form)
        run.latencies.append(time.perf_counter() - started)
        if status != 200 or proof not in body:
            run.faults.append(f"POST {status}")
    line.close()


class _Line:
    """One connection, opened when it is needed."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._host = f"{host}:{port}".encode()
        self._protocol: _Replies | None = None

    async def ask(self, head: bytes, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send a request and return (status, body). One that the server has closed is opened anew."""
        if self._protocol is None or self._protocol.closed:
            loop = asyncio.get_running_loop()
            _, self._protocol = await loop.create_connection(_Replies, *self._address)
        return await self._protocol.ask(head % (path.encode(), self._host) + body)

    def close(self) -> None:
        if self._protocol is not None:
            self._protocol.close()


class _Replies(asyncio.Protocol):
    """Reads replies that say their Content-Length."""

    def __init__(self) -> None:
        self.closed = False
        self._data = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        if len(body) < _length(head):
            return
        self._data = b""
        self._answer(int(head[9:12]), body)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._answer(0, b"")

    def _answer(self, status: int, body: bytes) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result((status, body))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0
