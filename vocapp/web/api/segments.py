"""Segments: who belongs together by a rule over what is known of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from vocapp.services import segmenting
from vocapp.services.segmenting import Member, SegmentRefused, Sized
from vocapp.web.api.frame import Call, Paging, Reply, Routes, page_of
from vocapp.web.problems import Problem, refusal

routes = Routes(
    "segments",
    "Customers who belong together by a rule: over profile, scores, sentiment, persona, place, consents and purchases.",
)

_RULE = (
    "A rule over `customer.FIELD`, `customer.attributes.KEY`, `scores.nps|csat|ces` (`.at`, `.days`; of nps "
    "`.category`), `sentiment.label|score`, `persona.key|confidence`, `place.key|path`, `consent.PURPOSE`, "
    "`value.stage|orders|months|revenue_minor|refunded_minor|basket_minor` and `value.first|last` with `.at|days`. "
    "`.days` is how many whole days ago something was. A rule that compares a fact with what it can't be, such as a "
    "recommendation of 12, is refused."
)
EXAMPLE: dict[str, Any] = {
    "name": {"fr": "Nos meilleurs promoteurs", "en": "Our best promoters"},
    "when": {"and": [{">=": [{"var": "scores.nps"}, 9]}, {"<=": [{"var": "scores.nps.days"}, 365]}]},
}


class SegmentIn(Schema):
    key = fields.String(metadata={"description": "The key in the address; left out is as good."})
    name = fields.Raw(required=True, metadata={"description": "A text, or one per language."})
    description = fields.Raw(allow_none=True, metadata={"description": "A text, or one per language."})
    when = fields.Raw(required=True, metadata={"description": _RULE})
    active = fields.Boolean(metadata={"description": "Default true; of one that is not, nobody is a member."})


class SegmentOut(SegmentIn):
    key = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "Raised by every change."})
    members = fields.Integer(required=True)
    up_to_date = fields.Boolean(
        required=True, metadata={"description": "Everybody was asked by the rule as it is now: seconds after a change."}
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class NamedCustomer(Schema):
    id = fields.UUID(required=True)
    external_id = fields.String(required=True)


class MemberOut(Schema):
    customer = fields.Nested(NamedCustomer, required=True)
    since = fields.AwareDateTime(required=True)


class PreviewIn(Schema):
    when = fields.Raw(required=True, metadata={"description": _RULE})
    examples = fields.Integer(
        load_default=segmenting.EXAMPLES, validate=validate.Range(0, 20), metadata={"description": "How many, at most."}
    )


class PreviewOut(Schema):
    count = fields.Integer(required=True)
    of = fields.Integer(required=True, metadata={"description": "Customers whom a rule can be asked of, a minute ago."})
    examples = fields.List(fields.Nested(NamedCustomer), required=True)


@routes.get("/segments", scopes=("surveys", "export"), query=Paging, answers={200: page_of(SegmentOut)})
def list_segments(call: Call) -> Any:
    """List the segments by their keys."""
    found = segmenting.list_all(workspace_id=call.workspace_id, after=call.position() or "", limit=call.limit + 1)
    more = found[call.limit - 1].row.key if len(found) > call.limit else None
    return call.page([_document(one) for one in found[: call.limit]], more)


@routes.put(
    "/segments/<key>",
    scopes=("surveys",),
    body=SegmentIn,
    read_by_view=True,
    answers={200: SegmentOut, 201: SegmentOut},
    example=EXAMPLE,
)
def put_segment(call: Call, key: str) -> Any:
    """Make a segment, or change it: who belongs to it is found out within seconds.

    A number of more than 10^15, either way, counts as unknown: tell what is that long, such as the number of a card, as
    a text.
    """
    # GET's document can be put back as it came
    definition = {name: value for name, value in call.body.items() if name not in _OURS}
    try:
        _, created = segmenting.put(
            workspace_id=call.workspace_id, key=key, definition=definition, now=call.now, by=call.by
        )
    except SegmentRefused as refused:
        raise refusal(refused.faults) from refused
    return Reply(_document(_find(call, key)), 201 if created else 200)


@routes.get("/segments/<key>", scopes=("surveys", "export"), answers={200: SegmentOut}, refuses=(404,))
def get_segment(call: Call, key: str) -> Any:
    """Read one segment."""
    return _document(_find(call, key))


@routes.get(
    "/segments/<key>/members", scopes=("export",), query=Paging, answers={200: page_of(MemberOut)}, refuses=(404,)
)
def list_segment_members(call: Call, key: str) -> Any:
    """List who belongs to a segment, in the order in which they first joined it."""
    _find(call, key)
    position = call.position()
    after = UUID(position[1]) if position else None
    if position and position[0] != key:
        raise Problem(400, "The cursor was given for another segment.")
    found = segmenting.list_members(workspace_id=call.workspace_id, key=key, after=after, limit=call.limit + 1)
    more = [key, str(found[call.limit - 1].membership_id)] if len(found) > call.limit else None
    return call.page([_member(one) for one in found[: call.limit]], more)


@routes.post(
    "/segments/preview",
    scopes=("surveys",),
    body=PreviewIn,
    answers={200: PreviewOut},
    example={"when": EXAMPLE["when"]},
)
def preview_segment(call: Call) -> Any:
    """Count whom a rule holds for, with a few examples; nothing is kept."""
    try:
        found = segmenting.preview(
            workspace_id=call.workspace_id, rule=call.body["when"], now=call.now, examples=call.body["examples"]
        )
    except SegmentRefused as refused:
        raise refusal(refused.faults) from refused
    return {
        "count": found.count,
        "of": found.of,
        "examples": [{"id": one, "external_id": external_id} for one, external_id in found.examples],
    }


_OURS = frozenset({"version", "members", "up_to_date", "created_at", "updated_at"})


def _find(call: Call, key: str) -> Sized:
    found = segmenting.find(workspace_id=call.workspace_id, key=key)
    if found is None:
        raise Problem(404, "There is no such segment.")
    return found


def _document(one: Sized) -> dict[str, Any]:
    return {
        "key": one.row.key,
        **one.row.definition,
        "version": one.row.version,
        "members": one.members,
        "up_to_date": one.up_to_date,
        "created_at": one.row.created_at,
        "updated_at": one.row.updated_at,
    }


def _member(one: Member) -> dict[str, Any]:
    return {"customer": {"id": one.customer_id, "external_id": one.external_id}, "since": one.since}
