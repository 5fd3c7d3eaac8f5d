"""What customers of another store are worth, and where they stand, changes nothing that the staff of this one see.

Pages, files and figures are read by who works here, the customers of the other store buy, and all is read again: here
it must be the same, whatever place the address names; to the company it must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders import House
from tests.followed import follow
from tests.rig.passwords import make_passwords_cheap
from tests.web.standing import PASSWORD, log_in, standing
from vocapp.models import Customer, feed
from vocapp.services import intake_events, keys, places, staff

PLACES = ("", "here", "there", "brand", "-", "nowhere")
PAGE = "/console/dashboards/value?period=12m&place="
FILES = ("revenue", "stages", "moves", "active", "cohorts", "places")
FIGURES = ("metrics/value?group_by=place", "metrics/cohorts?group_by=place", "metrics/stages?group_by=month")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with standing(tmp_path_factory.mktemp("worth")) as application:
        yield application


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    house = House(app)
    with pytest.MonkeyPatch.context() as monkeypatch, house.writing():
        make_passwords_cheap(monkeypatch)
        for key, above in (("brand", None), ("here", "brand"), ("here_till", "here"), ("there", "brand")):
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind="store", parent_key=above)
        for name, role, place in (("ours", "analyst", "here"), ("whole", "owner", None), ("clerk", "viewer", "here")):
            staff.create(
                workspace_id=house.id, email=f"{name}@here.test", password=PASSWORD, role=role, place=place,
                now=house.now,
            )  # fmt: skip
    buy(house, "here", range(12))
    buy(house, "there", range(20, 30))
    return house


def buy(house: House, place: str, who: range, *, since: int = 100) -> None:
    orders: list[dict[str, Any]] = [
        {
            "id": f"{place}-{of}-{days}",
            "event": "Order Completed",
            "occurred_at": (house.now - timedelta(days=days)).isoformat(),
            "customer": {"external_id": f"c{of}"},
            "place": "here_till" if place == "here" and of % 2 else place,
            "properties": {"order_id": f"{place}-{of}-{days}", "total": 10 + of},
        }
        for of in who
        for days in range(1, since, 28)
    ]
    with house.writing():
        intake_events.take_events(workspace_id=house.id, documents=orders, secret=house.secret, now=house.now)
    follow(house)


def seen(house: House, client: FlaskClient, key: str, *, whole: bool = False) -> dict[str, str]:
    """Return what the pages, the files and the figures say; that a place is none, they say to the whole company."""
    found = {}
    for place in PLACES:
        page = client.get(PAGE + place)
        assert page.status_code == 200
        found[place] = re.sub(r'nonce="[^"]*"', "", page.text.partition("<main")[2].partition("</main>")[0])
        for name in FILES:
            found[f"{place} {name}"] = client.get(f"{PAGE}{place}&csv={name}").text
        for path in FIGURES:
            reply = house.app.test_client().get(
                f"/api/v1/{path}&place={place}" if place else f"/api/v1/{path}",
                headers={"Authorization": f"Bearer {key}"},
            )
            assert reply.status_code == (422 if whole and place == "nowhere" else 200), reply.text
            found[f"{place} {path}"] = reply.text
    return found


def test_nothing_that_customers_of_another_store_do_is_seen_from_this_one(app: Flask, house: House) -> None:
    with house.writing():
        ours, whole = (
            keys.create(workspace_id=house.id, name=f"of {place}", scopes=(), place=place, now=house.now)
            for place in ("here", None)
        )
    clerk, owner = (log_in(app, f"{name}@here.test") for name in ("ours", "whole"))
    here, all_of_it = seen(house, clerk, ours), seen(house, owner, whole, whole=True)
    assert '"customers":12' in here[" metrics/cohorts?group_by=place"].replace(" ", "")
    assert "there" not in here[" metrics/cohorts?group_by=place"].lower()
    assert "Ambassad" not in here[""].partition('id="stages"')[2].partition("<table")[2].partition("</table>")[0]
    buy(house, "there", range(40, 70), since=200)
    buy(house, "there", range(20, 22), since=400)
    with house.writing() as session:  # a regular of this store recommends us, as they say in the other one
        said = {"nps_value": 10, "nps_at": house.now - timedelta(days=1)}
        session.execute(update(Customer).where(Customer.external_id == "c3").values(**said))
        regular = session.scalars(select(Customer.id).where(Customer.external_id == "c3")).all()
        feed.changed("customers", regular, workspace_id=house.id)
    follow(house)
    after = seen(house, clerk, ours)
    assert [name for name in here if here[name] != after[name]] == []
    for place in PLACES:
        assert here[f"{place} cohorts"] == here[" cohorts"], "as if a place of others were left out of the address"
    company = seen(house, owner, whole, whole=True)
    for place in ("", "there", "brand"):
        for name in ("revenue", "stages", "cohorts", *FIGURES):
            assert company[f"{place} {name}"] != all_of_it[f"{place} {name}"], (place, name)
    assert company["here cohorts"] == all_of_it["here cohorts"]
    assert log_in(app, "clerk@here.test").get(PAGE).status_code == 403


def test_a_key_asks_for_no_place_but_its_own(house: House) -> None:
    with house.writing():
        key = keys.create(workspace_id=house.id, name="till", scopes=(), place="here_till", now=house.now)

    def ask(path: str) -> Any:
        return house.app.test_client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"}).json

    assert sum(one["customers"] for one in ask("metrics/cohorts")["cohorts"]) == 6
    few = ask("metrics/cohorts?group_by=place")
    assert [one["key"] for one in few["groups"]] == ["here_till"]
    told = [one["revenue_minor"] for one in (*few["groups"], *few["cohorts"])]
    told += [month["revenue_minor"] for one in few["cohorts"] for month in one["months"]]
    assert set(told) == {None}, "what six customers spent, here and elsewhere"
    for place in ("here", "there", "brand", "-", "*", "/"):
        assert ask(f"metrics/cohorts?place={place}&group_by=place")["cohorts"] == []
        assert set(ask(f"metrics/stages?place={place}")["at_end"].values()) == {0}
        assert ask(f"metrics/value?place={place}")["orders"] == 0
