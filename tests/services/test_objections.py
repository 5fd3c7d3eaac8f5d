"""Lists of who said no before: kept once, and never against what somebody said after them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import House
from tests.conftest import NOW
from tests.services.sending_by_hand import stands
from vocapp.domain.links import contact_key
from vocapp.models import Consent, Contact
from vocapp.services import preferring
from vocapp.services.objections import Listed, Taken, take_list

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


def take(house: House, at: datetime | None, now: datetime, **more: Any) -> Taken:
    listed = Listed(contact_key(house.secret, "ada@example.test"), "objection", at, **more)
    with house.writing():
        return take_list(workspace_id=house.id, listed=[listed], now=now)


@pytest.mark.parametrize("at", [NOW - 30 * DAY, None], ids=["dated", "without a date"])
def test_a_list_told_again_does_not_undo_that_somebody_came_back(house: House, at: datetime | None) -> None:
    house.survey()
    house.customer()
    link = house.invite()
    assert take(house, at, NOW) == Taken(1, 0, ())
    with house.writing():
        preferring.come_back(invitation_id=link, text_version="v", now=NOW + DAY)
    open_again = house.invite(now=NOW + 2 * DAY)
    before = house.dump()
    assert take(house, at, NOW + 3 * DAY) == Taken(0, 1, ())
    assert house.dump() == before
    assert stands(house, open_again) == ("sent", None)

    assert take(house, NOW + 2 * DAY, NOW + 3 * DAY) == Taken(1, 0, ()), "said after it: she objects anew"
    assert [one.unsubscribed_at for one in house.rows(Contact)] == [NOW + 2 * DAY]
    assert stands(house, open_again)[0] == "cancelled"


def test_an_objection_without_a_date_is_one_however_often_it_is_told(house: House) -> None:
    house.customer()
    assert take(house, None, NOW, purpose="newsletter", source="till") == Taken(1, 0, ())
    assert take(house, None, NOW + DAY, purpose="newsletter", source="till") == Taken(0, 1, ())
    assert take(house, None, NOW + DAY, purpose="newsletter", source="phone") == Taken(1, 0, ())
    told = house.rows(Consent, Consent.purpose == "newsletter")
    assert sorted((one.source, one.at) for one in told) == [("phone", NOW + DAY), ("till", NOW)]
