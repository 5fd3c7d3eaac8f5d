"""Verbatims: what customers say in their own words, looked for by words and facets; and the tags on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from vocapp.domain.searching import LONGEST, read_query
from vocapp.domain.sentiment import LABELS
from vocapp.services.verbatims import searching, tagging
from vocapp.services.verbatims.filters import COLUMNS, NONE, TONES, VerbatimFilter
from vocapp.services.verbatims.searching import Found, Place
from vocapp.services.verbatims.tagging import Counted
from vocapp.web.api.days import DayOrTime, time_of
from vocapp.web.api.frame import Call, Paging, Routes, page_of
from vocapp.web.problems import Problem

routes = Routes(
    "verbatims",
    "What customers say in their own words, found in French and English without minding accents, capitals and plurals.",
)

_WITHOUT = f" `{NONE}`: those without one."
_WORDS = (
    'Words that must all stand there, in whatever form; `"words beside each other"`; `-without`; `begin*` for words '
    "that begin so; an emoji is a word. Beside words, what is none is passed over; where nothing is a word, nothing is "
    "found."
)


class TagKey(fields.String):
    """A tag's id, or `-`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        try:
            return text if text == NONE else str(UUID(text))
        except ValueError as error:
            raise ValidationError(f"must be a tag's id, or {NONE}") from error


class VerbatimQuery(Paging):
    q = fields.String(validate=validate.Length(max=LONGEST), metadata={"description": _WORDS})
    survey = fields.String()
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})
    theme = fields.String(metadata={"description": "A theme's key." + _WITHOUT})
    sentiment = fields.String(
        validate=validate.OneOf((*LABELS, NONE)),
        metadata={"description": "The tone of the whole text; with `theme`, that of what it says of this theme."},
    )
    category = fields.String(
        validate=validate.OneOf((*TONES, NONE)),
        metadata={"description": "How the customer feels, by the first of NPS, CSAT and CES that was given."},
    )
    persona = fields.String(metadata={"description": "A persona's key." + _WITHOUT})
    segment = fields.String(metadata={"description": "A segment's key: of customers who belong to it now."})
    tag = TagKey(metadata={"description": "A tag's id." + _WITHOUT})
    language = fields.String(metadata={"description": "That of the text, such as `fr`."})
    since = DayOrTime(
        data_key="from",
        metadata={"type": "string", "description": "Answered from then on: a day (the workspace's), or a time."},
    )
    until = DayOrTime(data_key="to", metadata={"type": "string", "description": "Answered before then."})


class VerbatimCustomerOut(Schema):
    id = fields.UUID(required=True)
    external_id = fields.String(required=True)


class VerbatimScoresOut(Schema):
    nps = fields.Integer(required=True, allow_none=True)
    csat = fields.Integer(required=True, allow_none=True)
    ces = fields.Integer(required=True, allow_none=True)


class VerbatimTagOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class VerbatimThemeOut(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True, validate=validate.OneOf(LABELS))


class VerbatimOut(Schema):
    id = fields.UUID(required=True, metadata={"description": "Of the response and the question; it never changes."})
    response_id = fields.UUID(required=True)
    question = fields.String(required=True)
    survey = fields.String(required=True)
    survey_version = fields.Integer(required=True)
    customer = fields.Nested(VerbatimCustomerOut, required=True)
    place = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)
    answered_at = fields.AwareDateTime(required=True)
    scores = fields.Nested(VerbatimScoresOut, required=True)
    category = fields.String(required=True, allow_none=True, validate=validate.OneOf(TONES))
    sentiment = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(LABELS), metadata={"description": "The response's."}
    )
    persona = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    negative_passages = fields.List(
        fields.List(fields.Integer(), validate=validate.Length(equal=2)),
        required=True,
        metadata={"description": "From, to: characters of the text."},
    )
    themes = fields.List(fields.Nested(VerbatimThemeOut), required=True)
    tags = fields.List(fields.Nested(VerbatimTagOut), required=True)


class TagOut(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    rule = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "The search whose verbatims are given it by themselves; null: by hand only, as far as the "
            "key may know: no rule is told of a place that it does not see."
        },
    )
    verbatims = fields.Integer(required=True, metadata={"description": "How many have it, of those the key sees."})
    up_to_date = fields.Boolean(
        required=True, metadata={"description": "The rule was asked of all that was said before it."}
    )
    made_at = fields.AwareDateTime(required=True)


class TagsOut(Schema):
    data = fields.List(fields.Nested(TagOut), required=True)


@routes.get("/verbatims", scopes=("export",), by_place=True, query=VerbatimQuery, answers={200: page_of(VerbatimOut)})
def list_verbatims(call: Call) -> Any:
    """List verbatims, newest first; what was said seconds ago is among them."""
    query, position = call.query, call.position()
    if "segment" in query and call.scope.places is not None:
        raise Problem(403, "This key sees one place only: who belongs to a segment is the whole company's to know.")
    wanted = VerbatimFilter(
        query=read_query(query.get("q", "")),
        equal={name: query[name] for name in COLUMNS if name in query},
        place=call.place(),
        theme=query.get("theme"),
        segment=query.get("segment"),
        tag=None if "tag" not in query else NONE if query["tag"] == NONE else UUID(query["tag"]),
        since=time_of(query.get("since"), call.bearer.timezone),
        until=time_of(query.get("until"), call.bearer.timezone),
    )
    after = None if position is None else Place(position[0], _moment(position[1]))
    found = searching.search(scope=call.scope, wanted=wanted, after=after, limit=call.limit, language="en")
    end = None if found.next is None else [found.next.number, found.next.at.isoformat()]
    return call.page([_document(one) for one in found.found], end)


@routes.get(
    "/verbatims/<uuid:verbatim_id>", scopes=("export",), by_place=True, answers={200: VerbatimOut}, refuses=(404,)
)
def get_verbatim(call: Call, verbatim_id: UUID) -> Any:
    """Read one verbatim."""
    return _document(_find(call, verbatim_id))


@routes.get("/tags", scopes=("export",), by_place=True, answers={200: TagsOut})
def list_tags(call: Call) -> Any:
    """List the tags by name."""
    return {"data": [_tag(one) for one in tagging.count_tags(scope=call.scope)]}


@routes.put(
    "/verbatims/<uuid:verbatim_id>/tags/<uuid:tag_id>",
    scopes=("surveys",),
    by_place=True,
    answers={200: VerbatimOut},
    refuses=(404,),
)
def put_verbatim_tag(call: Call, verbatim_id: UUID, tag_id: UUID) -> Any:
    """Put a tag to a verbatim, as by hand."""
    row = _find(call, verbatim_id).row
    put = tagging.put(scope=call.scope, tag_id=tag_id, wanted=None, numbers=[row.number], by=call.by, now=call.now)
    if put is None:
        raise Problem(404, "There is no such tag.")
    return _document(_find(call, verbatim_id))


@routes.delete(
    "/verbatims/<uuid:verbatim_id>/tags/<uuid:tag_id>",
    scopes=("surveys",),
    by_place=True,
    answers={200: VerbatimOut},
    refuses=(404,),
)
def delete_verbatim_tag(call: Call, verbatim_id: UUID, tag_id: UUID) -> Any:
    """Take a tag off a verbatim; no rule puts it there again."""
    row = _find(call, verbatim_id).row
    off = tagging.take_off(scope=call.scope, tag_id=tag_id, wanted=None, numbers=[row.number], by=call.by, now=call.now)
    if off is None:
        raise Problem(404, "There is no such tag.")
    return _document(_find(call, verbatim_id))


def _find(call: Call, verbatim_id: UUID) -> Found:
    found = searching.find(scope=call.scope, verbatim_id=verbatim_id, language="en")
    if found is None:
        raise Problem(404, "There is no such verbatim.")
    return found


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _document(one: Found) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "response_id": row.response_id,
        "question": row.question,
        "survey": row.survey_key,
        "survey_version": row.survey_version,
        "customer": {"id": row.customer_id, "external_id": one.customer.external_id},
        "place": row.place,
        "language": row.language,
        "answered_at": row.answered_at,
        "scores": {"nps": row.nps, "csat": row.csat, "ces": row.ces},
        "category": row.tone,
        "sentiment": row.sentiment,
        "persona": row.persona,
        "text": row.text,
        "negative_passages": row.hurts,
        "themes": [{"key": key, "label": label} for key, label in one.themes],
        "tags": [{"id": tag.id, "name": tag.name} for tag in one.tags],
    }


def _tag(one: Counted) -> dict[str, Any]:
    return {
        "id": one.row.id,
        "name": one.row.name,
        "rule": one.rule,
        "verbatims": one.verbatims,
        "up_to_date": one.up_to_date,
        "made_at": one.row.made_at,
    }
