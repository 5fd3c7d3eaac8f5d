"""One attempt to hand a message over, bounded as a whole.

A timeout on each read is no bound: a peer that drips one byte a second keeps it alive for ever. So the conversation
runs in a thread of its own; when the time is up its sockets are cut, and it can't hand anything over any more.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from vocapp.adapters.mail.outgoing import MailDeferred, MailOutcomeUnknown

SECONDS_IN_ALL = 28.0
"""With `_GRACE` still under the 30 seconds that a worker may be held."""

_GRACE = 1.0

T = TypeVar("T")


class Attempt(Generic[T]):
    """One conversation, which names its sockets (`watch`) and the point of no return (`about_to_hand_over`)."""

    def __init__(self, seconds: float = SECONDS_IN_ALL) -> None:
        self.seconds = seconds
        self.handed_over = False
        self._abandoned = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._outcome: T | None = None
        self._error: BaseException | None = None

    def run(self, conversation: Callable[[], T]) -> T:
        """Return what the conversation returns or raise what it raises, within `seconds` and a second's grace.

        Raise MailDeferred if the time was up before anything was handed over, MailOutcomeUnknown if after.
        """
        thread = threading.Thread(target=self._converse, args=(conversation,), name="mail", daemon=True)
        thread.start()
        thread.join(self.seconds)
        if thread.is_alive():
            self._cut()
            thread.join(_GRACE)
        self._let_go()
        if thread.is_alive():
            if self.handed_over:
                raise MailOutcomeUnknown(f"no verdict within {self.seconds:.0f} seconds")
            raise MailDeferred(f"no connection within {self.seconds:.0f} seconds")
        if self._error is not None:
            raise self._error
        return self._outcome  # type: ignore[return-value]  # the thread ended without an error, so it is set

    def watch(self, sock: socket.socket) -> None:
        """Have this socket cut when the time is up. Raise MailDeferred if it is, OSError if the socket is closed.

        What is kept is a second handle on the connection, which TLS can be put on without our knowing.
        """
        with self._lock:
            self._go_on()
            self._sockets.append(socket.socket(fileno=os.dup(sock.fileno())))

    def about_to_hand_over(self) -> None:
        """Note that from here on the message may leave. Raise MailDeferred if the time was up before."""
        with self._lock:
            self._go_on()
            self.handed_over = True

    @property
    def over(self) -> bool:
        return self._abandoned

    def _go_on(self) -> None:
        if self._abandoned:
            raise MailDeferred(f"the peer took over {self.seconds:.0f} seconds before it would take the message")

    def _cut(self) -> None:
        with self._lock:
            self._abandoned = True
            for sock in self._sockets:
                with contextlib.suppress(OSError):  # it may be closed by now
                    sock.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def _converse(self, conversation: Callable[[], T]) -> None:
        try:
            self._outcome = conversation()
        except BaseException as error:  # noqa: BLE001  # carried over to the caller's thread, whatever it is
            self._error = error
