"""Alerts that go together in one message: one that is repeated is the same, and no alert is lost for another's sake."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from tests.rig.receiver import Receiver
from tests.told import Team
from vocapp.models import Alert, AlertMove, Notice, database_now, transaction
from vocapp.services import erasing, noticing, replaying, told


def test_alerts_within_the_window_go_as_one_message(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, kind="slack", digest_minutes=15)
    for number in range(4):
        team.alert(f"C-{number}")
    team.tell()
    assert peer.received == [], "the window is open"
    assert len({notice.due_at for notice in team.rows(Notice)}) == 1
    team.pass_time(seconds=1)
    team.tell()
    team.tell()
    [got] = peer.received
    assert "4" in got.json["text"]


def test_a_worker_that_dies_after_the_call_tells_again_under_the_same_id(
    team: Team, peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.notifier(peer.url, digest_minutes=30)
    for number in range(3):
        team.alert(f"C-{number}")
    team.pass_time(seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr(told, "conclude", _die)
        with pytest.raises(KeyboardInterrupt):
            team.tell()
    team.alert("C-late")
    team.pass_time(seconds=1)
    team.tell()
    team.tell()
    first, *rest = peer.received
    again, late = sorted(rest, key=lambda got: got.json["type"], reverse=True)  # they go side by side
    assert [len(got.json["data"].get("events", [])) for got in (first, again, late)] == [3, 3, 0]
    assert first.headers["webhook-id"] == again.headers["webhook-id"] != late.headers["webhook-id"]
    assert first.json["data"] == again.json["data"]
    assert {notice.status for notice in team.rows(Notice)} == {"told"}


def test_the_most_urgent_wait_for_no_digest(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, digest_minutes=30)
    team.alert("C-mild", nps=5)
    team.alert("C-best", best=True)
    team.tell()
    [got] = peer.received
    assert got.json["data"]["alert"]["priority"] >= 6


def test_those_that_nobody_closed_in_time_are_gathered_too(team: Team, peer: Receiver) -> None:
    alerts = [team.alert(f"C-{number}", nps=5) for number in range(3)]
    team.notifier(peer.url, digest_minutes=30)
    with transaction() as session:
        rows = [session.merge(alert) for alert in alerts]
        noticing.tell_of_escalation(workspace_id=team.id, told=[(one, ()) for one in rows], now=database_now())
    team.tell()
    assert peer.received == [], "the window is open"
    team.pass_time(seconds=1)
    team.tell()
    [got] = peer.received
    assert [one["type"] for one in got.json["data"]["events"]] == ["alert.escalated"] * 3


def test_who_resolved_the_first_alert_of_a_digest_loses_none_of_the_others(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, kind="slack", digest_minutes=30)
    alerts = [team.alert(f"C-{number}") for number in range(3)]
    team.pass_time(seconds=1)
    peer.script = [500]
    team.tell()
    with transaction() as session:
        session.execute(update(Alert).where(Alert.id == alerts[0].id).values(status="resolved"))
    team.pass_time(seconds=1)
    team.tell()
    assert ["3" in peer.received[0].json["text"], "2" in peer.received[1].json["text"]] == [True, True]
    assert {one.alert_id: one.status for one in team.rows(Notice)} == {
        alerts[0].id: "dropped", alerts[1].id: "told", alerts[2].id: "told",
    }  # fmt: skip
    lines = [move.alert_id for move in team.rows(AlertMove) if move.action == "told"]
    assert sorted(lines) == sorted(alert.id for alert in alerts[1:])


def test_who_is_erased_takes_no_other_alert_of_the_digest_along(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, digest_minutes=30)
    names = {team.alert(f"C-{number}").id: f"C-{number}" for number in range(3)}
    team.pass_time(seconds=1)
    peer.script = [500]
    team.tell()
    [first] = [one.alert_id for one in team.rows(Notice) if one.id == one.message_id]
    with transaction():
        name = names.pop(first)
        erasing.erase(workspace_id=team.id, external_id=name, by="command", secret=team.secret, now=team.now)
    team.pass_time(seconds=1)
    team.tell()
    [got] = peer.received[1:]
    assert {one["data"]["alert"]["id"] for one in got.json["data"]["events"]} == {str(one) for one in names}


def test_a_digest_that_was_given_up_is_taken_up_again_whole(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, digest_minutes=30)
    for number in range(3):
        team.alert(f"C-{number}")
    team.pass_time(seconds=1)
    peer.always = 500
    team.tell()
    team.pass_time(hours=25)
    team.tell()
    assert {one.status for one in team.rows(Notice)} == {"failed"}
    peer.always = 204
    team.pass_time(seconds=1)
    with transaction():
        replaying.replay_kind(workspace_id=team.id, kind="NoticeDue", by="ana", now=database_now())
    team.tell()
    assert {one.status for one in team.rows(Notice)} == {"told"}
    assert len(peer.received[-1].json["data"]["events"]) == 3


@pytest.mark.parametrize("kind", ["slack", "teams", "webhook"])
def test_no_alert_is_lost_because_customers_wrote_much(team: Team, peer: Receiver, kind: str) -> None:
    team.quote_in(kind)
    team.notifier(peer.url, kind=kind, digest_minutes=30)
    for number in range(15):
        team.alert(f"C-{number}", why="\N{FACE WITH HEAD-BANDAGE}" * 900)
    team.pass_time(seconds=1)
    team.tell()
    [got] = peer.received
    assert got.body.count(b"/console/alerts/") == 15
    assert len(got.body) < 28_000
    assert {one.status for one in team.rows(Notice)} == {"told"}


def _die(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt
