"""The team is told by webhook: signed, at least once under one id, for a day, in digests, until somebody claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.rig.receiver import Receiver
from tests.told import SAID, Team
from vocapp.adapters import sealing
from vocapp.adapters.notifiers import Item, News, Words, slack, teams
from vocapp.adapters.notifiers.webhook import make_secret
from vocapp.config import EXTENSION
from vocapp.models import Alert, AlertMove, Fact, Notice, NotifierRow, database_now, new_id, transaction
from vocapp.services import calling_back, noticing, replaying, telling


def test_what_is_sent_is_signed_so_that_the_standards_own_verifier_takes_it(team: Team, peer: Receiver) -> None:
    secret, old = make_secret(), make_secret()
    sealed = {"secret": sealing.seal(secret, secret=team.secret), "old_secret": sealing.seal(old, secret=team.secret)}
    team.notifier(peer.url, **sealed, old_secret_until=team.now + timedelta(days=3650))
    alert = team.alert()
    team.tell()
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
    assert [move.action for move in team.rows(AlertMove)] == ["opened", "told"]


def test_a_receiver_in_trouble_is_asked_again_later_with_the_same_id_and_then_told(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.alert()
    peer.script = [500, (429, {"Retry-After": "3600"}), (302, {"Location": peer.url})]
    for _ in range(3):
        team.tell()
        [notifier] = team.rows(NotifierRow)
        assert notifier.waits_until is not None
        before = len(peer.received)
        team.tell()
        assert len(peer.received) == before, "nobody is called while it waits"
        team.pass_time(seconds=1)
    team.tell()
    assert len(peer.received) == 4
    assert len({got.json["data"]["id"] for got in peer.received}) == 1
    [notice] = team.rows(Notice)
    assert (notice.status, notice.error) == ("told", None)
    assert team.open() == []


def test_calls_that_fail_side_by_side_are_one_failure_of_their_receiver(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    for number in range(6):
        team.alert(f"C-{number}")
    peer.script = [500] * 6
    team.tell()
    [notifier] = team.rows(NotifierRow)
    assert len(peer.received) == 6
    assert notifier.failures == 1
    assert notifier.waits_until - database_now() < timedelta(seconds=10)


def test_a_test_is_told_to_one_that_is_switched_off_too_and_shows_at_once_why_it_failed(
    team: Team, peer: Receiver
) -> None:
    notifier_id = team.notifier(peer.url, disabled_at=team.now)
    peer.script = [404]
    for status, error in (("refused", "answered 404"), ("told", None)):
        with transaction() as session:
            row = session.get_one(NotifierRow, (team.id, notifier_id))
            [notice_id] = noticing.plan_test(notifier=row, event_id=new_id(), now=database_now())
        team.tell()
        [notice] = [one for one in team.rows(Notice) if one.id == notice_id]
        [notifier] = team.rows(NotifierRow)
        assert (notice.status, notice.error, notifier.error) == (status, error, error)
        assert notifier.waits_until is None
        assert team.open() == []


def test_retry_after_is_honoured(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.alert()
    peer.script = [(503, {"Retry-After": "7200"})]
    team.tell()
    [notifier] = team.rows(NotifierRow)
    [fact] = [one for one in team.rows(Fact) if one.kind == "NoticeDue"]
    assert min(notifier.waits_until, fact.due_at) - team.now > timedelta(minutes=115)


def test_after_a_day_it_is_a_dead_letter_that_can_be_taken_up_again(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.alert()
    peer.always = 500
    team.tell()
    team.pass_time(hours=25)
    team.tell()
    [notice] = team.rows(Notice)
    [fact] = [one for one in team.rows(Fact) if one.kind == "NoticeDue"]
    assert (notice.status, fact.failed_at is not None) == ("failed", True)
    assert "answered 500" in fact.error
    peer.always = 204
    team.pass_time(seconds=1)
    with transaction():
        assert replaying.replay_kind(workspace_id=team.id, kind="NoticeDue", by="ana", now=database_now()) == 1
    team.tell()
    [notice] = team.rows(Notice)
    assert notice.status == "told"
    assert len({got.json["data"]["id"] for got in peer.received}) == 1


def test_who_is_gone_is_switched_off_with_the_reason(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.alert("C-1")
    team.alert("C-2")
    peer.script = [410, 410]
    team.tell()
    team.tell()
    [notifier] = team.rows(NotifierRow)
    assert notifier.disabled_at is not None
    assert "410" in notifier.disabled_reason
    assert {notice.status for notice in team.rows(Notice)} == {"failed"}
    team.alert("C-3")
    assert team.open() == []


def test_a_hook_that_leads_inside_is_not_called(team: Team, peer: Receiver) -> None:
    team.app.extensions[EXTENSION] = replace(team.app.extensions[EXTENSION], webhook_allow_networks=())
    team.notifier(peer.url)
    team.alert()
    team.tell()
    assert peer.received == []
    [notice] = team.rows(Notice)
    assert notice.error == "not called: the address must be in the public internet"


def test_a_worker_that_dies_before_the_call_loses_nothing(
    team: Team, peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.notifier(peer.url)
    team.alert()
    with monkeypatch.context() as patch:
        patch.setattr(telling, "make_call", _die)
        with pytest.raises(KeyboardInterrupt):
            team.tell()
    team.pass_time(minutes=2)
    team.tell()
    team.tell()
    assert len(peer.received) == 1


def test_only_what_is_wanted_is_told(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, place="brand")
    team.notifier(peer.url, least_priority=9)
    team.notifier(peer.url, kinds=["low_csat"])
    team.notifier(peer.url, disabled_at=team.now)
    team.alert("C-1", place="store")
    team.alert("C-2", place="other")
    team.tell()
    assert [got.json["data"]["alert"]["place"] for got in peer.received] == ["store"]


def test_the_most_urgent_are_repeated_until_somebody_claims(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, repeat_minutes=10)
    alert = team.alert()
    with transaction() as session:
        session.execute(update(Alert).values(priority=9))
    for _ in range(3):
        team.tell()
        team.pass_time(seconds=1)
    types = [got.json["type"] for got in peer.received]
    assert types == ["alert.opened", "alert.reminder", "alert.reminder"]
    assert len({got.json["data"]["id"] for got in peer.received}) == 3
    with transaction():
        calling_back.claim(workspace_id=team.id, alert_id=alert.id, agent="Ana", now=database_now())
    team.tell()
    assert len(peer.received) == 3
    last = max((one for one in team.rows(Notice) if one.event == "alert.reminder"), key=lambda one: one.number)
    assert (last.number, last.status) == (3, "dropped")
    assert team.open() == []


def test_texts_are_escaped_for_each_medium_and_no_word_goes_out_unless_the_workspace_lets_it(
    team: Team, peer: Receiver
) -> None:
    team.notifier(peer.url, kind="slack")
    team.notifier(peer.url, kind="teams")
    team.alert("C-1")
    team.tell()
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
