"""Whatever somebody went through, in whatever order: once erased, nothing of them is left, and every sum holds."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import NO_RESTS, NPS, WHY, House, answer
from tests.erased import counters, differences, doctor, erase, found_in
from vocapp.app import add_doors

_numbers = itertools.count()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(app: Flask) -> House:
    add_doors(app)
    made = House(app, policy=NO_RESTS)
    made.survey(questions=[NPS, WHY])
    return made


STEPS = ("event", "answer", "half", "attribute", "consent", "work", "unsubscribe", "rename")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 10)), max_size=10))
def test_nothing_is_left_of_anybody(house: House, steps: list[tuple[str, int]]) -> None:
    word = f"qz{next(_numbers):04d}zq"
    customer_id = house.customer(word, first_name=word.title(), last_name=f"De {word}")
    client = house.app.test_client()
    acts: dict[str, Callable[[str, int], object]] = {
        "event": lambda key, n: house.event(customer_id, key, properties={"for": word, "n": n}),
        "answer": lambda key, n: answer(
            client, house.link(house.invite(word, event_id=key)), {"nps": str(n), "why": f"{word} inadmissible"}
        ),
        "half": lambda key, n: client.post(
            house.link(house.invite(word, event_id=key)), data={"_page": "0", "nps": str(n)}
        ),
        "attribute": lambda key, n: house.attribute(customer_id, f"a{n}", [word, key]),
        "consent": lambda _, n: house.consent(customer_id, granted=n > 5),
        "work": lambda _key, _n: house.work(),
        "unsubscribe": lambda key, _: client.post(
            house.link(house.invite(word, event_id=key), "unsubscribe"), data={"List-Unsubscribe": "One-Click"}
        ),
        "rename": lambda _, n: client.put(
            f"/api/v1/customers/{word}",
            json={"last_name": f"{word} {n}"},
            headers={"Authorization": f"Bearer {house.api_key()}"},
        ),
    }
    for number, (step, n) in enumerate(steps):
        try:
            acts[step](f"{word}-{number}", n)
        except AssertionError:
            assert step == "answer"  # closed to somebody who left or refused
    before = counters(house)
    assert found_in(house, word)
    erase(house, word)
    house.work()
    assert found_in(house, word) == []
    assert counters(house) == before
    assert differences(house) == []
    assert doctor(house) == []
    assert house.mailer.sent == []
    path = Path(house.app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    for file in (path, path.with_name(path.name + "-wal")):
        assert not file.exists() or word.encode() not in file.read_bytes().lower()
