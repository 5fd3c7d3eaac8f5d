"""Nothing that a customer says or does in another store changes what the staff of this one see of segments.

A word that must not be seen is looked for in `test_stores_are_sealed`; here nothing need be written: that somebody is
in a list, has left it, or is counted, tells as much. So pages are read, the customer changes their mind elsewhere, and
they are read again: to this store they must be the same. The company's own, read the same way, must not be.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import NPS, WHY, House, answer
from tests.followed import follow
from tests.migrating import down_and_up
from tests.rig.passwords import make_passwords_cheap
from tests.said import lay_out
from tests.web.found import find_drivers_at
from tests.web.standing import PASSWORD, csrf_of, log_in, standing
from vocapp.domain.segments import VARIABLES, keeps_to_record
from vocapp.models import SegmentRow, Tally
from vocapp.services import intake_events, keys, places, segmenting, staff

ASKED: dict[str, Any] = {
    "happy": {">=": [{"var": "scores.nps"}, 9]},
    "category": {"==": [{"var": "scores.nps.category"}, "promoter"]},
    "glad_words": {"==": [{"var": "sentiment.label"}, "positive"]},
    "score_of_words": {">": [{"var": "sentiment.score"}, 0]},
    "last_there": {"in": ["/there/", {"var": "place.path"}]},
    "exactly_there": {"==": [{"var": "place.key"}, "there"]},
    "ambassadors": {"==": [{"var": "value.stage"}, "ambassador"]},
    "hidden_in_more": {
        "or": [{"==": [{"var": "customer.attributes.city"}, "Lyon"]}, {">": [{"var": "scores.nps"}, 8]}]
    },
}
"""Rules that look at what was said or happened somewhere, which hold for Ada only after what she says there."""
OPEN = {"in_lille": {"==": [{"var": "customer.attributes.city"}, "Lille"]}}
PAGES = (
    "segments",
    "segments/{key}",
    "segments/{key}/moves",
    "customers/{ada}",
    "verbatims",
    "verbatims?segment={key}",
)
FILES = {"segments/{key}/members.csv": {}, "verbatims/file": {"as": "csv", "segment": "{key}"}}


class World:
    def __init__(self, app: Flask) -> None:
        self.app, self.house, self.client = app, House(app), app.test_client()
        house = self.house
        with house.writing():
            for key, parent in (("brand", None), ("here", "brand"), ("there", "brand")):
                places.put_place(
                    workspace_id=house.id, key=key, name=key.title(), kind="store" if parent else "brand",
                    parent_key=parent,
                )  # fmt: skip
        house.survey("visit", trigger=None, questions=[NPS, WHY])
        self.ada = house.customer("ada", attributes={"city": "Lille"})
        with house.writing():
            for key, when in {**ASKED, **OPEN}.items():
                put(house, key, when)
            orders = [bought(house, "ada", days) for days in range(0, 168, 28)]
            intake_events.take_events(workspace_id=house.id, documents=orders, secret=house.secret, now=house.now)
        self.tells("here", "3", "inadmissible")
        with house.writing():
            for name, place in (("ours", "here"), ("whole", None)):
                staff.create(
                    workspace_id=house.id, email=f"{name}@here.test", password=PASSWORD, role="owner", place=place,
                    now=house.now,
                )  # fmt: skip
            self.key = keys.create(workspace_id=house.id, name="till", scopes=(), place="here", now=house.now)
        self.ours, self.whole = (log_in(app, f"{name}@here.test") for name in ("ours", "whole"))

    def tells(self, place: str, nps: str, why: str) -> None:
        """Let Ada be somewhere and say what she thinks of it."""
        event = f"e-{place}-{nps}"
        self.house.event(self.ada, event, place=place)
        answer(
            self.client,
            self.house.link(self.house.invite("ada", "visit", event_id=event, place=place)),
            {"nps": nps, "why": why},
        )
        self.house.work()
        follow(self.house)
        lay_out(self.house)

    def seen(self, client: FlaskClient) -> dict[str, tuple[int, str]]:
        """Return what pages and files say to somebody: their status and their words."""
        token, found = csrf_of(client), {}
        for path in PAGES:
            for key in (*ASKED, *OPEN) if "{key}" in path else ("",):
                asked = f"/console/{path.format(key=key, ada=self.ada)}"
                reply = client.get(asked)
                found[asked] = (reply.status_code, words_of(reply.text, self.ada))
        for path, form in FILES.items():
            for key in (*ASKED, *OPEN):
                data = {"csrf_token": token, **{name: value.format(key=key) for name, value in form.items()}}
                reply = client.post(f"/console/{path.format(key=key)}", data=data)
                found[f"{path} {key}"] = (reply.status_code, reply.text if reply.status_code == 200 else "")
        return found


def bought(house: House, who: str, days: int) -> dict[str, Any]:
    """Return an order of so many days ago, as a shop tells it."""
    return {
        "id": f"order-{days}",
        "event": "Order Completed",
        "occurred_at": (house.now - timedelta(days=days)).isoformat(),
        "customer": {"external_id": who},
        "properties": {"order_id": f"o{days}", "total": 100, "currency": "EUR"},
    }


def put(house: House, key: str, when: Any) -> None:
    segmenting.put(workspace_id=house.id, key=key, definition={"name": key, "when": when}, now=house.now)


def words_of(page: str, ada: UUID) -> str:
    """Return what is read on a page, with who is linked to; what says when it was is left out,
    and what the ledger says, which is one for all.
    """
    main = page[page.index("<main") :].replace(str(ada), "ADA")
    main = re.sub(r'<section class="card" aria-labelledby="contact">.*?</section>', "", main, flags=re.DOTALL)
    main = re.sub(r"<time.*?</time>", "TIME", main, flags=re.DOTALL)
    linked = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>', r" \1 ", main)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", linked)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with standing(tmp_path_factory.mktemp("stores")) as app, pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        yield World(app)


def test_what_is_said_elsewhere_changes_nothing_that_this_store_sees_of_segments(world: World) -> None:
    before, whole_before = world.seen(world.ours), world.seen(world.whole)
    world.tells("there", "10", "parfait")
    after, whole = world.seen(world.ours), world.seen(world.whole)
    assert {path for path in after if after[path] != before[path]} == set()
    # and each would have told it: to who sees the whole company, Ada has joined them all
    for key in ASKED:
        assert before[f"/console/segments/{key}"][0] == 404
        assert "ADA" in whole[f"/console/segments/{key}"][1], key
        assert "ADA" not in whole_before[f"/console/segments/{key}"][1], key
        assert whole[f"/console/verbatims?segment={key}"] != whole_before[f"/console/verbatims?segment={key}"], key
    ada = f"/console/customers/{world.ada}"
    assert ("Client régulier depuis" in after[ada][1], "Ambassadeur" in after[ada][1]) == (True, False)
    assert "Ambassadeur depuis" in whole[ada][1]
    for path, needle in (("/console/segments/in_lille", "ADA"), (f"/console/customers/{world.ada}", "in_lille")):
        assert needle in after[path][1], "what stands in the record is this store's to read"
    assert "ada" in after["segments/{key}/members.csv in_lille"][1]


def test_a_life_is_told_to_this_store_by_what_was_said_here(world: World) -> None:
    page = f"/console/customers/{world.ada}"
    assert "Ambassadeur" not in words_of(world.ours.get(page).text, world.ada)
    world.tells("here", "9", "bien mieux")
    assert "Ambassadeur depuis" in words_of(world.ours.get(page).text, world.ada)
    world.tells("there", "2", "inadmissible")
    assert "Ambassadeur depuis" in words_of(world.ours.get(page).text, world.ada)


def test_the_list_says_that_there_are_others(world: World) -> None:
    page = words_of(world.ours.get("/console/segments").text, world.ada)
    assert f"{len(ASKED)} segments tiennent compte de ce qui s’est dit ou passé ailleurs" in page
    assert "ailleurs" not in words_of(world.whole.get("/console/segments").text, world.ada)


def test_a_key_of_this_store_reads_no_segments_nor_verbatims_by_one(world: World) -> None:
    for path in ("segments", "segments/happy", "segments/happy/members", "verbatims?segment=happy",
                 "verbatims?segment=in_lille"):  # fmt: skip
        reply = world.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {world.key}"})
        assert reply.status_code == 403, path


FIGURES = {"get_nps", "get_csat", "get_ces", "get_comparison", "get_drivers"}


def test_no_figure_tells_a_key_of_this_store_of_a_closed_segment(world: World) -> None:
    """Every route without a name in its path, parted by segments where it can be; a new one is tried as well."""
    counted = [[one, key] for one in ("@segment:promoter", "@segment_csat:5", "@segment_ces:7") for key in NAMED]
    with world.house.writing() as session:
        session.add(
            Tally(
                workspace_id=world.house.id, survey_key="visit", survey_version=1, day=world.house.today,
                place="here", channel="email", counted=counted, n=10,
            )
        )  # fmt: skip
        whole = keys.create(workspace_id=world.house.id, name="all", scopes=(), now=world.house.now)
    find_drivers_at(world.house, "visit", {"": "shelf", "here": "shelf"}, segments=NAMED)
    ours, all_of_it = tellers(world, world.key), tellers(world, whole)
    assert {name: endpoints for name, endpoints in ours.items() if name != "in_lille"} == {}
    assert ours["in_lille"] == FIGURES
    for key in NAMED:
        assert all_of_it[key] >= FIGURES, key
    for key, n in (("happy", 0), ("in_lille", 10)):
        assert asked(world, world.key, "/api/v1/metrics/nps", segment=key).json["responses"] == n
    assert asked(world, whole, "/api/v1/metrics/nps", segment="happy").json["responses"] == 10


NAMED = (*(ASKED.keys() - {"category"}), *OPEN)
"""Keys that are no other word of an answer."""


def tellers(world: World, key: str) -> dict[str, set[str]]:
    """Return by segment which routes name it to who reads with a key."""
    found: dict[str, set[str]] = {}
    queries: tuple[dict[str, str], ...] = ({}, {"group_by": "segment"}, {"survey": "visit"})
    for rule in world.app.url_map.iter_rules():
        if not rule.endpoint.startswith("api.") or "<" in rule.rule or "GET" not in (rule.methods or ()):
            continue
        for query in queries:
            reply = asked(world, key, rule.rule, **query)
            if reply.status_code == 200:
                for name in NAMED:
                    if f'"{name}"' in reply.text:
                        found.setdefault(name, set()).add(rule.endpoint.removeprefix("api."))
    return found


def asked(world: World, key: str, path: str, **query: str) -> Any:
    return world.client.get(path, query_string=query, headers={"Authorization": f"Bearer {key}"})


def test_a_segment_that_once_looked_further_stays_closed(world: World) -> None:
    """Who leaves it as its rule is changed tells what the rule was before."""
    with world.house.writing():
        put(world.house, "happy", OPEN["in_lille"])
        put(world.house, "in_lille", {"==": [{"var": "customer.attributes.city"}, "Roubaix"]})
    closed = {row.key: row.company_only for row in world.house.rows(SegmentRow)}
    assert closed == {**dict.fromkeys(ASKED, True), "in_lille": False}
    assert world.ours.get("/console/segments/happy").status_code == 404


def test_the_upgrade_closes_what_looks_further_or_was_ever_changed(world: World) -> None:
    """Of a segment that was changed before there was the mark, nobody knows what its rule asked."""
    with world.house.writing():
        put(world.house, "new", OPEN["in_lille"])
        put(world.house, "changed", OPEN["in_lille"])
        put(world.house, "changed", {"known": "customer.email"})
    with world.app.app_context():
        down_and_up("segments_of_the_company")
    assert {row.key for row in world.house.rows(SegmentRow) if not row.company_only} == {"new"}
    with world.house.writing() as session:
        put(world.house, "fans", {"==": [{"var": "persona.key"}, "fan"]})
        session.execute(update(SegmentRow).where(SegmentRow.key == "fans").values(company_only=False))
    with world.app.app_context():
        down_and_up("personas_of_the_company")
    assert {row.key for row in world.house.rows(SegmentRow) if not row.company_only} == {"new"}


def test_whatever_a_rule_may_look_at_is_the_records_or_closed() -> None:
    """A new variable is closed until it stands here: does who works in one store read it of everybody they see?"""
    of_record = {name for name in VARIABLES if keeps_to_record({"known": name})}
    assert of_record == {
        *(f"customer.{one}" for one in ("external_id", "email", "phone", "locale", "timezone")),
        *(f"customer.{one}_name" for one in ("first", "last")),
        *(f"value.{one}" for one in ("orders", "months", "revenue_minor", "refunded_minor", "basket_minor")),
        *(f"value.{one}.{when}" for one in ("first", "last") for when in ("at", "days")),
    }  # fmt: skip
    assert keeps_to_record({"known": "consent.surveys"})
    assert keeps_to_record({"known": "customer.attributes.city"})
