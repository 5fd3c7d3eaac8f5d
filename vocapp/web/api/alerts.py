"""The callback queue: who is to be called, who calls, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from vocapp.domain.alerts import KINDS, NO_CALLS, OUTCOMES, STATUSES, VIAS
from vocapp.domain.promises import STATUSES as PROMISES
from vocapp.services import calling_back
from vocapp.services.callback_queue import AlertFilter, Rank, list_alert_ranks
from vocapp.services.calling_back import AlertNotFound, NotMoved
from vocapp.services.documents import alert_documents
from vocapp.web.api.frame import Call, Paging, Routes, page_of
from vocapp.web.api.helpdesks import ExternalOut
from vocapp.web.problems import Problem

RESOLUTIONS = ("spoken_to", "unreachable", "not_called", "elsewhere")

routes = Routes("alerts", "The callback queue: one open alert per unhappy customer.")


def _is_said(value: str) -> None:
    if not value.strip():
        raise ValidationError("must not be empty")


def _are_statuses(value: str) -> None:
    if unknown := sorted(set(value.split(",")) - set(STATUSES)):
        raise ValidationError(f"{', '.join(unknown)}: one of {', '.join(STATUSES)}, or several with commas")


class AlertQuery(Paging):
    status = fields.String(
        validate=_are_statuses, metadata={"description": f"{', '.join(STATUSES)}; several with commas."}
    )
    assignee = fields.String()
    place = fields.String(metadata={"description": "A place's key: it counts with all that is below it."})


class AlertCustomerOut(Schema):
    id = fields.UUID(required=True)
    external_id = fields.String(required=True)


class AlertMoveOut(Schema):
    at = fields.AwareDateTime(required=True)
    action = fields.String(
        required=True,
        metadata={
            "description": "opened, joined; told, maybe_told, not_told; claim, assign, release, contact, resolve, "
            "lease_over, overdue, escalated, close, reopen; promised, declined, promise_kept, promise_missed, "
            "promise_cancelled, apologised, apology_owed; written, not_written; external."
        },
    )
    by = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, metadata={"description": "After the move."})
    response = fields.UUID(metadata={"description": "Of opened, joined and reopen: whose signal it was."})
    event = fields.String(metadata={"description": "Of opened and joined: by which id the event was told."})
    kinds = fields.List(fields.String())
    reason = fields.String()
    priority = fields.Integer(metadata={"description": "Of an overdue: from now on."})
    holder = fields.String(metadata={"description": "Of a lease_over: who held it until then."})
    to = fields.String(metadata={"description": "Of an assign: who was given it."})
    step = fields.Integer(metadata={"description": "Of an escalated: which one."})
    team = fields.String(allow_none=True, metadata={"description": "Of an escalated: whose it is from then on."})
    outcome = fields.String(metadata={"description": "Of a contact."})
    via = fields.String(metadata={"description": "Of a contact that was not by phone: email or store."})
    note = fields.String()
    root_cause = fields.String()
    remedy = fields.String(metadata={"description": "Of a resolve: what was done."})
    resolution = fields.String(validate=validate.OneOf(RESOLUTIONS), metadata={"description": "Of a resolve."})
    means = fields.String(metadata={"description": "Of promised and promise_missed: phone, email or store."})
    starts_at = fields.AwareDateTime(metadata={"description": "Of the same: from when."})
    ends_at = fields.AwareDateTime(metadata={"description": "Of the same: by when it is to be kept."})
    notice = fields.UUID(metadata={"description": "Of told, maybe_told and not_told: the id of the mail."})
    why = fields.String()
    tool = fields.String(metadata={"description": "Of what another tool told: which one."})
    reference = fields.String(metadata={"description": "Of the same: under which reference there."})
    there = fields.String(metadata={"description": "Of the same: the status there."})
    who = fields.String(metadata={"description": "Of the same: who it was there, by a display name."})


class PriorityReasonOut(Schema):
    factor = fields.String(required=True, validate=validate.OneOf(("severity", "value", "age")))
    times = fields.Integer(required=True, metadata={"description": "1 to 3: the priority is the product of the three."})
    because = fields.String(required=True, metadata={"description": "In words."})
    figure = fields.Float(
        required=True, allow_none=True, metadata={"description": "By what the value was judged, such as orders."}
    )


class PromiseOut(Schema):
    status = fields.String(required=True, validate=validate.OneOf(PROMISES))
    means = fields.String(
        required=True, allow_none=True, metadata={"description": "phone, email or store; null: declined."}
    )
    starts_at = fields.AwareDateTime(required=True, allow_none=True)
    ends_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "By when it is to be kept."}
    )
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it was cancelled, or why no apology may be mailed."},
    )


class AlertOut(Schema):
    id = fields.UUID(required=True)
    kinds = fields.List(fields.String(validate=validate.OneOf(KINDS)), required=True)
    priority = fields.Integer(
        required=True,
        metadata={"description": "1 to 27, the higher the sooner: severity × customer value × age, each 1 to 3."},
    )
    priority_reasons = fields.List(fields.Nested(PriorityReasonOut), required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    opened_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, metadata={"description": "In the hours of those who call back."})
    next_attempt_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "After a miss: when to try again, in the team's hours and the customer's own."},
    )
    promise = fields.Nested(
        PromiseOut,
        required=True,
        allow_none=True,
        metadata={"description": "What was promised to the customer last, or declined by them."},
    )
    no_call = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(tuple(NO_CALLS)),
        metadata={"description": "Why nobody calls; a contact by phone is then refused (409)."},
    )
    customer = fields.Nested(AlertCustomerOut, required=True, allow_none=True)
    responses = fields.List(fields.UUID(), required=True)
    events = fields.List(
        fields.String(), required=True, metadata={"description": "Ids of events that told by themselves."}
    )
    place = fields.String(required=True, allow_none=True)
    team = fields.String(
        required=True, allow_none=True, metadata={"description": "The place whose own team calls; null: the central."}
    )
    escalation = fields.Integer(
        required=True, metadata={"description": "Steps taken because nobody closed it in time: see the settings."}
    )
    reason = fields.String(required=True, metadata={"description": "Such as `nps 2` or `negative_verbatim`."})
    assignee = fields.String(required=True, allow_none=True)
    claimed_until = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Then it returns to the queue, unless its holder does something to it before."},
    )
    root_cause = fields.String(
        required=True, allow_none=True, metadata={"description": "Such as `delivery.late`: see `resolutions`."}
    )
    remedy = fields.String(
        required=True, allow_none=True, metadata={"description": "What was done about it, such as `refund`."}
    )
    external = fields.Nested(
        ExternalOut, required=True, allow_none=True, metadata={"description": "Where else it lives."}
    )
    resolution = fields.String(required=True, allow_none=True, validate=validate.OneOf(RESOLUTIONS))
    history = fields.List(fields.Nested(AlertMoveOut), required=True, metadata={"description": "It only grows."})


class ClaimIn(Schema):
    agent = fields.String(required=True, validate=[validate.Length(1, calling_back.LONGEST_AGENT), _is_said])


class AssignIn(ClaimIn):
    by = fields.String(
        load_default=None, allow_none=True, validate=[validate.Length(1, calling_back.LONGEST_AGENT), _is_said]
    )
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=calling_back.LONGEST_NOTE))


class MoveIn(Schema):
    """A move by somebody, who must hold the alert (a reopening may be anybody's); left out, it is the holder's."""

    agent = fields.String(
        load_default=None, allow_none=True, validate=[validate.Length(1, calling_back.LONGEST_AGENT), _is_said]
    )
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=calling_back.LONGEST_NOTE))


class ContactIn(MoveIn):
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    via = fields.String(load_default="phone", validate=validate.OneOf(VIAS))


class ResolveIn(MoveIn):
    root_cause = fields.String(
        required=True,
        validate=[validate.Length(1, calling_back.LONGEST_CAUSE), _is_said],
        metadata={"description": "`GROUP.CAUSE` of the workspace's list (`resolutions` in the settings), or a text."},
    )
    remedy = fields.String(
        load_default=None,
        allow_none=True,
        validate=[validate.Length(1, calling_back.LONGEST_REMEDY), _is_said],
        metadata={"description": "What was done: `refund`, `replacement`, `repair`, `explanation`… of that list."},
    )


@routes.get("/alerts", scopes=("alerts",), by_place=True, query=AlertQuery, answers={200: page_of(AlertOut)})
def list_alerts(call: Call) -> Any:
    """List alerts: those promised a call for now, then the open ones, then the others; by priority and due time."""
    query = call.query
    statuses = query.get("status")
    ranks = list_alert_ranks(
        workspace_id=call.workspace_id,
        wanted=AlertFilter(
            statuses=tuple(statuses.split(",")) if statuses is not None else None,
            assignee=query.get("assignee"),
            place=call.place(),
        ),
        after=_read_rank(call.position()),
        limit=call.limit + 1,
        now=call.now,
    )
    shown = ranks[: call.limit]
    documents = alert_documents(
        workspace_id=call.workspace_id, ids=[rank.id for rank in shown], places=call.scope.places
    )
    position = [*shown[-1][:2], shown[-1].due_at, str(shown[-1].id)] if len(ranks) > len(shown) else None
    return call.page([documents[rank.id] for rank in shown if rank.id in documents], position)


@routes.get("/alerts/<uuid:alert_id>", scopes=("alerts",), by_place=True, answers={200: AlertOut}, refuses=(404,))
def get_alert(call: Call, alert_id: UUID) -> Any:
    """Read one alert."""
    return _document(call, alert_id)


@routes.post(
    "/alerts/<uuid:alert_id>/claim",
    scopes=("alerts",),
    by_place=True,
    body=ClaimIn,
    answers={200: AlertOut},
    refuses=(404, 409, 422),
    example={"agent": "Ana"},
)
def claim_alert(call: Call, alert_id: UUID) -> Any:
    """Take an alert, so that nobody else calls: the loser of a race is told who was quicker (409, `holder`).

    It holds until `claimed_until` (30 minutes, and a day once the customer was reached, unless `callbacks` in the
    settings says otherwise). Every move of the holder holds it longer, and so does claiming it again. What is not
    held any longer returns to the queue (`lease_over`), due when it was due before; whoever held it may go on as
    long as nobody else has taken it.
    """
    return _moved(call, alert_id, calling_back.claim, agent=call.body["agent"].strip())


@routes.post(
    "/alerts/<uuid:alert_id>/assign",
    scopes=("alerts",),
    by_place=True,
    body=AssignIn,
    answers={200: AlertOut},
    refuses=(404, 409, 422),
    example={"agent": "Ana", "by": "Cleo"},
)
def assign_alert(call: Call, alert_id: UUID) -> Any:
    """Give an alert to an agent, who did not ask for it and has longer to begin (`assigned_minutes`, 240).

    What somebody else holds is refused (409, `holder`) unless `by` is who holds it: release it first.
    """
    body = call.body
    by = body["by"] and body["by"].strip()
    return _moved(
        call, alert_id, calling_back.assign, to=body["agent"].strip(), by=by or call.bearer.key_name, note=body["note"]
    )


@routes.post(
    "/alerts/<uuid:alert_id>/release",
    scopes=("alerts",),
    by_place=True,
    body=MoveIn,
    body_optional=True,
    answers={200: AlertOut},
    refuses=(404, 409, 422),
    example={},
)
def release_alert(call: Call, alert_id: UUID) -> Any:
    """Give an alert back to the queue."""
    return _moved(call, alert_id, calling_back.release, by=_agent(call), note=call.body["note"])


@routes.post(
    "/alerts/<uuid:alert_id>/contact",
    scopes=("alerts",),
    by_place=True,
    body=ContactIn,
    answers={200: AlertOut},
    refuses=(404, 409, 422),
    example={"outcome": "reached", "note": "Will get a new parcel on Friday."},
)
def contact_alert(call: Call, alert_id: UUID) -> Any:
    """Note an attempt to reach the customer: only `reached` makes the alert `contacted`.

    After `voicemail` and `no_answer` the next attempt is planned (`next_attempt_at`), three at most. Where
    `no_call` says so, a contact by phone is refused: `via` is then `email` or `store`. After a `wrong_number` only
    `reached` is taken: they may call themselves, or have another number.
    """
    body = call.body
    return _moved(
        call,
        alert_id,
        calling_back.contact,
        outcome=body["outcome"],
        note=body["note"],
        by=_agent(call),
        via=body["via"],
    )


@routes.post(
    "/alerts/<uuid:alert_id>/resolve",
    scopes=("alerts",),
    by_place=True,
    body=ResolveIn,
    answers={200: AlertOut},
    refuses=(404, 409, 422),
    example={"root_cause": "delivery.late", "remedy": "refund", "note": "Refunded the delivery."},
)
def resolve_alert(call: Call, alert_id: UUID) -> Any:
    """Resolve an alert with its root cause: once the customer was spoken to, or missed three times."""
    body = call.body
    return _moved(
        call,
        alert_id,
        calling_back.resolve,
        root_cause=body["root_cause"].strip(),
        remedy=body["remedy"] and body["remedy"].strip(),
        note=body["note"],
        by=_agent(call),
    )


@routes.post(
    "/alerts/<uuid:alert_id>/reopen",
    scopes=("alerts",),
    by_place=True,
    body=MoveIn,
    body_optional=True,
    answers={200: AlertOut},
    refuses=(404, 409, 422),
    example={"note": "The new parcel was broken, too."},
)
def reopen_alert(call: Call, alert_id: UUID) -> Any:
    """Put a resolved alert into the queue again."""
    by = _agent(call) or call.bearer.key_name
    return _moved(call, alert_id, calling_back.reopen, by=by, note=call.body["note"])


def _agent(call: Call) -> str | None:
    agent: str | None = call.body["agent"]
    return agent and agent.strip()


def _moved(call: Call, alert_id: UUID, move: Callable[..., None], **given: Any) -> dict[str, Any]:
    try:
        move(workspace_id=call.workspace_id, alert_id=alert_id, now=call.now, places=call.scope.places, **given)
    except AlertNotFound as missing:
        raise _missing() from missing
    except NotMoved as refused:
        more = {"holder": refused.holder, "alert_status": refused.status}
        raise Problem(409, refused.detail, more=more) from refused
    return _document(call, alert_id)


def _document(call: Call, alert_id: UUID) -> dict[str, Any]:
    found = alert_documents(workspace_id=call.workspace_id, ids=[alert_id], places=call.scope.places)
    if alert_id not in found:
        raise _missing()
    return found[alert_id]


def _missing() -> Problem:
    return Problem(404, "There is no such alert.")


def _read_rank(position: Any) -> Rank | None:
    if position is None:
        return None
    turn, mildness, due_at, alert_id = position
    return Rank(turn, mildness, datetime.fromisoformat(due_at), UUID(alert_id))
