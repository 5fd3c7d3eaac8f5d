"""What was answered to an earlier tool: counted on its own day, told once, alerting nobody, gone with its person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.builders import BUYS_FOR, CSAT, NPS, WHY, House
from tests.erased import counters, doctor, erase
from vocapp.models import Alert, Attribute, Customer, Fact, Invitation, Response, Signal, db
from vocapp.services import counting
from vocapp.services.past_answers import take_past_answers
from vocapp.services.reporting import Question, figure, figures_by


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.survey("asked", trigger=None, questions=[NPS, CSAT, WHY, BUYS_FOR])
    return house


def past(number: int, nps: int, at: str = "2024-05-31T22:30:00Z", **more: Any) -> dict[str, Any]:
    said = {"external_id": f"c{number % 7}"}
    return {
        "id": f"old {number}",
        "survey": "asked",
        "answered_at": at,
        "customer": said,
        "answers": {"nps": nps},
    } | more


def take(house: House, *documents: Any) -> Any:
    with house.writing():
        return take_past_answers(workspace_id=house.id, documents=documents, secret=house.secret, now=house.now)


def bought_for(house: House, external_id: str) -> Any:
    found = select(Attribute.value).join(Customer, Customer.id == Attribute.customer_id)
    with house.reading():
        return db.session.scalar(found.where(Customer.external_id == external_id, Attribute.key == "buys_for"))


@pytest.mark.both_databases
def test_they_count_on_the_workspaces_day_of_then_and_once(house: House) -> None:
    told = [past(number, 9 if number % 3 else 2, place="lyon") for number in range(12)]
    assert take(house, *told).accepted == 12
    again = take(house, *told, past(3, 0), past(12, 10, "2024-05-01T00:00:00Z"))
    assert (again.accepted, again.duplicates, again.refused) == (1, 13, [])
    with house.reading():
        months = figures_by(metric="nps", question=Question(workspace_id=house.id), group_by="month")
        # half past ten in the evening of Greenwich is the next day, and the next month, in Paris
        assert [(one["key"], one["responses"], one["detractors"]) for one in months] == [
            ("2024-05", 1, 0),
            ("2024-06", 12, 4),
        ]
        assert figure(metric="nps", question=Question(workspace_id=house.id, place="lyon"))["responses"] == 12
        assert counting.verify(workspace_id=house.id) == []


def test_an_answer_that_is_still_to_come_is_refused(house: House) -> None:
    soon, later = ((house.now + timedelta(hours=hours)).isoformat() for hours in (12, 25))
    outcome = take(house, past(1, 9, soon), past(2, 9, later))
    assert outcome.accepted == 1  # the noon of a day that has begun
    [refused] = outcome.refused
    assert (refused.index, [str(one.pointer) for one in refused.faults]) == (1, ["/answered_at"])
    assert "still to come" in refused.faults[0].detail
    [row] = house.rows(Response)
    assert row.answered_at <= house.now


def test_nobody_is_alerted_by_them_and_what_was_written_is_understood(house: House) -> None:
    assert take(house, past(1, 0, answers={"nps": 0, "why": "C’est inadmissible."}), past(2, 1)).accepted == 2
    house.work()
    with house.reading():
        assert db.session.scalar(select(func.count()).select_from(Signal)) == 0
        assert db.session.scalar(select(func.count()).select_from(Alert)) == 0
        assert db.session.scalar(select(func.count()).select_from(Fact)) == 1, "what nobody wrote needs no model"
        labels = [one and one["label"] for one in db.session.scalars(select(Response.sentiment))]
        assert sorted(labels, key=str) == [None, "negative"]
        invitation = db.session.scalars(select(Invitation)).first()
        assert (invitation.channel, invitation.status, invitation.reason) == ("import", "expired", "imported")
    assert doctor(house) == []


def test_the_profile_learns_what_is_newer_than_what_it_knows(house: House) -> None:
    house.customer("c1", attributes={"buys_for": "self"})
    old = past(1, 3, answers={"nps": 3, "buys_for": "gift"})
    newer = past(8, 10, "2025-01-01T00:00:00Z")
    take(house, newer, old, past(2, 7, answers={"nps": 7, "buys_for": "gift"}))
    with house.reading():
        people = {one.external_id: one for one in db.session.scalars(select(Customer))}
        assert (people["c1"].nps_value, people["c1"].nps_at) == (10, datetime(2025, 1, 1, tzinfo=UTC))
        assert people["c2"].nps_value == 7
    assert bought_for(house, "c1") == "self"
    assert bought_for(house, "c2") == "gift"


WRONG: list[tuple[Any, str]] = [
    ("text", ""),
    (past(1, 11), "/answers/nps"),
    (past(1, 9, answers={"nps": 9, "other": 1}), "/answers/other"),
    (past(1, 9, answers={}), "/answers"),
    (past(1, 9, answers={f"q{n}": 1 for n in range(7)}), "/answers"),
    (past(1, 9, survey="nobody_knows"), "/survey"),
    (past(1, 9, "yesterday"), "/answered_at"),
    (past(1, 9, customer={}), "/customer/external_id"),
    (past(1, 9, more=1), "/more"),
    (past(1, 9, id="x" * 191), "/id"),
    (past(1, 9, language=7), "/language"),
]


def test_what_cannot_be_meant_is_refused_with_its_place(house: House) -> None:
    outcome = take(house, *(document for document, _ in WRONG), past(0, 9))
    assert outcome.accepted == 1
    assert [(one.index, one.faults[0].pointer) for one in outcome.refused] == [
        (index, pointer) for index, (_, pointer) in enumerate(WRONG)
    ]


@pytest.mark.both_databases
def test_who_was_erased_does_not_come_back_and_what_they_counted_stays(house: House) -> None:
    take(house, *(past(number, 9) for number in range(7)))
    before = counters(house)
    erase(house, "c3")
    again = take(house, past(3, 1, id="another"), past(4, 1, id="a third"))
    assert (again.accepted, [one.erased for one in again.refused]) == (1, [True])
    with house.reading():
        assert counting.verify(workspace_id=house.id) == []
    assert sum(counters(house).values()) == sum(before.values()) + 3, "three sums an answer, and none is taken away"
