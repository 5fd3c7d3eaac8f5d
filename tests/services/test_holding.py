"""A survey that crosses the line stops by itself, says so, and goes on where somebody resumes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, text, update

from tests.builders import NO_RESTS, House
from tests.conftest import NOW
from tests.rig.receiver import Receiver
from tests.services.sending_by_hand import begin, fact, invited, prepare, send, stands
from tests.services.test_hearing_back import hear, said
from tests.told import Team
from tests.unhappy import SURVEY
from tests.watching import swapped
from vocapp import jobs
from vocapp.domain.boards import sums_of
from vocapp.jobs.holding import hold_surveys
from vocapp.jobs.mail import MAILER
from vocapp.models import (
    AuditEntry,
    Customer,
    Fact,
    Invitation,
    LedgerEntry,
    Notice,
    SurveyHold,
    Workspace,
    database_now,
    db,
    new_id,
    transaction,
)
from vocapp.models.again import MustRunAgainError
from vocapp.services import counting, counting_mails, holding, preparing, staff, surveying
from vocapp.services.holding import Crossing, HeldAgain
from vocapp.services.inviting import Occasion, invite

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def sent_before(house: House, number: int, *, at: Any = NOW - HOUR, bits: int = 0) -> list[UUID]:
    """Write down that so many mails of the survey left; `bits`: what came of them."""
    [customer] = house.rows(Customer, Customer.external_id == "ada")
    row = {
        "workspace_id": house.id, "survey_key": "delivery", "survey_version": 1, "customer_id": customer.id,
        "channel": "email", "language": "fr", "context": {}, "first_page": [], "skipped_known": [], "status": "sent",
        "decisions": [], "contact_key": "nobody", "priority": 50, "occurred_at": at, "sent_at": at, "marked_at": at,
        "mail_heard": bits, "expires_at": at + timedelta(days=60), "created_at": at,
    }  # fmt: skip
    ids = [new_id() for _ in range(number)]
    with house.writing() as session:
        session.execute(insert(Invitation), [{**row, "id": one} for one in ids])
    return ids


def count(house: House, at: Any = NOW) -> None:
    with house.writing():
        while counting_mails.count_some(now=at):
            pass
    with house.writing():
        counting.add_up()


def look(house: House, at: Any = NOW) -> list[str]:
    """Do what the clock does; return what is held by it."""
    count(house, at)
    with house.reading():
        crossing = holding.find_crossing(workspace_id=house.id, now=at)
    held = []
    for one in crossing:
        with house.writing():
            if holding.hold(workspace_id=house.id, crossing=one, now=at) is not None:
                held.append(one.survey_key)
    return held


def resume(house: House, at: Any = NOW, key: str = "delivery", seen: UUID | None = None) -> bool:
    with house.writing():
        return holding.resume(workspace_id=house.id, survey_key=key, by="owner@maison.test", now=at, seen=seen)


def hold_now(house: House, resumed_at: datetime | None = None, *, at: Any = NOW) -> UUID:
    """Hold the survey, whatever its mails met with; return the hold."""
    with house.writing():
        crossing = Crossing("delivery", "complaints", sums_of(mail_sent=40, mail_complained=3), resumed_at)
        made = holding.hold(workspace_id=house.id, crossing=crossing, now=at)
        assert made is not None
        return made.id


def owe(house: House, *, due_at: datetime = NOW, alert_id: UUID | None = None) -> UUID:
    """Decide about an apology of the survey, or about asking after a call."""
    with house.writing() as session:
        survey = surveying.find_published(workspace_id=house.id, key="delivery")
        assert survey is not None
        owed = Occasion(
            survey=survey,
            customer=session.query(Customer).filter_by(workspace_id=house.id, external_id="ada").one(),
            channel="email",
            key="lost",
            context={"properties": {}},
            occurred_at=NOW,
            due_at=due_at,
            hot_for=None,
            kind="recovery",
            alert_id=alert_id,
            waits_until=due_at + HOUR if alert_id is not None else None,
        )
        [made] = invite(workspace=session.get_one(Workspace, house.id), occasions=[owed], now=NOW)
        return made.id


def _moves(house: House, zone: str) -> None:
    with house.writing() as session:
        session.execute(update(Workspace).where(Workspace.id == house.id).values(timezone=zone))


def complained(house: House, ids: list[UUID], at: Any = NOW) -> None:
    hear(house, *(said("complained", one, suppresses=None) for one in ids), at=at)


@pytest.mark.both_databases
def test_complaints_hold_a_survey_and_what_is_hot_goes_when_it_is_resumed(house: House) -> None:
    waits, waits_fact = invited(house)
    cold, cold_fact = invited(house, name="cold")
    mails = sent_before(house, 400)
    complained(house, mails[:1])
    assert look(house) == []  # one of 400 may be chance
    complained(house, mails[1:3])
    assert look(house) == ["delivery"]
    assert look(house) == []  # twice is once

    assert send(house, waits_fact, NOW) is None
    assert stands(house, waits) == ("held", "survey_held")
    assert house.rows(LedgerEntry, LedgerEntry.id == waits) == []
    assert send(house, cold_fact, NOW) is None
    new = house.invite("ada", channel="email")
    assert stands(house, new) == ("held", "survey_held")
    assert stands(house, house.invite("ada")) == ("sent", None)  # its caller carries the link

    later = NOW + HOUR
    assert prepare(house, [cold_fact], NOW + timedelta(hours=49)) == []
    assert stands(house, cold) == ("dropped", "hot_window")
    assert fact(house, waits_fact).due_at > later
    assert resume(house, later)
    assert not resume(house, later)
    assert fact(house, waits_fact).due_at <= later
    assert send(house, waits_fact, later) is not None
    assert stands(house, waits)[0] == "sent"
    [entry] = house.rows(LedgerEntry, LedgerEntry.id == waits)
    assert entry.made

    with house.reading() as session:
        journal = [(one.action, one.by, one.subject) for one in session.query(AuditEntry).order_by(AuditEntry.id)]
        [hold] = session.query(SurveyHold).all()
        assert (hold.reason, hold.delivered, hold.complained) == ("complaints", 400, 3)
    assert journal == [
        ("survey.held", "vocapp", "delivery"),
        ("survey.resumed", "owner@maison.test", "delivery"),
    ]


@pytest.mark.both_databases
def test_after_a_resumption_only_what_is_sent_since_counts(house: House) -> None:
    invited(house)
    old = sent_before(house, 400)
    complained(house, old[:3])
    assert look(house) == ["delivery"]
    resume(house, NOW)
    complained(house, old[3:20])  # of the messages before: they hold nothing
    assert look(house, NOW + MINUTE) == []
    fresh = sent_before(house, 400, at=NOW + MINUTE)
    complained(house, fresh[:2])
    assert look(house, NOW + 2 * MINUTE) == []
    next_day = sent_before(house, 400, at=NOW + timedelta(days=1))
    complained(house, next_day[:1])
    assert look(house, NOW + timedelta(days=1, minutes=1)) == ["delivery"]  # 3 of 800, of both days
    [hold] = house.rows(SurveyHold, SurveyHold.resumed_at.is_(None))
    assert (hold.delivered, hold.complained) == (800, 3)


@pytest.mark.both_databases
@pytest.mark.parametrize(("zone", "then"), [("Asia/Tokyo", "America/Los_Angeles"), ("Pacific/Pago_Pago", "Asia/Tokyo")])
def test_a_company_that_moves_right_after_it_resumed_one_is_judged_by_what_it_sent_since(
    house: House, zone: str, then: str
) -> None:
    """What left a minute later may be of the day before by the new clock, and what left before, of the day after."""
    at = NOW.replace(hour=22)
    invited(house)
    _moves(house, zone)
    complained(house, sent_before(house, 40, at=at - HOUR)[:3], at)
    assert look(house, at) == ["delivery"]
    uncounted = sent_before(house, 40, at=at - MINUTE)
    assert resume(house, at)
    _moves(house, then)
    complained(house, uncounted[:3], at)
    assert look(house, at) == []  # of the messages before
    complained(house, sent_before(house, 40, at=at + MINUTE)[:3], at + HOUR)
    assert look(house, at + HOUR) == ["delivery"]
    [hold] = house.rows(SurveyHold, SurveyHold.resumed_at.is_(None))
    assert (hold.delivered, hold.complained) == (40, 3)


def test_a_resumption_that_nobody_saw_is_not_undone(house: House) -> None:
    invited(house)
    complained(house, sent_before(house, 400)[:3])
    count(house)
    with house.reading():
        [first] = holding.find_crossing(workspace_id=house.id, now=NOW)
    with house.writing():
        assert holding.hold(workspace_id=house.id, crossing=first, now=NOW) is not None
        assert holding.hold(workspace_id=house.id, crossing=first, now=NOW) is None
    resume(house)
    with house.writing():
        assert holding.hold(workspace_id=house.id, crossing=first, now=NOW) is None


def test_who_unsubscribes_counts_as_the_company_set_it_and_the_window_ends(house: House) -> None:
    invited(house)
    sent_before(house, 1000)
    sent_before(house, 12, bits=4)
    assert look(house) == ["delivery"]  # 12 of 1012, surely over 0.5 %
    [hold] = house.rows(SurveyHold)
    assert (hold.reason, hold.unsubscribed) == ("unsubscribes", 12)
    resume(house)
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "mail_limits": {"unsubscribed_over": 3.0}}
    sent_before(house, 100, at=NOW + MINUTE)
    sent_before(house, 4, at=NOW + MINUTE, bits=4)
    assert look(house, NOW + HOUR) == []
    with house.writing() as session:
        session.execute(update(Workspace).where(Workspace.id == house.id).values(settings={}))
    assert look(house, NOW + timedelta(days=31)) == []  # they left more than 30 days ago
    assert look(house, NOW + HOUR) == ["delivery"]


def test_what_was_judged_before_the_hold_does_not_go(house: House) -> None:
    _, fact_id = invited(house)
    [one] = prepare(house, [fact_id], NOW)
    complained(house, sent_before(house, 40)[:3])
    look(house)
    assert begin(house, one, NOW) is None


def test_an_apology_goes_all_the_same(house: House) -> None:
    invited(house)
    complained(house, sent_before(house, 40)[:3])
    look(house)
    [due] = house.rows(Fact, Fact.subject_id == owe(house))
    assert send(house, due.id, NOW) is not None


@pytest.mark.both_databases
def test_what_a_held_survey_had_planned_keeps_nobody_from_another(app: Flask) -> None:
    """As if it were not there: another takes its place, whichever comes first, and it is not withdrawn for that."""
    for priority in (80, 50, 20):
        house = House(app, f"house{priority}", now=NOW)  # with the rests that ship
        house.survey(priority=priority, trigger={"event": "order.delivered", "delay": "PT48H", "hot_for": "PT96H"})
        house.survey("visit", trigger={"event": "store.visited", "delay": "PT0S", "hot_for": "PT48H"})
        ada = house.customer()
        [planned] = house.decide(house.event(ada, "e1"))
        hold_now(house)
        [other] = house.decide(house.event(ada, "e2", name="store.visited"))
        assert (stands(house, planned), stands(house, other)) == (("scheduled", None), ("scheduled", None)), priority
        [due] = house.rows(Fact, Fact.subject_id == other)
        assert send(house, due.id, NOW) is not None


@pytest.mark.both_databases
@pytest.mark.parametrize("after_a_call", [False, True])
def test_an_apology_that_is_owed_keeps_its_place(app: Flask, after_a_call: bool) -> None:
    house = House(app, now=NOW, policy={**NO_RESTS, "cap": 1})
    house.survey()
    house.survey("visit")
    house.customer()
    owe(house, due_at=NOW + HOUR, alert_id=new_id() if after_a_call else None)
    hold_now(house)
    other = stands(house, house.invite("ada", "visit", channel="email"))
    assert other == (("scheduled", None) if after_a_call else ("suppressed", "cap"))


@pytest.mark.both_databases
def test_who_read_why_it_was_held_does_not_end_the_hold_that_came_after(house: House) -> None:
    invited(house)
    first = hold_now(house)
    assert resume(house, NOW, seen=first)
    assert not resume(house, NOW, seen=first)  # twice is once
    second = hold_now(house, NOW, at=NOW + MINUTE)
    with pytest.raises(HeldAgain):
        resume(house, NOW + HOUR, seen=first)
    [stands_now] = house.rows(SurveyHold, SurveyHold.resumed_at.is_(None))
    assert stands_now.id == second
    assert resume(house, NOW + HOUR, seen=second)


@pytest.mark.both_databases
def test_a_company_that_cannot_be_judged_keeps_no_other_waiting(app: Flask) -> None:
    later_release, broken, last = (House(app, key, policy=NO_RESTS) for key in ("later", "broken", "last"))
    now = datetime.now(UTC)
    for one in (later_release, broken, last):
        invited(one)
        complained(one, sent_before(one, 40, at=now - HOUR)[:3], now)
    count(last, now)
    with later_release.writing() as session:
        session.get_one(Workspace, later_release.id).settings = {"mail_limits": {"of_a_later_release": 1.0}}
    find, hold, tried = holding.find_crossing, holding.hold, []

    def finds(*, workspace_id: int, now: datetime) -> list[Crossing]:
        if workspace_id == broken.id:
            db.session.execute(text("select nonsense"))
        return find(workspace_id=workspace_id, now=now)

    def holds(**given: Any) -> SurveyHold | None:
        tried.append(given["workspace_id"])
        if len(tried) == 1:
            raise MustRunAgainError
        return hold(**given)

    jobs.bind(app, most_attempts={})
    with swapped(holding, "find_crossing", finds), swapped(holding, "hold", holds):
        hold_surveys()
    assert tried == [last.id, last.id]
    assert [len(one.rows(SurveyHold)) for one in (later_release, broken, last)] == [0, 0, 1]


def held_by_hand(team: Team, resumed_at: datetime | None = None) -> SurveyHold:
    sums = sums_of(mail_sent=1200, mail_complained=3)
    with transaction():
        made = holding.hold(
            workspace_id=team.id, crossing=Crossing(SURVEY["key"], "complaints", sums, resumed_at), now=database_now()
        )
    assert made is not None
    return made


def test_who_is_told_of_alerts_everywhere_hears_of_it(team: Team, peer: Receiver) -> None:
    team.notifier(peer.url)
    team.notifier(peer.url, place="store")
    team.notifier(peer.url, kinds=["detractor"])
    team.notifier(peer.url, tool="Desk")
    team.mail_to("ana@vocapp.test")
    hold = held_by_hand(team)
    team.tell()
    team.tell()
    [mail] = team.app.extensions[MAILER].sent
    assert (mail.to_address, mail.subject) == ("ana@vocapp.test", "Enquête suspendue\u00a0: Votre livraison")
    assert "3 signalements comme indésirable sur 1\u202f200 e-mails remis" in mail.text
    assert f"/console/surveys/{SURVEY['key']}" in mail.text
    [call] = peer.received
    told = call.json
    assert (told["type"], told["data"]["reason"], told["data"]["complained"]) == ("survey.held", "complaints", 3)
    assert told["data"]["id"] == f"evt_{hold.id.hex}"


def test_where_nobody_is_named_the_owners_hear_of_it_unless_it_is_over(team: Team) -> None:
    with transaction():
        for role in ("owner", "analyst"):
            staff.create(
                workspace_id=team.id, email=f"{role}@maison.test", password="long enough", role=role, place=None,
                now=team.now,
            )  # fmt: skip
    held_by_hand(team)
    team.tell()
    mails = team.app.extensions[MAILER].sent
    assert [one.to_address for one in mails] == ["owner@maison.test"]
    with transaction():
        holding.resume(workspace_id=team.id, survey_key=SURVEY["key"], by="x", now=database_now())
    [ended] = team.rows(SurveyHold)
    held_by_hand(team, ended.resumed_at)
    with transaction():
        holding.resume(workspace_id=team.id, survey_key=SURVEY["key"], by="x", now=database_now())
    team.tell()
    assert len(mails) == 1
    assert [one.status for one in team.rows(Notice)].count("dropped") == 1


@pytest.mark.postgres
def test_who_resumes_waits_for_who_decides_and_lets_go_what_they_held(crowd: House) -> None:
    waits, fact_id = invited(crowd)
    with crowd.reading():
        now = database_now()
    hold_now(crowd, at=now)
    resuming = Thread(target=lambda: resume(crowd, now + MINUTE))
    with crowd.writing():
        assert preparing.prepare(workspace_id=crowd.id, fact_ids=[fact_id], mailer=crowd.mailer, now=now) == []
        resuming.start()
        resuming.join(0.5)
        assert resuming.is_alive()
    resuming.join(20)
    assert stands(crowd, waits) == ("held", "survey_held")
    assert fact(crowd, fact_id).due_at <= now + MINUTE  # and not only when it is no longer hot
