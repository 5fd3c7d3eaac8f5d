"""Receives requests before they cost a thread: whoever sends slowly waits here, and keeps nobody else out.

gunicorn's threads read from the socket themselves, so that as many stalled connections as there are threads would stop
the whole process. Here one loop reads what comes, from all connections, and a thread is given what has come whole.
Only a long body is read by a thread, and never by more than half of them.

* The head of a request and a body of 64 kB at most have `READ_SECONDS` to arrive, from their first byte.
* A longer or chunked body waits as long for its turn; then it must come at `LEAST_BYTES_A_SECOND`, after a first pause.
* Who is too slow is answered 408 and cut off. To the application a body that was cut off is one whose sender has gone.
* Nothing waits for the other side to hang up: what was answered and is to be closed lingers in the loop.
"""

from __future__ import annotations

import contextlib
import errno
import re
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

import structlog
from gunicorn import http
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

READ_SECONDS: Final = 15.0
LEAST_BYTES_A_SECOND: Final = 50_000
LONGEST_HEAD: Final = 65_536
LONGEST_WAITED_FOR: Final = 65_536
"""A body up to here is taken into memory before anybody works on it: a thousand connections hold 128 MB at most."""
LINGER_SECONDS: Final = 2.0
UNREAD_SECONDS: Final = 30
"""Who takes nothing of an answer for so long is gone."""
_AT_ONCE: Final = 65_536
_PAUSE_WITHOUT_ROOM: Final = 0.1
"""Where the process may open nothing more: others must leave first."""

_FRAMING: Final = re.compile(rb"\r\n(content-length|transfer-encoding|expect)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

log = structlog.get_logger("vocapp.web")


def _problem(status: int, title: str, *headers: str) -> bytes:
    body = f'{{"type": "about:blank", "title": "{title}", "status": {status}}}'
    lines = (
        f"HTTP/1.1 {status} {title}",
        "Connection: close",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        *headers,
    )
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


TOO_SLOW: Final = _problem(408, "Request Timeout")
TOO_LONG: Final = _problem(431, "Request Header Fields Too Large")
NO_ROOM: Final = _problem(503, "Service Unavailable", "Retry-After: 10")


class Connection(TConn):
    """A connection, and what has come of its next request."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
        self.initialized = self.data_ready = True
        self.parser = http.get_parser(cfg, sock, client)
        self.unreader = _Unreader(sock)
        self.parser.unreader = self.unreader
        self.deadline = 0.0
        self.is_long = False
        self._begin(b"")

    def _begin(self, come: bytes) -> None:
        self.come = bytearray(come)
        self._looked_at = 0
        self._wanted: int | None = None

    def next_request(self, deadline: float) -> None:
        """Wait for a request, with what has come of it already behind the one before."""
        self.deadline = deadline
        self.is_long = False
        self._begin(self.unreader.take_buffered())

    def is_whole(self) -> bool:
        """Say whether a thread can begin: nothing but a long body is still to come. Raises ValueError for a long head.

        Where the framing is odd, it says so too early: the parser decides, and what it lacks it will not wait for.
        """
        if self._wanted is None:
            end = self.come.find(b"\r\n\r\n", max(0, self._looked_at - 3))
            self._looked_at = len(self.come)
            if end < 0:
                if len(self.come) > LONGEST_HEAD:
                    raise ValueError("a head without an end")
                return False
            self._wanted = end + 4 + self._body_waited_for(end + 2)
        return len(self.come) >= self._wanted

    def _body_waited_for(self, end: int) -> int:
        framing = [(name.lower(), value.strip()) for name, value in _FRAMING.findall(self.come, 0, end)]
        if not framing:
            return 0
        named = dict(framing)
        lengths = [value for name, value in framing if name == b"content-length"]
        if b"transfer-encoding" in named:
            self.is_long = True
            return 0
        if len(lengths) != 1 or not lengths[0].isdigit() or len(lengths[0]) > 18:
            return 0
        length = int(lengths[0])
        if length > LONGEST_WAITED_FOR:
            self.is_long = True
            return 0
        if named.get(b"expect", b"").lower() == b"100-continue" and len(self.come) < end + 2 + length:
            self._go_on()
        return length

    def _go_on(self) -> None:
        """Ask for a body whose sender waits to be asked."""
        with contextlib.suppress(OSError):
            self.sock.send(_CONTINUE)

    def hand_over(self) -> None:
        """Let a thread read what has come, and of a long body what is still to come."""
        self.unreader.serve(bytes(self.come), more=self.is_long)
        self.come = bytearray()


class _Unreader(SocketUnreader):
    """What a thread reads from: what has come; behind it, of a long body, the socket, as long as it keeps up."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.cut = False
        self._more = False
        self._until = 0.0

    def serve(self, come: bytes, *, more: bool) -> None:
        self.unread(come)
        self._more = more
        self._until = time.monotonic() + READ_SECONDS + len(come) / LEAST_BYTES_A_SECOND

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return what has come next; nothing, as from one who has gone, where nothing is awaited or it is too late."""
        if not self._more or self.cut:
            self.cut = True
            return b""
        before = self.sock.gettimeout()
        left = self._until - time.monotonic()
        try:
            self.sock.settimeout(max(0.001, left if before is None else min(left, before)))
            data: bytes = super().chunk(size_hint)
        except TimeoutError:
            data = b""
        finally:
            self.sock.settimeout(before)
        self._until += len(data) / LEAST_BYTES_A_SECOND
        self.cut = not data
        return data


Then = Callable[[Connection], None]


class PatientWorker(ThreadWorker):
    """gunicorn's worker with threads, behind a reception."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # each in the order in which they came, and so of their deadlines
        self._waiting: dict[Connection, None] = {}
        self._queueing: dict[Connection, None] = {}
        self._lingering: dict[Connection, None] = {}
        self._long_under_way = 0
        self._most_long = max(1, self.cfg.threads // 2)
        self._stopping_since: float | None = None

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:  # another process took it, or they have gone: as often as not
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                time.sleep(_PAUSE_WITHOUT_ROOM)
            return
        self.nr_conns += 1
        self._receive(Connection(self.cfg, sock, client, listener.getsockname()))

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """Receive the next request on a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._receive(conn)

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """Look after a connection whose request was answered."""
        if conn.is_long:
            conn.is_long = False
            self._long_under_way -= 1
            self._take_long()
        kept = not fs.cancelled() and fs.exception() is None and fs.result() and not conn.unreader.cut
        if not kept:
            self._linger(conn)
        elif conn.unreader.buf.getvalue():
            conn.sock.settimeout(0)
            self._receive(conn)
        else:
            conn.sock.settimeout(0)
            conn.set_timeout()
            if not self.alive:
                conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
            self.keepalived_conns.append(conn)
            self._listen(conn, self.on_client_socket_readable)

    def murder_pending(self) -> None:
        """Cut off who is too slow; gunicorn calls it once a second or more often."""
        now = time.monotonic()
        if not self.alive and self._stopping_since is None:
            self._stopping_since = now
        slow = self._overdue(self._waiting, now)
        for conn in slow:
            self._turn_away(conn, TOO_SLOW if conn.come else b"")
        for conn in self._overdue(self._queueing, now):
            self._turn_away(conn, NO_ROOM)
        for conn in self._overdue(self._lingering, now):
            self._forget(conn)
        if slow:
            log.info("slow connections cut off", number=len(slow))

    def _receive(self, conn: Connection) -> None:
        """Wait for the next request of a connection: often it is there already."""
        conn.next_request(time.monotonic() + READ_SECONDS)
        then = self._take(conn)
        if then is None:
            self._waiting[conn] = None
            self._listen(conn, self._on_readable)
        else:
            then(conn)

    def _on_readable(self, conn: Connection, client: socket.socket) -> None:
        had_begun = bool(conn.come)
        then = self._take(conn)
        if then is not None:
            self.poller.unregister(client)
            del self._waiting[conn]
            then(conn)
        elif not had_begun:  # opened in advance, as browsers do: its time begins now
            conn.deadline = time.monotonic() + READ_SECONDS
            del self._waiting[conn]
            self._waiting[conn] = None

    def _take(self, conn: Connection) -> Then | None:
        """Take in what has come; return what is to be done now, if anything."""
        try:
            data = conn.sock.recv(_AT_ONCE)
        except BlockingIOError:
            data = None
        except OSError:
            return self._forget
        if data == b"":
            return self._forget
        conn.come += data or b""
        try:
            return self._start if conn.is_whole() else None
        except ValueError:
            return partial(self._turn_away, words=TOO_LONG)

    def _start(self, conn: Connection) -> None:
        """Give a request to a thread; one with a long body, as soon as not too many of them are under way."""
        if conn.is_long:
            if self._long_under_way >= self._most_long:
                conn.deadline = time.monotonic() + READ_SECONDS
                self._queueing[conn] = None
                return
            self._long_under_way += 1
        conn.hand_over()
        self.enqueue_req(conn)

    def _take_long(self) -> None:
        if self._queueing and self._long_under_way < self._most_long:
            conn = next(iter(self._queueing))
            del self._queueing[conn]
            self._start(conn)

    def _turn_away(self, conn: Connection, words: bytes) -> None:
        with contextlib.suppress(OSError):
            conn.sock.send(words)
        self._linger(conn)

    def _linger(self, conn: Connection) -> None:
        """Close, but not before the other side has: what it still sends would take our last words from it."""
        try:
            conn.sock.settimeout(0)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._forget(conn)
            return
        conn.deadline = time.monotonic() + LINGER_SECONDS
        if self._is_gone(conn):
            self._forget(conn)
        else:
            self._lingering[conn] = None
            self._listen(conn, self._on_last_words)

    def _on_last_words(self, conn: Connection, client: socket.socket) -> None:
        if self._is_gone(conn):
            self.poller.unregister(client)
            del self._lingering[conn]
            self._forget(conn)

    @staticmethod
    def _is_gone(conn: Connection) -> bool:
        try:
            return not conn.sock.recv(_AT_ONCE)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _forget(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def _listen(self, conn: Connection, then: Callable[[Connection, socket.socket], None]) -> None:
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))

    def _overdue(self, among: dict[Connection, None], now: float) -> list[Connection]:
        """Take out whose time is over; of a process that ends, soon also those who have not asked for anything."""
        hurried = self._stopping_since is not None and now - self._stopping_since > STOP_KEEPALIVE_LINGER
        found = []
        for conn in among:
            if conn.deadline <= now or (hurried and not conn.come):
                found.append(conn)
            elif not hurried:
                break
        for conn in found:
            del among[conn]
            with contextlib.suppress(OSError, KeyError, ValueError):
                self.poller.unregister(conn.sock)
        return found
