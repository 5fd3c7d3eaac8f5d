"""What is wrong with one call stays with that call, and is seen; what is mended goes at once."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook

from tests.rig.receiver import Receiver
from tests.rig.waiting import wait_until
from tests.told import Team
from vocapp.adapters import sealing
from vocapp.adapters.mail import MailRefused
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.adapters.notifiers import KINDS, Kind, Means, News, Route
from vocapp.jobs import tell as tell_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import Fact, Notice, NotifierRow, database_now, transaction
from vocapp.services import calling_back, claims, notifiers
from vocapp.services.browsing import notices as browsing


class Broken:
    def __init__(self, _: Means) -> None:
        pass

    def tell(self, news: News, route: Route) -> None:
        """Fail as nobody expects."""
        raise OverflowError(f"of {route.target}")


def test_a_call_that_fails_as_nobody_expects_is_tried_again_and_leaves_those_beside_it_alone(
    team: Team, peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "slack", Kind(Broken))  # type: ignore[arg-type]
    fine, broken = team.notifier(peer.url), team.notifier(peer.url, kind="slack")
    team.alert()
    team.tell()
    team.tell()
    assert len(peer.received) == 1
    stands = {one.notifier_id: (one.status, one.error) for one in team.rows(Notice)}
    assert stands == {fine: ("told", None), broken: ("waiting", "not told: OverflowError")}
    team.pass_time(hours=25)
    team.tell()
    [letter] = [one for one in team.rows(Fact) if one.failed_at is not None]
    assert letter.error == "not told: OverflowError (tried for a day)"


def test_a_time_that_no_calendar_has_is_no_time_to_wait_for(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.alert()
    peer.script = [(503, {"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"})]
    team.tell()
    [notifier] = team.rows(NotifierRow)
    assert notifier.error == "answered 503"
    assert notifier.waits_until - database_now() < timedelta(seconds=10)


def test_mails_of_a_batch_do_not_wait_for_its_slow_hooks(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.mail_to("ana@vocapp.test")
    mailer: FakeMailer = team.app.extensions[MAILER]

    def answer_once_the_mail_is_out(handler: BaseHTTPRequestHandler) -> None:
        wait_until(lambda: mailer.sent)
        handler.send_response(204)
        handler.end_headers()

    peer.script = [answer_once_the_mail_is_out]
    team.alert()
    team.tell()
    assert [one.status for one in team.rows(Notice)] == ["told", "told"]
    assert len(peer.received) == 1


def test_hooks_that_were_called_are_marked_though_the_mails_beside_them_broke_the_job_off(
    team: Team, peer: Receiver
) -> None:
    team.notifier(peer.url)
    team.mail_to("ana@vocapp.test")
    mailer: FakeMailer = team.app.extensions[MAILER]
    mailer.failures = [KeyboardInterrupt()]  # type: ignore[list-item]
    team.alert()
    with pytest.raises(KeyboardInterrupt):
        team.tell()
    team.pass_time(minutes=2)
    team.tell()
    assert len(peer.received) == 1
    assert len(mailer.sent) == 1


def test_the_clock_of_a_message_is_the_databases(team: Team, peer: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = database_now() + timedelta(hours=3)
    monkeypatch.setattr(tell_jobs, "database_now", lambda: ahead)
    team.notifier(peer.url)
    team.alert()
    team.tell()
    [got] = peer.received
    assert got.headers["webhook-timestamp"] == str(int(ahead.timestamp()))


def test_after_a_change_of_secret_key_a_new_address_and_a_new_secret_are_enough(team: Team, peer: Receiver) -> None:
    foreign = {name: sealing.seal("whsec_AAAA", secret=b"another key") for name in ("target", "secret")}
    notifier_id = team.notifier(peer.url, **foreign)
    team.alert()
    team.tell()
    [notice] = team.rows(Notice)
    assert notice.error == "sealed under another SECRET_KEY"
    change(team, notifier_id, target=peer.url)
    with transaction():
        row = notifiers.get_notifier(workspace_id=team.id, notifier_id=notifier_id, lock=True)
        shown = notifiers.replace_secret(row=row, secret=team.secret, by="ana", now=database_now())
    team.tell()
    [got] = peer.received
    assert Webhook(shown).verify(got.body, dict(got.headers))
    [notifier] = team.rows(NotifierRow)
    assert (notifier.old_secret, notifier.old_secret_until) == (None, None)


def test_a_refused_mail_is_shown_and_can_be_sent_again_once_the_mailbox_is_mended(team: Team) -> None:
    notifier_id = team.notifier("", kind="email", target="ana@vocapp.test")
    mailer: FakeMailer = team.app.extensions[MAILER]
    mailer.failures = [MailRefused("552 mailbox full")]
    team.alert()
    team.tell()
    [notifier] = team.rows(NotifierRow)
    assert (notifier.failures, notifier.error) == (1, "552 mailbox full")
    with transaction():
        [dead] = browsing.list_dead(workspace_id=team.id, notifier_id=notifier_id)
        assert (dead.attempts, dead.error) == (0, "552 mailbox full")
    replay(team, notifier_id, taken_up=1)
    team.tell()
    assert [mail.to_address for mail in mailer.sent] == ["ana@vocapp.test"]
    assert [one.status for one in team.rows(Notice)] == ["told"]
    [notifier] = team.rows(NotifierRow)
    assert (notifier.failures, notifier.error) == (0, None)


@pytest.mark.parametrize("mend", ["target", "resume", "replay"])
def test_what_waits_goes_at_once_when_its_receiver_is_mended(team: Team, peer: Receiver, mend: str) -> None:
    notifier_id = team.notifier(peer.url, repeat_minutes=10)
    other = team.notifier(peer.url)
    team.alert("C-1", best=True)
    team.tell()
    peer.script = [(503, {"Retry-After": "3600"})] * 2
    team.alert("C-2")
    team.tell()
    assert due(team, notifier_id) == due(team, other) == []
    if mend == "target":
        change(team, notifier_id, target=peer.url)
    elif mend == "resume":
        change(team, notifier_id, enabled=False)
        change(team, notifier_id, enabled=True)
    else:
        replay(team, notifier_id, taken_up=0)
    [ready] = due(team, notifier_id)
    assert ready.event == "alert.opened", "a reminder keeps its time"
    assert due(team, other) == []
    tell_jobs.tell(team.open())
    assert peer.received[-1].json["data"]["id"] == f"evt_{ready.event_id.hex}"
    assert {one.notifier_id: one.status for one in team.rows(Notice) if one.event_id == ready.event_id} == {
        notifier_id: "told", other: "waiting",
    }  # fmt: skip


def test_who_lets_the_time_to_call_run_out_has_the_team_reminded_again(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url, repeat_minutes=10)
    alert = team.alert(best=True)
    team.tell()
    with transaction():
        calling_back.claim(workspace_id=team.id, alert_id=alert.id, agent="Ana", now=database_now())
    team.pass_time(seconds=1)
    team.tell()
    with transaction():
        over = database_now() + timedelta(days=2)
        assert claims.take_back(workspace_id=team.id, now=over) == 1
    team.plan()
    team.pass_time(seconds=1)
    team.tell()
    assert [got.json["type"] for got in peer.received] == ["alert.opened", "alert.reminder"]


def change(team: Team, notifier_id: UUID, *, target: str | None = None, **given: Any) -> None:
    with transaction():
        row = notifiers.get_notifier(workspace_id=team.id, notifier_id=notifier_id, lock=True)
        notifiers.change(row=row, given=given, target=target, secret=team.secret, by="ana", now=database_now())


def replay(team: Team, notifier_id: UUID, *, taken_up: int) -> None:
    with transaction():
        row = notifiers.get_notifier(workspace_id=team.id, notifier_id=notifier_id, lock=True)
        assert notifiers.replay(row=row, by="ana", now=database_now()) == taken_up


def due(team: Team, notifier_id: UUID) -> list[Notice]:
    """Return the notices of a notifier whose facts the relay would hand on now."""
    with transaction():
        now = database_now()
    ready = {one.subject_id for one in team.rows(Fact) if one.id in team.open() and one.due_at <= now}
    return [one for one in team.rows(Notice) if one.id in ready and one.notifier_id == notifier_id]
