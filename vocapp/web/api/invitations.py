"""Invitations that a machine asks for, by mail or as a link to carry elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from vocapp.services.documents.invitations import invitation_documents
from vocapp.services.finding_invitations import InvitationFilter, list_invitation_ids
from vocapp.services.intake_reading import MOST_PROPERTIES_BYTES
from vocapp.services.intake_values import ValueRefused, read_id, read_line, read_place, read_time, size_of
from vocapp.services.inviting_one import Uninvitable, Wish, invite_one
from vocapp.web.api.frame import Call, Paging, Reply, Routes, page_of
from vocapp.web.problems import Problem, unprocessable

routes = Routes("invitations", "Surveys put, or not put, to one customer, each with every decision about it.")


class Moment(fields.AwareDateTime):
    """A time as everywhere else in the API."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        try:
            return read_time(value)
        except ValueRefused as refused:
            raise ValidationError(str(refused)) from refused


def _is_id(value: str) -> None:
    try:
        read_id(value)
    except ValueRefused as refused:
        raise ValidationError(str(refused)) from refused


def _is_line(value: str) -> None:
    try:
        read_line(value)
    except ValueRefused as refused:
        raise ValidationError(str(refused)) from refused


def _is_place(value: str) -> None:
    try:
        read_place(value)
    except ValueRefused as refused:
        raise ValidationError(str(refused)) from refused


def _is_small(value: Mapping[str, Any]) -> None:
    if size_of(value) > MOST_PROPERTIES_BYTES:
        raise ValidationError("must take 32 kB at most")


class InvitedCustomer(Schema):
    external_id = fields.String(required=True, validate=_is_id)


class InvitationIn(Schema):
    survey = fields.String(required=True, validate=_is_id, metadata={"description": "The key of a published survey."})
    customer = fields.Nested(InvitedCustomer, required=True)
    channel = fields.String(
        load_default="email",
        validate=validate.OneOf(("email", "link")),
        metadata={"description": "`link`: nothing is sent; the answer's `url` is for the caller to carry."},
    )
    event_id = fields.String(
        load_default=None,
        allow_none=True,
        validate=_is_id,
        metadata={
            "description": "What it is about: one invitation per survey and event, and one customer. "
            "What a stored event of this id tells is taken over."
        },
    )
    occurred_at = Moment(load_default=None, allow_none=True, metadata={"description": "Left out: the event's, or now."})
    place = fields.String(
        load_default=None,
        allow_none=True,
        validate=_is_place,
        metadata={"description": "A place's key. One that nobody made yet is made: a site, called by its key."},
    )
    agent = fields.String(load_default=None, allow_none=True, validate=_is_line)
    properties = fields.Dict(keys=fields.String(), load_default=dict, validate=_is_small)


class DecisionOut(Schema):
    at = fields.AwareDateTime(required=True)
    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    detail = fields.String(metadata={"description": "Of a failure: what the mail provider said, without addresses."})


class NamedCustomerOut(Schema):
    id = fields.UUID(required=True)
    external_id = fields.String(required=True)


class InvitationOut(Schema):
    id = fields.UUID(required=True)
    survey = fields.String(required=True)
    survey_version = fields.Integer(required=True)
    customer = fields.Nested(NamedCustomerOut, required=True, allow_none=True)
    channel = fields.String(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(("invitation", "recovery")),
        metadata={"description": "recovery: an apology, or the survey after a callback; no rest holds it back."},
    )
    event_id = fields.String(required=True, allow_none=True)
    occurred_at = fields.AwareDateTime(required=True)
    place = fields.String(required=True, allow_none=True)
    status = fields.String(
        required=True,
        metadata={
            "description": "scheduled, sending, sent, unknown, failed, held (may still go), suppressed (never will), "
            "dropped (no longer hot), cancelled, expired."
        },
    )
    reason = fields.String(required=True, allow_none=True)
    send_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    attempts = fields.Integer(required=True, metadata={"description": "Calls to the mail provider that it put off."})
    delivery = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "What it told since: processed, deferred, delivered, blocked, dropped, bounced."},
    )
    expires_at = fields.AwareDateTime(required=True)
    url = fields.Url(
        required=True, allow_none=True, metadata={"description": "Of a link only; a mail's is in the mail."}
    )
    decisions = fields.List(fields.Nested(DecisionOut), required=True)


class InvitationQuery(Paging):
    survey = fields.String()
    status = fields.String(
        metadata={
            "description": "As it stands now, such as `suppressed`; `sent` finds those cancelled since as well: "
            "their `sent_at` stays."
        }
    )
    reason = fields.String(metadata={"description": "Such as `rest_any`."})
    channel = fields.String(validate=validate.OneOf(("email", "link", "import")))
    customer = fields.String(metadata={"description": "External id."})
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})


@routes.post(
    "/invitations",
    scopes=("ingest",),
    body=InvitationIn,
    answers={201: InvitationOut, 200: InvitationOut},
    refuses=(422,),
    creates=True,
    example={
        "survey": "post_delivery",
        "customer": {"external_id": "C-1001"},
        "channel": "link",
        "event_id": "order-77",
    },
)
def create_invitation(call: Call) -> Any:
    """Ask one customer with one survey, now: 201 with the decision, 200 where this event was decided before."""
    body = call.body
    wish = Wish(
        survey=body["survey"],
        customer=body["customer"]["external_id"],
        channel=body["channel"],
        event_id=body["event_id"],
        occurred_at=body["occurred_at"],
        place=body["place"],
        agent=read_line(body["agent"]),
        properties=body["properties"],
    )
    try:
        invited = invite_one(workspace_id=call.workspace_id, wish=wish, now=call.now)
    except Uninvitable as refused:
        raise unprocessable(refused.pointer, refused.detail) from refused
    return Reply(_document(call, invited.invitation_id), 201 if invited.created else 200)


@routes.get(
    "/invitations",
    scopes=("ingest", "export"),
    by_place=True,
    query=InvitationQuery,
    answers={200: page_of(InvitationOut)},
)
def list_invitations(call: Call) -> Any:
    """List invitations, newest first, also those that were never sent, each with the reason."""
    position = call.position()
    said = {name: value for name, value in call.query.items() if name not in {"cursor", "limit", "place"}}
    wanted = InvitationFilter(**said, place=call.place())
    ids = list_invitation_ids(
        workspace_id=call.workspace_id,
        wanted=wanted,
        before=None if position is None else UUID(position),
        limit=call.limit + 1,
    )
    shown = ids[: call.limit]
    documents = _documents(call, shown)
    return call.page(
        [documents[one] for one in shown if one in documents], str(shown[-1]) if len(ids) > len(shown) else None
    )


@routes.get(
    "/invitations/<uuid:invitation_id>",
    scopes=("ingest", "export"),
    by_place=True,
    answers={200: InvitationOut},
    refuses=(404,),
)
def get_invitation(call: Call, invitation_id: UUID) -> Any:
    """Read one invitation."""
    return _document(call, invitation_id)


def _document(call: Call, invitation_id: UUID) -> dict[str, Any]:
    found = _documents(call, [invitation_id])
    if invitation_id not in found:
        raise Problem(404, "There is no such invitation.")
    return found[invitation_id]


def _documents(call: Call, ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    return invitation_documents(
        workspace_id=call.workspace_id,
        ids=ids,
        secret=call.secret,
        public_url=call.settings.public_url,
        places=call.scope.places,
    )
