"""Opens are measured where a company wants it and its provider tells of them; those of machines never count."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.erased import counters, differences
from tests.services.sending_by_hand import fact, invited, prepare
from tests.services.test_hearing_back import apply
from tests.webhook import told, written
from vocapp import jobs
from vocapp.adapters.mail.sendgrid_events import read_reports
from vocapp.config import EXTENSION
from vocapp.jobs import mail as mail_jobs
from vocapp.models import Invitation, MailReport, Workspace
from vocapp.models.journey import OPENED
from vocapp.services import counting, counting_mails, disclosing, hearing_back, preferring, sending

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


@pytest.fixture
def watching(app: Flask) -> House:
    """Give a company that measures opens."""
    house = House(app, now=NOW, policy=NO_RESTS)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "mail_opens": {"measured": True}}
    return house


def mailed(house: House, name: str, *, told_of: bool = True) -> UUID:
    """Send one as the job does, at NOW; `told_of`: the provider tells who opens it."""
    invitation_id, fact_id = invited(house, name=name)
    [one] = prepare(house, [fact_id], NOW)
    mail = sending.compose(
        one, secret=house.secret.decode(), public_url="http://v.test", sender="M <m@m.test>", opens_told=told_of
    )
    with house.reading():
        assert sending.begin(one, now=NOW, tracked=mail.tracks_opens)
    receipt = sending.Sent(one, None, NOW)
    with house.writing():
        sending.finish(workspace_id=house.id, sent=[receipt], unnoted=receipt, again=[], now=NOW)
    assert fact(house, fact_id).done_at
    return invitation_id


def opened(mail: UUID, name: str, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    return told("open", mail, at, **{"email": f"{name}@example.test", "useragent": "Mozilla/5.0", **more})


def hear(house: House, *events: dict[str, Any], at: datetime = NOW) -> None:
    reports, _ = read_reports(written(list(events)), now=at)
    with house.writing():
        hearing_back.take_in(reports=reports, told_by="sendgrid", secret=house.secret, now=at)
    apply(house, at)


def count(house: House, at: datetime) -> dict[str, int]:
    """Count, and return what the counters hold of opens, which the rows say, too."""
    with house.writing():
        while counting_mails.count_some(now=at):
            pass
    with house.writing():
        counting.add_up()
    assert differences(house) == []
    found = {bucket: n for (*_, question, bucket), n in counters(house).items() if question == "@mail"}
    return {name: found.get(name, 0) for name in ("due", "tracked", "opened")}


def test_a_person_counts_once_however_often_and_in_whatever_order_and_machines_never(watching: House) -> None:
    mails = {name: mailed(watching, name) for name in ("ada", "ben", "cleo", "dan")}
    machine = [opened(mails["ben"], "ben", sg_machine_open=odd) for odd in (True, "true", "false", 1, 0)]
    late = opened(mails["dan"], "dan", NOW + 8 * DAY, sg_machine_open=False)
    first, second = (opened(mails["ada"], "ada", NOW + n * timedelta(hours=1)) for n in (1, 2))
    events = [first, second, told("delivered", mails["ada"], NOW, email="ada@example.test"), *machine]
    for seed in range(3):
        again = events * 5
        random.Random(seed).shuffle(again)
        hear(watching, *again, at=NOW + 3 * timedelta(hours=1))
    hear(watching, late, at=NOW + 8 * DAY)
    assert len([kind for kind in kinds_told(watching) if kind == "opened"]) == 3
    assert [name for name, mail in mails.items() if watching.invitation(mail).mail_heard & OPENED] == ["ada"]
    assert count(watching, NOW + 9 * DAY) == {"due": 4, "tracked": 4, "opened": 1}
    # told of a day late, of an open in time: on the same day as all else, and once
    slow = opened(mails["cleo"], "cleo", NOW + 6 * DAY, sg_machine_open=False)
    for _ in range(2):
        hear(watching, slow, {**slow, "sg_event_id": "another"}, at=NOW + 9 * DAY)
    assert count(watching, NOW + 9 * DAY) == {"due": 4, "tracked": 4, "opened": 2}
    with watching.writing():
        counting.rebuild(workspace_id=watching.id)
    assert count(watching, NOW + 9 * DAY) == {"due": 4, "tracked": 4, "opened": 2}


def test_where_nobody_tells_or_nobody_wants_it_opens_are_not_measured(watching: House) -> None:
    smtp = mailed(watching, "ada", told_of=False)
    with watching.writing() as session:
        workspace = session.get_one(Workspace, watching.id)
        workspace.settings = {**workspace.settings, "mail_opens": {}}
    off = mailed(watching, "ben")
    hear(watching, opened(smtp, "ada"), opened(off, "ben"))
    assert [watching.invitation(one).mail_heard & OPENED for one in (smtp, off)] == [0, 0]
    assert count(watching, NOW + 9 * DAY) == {"due": 2, "tracked": 0, "opened": 0}


def test_the_job_asks_for_it_only_where_the_provider_can_tell(app: Flask) -> None:
    house = House(app, policy=NO_RESTS)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "mail_opens": {"measured": True}}
    settings = app.extensions[EXTENSION]
    assert not settings.opens_are_told
    _, fact_id = invited(house)
    before = jobs._bound
    jobs.bind(app, most_attempts={})
    mail_jobs.send([fact_id])
    jobs._bound = before
    [one] = house.rows(Invitation)
    assert (one.status, one.mail_tracked) == ("sent", False)
    assert not house.mailer.sent[0].tracks_opens


def test_people_see_in_their_data_whether_it_was_measured(watching: House) -> None:
    ada, ben = mailed(watching, "ada"), mailed(watching, "ben", told_of=False)
    hear(watching, opened(ada, "ada"))
    with watching.reading():
        for mail, expected, tracked in ((ada, True, True), (ben, None, False)):
            found = preferring.find(invitation_id=mail, now=datetime.now(UTC))
            assert found is not None
            assert [one["opened"] for one in disclosing.own_data(found, now=NOW)["messages"]] == [expected]
            assert disclosing.why(found).tracked == tracked
            assert disclosing.why(found, opens_told=True).tracked


def kinds_told(house: House) -> list[str]:
    with house.reading() as session:
        return [one.kind for one in session.query(MailReport)]
