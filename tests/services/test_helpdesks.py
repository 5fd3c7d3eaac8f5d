"""What a helpdesk tells, beside what is promised to the customer and what else they complain about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.builders import House
from tests.conftest import NOW
from tests.promised import Customer, company, open_alerts
from tests.unhappy import complain
from vocapp.domain.helpdesks import Told
from vocapp.models import Alert
from vocapp.services import helpdesks
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
        return heard.outcome


def test_what_is_promised_is_not_solved_away_and_kept_by_who_reached_the_customer_there(house: House) -> None:
    ada = Customer.complain(house, "ada", now=NOW)
    ada.choose(ada.offered(NOW)[-1], NOW)
    assert hear(ada, "open", NOW) == "taken"
    with pytest.raises(NotMoved, match="a callback is promised"):
        hear(ada, "solved", NOW + HOUR)
    assert (ada.alert.status, ada.alert.external["status"]) == ("claimed", "open"), "nothing of it was kept"
    assert hear(ada, "solved", NOW + HOUR, reached="email") == "resolved"
    assert [one.status for one in ada.promises] == ["kept"]
    assert "promise_kept" in ada.history()


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
