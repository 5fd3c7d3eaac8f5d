"""What is wrong with one call stays with that call, and is seen; what is mended goes at once."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from tests.rig.receiver import Receiver
from tests.rig.waiting import wait_until
from tests.told import Team
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.adapters.notifiers import KINDS, Kind, Means, News, Route
from vocapp.jobs import tell as tell_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import Fact, Notice, NotifierRow, database_now


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
