"""Reports to staff by mail: planned by the clock on the reader's wall, sent once, of what the reader may see."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.builders import CSAT, NPS, WHY, House
from tests.erased import doctor, erase
from tests.watching import swapped
from vocapp import jobs
from vocapp.adapters.mail import MailDeferred, MailOutcomeUnknown, MailRefused
from vocapp.jobs import reports
from vocapp.models import DriverReport, Fact, LedgerEntry, Member, ReportMail, ReportQuote, ReportSubscription
from vocapp.services import places, report_drivers, report_subscriptions, staff, team, workspaces
from vocapp.services.past_answers import take_past_answers
from vocapp.services.report_subscriptions import SubscriptionRefused
from vocapp.services.staff import Scope

TUESDAY = datetime(2026, 3, 10, 9, tzinfo=UTC)
MONDAY = datetime(2026, 3, 16, 7, tzinfo=UTC)
"""Eight o'clock in Paris."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app, now=TUESDAY)
    house.survey("visit", trigger=None, questions=[NPS, CSAT, WHY])
    with house.writing():
        for key, name, kind, parent in (
            ("brand", "Maison", "brand", None),
            ("lyon", "Lyon Part-Dieu", "store", "brand"),
            ("nice", "Nice", "store", "brand"),
        ):
            places.put_place(workspace_id=house.id, key=key, name=name, kind=kind, parent_key=parent)
    return house


def join(house: House, email: str, place: str | None = None) -> UUID:
    with house.writing():
        staff.create(
            workspace_id=house.id, email=email, password="une longue phrase", role="viewer", place=place, now=house.now
        )
    with house.reading() as session:
        users = staff.User
        return session.scalars(select(users.id).where(users.email == email)).one()


def subscribe(house: House, user: UUID, *, place: str = "", scope: Scope | None = None, **fields: Any) -> UUID:
    with house.writing():
        return report_subscriptions.subscribe(
            scope=scope or Scope(house.id),
            user_id=user,
            place=place,
            **{"kind": "weekly", "language": "fr", "now": TUESDAY, **fields},
        )


@contextmanager
def at(now: datetime):
    with swapped(reports, "database_now", lambda: now):
        yield


def clock(house: House, now: datetime) -> None:
    """Let the clock tick, and send what is due."""
    jobs.bind(house.app, most_attempts={})
    with at(now):
        reports.plan_reports()
        send(house, now)


def send(house: House, now: datetime) -> None:
    with house.reading() as session:
        due = (Fact.kind == "ReportDue", Fact.done_at.is_(None), Fact.due_at <= now + HOUR)
        facts = list(session.scalars(select(Fact.id).where(*due).order_by(Fact.id)))
    with at(now + timedelta(seconds=30)):
        reports.send(facts)


def mails(house: House) -> list[tuple[str, str | None]]:
    return [(one.status, one.reason) for one in house.rows(ReportMail)]


def tell(house: House, *answers: tuple[str, int, str], on: str = "2026-03-11", place: str = "lyon") -> None:
    """Let customers have said something: (who, recommendation, why)."""
    documents = [
        {
            "id": f"{who}-{on}",
            "survey": "visit",
            "answered_at": f"{on}T10:{number % 60:02d}:00Z",
            "customer": {"external_id": who, "first_name": "Zoraïde", "last_name": "Kerguelen"},
            "place": place,
            "answers": {"nps": score, **({"why": why} if why else {})},
        }
        for number, (who, score, why) in enumerate(answers)
    ]
    with house.writing():
        outcome = take_past_answers(
            workspace_id=house.id, documents=documents, secret=house.secret, now=MONDAY + 400 * DAY
        )
    assert outcome.refused == []
    house.work("ResponseCompleted")


def many(n: int, score: int, prefix: str) -> list[tuple[str, int, str]]:
    return [(f"{prefix}{number}", score, "") for number in range(n)]


def test_every_monday_at_eight_by_the_readers_clock_and_once(house: House) -> None:
    user = join(house, "lea@maison.test")
    subscription = subscribe(house, user, place="lyon")
    tell(house, *many(12, 9, "a"), *many(3, 2, "b"))
    clock(house, MONDAY - timedelta(minutes=1))
    assert house.mailer.sent == []
    for now in (MONDAY, MONDAY, MONDAY + HOUR):
        clock(house, now)
    [mail] = house.mailer.sent
    assert mail.to_address == "lea@maison.test"
    assert mail.subject == "Semaine du 9 mars\u00a0: Lyon Part-Dieu"
    assert "Semaine du 9 au 15 mars 2026" in mail.text
    link = re.search(r"<(.+)>", mail.headers["List-Unsubscribe"])[1]
    assert link in mail.text
    assert link in mail.html
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "60" in mail.text  # 12 promoters, 3 detractors
    assert "entre" in mail.text
    assert house.rows(LedgerEntry) == []  # staff are no customers: no contact is counted
    assert mails(house) == [("sent", None)]
    clock(house, MONDAY + 7 * DAY)
    clock(house, datetime(2026, 3, 30, 5, 59, tzinfo=UTC))  # the clocks were changed the day before
    assert len(house.mailer.sent) == 2
    clock(house, datetime(2026, 3, 30, 6, 0, tzinfo=UTC))
    assert len(house.mailer.sent) == 3
    assert {one for one in doctor(house) if one.startswith("reports")} == set()
    assert house.rows(ReportSubscription)[0].id == subscription


def test_a_late_one_goes_the_next_day_and_is_dropped_after_that(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    clock(house, MONDAY + 39 * HOUR)  # Tuesday, 23:00 in Paris
    assert mails(house) == [("sent", None)]
    clock(house, MONDAY + 7 * DAY + 41 * HOUR)  # Wednesday of the week after
    assert mails(house) == [("sent", None), ("dropped", "too_late")]
    clock(house, MONDAY + 35 * DAY)  # three Mondays were missed
    assert [status for status, _ in mails(house)] == ["sent", "dropped", "dropped", "dropped", "dropped", "sent"]
    assert len(house.mailer.sent) == 2


def test_it_is_marked_before_the_call_and_never_goes_twice(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    house.mailer.failures = [MailOutcomeUnknown("reset")]
    clock(house, MONDAY)
    assert mails(house) == [("unknown", "no_verdict")]
    for later in (HOUR, 20 * HOUR):
        clock(house, MONDAY + later)
    assert len(house.mailer.attempts) == 1
    clock(house, MONDAY + 7 * DAY)  # and the week after goes as ever
    assert mails(house)[-1] == ("sent", None)


@pytest.mark.parametrize(("tells", "status"), [(False, "sent"), (None, "unknown")])
def test_a_worker_that_dies_in_the_call_leaves_no_second_mail(house: House, tells: bool | None, status: str) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    house.mailer.tells = tells

    class Died(BaseException):
        pass

    def die(mail: Any) -> Any:
        raise Died

    jobs.bind(house.app, most_attempts={})
    with at(MONDAY):
        reports.plan_reports()
        with swapped(house.mailer, "send", die), pytest.raises(Died):
            send(house, MONDAY)
    [row] = house.rows(ReportMail)
    assert (row.status, row.calls) == ("waiting", 1)
    clock(house, MONDAY + HOUR)
    [row] = house.rows(ReportMail)
    assert (row.status, row.calls) == (status, 1)
    assert len(house.mailer.sent) == (1 if status == "sent" else 0)
    assert {one for one in doctor(house) if one.startswith("reports_once")} == set()


def test_a_provider_in_trouble_is_tried_again_and_a_refusal_ends_it(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    house.mailer.failures = [MailDeferred("try later")]
    clock(house, MONDAY)
    assert mails(house) == [("waiting", None)]
    clock(house, MONDAY + HOUR)
    assert mails(house) == [("sent", None)]
    house.mailer.failures = [MailRefused("no such mailbox")]
    clock(house, MONDAY + 7 * DAY)
    assert mails(house)[-1] == ("dropped", "refused")


def test_whose_part_has_ended_gets_none(house: House) -> None:
    lea, max_ = join(house, "lea@maison.test"), join(house, "max@maison.test", "brand")
    subscribe(house, lea)
    subscribe(house, max_, place="lyon", scope=Scope(house.id, ("brand", "lyon", "nice")))
    with at(MONDAY), house.writing() as session:
        session.execute(update(Member).where(Member.user_id == max_).values(place_key="nice"))
    clock(house, MONDAY)
    assert [mail.to_address for mail in house.mailer.sent] == ["lea@maison.test"]
    owner = join(house, "owner@maison.test")
    with house.writing() as session:
        session.execute(update(Member).where(Member.user_id == owner).values(role="owner"))
    with house.writing():
        team.disable(workspace_id=house.id, user_id=lea, by="owner@maison.test", now=MONDAY)
    clock(house, MONDAY + 7 * DAY)
    assert len(house.mailer.sent) == 1
    assert mails(house) == [("sent", None)]


def test_who_leaves_between_plan_and_call_gets_none(house: House) -> None:
    user = join(house, "lea@maison.test")
    subscription = subscribe(house, user)
    jobs.bind(house.app, most_attempts={})
    with at(MONDAY):
        reports.plan_reports()
    with house.writing():
        assert report_subscriptions.leave(workspace_id=house.id, user_id=user, subscription_id=subscription, now=MONDAY)
    send(house, MONDAY)
    assert mails(house) == [("dropped", "left")]
    subscribe(house, user, now=MONDAY + HOUR)  # coming back tells nothing of that week again
    clock(house, MONDAY + 2 * HOUR)
    assert house.mailer.sent == []


def test_another_wall_and_a_change_of_the_workspaces_clock(house: House) -> None:
    user = join(house, "lea@maison.test")
    subscribe(house, user, timezone="America/New_York", language="en")
    subscribe(house, user, place="nice")
    with house.writing():
        workspaces.change_settings(workspace_id=house.id, changes={"timezone": "Indian/Reunion"})
    clock(house, datetime(2026, 3, 16, 4, 1, tzinfo=UTC))  # eight in La Réunion
    assert [mail.language for mail in house.mailer.sent] == ["fr"]
    clock(house, datetime(2026, 3, 16, 12, 1, tzinfo=UTC))  # eight in New York, since a week in summer time
    assert [mail.language for mail in house.mailer.sent] == ["fr", "en"]
    assert house.mailer.sent[1].subject == "Week of 9 Mar: Maison X"


def test_the_page_says_when_it_really_goes_where_monday_comes_first(house: House) -> None:
    user = join(house, "moana@maison.test")
    subscribe(house, user, timezone="Pacific/Noumea", now=datetime(2026, 3, 13, tzinfo=UTC))
    over = datetime(2026, 3, 15, 23, tzinfo=UTC)  # midnight in Paris, ten o'clock there
    for now in (over - 3 * HOUR, over - HOUR):
        clock(house, now)
        with house.reading():
            [shown] = report_subscriptions.list_subscriptions(
                scope=Scope(house.id, None), user_id=user, timezone="Europe/Paris"
            )
        assert (shown.next_due_at, house.mailer.sent) == (over, [])
    clock(house, over)
    assert len(house.mailer.sent) == 1


def test_only_ones_own_part_can_be_subscribed(house: House) -> None:
    user = join(house, "max@maison.test", "lyon")
    own = Scope(house.id, ("lyon",))
    for wrong in ({"place": "nice"}, {"place": "nowhere"}, {"kind": "daily"}, {"timezone": "Mars/Olympus"}):
        with pytest.raises(SubscriptionRefused):
            subscribe(house, user, scope=own, **wrong)
    first = subscribe(house, user, place="lyon", scope=own)
    assert subscribe(house, user, place="lyon", scope=own) == first


def test_a_store_reads_of_itself_and_no_figure_under_ten(house: House) -> None:
    user = join(house, "max@maison.test", "lyon")
    subscribe(house, user, scope=Scope(house.id, ("lyon",)))
    tell(house, *many(9, 10, "l"), place="lyon")
    tell(house, *many(40, 0, "n"), place="nice")
    clock(house, MONDAY)
    text = house.mailer.sent[0].text
    assert text.startswith("Lyon Part-Dieu\nSemaine du 9 au 15 mars 2026")
    assert "9 réponses\u00a0: trop peu pour un chiffre" in text
    assert "\u2212100" not in text
    assert "trop peu pour conclure" in text


def test_a_week_without_an_answer_is_said_in_one_sentence(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    clock(house, MONDAY)
    [mail] = house.mailer.sent
    for told in (mail.text, mail.html):
        assert "Personne n’a répondu sur cette période" in told
        assert "0 réponse\u00a0: trop peu" not in told
    assert "À faire d’abord" not in mail.html


def test_four_weeks_speak_where_one_has_too_few(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    tell(house, *many(6, 10, "a"), on="2026-03-11")
    tell(house, *many(6, 0, "b"), on="2026-02-24")
    clock(house, MONDAY)
    text = house.mailer.sent[0].text
    assert "sur 4 semaines" in text
    assert "12 réponses" in text


def test_a_change_is_called_clear_only_where_it_is(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"), language="en")
    tell(house, *many(40, 10, "a"), on="2026-03-11")
    tell(house, *many(40, 0, "b"), on="2026-03-04")
    clock(house, MONDAY)
    assert "clearly more than the week before (\u2212100)" in house.mailer.sent[0].text
    tell(house, *many(39, 10, "c"), ("c-last", 8, ""), on="2026-03-18")
    clock(house, MONDAY + 7 * DAY)
    assert "no clear change (100 the week before)" in house.mailer.sent[1].text


COMPLAINT = "Accueil inadmissible, Zoraide Kerguelen a attendu, appelez le 06 12 34 56 78"


def test_three_are_quoted_and_nobody_is_named(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    tell(
        house,
        ("kundin-1", 1, COMPLAINT),
        ("c2", 10, "Un service parfait du début à la fin"),
        *((f"t{n}", 7, f"Livraison un peu lente cette fois encore, {n} jours") for n in range(5)),
    )
    clock(house, MONDAY)
    [mail] = house.mailer.sent
    assert "inadmissible" in mail.text
    assert "parfait" in mail.text
    for secret in ("Zora", "Kerguelen", "06 12", "kundin"):
        assert secret not in mail.text + mail.html
    assert len(house.rows(ReportQuote)) >= 2


def test_an_erasure_finds_the_mail_that_quotes_them(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    tell(house, ("c1", 1, "Accueil inadmissible et une longue attente"))
    clock(house, MONDAY)
    assert len(house.mailer.sent) == 1
    assert len(house.rows(ReportQuote)) == 1
    erase(house, "c1", at=MONDAY + HOUR)
    house.work("CustomerErased")
    assert house.mailer.sent == []  # what lies in our folder is gone
    assert house.rows(ReportQuote) == []
    assert mails(house) == [("sent", None)]


def test_who_is_erased_while_it_is_written_is_not_quoted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    tell(house, ("c1", 1, "Accueil inadmissible et une longue attente"))
    marked = reports.report_sending.mark
    tried = []

    def mark(**fields: Any) -> bool:
        tried.append(fields["quoted"])
        if len(tried) == 1:
            fields["quoted"] = [*fields["quoted"], UUID(int=7)]  # somebody who is gone by now
        return marked(**fields)

    monkeypatch.setattr(reports.report_sending, "mark", mark)
    clock(house, MONDAY)
    assert len(tried) == 2  # it was written anew
    assert mails(house) == [("sent", None)]
    assert len(house.mailer.sent) == 1


def test_the_monthly_one_goes_on_the_first(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"), kind="monthly")
    tell(house, *many(20, 9, "a"), on="2026-03-11")
    tell(house, *many(20, 9, "b"), on="2026-02-11")
    clock(house, datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert house.mailer.sent == []
    clock(house, datetime(2026, 4, 1, 6, 5, tzinfo=UTC))
    [mail] = house.mailer.sent
    assert mail.subject == "Mars 2026\u00a0: Maison X"
    assert "le mois d’avant" in mail.text
    [file] = mail.attachments
    assert (file.name, file.content[:5]) == ("maison-x-mars-2026.pdf", b"%PDF-")
    assert "joint en PDF" in mail.text


def test_drivers_are_looked_for_where_somebody_reads_of_them(house: House) -> None:
    subscribe(house, join(house, "lea@maison.test"))
    subscribe(house, join(house, "max@maison.test", "lyon"), scope=Scope(house.id, ("lyon",)))
    tell(house, *many(100, 9, "a"), on="2026-03-02")
    tell(house, *many(99, 9, "n"), on="2026-03-02", place="nice")
    with house.writing():
        assert report_drivers.want_for_readers(workspace_id=house.id, now=MONDAY) == 1
    with house.writing():
        assert report_drivers.want_for_readers(workspace_id=house.id, now=MONDAY) == 0
    assert [(one.place, one.metric) for one in house.rows(DriverReport)] == [("lyon", "nps")]
