"""Taking in what was answered to an earlier tool, so that no curve begins at zero.

A past answer becomes an invitation that was never ours to send (channel `import`, expired) and a completed response of
its own day: counted, exported and erased like any other. Nobody is alerted by it, nothing is sent for it; what was
written is read for its sentiment, and the profile learns what is newer than what it knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from vocapp.domain.history_dates import AHEAD
from vocapp.domain.questions import TYPES
from vocapp.domain.questions.answers import AnswerRefused
from vocapp.domain.rules import Fault, escaped
from vocapp.domain.survey import MOST_QUESTIONS, Survey
from vocapp.models import Customer, Invitation, Place, Response, Workspace, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.models.journey import IMPORTED
from vocapp.models.outbox import announce_many
from vocapp.models.types import time_text
from vocapp.services import counting, intake, places, surveying
from vocapp.services.decisions import decision
from vocapp.services.erasure_list import REFUSED
from vocapp.services.intake_events import Refused
from vocapp.services.intake_reading import AttributeInput, EventInput, InputRefused, read_event
from vocapp.services.intake_values import read_time
from vocapp.services.json_reading import Unkept
from vocapp.services.responding import source_of

REASON: Final = "imported"
MOST: Final = 1000
"""Past answers in one call."""
LONGEST_ID: Final = 190
LONGEST_LANGUAGE: Final = 35
FIELDS: Final = frozenset(
    ("id", "survey", "answered_at", "customer", "answers", "language", "event", "place", "agent", "properties")
)
NOT_TAKEN: Final = frozenset(("consent",))
"""Types whose answers are told otherwise: a consent needs its text and its place."""


@dataclass(slots=True)
class Outcome:
    accepted: int = 0
    duplicates: int = 0
    refused: list[Refused] = field(default_factory=list)
    differing: list[int] = field(default_factory=list)
    """Duplicates that hold other answers than what was told before under their id."""


@dataclass(slots=True)
class _Past:
    index: int
    survey: Survey
    event: EventInput
    """Who, when, where: what is read alike of an event."""
    named: str | None
    answers: dict[str, Any]
    language: str
    id: UUID = field(default_factory=new_id)

    @property
    def occasion(self) -> str:
        return f"{IMPORTED}:{self.event.id}"

    @property
    def scores(self) -> dict[str, int]:
        return counting.scores_of(self.survey, self.answers)

    @property
    def written(self) -> bool:
        return any(TYPES[self.survey.by_key[key].type].verbatim for key in self.answers)


def take_past_answers(*, workspace_id: int, documents: Sequence[Any], secret: bytes, now: datetime) -> Outcome:
    """Keep what is new of a batch, and make or merge its customers; refuse what can't be kept, each with its reason.

    The same `id` for the same survey changes nothing. Who was erased, and is not there, is refused, as files do.
    """
    outcome = Outcome()
    surveys = {one.key: one for one in surveying.published(workspace_id=workspace_id)}
    read: dict[tuple[str, str], _Past] = {}
    for index, document in enumerate(documents):
        try:
            one = _read(document, index, surveys, now)
        except InputRefused as refused:
            outcome.refused.append(Refused(index, refused.faults))
            continue
        if read.setdefault((one.survey.key, one.occasion), one) is not one:
            outcome.duplicates += 1
    fresh, known = _parted(workspace_id, list(read.values()))
    outcome.duplicates += len(known)
    outcome.differing = [one.index for one, kept in known if kept != one.answers]
    if fresh:
        _keep(outcome, fresh, workspace_id=workspace_id, secret=secret, now=now)
    outcome.refused.sort(key=lambda refused: refused.index)
    return outcome


def _read(document: Any, index: int, surveys: Mapping[str, Survey], now: datetime) -> _Past:
    if isinstance(document, Unkept):
        raise InputRefused(document.faults)
    if not isinstance(document, dict):
        raise InputRefused([Fault("", "must be a JSON object")])
    faults = [Fault(f"/{escaped(name)}", "is no field of this document") for name in document.keys() - FIELDS]
    key = document.get("id")
    if isinstance(key, str) and len(key) > LONGEST_ID:
        faults.append(Fault("/id", f"must have {LONGEST_ID} characters at most"))
    survey = surveys.get(document["survey"]) if isinstance(document.get("survey"), str) else None
    if survey is None:
        faults.append(Fault("/survey", "must be the key of a published survey"))
    shared = {name: document[name] for name in ("id", "customer", "place", "agent", "properties") if name in document}
    named, event = document.get("event"), None
    try:
        event = read_event(
            {**shared, "event": "answered" if named is None else named, "occurred_at": document.get("answered_at")},
            now=now,
            source=IMPORTED,
        )
        if read_time(document["answered_at"]) > now + AHEAD:
            faults.append(Fault("/answered_at", "is still to come"))
    except InputRefused as refused:
        faults += [_renamed(fault) for fault in refused.faults]
    answers = _answers(document.get("answers"), survey, faults) if survey is not None else {}
    language = document.get("language")
    if language is None:
        language = survey.default_language if survey is not None else ""
    elif not isinstance(language, str) or not 2 <= len(language) <= LONGEST_LANGUAGE:
        faults.append(Fault("/language", "must be a language, such as fr or en"))
    if faults or survey is None or event is None:
        raise InputRefused(faults)
    return _Past(index, survey, event, named, answers, language)


def _answers(given: Any, survey: Survey, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(given, dict) or not given:
        faults.append(Fault("/answers", "must be a JSON object with one answer at least"))
        return {}
    if len(given) > MOST_QUESTIONS:
        faults.append(Fault("/answers", f"must hold {MOST_QUESTIONS} answers at most: nobody is asked more"))
        return {}
    answers = {}
    for key, value in given.items():
        question, pointer = survey.by_key.get(key), f"/answers/{escaped(key)}"
        if question is None:
            faults.append(Fault(pointer, "is no question of this survey"))
        elif question.type in NOT_TAKEN:
            faults.append(Fault(pointer, "is a consent, which is told of the customer, with its text and its source"))
        else:
            try:
                read = TYPES[question.type].read_json(question, value)
            except AnswerRefused as refused:
                faults.append(Fault(pointer, refused.message("en")))
                continue
            if read is not None:
                answers[key] = read
    if not answers and not faults:
        faults.append(Fault("/answers", "must hold one answer at least"))
    return answers


def _renamed(fault: Fault) -> Fault:
    return Fault("/answered_at", fault.detail) if fault.pointer == "/occurred_at" else fault


def _parted(workspace_id: int, read: Sequence[_Past]) -> tuple[list[_Past], list[tuple[_Past, dict[str, Any]]]]:
    """Return (what is new, what was told before with the answers that are kept of it)."""
    rows = db.session.execute(
        select(Invitation.survey_key, Invitation.occasion, Response.answers)
        .join(Response, (Response.workspace_id == Invitation.workspace_id) & (Response.invitation_id == Invitation.id))
        .where(
            Invitation.workspace_id == workspace_id,
            Invitation.survey_key.in_({one.survey.key for one in read}),
            Invitation.occasion.in_([one.occasion for one in read]),
        )
    )
    known = {(survey, occasion): answers for survey, occasion, answers in rows}
    fresh = [one for one in read if (one.survey.key, one.occasion) not in known]
    told = [one for one in read if (one.survey.key, one.occasion) in known]
    return fresh, [(one, known[one.survey.key, one.occasion]) for one in told]


def _keep(outcome: Outcome, fresh: list[_Past], *, workspace_id: int, secret: bytes, now: datetime) -> None:
    workspace = db.session.get_one(Workspace, workspace_id)
    for one in fresh:
        one.event.customer.attributes.update(_learnt(one))
    taken = intake.take_customers(
        workspace_id=workspace_id,
        customers=[one.event.customer for one in fresh],
        secret=secret,
        now=now,
        refusing_erased=True,
    )
    gone = [one for one in fresh if one.event.customer.external_id not in taken]
    outcome.refused += [Refused(one.index, [Fault("/customer", REFUSED)], erased=True) for one in gone]
    fresh = [one for one in fresh if one.event.customer.external_id in taken]
    if not fresh:
        return
    _make_places(workspace_id, fresh)
    customers = _customers(workspace_id, {taken[one.event.customer.external_id].id for one in fresh})
    whose = {one.id: customers[taken[one.event.customer.external_id].id] for one in fresh}
    insert_many(Invitation, [_invitation(one, whose[one.id], workspace_id, now) for one in fresh], passing_over=True)
    mine = set(
        db.session.scalars(
            select(Invitation.id).where(
                Invitation.workspace_id == workspace_id, Invitation.id.in_([one.id for one in fresh])
            )
        )
    )
    kept = [one for one in fresh if one.id in mine]  # of two calls at once, the other's word stands
    outcome.duplicates += len(fresh) - len(kept)
    outcome.accepted = len(kept)
    zone = ZoneInfo(workspace.timezone)
    responses = [_response(one, whose[one.id], workspace_id, zone) for one in kept]
    db.session.add_all(responses)
    for one in sorted(kept, key=lambda one: one.event.occurred_at):
        _follow(whose[one.id], one.scores, one.event.occurred_at)
    db.session.flush()
    changed("customers", {whose[one.id].id for one in kept}, workspace_id=workspace_id)
    changed("responses", [response.id for response in responses], workspace_id=workspace_id)
    written = {one.id for one in kept if one.written}
    announce_many(
        "ResponseCompleted",
        sorted(response.id for response in responses if response.invitation_id in written),
        workspace_id=workspace_id,
        due_at=now,
    )
    counting.add(responses=responses)  # last, as everywhere


def _learnt(one: _Past) -> dict[str, AttributeInput]:
    """What the answers tell of the customer, as of then: a value that was observed since stays."""
    found = {}
    for key, value in one.answers.items():
        attribute = one.survey.by_key[key].attribute
        if attribute is not None:
            found[attribute] = AttributeInput(value, source_of(one.id), one.event.occurred_at, None)
    return found


def _make_places(workspace_id: int, fresh: Sequence[_Past]) -> None:
    named = {one.event.place for one in fresh if one.event.place is not None}
    if named:
        there = set(
            db.session.scalars(select(Place.key).where(Place.workspace_id == workspace_id, Place.key.in_(named)))
        )
        if named - there:
            places.register_places(workspace_id=workspace_id, keys=named - there)


def _customers(workspace_id: int, ids: set[UUID]) -> dict[UUID, Customer]:
    rows = db.session.scalars(
        select(Customer)
        .where(Customer.workspace_id == workspace_id, Customer.id.in_(ids))
        .order_by(Customer.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {customer.id: customer for customer in rows}


def _invitation(one: _Past, customer: Customer, workspace_id: int, now: datetime) -> dict[str, Any]:
    event = one.event
    context = {
        "event": one.named,
        "event_id": event.id,
        "occurred_at": event.occurred_at.isoformat(),
        "place": event.place,
        "agent": event.agent,
        "properties": event.properties,
    }
    return {
        "workspace_id": workspace_id,
        "id": one.id,
        "survey_key": one.survey.key,
        "survey_version": one.survey.version,
        "customer_id": customer.id,
        "occasion": one.occasion,
        "channel": IMPORTED,
        "kind": "invitation",
        "language": one.language,
        "context": context,
        "place": event.place,
        "first_page": list(one.answers),
        "skipped_known": [],
        "status": "expired",
        "reason": REASON,
        "decisions": [decision(status="expired", reason=REASON, now=now)],
        "contact_key": customer.contact_key,
        "priority": one.survey.priority,
        "occurred_at": time_text(event.occurred_at),
        "expires_at": time_text(event.occurred_at),
        "created_at": time_text(now),
    }


def _response(one: _Past, customer: Customer, workspace_id: int, zone: ZoneInfo) -> Response:
    at, scores = one.event.occurred_at, one.scores
    return Response(
        workspace_id=workspace_id,
        id=one.id,
        invitation_id=one.id,
        customer_id=customer.id,
        survey_key=one.survey.key,
        survey_version=one.survey.version,
        channel=IMPORTED,
        place=one.event.place,
        language=one.language,
        status="completed",
        revision=1,
        weighed=1,
        pages=[list(one.answers)],
        position=1,
        answers=one.answers,
        void=[],
        skipped_known=[],
        nps=scores.get("nps"),
        csat=scores.get("csat"),
        ces=scores.get("ces"),
        started_at=at,
        answered_at=at,
        completed_at=at,
        counted_on=at.astimezone(zone).date(),
    )


def _follow(customer: Customer, scores: Mapping[str, int], at: datetime) -> None:
    """Let the profile show these scores, each unless one was given since."""
    for name, value in scores.items():
        known = getattr(customer, f"{name}_at")
        if known is None or known <= at:
            setattr(customer, f"{name}_value", value)
            setattr(customer, f"{name}_at", at)
