"""The export streams: changes in commit order, each with the document as it is now.

A reader that keeps its place is given every change once, also while writes go on; replayed from zero, the streams are
the present state. The place is (xid, number) of `models/feed.py`; the door turns it into an opaque cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from vocapp.models import database_now, db, export_lines, on_postgresql
from vocapp.models.feed import FeedLine, newest_number, read_feed, read_feed_of_places
from vocapp.services import documents

Place = tuple[int, int]
START: Place = (0, 0)
NDJSON_PAGE = 1000
FIRST_BLOCK, LARGEST_BLOCK = 100, 5000
LOOKED_AT = 5000
"""Lines at most for a page of one place, whoever they are of."""
BLOCK_BYTES = 2_000_000
"""What a block of lines aims at: large enough that its own cost is nothing, small enough to be held in memory."""


class Page(NamedTuple):
    entries: list[dict[str, Any]]
    """`{op, seq, id, at, data}` each."""
    place: Place
    """Where the reader stands after them."""
    has_more: bool


def read_page(
    *,
    workspace_id: int,
    stream: str,
    after: Place,
    limit: int,
    now: datetime,
    places: Collection[str] | None = None,
) -> Page:
    """Return the next changes of a stream behind a place; with `places`, those of documents that happened there.

    A page of these may be empty though there is more: what others read was passed over on the way. A reader stays
    behind the last line that was theirs, so that where they stand tells nothing of others; only a page that is full of
    others' lines is left behind.

    A deletion has the id that the documents had. Of an event, that is the teller's own, unless it speaks of the person
    (`domain/erasing.py`): then it is the row's.
    """
    if places is None:
        lines = read_feed(workspace_id=workspace_id, stream=stream, after=after, limit=limit + 1)
        has_more, lines = len(lines) > limit, lines[:limit]
    else:
        lines = read_feed_of_places(
            workspace_id=workspace_id, stream=stream, places=places, after=after, limit=LOOKED_AT + 1
        )
        has_more, lines = _cut(lines, limit)
    told = [line for line in lines if line.within]
    behind = told or (lines if has_more else [])
    place = (behind[-1].xid, behind[-1].number) if behind else after
    ids = [line.row_id for line in told if line.op == "upsert"]
    shown = _documents(workspace_id, stream, ids, now, places)
    return Page([_entry(line, shown.get(line.row_id)) for line in told], place, has_more)


def _cut(lines: list[FeedLine], limit: int) -> tuple[bool, list[FeedLine]]:
    """Return whether there is more, and the lines up to the last that fits on a page."""
    within = [number for number, line in enumerate(lines) if line.within]
    end = min(within[limit] if len(within) > limit else LOOKED_AT, LOOKED_AT)
    return len(lines) > end, lines[:end]


class Lines(NamedTuple):
    """Some entries as NDJSON."""

    text: bytes
    place: Place


def read_lines(
    *, workspace_id: int, stream: str, after: Place, places: Collection[str] | None = None
) -> Iterator[Lines]:
    """Yield a stream from a place to its end as NDJSON, each part read in its own short transaction.

    There is no snapshot of the whole: what is committed while it is read comes at its end, as it would on the next
    page, and no transaction is open while the reader takes its time. The parts are whole lines, and each has the place
    where they end.
    """
    if places is None and on_postgresql() and stream in export_lines.STREAMS:
        return _written_by_postgresql(workspace_id, stream, after)
    return _written_here(workspace_id, stream, after, places)


def _written_by_postgresql(workspace_id: int, stream: str, after: Place) -> Iterator[Lines]:
    limit = FIRST_BLOCK
    while True:
        block = export_lines.read_block(workspace_id=workspace_id, stream=stream, after=after, limit=limit)
        db.session.rollback()
        yield Lines(block.lines, block.place)
        if block.entries < limit:
            return
        after = block.place
        limit = min(LARGEST_BLOCK, max(1, BLOCK_BYTES * block.entries // len(block.lines)))


def _written_here(workspace_id: int, stream: str, after: Place, places: Collection[str] | None) -> Iterator[Lines]:
    option = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    while True:
        page = read_page(
            workspace_id=workspace_id,
            stream=stream,
            after=after,
            limit=NDJSON_PAGE,
            now=database_now(),
            places=places,
        )
        db.session.rollback()
        db.session.expunge_all()
        yield Lines(b"".join(orjson.dumps(entry, option=option) for entry in page.entries), page.place)
        if not page.has_more:
            return
        after = page.place


def is_beyond(*, workspace_id: int, stream: str, place: Place) -> bool:
    """Say whether a place lies behind the newest line: it comes from a time that a restore has undone."""
    return place > newest_number(workspace_id=workspace_id, stream=stream)


def _entry(line: FeedLine, document: dict[str, Any] | None) -> dict[str, Any]:
    if document is None:
        return {"op": "delete", "seq": line.seq, "id": line.known_as or line.row_id, "at": line.at, "data": None}
    return {"op": "upsert", "seq": line.seq, "id": document["id"], "at": line.at, "data": document}


def _documents(
    workspace_id: int, stream: str, ids: list[UUID], now: datetime, places: Collection[str] | None
) -> dict[UUID, dict[str, Any]]:
    if stream == "alerts":
        return documents.alert_documents(workspace_id=workspace_id, ids=ids, places=places)
    if stream == "customers":
        return documents.customer_documents(workspace_id=workspace_id, ids=ids, now=now)
    return _BUILDERS[stream](workspace_id=workspace_id, ids=ids)


_BUILDERS: dict[str, Callable[..., dict[UUID, dict[str, Any]]]] = {
    "responses": documents.response_documents,
    "events": documents.event_documents,
    "consents": documents.consent_documents,
    "memberships": documents.membership_documents,
}
