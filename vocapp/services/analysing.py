"""Understand what was written: sentiment, persona, profile; and the signals that more than the answer itself tells.

read (a transaction) ──► the model works (none open) ──► conclude (a transaction)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from vocapp.adapters.sentiment import SentimentModel
from vocapp.domain.sentiment import UNSURE, Sentiment, Span, document, judged, mean, spans
from vocapp.domain.themes import Judge, ThemeSet, mentions, merged
from vocapp.models import Customer, Fact, PersonaVersion, Response, Workspace, db
from vocapp.models.feed import changed
from vocapp.models.journey import IMPORTED
from vocapp.models.outbox import hold, settle
from vocapp.services import alert_rules, calling_hours, counting, theming
from vocapp.services.consenting import keep_consents
from vocapp.services.counting import effective_answers, move_personas, scores_given, survey_of
from vocapp.services.facts import contexts_of, customer_facts, event_facts, load_profiles
from vocapp.services.judging import facts_of_answer, scores_before, verbatims_of
from vocapp.services.responding import choose_persona, source_of
from vocapp.services.signalling import Unhappy, raise_signals
from vocapp.services.theming import Mentioned

MOST_PASSAGES = 12
"""Of one text are judged by themselves."""


class Verbatim(NamedTuple):
    """What one person wrote in one response."""

    workspace_id: int
    response_id: UUID
    language: str
    texts: tuple[tuple[str, str], ...]
    """Question and answer each."""
    themes: ThemeSet
    """That are looked for."""


class Understood(NamedTuple):
    """What one person's texts say, by the model and the words."""

    sentiment: Sentiment
    mentioned: tuple[Mentioned, ...]

    @property
    def document(self) -> dict[str, Any]:
        """What is kept with the response: the sentiment, and each theme with its own over all texts."""
        found = merged(one.mention for one in self.mentioned)
        return {**document(self.sentiment), "themes": [one.document() for one in found]}


def read_verbatims(*, fact_ids: Sequence[int]) -> list[Verbatim]:
    """Return the texts to be scored of these facts' responses: answered, on the path, not scored yet."""
    rows = db.session.execute(
        select(Response, Workspace.settings)
        .join(Fact, (Fact.workspace_id == Response.workspace_id) & (Fact.subject_id == Response.id))
        .join(Workspace, Workspace.id == Response.workspace_id)
        .where(Fact.id.in_(fact_ids), Fact.done_at.is_(None), Response.sentiment.is_(None))
    )
    found = []
    for response, settings in rows:
        texts = tuple(verbatims_of(survey_of(response), effective_answers(response)).items())
        if texts:
            themes = theming.load(workspace_id=response.workspace_id, settings=settings)
            found.append(Verbatim(response.workspace_id, response.id, response.language, texts, themes))
    return found


def score(*, verbatims: Sequence[Verbatim], model: SentimentModel) -> dict[UUID, Understood]:
    """Score each response's texts, and what they mention, without touching the database."""
    return {verbatim.response_id: understand(verbatim, model) for verbatim in verbatims}


def conclude(*, fact_ids: Sequence[int], understood: Mapping[UUID, Understood], now: datetime) -> None:
    """Write down what was understood, with all that follows from it, and settle the facts."""
    facts = hold(fact_ids)
    for workspace_id in sorted({fact.workspace_id for fact in facts}):
        ids = [fact.subject_id for fact in facts if fact.workspace_id == workspace_id]
        responses = db.session.scalars(
            select(Response)
            .where(Response.workspace_id == workspace_id, Response.id.in_(ids))
            .order_by(Response.id)
            .with_for_update()
        ).all()
        unscored = [one for one in responses if one.sentiment is None and one.id in understood]
        fresh = {one.id: understood[one.id] for one in unscored}
        _conclude(workspace_id, responses, fresh, now)
        theming.keep_mentions(
            workspace_id=workspace_id, mentioned={key: found.mentioned for key, found in fresh.items()}
        )
        heard = keep_consents(workspace_id=workspace_id, responses=responses, now=now)
        # last, as everywhere: who holds a line of the feed waits for no customer and no invitation
        changed("customers", heard | {one.customer_id for one in unscored}, workspace_id=workspace_id)
        changed("responses", [one.id for one in unscored], workspace_id=workspace_id)
        counting.add_understood(responses=unscored)
    settle([fact.id for fact in facts], now=now)


def understand(verbatim: Verbatim, model: SentimentModel) -> Understood:
    """Ask the model about all that somebody wrote, and once about each passage that matters by itself."""
    judge = cache(lambda text: model.score(text, hint=verbatim.language))
    scored = [(len(text), judge(text)) for _, text in verbatim.texts]
    hurts, mentioned = [], []
    for (question, text), (_, told) in zip(verbatim.texts, scored, strict=True):
        hurts.append(_hurts(text, told, judge))
        found = mentions(text, told, themes=verbatim.themes, judge=judge)
        mentioned += [Mentioned(question, one) for one in found]
    return Understood(replace(_together(scored), hurts=tuple(hurts)), tuple(mentioned))


def _hurts(text: str, told: Sentiment, judge: Judge) -> tuple[Span, ...]:
    """Return which passages of a text are negative: who calls back sees what hurt. Praise is not searched for it."""
    found = spans(text)[:MOST_PASSAGES]
    if told.label is None or told.label == "positive":
        return ()
    if len(found) <= 1:
        return tuple(found) if told.label == "negative" else ()
    judgements = ((span, judge(text[slice(*span)])) for span in found)
    return tuple(span for span, one in judgements if one.label == "negative" and one.probabilities["negative"] > UNSURE)


def _conclude(
    workspace_id: int, responses: Sequence[Response], understood: Mapping[UUID, Understood], now: datetime
) -> None:
    """Judge responses by all that is known by now; those whose texts were scored just now are followed up."""
    if not responses:
        return
    workspace = db.session.get_one(Workspace, workspace_id)
    rules = alert_rules.load(workspace_id=workspace_id, settings=workspace.settings)
    scale = calling_hours.team_of(workspace).value_scale
    customers = {
        customer.id: customer
        for customer in db.session.scalars(
            select(Customer)
            .where(Customer.workspace_id == workspace_id, Customer.id.in_({one.customer_id for one in responses}))
            .order_by(Customer.id)
            .with_for_update(key_share=True)  # consents and events only refer to their customer
        )
    }
    personas_version = _personas_version(workspace_id) if understood else None
    profiles = load_profiles(workspace_id=workspace_id, customer_ids=customers)
    contexts = contexts_of(workspace_id=workspace_id, invitation_ids=[one.invitation_id for one in responses])
    before = scores_before(workspace_id=workspace_id, responses=responses) if "before" in rules.roots else {}
    unhappy = {}
    personas = [(response, response.persona["key"] if response.persona else None) for response in responses]
    for response in responses:
        customer = customers[response.customer_id]
        own = source_of(response.id)  # what it wrote itself is no second witness
        profile = {key: held for key, held in profiles[customer.id].items() if held.source != own}
        person = customer_facts(customer, profile, now)
        person["value"] = scale.value(person["attributes"].get(scale.attribute))
        facts = {"customer": person, "event": event_facts(contexts[response.invitation_id])}
        if response.id in understood:
            response.sentiment = understood[response.id].document
            _follow(customer, response, understood[response.id].sentiment, personas_version, facts)
        if response.channel == IMPORTED:  # of another time: nobody is to call any more
            continue
        if response.status != "completed":  # weighed when its grace time is over
            continue
        answers, told = effective_answers(response), response.sentiment or {}
        judged_by = facts_of_answer(
            rules,
            survey_of(response),
            answers=answers,
            seen=_known(response) | answers,
            scores=scores_given(response),
            languages=(response.language, told.get("language")),
            sentiment=told,
            before=before.get(response.id, {}),
            **facts,
        )
        kinds = rules.about_answer(judged_by)
        if kinds:
            unhappy[response.id] = Unhappy(response.customer_id, kinds, response.place)
    db.session.flush()
    raise_signals(workspace_id=workspace_id, unhappy=unhappy, now=now)
    move_personas(moved=personas)


def _follow(
    customer: Customer, response: Response, sentiment: Sentiment, personas_version: int | None, facts: Mapping[str, Any]
) -> None:
    """Let the profile follow the response, unless a later one has spoken."""
    if sentiment.label is not None and (customer.sentiment_at is None or customer.sentiment_at <= response.answered_at):
        customer.sentiment_label, customer.sentiment_score = sentiment.label, sentiment.score
        customer.sentiment_at = response.answered_at
    persona = choose_persona(
        response.workspace_id,
        personas_version,
        response.language,
        facts,
        _known(response) | effective_answers(response),
        scores_given(response),
        document(sentiment),
    )
    if persona is None and response.persona is not None and customer.persona_at == response.answered_at:
        _fall_back(customer, response)
    elif persona is not None and (customer.persona_at is None or customer.persona_at <= response.answered_at):
        customer.persona_key, customer.persona_confidence = persona["key"], persona["confidence"]
        customer.persona_at = response.answered_at
    response.persona = persona


def _fall_back(customer: Customer, response: Response) -> None:
    """Let the profile show the persona that the responses before this one supported, or none."""
    before = db.session.execute(
        select(Response.persona, Response.answered_at)
        .where(
            Response.workspace_id == customer.workspace_id,
            Response.customer_id == customer.id,
            Response.id != response.id,
            Response.answered_at <= response.answered_at,
            Response.persona.is_not(None),
        )
        .order_by(Response.answered_at.desc())
        .limit(1)
    ).first()
    persona: Mapping[str, Any] = before.persona if before is not None else {}
    customer.persona_key, customer.persona_confidence = persona.get("key"), persona.get("confidence")
    customer.persona_at = before.answered_at if before is not None else None


def _known(response: Response) -> dict[str, Any]:
    return {skipped["key"]: skipped["value"] for skipped in response.skipped_known}


def _together(scored: Sequence[tuple[int, Sentiment]]) -> Sentiment:
    """One sentiment for all that a person wrote: the mean of the texts' probabilities, weighted by their lengths."""
    told = [(length, each) for length, each in scored if each.label is not None]
    if len(told) <= 1:
        return told[0][1] if told else scored[0][1]
    shares = mean((float(length), list(each.probabilities.values())) for length, each in told)
    longest = max(told, key=lambda pair: pair[0])[1]
    return judged(shares, language=longest.language, model=longest.model)


def _personas_version(workspace_id: int) -> int | None:
    return db.session.scalar(
        select(PersonaVersion.version)
        .where(PersonaVersion.workspace_id == workspace_id)
        .order_by(PersonaVersion.version.desc())
        .limit(1)
    )
