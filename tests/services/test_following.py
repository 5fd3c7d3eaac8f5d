"""Who belongs to a segment follows what is known of them: seconds after, in bulk, and by the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, text, update
from structlog.testing import capture_logs

from tests.builders import House
from tests.conftest import NOW
from tests.erased import doctor, erase, told
from vocapp.domain.value import STAGES
from vocapp.jobs import segments
from vocapp.models import Attribute, Customer, CustomerValue, Following, Membership, PortraitRow, SegmentRow
from vocapp.models.feed import changed
from vocapp.services import following, places, segmenting, workspaces

PROMOTERS = {">=": [{"var": "scores.nps"}, 9]}
GOLD = {"==": [{"var": "customer.attributes.plan"}, "gold"]}


def keep(house: House, key: str, when: Any, **fields: Any) -> None:
    with house.writing():
        definition = {"name": {"fr": key, "en": key}, "when": when, **fields}
        segmenting.put(workspace_id=house.id, key=key, definition=definition, now=house.now, by="ada@example.test")


def follow(house: House, now: datetime | None = None) -> None:
    house.wait_for_feed()
    more = True
    while more:
        with house.writing():
            more = following.follow(workspace_id=house.id, now=now or house.now, limit=3)
    with house.reading():
        keys = following.list_to_renew(workspace_id=house.id, now=now or house.now)
    for key in keys:
        more = True
        while more:
            with house.writing():
                more = following.renew(workspace_id=house.id, key=key, now=now or house.now, limit=2)


def members(house: House, key: str) -> list[str]:
    with house.reading():
        found = segmenting.list_members(workspace_id=house.id, key=key, limit=100)
        return [one.external_id for one in found]


def change(house: House, customer_id: UUID, **fields: Any) -> None:
    with house.writing() as session:
        session.execute(update(Customer).where(Customer.id == customer_id).values(**fields))
        changed("customers", [customer_id], workspace_id=house.id)


def memberships_told(house: House) -> list[tuple[str, str, str]]:
    return [
        (one["data"]["segment"], one["data"]["customer"]["external_id"], one["data"]["status"])
        for one in told(house, "memberships")
    ]


@pytest.fixture
def house(app: Any) -> House:
    return House(app, now=NOW)


def test_who_changes_joins_and_leaves_and_readers_of_the_feed_are_told(house: House) -> None:
    ada = house.customer("ada", nps_value=9, nps_at=NOW)
    for name in ("ben", "cleo", "dan", "eve"):
        house.customer(name, nps_value=3, nps_at=NOW)
    keep(house, "promoters", PROMOTERS)
    follow(house)
    assert members(house, "promoters") == ["ada"]
    assert memberships_told(house) == [("promoters", "ada", "joined")]
    told_before = told(house, "customers")
    assert told_before[-1]["data"]["segments"] == [{"key": "promoters", "since": NOW}]

    change(house, ada, nps_value=2)
    ben = next(one.id for one in house.rows(Customer, Customer.external_id == "ben"))
    change(house, ben, nps_value=10)
    later = NOW + timedelta(hours=1)
    follow(house, later)
    assert members(house, "promoters") == ["ben"]
    assert sorted(memberships_told(house)) == [("promoters", "ada", "left"), ("promoters", "ben", "joined")]

    change(house, ada, nps_value=9)
    follow(house, later + timedelta(hours=1))
    rows = house.rows(Membership, Membership.customer_id == ada)
    assert [(row.joined_at, row.left_at) for row in rows] == [(later + timedelta(hours=1), None)]

    lines = [one["seq"] for stream in ("customers", "memberships") for one in told(house, stream)]
    follow(house, later + timedelta(hours=2))
    follow(house, later + timedelta(hours=2))
    assert lines == [one["seq"] for stream in ("customers", "memberships") for one in told(house, stream)]
    assert doctor(house) == []


def test_a_workspace_where_it_fails_keeps_no_other_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    other, seen, follow = House(house.app, "other", now=NOW), [], following.follow

    def failing(*, workspace_id: int, now: Any, limit: int = 500) -> bool:
        seen.append(workspace_id)
        if workspace_id == house.id:
            raise RuntimeError("a row that nobody expected")
        return follow(workspace_id=workspace_id, now=now, limit=limit)

    monkeypatch.setattr(following, "follow", failing)
    with capture_logs() as lines, house.app.app_context():
        segments.follow_all(until=float("inf"))
    assert seen == [house.id, other.id]
    [line] = [one for one in lines if one["event"] == "segments not followed"]
    assert line["workspace_id"] == house.id


def test_a_changed_rule_asks_everybody_again_and_one_that_rests_has_no_members(house: House) -> None:
    for name, plan in (("ada", "gold"), ("ben", "gold"), ("cleo", "gold"), ("dan", "silver")):
        house.customer(name, attributes={"plan": plan})
    keep(house, "gold", GOLD)
    follow(house)
    assert members(house, "gold") == ["ada", "ben", "cleo"]
    keep(house, "gold", {"!": GOLD})
    follow(house)
    assert members(house, "gold") == ["dan"]
    keep(house, "gold", {"!": GOLD}, active=False)
    follow(house)
    assert members(house, "gold") == []
    [row] = house.rows(SegmentRow)
    assert (row.version, row.renewed_version) == (3, 3)


def test_what_expires_is_forgotten_and_what_grows_old_is_noticed(house: House) -> None:
    ada = house.customer("ada", attributes={"plan": "gold"}, nps_value=9, nps_at=NOW - timedelta(days=89))
    with house.writing() as session:
        session.execute(update(Attribute).values(expires_at=NOW + timedelta(hours=2)))
    keep(house, "gold", GOLD)
    keep(house, "lately", {"<=": [{"var": "scores.nps.days"}, 90]})
    follow(house)
    assert (members(house, "gold"), members(house, "lately")) == (["ada"], ["ada"])
    follow(house, NOW + timedelta(hours=2))
    assert (members(house, "gold"), members(house, "lately")) == ([], ["ada"])
    follow(house, NOW + timedelta(days=2))
    assert members(house, "lately") == []
    [portrait] = house.rows(PortraitRow, PortraitRow.customer_id == ada)
    assert portrait.renew_at is None


def test_rules_see_consents_places_and_purchases(house: House) -> None:
    south = house.place("south")
    lyon = house.place("lyon", south)
    ada = house.customer("ada")
    ben = house.customer("ben", consent=False)
    house.event(ada, "old", place="south", occurred_at=NOW - timedelta(days=3))
    house.event(ada, "new", place="lyon")
    keep(house, "willing", {"==": [{"var": "consent.surveys"}, True]})
    keep(house, "south", {"in": ["/south/", {"var": "place.path"}]})
    keep(house, "lyon", {"==": [{"var": "place.key"}, "lyon"]})
    keep(house, "dear", {">": [{"var": "value.basket_minor"}, 10_000]})
    keep(house, "regular", {"<=": [{"var": "value.last.days"}, 30]})
    follow(house)
    assert [members(house, key) for key in ("willing", "south", "lyon", "dear")] == [["ada"], ["ada"], ["ada"], []]
    with house.writing() as session:
        value = {"orders": 2, "days": 2, "run_months": 2, "revenue_minor": 30_000, "refunded_minor": 0}
        session.add(CustomerValue(workspace_id=house.id, customer_id=ben, first_at=NOW, last_at=NOW, **value))
        changed("customers", [ben], workspace_id=house.id)
        places.put_place(workspace_id=house.id, key="lyon", name="Lyon", kind="store", parent_key=None, now=house.now)
    follow(house)
    assert [members(house, key) for key in ("south", "lyon", "dear", "regular")] == [[], ["ada"], ["ben"], ["ben"]]
    assert lyon.path == "/south/lyon/"


def test_a_stage_changes_by_purchases_by_time_and_by_what_is_set(house: House) -> None:
    ada, today = house.customer("ada"), NOW.date()
    house.customer("ben")
    for stage in STAGES:
        keep(house, stage, {"==": [{"var": "value.stage"}, stage]})
    follow(house)

    def stages(now: datetime | None = None) -> dict[str, list[str]]:
        follow(house, now)
        return {stage: found for stage in STAGES if (found := members(house, stage))}

    assert stages() == {"prospect": ["ada", "ben"]}
    with house.writing() as session:
        value = {"orders": 3, "days": 3, "run_months": 3, "revenue_minor": 30_000, "refunded_minor": 0}
        since = {"first_at": NOW, "last_at": NOW, "first_on": today, "last_on": today}
        session.add(CustomerValue(workspace_id=house.id, customer_id=ada, **value, **since))
        changed("customers", [ada], workspace_id=house.id)
    assert stages() == {"prospect": ["ben"], "regular": ["ada"]}
    change(house, ada, nps_value=10, nps_at=NOW)
    assert stages() == {"prospect": ["ben"], "ambassador": ["ada"]}
    april_is_over = datetime(2026, 5, 1, tzinfo=ZoneInfo("Europe/Paris"))
    assert stages(april_is_over - timedelta(minutes=1)) == {"prospect": ["ben"], "ambassador": ["ada"]}
    assert stages(april_is_over) == {"prospect": ["ben"], "customer": ["ada"]}
    with house.writing():
        workspaces.change_settings(
            workspace_id=house.id, changes={"value": {"lapsed_after_days": 90}}, now=april_is_over
        )
    assert stages(april_is_over) == {"prospect": ["ben"], "customer": ["ada"]}
    assert stages(april_is_over + timedelta(days=60)) == {"prospect": ["ben"], "lapsed": ["ada"]}


def test_an_event_at_a_place_is_followed_though_the_customer_stays_the_same(house: House) -> None:
    ada = house.customer("ada")
    house.place("lyon")
    keep(house, "lyon", {"==": [{"var": "place.key"}, "lyon"]})
    follow(house)
    house.event(ada, "e1", place="lyon")
    follow(house)
    assert members(house, "lyon") == ["ada"]


def test_an_erased_person_is_in_no_segment_and_readers_are_told(house: House) -> None:
    house.customer("ada", attributes={"plan": "gold"})
    keep(house, "gold", GOLD)
    follow(house)
    [before] = told(house, "memberships")
    erase(house, "ada")
    follow(house)
    assert members(house, "gold") == []
    assert (house.rows(Membership), house.rows(PortraitRow)) == ([], [])
    [after] = told(house, "memberships")
    assert (after["op"], after["id"]) == ("delete", before["id"])


def test_the_doctor_finds_who_belongs_against_the_rule_and_what_is_not_followed(house: House) -> None:
    for name in ("ada", "ben"):
        house.customer(name, attributes={"plan": "gold"})
    keep(house, "gold", GOLD)
    follow(house)
    assert doctor(house) == []
    with house.writing() as session:
        one = session.scalars(select(Membership.id)).first()
        session.execute(update(Membership).where(Membership.id == one).values(left_at=NOW))
    assert doctor(house) == ["segments_members"]
    with house.writing() as session:
        session.execute(update(SegmentRow).values(renewed_version=None))
    follow(house)
    assert doctor(house) == []
    house._now = datetime.now(NOW.tzinfo) + timedelta(hours=1)
    house.customer("cleo")
    assert "segments_followed" in doctor(house)
    follow(house)
    assert "segments_followed" not in doctor(house)


@pytest.mark.both_databases
def test_the_doctor_finds_what_an_older_version_wrote_beside_the_newer_and_its_advice_mends_it(house: House) -> None:
    house.customer("ada", attributes={"plan": "gold"})
    follow(house)
    assert doctor(house) == []
    with house.writing() as session:  # it knew the facts, and no such column
        session.execute(update(PortraitRow).values(stage=None, orders=None))
    assert doctor(house) == ["portraits_written"]
    with house.writing() as session:
        session.execute(text("update portraits set renew_at = (select max(at) from changes)"))
    house._now = datetime.now(NOW.tzinfo)
    follow(house)
    with house.reading() as session:
        assert session.scalars(select(PortraitRow.stage)).all() == ["prospect"]
    assert doctor(house) == []


def test_another_life_of_the_database_is_followed_from_the_beginning(house: House) -> None:
    house.customer("ada", attributes={"plan": "gold"})
    keep(house, "gold", GOLD)
    follow(house)
    with house.writing() as session:
        session.execute(delete(Membership))
        session.execute(delete(PortraitRow))
        session.execute(update(Following).values(epoch="elsewhere", xid=10**9, number=10**9))
    follow(house)
    assert members(house, "gold") == ["ada"]
