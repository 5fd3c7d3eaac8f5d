"""The lines that PostgreSQL writes are the objects of the JSON pages, whatever stands in them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy.exc import DataError

from tests.builders import House
from tests.watching import swapped
from vocapp.models import Consent, Customer, Event, Invitation, Response, db, export_lines, new_id
from vocapp.models.feed import changed, deleted
from vocapp.services import exporting
from vocapp.services.exporting import START, Place

NAUGHTY = [
    "",
    "\\",
    "\\n",
    "\\\\N",
    "\\.",
    '"',
    'a "b" c',
    "a\nb\r\nc\td\b\f\v",
    "\x01\x02\x1f\x7f\x85",
    "\u2028\u2029\ufeff\ufffd",
    "é e\u0301 ß İ",
    "👩‍👩‍👧 🇫🇷",
    "شكرا‎ جزيلا",
    "%s %(x)s %1$s {0} {}",
    "'; drop table responses; --",
    "$1 :name ?",
    "</script>",
    "null",
]
NUMBERS: list[int | float] = [
    0, -1, 10, 2**31, 2**53 + 1, 2**63 - 1, 2**64 - 1, -(2**63), 0.1, -0.5, 100.0, 1e-7, 1e21, 1e22,
    1.7976931348623157e308, 5e-324, -0.0, 0.30000000000000004,
]  # fmt: skip
TIMES = [
    datetime(2026, 11, 22, 8, tzinfo=UTC),
    datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 11, 22, 8, 0, 0, 120000, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1, 1, 2, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC),
]


class Strange(random.Random):
    """Draws what may stand in a document."""

    def text(self, longest: int = 35) -> str:
        if self.random() < 0.6:
            return self.choice(NAUGHTY)[:longest]
        ranges = [(1, 0x7F), (0x80, 0x2FF), (0x2000, 0x20FF), (0x1, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
        return "".join(chr(self.randint(*self.choice(ranges))) for _ in range(self.randint(0, min(longest, 12))))

    def maybe(self, value: Any) -> Any:
        return None if self.random() < 0.3 else value

    def number(self) -> int | float:
        if self.random() < 0.5:
            return self.choice(NUMBERS)
        return self.uniform(-1, 1) * 10 ** self.randint(-20, 30)

    def time(self) -> datetime:
        if self.random() < 0.3:
            return self.choice(TIMES)
        return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.randint(0, 10**15))

    def value(self, depth: int = 2) -> Any:
        plain = [None, True, False, self.number(), self.text(), self.text()]
        if depth and self.random() < 0.4:
            return self.choice([self.object(depth - 1), [self.value(depth - 1) for _ in range(self.randint(0, 3))]])
        return self.choice(plain)

    def object(self, depth: int = 2) -> dict[str, Any]:
        return {self.text(): self.value(depth) for _ in range(self.randint(0, 3))}

    def some(self, **fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if self.random() < 0.8}

    def context(self) -> dict[str, Any]:
        return self.some(
            event=self.text(), event_id=self.maybe(self.text()), occurred_at=self.text(), place=self.maybe(self.text()),
            agent=self.text(), properties=self.object(), something_else=self.text(),
        )  # fmt: skip

    def answer(self) -> dict[str, Any]:
        """Draw a response's columns."""
        answers = self.object()
        sentiment = {
            "label": self.text(),
            **self.some(score=self.number(), language=self.text(), model=self.text(), themes=[self.object()]),
        }
        return {
            "survey_version": 1,
            "channel": self.text(16),
            "language": self.text(),
            "status": self.choice(["partial", "completed"]),
            "revision": 1,
            "position": 0,
            "pages": [[self.text() for _ in range(self.randint(0, 3))] for _ in range(self.randint(0, 3))],
            "answers": answers,
            "void": [key for key in [*answers, "gone"] if self.random() < 0.3],
            "skipped_known": [self.object() for _ in range(self.randint(0, 2))],
            **{score: self.maybe(self.randint(0, 10)) for score in ("nps", "csat", "ces")},
            "sentiment": self.maybe(sentiment),
            "persona": self.maybe(self.object()),
            "callback_wish": self.maybe(self.object()),
            "started_at": self.time(),
            "answered_at": self.time(),
            "completed_at": self.maybe(self.time()),
        }


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.survey()
    return house


def live(session: Any, house: House, chance: Strange, many: int) -> None:
    """Write customers with one row each in every stream, past the services that would refuse what is strange."""
    now = house.now
    about = {"survey_key": "delivery", "place": None}
    rows: list[list[Any]] = []
    for number in range(many):
        customer_id, invitation_id = new_id(), new_id()
        own = {"workspace_id": house.id, "customer_id": customer_id}
        name = f"{chance.text()}{number}"
        rows.append([
            Customer(
                workspace_id=house.id, id=customer_id, external_id=name, core_observed_at={},
                contact_key="nobody", created_at=now, updated_at=now,
            ),
            Invitation(
                **own, **about, id=invitation_id, survey_version=1, channel="link", language="fr",
                context=chance.context(), first_page=[], skipped_known=[], status="sent", decisions=[],
                contact_key="nobody", priority=50, occurred_at=now, expires_at=now, created_at=now,
            ),
            Response(**own, **about, **chance.answer(), id=new_id(), invitation_id=invitation_id),
            Event(
                **own, id=new_id(), key=name, name=chance.text(), occurred_at=chance.time(), received_at=chance.time(),
                place=chance.maybe(chance.text()), agent=chance.maybe(chance.text()), properties=chance.object(),
            ),
            Consent(
                **own, id=new_id(), purpose=chance.text(), granted=chance.random() < 0.5, source=chance.text(),
                text_version=chance.maybe(chance.text()), at=chance.time(), recorded_at=chance.time(),
            ),
        ])  # fmt: skip
    for some in zip(*rows, strict=True):
        session.add_all(some)
        session.flush()
        if some[0].__tablename__ in export_lines.STREAMS:
            changed(some[0].__tablename__, [one.id for one in some], workspace_id=house.id)


def as_pages(house: House, stream: str, after: Place) -> tuple[list[Any], Place]:
    """Read the entries of the JSON page behind a place, as a client has them."""
    with house.reading():
        page = exporting.read_page(workspace_id=house.id, stream=stream, after=after, limit=1000, now=house.now)
    return orjson.loads(orjson.dumps(page.entries, option=orjson.OPT_UTC_Z)), page.place


def as_lines(house: House, stream: str, after: Place) -> tuple[list[Any], Place]:
    """Read the same as NDJSON; every part of it is whole lines, and says where it ends."""
    entries: list[Any] = []
    with house.reading():
        for lines in exporting.read_lines(workspace_id=house.id, stream=stream, after=after):
            assert not lines.text or lines.text.endswith(b"\n")
            entries += [orjson.loads(line) for line in lines.text.split(b"\n")[:-1]]
            after = lines.place
            assert not entries or entries[-1]["seq"] == f"{after[0]:020d}{after[1]:019d}"
    return entries, after


def test_lines_are_the_objects_of_the_pages_whatever_stands_in_them(house: House) -> None:
    with house.writing() as session:
        live(session, house, Strange(20261122), many=300)
    house.wait_for_feed()
    for stream in export_lines.STREAMS:
        told, place = as_pages(house, stream, START)
        assert len(told) == 300
        entries, at = as_lines(house, stream, START)
        assert at == place
        for entry, original in zip(entries, told, strict=True):
            assert entry == original
            assert shown(entry) == shown(original)


def shown(value: Any) -> str:
    """Tell a value in full: with the order of its names, and true apart from 1."""
    return repr(value)


def test_no_text_with_a_nul_in_it_gets_into_a_document(house: House) -> None:
    for text in ("a\0b", "\0"):
        with pytest.raises(DataError), house.writing() as session:
            session.execute(db.text("select cast(:it as jsonb)"), {"it": orjson.dumps(text).decode()})


def test_what_is_gone_is_a_deletion_with_the_id_that_readers_know(house: House) -> None:
    known = 'order "7" \\ é\n'
    with house.writing():
        for stream in export_lines.STREAMS:
            gone, missing = new_id(), new_id()
            deleted(stream, [gone], workspace_id=house.id, known_as={gone: known})
            changed(stream, [missing], workspace_id=house.id)  # its row went with nobody telling
            deleted(stream, [new_id()], workspace_id=house.id)
    house.wait_for_feed()
    for stream in export_lines.STREAMS:
        entries, place = as_pages(house, stream, START)
        assert [entry["op"] for entry in entries] == ["delete"] * 3
        assert known in [entry["id"] for entry in entries]
        assert as_lines(house, stream, START) == (entries, place)


@pytest.mark.parametrize(("first", "aimed_at"), [(1, 1), (2, 10_000), (7, 10_000), (8, 400), (500, 2_000_000)])
def test_however_it_is_cut_into_blocks_it_is_the_same(house: House, first: int, aimed_at: int) -> None:
    for number in range(7):
        house.event(house.customer(f"c{number}"), f"e{number}", properties={"long": "x" * 40 * number})
    house.wait_for_feed()
    with swapped(exporting, "FIRST_BLOCK", first), swapped(exporting, "BLOCK_BYTES", aimed_at):
        entries, place = as_lines(house, "events", START)
    assert (entries, place) == as_pages(house, "events", START)
    assert [entry["id"] for entry in entries] == [f"e{number}" for number in range(7)]


def test_what_is_committed_while_it_is_read_comes_at_its_end_and_no_transaction_waits_for_the_reader(
    house: House,
) -> None:
    for number in range(3):
        house.event(house.customer(f"c{number}"), f"e{number}")
    house.wait_for_feed()
    seen = []
    with swapped(exporting, "FIRST_BLOCK", 1), swapped(exporting, "BLOCK_BYTES", 1), house.reading() as session:
        for lines in exporting.read_lines(workspace_id=house.id, stream="events", after=START):
            assert not session().in_transaction()
            seen += [orjson.loads(line)["id"] for line in lines.text.splitlines()]
            if len(seen) == 2:
                first = [one.id for one in session.query(Event).filter_by(key="e0")]
                with house.writing():
                    changed("events", first, workspace_id=house.id)
                house.wait_for_feed()
    assert seen == ["e0", "e1", "e2", "e0"]
