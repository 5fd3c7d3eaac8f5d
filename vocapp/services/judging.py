"""What the rules are shown of an answer: its scores and words; once it is known, its sentiment, and what was before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from vocapp.domain.alert_rules import AlertRules
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Survey
from vocapp.models import Customer, Response, db
from vocapp.services.counting import scores_of
from vocapp.services.facts import contexts_of, customer_facts, event_facts, load_profiles

MOST_REMEMBERED = 2000
_METRICS = ("nps", "csat", "ces")


def verbatims_of(survey: Survey, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return what was said in own words by question, in the order of the questions."""
    return {
        question.key: answers[question.key]
        for question in survey.questions
        if TYPES[question.type].verbatim and question.key in answers
    }


def texts_of(survey: Survey, answers: Mapping[str, Any]) -> list[str]:
    """Return what was said in own words, in the order of the questions."""
    return list(verbatims_of(survey, answers).values())


def facts_of_answer(
    rules: AlertRules,
    survey: Survey,
    *,
    answers: Mapping[str, Any],
    seen: Mapping[str, Any],
    scores: Mapping[str, int],
    languages: Iterable[str | None],
    **more: Any,
) -> dict[str, Any]:
    """Return what rules may look at. `answers` are those that count, `seen` with them what was known.

    Words that cannot wait are looked for by the lists of these languages: the survey's, and the text's own.
    """
    facts = {**more, "answers": seen, "scores": scores}
    if "verbatim" in rules.roots:
        texts = texts_of(survey, answers)
        facts["verbatim"] = {"urgent_word": rules.find_urgent_word(texts, languages)} if texts else {}
    return facts


def facts_of_row(rules: AlertRules, survey: Survey, row: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the rules that are decided with the answer may look at, of a response that was read again."""
    answers = {key: value for key, value in row.answers.items() if key not in row.void}
    return facts_of_answer(
        rules,
        survey,
        answers=answers,
        seen={**{one["key"]: one["value"] for one in row.skipped_known}, **answers},
        scores=scores_of(survey, answers),
        languages=(row.language,),
        **known,
    )


def known_of(*, workspace_id: int, rules: AlertRules, rows: Sequence[Any], now: datetime) -> dict[UUID, dict[str, Any]]:
    """Return what is known of these responses' customers and events, as far as those rules look at it."""
    known: dict[UUID, dict[str, Any]] = {row.id: {} for row in rows}
    if rows and "customer" in rules.roots_at_once:
        ids = {row.customer_id for row in rows}
        profiles = load_profiles(workspace_id=workspace_id, customer_ids=ids)
        customers = select(Customer).where(Customer.workspace_id == workspace_id, Customer.id.in_(ids))
        people = {one.id: customer_facts(one, profiles[one.id], now) for one in db.session.scalars(customers)}
        for row in rows:
            known[row.id]["customer"] = people[row.customer_id]
    if rows and "event" in rules.roots_at_once:
        contexts = contexts_of(workspace_id=workspace_id, invitation_ids=[row.invitation_id for row in rows])
        for row in rows:
            known[row.id]["event"] = event_facts(contexts[row.invitation_id])
    return known


def scores_before(*, workspace_id: int, responses: Collection[Response]) -> dict[UUID, dict[str, int]]:
    """Return by response what its customer gave last time, by metric: one statement."""
    rows = db.session.execute(
        select(Response.customer_id, Response.answered_at, Response.id, Response.nps, Response.csat, Response.ces)
        .where(
            Response.workspace_id == workspace_id,
            Response.customer_id.in_({one.customer_id for one in responses}),
            Response.counted_on.is_not(None),
            or_(Response.nps.is_not(None), Response.csat.is_not(None), Response.ces.is_not(None)),
        )
        .order_by(Response.answered_at.desc(), Response.id.desc())
        .limit(MOST_REMEMBERED)
    ).all()
    found: dict[UUID, dict[str, int]] = {}
    for response in responses:
        before = found.setdefault(response.id, {})
        for row in rows:
            if row.customer_id == response.customer_id and row.answered_at < response.answered_at:
                for metric in _METRICS:
                    value = getattr(row, metric)
                    if value is not None:
                        before.setdefault(metric, value)
    return found
