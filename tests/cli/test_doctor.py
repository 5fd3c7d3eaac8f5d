"""`doctor`: plain lines or JSON, and an exit status that scripts go by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update

from tests.builders import NPS, House, answer
from tests.cli.conftest import Command
from tests.followed import follow
from vocapp.cli import main
from vocapp.models import Change, Response
from vocapp.services.checking import CHECKS

pytestmark = pytest.mark.both_databases

Said = pytest.CaptureFixture[str]


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> House:
    """Give three people who answered: 10, 10 and 3."""
    house = House(app)
    house.survey(questions=[NPS])
    for number, score in enumerate((10, 10, 3)):
        house.customer(f"c{number}")
        answer(client, house.link(house.invite(f"c{number}")), {"nps": str(score)})
    house.work()
    follow(house)
    return house


def told(said: Said) -> Any:
    return json.loads(said.readouterr().out)


def test_a_clean_database_is_told_line_by_line(house: House, command: Command, capsys: Said) -> None:
    before = house.dump()
    assert command("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[0] for line in lines[:-1]] == ["ok"] * len(CHECKS)
    assert lines[-1].startswith("all is well (workspaces: default, maison;")
    assert house.dump() == before


def test_what_is_wrong_is_named_with_its_ids_and_what_to_do(house: House, command: Command, capsys: Said) -> None:
    with house.writing() as session:
        session.execute(update(Response).where(Response.nps == 10).values(nps=4))
        session.execute(delete(Change).where(Change.stream == "consents"))
    assert command("doctor", "--grace", "0") == 1
    out = capsys.readouterr().out
    assert "WRONG    the scores of every response are those of its answers: 2 (scores_as_answered)" in out
    [first, *_] = [str(one.id) for one in house.rows(Response, Response.nps == 4)]
    assert f"maison: 2: {first}, " in out
    assert "→ The answers are what people said" in out
    assert "WRONG    every unhappy response has its signal: a finished one at once, " in out
    assert "one left unfinished after the grace time: 2 (unhappy_signalled)" in out
    assert f"4 of {len(CHECKS)} promises are broken (workspaces: default, maison;" in out
    assert "example.test" not in out
    assert command("doctor", "--workspace", "default") == 0


def test_json_tells_the_same(house: House, command: Command, capsys: Said) -> None:
    assert command("doctor", "--json") == 0
    clean = told(capsys)
    assert (clean["ok"], clean["exit_status"], clean["workspaces"]) == (True, 0, ["default", "maison"])
    assert [one["check"] for one in clean["checks"]] == [check.key for check in CHECKS]
    assert {one["status"] for one in clean["checks"]} == {"ok"}
    with house.writing() as session:
        session.execute(delete(Change).where(Change.stream == "consents"))
    assert command("doctor", "--json") == 1
    broken = told(capsys)
    assert (broken["ok"], broken["exit_status"]) == (False, 1)
    [wrong] = [one for one in broken["checks"] if one["status"] == "wrong"]
    assert (wrong["check"], wrong["wrong"], len(wrong["ids"])) == ("feed_complete", 3, 3)
    assert [(one["workspace"], one["wrong"]) for one in wrong["workspaces"]] == [("maison", 3)]
    assert wrong["advice"]


def test_without_time_it_says_that_it_does_not_know(house: House, command: Command, capsys: Said) -> None:
    assert command("doctor", "--seconds", "0") == 2
    out = capsys.readouterr().out
    assert "UNKNOWN  every accepted answer is stored once" in out
    assert f"{len(CHECKS)} of {len(CHECKS)} could not be looked at" in out


def test_where_it_cannot_look_it_says_so_and_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Said
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    here = ["--data-dir", str(tmp_path / "empty")]
    assert main(["doctor", *here]) == 2
    assert f"there is no installation in {tmp_path / 'empty'}: " in capsys.readouterr().err
    assert not (tmp_path / "empty").exists()
    monkeypatch.setenv("DATABASE_URL", "postgresql://vocapp@127.0.0.1:1/vocapp")
    assert main(["doctor", "--json", *here]) == 2
    printed = capsys.readouterr()
    assert json.loads(printed.out)["ok"] is None
    assert "the database can't be reached" in printed.err
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    assert main(["doctor", *here]) == 2


def test_a_workspace_that_is_not_there_can_not_be_looked_at(command: Command, capsys: Said) -> None:
    assert command("doctor", "--workspace", "nobody") == 2
    assert "there is no workspace nobody" in capsys.readouterr().err
