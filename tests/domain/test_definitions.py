"""Definitions: everything that is wrong, each thing with its place, and never an exception of another kind."""

from __future__ import annotations

import copy
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain import definitions
from vocapp.domain.definitions import DefinitionRefused, durations
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Choice, in_language

GOOD = {
    "key": "post_delivery",
    "title": {"fr": "Votre livraison", "en": "Your delivery"},
    "default_language": "fr",
    "layout": "page",
    "order": "worth",
    "priority": 70,
    "trigger": {
        "event": "order.delivered",
        "when": {"==": [{"var": "event.properties.channel"}, "web"]},
        "delay": "PT15M",
        "hot_for": "P2D",
        "sample": 0.5,
    },
    "invitation": {
        "subject": {"fr": "{{ customer.first_name | default: 'Bonjour' }}, est-elle arrivée ?", "en": "Did it arrive?"},
        "body": {"fr": "Deux mots\nsur votre livraison", "en": "Two words"},
    },
    "questions": [
        {"key": "nps", "type": "nps", "text": {"fr": "Nous recommanderiez-vous ?", "en": "Would you recommend us?"},
         "must_ask": True, "required": True, "uses": ["alert", "report"],
         "labels": {"low": {"fr": "Non", "en": "No"}, "high": {"fr": "Oui", "en": "Yes"}}},
        {"key": "buys_for", "type": "single_choice", "text": {"fr": "Pour qui ?", "en": "Who for?"},
         "help": {"fr": "En général", "en": "Usually"}, "shuffle": True,
         "choices": [{"key": "self", "text": {"fr": "Pour moi", "en": "For me"}}, {"key": "gift", "text": "Noël"}],
         "attribute": "buys_for", "fresh_for": "P180D", "ask_if": {">": [{"var": "answers.nps"}, 6]}},
        {"key": "why", "type": "long_text", "text": "Pourquoi ?"},
    ],
    "thanks": {"fr": "Merci !", "en": "Thank you!"},
}  # fmt: skip


def good(**more):
    return {**copy.deepcopy(GOOD), **more}


def with_question(**more):
    document = good()
    document["questions"][2].update(more)
    return document


def places(document):
    return {(fault.pointer, fault.detail) for fault in definitions.check(document)}


def assert_fault(document, pointer, words):
    faults = definitions.check(document)
    assert any(fault.pointer == pointer and words in fault.detail for fault in faults), faults


def test_a_text_may_have_familiar_words_beside_and_they_are_no_language():
    thanks = {"fr": "Merci à vous", "fr-x-informal": "Merci à toi", "en": "Thank you"}
    document = good(thanks={**thanks, "de-x-informal": "Danke dir"})
    assert_fault(document, "/thanks", 'has no "de" beside it')
    document["thanks"] |= {"de": "Danke"}  # in no language of the survey: left out, and so are its familiar words
    document["questions"][0]["text"] |= {"fr-x-informal": "Nous recommanderais-tu {{ customer.email }}\u202f?"}
    assert_fault(document, "/questions/0/text/fr-x-informal", "does not stand in a text")
    document["questions"][0]["text"]["fr-x-informal"] = "Nous recommanderais-tu\u202f?"
    survey = definitions.read(document)
    assert survey.languages == ("fr", "en")
    assert survey.thanks == thanks
    assert in_language(survey.thanks, "fr-CA-x-informal", "fr") == ("Merci à toi", "fr")
    assert in_language(survey.thanks, "de-x-informal", "fr") == ("Merci à toi", "fr")
    assert in_language(survey.thanks, "en-x-informal", "fr") == ("Thank you", "en")
    assert in_language(survey.thanks, "fr", "fr") == ("Merci à vous", "fr")
    assert in_language(survey.title, "fr-x-informal", "fr") == ("Votre livraison", "fr")
    assert_fault(good(default_language="fr-x-informal"), "/default_language", "write a language")
    assert_fault(good(title={"fr-x-informal": "Ta livraison", "en": "a"}), "/title", 'no text in "fr"')


def test_who_says_tu_in_one_text_is_told_of_those_that_say_vous():
    assert not [note for note in definitions.warnings(GOOD) if "vous" in note.detail]
    document = good(thanks={"fr": "Merci à vous", "fr-x-informal": "Merci à vous tous", "en": "Thank you"})
    document["questions"][2]["text"] = "{% if brand.informal %}Et toi{% else %}Et vous{% endif %}\u202f?"
    told = {note.pointer for note in definitions.warnings(document) if "vous" in note.detail}
    assert told == {"/title/fr", "/invitation/body/fr", "/questions/0/text/fr", "/thanks/fr-x-informal"}


def test_a_good_document_becomes_a_survey():
    survey = definitions.read(GOOD, version=3)
    assert (survey.key, survey.version, survey.priority, survey.layout, survey.order) == (
        "post_delivery", 3, 70, "page", "worth",
    )  # fmt: skip
    assert survey.languages == ("fr", "en")
    assert survey.trigger.delay == timedelta(minutes=15)
    assert survey.trigger.hot_for == timedelta(days=2)
    assert survey.trigger.sample == 0.5
    nps, buys_for, why = survey.questions
    assert nps.uses == {"alert", "report"}
    assert nps.labels == ({"fr": "Non", "en": "No"}, {"fr": "Oui", "en": "Yes"})
    assert buys_for.choices[1] == Choice("gift", {"fr": "Noël", "en": "Noël"})
    assert buys_for.fresh_for == timedelta(days=180)
    assert buys_for.ask_if == {">": [{"var": "answers.nps"}, 6]}
    assert "profile" in buys_for.uses, "an answer kept in the profile serves the profile"
    assert why.uses == {"alert", "report"}
    assert why.text == {"fr": "Pourquoi ?", "en": "Pourquoi ?"}
    assert survey.by_key == {"nps": nps, "buys_for": buys_for, "why": why}


def test_four_keys_are_enough():
    least = {"key": "a", "title": "Hello", "default_language": "en",
             "questions": [{"key": "q", "type": "yes_no", "text": "Did it work?"}]}  # fmt: skip
    survey = definitions.read(least)
    assert survey.version == 0
    assert survey.title == {"en": "Hello"}
    assert (survey.layout, survey.order, survey.priority) == ("steps", "authored", 50)
    assert survey.trigger is survey.invitation is survey.thanks is None


def test_null_is_the_same_as_left_out():
    assert definitions.read(good(trigger=None, thanks=None)).trigger is None
    assert definitions.read(with_question(ask_if=None, attribute=None)).questions[2].ask_if is None
    assert_fault(good(title=None), "", "title is missing")


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"key": "Post Delivery"}, "/key", '"Post Delivery" is no key'),
        ({"key": 5}, "/key", "the number 5 is no key"),
        ({"key": None}, "", "key is missing"),
        ({"questionz": []}, "/questionz", 'did you mean "questions"?'),
        ({5: 1}, "", '"5" is no key; in YAML, put it in quotes'),
        ({"default_language": "de"}, "/title", 'no text in "de", the default language'),
        ({"default_language": "FR"}, "/default_language", "write a language such as fr"),
        ({"title": {"FR": "x"}}, "/title", '"FR" is no language'),
        ({"title": {"fr": "", "en": "x"}}, "/title/fr", "an empty text"),
        ({"title": ["x"]}, "/title", "not a list"),
        ({"title": {"fr": "a\nb", "en": "x"}}, "/title/fr", "line break"),
        ({"title": {"fr": "a" * 201, "en": "x"}}, "/title/fr", "201 characters"),
        ({"title": {"fr": "a\x00", "en": "x"}}, "/title/fr", "control character"),
        ({"layout": "pages"}, "/layout", 'did you mean "page"?'),
        ({"order": 1}, "/order", "write authored or worth"),
        ({"priority": 101}, "/priority", "0 to 100"),
        ({"priority": True}, "/priority", "not true"),
        ({"priority": 10**5000}, "/priority", "a very large number"),
        ({"questions": []}, "/questions", "asks nothing"),
        ({"questions": {}}, "/questions", "a list of questions, not a mapping"),
        ({"questions": ["nps"]}, "/questions/0", "not the text"),
        ({"invitation": {"subject": {"fr": "a", "en": "b"}}}, "/invitation", "body is missing"),
        ({"invitation": {"subject": {"fr": "a\r\nBcc: x", "en": "b"}, "body": "x"}}, "/invitation/subject/fr", "break"),
        ({"thanks": {"fr": "Merci"}}, "/thanks", 'no text in "en"'),
        ({"thanks": {"fr": "Merci {{ x", "en": "{% for a in b %}"}}, "/thanks/en", "unexpected tag 'for'"),
        ({"thanks": "{{ config }}"}, "/thanks", 'unknown root "config"'),
        ({"trigger": "order.delivered"}, "/trigger", "a mapping with event"),
        ({"trigger": {"event": ""}}, "/trigger/event", "an event's name"),
        ({"trigger": {"event": "a", "delay": "15m"}}, "/trigger/delay", "such as PT15M"),
        ({"trigger": {"event": "a", "delay": "P1M"}}, "/trigger/delay", "months and years"),
        ({"trigger": {"event": "a", "delay": 15}}, "/trigger/delay", "not the number 15"),
        ({"trigger": {"event": "a", "delay": "P3D"}}, "/trigger/delay", "too late"),
        ({"trigger": {"event": "a", "sample": 1.5}}, "/trigger/sample", "from 0 to 1"),
        ({"trigger": {"event": "a", "sample": float("nan")}}, "/trigger/sample", "from 0 to 1"),
        ({"trigger": {"event": "a", "when": {"xor": []}}}, "/trigger/when", 'unknown operator "xor"'),
        ({"trigger": {"event": "a", "when": {"known": "answers.nps"}}}, "/trigger/when/known", "nothing is"),
    ],
)
def test_a_fault_of_the_survey_names_its_place(change, pointer, words):
    assert_fault({**good(), **change}, pointer, words)


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"key": "nps"}, "/key", 'already a question "nps"'),
        ({"key": True}, "/key", "true is no key"),
        ({"type": "slider"}, "/type", "is not possible here"),
        ({"type": "long_txt"}, "/type", 'did you mean "long_text"?'),
        ({"type": None}, "", "type is missing"),
        ({"text": {"fr": "Pourquoi ?"}}, "/text", 'no text in "en"'),
        ({"text": None}, "", "text is missing"),
        ({"text": 3}, "/text", "not the number 3"),
        ({"required": "yes"}, "/required", 'write true or false, not the text "yes"'),
        ({"uses": []}, "/uses", "serves nothing"),
        ({"uses": ["alerts"]}, "/uses/0", 'did you mean "alert"?'),
        ({"uses": "alert"}, "/uses", "a list of uses"),
        ({"fresh_for": "P1D"}, "/fresh_for", "name it too"),
        ({"fresh_for": "P0D", "attribute": "a"}, "/fresh_for", "never known"),
        ({"attribute": "un attribut"}, "/attribute", "is no key"),
        ({"ask_if": {"known": "answers.why"}}, "/ask_if/known", "before its own"),
        ({"ask_if": {"known": "answers.who"}}, "/ask_if/known", 'no question "who"'),
        ({"ask_if": {"known": "scores.nps"}}, "/ask_if/known", 'unknown root "scores"'),
        ({"choices": [{"key": "a", "text": "A"}]}, "/choices", "has no choices"),
        ({"type": "dropdown"}, "/choices", "at least 2 choices"),
        ({"type": "dropdown", "choices": [{"key": "a", "text": "A"}] * 2}, "/choices/1/key", "already"),
        ({"type": "dropdown", "choices": [{"key": False, "text": "A"}] * 2}, "/choices/0/key", "false is no key"),
        ({"type": "dropdown", "choices": [{"key": "a", "text": "A"}, {"text": "B"}]}, "/choices/1", "key is missing"),
        ({"type": "nps", "labels": ["a", "b"]}, "/labels", "a mapping with low, high"),
        ({"type": "number", "minimum": 3, "maximum": 2}, "/minimum", "above maximum"),
        ({"type": "number", "minimum": float("inf")}, "/minimum", "write a number"),
        ({"type": "date", "minimum": 3}, "/minimum", "has no minimum"),
        ({"minimum": date(2026, 1, 1)}, "/minimum", "in YAML, put it in quotes"),
    ],
)
def test_a_fault_of_a_question_names_its_place(change, pointer, words):
    assert_fault(with_question(**change), f"/questions/2{pointer}", words)


def test_an_earlier_question_cannot_look_at_a_later_one():
    document = good()
    document["questions"][0]["ask_if"] = {"and": [{"known": "answers.buys_for"}]}
    assert_fault(document, "/questions/0/ask_if/and/0/known", "before its own")


def test_all_faults_come_at_once():
    document = good(priority=-1)
    document["questions"][1]["type"] = "radio"
    document["questions"][2]["text"] = {"fr": "Pourquoi ?"}
    pointers = {fault.pointer for fault in definitions.check(document)}
    assert pointers == {"/priority", "/questions/1/type", "/questions/2/text"}


def test_six_questions_may_be_must_ask_and_seven_may_not():
    def asking(count):
        return good(questions=[{"key": f"q{i}", "type": "yes_no", "text": "?", "must_ask": True} for i in range(count)])

    assert not definitions.check(asking(6))
    assert_fault(asking(7), "/questions", "7 questions are must_ask")


def test_a_hundred_candidates_are_enough():
    def candidates(count):
        return good(questions=[{"key": f"q{i}", "type": "yes_no", "text": "?"} for i in range(count)])

    assert not definitions.check(candidates(100))
    assert_fault(candidates(101), "/questions", "at most 100")


def test_languages_of_a_plain_title_are_those_all_texts_share():
    survey = definitions.read(good(title="vocapp"))
    assert survey.languages == ("fr", "en")
    document = good(title="vocapp", thanks={"fr": "Merci", "de": "Danke"})
    assert definitions.read(document).languages == ("fr",)
    assert_fault(good(title="vocapp", thanks={"en": "Thanks"}), "/thanks", 'no text in "fr"')


def test_a_language_the_title_lacks_is_left_out_so_that_no_page_is_half_translated():
    survey = definitions.read(good(thanks={"fr": "Merci", "en": "Thanks", "de": "Danke"}))
    assert survey.thanks == {"fr": "Merci", "en": "Thanks"}


def test_a_region_is_content_with_its_language():
    survey = definitions.read(good(title={"fr": "a", "en": "b", "fr-CA": "c"}))
    assert survey.thanks == {"fr": "Merci !", "en": "Thank you!", "fr-CA": "Merci !"}


def test_a_deep_a_wide_and_a_circular_document_are_refused():
    deep = "x"
    for _ in range(100_000):
        deep = [deep]
    assert_fault(good(thanks=deep), "", "deeper than 20")
    circle = good()
    circle["questions"].append(circle)
    assert_fault(circle, "", "deeper than 20")
    laughs = ["ha"] * 10
    for _ in range(8):
        laughs = [laughs] * 10
    assert_fault(good(thanks=laughs), "", "more than 50000 values")


def test_there_are_at_most_a_hundred_faults():
    assert len(definitions.check(good(**{f"key{i}": 1 for i in range(500)}))) == 100


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT15M", timedelta(minutes=15)),
        ("PT48H", timedelta(hours=48)),
        ("P180D", timedelta(days=180)),
        ("P2W", timedelta(weeks=2)),
        ("P1W2DT3H4M5S", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("PT0S", timedelta(0)),
    ],
)
def test_durations_are_iso_8601(text, length):
    assert durations.parse(text) == length


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "P1M", "P1Y", "P1Y2M", "-P1D", "P1.5D", "1D", "PT15", "pt15m", "P99999D"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError):
        durations.parse(text)


def test_a_value_without_a_default_gets_a_warning_and_no_fault():
    document = good(thanks={"fr": "Merci {{ customer.first_name }} !", "en": "Thank you!"})
    assert not definitions.check(document)
    (warning,) = definitions.warnings(document)
    assert warning.pointer == "/thanks/fr"
    assert "customer.first_name" in warning.detail
    assert not definitions.warnings(GOOD)


def test_advice_on_what_is_never_known_empty_or_long():
    document = good()
    document["questions"][0]["help"] = "{{ answers.why | default: 'x' }}"
    document["questions"][2]["help"] = "{{ answers.nps | default: 'x' }}"
    document["questions"][2]["text"] = "{% if answers.nps %}Pourquoi ?{% endif %}"
    document["invitation"]["subject"]["en"] = "A" * 51
    assert {warning.pointer for warning in definitions.warnings(document)} == {
        "/questions/0/help", "/questions/2/text", "/invitation/subject/en",
    }  # fmt: skip
    assert definitions.warnings({"key": "bad"}) == []


def test_the_refusal_tells_its_first_faults():
    with pytest.raises(DefinitionRefused, match='/thanks: no text in "en"'):
        definitions.read(good(thanks={"fr": "Merci"}))


_KEYS = st.sampled_from(
    [*GOOD, *GOOD["questions"][1], "low", "high", "fr", "en", "event", "when", "var", "and", "subject", "body"]
)
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates(), st.binary(max_size=2),
    st.sampled_from(["fr", "en", "nps", "dropdown", "P1D", "answers.nps", "{{ x }}", "{% if %}", 10**4000, "\ud800"]),
)  # fmt: skip
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(_KEYS, st.text(max_size=3)), inner, max_size=5),
        st.dictionaries(st.one_of(st.integers(), st.booleans(), st.none()), inner, max_size=2),
    ),
    max_leaves=25,
)


def _replaced(draw, document):
    """A good document with something else somewhere in it."""
    here = document
    while True:
        key = draw(st.sampled_from(sorted(here) if isinstance(here, dict) else list(range(len(here)))))
        if not isinstance(here[key], (dict, list)) or not here[key] or draw(st.booleans()):
            here[key] = draw(_JSON)
            return document
        here = here[key]


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_any_value_is_read_or_refused_and_nothing_else(data):
    document = data.draw(st.one_of(_JSON, st.composite(lambda draw: _replaced(draw, good()))()))
    faults = definitions.check(document)
    assert all(isinstance(fault, Fault) and isinstance(fault.detail, str) and fault.detail for fault in faults)
    warnings = definitions.warnings(document)
    if faults:
        assert warnings == []
        with pytest.raises(DefinitionRefused):
            definitions.read(document)
    else:
        survey = definitions.read(document)
        assert 1 <= len(survey.questions) <= 100
        assert survey.default_language in survey.languages
