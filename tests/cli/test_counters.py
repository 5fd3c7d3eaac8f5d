"""`counters rebuild [--verify]`: says what differs from the rows, and puts it right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import NPS, House, answer
from tests.cli.conftest import Command
from vocapp.models import Counter
from vocapp.services import counting

pytestmark = pytest.mark.both_databases

Said = pytest.CaptureFixture[str]
HERE = ("--workspace", "maison")


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> House:
    """Give three people who answered: 10, 10 and 3."""
    house = House(app)
    house.survey(questions=[NPS])
    for number, score in enumerate((10, 10, 3)):
        house.customer(f"c{number}")
        answer(client, house.link(house.invite(f"c{number}")), {"nps": str(score)})
    return house


def test_counters_that_answers_made_are_clean(house: House, command: Command, capsys: Said) -> None:
    assert command("counters", "rebuild", "--verify", *HERE) == 0
    assert "clean" in capsys.readouterr().out


def test_a_counter_that_is_off_is_named_and_rebuilding_puts_it_right(
    house: House, command: Command, capsys: Said, rows_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    with house.writing() as session:
        counting.add_up()
        session.execute(
            update(Counter).where(Counter.question == "@nps", Counter.bucket == "3").values(n=Counter.n + 4)
        )
    assert command("counters", "rebuild", "--verify", *HERE) == 1
    printed = capsys.readouterr()
    assert "@nps=3 is counted 5 times, and stands in 1 rows" in printed.out
    assert "1 counters of maison are not what their rows say" in printed.err
    assert rows_of("select sum(n) from counters where question = '@nps'") == [(7,)]  # --verify changed nothing
    assert command("counters", "rebuild", *HERE) == 0
    assert command("counters", "rebuild", "--verify", *HERE) == 0
    assert rows_of("select sum(n) from counters where question = '@nps'") == [(3,)]


def test_a_workspace_that_is_not_there_is_one_clear_line(command: Command, capsys: Said) -> None:
    assert command("counters", "rebuild", "--verify", "--workspace", "nowhere") == 1
    assert "there is no workspace nowhere" in capsys.readouterr().err
