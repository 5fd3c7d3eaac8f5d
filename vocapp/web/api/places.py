"""Places: the company's tree of brands, regions, stores, sites and teams."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from vocapp.services import places
from vocapp.services.intake_values import ValueRefused, read_line
from vocapp.services.places import KINDS, PlaceRefused, place_document
from vocapp.web.api.frame import Call, Paging, Reply, Routes, page_of
from vocapp.web.problems import Problem, refusal, unprocessable

routes = Routes("places", "Where things happen: counters, filters and staff rights go by place.")


def is_line(value: str) -> None:
    """Take a text of one line that is not empty."""
    try:
        if read_line(value) is None:
            raise ValidationError("must not be empty")
    except ValueRefused as refused:
        raise ValidationError(str(refused)) from refused


class PlaceIn(Schema):
    key = fields.String(metadata={"description": "The key in the address; left out is as good."})
    name = fields.String(required=True, validate=is_line)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    parent = fields.String(
        load_default=None, allow_none=True, metadata={"description": "The key of the place it is part of."}
    )


class PlaceOut(Schema):
    key = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    parent = fields.String(required=True, allow_none=True)
    path = fields.String(required=True, metadata={"description": "The keys from the root down: `/brand/store/`."})


@routes.put(
    "/places/<key>",
    scopes=("ingest", "admin"),
    body=PlaceIn,
    answers={200: PlaceOut, 201: PlaceOut},
    example={"name": "Lyon Part-Dieu", "kind": "store", "parent": "south-east"},
)
def put_place(call: Call, key: str) -> Any:
    """Make a place, or change it with all that is below it.

    An event or invitation that names a place nobody made yet makes it, as a site of its own: this gives it its name,
    kind and parent.
    """
    said = call.body
    if said.get("key", key) != key:
        raise unprocessable("/key", "is another one than the address names")
    try:
        place, created = places.put_place(
            workspace_id=call.workspace_id,
            key=key,
            name=said["name"].strip(),
            kind=said["kind"],
            parent_key=said["parent"],
            by=call.by,
            now=call.now,
        )
    except PlaceRefused as refused:
        raise refusal(refused.faults) from refused
    return Reply(place_document(place), 201 if created else 200)


@routes.get(
    "/places/<key>", scopes=("ingest", "admin", "export"), by_place=True, answers={200: PlaceOut}, refuses=(404,)
)
def get_place(call: Call, key: str) -> Any:
    """Read one place."""
    place = places.find_place(workspace_id=call.workspace_id, key=key)
    if place is None or not call.scope.within(key):
        raise Problem(404, "There is no such place.")
    return place_document(place)


@routes.get(
    "/places", scopes=("ingest", "admin", "export"), by_place=True, query=Paging, answers={200: page_of(PlaceOut)}
)
def list_places(call: Call) -> Any:
    """List the places in the order of the tree."""
    found = places.list_places(
        workspace_id=call.workspace_id, after=call.position(), below=call.bearer.place, limit=call.limit + 1
    )
    more = found[call.limit - 1].path if len(found) > call.limit else None
    return call.page([place_document(place) for place in found[: call.limit]], more)
