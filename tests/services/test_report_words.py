"""What reports say: the same in both languages, French as it is printed, subjects that a phone shows whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from vocapp.domain.advice import ORDER, Advice
from vocapp.domain.callback_figures import figures
from vocapp.domain.comparing import NpsSample, ShareSample, difference
from vocapp.domain.promises import Kept
from vocapp.domain.report_times import period_of
from vocapp.domain.scores import share_figure
from vocapp.services.composing_report import html_of, text_of
from vocapp.services.report_contents import Callbacks, Contents, Driven, Measured
from vocapp.services.report_sheet import sheet_of
from vocapp.services.report_words import WORDS

PERIOD = period_of("weekly", date(2026, 12, 7))
FULL = Contents(
    kind="weekly",
    house="Maison X",
    place_name="Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson, centre commercial",
    places={"lyon": "Lyon"},
    period=PERIOD,
    measured=tuple(
        Measured(metric, now, before, before and difference(now, before), PERIOD.own, wide=False)
        for metric, now, before in (
            ("nps", NpsSample(10, 5, 85), NpsSample(80, 10, 10)),
            ("csat", ShareSample(80, 100), ShareSample(79, 100)),
            ("ces", ShareSample(3, 9), None),
        )
    ),
    answers=1,
    answers_before=0,
    sent=120,
    answered=share_figure(12, 100),
    callbacks=Callbacks(4, 9, 2, figures([], []), Kept(10, 9), ()),
    themes=(("Livraison", 12, 8), ("Prix", 1, 0)),
    drivers=(
        Driven("delivered_at after promised_at", "yes", 31.0, 4.0, 340),
        Driven("place", "lyon", 20.0, 4.0, 40),
        Driven("properties.gift_wrap", "true", 20.0, 4.0, 40),
    ),
    quotes=(),
    advice=tuple(
        Advice(key, {"n": 3, "metric": "nps", "cause": "Livraison", "of": 9} if key != "nothing" else {})
        for key in ORDER
    ),
)


def test_both_languages_say_the_same_things() -> None:
    french, english = (dict(_texts(WORDS[one])) for one in ("fr", "en"))
    assert french.keys() == english.keys()


def test_french_marks_have_their_spaces() -> None:
    for key, text in _texts(WORDS["fr"]):
        assert not re.search(r"(?<!\u202f)[;!?](?!$)", text), key
        assert not re.search(r"(?<!\u00a0):(?!\w)", text), key
        assert not re.search(r"«(?!\u00a0)|(?<!\u00a0)»|(?<!\u00a0)%", text), key
        assert "'" not in text, key


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", ["weekly", "monthly"])
def test_all_of_it_can_be_said_and_the_subject_stays_short(language: Any, kind: Any) -> None:
    contents = replace(FULL, kind=kind, period=period_of(kind, date(2026, 12, 7)))
    sheet = sheet_of(contents, language=language, public_url="https://v.test")
    assert len(sheet.subject) < 50
    assert "…" in sheet.subject
    links = {
        "leave_url": "https://v.test/reports/x",
        "settings_url": "https://v.test/c",
        "public_url": "https://v.test",
    }
    text, html = text_of(sheet, **links), html_of(sheet, **links)
    for said in ("\u221275", "Saint-Rémy", "delivered at", "Lyon", "gift wrap"):
        assert said in text
        assert said in html
    assert not re.search(r"[{}]", text)
    assert max(map(len, (line for line in text.splitlines() if "https" not in line))) <= 72
    assert len(sheet.todo) == len(ORDER)


def test_an_empty_week_is_told_without_a_figure() -> None:
    nothing = replace(
        FULL, measured=(), answers=0, answered=share_figure(0, 0), themes=(), drivers=(), advice=(Advice("nothing"),)
    )
    sheet = sheet_of(nothing, language="fr", public_url="")
    text = text_of(sheet, leave_url="", settings_url="", public_url="")
    assert "Personne n’a donné de note." in text
    assert "Rien ne presse cette fois." in text
    assert "%" not in text


def _texts(words: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(words, str):
        yield path, words
    else:
        for key, value in words.items() if hasattr(words, "items") else enumerate(words):
            yield from _texts(value, f"{path}.{key}".strip("."))
