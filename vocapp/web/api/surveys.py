"""Surveys: drafts, and the versions they become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from vocapp.domain import definitions
from vocapp.domain.mail_health import HOLD_REASONS
from vocapp.models import SurveyHold
from vocapp.services import holding, surveying
from vocapp.services.holding import HeldAgain
from vocapp.services.surveying import Drafted, SurveyNotFound, SurveyRefused
from vocapp.web.api.frame import Call, Paging, Reply, Routes, page_of
from vocapp.web.problems import Problem, refusal

routes = Routes("surveys", "Definitions: a draft to edit, published versions that never change.")


class SurveyIn(Schema):
    """A survey definition, in the shape of the files in `surveys/` and of their JSON Schema."""

    key = fields.String(required=True)
    title = fields.Raw(required=True, metadata={"description": "One text, or `{language: text}`."})
    default_language = fields.String(required=True)
    questions = fields.List(fields.Dict(), required=True)
    layout = fields.String()
    order = fields.String()
    priority = fields.Integer()
    trigger = fields.Dict(allow_none=True)
    invitation = fields.Dict(allow_none=True)
    thanks = fields.Raw(allow_none=True)


class WarningOut(Schema):
    pointer = fields.String(required=True)
    detail = fields.String(required=True)


class SendingOut(Schema):
    """Whether a survey is held: it mails nothing until it is resumed, as too many complained or unsubscribed."""

    held = fields.Boolean(required=True)
    reason = fields.String(
        required=True, allow_none=True, metadata={"enum": [*HOLD_REASONS, None], "description": "Null: it is not."}
    )
    since = fields.AwareDateTime(required=True, allow_none=True)
    hold = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Which hold it is, to be named when it is resumed."}
    )


class ResumeIn(Schema):
    hold = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "`sending.hold` as it was read: no other is ended (409). Left out: whichever stands is."
        },
    )


class SurveyOut(SurveyIn):
    """The draft, and how it stands."""

    published_version = fields.Integer(required=True, allow_none=True)
    changed = fields.Boolean(
        required=True, metadata={"description": "The draft says something else than the version in force."}
    )
    warnings = fields.List(
        fields.Nested(WarningOut), required=True, metadata={"description": "What its author may want to look at again."}
    )
    updated_at = fields.AwareDateTime(required=True)
    sending = fields.Nested(SendingOut, required=True)


class PublishedOut(SurveyOut):
    version = fields.Integer(required=True)


STANDING = frozenset(("published_version", "changed", "warnings", "updated_at", "version", "sending"))
"""What GET adds to a definition, so that what was got can be put back."""

EXAMPLE: dict[str, Any] = {
    "key": "post_delivery",
    "title": {"fr": "Votre livraison", "en": "Your delivery"},
    "default_language": "fr",
    "trigger": {"event": "order.delivered", "delay": "PT15M"},
    "questions": [
        {
            "key": "nps",
            "type": "nps",
            "text": {"fr": "Nous recommanderiez-vous ?", "en": "Would you recommend us?"},
            "must_ask": True,
        }
    ],
}


@routes.put(
    "/surveys/<key>",
    scopes=("surveys",),
    body=SurveyIn,
    read_by_view=True,
    answers={200: SurveyOut, 201: SurveyOut},
    example=EXAMPLE,
)
def put_survey(call: Call, key: str) -> Any:
    """Keep a draft; nobody is asked by it before it is published."""
    definition = {name: value for name, value in call.body.items() if name not in STANDING}
    try:
        created = surveying.put_draft(workspace_id=call.workspace_id, key=key, definition=definition, now=call.now)
    except SurveyRefused as refused:
        raise refusal(refused.faults) from refused
    return Reply(_document(_found(call, key), _holds(call)), 201 if created else 200)


@routes.get("/surveys/<key>", scopes=("surveys",), by_place=True, answers={200: SurveyOut}, refuses=(404,))
def get_survey(call: Call, key: str) -> Any:
    """Read a survey's draft and the version in force."""
    return _document(_found(call, key), _holds(call))


@routes.get("/surveys", scopes=("surveys",), by_place=True, query=Paging, answers={200: page_of(SurveyOut)})
def list_surveys(call: Call) -> Any:
    """List the surveys, by key."""
    after = call.position() or ""
    found = [survey for survey in surveying.list_drafts(workspace_id=call.workspace_id) if survey.key > after]
    more = found[call.limit - 1].key if len(found) > call.limit else None
    holds = _holds(call)
    return call.page([_document(survey, holds) for survey in found[: call.limit]], more)


@routes.post(
    "/surveys/<key>/publish", scopes=("surveys",), answers={200: PublishedOut}, refuses=(404, 409, 422), creates=True
)
def publish_survey(call: Call, key: str) -> Any:
    """Make the draft the next version; what is in force already stays.

    People under way finish the version they began.
    """
    try:
        version, _ = surveying.publish(workspace_id=call.workspace_id, key=key, now=call.now)
    except SurveyNotFound as missing:
        raise Problem(404, "There is no such survey.") from missing
    except SurveyRefused as refused:
        raise refusal(refused.faults) from refused
    return {"version": version, **_document(_found(call, key), _holds(call))}


@routes.post(
    "/surveys/<key>/resume",
    scopes=("surveys",),
    body=ResumeIn,
    body_optional=True,
    answers={200: SurveyOut},
    refuses=(404, 409, 422),
    example={},
)
def resume_survey(call: Call, key: str) -> Any:
    """Let a survey that is held send again; from then on it is judged by what it sends. Changes nothing for another.

    What was held and is still hot goes at once, as far as the contact policy lets it.
    """
    _found(call, key)
    try:
        holding.resume(workspace_id=call.workspace_id, survey_key=key, by=call.by, now=call.now, seen=call.body["hold"])
    except HeldAgain as refused:
        raise Problem(409, str(refused)) from refused
    return _document(_found(call, key), _holds(call))


def _found(call: Call, key: str) -> Drafted:
    found = surveying.find_draft(workspace_id=call.workspace_id, key=key)
    if found is None:
        raise Problem(404, "There is no such survey.")
    return found


def _holds(call: Call) -> Mapping[str, SurveyHold]:
    return holding.list_holds(workspace_id=call.workspace_id)


def _document(survey: Drafted, holds: Mapping[str, SurveyHold]) -> dict[str, Any]:
    hold = holds.get(survey.key)
    return {
        **survey.draft,
        "published_version": survey.published_version,
        "changed": survey.changed,
        "warnings": [{"pointer": one.pointer, "detail": one.detail} for one in definitions.warnings(survey.draft)],
        "updated_at": survey.updated_at,
        "sending": {
            "held": hold is not None,
            "reason": hold.reason if hold is not None else None,
            "since": hold.held_at if hold is not None else None,
            "hold": hold.id if hold is not None else None,
        },
    }
