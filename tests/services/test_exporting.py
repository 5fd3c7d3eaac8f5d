"""The export: in the order of commits, no gap, no change missed, whoever writes meanwhile; replayed, the state."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from tests.builders import BUYS_FOR, NPS, WHY, House, answer
from tests.followed import follow
from tests.watching import at_once
from vocapp.app import create_app
from vocapp.models import Change, Customer, Installation, Workspace, database_now, db, new_id
from vocapp.models.feed import STREAMS, changed
from vocapp.services import erasing, exporting, segmenting
from vocapp.services.exporting import START, Place

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


@pytest.fixture
def writers(make_settings, postgres_url: str) -> Iterator[House]:
    app = create_app(make_settings(database_url=postgres_url))
    yield House(app)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


class Reader:
    """A client that keeps its cursor, and at times asks the same again."""

    def __init__(self, house: House, stream: str = "customers", limit: int = 7) -> None:
        self.house, self.stream, self.limit = house, stream, limit
        self.place: Place = START
        self.seen: list[str] = []
        self.mirror: dict[str, Any] = {}
        self.repeated = random.Random(20261122)

    def read(self) -> bool:
        """Read one page; say whether there are more."""
        page = self._page()
        if self.repeated.random() < 0.3:
            again = self._page()
            known = {entry["seq"]: entry["id"] for entry in page.entries}
            assert all(known[entry["seq"]] == entry["id"] for entry in again.entries if entry["seq"] in known)
        for entry in page.entries:
            self.seen.append(entry["seq"])
            if entry["op"] == "delete":
                self.mirror.pop(str(entry["id"]), None)
            else:
                self.mirror[str(entry["id"])] = entry["data"]
        self.place = page.place
        return page.has_more

    def read_all(self) -> Reader:
        self.house.wait_for_feed()
        while self.read():
            pass
        assert self.seen == sorted(set(self.seen)), "a change out of its order, or twice"
        assert len({len(seq) for seq in self.seen}) <= 1
        return self

    def _page(self) -> exporting.Page:
        with self.house.reading():
            return exporting.read_page(
                workspace_id=self.house.id, stream=self.stream, after=self.place, limit=self.limit, now=database_now()
            )


def state(house: House, stream: str = "customers") -> dict[str, Any]:
    """What the documents say now, read without the feed's order."""
    with house.reading() as session:
        ids = [row.row_id for row in session.query(Change).filter_by(workspace_id=house.id, stream=stream)]
        found = exporting._documents(house.id, stream, ids, database_now(), None)
    return {str(document["id"]): document for document in found.values()}


def plain(documents: dict[str, Any]) -> Any:
    """Without what depends on the time of reading only."""
    return orjson.loads(orjson.dumps({key: {**one, "contact": None} for key, one in documents.items()}))


def make(session: Any, house: House, external_id: str) -> UUID:
    customer_id = new_id()
    session.add(
        Customer(
            workspace_id=house.id,
            id=customer_id,
            external_id=external_id,
            core_observed_at={},
            contact_key=external_id,
            created_at=house.now,
            updated_at=house.now,
        )
    )
    session.flush()
    changed("customers", [customer_id], workspace_id=house.id)
    return customer_id


def rename(session: Any, house: House, customer_id: UUID, name: str) -> None:
    session.execute(
        update(Customer)
        .where(Customer.workspace_id == house.id, Customer.id == customer_id)
        .values(first_name=name)
        .execution_options(synchronize_session=False)
    )
    changed("customers", [customer_id], workspace_id=house.id)


def test_every_stream_replayed_from_zero_is_the_present_state(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, WHY, BUYS_FOR])
    for name in ("ada", "ben", "cleo"):
        house.event(house.customer(name), f"{name}-1")
        path = house.link(house.invite(name, event_id=f"{name}-1"))
        answer(client, path, {"nps": "2", "why": "inadmissible", "buys_for": "gift"})
    house.work()
    definition = {"name": "Unhappy", "when": {"<=": [{"var": "scores.nps"}, 6]}}
    with house.writing():
        segmenting.put(workspace_id=house.id, key="unhappy", definition=definition, now=house.now)
    follow(house)
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    for stream in STREAMS:
        mirror = Reader(house, stream, limit=2).read_all().mirror
        assert len(mirror) == 3, stream
        assert plain(mirror) == plain(state(house, stream))
    paths = {"responses": "responses", "alerts": "alerts"}
    for stream, path in paths.items():
        for key, document in Reader(house, stream).read_all().mirror.items():
            got = client.get(f"/api/v1/{path}/{key}", headers=bearer).json
            told = client.get(f"/api/v1/export/{stream}", headers=bearer).json["data"]
            assert got == next(entry["data"] for entry in told if entry["id"] == key)
            assert document["id"]


def test_a_slower_transaction_that_began_first_is_not_overtaken(writers: House) -> None:
    house = writers
    reader = Reader(house)
    with house.app.app_context(), Session(db.engine) as slow:
        make_slow = Customer(
            workspace_id=house.id, id=new_id(), external_id="slow", core_observed_at={}, contact_key="slow",
            created_at=house.now, updated_at=house.now,
        )  # fmt: skip
        slow.add(make_slow)
        slow.flush()
        _note(slow, house, make_slow.id)
        with house.writing() as session:
            make(session, house, "quick")
        reader.read()
        assert reader.mirror == {}  # it waits for the slow one, which may still come first
        slow.commit()
    reader.read_all()
    assert sorted(one["external_id"] for one in reader.mirror.values()) == ["quick", "slow"]


def _note(session: Session, house: House, customer_id: UUID) -> None:
    from vocapp.models.feed import _note as note

    note.run(session.connection(), workspace_id=house.id, stream="customers", op="upsert", ids=[str(customer_id)])


def test_four_writers_with_overlapping_transactions_lose_nothing(writers: House) -> None:
    house = writers
    shared = []
    with house.writing() as session:
        shared = [make(session, house, f"shared-{number}") for number in range(5)]
    reader, done = Reader(house), []

    def write(writer: int) -> None:
        chance = random.Random(writer)
        for number in range(15):
            with house.writing() as session:
                make(session, house, f"w{writer}-{number}")
                # in the order of their ids, as services do
                for one in sorted(chance.sample(shared, 2)):
                    rename(session, house, one, f"w{writer}-{number}")
        done.append(writer)

    def hold() -> None:
        """Keep one transaction open while the others come and go."""
        with house.writing() as session:
            make(session, house, "held")
            while len(done) < 4:
                reader.read()

    at_once(hold, *[lambda writer=writer: write(writer) for writer in range(4)])
    reader.read_all()
    assert len(reader.mirror) == 5 + 4 * 15 + 1
    assert plain(reader.mirror) == plain(state(house))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["make", "rename", "erase", "read", "undone"]), st.integers(0, 9)), max_size=40
    ),
    limit=st.integers(1, 4),
)
def test_whatever_is_written_between_the_pages_the_mirror_ends_equal(
    roomy: Flask, steps: list[tuple[str, int]], limit: int
) -> None:
    house = House(roomy, f"w{next(_numbers)}")
    reader, made = Reader(house, limit=limit), []
    for number, (what, which) in enumerate(steps):
        if what == "read":
            reader.read()
        elif what == "make":
            with house.writing() as session:
                made.append(make(session, house, f"c{number}"))
        elif what == "undone":
            with pytest.raises(ZeroDivisionError), house.writing() as session:  # noqa: PT012
                make(session, house, f"u{number}")
                raise ZeroDivisionError
        elif made:
            one = made[which % len(made)]
            with house.writing() as session:
                if what == "rename":
                    rename(session, house, one, f"n{number}")
                else:
                    session.execute(delete(Customer).where(Customer.workspace_id == house.id, Customer.id == one))
                    changed("customers", [one], workspace_id=house.id, op="delete")
                    made.remove(one)
    reader.read_all()
    assert plain(reader.mirror) == plain(state(house))
    assert len(reader.mirror) == len(made)


@pytest.fixture
def roomy(make_settings, sqlite_url: str) -> Iterator[Flask]:
    app = create_app(make_settings(database_url=sqlite_url))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


_numbers = iter(range(10**6))


# ── at the door


@pytest.fixture
def door(house: House, client: FlaskClient) -> Any:
    bearer = {"Authorization": f"Bearer {house.api_key('export')}"}
    for name in ("ada", "ben", "cleo"):
        house.customer(name)

    def read(stream: str = "customers", headers: dict[str, str] | None = None, **query: Any) -> Any:
        house.wait_for_feed()
        # buffered: the stream is read to its end inside the request's context
        return client.get(
            f"/api/v1/export/{stream}", query_string=query, headers={**bearer, **(headers or {})}, buffered=True
        )

    return read


def test_pages_follow_each_other_and_the_last_cursor_waits_for_more(house: House, door: Any) -> None:
    first = door(limit=2).json
    assert (len(first["data"]), first["has_more"]) == (2, True)
    last = door(limit=2, cursor=first["next_cursor"]).json
    assert (len(last["data"]), last["has_more"]) == (1, False)
    nothing = door(cursor=last["next_cursor"]).json
    assert (nothing["data"], nothing["has_more"]) == ([], False)
    house.customer("dora")
    assert [entry["data"]["external_id"] for entry in door(cursor=nothing["next_cursor"]).json["data"]] == ["dora"]


def test_ndjson_is_the_same_to_the_end_with_the_cursor_last(door: Any) -> None:
    reply = door(headers={"Accept": "application/x-ndjson"})
    assert reply.mimetype == "application/x-ndjson"
    *entries, last = [orjson.loads(line) for line in reply.text.splitlines()]
    told = door().json
    assert [entry["seq"] for entry in entries] == [entry["seq"] for entry in told["data"]]
    assert [entry["data"]["external_id"] for entry in entries] == ["ada", "ben", "cleo"]
    assert door(cursor=last["next_cursor"]).json["data"] == []
    *consents, last = [
        orjson.loads(line) for line in door("consents", {"Accept": "application/x-ndjson"}).data.splitlines()
    ]
    assert consents == door("consents").json["data"]
    assert door("consents", cursor=last["next_cursor"]).json["data"] == []


def test_a_cursor_that_is_none_or_anothers_is_refused(house: House, door: Any, client: FlaskClient) -> None:
    cursor = door(limit=1).json["next_cursor"]
    for bad in ("x", "é", cursor[:-2], cursor[::-1], "A" * 3000):
        assert door(cursor=bad).status_code == 400, bad
    assert door("events", cursor=cursor).status_code == 400
    assert door("nothing").status_code == 404
    other = House(house.app, "other")
    bearer = {"Authorization": f"Bearer {other.api_key('export')}"}
    assert client.get(f"/api/v1/export/customers?cursor={cursor}", headers=bearer).status_code == 400


def test_after_a_restore_a_reader_is_told_to_start_again(house: House, door: Any) -> None:
    cursor = door().json["next_cursor"]
    with house.writing() as session:
        # restored to a time when the last two were not there yet
        newest = (
            session.query(Change).filter_by(workspace_id=house.id, stream="customers").order_by(Change.number.desc())
        )
        for change in newest.limit(2):
            session.delete(change)
    assert door(cursor=cursor).status_code == 410
    fresh = door().json["next_cursor"]
    assert door(cursor=fresh).status_code == 200
    with house.writing() as session:
        session.execute(update(Installation).values(epoch="another life"))
    reply = door(cursor=fresh)
    assert reply.status_code == 410
    assert "start again" in reply.json["detail"]
    assert door().status_code == 200


def test_one_workspaces_changes_are_no_others(house: House) -> None:
    house.customer("ada")
    other = House(house.app, "other")
    other.customer("zoe")
    assert [one["external_id"] for one in Reader(other).read_all().mirror.values()] == ["zoe"]
    assert len(house.rows(Change)) == 2  # ada, and her consent
    with house.reading() as session:
        assert session.query(Workspace).count() >= 2


def test_who_reads_one_place_is_told_of_it_page_by_page_and_of_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LOOKED_AT", 4)
    ada, bo = house.customer(), house.customer("bo")
    for number in range(12):
        house.event(ada if number % 5 else bo, f"e{number}", place="here" if number % 5 == 0 else "there")
    house.event(ada, "nowhere")
    with house.writing():
        erasing.erase(workspace_id=house.id, external_id="bo", by="x", secret=house.secret, now=house.now)
    house.event(ada, "last", place="here")
    house.wait_for_feed()
    with house.reading():
        place, seen, pages = START, [], 0
        while True:
            page = exporting.read_page(
                workspace_id=house.id, stream="events", after=place, limit=3, now=database_now(), places=["here"]
            )
            assert len(page.entries) <= 3
            seen += [(entry["op"], entry["id"]) for entry in page.entries]
            place, pages = page.place, pages + 1
            if not page.has_more:
                break
    assert sorted(seen) == [("delete", "e0"), ("delete", "e10"), ("delete", "e5"), ("upsert", "last")]
    assert pages > 2  # others' lines are passed over a few at a time
    with house.reading():
        parts = exporting.read_lines(workspace_id=house.id, stream="events", after=START, places=["here"])
        lines = b"".join(part.text for part in parts).splitlines()
    assert [(one["op"], one["id"]) for one in map(orjson.loads, lines)] == seen
