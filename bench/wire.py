"""A browser that costs next to nothing: HTTP/1.1 with keep-alive over bare sockets, many visitors in one process.

What is measured is the server; a comfortable client would take most of a small machine for itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Visit(NamedTuple):
    """One person: opens a page, then sends its form."""

    path: str
    form: bytes
    """URL-encoded."""


class Call(NamedTuple):
    """One request of a machine."""

    head: bytes
    """Method, path and headers, up to the blank line; see `calling`."""
    body: bytes = b""


@dataclass(slots=True)
class Run:
    """What a number of visits or calls took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    """Seconds of each complete visit, its two requests together; or of each call."""
    faults: list[str] = field(default_factory=list)


def visit_all(host: str, port: int, visits: Iterable[Visit], *, at_once: int, proof: bytes) -> Run:
    """Make all visits, `at_once` side by side. A visit is good if both replies are 200 and the last holds `proof`."""
    return asyncio.run(_visit_all(host, port, iter(visits), at_once, proof))


def call_all(
    host: str, port: int, calls: Iterable[Call], *, at_once: int, check: Callable[[int, bytes], str | None]
) -> Run:
    """Make all calls, `at_once` side by side; `check` gets status and body, and says what is wrong."""
    return asyncio.run(_call_all(host, port, iter(calls), at_once, check))


def calling(method: str, path: str, *, key: str = "", body: bytes = b"") -> Call:
    """Make a call of the JSON API."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/json"] if body else []
    lines += [f"Authorization: Bearer {key}"] if key else []
    return Call("\r\n".join([*lines, "", ""]).encode(), body)


async def _call_all(
    host: str, port: int, calls: Iterator[Call], at_once: int, check: Callable[[int, bytes], str | None]
) -> Run:
    run = Run()
    start = time.perf_counter()
    await asyncio.gather(*(_caller(host, port, calls, check, run) for _ in range(at_once)))
    run.seconds = time.perf_counter() - start
    return run


async def _caller(
    host: str, port: int, calls: Iterator[Call], check: Callable[[int, bytes], str | None], run: Run
) -> None:
    line = Line(host, port)
    for call in calls:
        started = time.perf_counter()
        status, body = await line.call(call)
        run.latencies.append(time.perf_counter() - started)
        wrong = check(status, body)
        if wrong is not None:
            run.faults.append(wrong)
    line.close()


async def _visit_all(host: str, port: int, visits: Iterator[Visit], at_once: int, proof: bytes) -> Run:
    run = Run()
    start = time.perf_counter()
    await asyncio.gather(*(visitor(host, port, visits, proof, run) for _ in range(at_once)))
    run.seconds = time.perf_counter() - start
    return run


async def visitor(host: str, port: int, visits: Iterator[Visit], proof: bytes, run: Run) -> None:
    """Make visits one after the other, on one connection; others may make more of the same at the same time."""
    line = Line(host, port)
    for visit in visits:
        started = time.perf_counter()
        status, _ = await line.open(visit)
        if status != 200:
            run.faults.append(f"GET {status}")
            continue
        status, body = await line.send(visit)
        run.latencies.append(time.perf_counter() - started)
        if status != 200 or proof not in body:
            run.faults.append(f"POST {status}")
    line.close()


class Line:
    """One connection, opened when it is needed."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._host = f"{host}:{port}".encode()
        self._protocol: _Replies | None = None

    async def open(self, visit: Visit) -> tuple[int, bytes]:
        """Get a visit's page, and return (status, body)."""
        head = b"GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Language: fr\r\n\r\n"
        return await self._ask(head % (visit.path.encode(), self._host))

    async def send(self, visit: Visit) -> tuple[int, bytes]:
        """Send a visit's form, and return (status, body)."""
        head = b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        head = head % (visit.path.encode(), self._host) + b"%d\r\n\r\n" % len(visit.form)
        return await self._ask(head + visit.form)

    async def call(self, call: Call) -> tuple[int, bytes]:
        """Make a call, and return (status, body)."""
        return await self._ask(call.head + call.body)

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self._protocol is None or self._protocol.closed:  # a connection that the server has closed is opened anew
            loop = asyncio.get_running_loop()
            _, self._protocol = await loop.create_connection(_Replies, *self._address)
        return await self._protocol.ask(request)

    def close(self) -> None:
        if self._protocol is not None:
            self._protocol.close()
            self._protocol = None


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
