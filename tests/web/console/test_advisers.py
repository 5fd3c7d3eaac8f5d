"""The dashboard of advisers: who leads sees names from the smallest number on, of their own part, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from tests.builders import NPS, House
from tests.rig.passwords import make_passwords_cheap
from tests.services.test_advising import ABOUT, _answer, _invitation
from tests.web.standing import PASSWORD, csrf_of, log_in, standing
from vocapp.models import Response, db, transaction
from vocapp.services import places, staff

SERVED = {"Inès <b>Petit</b>": ("nice", 12), "Tom Perrin": ("nice", 4), "Zoé": ("nice", 3), "Ali Bensaïd": ("lyon", 11)}
STAFF = {"boss": ("owner", None), "reader": ("analyst", "lyon"), "caller": ("agent", None), "guest": ("viewer", "nice")}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with standing(tmp_path_factory.mktemp("advisers")) as application, pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        house = House(application)
        house.survey(questions=[NPS], trigger=None)
        customer = house.customer()
        with house.writing():
            for key in ("nice", "lyon"):
                places.put_place(workspace_id=house.id, key=key, name=key, kind="store")
        with house.writing() as session:
            for name, (role, place) in STAFF.items():
                staff.create(
                    workspace_id=house.id, email=f"{name}@lune.test", password=PASSWORD, role=role, place=place,
                    now=house.now,
                )  # fmt: skip
            for agent, (place, n) in SERVED.items():
                for number in range(n):
                    mine = {"workspace_id": house.id, "customer_id": customer, **ABOUT, "place": place}
                    invited = _invitation(house, mine, {"agent": agent, "place": place}, f"{agent}-{number}")
                    session.add(invited)
                    session.flush()
                    session.add(_answer(house, mine, invited.id, 9))
        yield application


def test_names_stand_for_who_leads_and_only_of_their_part(app: Flask) -> None:
    boss, reader = log_in(app, "boss@lune.test"), log_in(app, "reader@lune.test")
    page = boss.get("/console/dashboards/advisers").text
    assert "Inès &lt;b&gt;Petit&lt;/b&gt;" in page
    assert "Ali Bensaïd" in page
    assert "Tom Perrin" not in page
    assert "2 autres conseillers ont moins de 10 réponses chacun, 7 en tout" in page
    assert 'href="/console/dashboards/advisers"' in boss.get("/console/dashboards").text
    for query in ("", "?place=nice", "?place=lyon"):
        own = reader.get(f"/console/dashboards/advisers{query}").text
        assert ("Ali Bensaïd" in own, "Inès" in own) == (True, False)
    form = {"csrf_token": csrf_of(boss), "name": "Lune", "default_language": "fr", "timezone": "Europe/Paris"}
    assert boss.post("/console/settings", data={**form, "smallest": "9"}).status_code == 422
    assert boss.post("/console/settings", data={**form, "smallest": "12"}).status_code == 303
    assert "Ali Bensaïd" not in boss.get("/console/dashboards/advisers?metric=nps&period=12m").text


def test_it_begins_with_a_score_by_which_somebody_can_be_named(app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.execute(update(Response).values(ces=7, nps=None))
    page = log_in(app, "boss@lune.test").get("/console/dashboards/advisers?period=12m").text
    assert "Inès &lt;b&gt;Petit&lt;/b&gt;" in page
    asked_for = log_in(app, "boss@lune.test").get("/console/dashboards/advisers?period=12m&metric=nps").text
    assert "Inès" not in asked_for


@pytest.mark.parametrize("name", ["caller", "guest"])
def test_nobody_else_comes_in(app: Flask, name: str) -> None:
    browser = log_in(app, f"{name}@lune.test")
    assert browser.get("/console/dashboards/advisers").status_code == 403
    assert "/console/dashboards/advisers" not in browser.get("/console/dashboards").text
