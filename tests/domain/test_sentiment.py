"""The pure half of sentiment: the text made ready, its language, and what probabilities say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain.sentiment import (
    LABELS,
    clearly_negative,
    document,
    judged,
    marked,
    mean,
    normalise,
    not_judged,
    says_nothing,
    sentences,
    spans,
    spoken,
)

FRENCH = {"fr": 0.9, "en": 0.05, "nl": 0.05}
DUTCH = {"fr": 0.01, "en": 0.02, "nl": 0.97}
UNCERTAIN = {"fr": 0.15, "en": 0.05, "nl": 0.8}


@pytest.mark.parametrize(
    ("raw", "ready"),
    [
        ("Caf&eacute; &amp; th&#233;", "Café & thé"),
        (r"It\u2019s late", "It’s late"),
        (r"super \ud83d\ude00", "super 😀"),
        ("voir https://example.test/a?b=c ici", "voir http ici"),
        ("merci @marie_75 !", "merci @user !"),
        ("  deux\n\t lignes ", "deux lignes"),
        ("SERVICE NUL !!!", "service nul !!!"),
        ("@MARIE TOP", "@user TOP"),  # three letters are too few to call it shouting
        ("SAV nul", "SAV nul"),
        ("a\x00b", "a b"),
        ("nul \ud800", "nul \ufffd"),
    ],
)
def test_a_text_is_written_as_the_model_was_trained_to_read_it(raw, ready):
    assert normalise(raw) == ready


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_string_becomes_valid_unicode_without_outer_space(text):
    ready = normalise(text)
    ready.encode()
    assert ready == ready.strip()
    assert "\0" not in ready


@pytest.mark.parametrize("text", ["", " ", ".", "...", "- - -", "???", "\u0301\u0301", "@someone", "https://a.test"])
def test_a_mark_or_a_link_alone_says_nothing(text):
    assert says_nothing(normalise(text))


@pytest.mark.parametrize("text", ["ok", "5", "👍", ":)", "10/10", "好", "@someone nul"])
def test_a_word_a_number_or_a_face_says_something(text):
    assert not says_nothing(normalise(text))


def test_a_long_text_is_cut_after_its_sentences_and_at_its_line_ends():
    text = "Bon accueil. Mais quelle attente !\nLe 3.5 de note est mérité… Voilà"
    assert sentences(text) == ["Bon accueil.", "Mais quelle attente !", "Le 3.5 de note est mérité…", "Voilà"]


def test_the_mean_is_weighted_by_length():
    assert mean([(3, [1.0, 0.0, 0.0]), (1, [0.0, 0.0, 1.0])]) == [0.75, 0.0, 0.25]


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=3))
def test_the_score_is_positive_minus_negative_and_stays_within_one(weights):
    shares = [weight / sum(weights) for weight in weights]
    sentiment = judged(shares, language="fr", model="m")
    assert sentiment.label in LABELS
    assert -1 <= sentiment.score <= 1
    assert sentiment.score == round(shares[2] - shares[0], 4)
    assert sentiment.probabilities[sentiment.label] == max(sentiment.probabilities.values())


def test_only_a_sure_complaint_is_clearly_negative():
    assert clearly_negative(judged([0.7, 0.2, 0.1], language="fr", model="m"))
    assert not clearly_negative(judged([0.69, 0.2, 0.11], language="fr", model="m"))
    assert not clearly_negative(judged([0.05, 0.05, 0.9], language="fr", model="m"))
    assert not clearly_negative(not_judged("empty", language=None, model="m"))
    assert not clearly_negative(None)


def test_an_answer_without_a_majority_is_unsure():
    assert judged([0.4, 0.3, 0.3], language="fr", model="m").unsure
    assert not judged([0.5, 0.3, 0.2], language="fr", model="m").unsure
    assert not_judged("empty", language=None, model="m").unsure


def test_the_document_gives_a_reason_only_where_there_is_one():
    shown = document(judged([0.1, 0.1, 0.8], language="fr", model="m"))
    assert shown == {
        "label": "positive",
        "score": 0.7,
        "probabilities": {"negative": 0.1, "neutral": 0.1, "positive": 0.8},
        "language": "fr",
        "model": "m",
    }
    refused = document(not_judged("language_not_supported", language="pl", model="m"))
    assert (refused["label"], refused["language"], refused["reason"]) == (None, "pl", "language_not_supported")


def test_a_short_remark_takes_the_language_of_its_survey():
    assert spoken("Trop de bugs", DUTCH, hint="fr-CA") == "fr"
    assert spoken("ok", FRENCH, hint="nl_BE") == "nl"


def test_a_short_remark_without_a_hint_goes_to_the_likeliest_of_the_models_languages():
    assert spoken("Trop de bugs", DUTCH | {"fr": 0.02, "en": 0.01}, hint=None) == "fr"


def test_a_remark_that_could_be_in_any_language_is_in_none():
    level = dict.fromkeys(("fr", "en", "es", "de", "it", "pt", "nl"), 1 / 7)
    assert spoken("ok", level, hint=None) is None
    assert spoken("😡😡", level, hint=None) is None
    assert spoken("😡😡", level, hint="fr") == "fr"


def test_a_foreign_language_must_be_certain():
    text = "Vriendelijk personeel in de winkel"
    assert spoken(text, DUTCH, hint=None) == "nl"
    assert spoken(text, UNCERTAIN, hint=None) == "fr"
    assert spoken(text, UNCERTAIN, hint="nl") == "nl"
    assert spoken(text, UNCERTAIN, hint="fr") == "fr"


def test_a_certain_language_wins_over_the_surveys():
    assert spoken("Vriendelijk personeel in de winkel", {"fr": 0.0001, "nl": 0.9999}, hint="fr") == "nl"


@pytest.mark.parametrize(
    ("text", "language"),
    [("很好", "zh"), ("Очень плохо", "ru"), ("شكرا", "ar"), ("ありがとう", "ja"), ("감사", "ko"), ("მადლობა", "und")],
)
def test_a_script_tells_by_itself_whatever_the_survey(text, language):
    assert spoken(text, {"fr": 0.9, "zh": 0.02, "ru": 0.02, "ar": 0.02}, hint="fr") == language


def test_styled_letters_are_latin_ones():
    assert spoken("𝗦𝗲𝗿𝘃𝗶𝗰𝗲 𝗻𝘂𝗹", FRENCH, hint=None) == "fr"


def test_another_model_may_read_other_languages():
    assert spoken("Vriendelijk personeel in de winkel", DUTCH, hint=None, languages=frozenset({"nl"})) == "nl"


@given(st.lists(st.text(alphabet="ab .!?\n…", max_size=12), max_size=6).map("".join))
def test_the_pieces_of_a_marked_text_are_the_text(text: str) -> None:
    found = spans(text)
    assert [text[start:end] for start, end in found] == sentences(text)
    pieces = marked(text, found)
    assert "".join(part for part, _ in pieces) == text
    assert [part for part, hurts in pieces if hurts] == sentences(text)


def test_marks_that_fit_no_text_are_passed_over() -> None:
    assert marked("court", [(0, 99), (3, 2), (-1, 3)]) == [("court", False)]
    assert marked("a b", [(0, 1), (0, 3)]) == [("a", True), (" b", False)]
