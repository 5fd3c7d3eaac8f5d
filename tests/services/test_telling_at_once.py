"""Two workers at the same alert in the same moment: everybody is told once."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlalchemy import update

from tests.rig.receiver import Receiver
from tests.told import Team
from tests.watching import at_once
from vocapp.adapters.mail import OutgoingMail, Receipt
from vocapp.adapters.mail.fake import FakeMailer
from vocapp.domain import notices
from vocapp.jobs import tell as tell_jobs
from vocapp.jobs.mail import MAILER
from vocapp.models import Fact, Notice, database_now, transaction
from vocapp.services import told


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


def _die(**_: Any) -> None:
    raise KeyboardInterrupt
