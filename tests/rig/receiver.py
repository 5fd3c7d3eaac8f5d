"""Somebody who receives webhooks: keeps what comes, and answers as told."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any, Self

import orjson

from tests.rig.waiting import wait_until

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.perf_counter)

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


class Receiver:
    """`with Receiver() as peer:` listens on a loopback port. `script` answers one request each, then 204 to all.

    An entry is a status, (status, headers), or a function of the request handler; `always` stands for 204.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.script: list[int | tuple[int, dict[str, str]] | Callable[[BaseHTTPRequestHandler], None]] = []
        self.always: int = 204
        self.over = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                receiver.received.append(Received(self.path, dict(self.headers), body))
                answer = receiver.script.pop(0) if receiver.script else receiver.always
                if callable(answer):
                    answer(self)
                    return
                status, headers = (answer, {}) if isinstance(answer, int) else answer
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a caller who hangs up is expected
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def hang(self, _handler: BaseHTTPRequestHandler) -> None:
        """Answer nothing until the test is over."""
        self.over.wait(30)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a byte at a time, for ever."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.over.wait(0.05):
            handler.wfile.write(b"X")
            handler.wfile.flush()

    def wait_for(self, number: int, seconds: float = 20) -> list[Received]:
        wait_until(lambda: len(self.received) >= number, seconds)
        return list(self.received)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
