"""A brand's voice: what is refused, and that each text falls by itself to whoever stands above."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.personalisation import check, lacks_default, render, well_set
from vocapp.domain.voice import (
    FORMALITIES,
    FORMALITY,
    TEXTS,
    Voice,
    changed,
    flaw_of,
    gaps,
    inherited,
    tidied,
)

SAID = {"formality": "informal", "closing": {"fr": "À très vite,"}, "signature": {"fr": "Claire\nMaison Lune"}}
VOICES = st.fixed_dictionaries(
    {},
    optional={
        FORMALITY: st.sampled_from(FORMALITIES),
        **{
            text: st.dictionaries(st.sampled_from(["fr", "en", "fr-CA"]), st.text("abc ", min_size=1), max_size=3)
            for text in TEXTS
        },
    },
).map(tidied)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"formality": "rude"}, "formality: "),
        ({"tone": "warm"}, "tone: no such setting"),
        ({"closing": "Bye"}, "closing: must be texts by language"),
        ({"closing": {"French": "x"}}, "closing: its texts go by language"),
        ({"closing": {"fr": "un\ndeux"}}, "closing.fr: has one line"),
        ({"signature": {"fr": "1\n2\n3\n4\n5"}}, "signature.fr: has 4 lines"),
        ({"greeting": {"fr": "x" * 201}}, "greeting.fr: "),
        ({"greeting": {"fr": "Bonjour {{ customer.email }}"}}, "greeting.fr: "),
        ({"greeting": {"fr": "Bonjour {{ customer.frist_name }}"}}, "greeting.fr: "),
        ({"greeting": {"fr": "Bonjour {% if"}}, "greeting.fr: "),
        ({"greeting": {"fr": "\u202eruojnoB"}}, "greeting.fr: must be a text"),
        ({"thanks": {"fr": 3}}, "thanks.fr: must be a text"),
        ({"greeting": {"fr": "Cher {{ customer.attributes.title }}"}}, "greeting.fr: .* not known to every mail"),
        ({"signature": {"fr": "{% if answers.nps > 8 %}Claire{% endif %}"}}, "signature.fr: .* not known to every"),
    ],
)
def test_what_no_brand_can_say_is_refused_with_its_place(wrong: dict[str, object], where: str) -> None:
    with pytest.raises(ValueError, match=f"^{where}"):
        Voice.read(tidied(wrong))


def test_a_voice_is_heard_in_the_nearest_language_and_else_not_at_all() -> None:
    voice = Voice.read(SAID)
    assert voice == Voice.kept({**SAID, "unknown": 1})
    assert voice.informal
    assert voice.source("closing", "fr-CA") == "À très vite,"
    assert voice.source("closing", "en") == voice.source("thanks", "fr") == ""
    assert tidied({"closing": {"fr": " À bientôt,\r\n", "en": " "}, "thanks": None, "greeting": {}}) == {
        "closing": {"fr": "À bientôt,"}
    }


@settings(max_examples=30)
@given(VOICES, VOICES)
def test_nothing_that_stands_above_is_lost_and_nothing_said_is_overruled(above: object, own: object) -> None:
    both = inherited(above, own)  # type: ignore[arg-type]
    Voice.read(both)
    for text in TEXTS:
        over, said = above.get(text) or {}, own.get(text) or {}  # type: ignore[attr-defined]
        assert both.get(text, {}) == {**over, **said}
    assert both.get(FORMALITY) == own.get(FORMALITY, above.get(FORMALITY))  # type: ignore[attr-defined]


def test_a_survey_asks_how_its_brand_speaks() -> None:
    text = "{% if brand.informal %}Ta commande{% else %}Votre commande{% endif %} chez {{ brand.name }}"
    assert check(text) == lacks_default(text) == []
    assert render(text, {"brand": {"name": "Lune", "informal": True}}, html=False) == "Ta commande chez Lune"
    assert render(text, {}, html=False) == "Votre commande chez "
    assert check("{{ brand.sender }}")


def test_only_the_page_of_a_survey_says_what_not_every_mail_knows() -> None:
    text = "Merci {{ customer.attributes.title | default: 'à vous' }} pour ce {{ answers.nps | default: 'mot' }} !"
    assert flaw_of("thanks", text) is None
    assert {key: flaw.code for key in TEXTS if (flaw := flaw_of(key, text))} == dict.fromkeys(
        ("greeting", "closing", "signature"), "elsewhere"
    )


def test_a_text_that_names_what_may_be_missing_is_noted() -> None:
    said = {
        "greeting": {
            "fr": "Bonjour {{ customer.first_name }},",
            "en": "Hi {{ customer.first_name | default: 'you' }},",
        },
        "closing": {"fr": "À bientôt,", "en": "Bye {% if", "de": "Bis {{ event.properties.day }}"},
        "thanks": {"fr": "Merci pour {{ event.properties.product_name | default: 'tout' }}"},
        "signature": {"fr": "{% if event.agent %}{{ event.agent }}{% endif %}", "en": "{{ event.agent }}"},
    }
    assert gaps(said) == [
        ("greeting", "fr", "customer.first_name"),
        ("closing", "de", "event.properties.day"),
        ("signature", "en", "event.agent"),
    ]


NAME = "{{ customer.first_name }}"
IF_NAME = "{% if customer.first_name %}"


@pytest.mark.parametrize(
    ("source", "to_ada", "to_nobody"),
    [
        (f"Bonjour {NAME},", "Bonjour Ada,", "Bonjour,"),
        (f"Hello {NAME}!", "Hello Ada!", "Hello!"),
        (f"Hello{IF_NAME} {NAME}{{% endif %}}!", "Hello Ada!", "Hello!"),
        (f"Hello {IF_NAME}{NAME}{{% endif %}}!", "Hello Ada!", "Hello!"),
        (f"Bonjour {NAME} !", "Bonjour Ada !", "Bonjour !"),
        (f"Bonjour {NAME}\u00a0!", "Bonjour Ada\u00a0!", "Bonjour\u00a0!"),
        (f"Vous allez bien, {NAME}\u202f?", "Vous allez bien, Ada\u202f?", "Vous allez bien\u202f?"),
        (f"Merci, {NAME}, et à bientôt.", "Merci, Ada, et à bientôt.", "Merci, et à bientôt."),
        (f"Merci, {NAME}.", "Merci, Ada.", "Merci."),
        (f"Bonjour\u00a0{NAME}, bonjour.", "Bonjour\u00a0Ada, bonjour.", "Bonjour, bonjour."),
        (f"Cher {NAME} {NAME}, bonjour {NAME}.", "Cher Ada Ada, bonjour Ada.", "Cher, bonjour."),
        (f"Cher {NAME} et tous", "Cher Ada et tous", "Cher et tous"),
        (f"{NAME}, bonjour", "Ada, bonjour", "bonjour"),
        (f"{NAME} !", "Ada !", ""),
        (f"Claire\n{NAME}, \nMaison Lune", "Claire\nAda,\nMaison Lune", "Claire\nMaison Lune"),
        (f"Claire\n{IF_NAME}\npour {NAME}\n{{% endif %}}\nLune", "Claire\npour Ada\nLune", "Claire\nLune"),
        (f"—\n{NAME}", "—\nAda", ""),
        (f"We ... love .NET  and {NAME} ;-)", "We ... love .NET  and Ada ;-)", "We ... love .NET  and ;-)"),
    ],
)
def test_what_is_missing_leaves_no_hole(source: str, to_ada: str, to_nobody: str) -> None:
    for name, said in (("Ada", to_ada), (None, to_nobody)):
        assert well_set(source, {"customer": {"first_name": name}}) == said


@pytest.mark.parametrize(
    "source", ["Claire\n\n—\n{{ brand.name }}", "{{ brand.name }} !\n***", "{% if brand.informal %}👋{% endif %}"]
)
def test_what_nobody_lost_stays(source: str) -> None:
    facts = {"brand": {"name": "Maison Lune", "informal": True}}
    assert well_set(source, facts) == render(source, facts, html=False)


def test_a_change_leaves_the_other_languages_and_null_takes_one_away() -> None:
    kept = {"formality": "informal", "greeting": {"fr": "Salut,"}, "closing": {"fr": "À bientôt,", "en": "Bye,"}}
    both = tidied(changed(kept, {"greeting": {"en": "Hi,"}, "closing": {"fr": None}}))
    assert both == {"formality": "informal", "greeting": {"fr": "Salut,", "en": "Hi,"}, "closing": {"en": "Bye,"}}
    assert tidied(changed(kept, {"greeting": None, "formality": None})) == {"closing": kept["closing"]}
    assert tidied(changed(kept, {})) == kept
    with pytest.raises(ValueError, match=r"^greeting: must be texts"):
        Voice.read(tidied(changed(kept, {"greeting": "Hi,"})))
