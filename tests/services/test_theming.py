"""Themes of what was written: kept once, counted exactly, told to its person, and gone with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import NPS, WHY, House, answer
from tests.erased import counters, differences, doctor, erase, told
from vocapp.models import Fact, Response, ThemeMention
from vocapp.services import analysing, counting, disclosing, theme_figures, theming
from vocapp.services.documents import response_documents
from vocapp.services.preferring import find
from vocapp.services.reporting import Question

BETTER = {"key": "better", "type": "long_text", "text": {"fr": "À améliorer ?", "en": "To improve?"}}
SAID = "Livraison parfaite. Le magasin était inadmissible !"


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.sentiment._labels = {"inadmissible": "negative", "parfait": "positive"}
    house.survey(layout="page", questions=[NPS, WHY, BETTER])
    return house


def answered(house: House, client: FlaskClient, name: str, place: str | None = None, **answers: str) -> None:
    house.customer(name)
    invitation = house.invite(name, event_id=f"of-{name}", place=place)
    answer(client, house.link(invitation), {"nps": "9", **answers})


def mentioned(house: House) -> list[tuple[str, str, str]]:
    return [(one.question, one.theme, one.label) for one in house.rows(ThemeMention)]


@pytest.mark.both_databases
def test_what_is_mentioned_is_kept_once_and_counted_and_erased(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", "nantes", why=SAID, better="Le magasin, inadmissible.")
    answered(house, client, "ben", why="parfait")
    facts = [fact.id for fact in house.rows(Fact)]
    with house.writing():
        verbatims = analysing.read_verbatims(fact_ids=facts)
    scored = analysing.score(verbatims=verbatims, model=house.sentiment)
    for _ in range(2):
        with house.writing():
            analysing.conclude(fact_ids=facts, understood=scored, now=house.now)
    house.work()
    assert mentioned(house) == [
        ("better", "store", "negative"), ("why", "delivery", "positive"), ("why", "store", "negative"),
    ]  # fmt: skip
    about = {key[-1]: n for key, n in counters(house).items() if key[-2] == counting.THEMES}
    assert about == {"delivery:positive": 1, "store:negative": 1}
    assert {key[-1]: n for key, n in counters(house).items() if key[-2] == counting.SENTIMENT} == {
        "negative": 1, "positive": 1,
    }  # fmt: skip
    assert differences(house) == doctor(house) == []
    before = counters(house)
    erase(house, "ada")
    house.work()
    assert house.rows(ThemeMention) == []
    assert counters(house) == before
    assert differences(house) == doctor(house) == []


def test_documents_exports_and_ones_own_data_show_themes(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", why=SAID)
    [row] = house.rows(Response)
    with house.reading():
        assert response_documents(workspace_id=house.id, ids=[row.id])[row.id]["themes"] == []
    house.work()
    themes = [
        {"key": "delivery", "label": "positive", "score": 0.86},
        {"key": "store", "label": "negative", "score": -0.86},
    ]
    with house.reading():
        assert response_documents(workspace_id=house.id, ids=[row.id])[row.id]["themes"] == themes
    assert [entry["data"]["themes"] for entry in told(house, "responses")] == [themes]
    with house.reading():
        preferences = find(invitation_id=row.invitation_id, now=house.now)
        assert disclosing.own_data(preferences, now=house.now)["answers"][0]["themes"] == themes


def test_own_themes_are_looked_for_from_then_on(house: House, client: FlaskClient) -> None:
    def put(*words: str) -> int | None:
        own = {"themes": [{"key": "workshop", "name": "Atelier", "words": {"fr": list(words)}}]}
        with house.writing():
            return theming.put(workspace_id=house.id, definition=own, now=house.now, by="ada@example.test")

    assert (put("atelier"), put("atelier"), put("atelier", "cours")) == (1, 1, 2)
    answered(house, client, "ada", why="L’atelier était parfait, le magasin aussi")
    house.work()
    assert mentioned(house) == [("why", "store", "positive"), ("why", "workshop", "positive")]
    with house.reading():
        assert theming.find_names(workspace_id=house.id)["workshop"] == {"": "Atelier"}
    with house.writing(), pytest.raises(theming.ThemesRefused):
        theming.put(workspace_id=house.id, definition={"themes": [{"key": "x"}]}, now=house.now, by="ada")


def test_figures_of_themes_have_their_number_interval_and_what_was_before(house: House, client: FlaskClient) -> None:
    for number in range(12):
        words = "Livraison inadmissible." if number < 9 else "Livraison parfaite."
        answered(house, client, f"c{number}", "nantes" if number % 2 else None, why=words)
    answered(house, client, "zoe", why="Le magasin est parfait.")
    house.work()
    day = house.rows(Response)[0].counted_on

    def figures(*, later: int = 0, **wanted: Any) -> dict[str, Any]:
        group_by = wanted.pop("group_by", None)
        since, until = day + timedelta(days=later - 1), day + timedelta(days=later + 2)
        with house.reading():
            question = Question(workspace_id=house.id, **wanted)
            return theme_figures.theme_figures(question=question, since=since, until=until, group_by=group_by)

    found = figures(group_by="place")
    delivery, store = found["themes"]
    assert (found["verbatims"], delivery["key"], delivery["mentions"]) == (13, "delivery", {
        "negative": 9, "neutral": 0, "positive": 3,
    })  # fmt: skip
    assert (delivery["negative"]["value"], delivery["negative"]["n"], delivery["balance"]["value"]) == (75, 12, -50)
    assert delivery["negative"]["interval"]["low"] < 75 < delivery["negative"]["interval"]["high"]
    assert delivery["mentioned"]["before"] == {"value": None, "interval": None, "n": 0}
    assert (store["negative"]["value"], store["negative"]["n"]) == (None, 1)
    assert [(group["key"], group["verbatims"]) for group in found["groups"]] == [("", 7), ("nantes", 6)]
    assert figures(seen=("nantes",))["verbatims"] == 6
    [nowhere, nantes] = figures(group_by="place", later=3)["groups"]
    assert [nowhere["verbatims"], nowhere["verbatims_before"], nantes["verbatims_before"]] == [0, 7, 6]
    [survey] = figures(group_by="survey", later=3)["groups"]
    assert survey["themes"][0]["negative"]["before"].items() <= delivery["negative"].items()
    assert figures(place="nowhere")["themes"] == []


def test_a_text_of_before_is_in_no_figure_of_themes(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", why="Livraison parfaite")
    house.work()
    row = house.rows(Response)[0]
    assert counting.count_understood(row.sentiment) != []
    assert counting.count_understood({key: said for key, said in row.sentiment.items() if key != "themes"}) == []
