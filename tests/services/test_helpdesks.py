"""What a helpdesk tells, beside what is promised to the customer and what else they complain about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.builders import House
from tests.conftest import NOW
from tests.promised import Customer, company, open_alerts, sweep
from tests.unhappy import complain
from vocapp.domain.helpdesks import Told
from vocapp.models import Alert
from vocapp.services import calling_back, claims, helpdesks
from vocapp.services.calling_back import NotMoved

HOUR = timedelta(hours=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    return company(app, NOW)


def hear(ada: Customer, status: Any, at: datetime, **given: Any) -> str:
    told = Told(id=f"{status} {at}", tool="Zendesk", reference="7", status=status, at=at, **given)
    with ada.house.writing():
        heard = helpdesks.hear(workspace_id=ada.house.id, alert_id=ada.alert.id, told=told, now=at)
    if heard.refused is not None:
        raise heard.refused
    return heard.outcome


def test_what_is_promised_is_not_solved_away_and_kept_by_who_reached_the_customer_there(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    ada.choose(ada.offered(NOW)[-1], NOW)
    assert hear(ada, "open", NOW) == "taken"
    with pytest.raises(NotMoved, match="a callback is promised"):
        hear(ada, "solved", NOW + HOUR)
    assert hear(ada, "solved", NOW + HOUR, reached="email") == "resolved"
    assert [one.status for one in ada.promises] == ["kept"]
    assert "promise_kept" in ada.history()


def test_what_is_solved_there_while_a_callback_is_promised_is_in_the_queue_for_who_keeps_the_promise(
    house: House,
) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    start = ada.offered(NOW)[0]
    ada.choose(start, NOW)
    assert hear(ada, "open", NOW) == "taken"
    for _ in range(2):
        with pytest.raises(NotMoved, match="a callback is promised"):
            hear(ada, "solved", NOW + HOUR / 60)
    assert ada.history()[-3:] == ["claim", "external", "release"], "the second told nothing new"
    sweep(house, start + 5 * HOUR)
    alert = ada.alert
    assert [one.status for one in ada.promises] == ["missed"]
    assert (alert.status, alert.assignee, alert.elsewhere) == ("new", None, False)
    assert (alert.external["status"], alert.external["taken_back"]) == ("solved", False)
    assert hear(ada, "pending", start + 6 * HOUR) == "taken", "nobody took it from the tool"


def test_what_is_solved_there_while_somebody_here_has_it_is_in_the_queue_once_they_let_go(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    with house.writing():
        calling_back.claim(workspace_id=house.id, alert_id=ada.alert.id, agent="ana@maison.test", now=NOW)
    assert hear(ada, "open", NOW) == "noted"
    for _ in range(2):
        with pytest.raises(NotMoved, match="held by ana@maison"):
            hear(ada, "solved", NOW + HOUR / 60)
    assert (ada.alert.assignee, ada.alert.external["status"]) == ("ana@maison.test", "solved")
    with house.writing():
        claims.take_back(workspace_id=house.id, now=NOW + 48 * HOUR)
    alert = ada.alert
    assert (alert.status, alert.assignee, alert.elsewhere) == ("new", None, False)
    assert ada.history() == ["opened", "claim", "external", "external", "lease_over"]
    assert hear(ada, "solved", NOW + HOUR / 60) == "resolved", "told again, the same word counts"


def test_no_tool_acts_as_who_has_it_in_hand_be_their_name_the_same(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    with house.writing():
        calling_back.claim(workspace_id=house.id, alert_id=ada.alert.id, agent="Zendesk", now=NOW)
    for status, given in (("solved", {}), ("closed", {"reached": "phone"})):
        with pytest.raises(NotMoved, match="held by Zendesk"):
            hear(ada, status, NOW + HOUR / 60, **given)
    assert (ada.alert.status, ada.alert.elsewhere) == ("claimed", False)


def test_what_is_opened_again_there_is_refused_while_the_customer_has_another_alert_open(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    assert hear(ada, "solved", NOW) == "resolved"
    first = ada.alert
    with house.app.app_context():
        complain(house.id, first.customer_id, NOW + HOUR, nps=1)
    open_alerts(house, NOW + HOUR)
    told = Told(id="r", tool="Zendesk", reference="7", status="reopened", at=NOW + 2 * HOUR)
    with pytest.raises(NotMoved, match="another alert open"), house.writing():
        helpdesks.hear(workspace_id=house.id, alert_id=first.id, told=told, now=NOW + 2 * HOUR)
    assert {one.id: one.status for one in house.rows(Alert)}[first.id] == "resolved"
