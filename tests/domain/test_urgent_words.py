"""Words that cannot wait: found as people write them, and not where they only look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.urgent_words import WordList, fault_of, tokens
from vocapp.services.alert_rules import ready_made

SHIPPED = {language: WordList.of(entries) for language, entries in ready_made().urgent_words.items()}


@pytest.mark.parametrize(
    "text",
    [
        "Ma fille a fait une ALLERGIE après deux bouchées",
        "je suis allergique, ce n'était pas écrit",
        "Mon mari s’est blessé avec le couvercle",
        "blessee au doigt",
        "Brûlures au deuxième degré !",
        "l'appareil a pris feu",
        "Je vais PORTER PLAINTE.",
        "Mon avocat vous écrira",
        "On finira au tribunal",
        "remarques racistes du vendeur",
        "c'est de la discrimination",
        "harcèlement au téléphone",
        "ma grand-mère est à l’hôpital",
        "Nous avons fini aux urgences",
        "produit dangereux pour les enfants",
        "intoxication alimentaire",
        "j'ai reçu une décharge électrique",
        "plein d'étincelles, j’ai failli m’étouffer",
        "le vigile nous a menacés",
        "j’ai été menacée par le livreur",
        "on a dû prévenir la police",
        "les allergènes ne sont pas indiqués",
        "Allergènes non signalés !",
        "je vais consulter un avocat",
        "j’ai été brûlée au bras",
        "la bouteille a explosé dans mes mains",
        "ma mère est partie en ambulance",
        "la batterie a causé un incendie",
    ],
)
def test_what_a_french_customer_would_write(text: str) -> None:
    assert SHIPPED["fr"].find(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "hypoallergénique, parfait",
        "sans allergènes, comme promis",
        "un toast à l’avocat délicieux",
        "l'avocat était mûr à point",
        "il y avait urgence, merci d’avoir fait vite",
        "en cas d'urgence j'aurais aimé un numéro",
        "sans danger pour les enfants",
        "un vendeur un peu agressif sur les prix",
        "la crème brûlée était parfaite",
        "le gâteau était brûlé",
        "le feu de la cuisinière",
        "pas une plainte, juste une remarque",
        "je n'ai pas à me plaindre",
        "menaces d’orage, mais livré quand même",
        "race de chien : labrador",
        "policé et courtois",
        "ils ont du courage, ces livreurs",
        "la justesse du conseil",
        "le son est étouffé",
        "nous avons menacé de partir",
        "un petit gendarme (l'insecte) dans la salade",
        "des avocats mûrs à point",
        "un avocat pour la salade, bien mûr",
        "le détecteur incendie sonne bien, l’alarme d’incendie aussi",
        "l’ambulance et les figurines plaisent à mon fils",
        "une ambulance en bois, très jolie",
        "livré en face de l’hôpital, sans souci",
        "le déguisement de la police est trop grand",
    ],
)
def test_false_friends_in_french(text: str) -> None:
    assert SHIPPED["fr"].find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "My son is ALLERGIC to nuts and it was not on the label",
        "she was injured by the lid",
        "Got food poisoning from the salad",
        "you will hear from my lawyer",
        "My lawyers are informed",
        "I felt discriminated against",
        "racist remarks by the driver",
        "The charger caught fire",
        "ended up in hospital",
        "I will sue you",
        "we are taking you to court",
        "electric shock from the kettle",
        "he threatened me",
        "I was threatened at the desk",
        "we had to call the police",
        "my son came home with an injury",
        "the allergens were not listed",
        "an undeclared allergen!",
        "I'll sue, be sure of it",
        "we will sue",
        "I was burned by the steam",
        "the battery exploded",
        "the lid hurt my fingers",
        "she hurt herself on the edge",
        "we called an ambulance",
        "discriminatory behaviour at the till",
        "my wife was assaulted by the guard",
    ],
)
def test_what_an_english_customer_would_write(text: str) -> None:
    assert SHIPPED["en"].find(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for your hospitality",
        "Sue at the counter was lovely",
        "delivered by accident to my neighbour, who laughed",
        "the food court is nice",
        "allergen-free range, great",
        "your team is on fire!",
        "the toast was burnt",
        "polite staff",
        "racing through the queue",
        "I was shocked by the price",
        "no harm done",
        "insured delivery",
        "unsaved basket",
        "sexy dress, fits well",
        "to add insult to injury, nobody answered",
        "staff who police the overhead bins",
        "we threatened to leave",
        "dangerously good chocolate",
        "for a discriminating palate",
        "an assault on the senses, in the best way",
        "the toy ambulance was a hit",
        "all thanks to Sue",
        "the pizza was burned",
        "the price hurt my wallet",
    ],
)
def test_false_friends_in_english(text: str) -> None:
    assert SHIPPED["en"].find(text) is None


def test_the_two_lists_do_not_read_each_other_s_language() -> None:
    rules = ready_made()
    text = ["Mon avocat vous écrira"]
    assert rules.find_urgent_word(text, ("fr-CA",)) == "mon avocat"
    assert rules.find_urgent_word(text, ("en",)) is None
    assert rules.find_urgent_word(text, ("pt",)) is None
    assert rules.find_urgent_word(text, ("pt", "fr")) == "mon avocat"


def test_entries_are_words_beginnings_and_several_in_a_row() -> None:
    found = WordList.of(["Œuf*", "grand danger", "mis en cau*", "feu"])
    assert found.find("Les ŒUFS sont cassés") == "Œuf*"
    assert found.find("Un grand\n danger!") == "grand danger"
    assert found.find("un grand et beau danger") is None
    assert found.find("il est MIS EN CAUSE") == "mis en cau*"
    assert found.find("mis en") is None
    assert found.find("l’ai-feu") == "feu"
    assert found.find("feux") is None


@pytest.mark.parametrize("entry", ["", "  ", "*", "…", "ab*", "a*b", "allerg* forte", "de ab*"])
def test_what_is_no_entry_says_why(entry: str) -> None:
    assert fault_of(entry)


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=20), max_size=8))
def test_any_list_reads_any_text(text: str, entries: list[str]) -> None:
    good = [entry for entry in entries if fault_of(entry) is None]
    found = WordList.of(good).find(text)
    assert found is None or found in good


@given(st.sampled_from([entry for entries in ready_made().urgent_words.values() for entry in entries]))
def test_every_entry_that_ships_finds_itself(entry: str) -> None:
    assert fault_of(entry) is None
    assert WordList.of([entry]).find(f"Bonjour ! {entry.replace('*', '').upper()}, vraiment.") == entry


def test_a_text_is_folded() -> None:
    assert tokens("L’Œuvre d’ÉTÉ, n°1 — ﬁn_là") == ["l", "oeuvre", "d", "ete", "n", "1", "fin", "la"]
