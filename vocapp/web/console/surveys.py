"""The surveys: which there are, when they go out, what they ask whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.domain import personalisation
from vocapp.domain.survey import Question, Survey, in_language
from vocapp.models import database_now, read_singly, transaction
from vocapp.services import holding, staff
from vocapp.services.browsing import overview, samples, surveys
from vocapp.services.browsing.surveys import Seen
from vocapp.services.holding import HeldAgain
from vocapp.web.console import filters, frame, guard, ready_made, switching
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.formats import Formats
from vocapp.web.console.rules_in_words import Speaker

DAYS = 30


class Asked(NamedTuple):
    """A question as it is put to somebody, and when it is."""

    question: Question
    text: str
    help: str
    choices: tuple[str, ...]
    condition: str


class Row(NamedTuple):
    seen: Seen
    title: str
    trigger: str | None
    mails: int
    responses: int


@blueprint.get("/console/surveys", endpoint="surveys")
def survey_list() -> Response:
    read_singly()
    scope = guard.scope()
    state = filters.one_of("state", surveys.STATES, "")
    choices = filters.place_choices(scope)
    place = filters.chosen_place(choices)
    found = surveys.list_surveys(workspace_id=scope.workspace_id)
    responses, mails = _figures(place)
    rows = [
        Row(one, title_of(one), _trigger(one.survey), mails.get(one.key, 0), responses.get(one.key, 0))
        for one in found
        if not state or one.state == state
    ]
    chosen = {"state": state, "place": place or ""}
    return frame.page(
        "surveys.html",
        section="surveys",
        rows=sorted(rows, key=lambda row: (surveys.STATES.index(row.seen.state), row.title.casefold())),
        chosen=chosen,
        kept=filters.kept(chosen),
        places=choices,
        states=surveys.STATES,
        ready_made=[] if filters.kept(chosen) else ready_made.list_shown(segments=False),
        days=DAYS,
    )


@blueprint.get("/console/surveys/<key>")
def survey(key: str) -> Response:
    scope = guard.scope()
    found = surveys.find_survey(workspace_id=scope.workspace_id, key=key)
    if found is None:
        abort(404)
    responses, mails = _figures()
    return frame.page(
        "survey.html",
        section="surveys",
        seen=found,
        survey=found.survey,
        title=title_of(found),
        trigger=_trigger(found.survey),
        switch=switching.switch_of(found),
        asked=_asked(found.survey) if found.survey else [],
        may_resume=ready_made.may_take(guard.membership()),
        versions=surveys.list_versions(workspace_id=scope.workspace_id, key=key),
        mails=mails.get(key, 0),
        responses=responses.get(key, 0),
        days=DAYS,
    )


@blueprint.post("/console/surveys/<key>/resume")
def resume_survey(key: str) -> ResponseReturnValue:
    """End the hold that the page showed: for who may publish the survey. Twice does no harm."""
    member = guard.membership()
    if surveys.find_survey(workspace_id=member.workspace_id, key=key) is None:
        abort(404)
    if not ready_made.may_take(member):
        abort(403)
    seen = _id_of(request.form.get("hold", ""))
    try:
        with transaction():
            resumed = holding.resume(
                workspace_id=member.workspace_id, survey_key=key, by=guard.me().email, now=database_now(), seen=seen
            )
    except HeldAgain:
        flash("survey_held_again")
    else:
        flash("survey_resumed" if resumed else "survey_not_held")
    return redirect(url_for("console.survey", key=key), 303)


def _id_of(text: str) -> UUID:
    """Read an id in a form; what is none is that of nothing."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def formats() -> Formats:
    """Return the reader's ways of writing figures and times."""
    return Formats(frame.words(), guard.membership().timezone, database_now())


def _figures(place: str | None = None) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many responses and mails each survey had of late, at a place and below it where one is named."""
    scope, now = staff.narrowed(guard.scope(), place=place), database_now()
    today = now.astimezone(ZoneInfo(guard.membership().timezone)).date()
    since = timedelta(days=DAYS - 1)
    return (
        overview.responses_by_survey(scope=scope, since=today - since),
        overview.mails_by_survey(scope=scope, since=now - since),
    )


def title_of(seen: Seen) -> str:
    """Return a survey's title for staff."""
    if seen.survey is None:
        return seen.key
    return _said(seen.survey, seen.survey.title, {}) or seen.key


def _trigger(survey: Survey | None) -> str | None:
    """Return in words when a survey goes out; None: no event asks for it."""
    trigger = survey.trigger if survey else None
    if survey is None or trigger is None:
        return None
    words, say = frame.words(), formats()
    told = words["trigger"]
    event = words.of("events", trigger.event)
    parts = [
        told["after"].format(delay=say.length(trigger.delay), event=event)
        if trigger.delay
        else told["at_once"].format(event=event)
    ]
    if trigger.when is not None:
        parts.append(told["when"].format(rule=_speaker(survey, say).say(trigger.when)))
    if trigger.sample < 1:
        parts.append(told["sample"].format(share=say.percent(trigger.sample)))
    return ", ".join(parts)


def _asked(survey: Survey) -> list[Asked]:
    speaker = _speaker(survey, formats())
    facts = _facts(survey)
    return [
        Asked(
            question,
            _said(survey, question.text, facts),
            _said(survey, question.help, facts) if question.help else "",
            tuple(_said(survey, choice.text, facts) for choice in question.choices),
            speaker.say(question.ask_if) if question.ask_if is not None else "",
        )
        for question in survey.questions
    ]


def _speaker(survey: Survey, say: Formats) -> Speaker:
    facts = _facts(survey)
    texts = {question.key: _said(survey, question.text, facts) for question in survey.questions}
    return Speaker(survey, frame.words(), say, texts)


def _facts(survey: Survey) -> dict[str, Any]:
    """What a text may name: of somebody lukewarm, for whom most texts say what they say to most."""
    language = frame.language()
    return {
        "customer": {"first_name": samples.FIRST_NAME, "attributes": samples.attributes(survey, language)},
        "event": {"properties": samples.properties(survey, language)},
        "answers": samples.answers(survey, "middle", language),
    }


def _said(survey: Survey, text: Any, facts: dict[str, Any]) -> str:
    source = in_language(text, frame.language(), survey.default_language)[0]
    return personalisation.well_set(source, facts or {"customer": {}, "event": {}})
