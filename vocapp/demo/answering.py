"""One invented answer: the real engine says what is asked, and everything follows from it that would in earnest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from vocapp.demo import voices
from vocapp.demo.book import Book, Row
from vocapp.demo.happenings import Happening
from vocapp.demo.standing import Known, World, facts_of
from vocapp.domain import asking, personas
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Survey
from vocapp.models import new_id
from vocapp.services import theming
from vocapp.services.alert_rules import ready_made
from vocapp.services.analysing import Understood, Verbatim, understand
from vocapp.services.counting import count, count_understood, scores_of
from vocapp.services.judging import facts_of_answer, verbatims_of
from vocapp.services.responding import Profiled, source_of

_REMEMBERED = timedelta(days=29)
"""For how long done facts are kept: those of older rows are gone."""


class _Lot(NamedTuple):
    about: str | None
    """What the customer would write about."""
    key: str
    """By what the lots of this answer are drawn."""


def answered(
    known: Known,
    invitation: Row,
    happening: Happening,
    survey: Survey,
    at: datetime,
    world: World,
    book: Book,
    draw: Random,
) -> None:
    """Answer an invitation, to the end or not, and write down what follows."""
    felt = voices.mood(known.person, happening, draw)
    about = voices.theme(survey.key, felt, happening.issue, draw)
    facts = facts_of(known, invitation["context"], at)
    fresh = asking.keys_known(survey, known.profile, happening.properties, at, occurred_at=happening.at)
    pages: asking.Pages = (tuple(invitation["first_page"]),)
    answers: dict[str, Any] = {}
    leaves_after = draw.randint(1, 3) if draw.random() < 0.11 else None
    spent = timedelta(0)
    revision = 0
    while True:
        page = len(pages) - 1
        for key in pages[page]:
            value = voices.answer(survey.by_key[key], known.person, felt, about, draw)
            if value is not None:
                answers[key] = value
        spent += timedelta(seconds=draw.uniform(3, 14))
        revision += 1
        step = asking.after(survey, pages=pages, page=page, answers=answers, known=fresh, facts=facts)
        pages = step.pages
        if step.completed or revision == leaves_after:
            break
    row: Row = {
        "id": new_id(),
        "invitation_id": invitation["id"],
        "customer_id": known.id,
        "survey_key": survey.key,
        "survey_version": survey.version,
        "channel": invitation["channel"],
        "place": invitation["place"],
        "language": invitation["language"],
        "status": "completed" if step.completed else "partial",
        "revision": revision,
        "pages": [list(keys) for keys in pages],
        "position": len(pages) if step.position is None else step.position,
        "answers": answers,
        "void": sorted(step.void),
        "skipped_known": step.reading.skipped_known(pages),
        "started_at": at,
        "answered_at": at + spent,
    }
    book.responses.append(row)
    known.answered[survey.key] = at + spent
    for key, value in step.effective.items():
        attribute = survey.by_key[key].attribute
        if attribute is not None:
            known.profile[attribute] = Profiled(value, source_of(row["id"]), at + spent, None)
    if step.completed:
        _conclude(known, row, survey, step, facts, _Lot(about, happening.key), world, book)
    else:
        _leave(known, row, survey, step, _Lot(about, happening.key), world, book)


def _conclude(
    known: Known,
    row: Row,
    survey: Survey,
    step: asking.Step,
    facts: dict[str, Any],
    lot: _Lot,
    world: World,
    book: Book,
) -> None:
    at = row["answered_at"]
    scores = scores_of(survey, step.effective)
    understood = _understood(row, survey, step, world)
    sentiment = understood.sentiment if understood else None
    row |= {**scores, "completed_at": at, "sentiment": understood.document if understood else None}
    add_to_counts(row, survey, step, at, world, book)
    if understood is not None:
        book.mentions += theming.rows_of({row["id"]: understood.mentioned})
    for metric, value in scores.items():
        known.row |= {f"{metric}_value": value, f"{metric}_at": at}
    if sentiment is not None and sentiment.label is not None:
        known.row |= {
            "sentiment_label": sentiment.label,
            "sentiment_score": sentiment.score,
            "sentiment_at": at,
        }
    _find_persona(known, row, step, facts, scores, world)
    kinds = ready_made().about_answer(_judged_by(row, survey, step, facts, scores))
    if kinds:
        _raise(known, row, kinds, scores, at, lot, book)
    wordless = not any(TYPES[survey.by_key[key].type].verbatim for key in step.effective)
    note_completed(row, at, world, book, done=sentiment is not None or wordless)


def note_completed(row: Row, at: datetime, world: World, book: Book, *, done: bool) -> None:
    """Leave the fact that a response was completed, where it is still remembered, or still to be followed up."""
    if done and at <= world.now - _REMEMBERED:
        return
    done_at = at + timedelta(seconds=2) if done else None
    book.facts.append(
        {"kind": "ResponseCompleted", "subject_id": row["id"], "due_at": at, "attempts": 0, "done_at": done_at}
    )


def _judged_by(
    row: Row,
    survey: Survey,
    step: asking.Step,
    facts: dict[str, Any],
    scores: dict[str, int],
) -> dict[str, Any]:
    """Return what the rules of alerts look at; what customers gave before is left out: they have changed little."""
    return facts_of_answer(
        ready_made(),
        survey,
        answers=step.effective,
        seen=step.reading.seen,
        scores=scores,
        languages=(row["language"],),
        sentiment=row.get("sentiment") or {},
        **facts,
    )


def _understood(row: Row, survey: Survey, step: asking.Step, world: World) -> Understood | None:
    """Return what the model said of what was written; None: nothing was, or the model is still to be asked."""
    texts = tuple(verbatims_of(survey, step.effective).items())
    if not texts or not world.scores_texts or any(voices.sentiment_of(text) is None for _, text in texts):
        return None
    verbatim = Verbatim(world.workspace_id, row["id"], row["language"], texts, theming.ready_made())
    return understand(verbatim, voices.Remembered())


def _find_persona(
    known: Known,
    row: Row,
    step: asking.Step,
    facts: dict[str, Any],
    scores: dict[str, int],
    world: World,
) -> None:
    if world.personas is None:
        return
    seen = {**facts, "answers": step.reading.seen, "scores": scores, "sentiment": row["sentiment"] or {}}
    match = personas.choose(world.personas, seen, language=row["language"])
    if match.key is not None:
        confidence = round(match.confidence, 4)
        row["persona"] = {"key": match.key, "confidence": confidence, "reasons": list(match.reasons)}
        known.row |= {"persona_key": match.key, "persona_confidence": confidence, "persona_at": row["answered_at"]}


def _leave(known: Known, row: Row, survey: Survey, step: asking.Step, lot: _Lot, world: World, book: Book) -> None:
    """Weigh and close what nobody came back to; what is younger may still be gone on with."""
    scores = scores_of(survey, step.effective)
    weighed = row["answered_at"] + world.policy.alert_grace
    if weighed < world.now:
        row["weighed"] = row["revision"]
        kinds = ready_made().at_once(_judged_by(row, survey, step, {}, scores))
        if kinds:
            _raise(known, row, kinds, scores, weighed, lot, book)
    closes = row["answered_at"] + timedelta(days=world.policy.partial_closes_after_days)
    if closes < world.now:
        row |= scores
        row["revision"] += 1
        add_to_counts(row, survey, step, closes, world, book)


def _raise(
    known: Known, row: Row, kinds: Sequence[str], scores: dict[str, int], at: datetime, lot: _Lot, book: Book
) -> None:
    book.signals.append(
        {
            "response_id": row["id"],
            "customer_id": known.id,
            "kinds": list(kinds),
            "place": row["place"],
            "raised_at": at,
            # not columns: what the alerts are made of
            "scores": scores,
            "about": lot.about,
            "british": known.person.british,
            "orders": len(known.bought),
            "lot": lot.key,
        }
    )


def add_to_counts(row: Row, survey: Survey, step: asking.Step, at: datetime, world: World, book: Book) -> None:
    """Count a response on the workspace's day on which it was completed, or closed."""
    row["counted_on"] = at.astimezone(ZoneInfo(world.zone)).date()
    base = (row["survey_key"], row["survey_version"], row["counted_on"], row["place"] or "", row["channel"])
    book.counts.update((*base, *one) for one in count(survey, step.effective, completed=row["status"] == "completed"))
    book.counts.update((*base, *one) for one in count_understood(row.get("sentiment")))
