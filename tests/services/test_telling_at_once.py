"""Two workers at the same alert in the same moment: everybody is told once."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from threading import Event as Signal
from typing import Any

import pytest
from sqlalchemy import text, update

from tests.rig.receiver import Receiver
from tests.rig.waiting import wait_until
from tests.told import Team
from tests.watching import at_once
from vocapp.adapters.mail import OutgoingMail, Receipt
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.domain import notices
from vocapp.jobs import alert as alert_jobs
from vocapp.jobs import tell as tell_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import Fact, Notice, database_now, transaction
from vocapp.models.outbox import announce
from vocapp.services import noticing, told

PATIENCE = 60.0


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


class _Joined(FakeMailer):
    """While its first call is under way, another worker does the same job from its beginning to its end."""

    def __init__(self, facts: list[int]) -> None:
        super().__init__()
        self._facts = facts

    def send(self, mail: OutgoingMail) -> Receipt:
        facts, self._facts = self._facts, []
        if facts:
            at_once(lambda: tell_jobs.tell(facts))
        return super().send(mail)


def test_a_mail_that_one_worker_is_sending_is_not_sent_by_another(team: Team) -> None:
    team.mail_to("ana@vocapp.test", "ben@vocapp.test")
    team.alert()
    mailer = team.app.extensions[MAILER] = _Joined(team.open())
    team.tell()
    assert sorted(mail.to_address for mail in mailer.attempts) == ["ana@vocapp.test", "ben@vocapp.test"]
    assert {one.status for one in team.rows(Notice)} == {"told"}
    assert team.open() == []


@pytest.mark.parametrize("kind", ["slack", "webhook"])
@pytest.mark.parametrize("digest_minutes", [0, 10])
def test_a_hook_that_one_worker_is_calling_is_not_called_by_another(
    team: Team, peer: Receiver, kind: str, digest_minutes: int
) -> None:
    team.notifier(peer.url, kind=kind, digest_minutes=digest_minutes)
    team.alert()
    team.pass_time(minutes=1)
    facts = team.open()

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        tell_jobs.tell(facts)
        handler.send_response(204)
        handler.end_headers()

    peer.script = [meanwhile]
    tell_jobs.tell(facts)
    assert len(peer.received) == 1
    [notice] = team.rows(Notice)
    assert notice.status == "told"
    assert team.open() == []


def test_a_call_that_was_cut_is_made_again_once_it_is_surely_over(
    team: Team, peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.notifier(peer.url)
    team.alert()
    with monkeypatch.context() as patch:
        patch.setattr(told, "conclude", _die)
        with pytest.raises(KeyboardInterrupt):
            team.tell()
    team.tell()
    [due] = [one.due_at for one in team.rows(Fact) if one.kind == "NoticeDue"]
    assert len(peer.received) == 1
    assert timedelta(0) < due - database_now() <= notices.CALLED_WITHIN
    with transaction() as session:
        session.execute(update(Notice).values(calling_until=database_now()))
    team.tell()
    assert len(peer.received) == 2
    assert len({got.headers["webhook-id"] for got in peer.received}) == 1
    assert team.open() == []


def test_two_plans_of_one_alert_make_one_notice_with_one_fact(
    team: Team, peer: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = team.alert()
    team.notifier(peer.url)
    with transaction():
        for kind in ("AlertOpened", "AlertRaised"):
            announce(kind, alert.id, workspace_id=team.id, due_at=database_now())
    [one], [other] = team.open("AlertOpened"), team.open("AlertRaised")
    about_to_insert, may_insert = Signal(), Signal()
    plain = noticing.insert_many

    def insert_many(*args: Any, **more: Any) -> None:
        if not about_to_insert.is_set():
            about_to_insert.set()
            assert may_insert.wait(PATIENCE)
        plain(*args, **more)

    monkeypatch.setattr(noticing, "insert_many", insert_many)

    def plan_meanwhile() -> None:
        assert about_to_insert.wait(PATIENCE)
        alert_jobs.plan_notices([other])
        may_insert.set()  # where it need not wait

    def meet() -> None:
        assert about_to_insert.wait(PATIENCE)
        wait_until(lambda: may_insert.is_set() or somebody_waits(team), PATIENCE, every=0.01)
        may_insert.set()

    at_once(lambda: alert_jobs.plan_notices([one]), plan_meanwhile, meet)
    [notice] = team.rows(Notice)
    assert [fact.subject_id for fact in team.rows(Fact) if fact.kind == "NoticeDue"] == [notice.id]
    assert team.open("AlertOpened") == team.open("AlertRaised") == []


def somebody_waits(team: Team) -> bool:
    """Say whether a connection to this database waits for a row that another one holds."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with team.app.app_context(), transaction() as session:
        return bool(session.scalar(text(waiting)))


def _die(**_: Any) -> None:
    raise KeyboardInterrupt
