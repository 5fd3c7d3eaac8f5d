"""The team is told again of an alert that weighs more by now: opened anew, more urgent, another kind of complaint."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.rig.receiver import Receiver
from tests.told import Team
from tests.watching import statements
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.jobs.mail import MAILER
from vocapp.models import Alert, Notice, NotifierRow, database_now, transaction
from vocapp.services import calling_back, claims

OPENED, URGENT, REOPENED = "alert.opened", "alert.urgent", "alert.reopened"


def types(peer: Receiver) -> list[str]:
    return [got.json["type"] for got in peer.received]


def test_an_alert_that_waits_until_it_is_urgent_is_told_of_once_more(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.mail_to("ana@vocapp.test")
    team.alert()
    team.tell()
    for _ in range(3):
        team.age()
        team.tell()
    assert types(peer) == [OPENED, URGENT]
    assert [got.json["data"]["alert"]["priority"] for got in peer.received] == [3, 6]
    assert len({got.headers["webhook-id"] for got in peer.received}) == 2
    mailer: FakeMailer = team.app.extensions[MAILER]
    assert [mail.subject.partition("\u00a0:")[0] for mail in mailer.sent] == ["Rappel à faire", "Rappel devenu urgent"]


def test_what_still_waits_for_others_goes_at_once_and_once(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, digest_minutes=60)
    for name in ("C-1", "C-2"):
        team.alert(name)
    first = team.rows(Alert)[0].id
    team.age(first)
    team.tell()
    assert types(peer) == [OPENED]
    told = peer.received[0].json["data"]["alert"]
    assert (told["id"], told["priority"]) == (str(first), 6)
    team.age(first)
    team.tell()
    assert types(peer) == [OPENED]


def test_one_that_a_notifier_was_not_for_is_told_by_it_as_soon_as_it_is(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, least_priority=6)
    team.notifier(peer.url, kinds=["low_csat"])
    alert = team.alert()
    team.tell()
    assert peer.received == []
    with transaction():
        calling_back.claim(workspace_id=team.id, alert_id=alert.id, agent="Ana", now=database_now())
    team.complain_again(alert, kinds=("low_csat",), csat=1)
    team.tell()
    assert types(peer) == [OPENED]
    team.age()
    team.tell()
    assert types(peer) == [OPENED, OPENED], "a program or a lead hears of it, though somebody has it"


def test_one_that_somebody_has_is_not_announced_again(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    alert = team.alert()
    team.tell()
    with transaction():
        calling_back.claim(workspace_id=team.id, alert_id=alert.id, agent="Ana", now=database_now())
    team.age()
    team.tell()
    assert types(peer) == [OPENED]


def test_one_that_is_opened_again_is_told_of_again(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    alert = team.alert()
    team.tell()
    for _ in range(2):
        with transaction() as session:
            session.execute(update(Alert).values(status="resolved", assignee=None))
        with transaction():
            calling_back.reopen(workspace_id=team.id, alert_id=alert.id, note=None, by="Ana", now=database_now())
        team.plan()
        team.plan()
        team.tell()
    assert types(peer) == [OPENED, REOPENED, REOPENED]
    assert len({got.json["data"]["id"] for got in peer.received}) == 3
    team.age()
    team.tell()
    assert types(peer)[3:] == [URGENT]


def test_two_notices_of_one_alert_remind_as_one(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, repeat_minutes=10)
    team.alert()
    team.tell()
    team.age()
    for _ in range(3):
        team.tell()
        team.pass_time(seconds=1)
    assert types(peer) == [OPENED, URGENT, "alert.reminder", "alert.reminder"]
    assert len([one for one in team.rows(Notice) if one.status == "waiting"]) == 1


@pytest.mark.parametrize("action", ["release", "lease_over"])
def test_who_is_reminded_until_somebody_has_it_is_reminded_again_once_nobody_has(
    team: Team, peer: Receiver, action: str
) -> None:
    team.notifier(peer.url, repeat_minutes=10)
    alert = team.alert(best=True)
    team.tell()
    team.pass_time(seconds=1)
    take(team, alert)
    team.tell()
    assert [one.status for one in team.rows(Notice) if one.event == "alert.reminder"] == ["dropped"]
    give_back(team, alert, action)
    team.pass_time(seconds=1)
    team.tell()
    assert types(peer) == [OPENED, "alert.reminder"]


@pytest.mark.parametrize("action", ["release", "lease_over"])
@pytest.mark.parametrize(("repeat_minutes", "then"), [(0, []), (10, ["alert.reminder"])])
def test_one_that_became_urgent_unheard_and_was_taken_is_told_of_once_nobody_has_it(
    team: Team, peer: Receiver, action: str, repeat_minutes: int, then: list[str]
) -> None:
    notifier_id = team.notifier(peer.url, repeat_minutes=repeat_minutes)
    alert = team.alert()
    team.tell()
    with transaction() as session:  # it asked to be left alone
        wait = {"waits_until": database_now() + timedelta(hours=1)}
        session.execute(update(NotifierRow).where(NotifierRow.id == notifier_id).values(**wait))
    team.age()
    team.tell()
    take(team, alert)
    team.pass_time(seconds=1)
    team.tell()
    assert [one.status for one in team.rows(Notice) if one.event == URGENT] == ["dropped"]
    for _ in range(2):
        give_back(team, alert, action)
        team.tell()
        assert types(peer) == [OPENED, URGENT]
        take(team, alert)
    give_back(team, alert, action)
    team.pass_time(seconds=1)
    team.tell()
    assert types(peer) == [OPENED, URGENT, *then]


def test_however_many_are_given_back_at_once_planning_says_as_much_to_the_database(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, repeat_minutes=10)
    given = [team.alert(f"C-{number}", best=True) for number in range(5)]
    team.tell()
    team.pass_time(seconds=1)
    for alert in given:
        take(team, alert)
    team.tell()
    said = []
    for some in (given[:1], given[1:]):
        for alert in some:
            release(team, alert)
        with statements(team.app) as plan:
            team.plan()
        said.append(len(plan))
    assert len([one for one in team.rows(Notice) if one.event == "alert.reminder" and one.status == "waiting"]) == 5
    assert said[0] == said[1]


def release(team: Team, alert: Alert) -> None:
    with transaction():
        calling_back.release(workspace_id=team.id, alert_id=alert.id, by="Ana", now=database_now())


def take(team: Team, alert: Alert) -> None:
    with transaction():
        calling_back.claim(workspace_id=team.id, alert_id=alert.id, agent="Ana", now=database_now())


def give_back(team: Team, alert: Alert, action: str) -> None:
    """Let Ana put the alert back, or lose it as she did nothing for too long."""
    if action == "release":
        release(team, alert)
        team.plan()
        return
    with transaction() as session:
        now = database_now()
        session.execute(update(Alert).where(Alert.id == alert.id).values(claimed_until=now))
        assert claims.take_back(workspace_id=team.id, now=now) == 1
    team.plan()
