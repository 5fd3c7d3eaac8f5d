"""Who was at a survey's page: a gesture tells, opening does not; and of whom it is counted that they answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import NPS, House, answer
from tests.days import day_of
from tests.erased import differences
from vocapp.domain.boards import ANSWERED_WITHIN
from vocapp.models import Invitation
from vocapp.models.journey import VISITED, WATCHED
from vocapp.services import counting, counting_mails
from vocapp.services.reach import reach

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.survey("bought", trigger=None, questions=[NPS])
    return house


def invited(house: House, name: str) -> str:
    house.customer(name)
    return house.link(house.invite(name, "bought"))


def heard(house: House) -> list[bool]:
    return [bool(one.mail_heard & VISITED) for one in house.rows(Invitation)]


def test_only_a_gesture_tells_of_a_visit_and_only_once(house: House, client: FlaskClient) -> None:
    path = invited(house, "ada")
    for method in ("get", "head"):
        assert getattr(client, method)(path).status_code == 200
        assert getattr(client, method)(f"{path}/visit").status_code == 405
    assert heard(house) == [False]
    for _ in range(2):
        assert client.post(f"{path}/visit").status_code == 204
        assert heard(house) == [True]


def test_a_link_of_nobody_tells_nothing_and_looks_the_same(house: House, client: FlaskClient) -> None:
    path = invited(house, "ada")
    known, unknown = client.post(f"{path}/visit"), client.post("/s/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/visit")
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data) == (204, b"")


def test_a_visit_after_the_time_to_answer_is_none(house: House, client: FlaskClient) -> None:
    path = invited(house, "ada")
    with house.writing() as session:
        session.execute(update(Invitation).values(sent_at=house.now - ANSWERED_WITHIN - timedelta(minutes=1)))
    assert client.post(f"{path}/visit").status_code == 204
    assert heard(house) == [False]


def test_somebody_may_be_there_before_the_provider_has_told(house: House, client: FlaskClient) -> None:
    path = invited(house, "ada")
    with house.writing() as session:
        session.execute(update(Invitation).values(status="sending", sent_at=None, marked_at=house.now))
    assert client.post(f"{path}/visit").status_code == 204
    assert heard(house) == [True]


def test_the_page_tells_of_it_until_somebody_answers(house: House, client: FlaskClient) -> None:
    path = invited(house, "ada")
    page = client.get(path)
    assert page.text.count("<script>") == 1
    assert "script-src 'sha256-" in page.headers["Content-Security-Policy"]
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    answer(client, path, {"nps": "9"})
    after = client.get(path)
    assert "<script>" not in after.text
    assert "script-src" not in after.headers["Content-Security-Policy"]


def test_who_answered_is_counted_of_those_who_were_there(house: House, client: FlaskClient) -> None:
    """Ten answer, four look and go, three never come; of two more, made before pages told of it, nothing is known."""
    paths = [invited(house, f"c{number}") for number in range(19)]
    with house.writing() as session:
        ids = [one.id for one in session.query(Invitation).order_by(Invitation.id)]
        session.execute(update(Invitation).where(Invitation.id.in_(ids[17:])).values(mail_heard=0))
    for path in paths[:10]:
        answer(client, path, {"nps": "9"})
    for path in (*paths[:2], *paths[10:14]):
        client.post(f"{path}/visit")
    answer(client, paths[17], {"nps": "9"})
    later = house.now + ANSWERED_WITHIN + timedelta(hours=1)
    for _ in range(3):
        with house.writing():
            counting_mails.count_some(now=later)
            counting.add_up()
    with house.reading():
        until = day_of(later + timedelta(days=1))
        said = reach(workspace_id=house.id, survey="bought", since=house.today, until=until, places=None)
    assert (said["delivered"], said["answered"]["hits"]) == (19, 11)
    of_visited = said["answered_of_visited"]
    assert (of_visited["hits"], of_visited["n"]) == (10, 14)
    assert differences(house) == []
    assert all(one.mail_heard & WATCHED for one in house.rows(Invitation)[:17])
