"""Who is given an alert hears of it, in one mail for many; and a place hears that its customer wants no call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from tests.conftest import NOW
from tests.promised import Customer, company
from tests.services.test_assigning import join
from tests.told import Team
from vocapp.adapters.mail import OutgoingMail
from vocapp.jobs.mail import MAILER
from vocapp.models import Alert, Notice, Workspace, database_now, transaction
from vocapp.services import assigning, calling_back, workspaces


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What tells is tried on both databases in its own tests."""
    return sqlite_url


def sent(team: Team) -> list[OutgoingMail]:
    """Return the mails that leave once the window is over."""
    before = len(team.app.extensions[MAILER].sent)
    team.pass_time(seconds=1)
    for _ in range(2):
        team.tell()
    found: list[OutgoingMail] = team.app.extensions[MAILER].sent[before:]
    return found


def give(team: Team, alerts: Sequence[Alert], to: str, by: str | None = "lead@maison.test") -> None:
    for alert in alerts:
        with transaction():
            calling_back.assign(
                workspace_id=team.id, alert_id=alert.id, to=to, by=by, now=database_now(), for_holder=True
            )


def test_many_handed_out_at_once_are_a_mail_or_two_and_not_so_many(team: Team) -> None:
    now = database_now()
    join(team.id, "ana", now)
    alerts = [team.alert(f"C-{number}", nps=5) for number in range(17)]
    with transaction() as session:
        workspace = session.get_one(Workspace, team.id)
        workspace.settings = {**workspace.settings, "handing_out": {"by": "round_robin", "most_each": 20}}
    with transaction():
        assert assigning.hand_out(workspace_id=team.id, now=now) == 17
    team.tell()
    assert team.app.extensions[MAILER].sent == [], "the window is open"
    mails = sent(team)
    assert [mail.to_address for mail in mails] == ["ana@maison.test"] * 2
    assert sorted(mail.subject for mail in mails) == ["15 rappels pour vous", "2 rappels pour vous"]
    whole = "".join(mail.text for mail in mails)
    assert all(f"/console/alerts/{alert.id}" in whole for alert in alerts)
    assert sent(team) == []


def test_what_a_colleague_gives_is_told_and_what_one_takes_oneself_is_not(team: Team) -> None:
    join(team.id, "ana", team.now)
    one, other, third = (team.alert(f"C-{number}", nps=5) for number in range(3))
    give(team, [one], "ana@maison.test")
    give(team, [other], "ana@maison.test", by="ana@maison.test")
    give(team, [third], "whoever is on the night shift")
    [mail] = sent(team)
    assert (mail.to_address, mail.subject.partition("\u00a0")[0]) == ("ana@maison.test", "Un rappel pour vous")
    assert "Ce rappel vous a été confié" in mail.text
    assert [notice.alert_id for notice in team.rows(Notice)] == [one.id]


def test_a_workspace_that_wants_no_such_mail_gets_none(team: Team) -> None:
    join(team.id, "ana", team.now)
    with transaction():
        workspaces.change_settings(workspace_id=team.id, changes={"notices": {"assignees": False}})
    give(team, [team.alert(nps=5)], "ana@maison.test")
    assert sent(team) == []


@pytest.mark.parametrize("how", ["taken away", "begun"])
def test_who_has_begun_or_has_it_no_more_need_not_hear(team: Team, how: str) -> None:
    for name in ("ana", "ben"):
        join(team.id, name, team.now)
    alert = team.alert(nps=5)
    give(team, [alert], "ana@maison.test")
    if how == "taken away":
        give(team, [alert], "ben@maison.test")
    else:
        with transaction():
            calling_back.contact(
                workspace_id=team.id, alert_id=alert.id, outcome="reached", note=None, by="ana@maison.test",
                now=database_now(),
            )  # fmt: skip
    assert [mail.to_address for mail in sent(team)] == (["ben@maison.test"] if how == "taken away" else [])


def test_a_no_goes_to_the_place_once_and_to_nobodys_phone(app: Flask, team: Team) -> None:
    house = company(app, NOW)
    house.place("nice")
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "handing_out": {"by": "round_robin"}}
    theirs = Team(app, team.db, NOW, house.id)
    plain: dict[str, Any] = {"kind": "email", "target_hint": "x"}
    for place, address in (("nice", "nice@maison.test"), (None, "all@maison.test")):
        theirs.notifier(address, place=place, target=address, **plain)
    ada = Customer.complain(house, "ada", now=NOW, place="nice")
    join(house.id, "ana", NOW)
    for _ in range(2):
        ada.decline(NOW)
    [notice] = theirs.rows(Notice)
    assert (notice.event, notice.recipient, notice.alert_id) == ("alert.declined", "nice@maison.test", ada.alert.id)
    [mail] = sent(theirs)
    assert mail.subject.startswith("Ne souhaite pas d’appel")
    with transaction():
        assert assigning.hand_out(workspace_id=house.id, now=NOW) == 0
    ada.choose(ada.offered(NOW)[-1], NOW)
    ada.decline(NOW)
    assert len(theirs.rows(Notice)) == 1
    ada.call(NOW, via="email", outcome="no_answer")
    ada.resolve(NOW)  # without a call, and its cause counts
    assert (ada.alert.status, ada.alert.root_cause) == ("resolved", "late")


@pytest.mark.parametrize("staffed", [True, False])
def test_where_no_notifier_is_for_the_place_its_staff_hear_of_a_no_or_else_the_team(
    app: Flask, team: Team, staffed: bool
) -> None:
    house = company(app, NOW)
    house.place("nice")
    house.place("lille")
    theirs = Team(app, team.db, NOW, house.id)
    theirs.notifier("all@maison.test", place=None, kind="email", target_hint="x", target="all@maison.test")
    for name, place in (("zoe", "nice"), ("max", "lille"), ("lea", None)):
        join(house.id, name, NOW, place=place if staffed else None)
    ada = Customer.complain(house, "ada", now=NOW, place="nice")
    ada.decline(NOW)
    told = [notice.recipient for notice in theirs.rows(Notice) if notice.event == "alert.declined"]
    assert told == (["zoe@maison.test"] if staffed else ["all@maison.test"])


def test_several_who_want_no_call_are_one_mail_to_the_staff_of_their_place(app: Flask, team: Team) -> None:
    house = company(app, NOW)
    house.place("nice")
    theirs = Team(app, team.db, NOW, house.id)
    join(house.id, "zoe", NOW, place="nice")
    people = [Customer.complain(house, name, now=NOW, place="nice") for name in ("ada", "bea", "cid")]
    for one in people:
        one.decline(NOW)
    assert len({(one.recipient, one.due_at) for one in theirs.rows(Notice) if one.event == "alert.declined"}) == 1
    [mail] = sent(theirs)
    assert (mail.to_address, mail.subject) == (
        "zoe@maison.test",
        "3 clients mécontents ne souhaitent pas être appelés",
    )
    assert all(f"/console/alerts/{one.alert.id}" in mail.text for one in people)
