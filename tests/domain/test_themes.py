"""What a verbatim is about: words found whole, and each theme with the sentiment of its own passages."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.adapters.sentiment.fake import FakeSentiment
from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.sentiment import judged
from vocapp.domain.themes import MOST_PASSAGES, Mention, mentions, merged, read

SHIPPED = read(yaml.safe_load((Path(__file__).parents[2] / "surveys" / "themes.yaml").read_text()))
ABOUT_FR = {
    "Le colis est arrivé écrasé": "delivery",
    "COLIS JAMAIS RECU": "delivery",
    "Les livreurs jettent les paquets": "delivery",
    "J’ai lu le livre d’une traite": "",
    "Mon lit a été livré en retard": "delivery waiting",
    "Trop chère pour ce que c’est": "price",
    "Une vendeuse très aimable, mais la file d'attente…": "service waiting",
    "L’appli bugge depuis la mise à jour": "website",
    "Boutique en ligne pratique": "",
    "Le magasin est propre, on y trouve de beaux articles": "product store",
    "Toujours pas remboursée après trois mails": "returns information",
    "Prélevé deux fois, et impossible de résilier": "billing contract",
    "Plus rien en stock dans les rayons": "choice store",
    "Ma carte de fidélité ne marche plus": "loyalty",
}
ABOUT_EN = {
    "The parcels were left in the rain": "delivery",
    "I cannot wait to come back": "",
    "User friendly app, downloaded from the app store": "website",
    "They refunded me but staff were rude": "service returns",
    "Cheaper elsewhere": "price",
    "You are in our minds": "",
}


@pytest.mark.parametrize(("language", "found"), [("fr", ABOUT_FR), ("en", ABOUT_EN)])
def test_the_themes_that_ship_are_found_where_people_speak_of_them(language: str, found: dict[str, str]) -> None:
    assert {text: set(SHIPPED.find(text, language)) for text in found} == {
        text: set(about.split()) for text, about in found.items()
    }


def test_a_language_has_its_own_words_and_an_unknown_one_those_of_all() -> None:
    assert SHIPPED.find("nice store", "fr") == ()
    assert SHIPPED.find("nice store", "en-GB") == SHIPPED.find("nice store", None) == ("store",)
    assert SHIPPED.find("der Laden, store", "de") == ()


def test_each_theme_has_the_sentiment_of_its_own_passages() -> None:
    model = FakeSentiment({"cassé": "negative", "rapide": "positive"}, language="fr")

    def said(text: str) -> dict[str, str]:
        told = model.score(text, hint="fr")
        model.asked.clear()
        return {one.theme: one.document()["label"] for one in mentions(text, told, themes=SHIPPED, judge=model.score)}

    assert said("Colis rapide. Produit cassé !") == {
        "delivery": "positive",
        "product": "negative",
        "waiting": "positive",
    }
    assert said("Livraison très rapide, mais produit cassé.") == {
        "delivery": "positive",
        "product": "negative",
        "waiting": "positive",
    }
    assert said("Le produit est cassé") == {"product": "negative"}
    assert model.asked == [], "the one sentence was judged already"
    assert said("Bonjour.") == {}


def test_a_passage_turns_its_text_around_only_where_it_is_sure_of_it() -> None:
    text = "Le vendeur m’a montré trois lampes. Parfait."
    told = judged((0.115, 0.153, 0.732), language="fr", model="m")

    def label(*shares: float) -> str:
        [found] = mentions(text, told, themes=SHIPPED, judge=lambda _: judged(shares, language="fr", model="m"))
        return str(found.document()["label"])

    assert label(0.567, 0.184, 0.249) == "positive"
    assert label(0.75, 0.15, 0.1) == "negative"
    assert label(0.3, 0.5, 0.2) == "neutral"


def test_what_was_not_judged_mentions_nothing_and_a_long_text_costs_no_more_than_a_dozen_passages() -> None:
    model = FakeSentiment({}, language="fr")
    assert mentions("…", model.score("…"), themes=SHIPPED, judge=model.score) == []
    text = "Le colis est là. " * 40
    told = model.score(text)
    model.asked.clear()
    [found] = mentions(text, told, themes=SHIPPED, judge=model.score)
    assert (found.theme, len(model.asked)) == ("delivery", MOST_PASSAGES)


def test_what_several_texts_say_is_put_together_by_length() -> None:
    said = [
        Mention("price", (1.0, 0.0, 0.0), 30),
        Mention("store", (0, 1, 0), 5),
        Mention("price", (0.0, 0.0, 1.0), 10),
    ]
    assert [one.document() for one in merged(said)] == [
        {"key": "price", "label": "negative", "score": -0.5},
        {"key": "store", "label": "neutral", "score": 0},
    ]


def test_own_themes_stand_beside_those_that_ship_or_in_their_place() -> None:
    own = read(
        {
            "themes": [
                {"key": "workshop", "name": "Workshop", "words": {"en": ["workshop"]}},
                {"key": "price", "name": "Price", "words": {"en": ["penny"]}},
                {"key": "store", "name": "Store", "words": {}},
            ]
        }
    )
    both = SHIPPED.with_own(own)
    assert both.find("workshop in the store, cheap, not a penny", "en") == ("price", "workshop")
    assert both.find("cheap store", "en") == ()
    assert both.names()["price"] == {"": "Price"}


def test_every_fault_of_a_definition_is_told_with_its_place() -> None:
    with pytest.raises(DefinitionRefused) as refused:
        read(
            {
                "themes": [
                    {"key": "Delivery", "name": {"fr": "x"}, "words": {"fr": ["co*lis", "", "a*"], "fr-FR": []}},
                    {"key": "price", "name": "p", "words": [], "colour": 1, "except": {"fr": ["bas*"]}},
                    {"key": "price", "name": "p"},
                ]
            }
        )
    assert {fault.pointer for fault in refused.value.faults} == {
        "/themes/0/key",
        "/themes/0/words",
        *(f"/themes/0/words/fr/{at}" for at in range(3)),
        "/themes/1/words",
        "/themes/1/colour",
        "/themes/1/except/fr/0",
        "/themes/2",
        "/themes/2/key",
    }


@settings(max_examples=60)
@given(text=st.text(max_size=200), language=st.sampled_from(["fr", "en", None, "x", "fr_CA"]))
def test_no_text_is_too_odd(text: str, language: str | None) -> None:
    model = FakeSentiment({"a": "positive"})
    found = mentions(text, model.score(text, hint=language), themes=SHIPPED, judge=model.score)
    assert {one.theme for one in found} <= set(SHIPPED.names())
    assert all(one.weight > 0 and abs(sum(one.shares) - 1) < 1e-6 for one in found)
