"""What reports say: the same in both languages, French as it is printed, subjects that a phone shows whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import escape
from typing import Any
from uuid import UUID

import pytest

from vocapp.domain.advice import ORDER, Advice
from vocapp.domain.callback_figures import figures
from vocapp.domain.comparing import NpsSample, ShareSample, difference
from vocapp.domain.promises import Kept
from vocapp.domain.report_times import period_of
from vocapp.domain.scores import share_figure
from vocapp.models.verbatims import id_of
from vocapp.services.composing_report import html_of, text_of
from vocapp.services.report_contents import Callbacks, Contents, Driven, Measured
from vocapp.services.report_quotes import Quote
from vocapp.services.report_sheet import sheet_of
from vocapp.services.report_words import WORDS

PERIOD = period_of("weekly", date(2026, 12, 7))
FULL = Contents(
    kind="weekly",
    house="Maison X",
    place="lyon",
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
    themes=(("delivery", "Livraison", 12, 8), ("price", "Prix", 1, 0)),
    drivers=(
        Driven("delivered_at after promised_at", "yes", 31.0, 4.0, 340),
        Driven("place", "lyon", 20.0, 4.0, 40),
        Driven("properties.gift_wrap", "true", 20.0, 4.0, 40),
    ),
    quotes=(Quote("positive", "Parfait.", (), "lyon", "fr", UUID(int=7), "why"),),
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
    links = {"leave_url": "https://v.test/reports/x", "settings_url": "https://v.test/c"}
    text, html = text_of(sheet, **links), html_of(sheet, **links)
    for said in ("\u221275", "Saint-Rémy", "delivered at", "Lyon", "gift wrap"):
        assert said in text
        assert said in html
    assert not re.search(r"[{}]", text)
    assert max(map(len, (line for line in text.splitlines() if "https" not in line))) <= 72
    assert len(sheet.todo) == len(ORDER)
    for one in (*sheet.todo, *sheet.themes, *sheet.quotes):
        assert one.url in text
        assert escape(one.url) in html


def test_every_link_leads_to_the_place_and_the_days_that_are_told_of_and_names_nobody() -> None:
    sheet = sheet_of(FULL, language="fr", public_url="https://v.test")
    days, todo = "from=2026-11-30&to=2026-12-06", {one.text: one.url for one in sheet.todo if one.url}
    assert sheet.console_url == f"https://v.test/console/dashboards?period=days&{days}&place=lyon"
    assert sheet.themes[0].url == f"https://v.test/console/verbatims?theme=delivery&{days}&place=lyon"
    [said] = sheet.quotes
    assert said.url == f"https://v.test/console/verbatims/{id_of(UUID(int=7), 'why')}?{days}&place=lyon"
    late = todo["Rappelez les 3 clients dont le rappel est en retard."]
    assert late == "https://v.test/console/alerts?status=open&age=late&sort=due&place=lyon"
    for metric, category in (("nps", "category=detractor&"), ("csat", ""), ("ces", "")):
        fell = replace(FULL, advice=(Advice("score_fell", {"metric": metric}),))
        [read] = sheet_of(fell, language="fr", public_url="https://v.test").todo
        assert read.url == f"https://v.test/console/verbatims?{category}{days}&place=lyon", metric
    company = sheet_of(replace(FULL, place=""), language="fr", public_url="https://v.test")
    assert "place=" not in company.console_url


@pytest.mark.parametrize(("language", "call"), [("fr", "Rappelez"), ("en", "Call the")])
def test_who_only_reads_of_callbacks_is_told_what_they_can_do(language: Any, call: str) -> None:
    reads = sheet_of(FULL, language=language, public_url="", handles=False)
    acts = sheet_of(FULL, language=language, public_url="", handles=True)
    assert (reads.todo[0].text.startswith(call), acts.todo[0].text.startswith(call)) == (False, True)
    assert "3" in reads.todo[0].text
    assert not re.search(r"[{}]", "".join(one.text for one in reads.todo))


def test_an_empty_week_is_told_without_a_figure() -> None:
    nothing = replace(
        FULL, measured=(), answers=0, answered=share_figure(0, 0), themes=(), drivers=(), advice=(Advice("nothing"),)
    )
    sheet = sheet_of(nothing, language="fr", public_url="")
    text = text_of(sheet, leave_url="", settings_url="")
    assert "Personne n’a donné de note." in text
    assert "Rien ne presse cette fois." in text
    assert "%" not in text


def _texts(words: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(words, str):
        yield path, words
    else:
        for key, value in words.items() if hasattr(words, "items") else enumerate(words):
            yield from _texts(value, f"{path}.{key}".strip("."))
