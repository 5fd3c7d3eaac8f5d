"""How much is said to the database: a budget per request, and a constant number for any number of rows."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.altered import one_letter_off
from tests.builders import BUYS_FOR, CSAT, NO_RESTS, NPS, WHY, House, Page, answer
from tests.many import many_events
from tests.watching import statements
from vocapp.domain.links import Purpose
from vocapp.models import Invitation

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


@pytest.mark.parametrize("layout", ["steps", "page"])
def test_a_warm_page_reads_once_and_its_post_is_one_statement_more(
    house: House, client: FlaskClient, layout: str
) -> None:
    house.survey(layout=layout, questions=[NPS, WHY, BUYS_FOR])
    house.personas(PERSONAS)
    house.customer("warm")
    house.customer("ada", attributes={"likes": "tea"})
    answer(client, house.link(house.invite("warm")), {"nps": "2", "why": "Late.", "buys_for": "gift"})
    path = house.link(house.invite("ada"))
    answers = {"nps": "2", "why": "Too late.", "buys_for": "gift"}
    on_postgresql = house.app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql")

    with statements(house.app) as said:
        page = Page(client.get(path).text)
    assert len(said) == 1
    assert "FOR UPDATE" not in said[0].upper()
    state: str | None = "asking"
    while state == "asking":
        fields = {key: answers[key] for key in page.fields}
        with statements(house.app) as said:
            page = Page(client.post(path, data={**page.hidden, **fields}).text)
        state = page.state
        if on_postgresql:
            assert len(said) == 2, said
        else:  # the same steps one by one, without a round trip, in one writing transaction
            assert len(said) <= 11
            assert sum(text.startswith("BEGIN IMMEDIATE") for text in said) <= 1
            assert len(said) <= (4 if "nps" in fields and layout == "steps" else 11), said
    assert state == "completed"


def test_what_is_not_accepted_writes_nothing(house: House, client: FlaskClient) -> None:
    house.survey()
    house.customer("ada")
    path = house.link(house.invite("ada"))
    client.get(path)
    with statements(house.app) as said:
        assert client.post(path, data={"_page": "0", "nps": "11"}).status_code == 422
    assert len(said) == 1
    answer(client, path, {"nps": "9"})
    with statements(house.app) as said:
        assert client.post(path, data={"_page": "0", "nps": "1"}).status_code == 410
    assert len(said) == 1


@pytest.mark.parametrize("page", ["survey", "unsubscribe", "preferences"])
def test_a_link_that_was_never_made_costs_what_one_of_an_erased_person_costs(
    house: House, client: FlaskClient, page: Purpose
) -> None:
    """So that the time of the answer tells nothing; `python -m bench.refusals` measures it."""
    house.survey()
    house.customer("ada")
    erased = house.link(house.invite("ada"), page)
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    assert client.delete("/api/v1/customers/ada", headers=bearer).status_code in {202, 204}
    client.get(erased)
    wrong = [one_letter_off(erased), erased[:-3], erased + "'--", erased[:20]]
    asked = []
    for path in (erased, *wrong):
        with statements(house.app) as said:
            answers = [client.get(path), client.post(path), client.post(path, data={"nps": "3"})]
        assert [answer.status_code for answer in answers] == [404] * 3, path
        asked.append(said)
    assert asked[1:] == asked[:1] * len(wrong)


def test_deciding_takes_the_same_statements_for_one_event_and_for_five_hundred(app: Flask) -> None:
    def said_for(number: int) -> list[str]:
        house = House(app, f"for-{number}", policy=NO_RESTS)
        house.survey(questions=[NPS, BUYS_FOR])
        house.survey("care", questions=[CSAT], priority=10)
        events = many_events(house, number)
        house.decide(events[0])  # the survey's definition is read once
        with statements(app) as said:
            house.decide(*events[1:])
        assert len(house.rows(Invitation)) == 2 * len(events)
        return said

    few, many = said_for(2), said_for(501)
    assert len(few) == len(many), "\n".join(sorted(set(many), key=many.count)[-3:])


PERSONAS = {
    "minimum_confidence": 0.1,
    "personas": [
        {
            "key": "giver",
            "name": "Giver",
            "criteria": [{"when": {"==": [{"var": "answers.buys_for"}, "gift"]}, "weight": 1, "because": "gives"}],
        }
    ],
}
