"""What was written is understood: sentiment, persona, profile, and the signal behind a good score."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import BUYS_FOR, CSAT, NPS, WHY, House, answer
from tests.erased import counters
from vocapp.adapters.sentiment.fake import FakeSentiment
from vocapp.domain.sentiment import Sentiment, not_judged
from vocapp.models import Alert, Change, Customer, Fact, Response, Signal
from vocapp.services import analysing

pytestmark = pytest.mark.both_databases

PERSONAS = {
    "minimum_confidence": 0.3,
    "personas": [
        {
            "key": "giver",
            "name": "Giver",
            "criteria": [
                {"when": {"==": [{"var": "answers.buys_for"}, "gift"]}, "weight": 1, "because": "buys gifts"},
            ],
        },
        {
            "key": "angry",
            "name": "Angry",
            "criteria": [
                {"when": {"==": [{"var": "sentiment.label"}, "negative"]}, "weight": 3, "because": "sounds angry"},
            ],
        },
    ],
}


class OfOneLanguage(FakeSentiment):
    """Reads French only, as the real model reads six."""

    def score(self, text: str, *, hint: str | None = None) -> Sentiment:
        if "dziękuję" in text:
            return not_judged("language_not_supported", language="pl", model=self.name)
        return super().score(text, hint=hint)


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.sentiment = OfOneLanguage({"inadmissible": "negative", "parfait": "positive"})
    house.survey(layout="page", questions=[NPS, WHY, BUYS_FOR])
    return house


def answered(house: House, client: FlaskClient, name: str, **answers: Any) -> None:
    house.customer(name)
    answer(client, house.link(house.invite(name)), answers)


def test_a_clearly_negative_text_behind_a_good_score_raises_a_signal(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", nps="9", why="Le livreur a été inadmissible.")
    assert house.rows(Signal) == []
    house.work()
    [signal] = house.rows(Signal)
    assert signal.kinds == ["negative_verbatim"]
    [alert] = house.rows(Alert)
    assert (alert.kinds, alert.reason) == (["negative_verbatim"], "negative_verbatim")


def test_behind_a_bad_score_the_text_raises_no_second_one(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", nps="2", why="C’est inadmissible.")
    house.work()
    assert [signal.kinds for signal in house.rows(Signal)] == [["detractor"]]
    assert len(house.rows(Alert)) == 1


def test_sentiment_and_persona_go_into_response_profile_and_feed(house: House, client: FlaskClient) -> None:
    house.personas(PERSONAS)
    answered(house, client, "ada", nps="9", why="Livreur inadmissible", buys_for="gift")
    [response] = house.rows(Response)
    assert response.sentiment is None
    assert (response.persona["key"], response.persona["confidence"]) == ("giver", 1.0)
    place = house.rows(Change, Change.stream == "responses")[0].number
    house.work()
    [response] = house.rows(Response)
    [customer] = house.rows(Customer)
    assert (response.sentiment["label"], response.sentiment["language"]) == ("negative", "fr-FR")
    assert response.persona == {"key": "angry", "confidence": 0.75, "reasons": ["sounds angry"]}
    assert (customer.sentiment_label, customer.sentiment_score) == ("negative", response.sentiment["score"])
    assert (customer.persona_key, customer.persona_at) == ("angry", response.answered_at)
    assert house.rows(Change, Change.stream == "responses")[0].number > place


def test_where_the_text_leaves_no_persona_ahead_there_is_none_and_the_profile_shows_the_one_before(
    house: House, client: FlaskClient
) -> None:
    giver, angry = PERSONAS["personas"]
    tied = {**angry, "criteria": [{**angry["criteria"][0], "weight": 1}]}
    house.personas({**PERSONAS, "personas": [giver, tied]})
    for name, before in (("ada", True), ("ben", False)):
        house.customer(name)
        if before:
            answer(client, house.link(house.invite(name)), {"nps": "9", "buys_for": "gift"})
            house.work()
            [first] = house.rows(Response)
            house.attribute(first.customer_id, "buys_for", None, at=house.now)  # to be asked once more
        answer(client, house.link(house.invite(name)), {"nps": "9", "why": "inadmissible", "buys_for": "gift"})
    ada, ben = sorted(house.rows(Customer), key=lambda customer: customer.external_id)
    assert (ada.persona_key, ben.persona_key) == ("giver", "giver")
    assert ada.persona_at > first.answered_at
    house.work()
    assert {response.id for response in house.rows(Response) if response.persona} == {first.id}
    ada, ben = sorted(house.rows(Customer), key=lambda customer: customer.external_id)
    assert (ada.persona_key, ada.persona_confidence, ada.persona_at) == ("giver", 1.0, first.answered_at)
    assert (ben.persona_key, ben.persona_confidence, ben.persona_at) == (None, None, None)


def test_a_response_is_not_borne_out_by_what_it_wrote_into_the_profile_itself(
    house: House, client: FlaskClient
) -> None:
    before = {"==": [{"var": "customer.attributes.buys_for"}, "gift"]}
    giver, angry = PERSONAS["personas"]
    giver = {**giver, "criteria": [*giver["criteria"], {"when": before, "weight": 2, "because": "said so before"}]}
    house.personas({**PERSONAS, "personas": [giver, angry]})
    answered(house, client, "ada", nps="9", why="parfait", buys_for="gift")
    house.work()
    [response] = house.rows(Response)
    assert response.persona == {"key": "giver", "confidence": 1.0, "reasons": ["buys gifts"]}


def test_personas_see_a_known_value_as_the_answer_at_the_end_and_once_scored(house: House, client: FlaskClient) -> None:
    house.personas(PERSONAS)
    house.customer("ada", attributes={"buys_for": "gift"})
    assert answer(client, house.link(house.invite("ada")), {"nps": "9", "why": "parfait"}) == [["nps", "why"]]
    giver = {"key": "giver", "confidence": 1.0, "reasons": ["buys gifts"]}
    assert [response.persona for response in house.rows(Response)] == [giver]
    house.personas({**PERSONAS, "personas": [{**PERSONAS["personas"][0], "key": "present"}, PERSONAS["personas"][1]]})
    house.work()
    assert [response.persona for response in house.rows(Response)] == [{**giver, "key": "present"}]
    assert "buys_for" not in {question for *_, question, _ in counters(house)}


def test_a_later_response_is_not_overruled_by_an_earlier_one_scored_after_it(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", nps="9", why="inadmissible")
    first = [fact.id for fact in house.rows(Fact)]
    answer(client, house.link(house.invite("ada")), {"nps": "9", "why": "parfait"})
    second = [fact.id for fact in house.rows(Fact) if fact.id not in first]
    for fact_ids in (second, first):
        with house.writing():
            verbatims = analysing.read_verbatims(fact_ids=fact_ids)
        scored = analysing.score(verbatims=verbatims, model=house.sentiment)
        with house.writing():
            analysing.conclude(fact_ids=fact_ids, understood=scored, now=house.now)
    assert house.rows(Customer)[0].sentiment_label == "positive"


def test_another_language_is_labelled_as_such_and_not_forced(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", nps="9", why="Bardzo dziękuję za szybką dostawę, wszystko w porządku.")
    house.work()
    [response] = house.rows(Response)
    assert (response.sentiment["label"], response.sentiment["language"]) == (None, "pl")
    assert response.sentiment["reason"] == "language_not_supported"
    assert house.rows(Signal) == []
    assert house.rows(Customer)[0].sentiment_label is None


def test_of_what_was_said_the_passages_that_hurt_are_known(house: House, client: FlaskClient) -> None:
    why = "Belle lampe. Livraison inadmissible ! Le vendeur était parfait."
    answered(house, client, "ada", nps="3", why=why)
    answered(house, client, "ben", nps="3", why="inadmissible")
    answered(house, client, "cleo", nps="9", why="parfait")
    house.work()
    hurts = {one.answers["why"]: one.sentiment.get("hurts") for one in house.rows(Response)}
    start = why.index("Livraison")
    assert hurts == {why: [[[start, why.index(" Le")]]], "inadmissible": [[[0, 12]]], "parfait": None}


def test_nothing_is_asked_of_the_model_where_nothing_was_written(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", nps="9")
    answered(house, client, "ben", nps="9", why="  ")
    house.work()
    assert house.sentiment.asked == []
    assert [response.sentiment for response in house.rows(Response)] == [None, None]
    assert all(fact.done_at for fact in house.rows(Fact))


def test_scored_twice_it_counts_once(house: House, client: FlaskClient) -> None:
    answered(house, client, "ada", nps="9", why="inadmissible")
    fact_ids = [fact.id for fact in house.rows(Fact)]
    with house.writing():
        verbatims = analysing.read_verbatims(fact_ids=fact_ids)
    scored = analysing.score(verbatims=verbatims, model=house.sentiment)
    for _ in range(2):
        with house.writing():
            analysing.conclude(fact_ids=fact_ids, understood=scored, now=house.now)
    house.work()
    assert len(house.rows(Signal)) == len(house.rows(Alert)) == 1
    with house.writing():
        assert analysing.read_verbatims(fact_ids=fact_ids) == []


def test_the_text_of_a_question_off_the_path_is_not_judged(house: House, client: FlaskClient) -> None:
    house.survey(
        "path", layout="steps", questions=[CSAT, {**WHY, "ask_if": {"<=": [{"var": "answers.csat"}, 2]}}, BUYS_FOR]
    )
    house.customer()
    path = house.link(house.invite("ada", "path"))
    client.post(path, data={"_page": "0", "csat": "1"})
    client.post(path, data={"_page": "1", "why": "inadmissible"})
    client.post(path, data={"_page": "0", "csat": "5"})
    client.post(path, data={"_page": "2"})
    house.work()
    [response] = house.rows(Response)
    assert (response.status, response.void) == ("completed", ["why"])
    assert house.sentiment.asked == []
    assert house.rows(Signal) == []
