"""Where a page of a list ends, as it stands in an address: opaque, short, and worth nothing to anybody else.

What cannot be read counts as left out: the list then begins at its beginning. The place of a verbatim is sealed, as its
number counts those of the whole company.
"""

from __future__ import annotations

import math
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from flask import current_app

from vocapp.adapters.sealing import Unreadable, seal_place, unseal_place
from vocapp.config import Settings
from vocapp.services.browsing import feed, queue
from vocapp.services.verbatims import searching

_VERBATIMS = b"verbatims"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_T = TypeVar("_T")


def write_feed(place: feed.Place) -> str:
    return _text(_moment_bytes(place.at) + place.id.bytes)


def read_feed(text: str | None) -> feed.Place | None:
    return _read(text, 24, lambda raw: feed.Place(_moment(raw[:8]), UUID(bytes=raw[8:])))


def write_queue(place: queue.Place) -> str:
    rank = place.rank.to_bytes(2, signed=True)
    return _text(bytes([place.turn]) + rank + _moment_bytes(place.at) + place.id.bytes)


def read_queue(text: str | None) -> queue.Place | None:
    def read(raw: bytes) -> queue.Place:
        rank = int.from_bytes(raw[1:3], signed=True)
        return queue.Place(raw[0], rank, _moment(raw[3:11]), UUID(bytes=raw[11:]))

    return _read(text, 27, read)


def write_id(row_id: UUID) -> str:
    return _text(row_id.bytes)


def read_id(text: str | None) -> UUID | None:
    return _read(text, 16, lambda raw: UUID(bytes=raw))


def write_verbatim(place: searching.Place) -> str:
    rank = struct.pack(">d", math.nan if place.rank is None else place.rank)
    raw = place.number.to_bytes(8, signed=True) + _moment_bytes(place.at) + rank
    return _text(seal_place(raw, secret=_secret(), bound=_VERBATIMS))


def read_verbatim(text: str | None) -> searching.Place | None:
    def read(sealed: bytes) -> searching.Place:
        raw = unseal_place(sealed, secret=_secret(), bound=_VERBATIMS)
        rank = struct.unpack(">d", raw[16:])[0]
        number = int.from_bytes(raw[:8], signed=True)
        return searching.Place(number, _moment(raw[8:16]), rank if math.isfinite(rank) else None)

    return _read(text, 40, read)


def write_moment(at: datetime) -> str:
    return _text(_moment_bytes(at))


def read_moment(text: str | None) -> datetime | None:
    return _read(text, 8, _moment)


def _read(text: str | None, length: int, read: Callable[[bytes], _T]) -> _T | None:
    try:
        raw = urlsafe_b64decode((text or "") + "=" * (-len(text or "") % 4))
        return read(raw) if len(raw) == length else None
    except (ValueError, OverflowError, Unreadable):
        return None


def _secret() -> bytes:
    settings: Settings = current_app.extensions["vocapp"]
    return settings.secret_key.encode()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _moment_bytes(at: datetime) -> bytes:
    return ((at - _EPOCH) // timedelta(microseconds=1)).to_bytes(8, signed=True)


def _moment(raw: bytes) -> datetime:
    return _EPOCH + timedelta(microseconds=int.from_bytes(raw, signed=True))
