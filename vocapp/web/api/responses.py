"""Responses: what was answered to what, with its scores, sentiment and persona."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from vocapp.domain.sentiment import LABELS
from vocapp.services.documents import response_documents
from vocapp.services.finding_responses import ResponseFilter, list_response_ids
from vocapp.web.api.days import DayOrTime, time_of
from vocapp.web.api.frame import Call, Paging, Routes, page_of
from vocapp.web.problems import Problem

routes = Routes("responses", "What customers answered, newest first.")


class ResponseQuery(Paging):
    survey = fields.String()
    status = fields.String(validate=validate.OneOf(("partial", "completed")))
    customer = fields.String(metadata={"description": "External id."})
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})
    since = DayOrTime(
        data_key="from",
        metadata={"type": "string", "description": "Answered from then on: a day (the workspace's), or a time."},
    )
    until = DayOrTime(data_key="to", metadata={"type": "string", "description": "Answered before then."})


class ResponseCustomerOut(Schema):
    id = fields.UUID(required=True)
    external_id = fields.String(required=True)


class ContextOut(Schema):
    event = fields.String(required=True, allow_none=True)
    event_id = fields.String(required=True, allow_none=True)
    occurred_at = fields.AwareDateTime(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    agent = fields.String(required=True, allow_none=True)
    properties = fields.Dict(required=True, allow_none=True)


class NpsScoreOut(Schema):
    value = fields.Integer(required=True)
    category = fields.String(required=True, validate=validate.OneOf(("detractor", "passive", "promoter")))


class ScoresOut(Schema):
    nps = fields.Nested(NpsScoreOut, required=True, allow_none=True)
    csat = fields.Integer(required=True, allow_none=True)
    ces = fields.Integer(required=True, allow_none=True)


class ResponseSentimentOut(Schema):
    label = fields.String(required=True, allow_none=True)
    score = fields.Float(required=True, allow_none=True, metadata={"description": "−1 to 1."})
    language = fields.String(required=True, allow_none=True)


class ResponseThemeOut(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True, validate=validate.OneOf(LABELS))
    score = fields.Float(required=True, metadata={"description": "−1 to 1."})


class ResponsePersonaOut(Schema):
    key = fields.String(required=True)
    confidence = fields.Float(required=True)
    reasons = fields.List(fields.String(), required=True)


class ResponseOut(Schema):
    id = fields.UUID(required=True)
    survey = fields.String(required=True)
    survey_version = fields.Integer(required=True)
    invitation_id = fields.UUID(required=True)
    customer = fields.Nested(ResponseCustomerOut, required=True, allow_none=True)
    context = fields.Nested(ContextOut, required=True)
    status = fields.String(required=True, validate=validate.OneOf(("partial", "completed")))
    language = fields.String(required=True)
    answers = fields.Dict(required=True, metadata={"description": "By question; those that count."})
    void = fields.Dict(required=True, metadata={"description": "Answers that the person's path left in the end."})
    asked = fields.List(
        fields.String(), required=True, metadata={"description": "Every question ever put; six at most."}
    )
    skipped_known = fields.List(
        fields.Dict(), required=True, metadata={"description": "What was not asked because it was known."}
    )
    scores = fields.Nested(ScoresOut, required=True)
    sentiment = fields.Nested(
        ResponseSentimentOut, required=True, allow_none=True, metadata={"description": "Null until it is scored."}
    )
    themes = fields.List(
        fields.Nested(ResponseThemeOut),
        required=True,
        metadata={"description": "What the answers mention, each with its own sentiment; empty until it is scored."},
    )
    persona = fields.Nested(ResponsePersonaOut, required=True, allow_none=True)
    callback_wish = fields.Dict(required=True, allow_none=True)
    channel = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    completed_at = fields.AwareDateTime(required=True, allow_none=True)


@routes.get("/responses", scopes=("export",), by_place=True, query=ResponseQuery, answers={200: page_of(ResponseOut)})
def list_responses(call: Call) -> Any:
    """List responses, newest first."""
    query = call.query
    position = call.position()
    ids = list_response_ids(
        workspace_id=call.workspace_id,
        wanted=ResponseFilter(
            survey=query.get("survey"),
            status=query.get("status"),
            customer=query.get("customer"),
            place=call.place(),
            since=time_of(query.get("since"), call.bearer.timezone),
            until=time_of(query.get("until"), call.bearer.timezone),
        ),
        before=None if position is None else UUID(position),
        limit=call.limit + 1,
    )
    shown = ids[: call.limit]
    documents = response_documents(workspace_id=call.workspace_id, ids=shown)
    return call.page(
        [documents[one] for one in shown if one in documents], str(shown[-1]) if len(ids) > len(shown) else None
    )


@routes.get(
    "/responses/<uuid:response_id>", scopes=("export",), by_place=True, answers={200: ResponseOut}, refuses=(404,)
)
def get_response(call: Call, response_id: UUID) -> Any:
    """Read one response."""
    found = response_documents(workspace_id=call.workspace_id, ids=[response_id])
    if response_id not in found or not call.scope.within(found[response_id]["context"]["place"]):
        raise Problem(404, "There is no such response.")
    return found[response_id]
