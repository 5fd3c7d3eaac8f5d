"""`workspace create|places` and `user …`: from an empty workspace to a team whose access somebody looks after."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import pytest
from flask import Flask

from tests.cli.conftest import Command
from vocapp.models import transaction
from vocapp.services import places, staff, workspaces

Said: TypeAlias = pytest.CaptureFixture[str]
Typed: TypeAlias = Callable[[str], None]
HERE = ("--workspace", "boulangerie")
ANA = ("--email", "Ana@boulangerie.test", *HERE)
NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    def type_in(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return type_in


def test_a_workspace_gets_its_team_by_commands_alone(app: Flask, command: Command, typed: Typed, capsys: Said) -> None:
    assert command("workspace", "create", "boulangerie", "--language", "fr") == 0
    said = capsys.readouterr().out
    [next_one] = [line for line in said.splitlines() if line.startswith("  python -m vocapp user create")]
    assert "--workspace boulangerie --role owner" in next_one
    assert "/login" in said
    with app.app_context(), transaction():
        made = workspaces.get_workspace(key="boulangerie")
        for key, name in (("lille-centre", "Lille, Grand-Place"), ("lyon", "Lyon")):
            places.put_place(workspace_id=made.id, key=key, name=name, kind="store", now=NOW)
    typed("eight letters or more\n")
    assert command("user", "create", *ANA, "--role", "owner", "--password-stdin") == 0
    assert "/login" in capsys.readouterr().out
    assert command("user", "disable", *ANA) == 1
    assert "keeps one owner" in capsys.readouterr().err

    typed("another long password\n")
    bo = ("--email", "bo@boulangerie.test", *HERE)
    assert command("user", "create", *bo, "--role", "agent", "--place", "lile-centre", "--password-stdin") == 1
    said = capsys.readouterr().err
    assert "did you mean lille-centre (Lille, Grand-Place)?" in said
    assert "workspace places --workspace boulangerie" in said
    assert command("workspace", "places", *HERE) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["lille-centre", "lyon"]

    typed("another long password\n")
    assert command("user", "create", *bo, "--role", "agent", "--place", "lille-centre", "--password-stdin") == 0
    assert command("user", "change", *bo) == 1
    assert command("user", "change", *bo, "--role", "viewer", "--everywhere") == 0
    typed("a third long password\n")
    assert command("user", "password", *bo, "--password-stdin") == 0
    assert command("user", "disable", *bo) == 0
    capsys.readouterr()
    assert command("user", "list", *HERE) == 0
    owner, gone = capsys.readouterr().out.splitlines()
    assert owner.split() == ["ana@boulangerie.test", "owner", "everywhere"]
    assert gone.startswith("bo@boulangerie.test   viewer   everywhere  access removed")
    assert command("user", "enable", *bo) == 0
    assert command("user", "enable", "--email", "nobody@boulangerie.test", *HERE) == 1
    with app.app_context():
        assert staff.authenticate(email="bo@boulangerie.test", password="a third long password")


def test_a_password_is_asked_for_only_where_somebody_can_type_it(command: Command, typed: Typed, capsys: Said) -> None:
    typed("")
    assert command("user", "create", "--email", "ana@lune.test", "--role", "owner") == 1
    assert "--password-stdin" in capsys.readouterr().err


def test_the_help_tells_the_roles_and_asks_for_no_workspace_where_there_is_none(command: Command, capsys: Said) -> None:
    assert command("user", "create", "--help") == 0
    said = capsys.readouterr().out
    assert all(f"  {role} " in said for role in staff.ROLES)
    assert command("workspace", "create", "--help") == 0
    assert "--workspace" not in capsys.readouterr().out
