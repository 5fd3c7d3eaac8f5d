"""The peer of the mails: an SMTP server that takes everything at once, keeps nothing, and counts.

It offers 8BITMIME as every server does. To HELP it says how many messages it has taken, and how many different ones by
their Message-ID. `python -m bench.floors.smtp_sink --port P` serves it.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import smtplib
from typing import Any

_MESSAGE_ID = re.compile(rb"^message-id: *(\S+)", re.IGNORECASE | re.MULTILINE)


class Sink(asyncio.Protocol):
    """One conversation."""

    taken = 0
    different: set[bytes] = set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._waiting = b""
        self._in_message = False
        self._say(b"220 here")

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while self._next():
            pass

    def _next(self) -> bool:
        """Take the next command, or the rest of a message; say whether there was one."""
        end = b"\r\n.\r\n" if self._in_message else b"\r\n"
        found, mark, rest = self._waiting.partition(end)
        if not mark:
            return False
        self._waiting = rest
        if self._in_message:
            self._in_message = False
            Sink.taken += 1
            Sink.different.update(_MESSAGE_ID.findall(found))
            self._say(b"250 taken")
            return True
        word = found[:4].upper()
        self._in_message = word == b"DATA"
        self._say(
            {
                b"EHLO": b"250-here\r\n250 8BITMIME",
                b"DATA": b"354 go on",
                b"QUIT": b"221 goodbye",
                b"HELP": b"214 %d %d" % (Sink.taken, len(Sink.different)),
            }.get(word, b"250 yes")
        )
        return True

    def _say(self, words: bytes) -> None:
        self._transport.write(words + b"\r\n")


def count(port: int) -> tuple[int, int]:
    """Ask a sink how many messages it has taken, and how many different ones."""
    with smtplib.SMTP("127.0.0.1", port) as connection:
        taken, different = connection.docmd("HELP")[1].split()
    return int(taken), int(different)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(_serve(parser.parse_args().port))
