"""Every survey that ships, answered in every way: six questions at most, under a minute, and mails that read well.

How long a person takes, from words and items:

* reading: 238 words a minute of silent English (Brysbaert 2019, 190 studies, "How many words do we read per minute?");
  French takes 195 where English takes 228 (Trauzettel-Klosinski and Dietz 2012, the same texts in 17 languages);
* a verbatim: ten words at 36 a minute on a phone (Palin et al. 2019, 37,000 people, "How do people type on mobile
  devices?");
* a choice: 3 seconds to decide and tap, 5 where there may be several, and half a second for the next page.

A stand-alone question of a web panel takes about ten seconds (Pew Research Center 2022, "How we keep our online surveys
from running too long"): six of them are a minute, which is why the time is checked and not only the count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from vocapp.domain import asking, definitions, personalisation, triggers
from vocapp.domain.languages import plain, says_vous
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import MOST_QUESTIONS, Question, Survey, in_language
from vocapp.domain.voice import Voice
from vocapp.services import composing
from vocapp.services.houses import House

CATALOGUE = Path(__file__).parent.parent / "surveys"
DOCUMENTS = [yaml.safe_load(path.read_text()) for path in sorted(CATALOGUE.glob("*.yaml"))]
SURVEYS = {one["key"]: definitions.read(one) for one in DOCUMENTS if "questions" in one}
READY_MADE = {
    "after delivery": "post_delivery",
    "after a support contact": "post_support",
    "after a store visit": "store_visit",
    "product in use": "product_in_use",
    "repurchase": "repurchase",
    "product renewal": "product_renewal",
    "contract or subscription renewal": "subscription_renewal",
    "purchase habits": "purchase_habits",
    "repurchase intention and occasion": "repurchase_intention",
    "yearly relationship NPS": "relationship",
    "an apology": "apology",
    "after a callback": "recovery",
}
LIVE = {"post_delivery", "post_support", "recovery"}
WORDS_A_MINUTE = {"en": 238, "fr": 238 * 195 / 228}
VERBATIM_SECONDS = 10 / 36 * 60
CHOICE_SECONDS, SEVERAL_SECONDS, PAGE_SECONDS = 3.0, 5.0, 0.5

each_survey = pytest.mark.parametrize("survey", SURVEYS.values(), ids=SURVEYS)
each_language = pytest.mark.parametrize("language", ["fr", "fr-x-informal", "en"])


def answers_to(question: Question) -> list[Any]:
    """Return every answer that may lead somewhere else; None: left empty."""
    kind = TYPES[question.type]
    skipped = [] if question.required else [None]
    if kind.scale is not None:
        return [*kind.scale, *skipped]
    keys = [choice.key for choice in question.choices]
    if question.type == "multiple_choice":
        return [keys, keys[:1], *skipped]
    return [*keys, *skipped] if keys else [True, False, *skipped] if question.type == "yes_no" else ["Un mot", *skipped]


def paths(survey: Survey) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Give every way through a survey as (questions asked, answers that count), nothing known before."""
    page = asking.first_page(survey, {}, {})
    waiting: list[tuple[tuple[tuple[str, ...], ...], dict[str, Any]]] = [((page,), {})]
    while waiting:
        pages, given = waiting.pop()
        (key,) = pages[-1]
        for answer in answers_to(survey.by_key[key]):
            answers = {**given, key: answer}
            step = asking.after(survey, pages=pages, page=len(pages) - 1, answers=answers, known={}, facts={})
            if step.completed:
                yield [one for keys in step.pages for one in keys], dict(step.effective)
            else:
                waiting.append((step.pages, answers))


def seconds(survey: Survey, asked: list[str], answers: dict[str, Any], language: str) -> float:
    """Estimate how long a person takes for one way through a survey."""
    facts: dict[str, Any] = {"answers": answers, "customer": {"first_name": "Camille"}, "event": {"properties": {}}}

    def words(text: Any) -> int:
        return len(personalisation.render(in_language(text, language, "fr")[0], facts, html=False).split())

    taken = 0.0
    for key in asked:
        question = survey.by_key[key]
        kind = TYPES[question.type]
        ends = question.labels or kind.end_labels
        read = words(question.text) + (words(question.help) if question.help else 0)
        read += sum(words(choice.text) for choice in question.choices)
        read += sum(words(end) for end in ends) if kind.scale is not None and ends else 0
        taken += PAGE_SECONDS + read * 60 / WORDS_A_MINUTE[language]
        if kind.verbatim:
            taken += VERBATIM_SECONDS
        else:
            taken += SEVERAL_SECONDS if question.type == "multiple_choice" else CHOICE_SECONDS
    return taken


def test_there_is_a_survey_for_every_step_that_was_promised() -> None:
    assert set(READY_MADE.values()) == set(SURVEYS)


@each_survey
def test_every_way_through_it_asks_six_questions_at_most_in_under_a_minute(survey: Survey) -> None:
    slowest = 0.0
    for asked, answers in paths(survey):
        assert len(asked) == len(set(asked)) <= MOST_QUESTIONS
        slowest = max(slowest, *(seconds(survey, asked, answers, language) for language in survey.languages))
    assert 0 < slowest < 60, f"the slowest way takes {slowest:.0f} seconds"


@each_survey
def test_what_went_wrong_is_asked_only_of_those_for_whom_it_did(survey: Survey) -> None:
    wrong = [one.key for one in survey.questions if one.key in {"trouble", "missing", "hesitation", "held_back"}]
    for asked, answers in paths(survey):
        happy = answers.get("nps", 9) >= 9 and answers.get("csat", 5) >= 4 and answers.get("ces", 7) >= 5
        content = answers.get("renewal_intent") not in {"undecided", "leaving"}
        returning = answers.get("buys_again") not in {"not_sure", "never"}
        if happy and content and returning and answers.get("solved", True):
            assert not set(wrong) & set(asked), (asked, answers)


@each_survey
def test_what_is_known_of_a_customer_is_never_asked_twice(survey: Survey) -> None:
    kept = [one for one in survey.questions if one.attribute is not None]
    assert all(one.fresh_for is not None and "profile" in one.uses for one in kept)
    known = {one.key: asking.KnownValue("something", "import", None) for one in kept}
    answers: dict[str, Any] = {}
    page = asking.first_page(survey, {}, known)
    while page:
        assert not set(page) & set(known)
        answers |= {key: answers_to(survey.by_key[key])[0] for key in page}
        asked = tuple((key,) for key in answers)
        step = asking.after(survey, pages=asked, page=len(asked) - 1, answers=answers, known=known, facts={})
        page = step.pages[-1] if not step.completed else ()


def test_the_same_attribute_has_the_same_choices_wherever_it_is_asked() -> None:
    texts: dict[tuple[str, str], Any] = {}
    for survey in SURVEYS.values():
        for question in survey.questions:
            for choice in question.choices if question.attribute else ():
                assert texts.setdefault((question.attribute or "", choice.key), choice.text) == choice.text


def test_only_three_surveys_are_sent_before_somebody_says_so() -> None:
    assert {key for key, survey in SURVEYS.items() if survey.trigger and survey.trigger.active} == LIVE
    for survey in SURVEYS.values():
        assert survey.trigger is not None
        event = {"name": survey.trigger.event, "properties": {"order_count": 3}}
        found = triggers.matching([survey], {"event": event, "customer": {}}, ours=True)
        assert [one.key for one in found] == [key for key in [survey.key] if key in LIVE]


def invitation(survey: Survey, language: str, customer: dict[str, Any], properties: dict[str, Any]) -> Any:
    name = survey.trigger.event if survey.trigger else None
    facts = {"customer": customer, "event": {"name": name, "properties": properties}, "answers": {}}
    return composing.compose_invitation(
        survey=survey,
        first_page=asking.first_page(survey, facts, {}),
        facts=facts,
        language=plain(language),
        to_address="camille@example.test",
        to_name=None,
        invitation_id=UUID(int=7),
        links=composing.InvitationLinks(
            survey_url="https://voix.example.test/s/jeton",
            unsubscribe_url="https://voix.example.test/unsubscribe/jeton",
        ),
        sender="Maison Lumen <bonjour@lumen.test>",
        house=House(
            name="Maison Lumen", voice=Voice(formality="informal" if language != plain(language) else "formal")
        ),
    )


TOLD = {
    "order_number": "LM-48207",
    "store_name": "Nantes",
    "product_name": "la lampe Ondine",
    "subject": "Un échange",
    "agent_name": "Nora",
    "plan_name": "Confort",
    "renews_on": datetime(2026, 12, 1, tzinfo=UTC).date().isoformat(),
}


@each_survey
@each_language
@pytest.mark.parametrize(
    ("customer", "properties"),
    [
        ({"first_name": "Anne-Charlotte"}, TOLD),
        ({}, {}),
        ({"first_name": ""}, dict.fromkeys(TOLD, "")),
        ({"first_name": None}, dict.fromkeys(TOLD)),
    ],
    ids=["all is known", "nothing is known", "all is empty", "all is null"],
)
def test_its_mail_reads_well_whatever_is_known(
    survey: Survey, language: str, customer: dict[str, Any], properties: dict[str, Any]
) -> None:
    mail = invitation(survey, language, customer, properties)
    assert len(mail.subject) <= 50 + len(customer.get("first_name") or "")
    assert "!" not in mail.subject
    body = mail.text.partition("\n\n")[2]
    for said in (mail.subject, body):
        assert not re.search(r"None|\{\{|\{%|  |« »|“”|\(\)| [,.]|\bn° ?[.,]| à [.,]", said), said
    assert ("under a minute" if language == "en" else "moins d’une minute") in mail.text
    assert language == "fr" or not says_vous(body)
    if customer.get("first_name"):
        assert "Anne-Charlotte" in body
        assert mail.subject.startswith("Anne-Charlotte, ")
    else:
        assert re.search(r"^(Bonjour|Hello),$", body, re.MULTILINE)


@each_survey
@each_language
@pytest.mark.parametrize(
    "told", [TOLD, {}, dict.fromkeys(TOLD, ""), dict.fromkeys(TOLD)], ids=["all", "none", "", "null"]
)
def test_its_questions_read_well_whatever_is_known(survey: Survey, language: str, told: dict[str, Any]) -> None:
    for question in survey.questions:
        for text in (question.text, question.help, *(choice.text for choice in question.choices)):
            facts = {"answers": {}, "customer": {}, "event": {"properties": told}}
            said = personalisation.render(in_language(text, language, "")[0], facts, html=False) if text else "…"
            assert said.strip(), question.key
            assert language == "fr" or not says_vous(said)
            assert not re.search(r"None|\{\{|\{%|  |«[ \u00a0]+»|“”|\(\)| [,.]", said), said


@each_survey
@each_language
def test_its_thanks_read_well_after_every_answer_with_and_without_a_name(survey: Survey, language: str) -> None:
    assert survey.thanks is not None
    for _, answers in list(paths(survey))[::7]:
        for customer in ({"first_name": "Camille"}, {}):
            facts = {"answers": answers, "customer": customer, "event": {"properties": {}}}
            said = personalisation.render(in_language(survey.thanks, language, "")[0], facts, html=False).strip()
            assert re.match(r"(Merci|Thank you)\b", said)
            assert not re.search(r"  | [,.]|None", said), said
