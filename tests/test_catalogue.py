"""The catalogue in `surveys/`: what ships is in order, short, and speaks both languages as people do."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from vocapp.domain import asking, definitions, personalisation, personas, segments
from vocapp.domain.languages import says_vous
from vocapp.domain.questions import TYPES
from vocapp.domain.rules import holds
from vocapp.domain.value import ValueSettings, stage_of, standing_of

CATALOGUE = Path(__file__).parent.parent / "surveys"
FILES = sorted(CATALOGUE.glob("*.yaml"))


def surveys():
    documents = [yaml.safe_load(path.read_text()) for path in FILES]
    return [document for document in documents if "questions" in document]


def test_the_surveys_have_nothing_to_mend_and_nothing_to_advise():
    assert {"post_delivery", "post_support"} <= {one["key"] for one in surveys()}
    for document in surveys():
        assert definitions.check(document) == []
        assert definitions.warnings(document) == []


def test_the_surveys_say_tu_to_whom_a_brand_does():
    for document in surveys():
        said = list(texts(document))
        assert all(says_vous(one["fr"]) == ("fr-x-informal" in one) for one in said), document["key"]
        assert not any(says_vous(one.get("fr-x-informal", "")) for one in said)
        assert any("fr-x-informal" in one for one in said)
        assert definitions.read(document).languages == ("fr", "en")


def texts(document):
    if isinstance(document, dict) and "fr" in document:
        yield document
    elif isinstance(document, dict | list):
        for one in document.values() if isinstance(document, dict) else document:
            yield from texts(one)


def test_the_personas_can_be_read_and_told_apart():
    found = personas.read(yaml.safe_load((CATALOGUE / "personas.yaml").read_text()))
    gift = {"answers": {"buys_for": "gift", "gift_occasion": "birthday"}, "scores": {"nps": 9}}
    assert personas.choose(found, gift).key == "gift_giver"
    thrifty = {"event": {"properties": {"coupon": "ETE"}}, "customer": {"attributes": {"discount_share": 0.7}}}
    assert personas.choose(found, thrifty).key == "bargain_hunter"
    regular = {"customer": {"attributes": {"lifecycle_stage": "regular"}}, "answers": {"buys_for": "self"}}
    assert personas.choose(found, regular).key == "loyal_regular"
    assert personas.choose(found, {}).key is None


def test_the_segments_that_ship_tell_apart_whom_they_are_named_for():
    ready_made = segments.read_set(yaml.safe_load((CATALOGUE / "segments.yaml").read_text())).segments
    found = {one.key: one for one in ready_made}
    regular = {"stage": "regular", "orders": 9, "months": 5, "basket_minor": 20_000, "last": {"days": 12}}
    ambassador = {**regular, "stage": "ambassador"}
    # bought three months in a row, and then missed one: as the product reckons stages
    missed = standing_of(
        (datetime(2026, month, day, tzinfo=UTC), date(2026, month, day), 3000, 0)
        for month, day in ((7, 5), (8, 5), (9, 25))
    )
    stage = stage_of(missed, nps=3, today=date(2026, 11, 23), settings=ValueSettings())
    people = {
        "unhappy": {"scores": {"nps": {"value": 3, "days": 4}}, "value": regular},
        "missed a month": {
            "scores": {"nps": {"value": 3, "days": 4}},
            "value": {
                "stage": stage,
                "orders": 3,
                "months": missed.run_months,
                "basket_minor": 3000,
                "last": {"days": 59},
            },
        },
        "glad": {"scores": {"nps": {"value": 10, "days": 365}}, "value": ambassador},
        "glad long ago": {"scores": {"nps": {"value": 10, "days": 366}}, "value": ambassador},
        "glad, then not": {
            "scores": {"nps": {"value": 10, "days": 4}},
            "value": ambassador,
            "sentiment": {"label": "negative"},
        },
        "glad once": {"scores": {"nps": {"value": 10, "days": 4}}, "value": {"stage": "customer", "orders": 1}},
        "lukewarm": {"scores": {"nps": {"value": 8, "days": 4}}, "value": regular},
        "silent": {},
        "gives": {"customer": {"attributes": {"buys_again": "within_season", "next_occasion": "end_of_year"}}},
    }
    members = {key: [who for who, facts in people.items() if holds(one.when, facts)] for key, one in found.items()}
    assert members == {
        "regular_detractors": ["unhappy"],
        "best_promoters": ["glad"],
        "big_basket_detractors": ["unhappy"],
        "frequent_passives": ["lukewarm"],
        "christmas_again": ["gives"],
    }
    assert all({"fr", "en"} == one.name.keys() == (one.description or {}).keys() for one in found.values())


@pytest.mark.parametrize(
    ("key", "facts"),
    [
        ("advice_seeker", {"answers": {"csat": 5, "store_reason": "advice"}}),
        ("time_saver", {"answers": {"matters_most": "speed", "shops_where": "online"}}),
        ("quality_seeker", {"answers": {"matters_most": "origin", "buys_when": "need"}}),
    ],
)
def test_the_other_personas_of_a_retailer_show_in_a_survey_s_answers(key, facts):
    found = personas.read(yaml.safe_load((CATALOGUE / "personas.yaml").read_text()))
    assert personas.choose(found, facts).key == key
    assert len(found.personas) == 6


@pytest.mark.parametrize(
    ("key", "answers", "scores"),
    [
        ("pillar", {"renewal_intent": "certain", "use_frequency": "daily"}, {"csat": 5}),
        ("budget_watcher", {"renewal_intent": "undecided", "hesitation": ["price"], "would_suit": "smaller"}, {}),
        ("light_user", {"renewal_intent": "undecided", "hesitation": ["unused"], "would_suit": "guidance"}, {}),
        ("on_the_fence", {"renewal_intent": "leaving", "hesitation": ["service"]}, {"csat": 1}),
    ],
)
def test_the_personas_of_a_subscription_business_show_in_the_answers_about_the_renewal(key, answers, scores):
    found = personas.read(yaml.safe_load((CATALOGUE / "personas" / "subscription.yaml").read_text()))
    match = personas.choose(found, {"answers": answers, "scores": scores}, language="fr")
    assert match.key == key
    assert match.reasons
    assert len(found.personas) == 4


def test_every_persona_says_why_in_both_languages():
    for path in (CATALOGUE / "personas.yaml", CATALOGUE / "personas" / "subscription.yaml"):
        for persona in personas.read(yaml.safe_load(path.read_text())).personas:
            assert all(criterion.because and set(criterion.because) == {"fr", "en"} for criterion in persona.criteria)
            assert persona.needs
            assert persona.pains


def test_every_survey_of_the_catalogue_speaks_french_and_english_and_asks_for_a_purpose():
    for document in surveys():
        survey = definitions.read(document)
        assert survey.languages == ("fr", "en")
        assert survey.trigger is not None
        assert survey.invitation is not None
        assert all("uses" in question for question in document["questions"]), survey.key
        for language in survey.languages:
            assert len(personalisation.render(survey.invitation.subject[language], {}, html=False)) < 50


def test_french_texts_of_the_catalogue_keep_their_punctuation():
    def texts(value):
        if isinstance(value, dict):
            for key, inside in value.items():
                yield from [inside] if key == "fr" and isinstance(inside, str) else texts(inside)
        elif isinstance(value, list):
            for inside in value:
                yield from texts(inside)

    for path in [*FILES, *sorted((CATALOGUE / "personas").glob("*.yaml"))]:
        for text in texts(yaml.safe_load(path.read_text())):
            shown = personalisation.render(text, {}, html=False)
            assert not any(f" {mark}" in shown for mark in ":;!?»"), shown
            assert "'" not in shown, shown
            assert "« " not in shown, shown


def test_the_schema_knows_what_the_reader_knows():
    schema = json.loads((CATALOGUE / "schema.json").read_text())
    question = schema["$defs"]["question"]["properties"]
    assert set(question["type"]["enum"]) == set(TYPES)
    from vocapp.domain.definitions import questions, reading
    from vocapp.domain.rules import checking

    assert set(question) == set(questions._KEYS)
    assert set(question["uses"]["items"]["enum"]) == set(questions.USES)
    assert set(schema["properties"]) == set(reading._KEYS)
    assert set(schema["$defs"]["operation"]["properties"]) == set(checking._OPERATORS)


@pytest.mark.parametrize(
    ("key", "said", "asked"),
    [
        ("post_delivery", {"nps": 3, "why": "En retard", "trouble": ["late"]}, ["nps", "why", "trouble"]),
        ("post_delivery", {"nps": 9, "buys_for": "self"}, ["nps", "why", "buys_for", "buys_again"]),
        ("post_delivery", {"nps": 8, "buys_for": "gift"}, ["nps", "why", "buys_for", "gift_occasion", "buys_again"]),
        ("post_support", {"csat": 1, "solved": False}, ["csat", "solved", "ces", "missing", "why"]),
        ("post_support", {"csat": 5, "solved": True}, ["csat", "solved", "ces", "prefers_channel", "why"]),
    ],
)
def test_nobody_is_asked_more_than_five_of_them(key, said, asked):
    survey = next(definitions.read(one) for one in surveys() if one["key"] == key)
    pages = (asking.first_page(survey, {}, {}),)
    answers = {}
    position = 0
    while position is not None:
        for one in pages[position]:
            if one in said:
                answers[one] = said[one]
        step = asking.after(survey, pages=pages, page=position, answers=answers, known={}, facts={})
        pages, position = step.pages, step.position
    assert [one for page in pages for one in page] == asked
