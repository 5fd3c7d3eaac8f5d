"""Logins, memberships, and what part of a workspace they see."""

from __future__ import annotations

import io
import sys
import time
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.rig.passwords import make_passwords_cheap
from vocapp.cli import main
from vocapp.config import Settings
from vocapp.models import User, Workspace, database_now, transaction
from vocapp.services import places, sessions, staff
from vocapp.services.staff import Person, Scope, StaffRefused

PASSWORD = "une longue phrase"


@pytest.fixture(autouse=True)
def _cheap_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.originalname != "test_an_unknown_address_takes_as_long_as_a_wrong_password":
        make_passwords_cheap(monkeypatch)


@pytest.fixture
def workspaces(db: Any, now: datetime) -> tuple[int, int]:
    with transaction() as session:
        made = [
            Workspace(key=key, name=key, timezone="Europe/Paris", default_language="fr", settings={}, created_at=now)
            for key in ("default", "rival")
        ]
        session.add_all(made)
        session.flush()
        for key, parent in (("brand", None), ("south", "brand"), ("nice", "south"), ("southern", "brand")):
            places.put_place(workspace_id=made[0].id, key=key, name=key, kind="store", parent_key=parent)
        return made[0].id, made[1].id


def _create(workspace_id: int, now: datetime, **changes: Any) -> bool:
    given: dict[str, Any] = {"email": "ada@lune.test", "password": PASSWORD, "role": "agent", "place": None}
    with transaction():
        return staff.create(workspace_id=workspace_id, now=now, **given | changes)


def _begin(user_id: Any) -> str:
    with transaction():
        return sessions.begin(user_id=user_id, browser="", replaces=None, now=database_now())


def _person(user_id: Any) -> Person:
    found = sessions.find(token=_begin(user_id))
    assert found is not None
    return found.person


def test_a_login_is_made_and_recognised(workspaces: tuple[int, int], now: datetime, db: Any) -> None:
    assert _create(workspaces[0], now, email="Ada@Lune.test", place="south")
    user_id = staff.authenticate(email=" ADA@lune.test", password=PASSWORD)
    assert user_id is not None
    person = _person(user_id)
    assert person.email == "ada@lune.test"
    assert [(one.workspace_key, one.role, one.place_key) for one in person.memberships] == [
        ("default", "agent", "south")
    ]
    assert staff.authenticate(email="ada@lune.test", password=PASSWORD + " ") is None
    assert staff.authenticate(email="bo@lune.test", password=PASSWORD) is None
    assert db.session.get(User, user_id).password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    "changes",
    [{"role": "boss"}, {"email": "no address"}, {"email": ""}, {"password": "short"}, {"password": "x" * 1001},
     {"place": "nowhere"}],
)  # fmt: skip
def test_what_makes_no_login_is_refused(workspaces: tuple[int, int], now: datetime, changes: dict[str, str]) -> None:
    with pytest.raises(StaffRefused):
        _create(workspaces[0], now, **changes)
    assert staff.authenticate(email="ada@lune.test", password=PASSWORD) is None


def test_a_second_membership_is_made_once_and_ends_old_sessions(workspaces: tuple[int, int], now: datetime) -> None:
    _create(workspaces[0], now)
    with pytest.raises(StaffRefused, match="already"):
        _create(workspaces[0], now)
    before = _begin(staff.authenticate(email="ada@lune.test", password=PASSWORD))
    assert not _create(workspaces[1], now, password="une autre phrase", role="viewer")
    assert staff.authenticate(email="ada@lune.test", password=PASSWORD) is None
    user_id = staff.authenticate(email="ada@lune.test", password="une autre phrase")
    assert user_id is not None
    assert sessions.find(token=before) is None
    assert {one.workspace_id for one in _person(user_id).memberships} == set(workspaces)


def test_a_place_of_another_workspace_is_none(workspaces: tuple[int, int], now: datetime) -> None:
    with pytest.raises(StaffRefused, match="no place"):
        _create(workspaces[1], now, place="south")


def test_one_sees_a_place_and_what_is_below_it(workspaces: tuple[int, int], now: datetime) -> None:
    _create(workspaces[0], now, place="south")
    user_id = staff.authenticate(email="ada@lune.test", password=PASSWORD)
    assert user_id is not None
    scope = staff.scope_of(_person(user_id).memberships[0])
    assert set(scope.places or ()) == {"south", "nice"}
    assert not scope.within(None)
    assert staff.narrowed(scope, place="brand").places == ("south", "nice") or set(
        staff.narrowed(scope, place="brand").places or ()
    ) == {"south", "nice"}
    assert staff.narrowed(scope, place="southern").places == ()
    assert Scope(workspaces[0]).within(None)


def test_an_unknown_address_takes_as_long_as_a_wrong_password(workspaces: tuple[int, int], now: datetime) -> None:
    _create(workspaces[0], now)
    staff.authenticate(email="nobody@lune.test", password="x")  # makes the hash that is nobody's

    def took(email: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            staff.authenticate(email=email, password="wrong")
            times.append(time.perf_counter() - start)
        return min(times)

    known, unknown = took("ada@lune.test"), took("nobody@lune.test")
    assert unknown > known / 3


def test_the_command_makes_a_login(
    settings: Settings, workspaces: tuple[int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    command = ["user", "create", "--email", "bo@lune.test", "--role", "viewer", "--place", "nice", "--password-stdin"]
    command += ["--data-dir", str(settings.data_dir)]

    def run(typed: bytes) -> int:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(typed)))
        return main(command)

    assert run(b"short\n") == 1
    assert "8 characters" in capsys.readouterr().err
    assert run(f"{PASSWORD}\r\n".encode()) == 0
    assert staff.authenticate(email="bo@lune.test", password=PASSWORD) is not None
    assert run(f"{PASSWORD}\n".encode()) == 1
    assert "already" in capsys.readouterr().err
    command += ["--workspace", "nowhere"]
    assert run(f"{PASSWORD}\n".encode()) == 1
