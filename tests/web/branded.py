"""A company of several brands, in one application for a module, and an owner before its console."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import NPS, WHY, House
from tests.rig.passwords import make_passwords_cheap
from tests.web.standing import PASSWORD, log_in, standing
from vocapp.models import Workspace, db
from vocapp.services import brands, places, staff
from vocapp.services.brands import Look

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR4nGNQCl1FEmIY1TCqYfhqAAAc9iEQqfhO6wAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ACCENT = "#2255aa"
TREE = (
    ("group", "brand", None),
    ("lune", "brand", "group"),
    ("sol", "brand", "group"),
    ("paris", "store", "sol"),
    ("nice", "store", "lune"),
    ("other", "store", None),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with standing(tmp_path_factory.mktemp("brands")) as application:
        yield application


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    house = House(app)
    with house.writing():
        for key, kind, parent in TREE:
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind=kind, parent_key=parent)
        staff.create(
            workspace_id=house.id, email="owner@lune.test", password=PASSWORD, role="owner", place=None, now=house.now
        )
    house.survey(questions=[NPS, WHY], trigger=None)
    house.customer()
    return house


@pytest.fixture(scope="module")
def owner(app: Flask, house: House) -> FlaskClient:
    with pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        with house.writing():
            staff.create(
                workspace_id=house.id, email="boss@lune.test", password=PASSWORD, role="owner", place=None,
                now=house.now,
            )  # fmt: skip
        return log_in(app, "boss@lune.test")


def set_look(house: House, place: str, look: Look) -> None:
    with house.writing():
        kept = brands.look_of(settings=house_settings(house), place=place)
        brands.change_look(
            workspace_id=house.id, place=place,
            look=Look(**{name: getattr(look, name) or getattr(kept, name) for name in Look.__dataclass_fields__}),
            default_sender="x@y.test", by="x", now=house.now,
        )  # fmt: skip


def house_settings(house: House) -> dict[str, object]:
    return dict(db.session.get_one(Workspace, house.id).settings)


def settings_of(house: House) -> dict[str, object]:
    with house.reading():
        return house_settings(house)
