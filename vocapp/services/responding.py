"""A person answers: what they see, and what follows from each page they send.

Two statements a page: one reads (`open_sitting`), one accepts (`take_page`). Which question comes next is
`domain/asking.py`'s word; here its word is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from vocapp.domain import asking, personas
from vocapp.domain.asking import Known, Pages
from vocapp.domain.boards import ANSWERED_WITHIN
from vocapp.domain.survey import Survey
from vocapp.models import answering, autocommit, new_id, visits
from vocapp.models.answering import Consequences, Visit
from vocapp.services import alert_rules, surveying
from vocapp.services.counting import circumstances, count, scores_of
from vocapp.services.facts import event_facts
from vocapp.services.judging import facts_of_answer

Closed = Literal["used", "expired", "withdrawn"]

_OPEN = frozenset({"scheduled", "sending", "sent", "unknown", "held"})
_TRIES = 100
"""Each try lost is a page that somebody else got in."""


class Outcome(NamedTuple):
    """What an accepted page led to: a page to show, or the end."""

    sitting: Sitting
    completed: bool
    unhappy: bool = False
    """It ended with a signal: somebody will want to call."""


class Profiled(NamedTuple):
    value: Any
    source: str
    observed_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Sitting:
    """One person at one survey, as they stand."""

    visit: Visit
    survey: Survey

    @cached_property
    def source(self) -> str | None:
        """By what name this response writes into the profile."""
        return source_of(self.visit.response_id) if self.visit.response_id else None

    @cached_property
    def profile(self) -> dict[str, Profiled]:
        return {
            key: Profiled(value, source, _read_time(observed), _read_time(expires) if expires else None)
            for key, value, source, observed, expires in self.visit.attributes or ()
            if source != self.source and value is not None  # what this response wrote must not change its own path
        }

    @property
    def told(self) -> dict[str, Any]:
        """What this response wrote into the profile, as it stands there; None: it was taken back."""
        if self.source is None:
            return {}
        return {key: value for key, value, source, *_ in self.visit.attributes or () if source == self.source}

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What rules and texts may look at, but for the answers."""
        visit = self.visit
        now = visit.now
        return {
            "customer": {
                "external_id": visit.external_id,
                "email": visit.email,
                "phone": visit.phone,
                "first_name": visit.first_name,
                "last_name": visit.last_name,
                "locale": visit.locale,
                "timezone": visit.customer_timezone,
                "attributes": {
                    key: held.value
                    for key, held in self.profile.items()
                    if held.expires_at is None or held.expires_at > now
                },
            },
            "event": event_facts(visit.context),
        }

    @cached_property
    def known(self) -> Known:
        visit = self.visit
        return asking.keys_known(
            self.survey,
            self.profile,
            visit.context.get("properties") or {},
            visit.now,
            occurred_at=visit.occurred_at,
            not_from=self.source,
        )

    @cached_property
    def pages(self) -> Pages:
        return tuple(tuple(page) for page in self.visit.pages or [self.visit.first_page])

    @property
    def answers(self) -> dict[str, Any]:
        return self.visit.answers or {}

    @property
    def closed(self) -> Closed | None:
        """Why nothing can be answered any more; None: it can."""
        visit = self.visit
        if visit.response_status == "completed":
            return "used"
        if visit.counted_on is not None:
            return "expired"
        if visit.invitation_status not in _OPEN:
            return "withdrawn"
        if visit.expires_at <= visit.now:
            return "expired"
        return None

    @cached_property
    def position(self) -> int:
        """The page this person is on."""
        return self.reading.resume(self.pages, self.visit.position or 0)

    @cached_property
    def reading(self) -> asking.Reading:
        """The survey as it reads for this person now."""
        return asking.Reading(self.survey, self.answers, self.known, self.facts)


def open_sitting(*, invitation_id: UUID) -> Sitting | None:
    """Read how a person stands; None: there is no such invitation. Changes nothing."""
    visit = answering.find_visit(autocommit(), invitation_id=invitation_id)
    if visit is None:
        return None
    survey = surveying.load_version(workspace_id=visit.workspace_id, key=visit.survey_key, version=visit.survey_version)
    return Sitting(visit, survey)


def note_visit(*, invitation_id: UUID) -> None:
    """Note that a person was at the page, as long as that counts; once more, or of nobody, changes nothing."""
    visits.note_visit(autocommit(), invitation_id=invitation_id, within=ANSWERED_WITHIN)


def take_page(*, sitting: Sitting, page: int, given: Mapping[str, Any]) -> Outcome | None:
    """Accept the answers to `sitting.pages[page]` (null: left empty) and say what follows; None: closed meanwhile.

    Where another request won in between, the page is read anew and taken on top of what that one left. The same page
    once more (a double click) changes nothing.
    """
    for _ in range(_TRIES):
        if sitting.closed is not None:
            return None
        taken = _take(sitting, page, given)
        if taken is not None:
            return taken
        again = open_sitting(invitation_id=sitting.visit.invitation_id)
        if again is None:
            return None
        sitting = again
    return None


def source_of(response_id: UUID) -> str:
    """Name the source of what a response tells about a customer."""
    return f"response:{response_id}"


def _take(sitting: Sitting, page: int, given: Mapping[str, Any]) -> Outcome | None:
    visit, survey, now = sitting.visit, sitting.survey, sitting.visit.now
    answers = {**sitting.answers, **given}
    step = asking.after(
        survey, pages=sitting.pages, page=page, answers=answers, known=sitting.known, facts=sitting.facts
    )
    answers = {key: value for key, value in answers.items() if value is not None}
    skipped = step.reading.skipped_known(step.pages)
    position = step.position if step.position is not None else len(step.pages)
    if (step.pages, position, answers) == (sitting.pages, visit.position, visit.answers):
        return Outcome(sitting, completed=False)
    response_id = visit.response_id or new_id()
    learnt = [
        {"key": survey.by_key[key].attribute, "value": value}
        for key, value in given.items()
        if value is not None and key in step.effective and survey.by_key[key].attribute
    ]
    corrections = _corrections(sitting, step, but={one["key"] for one in learnt})
    parameters: dict[str, Any] = {
        "workspace_id": visit.workspace_id,
        "response_id": response_id,
        "invitation_id": visit.invitation_id,
        "customer_id": visit.customer_id,
        "survey_key": visit.survey_key,
        "survey_version": visit.survey_version,
        "channel": visit.channel,
        "place": visit.place,
        "language": visit.language,
        "status": "completed" if step.completed else "partial",
        "revision": visit.revision or 0,
        "pages": step.pages,
        "position": position,
        "answers": answers,
        "void": sorted(step.void),
        "skipped_known": skipped,
        "nps": None,
        "csat": None,
        "ces": None,
        "persona": None,
        "now": now,
        "completed_at": now if step.completed else None,
        "counted_on": None,
        "op": "upsert",
        "attributes": learnt,
        "corrections": corrections,
        "source": source_of(response_id),
    }
    if step.completed:
        parameters |= _conclusions(sitting, step)
    won = answering.accept(
        autocommit(),
        consequences=Consequences(
            opening=visit.response_id is None,
            completing=step.completed,
            unhappy=bool(parameters.get("kinds")),
            learning=bool(learnt),
            correcting=bool(corrections),
        ),
        parameters=parameters,
    )
    if not won:
        return None
    after = visit._replace(
        response_id=response_id,
        response_status=parameters["status"],
        revision=(visit.revision or 0) + 1,
        pages=[list(keys) for keys in step.pages],
        position=parameters["position"],
        answers=answers,
    )
    return Outcome(Sitting(after, survey), step.completed, unhappy=bool(parameters.get("kinds")))


def _corrections(sitting: Sitting, step: asking.Step, *, but: Collection[str]) -> list[dict[str, Any]]:
    """Return the attributes this response told otherwise than its answers do by now: off the path, cleared, back on it.

    Without a value, which is SQL's NULL on both databases: no answer tells them any longer.
    """
    corrections = []
    for attribute, told in sitting.told.items():
        answers = [value for key, value in step.effective.items() if sitting.survey.by_key[key].attribute == attribute]
        if attribute not in but and told not in (answers or [None]):
            corrections.append({"key": attribute, **({"value": answers[-1]} if answers else {})})
    return corrections


def _conclusions(sitting: Sitting, step: asking.Step) -> dict[str, Any]:
    """What follows from the last page: scores, persona, counts, signal, facts. Only rules see what was known."""
    visit, survey, answers = sitting.visit, sitting.survey, step.effective
    scores = scores_of(survey, answers)
    rules = alert_rules.load(workspace_id=visit.workspace_id, settings=visit.settings)
    kinds = rules.at_once(
        facts_of_answer(
            rules,
            survey,
            answers=answers,
            seen=step.reading.seen,
            scores=scores,
            languages=(visit.language,),
            **sitting.facts,
        )
    )
    persona = choose_persona(
        visit.workspace_id, visit.personas_version, visit.language, sitting.facts, step.reading.seen, scores
    )
    return {
        **scores,
        "persona": persona,
        "persona_key": persona["key"] if persona else None,
        "persona_confidence": persona["confidence"] if persona else None,
        "counted_on": visit.now.astimezone(_zone(visit.workspace_timezone)).date(),
        "counted_place": visit.place or "",
        "counted": [
            *count(survey, answers, completed=True),
            *circumstances(
                started_at=visit.started_at or visit.now,
                completed_at=visit.now,
                pages=len(step.pages),
                persona=persona,
                scores=scores,
            ),
        ],
        "kinds": list(kinds),
        "facts": [{"kind": "ResponseCompleted"}] + ([{"kind": "SignalRaised"}] if kinds else []),
    }


def choose_persona(
    workspace_id: int,
    version: int | None,
    language: str,
    facts: Mapping[str, Any],
    answers: Mapping[str, Any],
    scores: Mapping[str, int],
    sentiment: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Return `{key, confidence, reasons}`, or None where no persona is supported well enough.

    `answers` are those that count, and the known values of what was not asked.
    """
    if version is None:
        return None
    persona_set = surveying.load_personas(workspace_id=workspace_id, version=version)
    seen = {**facts, "answers": answers, "scores": scores, "sentiment": sentiment or {}}
    match = personas.choose(persona_set, seen, language=language)
    if match.key is None:
        return None
    return {"key": match.key, "confidence": round(match.confidence, 4), "reasons": list(match.reasons)}


def _read_time(value: str) -> datetime:
    return datetime.fromisoformat(value)


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
