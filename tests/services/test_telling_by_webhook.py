"""The team is told by webhook: signed, at least once under one id, for a day, in digests, until somebody claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.rig.receiver import LOOPBACK, Receiver
from tests.unhappy import alerts_of, complain, make_customer, make_workspace
from vocapp import jobs
from vocapp.adapters import sealing
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.adapters.notifiers import Item, News, Words, slack, teams
from vocapp.adapters.notifiers.webhook import make_secret
from vocapp.config import EXTENSION
from vocapp.jobs import alert as alert_jobs
from vocapp.jobs import tell as tell_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import Alert, AlertMove, Fact, Notice, NotifierRow, database_now, new_id, transaction
from vocapp.services import calling_back, replaying, telling, told

SAID = "Colis <b>cassé</b> & <!channel> *jamais* {{DATE(x)}}"


@pytest.fixture
def peer() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def house(app: Flask, db: Any, now: datetime) -> Iterator[House]:
    app.extensions[MAILER] = FakeMailer()
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], webhook_allow_networks=LOOPBACK)
    before = jobs._bound
    jobs.bind(app, most_attempts={})
    yield House(app, db, now, make_workspace(now))
    jobs._bound = before


class House:
    def __init__(self, app: Flask, db: Any, now: datetime, workspace_id: int) -> None:
        self.app, self.db, self.now, self.id = app, db, now, workspace_id
        self.secret: bytes = app.extensions[EXTENSION].secret_key.encode()

    def notifier(self, url: str, **given: Any) -> UUID:
        plain = {
            "workspace_id": self.id, "id": new_id(), "name": "Hook", "kind": "webhook", "target_hint": "x", "kinds": [],
            "least_priority": 1, "digest_minutes": 0, "repeat_minutes": 0, "created_at": self.now, "failures": 0,
            "target": sealing.seal(url, secret=self.secret),
        }  # fmt: skip
        row = plain | given
        with transaction() as session:
            session.execute(insert(NotifierRow).values(**row))
        return row["id"]

    def alert(self, name: str = "C-1", *, place: str | None = "store", why: str = SAID, nps: int = 2) -> Alert:
        with transaction():
            customer_id = make_customer(self.id, name, self.now, first_name="Zoé")
        alert_jobs.open_alerts([complain(self.id, customer_id, self.now, nps=nps, why=why, place=place)])
        alert_jobs.plan_notices(self.open("AlertOpened"))
        return next(one for one in alerts_of(self.id) if one.customer_id == customer_id)

    def open(self, kind: str = "NoticeDue") -> list[int]:
        self.db.session.rollback()
        query = select(Fact.id).where(Fact.kind == kind, Fact.done_at.is_(None), Fact.failed_at.is_(None))
        found = list(self.db.session.scalars(query.order_by(Fact.id)))
        self.db.session.rollback()
        return found

    def tell(self) -> None:
        tell_jobs.tell(self.open())

    def pass_time(self, **ago: float) -> None:
        """Let what waits have been due for so long: the database's clock is not ours to turn."""
        with transaction() as session:
            past = database_now() - timedelta(**ago)
            session.execute(update(Notice).values(due_at=past))
            session.execute(update(Notice).where(Notice.failing_since.is_not(None)).values(failing_since=past))
            session.execute(update(NotifierRow).values(waits_until=None))

    def rows(self, model: Any) -> list[Any]:
        self.db.session.rollback()
        query = select(model).where(model.workspace_id == self.id).order_by(model.id)
        return list(self.db.session.scalars(query.execution_options(populate_existing=True)))


def test_what_is_sent_is_signed_so_that_the_standards_own_verifier_takes_it(house: House, peer: Receiver) -> None:
    secret, old = make_secret(), make_secret()
    sealed = {"secret": sealing.seal(secret, secret=house.secret), "old_secret": sealing.seal(old, secret=house.secret)}
    house.notifier(peer.url, **sealed, old_secret_until=house.now + timedelta(days=3650))
    alert = house.alert()
    house.tell()
    [got] = peer.received
    for key in (secret, old):
        document = Webhook(key).verify(got.body, dict(got.headers))
        assert document["type"] == "alert.opened"
        assert document["data"]["alert"]["id"] == str(alert.id)
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(got.body + b" ", dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(make_secret()).verify(got.body, dict(got.headers))
    headers = {name.lower(): value for name, value in got.headers.items()}
    assert headers["webhook-id"] == got.json["data"]["id"]
    assert "cass" not in got.body.decode()
    assert "Zo" not in got.body.decode()
    assert [move.action for move in house.rows(AlertMove)] == ["opened", "told"]


def test_a_receiver_in_trouble_is_asked_again_later_with_the_same_id_and_then_told(
    house: House, peer: Receiver
) -> None:
    house.notifier(peer.url)
    house.alert()
    peer.script = [500, (429, {"Retry-After": "3600"}), (302, {"Location": peer.url})]
    for _ in range(3):
        house.tell()
        [notifier] = house.rows(NotifierRow)
        assert notifier.waits_until is not None
        before = len(peer.received)
        house.tell()
        assert len(peer.received) == before, "nobody is called while it waits"
        house.pass_time(seconds=1)
    house.tell()
    assert len(peer.received) == 4
    assert len({got.json["data"]["id"] for got in peer.received}) == 1
    [notice] = house.rows(Notice)
    assert (notice.status, notice.error) == ("told", None)
    assert house.open() == []


def test_retry_after_is_honoured(house: House, peer: Receiver) -> None:
    house.notifier(peer.url)
    house.alert()
    peer.script = [(503, {"Retry-After": "7200"})]
    house.tell()
    [notifier] = house.rows(NotifierRow)
    [fact] = [one for one in house.rows(Fact) if one.kind == "NoticeDue"]
    assert min(notifier.waits_until, fact.due_at) - house.now > timedelta(minutes=115)


def test_after_a_day_it_is_a_dead_letter_that_can_be_taken_up_again(house: House, peer: Receiver) -> None:
    house.notifier(peer.url)
    house.alert()
    peer.always = 500
    house.tell()
    house.pass_time(hours=25)
    house.tell()
    [notice] = house.rows(Notice)
    [fact] = [one for one in house.rows(Fact) if one.kind == "NoticeDue"]
    assert (notice.status, fact.failed_at is not None) == ("failed", True)
    assert "answered 500" in fact.error
    peer.always = 204
    house.pass_time(seconds=1)
    with transaction():
        assert replaying.replay_kind(workspace_id=house.id, kind="NoticeDue", by="ana", now=database_now()) == 1
    house.tell()
    [notice] = house.rows(Notice)
    assert notice.status == "told"
    assert len({got.json["data"]["id"] for got in peer.received}) == 1


def test_who_is_gone_is_switched_off_with_the_reason(house: House, peer: Receiver) -> None:
    house.notifier(peer.url)
    house.alert("C-1")
    house.alert("C-2")
    peer.script = [410, 410]
    house.tell()
    house.tell()
    [notifier] = house.rows(NotifierRow)
    assert notifier.disabled_at is not None
    assert "410" in notifier.disabled_reason
    assert {notice.status for notice in house.rows(Notice)} == {"failed"}
    house.alert("C-3")
    assert house.open() == []


def test_a_hook_that_leads_inside_is_not_called(house: House, peer: Receiver) -> None:
    house.app.extensions[EXTENSION] = replace(house.app.extensions[EXTENSION], webhook_allow_networks=())
    house.notifier(peer.url)
    house.alert()
    house.tell()
    assert peer.received == []
    [notice] = house.rows(Notice)
    assert notice.error == "not called: the address must be in the public internet"


def test_a_worker_that_dies_after_the_call_tells_again_under_the_same_id(
    house: House, peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.notifier(peer.url, digest_minutes=30)
    for number in range(3):
        house.alert(f"C-{number}")
    house.pass_time(seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(told, "conclude", _die)
        with pytest.raises(KeyboardInterrupt):
            house.tell()
    house.alert("C-late")
    house.pass_time(seconds=1)
    house.tell()
    house.tell()
    first, *rest = peer.received
    again, late = sorted(rest, key=lambda got: got.json["type"], reverse=True)  # they go side by side
    assert [len(got.json["data"].get("events", [])) for got in (first, again, late)] == [3, 3, 0]
    assert first.headers["webhook-id"] == again.headers["webhook-id"] != late.headers["webhook-id"]
    assert first.json["data"] == again.json["data"]
    assert {notice.status for notice in house.rows(Notice)} == {"told"}


def test_a_worker_that_dies_before_the_call_loses_nothing(
    house: House, peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.notifier(peer.url)
    house.alert()
    with monkeypatch.context() as patch:
        patch.setattr(telling, "make_call", _die)
        with pytest.raises(KeyboardInterrupt):
            house.tell()
    house.tell()
    house.tell()
    assert len(peer.received) == 1


def test_alerts_within_the_window_go_as_one_message(house: House, peer: Receiver) -> None:
    house.notifier(peer.url, kind="slack", digest_minutes=15)
    for number in range(4):
        house.alert(f"C-{number}")
    house.tell()
    assert peer.received == [], "the window is open"
    assert len({notice.due_at for notice in house.rows(Notice)}) == 1
    house.pass_time(seconds=1)
    house.tell()
    house.tell()
    [got] = peer.received
    assert "4" in got.json["text"]


def test_only_what_is_wanted_is_told(house: House, peer: Receiver) -> None:
    house.notifier(peer.url, place="brand")
    house.notifier(peer.url, least_priority=9)
    house.notifier(peer.url, kinds=["low_csat"])
    house.notifier(peer.url, disabled_at=house.now)
    house.alert("C-1", place="store")
    house.alert("C-2", place="other")
    house.tell()
    assert [got.json["data"]["alert"]["place"] for got in peer.received] == ["store"]


def test_the_most_urgent_are_repeated_until_somebody_claims(house: House, peer: Receiver) -> None:
    house.notifier(peer.url, repeat_minutes=10)
    alert = house.alert()
    with transaction() as session:
        session.execute(update(Alert).values(priority=9))
    for _ in range(3):
        house.tell()
        house.pass_time(seconds=1)
    types = [got.json["type"] for got in peer.received]
    assert types == ["alert.opened", "alert.reminder", "alert.reminder"]
    assert len({got.json["data"]["id"] for got in peer.received}) == 3
    with transaction():
        calling_back.claim(workspace_id=house.id, alert_id=alert.id, agent="Ana", now=database_now())
    house.tell()
    assert len(peer.received) == 3
    assert house.rows(Notice)[-1].status in {"told", "dropped"}
    assert house.open() == []


def test_texts_are_escaped_for_each_medium_and_no_word_goes_out_unless_the_workspace_lets_it(
    house: House, peer: Receiver
) -> None:
    house.notifier(peer.url, kind="slack")
    house.notifier(peer.url, kind="teams")
    house.alert("C-1")
    house.tell()
    assert not [got for got in peer.received if "cass" in got.body.decode() or "Zo" in got.body.decode()]
    news = News(
        id="evt_1",
        title="A & <B>",
        items=(Item(heading="h", rows=(("L", "<!here> v"),), url="https://x.test/1", said=SAID),),
        words=Words(open="Open", said="Said", colon=":"),
    )
    text = slack.lay_out(news)["blocks"][1]["text"]["text"]
    assert "&lt;!channel&gt;" in text
    assert "<!" not in text
    assert "<https://x.test/1|Open>" in text
    card = str(teams.lay_out(news))
    assert "{{" not in card
    assert "'type': 'TextBlock'" not in card


def _die(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt
