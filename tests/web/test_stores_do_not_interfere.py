"""Nothing that happens in another store changes anything that this one reads, but for a short list with its reasons.

`test_stores_are_sealed` looks for words that must not be seen. Here nothing need be said: everything that a member of
the staff and a key of one store can read is read, with the mails that its people are sent; then much happens elsewhere;
then all is read again. What differs was told by what happened elsewhere. It stands in ELSEWHERE with a reason, or it is
a leak.
"""

from __future__ import annotations

import difflib
import hmac
import html
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from flask import Flask

from tests.builders import CSAT, NPS, WHY, House, answer
from tests.erased import erase
from tests.followed import follow
from tests.rig.passwords import make_passwords_cheap
from tests.said import lay_out
from tests.web.found import BOARD_TABLES, find_drivers_at
from tests.web.standing import PASSWORD, csrf_of, log_in, standing
from vocapp.adapters.sealing import unseal_place
from vocapp.models import Alert, Customer, Invitation, Promise, Response, Verbatim, feed, new_id
from vocapp.services import intake_events, keys, places, segmenting, staff
from vocapp.services.verbatims import tagging

HERE, THERE, BRAND = "here", "there", "brand"
SEGMENTS: dict[str, Any] = {
    "in_lille": {"==": [{"var": "customer.attributes.city"}, "Lille"]},
    "happy": {">=": [{"var": "scores.nps"}, 9]},
    "fans": {"==": [{"var": "persona.key"}, "fan"]},
}
PERSONAS: dict[str, Any] = {
    "personas": [
        {"key": "fan", "name": {"fr": "Fan"}, "criteria": [{"when": {">=": [{"var": "scores.nps"}, 9]}}]},
        {"key": "angry", "name": {"fr": "Fâché"}, "criteria": [{"when": {"<=": [{"var": "scores.nps"}, 6]}}]},
    ]
}
ELSEWHERE = {
    r'<section class="card" aria-labelledby="contact">.*?</section>':
        "one ledger counts what all stores send to a person (docs/decisions/016)",
}  # fmt: skip
"""What may differ, and why: what happened elsewhere is to be seen by it."""
ALERTS = re.compile(r"/console/(alerts.*)?\?|KEY .*/alerts")
"""Where alerts are read: what joins one from elsewhere may make it more urgent, and so come first and be due sooner;
what else is read there is held by `test_stores_are_sealed`."""
OF_THE_MOMENT = (
    r'name="csrf_token" value="[^"]+"', r'nonce="[^"]+"', r"<time.*?</time>", r"\d+[:h]\d\d(:\d\d)?", r"il y a [^<]*",
    r'"request_id":"[^"]+"', r'data-(mark|poll|at)="[^"]*"',
)  # fmt: skip
"""What differs from one reading to the next."""
ASKED: dict[str, tuple[str, ...]] = {
    "/console/alerts": ("status=all", "sort=urgency", f"place={BRAND}", f"place={THERE}", "assignee=them@there.test"),
    "/console/responses": (f"place={BRAND}", f"place={THERE}", "category=detractor"),
    "/console/customers": ("category=detractor", "sentiment=negative", "persona=fan", "persona=angry"),
    "/console/verbatims": ("sort=rank&q=inadmissible", "segment=in_lille", "segment=fans"),
    "/console/dashboards": (f"place={BRAND}&period=12m&group=place", "group=segment", "people=segment:fans"),
    "/console/mails": ("status=all",),
    **{f"/console/dashboards{page}": (f"csv={name}&period=12m&group=place",) for page, name in BOARD_TABLES},
}  # fmt: skip
ASKED_BY_KEY = {
    **dict.fromkeys(("/api/v1/metrics/nps", "/api/v1/metrics/comparison"), ("group_by=place", "group_by=segment")),
    "/api/v1/metrics/drivers": ("survey=visit&metric=nps",),
    **dict.fromkeys(("/api/v1/metrics/value", "/api/v1/metrics/themes"), (f"place={THERE}",)),
    **dict.fromkeys(("/api/v1/alerts", "/api/v1/responses", "/api/v1/verbatims"), ("limit=1", f"place={THERE}")),
    **{f"/api/v1/export/{stream}": ("limit=1",) for stream in feed.PLACED},
}
EVERYTHING = re.compile("")
LEFT_OUT = {"console.report_pdf"}
"""What is drawn of what another page says."""
ENDS = {"console.front", "console.login", "console.choose_language", "console.asset", "console.nowhere",
        "console.log_out"}  # fmt: skip


class World:
    """A company of two stores, in which some people were here only, and some are seen in both."""

    def __init__(self, app: Flask) -> None:
        self.app, self.house, self.client = app, House(app), app.test_client()
        self.told = 0
        house = self.house
        with house.writing():
            for key, parent in ((BRAND, None), (HERE, BRAND), (THERE, BRAND)):
                places.put_place(
                    workspace_id=house.id, key=key, name=key.title(), kind="store" if parent else "brand",
                    parent_key=parent,
                )  # fmt: skip
        house.survey("visit", trigger=None, questions=[NPS, CSAT, WHY])
        house.personas(PERSONAS)
        for name in ("unhappy", "happy", "own", "stranger", "gone"):
            house.customer(name, first_name=name.title(), attributes={"city": "Lille"})
        with house.writing():
            for key, when in SEGMENTS.items():
                segmenting.put(workspace_id=house.id, key=key, definition={"name": key, "when": when}, now=house.now)
        self.tells("unhappy", HERE, "5", "inadmissible, une heure de caisse")
        self.tells("happy", HERE, "9", "parfait, merci en caisse")
        self.tells("own", HERE, "2", "inadmissible attente en caisse")
        self.tells("own", HERE, "8", "une attente correcte, moins de caisse")
        self.tells("gone", THERE, "3", "inadmissible")
        self.promised(HERE, "kept")
        with house.writing():
            for email, role, place in (
                ("owner@here.test", "owner", HERE),
                ("agent@here.test", "agent", HERE),
                ("them@there.test", "agent", THERE),
                ("boss@x.test", "owner", None),
            ):
                staff.create(
                    workspace_id=house.id, email=email, password=PASSWORD, role=role, place=place, now=house.now
                )
            self.key = keys.create(workspace_id=house.id, name="till", scopes=(), place=HERE, now=house.now)
        self.ours, self.theirs, self.boss = (
            log_in(app, one) for one in ("owner@here.test", "them@there.test", "boss@x.test")
        )
        find_drivers_at(house, "visit", {HERE: "shelf"}, segments=tuple(SEGMENTS))
        self.settle()
        self.names = self._names()

    def tells(self, who: str, place: str, nps: str, why: str, csat: str = "3") -> None:
        """Let somebody be at a place, and say what they think of it."""
        self.told += 1
        event = f"e{self.told}"
        self.house.event(self.id_of(who), event, place=place, agent="Zed" if place == THERE else "Inès")
        link = self.house.link(self.house.invite(who, "visit", event_id=event, place=place))
        answer(self.client, link, {"nps": nps, "csat": csat, "why": why})
        self.house.work()

    def id_of(self, who: str) -> UUID:
        [found] = self.house.rows(Customer, Customer.external_id == who)
        customer_id: UUID = found.id
        return customer_id

    def promised(self, place: str, status: str) -> None:
        """Let a callback that was promised at a place have come due."""
        now = self.house.now
        with self.house.writing() as session:
            session.add(
                Promise(
                    workspace_id=self.house.id,
                    id=new_id(),
                    status=status,
                    place=place,
                    language="fr",
                    means="phone",
                    starts_at=now - timedelta(hours=3),
                    ends_at=now - timedelta(hours=1),
                    made_at=now,
                )
            )

    def settle(self) -> None:
        self.house.work()
        follow(self.house)
        lay_out(self.house)
        self.house.work()

    def _names(self) -> dict[str, list[str]]:
        """Return what paths are filled with: what is of this store."""
        here: dict[str, list[Any]] = {
            model.__name__.lower(): self.house.rows(model, model.place == HERE)
            for model in (Alert, Response, Invitation, Verbatim)
        }
        ids = {f"{name}_id": [str(row.id) for row in rows[:3]] for name, rows in here.items()}
        return {
            **ids,
            "customer_id": [str(self.id_of(who)) for who in ("unhappy", "happy", "own")],
            "segment_key": list(SEGMENTS),
            "stream": list(feed.PLACED),
            "kind": ["weekly"],
            "key": ["visit", HERE],
        }

    def paths(self, part: str, but: set[str] = frozenset()) -> list[str]:
        """Return the paths of a door that are read, filled with what is of this store."""
        found: list[str] = []
        for rule in self.app.url_map.iter_rules():
            if rule.endpoint.startswith(f"{part}.") and rule.endpoint not in but and "GET" in (rule.methods or ()):
                filled = [rule.rule]
                for hole, name in re.findall(r"(<(?:[^>:]+:)?([^>]+)>)", rule.rule):
                    filled = [one.replace(hole, value) for one in filled for value in self.names.get(name, ["page"])]
                found += filled
        return sorted(found)

    def crawl(self, read: re.Pattern[str] = EVERYTHING) -> dict[str, str]:
        """Return all that is read of this store, by where it stands; `read`: which paths of it."""
        found = {}
        for path in filter(read.search, self.paths("console", ENDS | LEFT_OUT)):
            for query in ("", *ASKED.get(path, ())):
                found[f"{path}?{query}"] = said(self.ours.get(path, query_string=query))
        token = csrf_of(self.ours)
        for path, form in (
            *(("customers", {"q": name}) for name in ("stranger", "Unhappy", "gone@example.test")),
            ("segments/in_lille/members.csv", {}),
            ("segments/fans/members.csv", {}),
            ("verbatims/file", {"as": "csv"}),
        ):
            reply = self.ours.post(f"/console/{path}", data={"csrf_token": token, **form})
            found[f"POST {path} {form}"] = said(reply)
        for path in filter(read.search, self.paths("api")):
            for query in ("", *ASKED_BY_KEY.get(path, ())):
                found[f"KEY {path}?{query}"] = said(self.asked(path, query))
            if "/export/" in path:
                found[f"KEY NDJSON {path}"] = said(self.asked(path, "", "application/x-ndjson"))
        mails = [one for one in self.house.mailer.sent if one.to_address.endswith("@here.test")]
        return {**found, "mails": "\n".join(f"{one.to_address} {one.subject} {one.text}" for one in mails)}

    def asked(self, path: str, query: str, accept: str = "*/*") -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Accept": accept}
        return self.client.get(path, query_string=query, headers=headers)


def said(reply: Any) -> str:
    """Return what a reply says, but for what is of the moment and what may differ."""
    text = html.unescape(reply.get_data(as_text=True)) if reply.mimetype != "application/pdf" else "a PDF"
    for pattern in (*ELSEWHERE, *OF_THE_MOMENT):
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    return f"{reply.status_code} {reply.headers.get('Link', '')}\n{text}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with standing(tmp_path_factory.mktemp("stores")) as app, pytest.MonkeyPatch.context() as monkeypatch:
        make_passwords_cheap(monkeypatch)
        yield World(app)


def test_nothing_that_happens_elsewhere_is_seen_here(world: World) -> None:
    before = world.crawl()
    happen(world)
    after = world.crawl()
    assert differences(before, after) == {}
    assert all(not text.startswith("5") for text in after.values())


def test_what_joins_an_alert_from_elsewhere_is_seen_by_how_urgent_it_is_and_nowhere_else(world: World) -> None:
    read = re.compile(r"/console/(alerts|customers|responses|verbatims)?(/[^/]*)?$|/api/v1/(export|alerts|responses)")
    before = world.crawl(read)
    world.tells("unhappy", THERE, "0", "inadmissible, je porte plainte", csat="1")
    world.settle()
    told = differences(before, world.crawl(read))
    assert {name: lines for name, lines in told.items() if not ALERTS.match(name)} == {}
    assert not re.search("plainte|csat|satisfaction", str(told).lower())


def happen(world: World) -> None:
    """Let much happen in the other store: to strangers, and to people who are known here."""
    house = world.house
    world.tells("stranger", THERE, "0", "une attente, je vois mon avocat")
    world.tells("happy", THERE, "1", "quelle attente", csat="1")
    world.tells("own", THERE, "10", "parfait, sans attente", csat="5")
    with house.writing():
        order = {
            "id": "o1", "event": "Order Completed", "occurred_at": house.now.isoformat(), "place": THERE,
            "customer": {"external_id": "stranger"}, "properties": {"order_id": "o1", "total": 100, "currency": "EUR"},
        }  # fmt: skip
        intake_events.take_events(workspace_id=house.id, documents=[order], secret=house.secret, now=house.now)
        staff.create(
            workspace_id=house.id, email="new@there.test", password=PASSWORD, role="agent", place=THERE, now=house.now
        )
    for status in ("kept", "missed"):
        world.promised(THERE, status)
    token = csrf_of(world.theirs)
    alerts = house.rows(Alert, Alert.place == THERE, Alert.status == "new")
    assert alerts
    for alert in alerts:
        for act, form in (("claim", {}), ("contact", {"outcome": "reached"})):
            reply = world.theirs.post(f"/console/alerts/{alert.id}/{act}", data={"csrf_token": token, **form})
            assert reply.status_code == 303
    token = csrf_of(world.boss)
    for path, form in (
        ("tags", {"name": "zed", "q": "caisse", "place": THERE}),
        ("views", {"name": "Zed", "q": "caisse", "place": THERE, "shared": "yes"}),
    ):
        reply = world.boss.post(f"/console/verbatims/{path}", data={"csrf_token": token, **form})
        assert reply.status_code == 303
    erase(house, "gone")
    world.settle()


def differences(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
    """Return by where it stands what is read there now, and was not before; and the other way."""
    found = {}
    for name, text in after.items():
        if before[name] != text:
            lines = (re.sub(r"(\},\{|<(?=/?(?:p|li|td|tr|dt|h\d)\b))", r"\n\1", one) for one in (before[name], text))
            told = difflib.unified_diff(*(one.splitlines() for one in lines), lineterm="", n=0)
            found[name] = [line for line in told if not line.startswith(("---", "+++", "@@")) and line.strip("+- ")][:8]
    return found


def test_a_tag_by_another_stores_rule_is_listed_where_it_was_put_by_hand_and_without_its_rule(world: World) -> None:
    with world.house.writing():
        tag = tagging.make(
            workspace_id=world.house.id, name="Till", by="boss", now=world.house.now,
            rule={"q": "caisse", "place": THERE},
        )  # fmt: skip
        tag_id = tag.id
    [verbatim, *_] = world.names["verbatim_id"]

    def listed() -> list[tuple[str, Any]]:
        return [(one["name"], one["rule"]) for one in world.asked("/api/v1/tags", "").json["data"]]

    assert ("Till", None) not in listed()
    headers = {"Authorization": f"Bearer {world.key}"}
    assert world.client.put(f"/api/v1/verbatims/{verbatim}/tags/{tag_id}", headers=headers).status_code == 404
    form = {"csrf_token": csrf_of(world.boss), "which": str(tag_id), "do": "on"}
    assert world.boss.post(f"/console/verbatims/{verbatim}/tags", data=form).status_code == 303
    assert ("Till", None) in listed()
    assert world.client.put(f"/api/v1/verbatims/{verbatim}/tags/{tag_id}", headers=headers).status_code == 200


def test_a_cursor_tells_nothing_and_one_of_before_is_read_on(world: World) -> None:
    path, secret = "/api/v1/export/responses", world.house.secret
    page = world.asked(path, "limit=1").json
    assert page["has_more"]
    raw = urlsafe_b64decode(page["next_cursor"] + "==")
    assert b"responses" not in raw
    bound = orjson.dumps([world.house.id, "export_stream", {}])
    payload = unseal_place(raw, secret=secret, bound=bound)
    signed = hmac.digest(hmac.digest(secret, b"cursor\0" + bound, "sha256"), payload, "sha256")[:16] + payload
    before = urlsafe_b64encode(signed).decode().rstrip("=")
    assert world.asked(path, f"cursor={before}").json == world.asked(path, f"cursor={page['next_cursor']}").json
    assert world.asked(path, f"cursor={before[:-2]}AA").status_code == 400


def test_the_persona_of_a_customer_is_that_of_what_was_answered_here(world: World) -> None:
    page = f"/console/customers/{world.id_of('own')}"
    world.tells("own", THERE, "10", "parfait", csat="5")
    assert "<strong>Fan</strong>" in world.boss.get(page).text
    assert "<strong>Fan</strong>" not in world.ours.get(page).text
    listed = {key: world.ours.get("/console/customers", query_string={"persona": key}).text for key in ("fan", "angry")}
    assert (page in listed["fan"], page in listed["angry"]) == (False, True)
