"""An adviser's name stands beside a figure from a smallest number of answers on, and those below it are nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.builders import CSAT, NPS, House
from vocapp.domain.advisers import AdviserSettings
from vocapp.models import Invitation, Response, new_id
from vocapp.services import advising, places, workspaces
from vocapp.services.staff import Scope, narrowed

pytestmark = pytest.mark.both_databases
SERVED = {"Inès": ("nice", 12), "Tom": ("nice", 9), "Léa": ("lyon", 3), None: ("lyon", 2)}
ABOUT = {"survey_key": "delivery", "survey_version": 1, "channel": "link", "language": "fr", "skipped_known": []}


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.survey(questions=[NPS, CSAT], trigger=None)
    customer = house.customer()
    with house.writing():
        for key in ("nice", "lyon"):
            places.put_place(workspace_id=house.id, key=key, name=key, kind="store")
    with house.writing() as session:
        for agent, (place, n) in SERVED.items():
            for number in range(n):
                mine = {"workspace_id": house.id, "customer_id": customer, **ABOUT, "place": place}
                session.add(invited := _invitation(house, mine, {"agent": agent, "place": place}, f"{agent}-{number}"))
                session.flush()
                session.add(_answer(house, mine, invited.id, 9 if number % 3 else 2))
        for number in range(11):  # as much time before, Inès was liked less
            mine = {"workspace_id": house.id, "customer_id": customer, **ABOUT, "place": "nice"}
            session.add(invited := _invitation(house, mine, {"agent": "Inès", "place": "nice"}, f"before-{number}"))
            session.flush()
            earlier = _answer(house, mine, invited.id, 2)
            earlier.counted_on = house.today - timedelta(days=4)
            session.add(earlier)
    return house


def _invitation(house: House, mine: dict[str, Any], context: dict[str, Any], occasion: str) -> Invitation:
    now = house.now
    return Invitation(
        **mine, id=new_id(), occasion=occasion, context=context, first_page=["nps"], status="sent",
        contact_key="nobody", decisions=[], priority=50, occurred_at=now, expires_at=now, created_at=now,
    )  # fmt: skip


def _answer(house: House, mine: dict[str, Any], invitation_id: UUID, nps: int) -> Response:
    now = house.now
    return Response(
        **mine, id=new_id(), invitation_id=invitation_id, status="completed", revision=1, pages=[["nps"]], position=1,
        void=[], answers={"nps": nps}, nps=nps, started_at=now, answered_at=now, completed_at=now,
        counted_on=house.today,
    )  # fmt: skip


def test_names_stand_from_the_smallest_number_on_and_within_what_one_sees(house: House) -> None:
    today = house.today
    asked = {"metric": "nps", "since": today - timedelta(days=2), "until": today + timedelta(days=2)}
    with house.reading():
        everywhere = advising.figures_by_adviser(scope=Scope(house.id), **asked)
        lyon = advising.figures_by_adviser(scope=narrowed(Scope(house.id), place="lyon"), **asked)
    [ines] = everywhere["advisers"]
    assert (ines["agent"], ines["responses"], ines["detractors"]) == ("Inès", 12, 4)
    assert (ines["before"]["value"], ines["before"]["n"], ines["change"]["clear"]) == (-100, 11, True)
    assert everywhere["others"] == {"advisers": 2, "responses": 12}
    assert lyon == {"smallest": 10, "advisers": [], "others": None}  # one alone is told by nothing
    with house.writing():
        workspaces.change_settings(workspace_id=house.id, changes={"advisers": {"smallest": 12}}, by="x", now=house.now)
    with house.reading():
        [ines] = advising.figures_by_adviser(scope=Scope(house.id), **asked)["advisers"]
    assert (ines["responses"], ines["before"], ines["change"]) == (12, None, None)  # nor what it was, of fewer
    with house.writing():
        workspaces.change_settings(workspace_id=house.id, changes={"advisers": {"smallest": 13}}, by="x", now=house.now)
    with house.reading():
        assert advising.figures_by_adviser(scope=Scope(house.id), **asked)["advisers"] == []


@pytest.mark.parametrize("wrong", [{"smallest": 9}, {"smallest": True}, {"smallest": "10"}, {"least": 10}])
def test_the_smallest_number_is_never_under_ten(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"smallest|least"):
        AdviserSettings.read(wrong)
    assert AdviserSettings.read({}).smallest == 10
