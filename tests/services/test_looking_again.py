"""Themes are looked for again in what was understood before: each response once, whoever dies, all figures exact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from tests.builders import NPS, WHY, House, answer
from tests.cli.conftest import command
from tests.erased import counters, differences, doctor, erase, told
from tests.migrating import down_and_up
from vocapp.adapters import sentiment
from vocapp.jobs import themes as job
from vocapp.models import AuditEntry, Response, Tally, ThemeMention, ThemeStretch
from vocapp.services import counting, looking_again, theming

__all__ = ["command"]

BETTER = {"key": "better", "type": "long_text", "text": {"fr": "À améliorer ?", "en": "To improve?"}}
SAID = (
    "Livraison parfaite. Le magasin était inadmissible !",
    "L’atelier était parfait, le magasin aussi",
    "parfait",
    "Le cours du samedi est inadmissible",
    "L’atelier",
)
OWN = {"key": "workshop", "name": "Atelier", "words": {"fr": ["atelier", "cours du samedi"]}}


@pytest.fixture
def house(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> House:
    """Give five people who wrote, understood by the themes that ship; stretches of two, batches of one."""
    monkeypatch.setattr(looking_again, "SHORTEST", 2)
    monkeypatch.setattr(looking_again, "A_BATCH", 1)
    house = House(app)
    house.survey(layout="page", questions=[NPS, WHY, BETTER])
    for number, why in enumerate(SAID):
        house.customer(f"c{number}")
        better = {"better": "Le magasin, inadmissible."} if number == 1 else {}
        answer(client, house.link(house.invite(f"c{number}")), {"nps": "9", "why": why, **better})
    house.work()
    return house


def put(house: House, *own: dict[str, Any]) -> None:
    with house.writing():
        theming.put(workspace_id=house.id, definition={"themes": list(own)}, now=house.now, by="ada@example.test")


def want(house: House) -> int:
    with house.writing():
        return looking_again.want(workspace_id=house.id, now=house.now)


def take(house: House, *, later: timedelta = timedelta(0)) -> looking_again.Claim | None:
    with house.writing():
        return looking_again.claim(now=house.now + later)


def go_through(house: House, *, until: float = float("inf")) -> int:
    """Look through stretches until none is free; return how many claims it took."""
    claims = 0
    while (claimed := take(house)) is not None:
        claims += 1
        with house.app.app_context():
            job.look_through(claimed, house.sentiment, until=until)
    return claims


def progress(house: House) -> looking_again.Progress:
    with house.reading():
        found = looking_again.progress(workspace_id=house.id)
    assert found is not None
    return found


def mentioned(house: House) -> list[tuple[Any, ...]]:
    return sorted((one.response_id, one.question, one.theme, one.label) for one in house.rows(ThemeMention))


@pytest.mark.both_databases
def test_what_was_understood_before_there_were_themes_gets_them_once_and_counts(house: House) -> None:
    as_it_is = mentioned(house), counters(house), {one.id: one.sentiment for one in house.rows(Response)}
    with house.writing() as session:
        for row in session.scalars(select(Response)):
            row.sentiment = {key: said for key, said in row.sentiment.items() if key != "themes"}
        session.execute(delete(ThemeMention))
        session.flush()
        counting.rebuild(workspace_id=house.id)
    assert counters(house) != as_it_is[1]
    assert want(house) == 5
    assert go_through(house) == 2
    assert (mentioned(house), counters(house), {one.id: one.sentiment for one in house.rows(Response)}) == as_it_is
    assert differences(house) == doctor(house) == []
    assert progress(house)[1:4] == (5, 5, 5)
    with house.writing():
        while counting.add_up():
            pass
    want(house)
    told_before = told(house, "responses")
    go_through(house)
    assert progress(house)[1:4] == (5, 5, 0)
    assert told(house, "responses") == told_before
    assert house.rows(Tally) == []


@pytest.mark.both_databases
def test_after_own_themes_changed_all_is_as_if_they_had_always_been(house: House) -> None:
    put(house, OWN, {"key": "store", "name": "Magasin", "words": {}})
    want(house)
    assert go_through(house, until=0) > 2  # one batch each time: what is let go of is taken up again
    about = {key[-1]: n for key, n in counters(house).items() if key[-2] == counting.THEMES and n}
    assert about == {"delivery:positive": 1, "workshop:positive": 1, "workshop:negative": 1, "workshop:neutral": 1}
    assert differences(house) == doctor(house) == []
    assert progress(house)[1:4] == (5, 5, 4)
    erase(house, "c3")
    house.work()
    assert differences(house) == doctor(house) == []
    put(house)
    want(house)
    go_through(house)
    assert {row[2] for row in mentioned(house)} == {"delivery", "store"}
    assert differences(house) == doctor(house) == []


def test_whoever_dies_is_followed_by_another_and_whoever_comes_late_writes_nothing(house: House) -> None:
    put(house, OWN)
    want(house)
    first, second = take(house), take(house)
    assert first is not None
    assert second is not None
    assert take(house) is None
    with house.reading():
        batch = looking_again.read(claim=first)
    found = looking_again.think(batch=batch, model=house.sentiment)
    other = take(house, later=looking_again.LEASE)  # the first is thought to be dead
    assert other == first
    with house.app.app_context():
        job.look_through(other, house.sentiment, until=float("inf"))
    before = house.dump()
    with house.writing():
        assert looking_again.keep(claim=first, batch=batch, found=found, now=house.now) is None
    assert house.dump() == before
    put(house)
    anew = take(house)  # other themes meanwhile: from the beginning
    assert anew is not None
    assert (anew.number, anew.after_id, progress(house).looked_at) == (0, None, 0)
    with house.writing():
        assert looking_again.keep(claim=second, batch=batch, found=found, now=house.now) is None
    with house.writing():
        looking_again.let_go(claim=anew)
    go_through(house)
    assert "workshop" not in {row[2] for row in mentioned(house)}
    assert differences(house) == []


def test_who_is_erased_meanwhile_is_passed_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking_again, "A_BATCH", 2)
    put(house, {"key": "store", "name": "Magasin", "words": {}})
    want(house)
    claimed = take(house)
    assert claimed is not None
    with house.reading():
        batch = looking_again.read(claim=claimed)
    found = looking_again.think(batch=batch, model=house.sentiment)
    erase(house, "c0")
    with house.writing():
        assert looking_again.keep(claim=claimed, batch=batch, found=found, now=house.now) is not None
    assert progress(house).changed == 1
    assert mentioned(house) == []
    assert differences(house) == []


def test_the_command_goes_through_all_and_says_what_came_of_it(
    house: House, command: Callable[..., int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentiment, "load", lambda _: house.sentiment)
    here = ("--workspace", "maison")
    put(house, OWN)
    assert command("themes", "rebuild", "--verify", *here) == 1
    assert "3 of 5 responses of maison mention something else" in capsys.readouterr().err
    assert command("themes", "rebuild", *here) == 0
    assert "5 responses were looked at, 3 of them mention something else now" in capsys.readouterr().out
    assert command("themes", "rebuild", "--verify", *here) == 0
    assert "clean: each of 5 responses" in capsys.readouterr().out
    assert command("counters", "rebuild", "--verify", *here) == 0
    assert all(row.finished_at is not None and row.until_id is None for row in house.rows(ThemeStretch))
    assert [line.action for line in house.rows(AuditEntry)] == ["themes.changed"]


@pytest.mark.both_databases
def test_what_an_upgrade_wants_says_how_much_it_is_and_is_done_in_stretches_too(house: House) -> None:
    with house.app.app_context():
        down_and_up("theme_stretches")
    assert progress(house)[1:] == (5, 0, 0, None)
    assert go_through(house) == 2
    assert progress(house)[1:4] == (5, 5, 0)
    assert progress(house).finished_at is not None
