"""Never more promises than there is room for, whoever else wants one; and through a year with people ill, each is kept
or apologised for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.builders import House
from tests.promised import Customer, apologise, company, slots, sweep
from vocapp.adapters.mail import MailDeferred, MailError, MailOutcomeUnknown, MailRefused
from vocapp.app import create_app
from vocapp.domain.promises import MOVES, PromiseRefused, SlotTaken
from vocapp.models import CallbackSlot, Promise, db
from vocapp.models.again import run_again
from vocapp.services.calling_back import NotMoved

NEW_YEAR = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def assert_within_room(house: House) -> None:
    """Whatever happened: each slot holds as many as were promised, and no more than it has room for."""
    held = Counter(
        one.starts_at
        for one in house.rows(Promise)
        if one.status not in {"cancelled", "declined"} and one.starts_at is not None
    )
    for slot in house.rows(CallbackSlot):
        assert held.pop(slot.starts_at, 0) == slot.taken <= slot.capacity
    assert not held


def wish(one: Customer, lots: Random, now: datetime, among: list[datetime]) -> None:
    """Want one of these slots, or change one's mind, as people do."""
    for slot in lots.choices(among, k=3):

        def once(slot: datetime = slot) -> None:
            one.choose(slot, now, lots.choice(("phone", "email")))

        with suppress(SlotTaken, PromiseRefused):
            run_again(once)
        if lots.random() < 0.2:
            run_again(lambda: one.decline(now))


@pytest.fixture
def crowd(make_settings, postgres_url: str) -> Iterator[House]:
    app = create_app(make_settings(database_url=postgres_url))
    yield company(app, NEW_YEAR)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.postgres
def test_many_who_want_the_same_hour_at_once_never_get_more_than_there_are(crowd: House) -> None:
    people = [Customer.complain(crowd, f"p{number}", now=NEW_YEAR, alerted=number % 2 == 0) for number in range(12)]
    among = people[0].offered(NEW_YEAR)[:3]
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(wish, one, Random(number), NEW_YEAR, among) for number, one in enumerate(people)]:
            done.result()
    assert_within_room(crowd)
    assert 3 <= sum(taken for taken, _ in slots(crowd).values()) <= 6  # three slots of two


def test_one_after_the_other_never_get_more_than_there_are(make_settings, sqlite_url: str) -> None:
    house = company(create_app(make_settings(database_url=sqlite_url)), NEW_YEAR)
    people = [Customer.complain(house, f"p{number}", now=NEW_YEAR) for number in range(8)]
    for number, one in enumerate(people):
        wish(one, Random(number), NEW_YEAR, one.offered(NEW_YEAR)[:3])
    assert_within_room(house)


def test_through_a_year_with_people_ill_every_promise_is_kept_or_apologised_for(make_settings, sqlite_url: str) -> None:
    app = create_app(make_settings(database_url=sqlite_url))
    house, lots = company(app, NEW_YEAR), Random(2026)
    waiting: list[tuple[Customer, datetime]] = []
    for day in range(0, 364, 10):
        now = NEW_YEAR + timedelta(days=day)
        _call_those_who_wait(house, waiting, lots, now)
        one = Customer.complain(house, f"c{day}", now=now, **({"email": None} if lots.random() < 0.2 else {}))
        slot = lots.choice(one.offered(now))
        one.choose(slot, now)
        if lots.random() < 0.1:
            one.decline(now)
        elif lots.random() < 0.1:
            house.attribute(one.alert.customer_id, "do_not_call", True)
        waiting.append((one, slot))
    for weeks in range(1, 4):
        _call_those_who_wait(house, waiting, lots, NEW_YEAR + timedelta(days=364 + 7 * weeks), all_there=True)
    found = Counter(one.status for one in house.rows(Promise))
    assert set(found) <= {"kept", "apologised", "cancelled", "declined"}, found
    assert found["kept"] > 10
    assert found["apologised"] > 5
    assert all(one.reason for one in house.rows(Promise) if one.status == "cancelled")
    assert_within_room(house)
    assert all("made" in MOVES[happening] for happening in ("keep", "miss", "cancel"))


def _call_those_who_wait(
    house: House, waiting: list[tuple[Customer, datetime]], lots: Random, now: datetime, *, all_there: bool = False
) -> None:
    """Live through the days until now: some are ill for days, and nobody knew when it was promised."""
    ill = not all_there and (now.timetuple().tm_yday // 20) % 3 == 0
    for one, slot in list(waiting):
        if slot + 2 * HOUR > now:
            continue
        outcome = lots.choice(("reached", "reached", "voicemail"))
        when = slot + HOUR if not ill and one.promises[-1].status == "made" else now
        if not ill:
            try:
                one.call(when, "reached" if all_there else outcome, via="email" if all_there else "phone")
            except NotMoved:  # they want no call, or none any more
                if all(found.status in {"cancelled", "declined", "apologised"} for found in one.promises):
                    waiting.remove((one, slot))
                continue
            if outcome == "reached" or all_there:
                waiting.remove((one, slot))
    failures: tuple[MailError | None, ...] = (
        None,
        None,
        MailDeferred("later"),
        MailOutcomeUnknown("?"),
        MailRefused("no"),
    )
    house.mailer.failures = [lots.choice(failures)]
    sweep(house, now)
    for _ in range(3):
        apologise(house, now + HOUR)
