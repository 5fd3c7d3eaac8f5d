"""Who sends slowly, or never hangs up, keeps nobody else out: real processes, fewer threads than there are of them."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import itertools
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import pytest

from tests.rig.product import ROOT
from tests.rig.run import Run
from tests.rig.waiting import wait_until

READ_SECONDS = 3.0
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
SLOW = {
    "a head": b"GET / HTTP/1.1\r\nHost: x\r\nX-Padding: ",
    "a body": HEAD + b"Content-Length: 5000\r\n\r\n",
    "a long body": HEAD + b"Content-Length: 500000\r\n\r\n",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n",
    "nothing": b"",
}


@pytest.fixture(scope="module")
def address(run: Run) -> Iterator[tuple[str, int]]:
    name = f"served-{os.getpid()}"  # whoever tells the other half of this module has a server of their own
    log = run.path(f"{name}.log")
    process = run.start([sys.executable, "-m", "tests.runtime.served", str(READ_SECONDS)], name=name, cwd=ROOT)
    wait_until(lambda: "http://" in log.read_text(), 60, what="it serves")
    place = urlsplit(log.read_text().split()[-1])
    yield str(place.hostname), int(place.port or 0)
    run.stop(process)


@dataclass
class Crowd:
    """Connections that each send a byte from time to time, until they are cut off."""

    address: tuple[str, int]
    sockets: list[socket.socket] = field(default_factory=list)
    said: dict[socket.socket, bytes] = field(default_factory=dict)
    cut_after: dict[socket.socket, float] = field(default_factory=dict)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        self._sending = threading.Thread(target=self._send)
        self._sending.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._sending.join()
        for one in self.sockets:
            one.close()

    def join(self, number: int, words: bytes) -> list[socket.socket]:
        joined = []
        for _ in range(number):
            made = socket.create_connection(self.address)
            made.sendall(words)
            joined.append(made)
        self.sockets += joined
        return joined

    def _send(self) -> None:
        while not self._stopped.wait(0.25):
            left = [one for one in self.sockets if one not in self.cut_after]
            for one in left:
                with contextlib.suppress(OSError):
                    one.send(b"a")
            for one in select.select(left, [], [], 0)[0] if left else []:
                try:
                    data = one.recv(4096)
                except OSError:
                    data = b""
                self.said[one] = self.said.get(one, b"") + data
                if not data:
                    self.cut_after[one] = time.monotonic() - self.began


def ask(address: tuple[str, int], method: str = "GET", body: bytes | None = None) -> float:
    """Make an ordinary request on a connection of its own; return how long the answer took."""
    began = time.monotonic()
    connection = http.client.HTTPConnection(*address, timeout=30)
    try:
        connection.request(method, "/", body=body)
        answer = connection.getresponse()
        assert (answer.status, answer.read().decode()) == (200, hashlib.sha256(body or b"").hexdigest())
    finally:
        connection.close()
    return time.monotonic() - began


def test_two_hundred_who_send_a_byte_now_and_then_are_cut_off_and_keep_nobody_waiting(address) -> None:
    with Crowd(address) as crowd:
        slow = {name: crowd.join(40, words) for name, words in SLOW.items()}
        waits = []
        methods = itertools.cycle([("GET", None), ("POST", b"a=1"), ("POST", b"b" * 60_000)])
        while len(crowd.cut_after) < 120 and time.monotonic() < crowd.began + 20:
            waits.append(ask(address, *next(methods)))
        assert max(waits) < 2.0, f"{len(waits)} requests, the slowest {max(waits):.1f} s"
        assert len(waits) > 20
        wait_until(lambda: len(crowd.cut_after) == 200, 25, what=lambda: f"{len(crowd.cut_after)} cut off")
        for name in ("a head", "a body"):
            assert all(crowd.said[one].startswith(b"HTTP/1.1 408 ") for one in slow[name]), name
            assert max(crowd.cut_after[one] for one in slow[name]) < READ_SECONDS + 6, name


def test_who_does_not_hang_up_after_the_answer_keeps_nobody_waiting(address) -> None:
    with contextlib.ExitStack() as open_ones:
        for _ in range(30):
            made = open_ones.enter_context(socket.create_connection(address))
            made.sendall(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        assert max(ask(address) for _ in range(10)) < 2.0


@pytest.mark.parametrize(
    ("pieces", "answers"),
    [
        ([b"GET / HT", b"TP/1.1\r\nHost: x\r\n\r", b"\n"], [200]),
        ([HEAD + b"Content-Length: 6\r\n\r\n", b"abc", b"def"], [200]),
        ([HEAD + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n", b"abc"], [100, 200]),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"3\r\ndef\r\n", b"0\r\n\r\n"], [200]),
        ([HEAD + b"Content-Length: 100000\r\n\r\n", b"a" * 60_000, b"b" * 40_000], [200]),
        ([b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHo", b"st: x\r\n\r\n"], [200, 200]),
        ([b"\r\n\r\n"], [400]),
        ([HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"], [400]),
        ([HEAD + b"Content-Length: x\r\n\r\n"], [400]),
        ([b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000], [431]),
        ([b"nonsense\r\n\r\n"], [400]),
    ],
)
def test_what_comes_in_pieces_is_put_together(address, pieces: list[bytes], answers: list[int]) -> None:
    with socket.create_connection(address, timeout=10) as made:
        for piece in pieces:
            made.sendall(piece)
            time.sleep(0.05)  # so that it comes as a piece of its own
        made.shutdown(socket.SHUT_WR)
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while data := made.recv(65_536):
                said += data
    found = [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]
    assert [one for one, _ in itertools.groupby(found) if one == 100] + [one for one in found if one != 100] == answers
    body = b"".join(pieces).partition(b"\r\n\r\n")[2]
    if answers[-1:] == [200] and body.startswith(b"a"):
        assert hashlib.sha256(body).hexdigest().encode() in said


def test_long_bodies_take_turns_and_all_arrive(address) -> None:
    body = b"b" * 900_000
    with contextlib.ExitStack() as open_ones:
        started = []
        for _ in range(8):  # of each process, one thread of two reads them
            made = open_ones.enter_context(socket.create_connection(address, timeout=20))
            made.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
            started.append(made)
        assert ask(address) < 2.0
        for made in started:
            made.settimeout(20)
        sending = [threading.Thread(target=made.sendall, args=(body,)) for made in started]
        for one in sending:
            one.start()
        for one in sending:
            one.join()
        digest = hashlib.sha256(body).hexdigest().encode()
        for made in started:
            said = b""
            while data := made.recv(65_536):
                said += data
            assert digest in said
