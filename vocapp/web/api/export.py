"""The export streams: what a customer data platform reads, page by page as JSON or to the end as NDJSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response, request, stream_with_context
from marshmallow import Schema, fields, validate

from vocapp.models import feed
from vocapp.services import exporting
from vocapp.services.exporting import START, Place
from vocapp.web.api.frame import Call, Paging, Reply, Routes
from vocapp.web.problems import Problem

NDJSON = "application/x-ndjson"

routes = Routes("export", "Everything, in the order in which it changed: incremental, resumable, no gap and no repeat.")


class EntryOut(Schema):
    """One change: the document as it is now, or the word that it is gone."""

    op = fields.String(required=True, validate=validate.OneOf(("upsert", "delete")))
    seq = fields.String(required=True, metadata={"description": "Unique and ordered in its stream."})
    id = fields.String(required=True)
    at = fields.DateTime(required=True)
    data = fields.Raw(
        required=True, allow_none=True, metadata={"description": "What GET answers; null for a deletion."}
    )


class ExportOut(Schema):
    data = fields.List(fields.Nested(EntryOut), required=True)
    next_cursor = fields.String(required=True, metadata={"description": "Never null: keep it, and come back with it."})
    has_more = fields.Boolean(required=True)


@routes.get(
    "/export/<stream>",
    scopes=("export",),
    by_place=True,
    query=Paging,
    answers={200: ExportOut},
    refuses=(400, 404, 410),
    media={200: {NDJSON: "One change a line, to the end of the stream; the last line is the next cursor."}},
)
def export_stream(call: Call, stream: str) -> Any:
    """Read the changes of a stream."""
    if stream not in feed.STREAMS:
        raise Problem(404, f"There is no such stream. There are {', '.join(feed.STREAMS)}.")
    if call.bearer.place is not None and stream not in feed.PLACED:
        raise Problem(403, f"This key sees one place only, and may read {', '.join(feed.PLACED)}.")
    epoch = feed.epoch()
    place = _place(call, stream)
    if NDJSON in request.headers.get("Accept", ""):
        return Response(
            stream_with_context(_lines(call, stream, place, epoch)),
            mimetype=NDJSON,
            headers={"Cache-Control": "no-store"},
        )
    page = exporting.read_page(
        workspace_id=call.workspace_id,
        stream=stream,
        after=place,
        limit=call.limit,
        now=call.now,
        places=call.scope.places,
    )
    return Reply(
        {"data": page.entries, "next_cursor": _cursor(call, stream, epoch, page.place), "has_more": page.has_more}
    )


def _lines(call: Call, stream: str, place: Place, epoch: str) -> Iterator[bytes]:
    for lines in exporting.read_lines(
        workspace_id=call.workspace_id, stream=stream, after=place, places=call.scope.places
    ):
        place = lines.place
        yield lines.text
    yield orjson.dumps({"next_cursor": _cursor(call, stream, epoch, place)}, option=orjson.OPT_APPEND_NEWLINE)


def _place(call: Call, stream: str) -> Place:
    position = call.position()
    if position is None:
        return START
    of_stream, of_epoch, xid, number, *of_part = position
    if of_stream != stream:
        raise Problem(400, "The cursor was given for another stream.")
    if of_part != _part(call):
        raise Problem(410, "What this key sees is another part of the company by now: start again without a cursor.")
    place = (int(xid), int(number))
    undone = not feed.still_holds(given_in=of_epoch, number=place[1])
    if undone or exporting.is_beyond(workspace_id=call.workspace_id, stream=stream, place=place):
        raise Problem(410, "The database was restored since this cursor was given: start again without one.")
    return place


def _cursor(call: Call, stream: str, epoch: str, place: Place) -> str:
    return call.cursor([stream, epoch, str(place[0]), str(place[1]), *_part(call)])


def _part(call: Call) -> list[str]:
    """Name the places that the key sees: a place that moved takes all that ever happened there with it."""
    places = call.scope.places
    return [] if places is None else [hashlib.sha256("\n".join(sorted(places)).encode()).hexdigest()[:16]]
