"""A company that has been at work: mails sent, answers given, alerts called back, a survey left unfinished."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from tests.builders import BUYS_FOR, CSAT, NO_RESTS, NPS, WHY, House, answer
from tests.followed import follow
from vocapp.app import add_doors, create_app
from vocapp.config import Settings
from vocapp.models import Alert, Customer, Fact, Invitation, Response, db
from vocapp.models.looking import looking
from vocapp.models.migrating import upgrade
from vocapp.services import calling_back, closing, counting, counting_mails
from vocapp.services.checking import CHECKS, base, examining

LIKES: dict[str, Any] = {
    "key": "likes",
    "type": "multiple_choice",
    "text": {"fr": "Qu’avez-vous aimé ?", "en": "What did you like?"},
    "choices": [{"key": key, "text": {"fr": key, "en": key}} for key in ("price", "speed", "advice")],
}
AGAIN: dict[str, Any] = {"key": "again", "type": "yes_no", "text": {"fr": "Reviendrez-vous ?", "en": "Again?"}}
QUESTIONS = [NPS, CSAT, WHY, BUYS_FOR, LIKES, AGAIN]

Doctor: TypeAlias = Callable[..., dict[str, examining.Finding]]


@pytest.fixture
def company(app: Flask, client: FlaskClient) -> House:
    """Give the company, in which nothing is wrong; a test may do with it what it likes."""
    return _at_work(app, client)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give the same company to all tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("company")
    url, server, name = f"sqlite:///{folder / 'vocapp.db'}", None, f"c_{uuid4().hex}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.create_database(name)
    upgrade(url)
    app = add_doors(
        create_app(
            Settings(
                data_dir=folder,
                database_url=url,
                redis_url="redis://127.0.0.1:1/0",
                embedded_redis=False,
                secret_key="a secret key of the tests, long enough",
                public_url="http://vocapp.test",
            )
        )
    )
    yield _at_work(app, app.test_client())
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    if server is not None:
        server.drop_database(name)


def _at_work(app: Flask, client: FlaskClient) -> House:
    house = House(app, policy={**NO_RESTS, "partial_closes_after_days": 1})
    house.survey(layout="page", questions=QUESTIONS)
    house.survey("steps", trigger=None, questions=[NPS, WHY])
    people = {
        "glad": {"nps": "10", "csat": "5", "buys_for": "gift", "likes": ["price", "speed"], "again": "yes"},
        "sad": {"nps": "2", "csat": "1", "why": "inadmissible", "again": "no"},
        "torn": {"nps": "9", "csat": "4", "why": "inadmissible"},
    }
    for name, said in people.items():
        customer_id = house.customer(name)
        house.decide(house.event(customer_id, f"order-{name}", place=None))
        [invitation] = house.rows(Invitation, Invitation.customer_id == customer_id)
        house.work()
        answer(client, house.link(invitation.id), said)
        house.work()
    for alert in house.rows(Alert)[:1]:
        with house.writing():
            on = {"workspace_id": house.id, "alert_id": alert.id, "now": house.now}
            calling_back.claim(**on, agent="zoe@maison.test")
            for _ in range(3):
                calling_back.contact(**on, outcome="no_answer", note=None, by=None)
            calling_back.resolve(**on, root_cause="late", note=None, by=None)
    with house.writing():
        counting_mails.count_some(now=house.now)
    _leave_unfinished(house, client)
    with house.writing():
        counting.add_up()
    follow(house)
    return house


@pytest.fixture
def doctor(company: House) -> Doctor:
    """Give a look at the company: what each check finds."""

    def look(**given: Any) -> dict[str, examining.Finding]:
        with company.app.app_context(), looking():
            view = base.prepare(workspace_ids=None, now=company.now, **given)
            found = list(examining.examine(look=view, seconds=60, monotonic=time.monotonic))
        assert [one.check for one in found] == list(CHECKS)
        return {one.check.key: one for one in found}

    return look


def wrong(found: dict[str, examining.Finding]) -> dict[str, int]:
    """Return what is wrong, and how often."""
    assert not [one for one in found.values() if one.status == "unknown"]
    return {key: one.n for key, one in found.items() if one.wrong}


def _leave_unfinished(house: House, client: FlaskClient) -> None:
    house.customer("late")
    path = house.link(house.invite("late", survey="steps"))
    client.post(path, data={"_page": "0", "nps": "4"})
    with house.writing():
        assert closing.close_partial_responses(workspace_id=house.id, now=house.now + timedelta(days=2)) == 1
    house.work()
    with house.reading() as session:
        assert not session.scalars(select(Fact).where(Fact.done_at.is_(None))).all()


Broken: TypeAlias = Callable[..., dict[str, int]]


@pytest.fixture
def broken(shared: House) -> Broken:
    """Give what is found wrong after changes by hand, which are undone: `broken(update(Response)…) == {"…": 1}`."""

    def find(*changes: Any, **given: Any) -> dict[str, int]:
        with shared.app.app_context():
            try:
                for change in changes:
                    db.session.execute(text(change) if isinstance(change, str) else change)
                view = base.prepare(workspace_ids=None, now=shared.now, **given)
                return wrong({check.key: examining.Finding(check, tuple(check.find(view)), 0) for check in CHECKS})
            finally:
                db.session.rollback()

    return find


@pytest.fixture
def of(shared: House) -> Callable[[str], Response]:
    """Give somebody's response."""

    def find(name: str) -> Response:
        [customer] = shared.rows(Customer, Customer.external_id == name)
        [response] = shared.rows(Response, Response.customer_id == customer.id)
        return response

    return find


@pytest.fixture
def on_sqlite(shared: House) -> bool:
    return str(shared.app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")
