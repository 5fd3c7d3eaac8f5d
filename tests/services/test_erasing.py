"""A person is erased: nothing of them is left, every figure stays, and readers are told."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.builders import NO_RESTS, House, answer
from tests.erased import (
    QUESTIONS,
    SECRETS,
    STREAMS,
    answered,
    call,
    client_alerts,
    counters,
    differences,
    doctor,
    erase,
    found_in,
    run_clearing,
    told,
    zoraide,
)
from tests.followed import follow
from vocapp.app import add_doors
from vocapp.domain.links import contact_key
from vocapp.models import (
    AnonymousResponse,
    Base,
    Counter,
    Customer,
    Erasure,
    Fact,
    Invitation,
    LedgerEntry,
    Response,
)
from vocapp.services import counting, erasing, segmenting
from vocapp.services.erased_rows import OF_THE_PERSON, STAYS

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> House:
    return House(app, policy=NO_RESTS)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    add_doors(app)
    return app.test_client()


def test_nothing_is_left_of_her_in_any_table(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    customer_id = zoraide(house)
    house.work()
    answered(house, client)
    house.work()
    [alert] = client_alerts(house, client)
    call(house, alert, note="Zoraide Kerguelen rappelle demain au +33199001234")
    assert all(found_in(house, secret) for secret in ("zoraide", "kerguelen", "mille sabords"))
    erase(house)
    left = {word: found_in(house, word) for word in (*SECRETS, "c-zoraide")}
    assert not any(left.values()), left
    # the deletion, and what is still to be cleared away
    assert found_in(house, str(customer_id)) == ["changes", "erasures"]
    house.work()
    assert found_in(house, str(customer_id)) == ["changes"]
    assert house.mailer.sent == []


def test_every_table_is_said_to_go_or_to_stay() -> None:
    """A new table fails here, until somebody has thought about the erased."""
    tables = set(Base.metadata.tables)
    said = OF_THE_PERSON.keys() | STAYS.keys()
    assert tables - said == set()
    assert said - tables - {"alembic_version"} == set()
    assert not OF_THE_PERSON.keys() & STAYS.keys()


def test_the_figures_stay_and_the_counters_can_be_built_again(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    west = house.place("ouest")
    house.place("nantes", parent=west)
    zoraide(house)
    house.customer("bob")
    for who in ("c-zoraide", "bob"):
        invitation_id = house.invite(who, event_id=f"of-{who}", place="nantes")
        answer(client, house.link(invitation_id), {"nps": "1" if who == "bob" else "10", "buys_for": "gift"})
    before = counters(house)
    erase(house)
    assert counters(house) == before
    assert differences(house) == []
    assert doctor(house) == []
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    assert counters(house) == before
    [row] = house.rows(AnonymousResponse)
    assert (row.survey_version, row.place, row.week.isoweekday()) == (1, "ouest", 1)
    assert ["@nps", "10"] in row.counted
    assert ["buys_for", "gift"] in row.counted
    assert len(house.rows(Response)) == 1


def test_counters_that_were_lost_are_counted_by_week_and_above_the_store(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    house.place("nantes", parent=house.place("ouest"))
    zoraide(house)
    answer(client, house.link(house.invite("c-zoraide", place="nantes")), {"nps": "10"})
    erase(house)
    with house.writing() as session:
        counting.add_up()
        session.execute(Counter.__table__.delete())
    assert len(differences(house)) == 4  # completed, @nps, nps, how long it took
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    assert differences(house) == []
    assert {place for _, _, place, _, _ in counters(house)} == {"ouest"}


def test_a_counter_that_is_wrong_is_still_seen_beside_an_erased_person(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    answered(house, client)
    erase(house)
    with house.writing() as session:
        counting.add_up()
        row = session.scalars(select(Counter).where(Counter.question == "@nps")).one()
        row.n += 1
    [wrong] = differences(house)
    assert [one for one in doctor(house) if one.startswith("counters")] == ["counters_equal_scores"]
    assert (wrong.counted, wrong.rows, wrong.key["question"]) == (2, 1, "@nps")


def test_readers_are_told_under_the_ids_they_know(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    house.event(next(one.id for one in house.rows(Customer)), "zoraide-2")
    answered(house, client)
    house.work()
    with house.writing():
        everybody = {"name": "Everybody", "when": {"known": "customer.external_id"}}
        segmenting.put(workspace_id=house.id, key="everybody", definition=everybody, now=house.now)
    follow(house)
    known = {stream: {entry["id"] for entry in told(house, stream)} for stream in STREAMS}
    erase(house)
    gone = {stream: told(house, stream) for stream in STREAMS}
    assert {entry["op"] for entries in gone.values() for entry in entries} == {"delete"}
    assert all(entry["data"] is None for entries in gone.values() for entry in entries)
    events = {entry["id"] for entry in gone["events"]}
    assert "order-7" in events
    assert "zoraide-2" not in events  # this id speaks of her: it is told by the row's
    for stream in set(STREAMS) - {"events"}:
        assert {entry["id"] for entry in gone[stream]} == known[stream]
        assert known[stream]


def test_her_alert_leaves_the_queue(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    answered(house, client)
    house.work()
    assert len(client_alerts(house, client)) == 1
    erase(house)
    assert client_alerts(house, client) == []


def test_a_link_of_hers_is_as_unknown_as_any(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    used, sent = answered(house, client), house.invite("c-zoraide", event_id="another")
    erase(house)
    for purpose in ("survey", "unsubscribe"):
        unknown = client.get(house.link(UUID(int=7), purpose))
        for invitation_id in (used, sent):
            for method in ("GET", "POST"):
                reply = client.open(
                    house.link(invitation_id, purpose),
                    method=method,
                    data={"List-Unsubscribe": "One-Click"} if method == "POST" else None,
                )
                assert (reply.status_code, reply.data) == (404, unknown.data)


def test_what_was_about_to_be_sent_is_not(house: House) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    house.work("EventAccepted")
    assert [one.status for one in house.rows(Invitation)] == ["scheduled"]
    erase(house)
    house.work()
    assert house.mailer.attempts == []
    assert house.rows(LedgerEntry) == []


def test_a_contact_of_this_week_still_counts_for_the_cap_by_its_hash_alone(house: House) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    house.work()
    assert len(house.mailer.sent) == 1
    erase(house)
    [entry] = house.rows(LedgerEntry)
    assert (entry.made, entry.survey_key) == (True, None)
    assert entry.contact_key == contact_key(house.secret, "zoraide.k@example.test")


def test_the_same_again_is_the_same_erasure(house: House) -> None:
    zoraide(house)
    first = erase(house)
    assert erase(house, at=house.now + timedelta(days=3)).id == first.id
    house.work()
    assert erase(house).done_at is not None
    with house.writing():
        assert (
            erasing.erase(workspace_id=house.id, external_id="nobody", by="command", secret=house.secret, now=house.now)
            is None
        )


def test_others_at_the_same_place_are_left_as_they_are(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    answered(house, client)
    house.customer("bob")
    answered(house, client, "bob", why="Parfait", nps="10")
    house.work()
    names = ("customers", "responses", "invitations", "signals", "attributes", "consents")
    bobs = {
        name: [row for row in rows if "bob" in row or "Parfait" in row]
        for name, rows in house.dump().items()
        if name in names
    }
    erase(house)
    after = house.dump()
    for name, rows in bobs.items():
        assert set(rows) <= set(after[name])
    assert [one.external_id for one in house.rows(Customer)] == ["bob"]


def test_a_response_that_was_not_counted_yet_leaves_nothing(house: House, client: FlaskClient) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    link = house.link(house.invite("c-zoraide"))
    client.post(link, data={"nps": "3"})
    assert len(house.rows(Response)) == 1
    erase(house)
    assert (house.rows(Response), house.rows(AnonymousResponse), house.rows(Counter)) == ([], [], [])


def test_a_mail_under_way_is_cleared_away_when_its_call_must_have_ended(house: House) -> None:
    house.survey(questions=QUESTIONS)
    zoraide(house)
    house.work("EventAccepted")
    with house.writing() as session:
        invitation = session.scalars(select(Invitation)).one()
        invitation.status = "sending"
        invitation_id = invitation.id
    now = house.now
    erasure = erase(house, at=now)
    assert erasure.leftovers is not None
    assert str(invitation_id) in erasure.leftovers["mails"]
    run_clearing(house)
    [fact] = house.rows(Fact, Fact.kind == "CustomerErased")
    assert fact.done_at is None
    assert fact.due_at > now + timedelta(seconds=60)
    assert house.rows(Erasure)[0].done_at is None
