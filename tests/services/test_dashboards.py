"""The figures of dashboards: those of the rows, at any moment, to the day and the place, and none below ten answers."""

from __future__ import annotations

from collections import Counter as Sums
from datetime import UTC, date, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders import CSAT, NPS, WHY, House, answer
from tests.erased import differences, doctor, erase
from tests.guards.source import ROOT
from vocapp.domain.answering_time import step_of
from vocapp.domain.boards import SUMS, Figure, figures_of, span_start, sums_of
from vocapp.domain.scores import nps_category
from vocapp.models import AnonymousResponse, Invitation, Response, Tally, Workspace, db
from vocapp.models.base import WRITES
from vocapp.models.journey import MAIL_BITS
from vocapp.models.summaries import MEASURES
from vocapp.services import counting, counting_mails, dashboards
from vocapp.services.dashboards import Asked, Board, Row
from vocapp.services.past_answers import take_past_answers

pytestmark = pytest.mark.both_databases

PERSONAS = {
    "personas": [
        {
            "key": key,
            "name": key.title(),
            "criteria": [{"when": {rule: [{"var": "answers.nps"}, 7]}, "weight": 1, "because": "so they said"}],
        }
        for key, rule in (("fan", ">"), ("critic", "<="))
    ]
}
SCORES = [10, 10, 10, 9, 9, 9, 9, 8, 8, 10, 9, 10, 3, 2, 6, 0, 5, 6, 1, 7, 8, 3, 2, 4]
"""Twelve in the south, who are glad; twelve in the north, who are not."""
LONG_AGO = timedelta(weeks=3)


@pytest.fixture
def house(app: Flask, client: FlaskClient) -> House:
    """Give twenty-four who answered, a third of them three weeks ago; of thirty who were written to."""
    house = House(app)
    house.survey("bought", trigger=None, questions=[NPS, CSAT, WHY])
    house.personas(PERSONAS)
    for name in ("south", "north"):
        house.place(f"{name}-shop", house.place(name))
    for number in range(30):
        house.customer(f"c{number}")
        place = "south-shop" if number < 12 else "north-shop"
        invitation_id = house.invite(f"c{number}", "bought", place=place)
        if number < len(SCORES):
            said = "inadmissible" if number % 2 else "parfait"
            answer(client, house.link(invitation_id), {"nps": str(SCORES[number]), "csat": "4", "why": said})
    house.work()
    return house


def a_board(house: House, **asked: Any) -> Board:
    monday = span_start(house.today, "week") + timedelta(days=7)
    days = {"since": monday - timedelta(weeks=2), "until": monday}
    with house.reading():
        return dashboards.read(asked=Asked(**{"workspace_id": house.id, **days, **asked}))


def add_all_up(house: House, *, now: datetime | None = None) -> None:
    with house.writing():
        counting_mails.count_some(now=now or house.now)
    with house.writing():
        counting.add_up()


def unfolded(house: House) -> list[Any]:
    with house.reading():
        return counting.verify_folded(workspace_id=house.id)


def test_figures_are_those_of_the_rows_before_and_after_they_are_added_up(house: House) -> None:
    for _ in range(2):
        board = a_board(house)
        nps = board.figure("nps").now
        assert (nps.n, round(nps.value, 2)) == (24, round(100 * (10 - 10) / 24, 2))
        assert board.figure("csat").now.value == 100.0
        assert board.responses == 24
        assert sum(point.sums.responses for point in board.points) == 24
        assert {row.key: row.now.responses for row in board.rows["survey"]} == {"bought": 24}
        assert differences(house) == []
        assert unfolded(house) == []
        add_all_up(house)
    assert house.rows(Tally) == []
    seconds = board.figure("seconds").now
    steps = Sums(step_of(one.completed_at - one.started_at) for one in house.rows(Response))
    assert seconds.n == sum(steps.values()) == 24
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    assert a_board(house).document() == board.document()


def test_a_place_is_only_what_happened_below_it_and_nobody_sees_more(house: House) -> None:
    south = a_board(house, place="south")
    assert south.figure("nps").now.n == 12
    assert a_board(house, place="south", seen=("north", "north-shop")).figure("nps").now.n == 0
    assert a_board(house, seen=("north-shop",)).figure("nps").now.n == 12
    assert a_board(house, channel="email").responses == 0
    rows = {row.key: row for row in a_board(house).rows["place"]}
    assert rows["south-shop"].rank is not None
    assert rows["south-shop"].rank.document()["worst"] == 1
    assert a_board(house).distinguishable
    with house.reading():
        [by_persona] = [
            {row.key: row.now.sample("nps").n for row in dashboards.rows_by(board=south, group_by="persona")}
        ]
    assert by_persona == Sums("fan" if score > 7 else "critic" for score in SCORES[:12])


def test_a_persona_that_changes_with_what_was_written_is_counted_as_it_is_by_now(
    house: House, client: FlaskClient
) -> None:
    house.personas(
        {
            "personas": [
                {
                    "key": "hurt",
                    "name": "Hurt",
                    "criteria": [
                        {"when": {"==": [{"var": "sentiment.label"}, "negative"]}, "weight": 1, "because": "it hurts"}
                    ],
                },
                PERSONAS["personas"][0],
            ],
            "minimum_confidence": 0.4,
        }
    )
    house.customer("late")
    answer(client, house.link(house.invite("late", "bought")), {"nps": "2", "csat": "1", "why": "inadmissible"})
    add_all_up(house)  # without a persona, as it was answered
    house.work()
    [response] = house.rows(Response, Response.nps == 2, Response.place.is_(None))
    assert response.persona["key"] == "hurt"
    for _ in range(2):
        with house.reading():
            rows = dashboards.rows_by(board=a_board(house), group_by="persona")
        assert next(row for row in rows if row.key == "hurt").now["detractors"] == 1
        assert (differences(house), unfolded(house)) == ([], [])
        add_all_up(house)


def test_messages_are_counted_by_the_clock_whatever_became_of_them_and_once(house: House) -> None:
    with house.writing() as session:
        sent = [one.id for one in session.scalars(select(Invitation).order_by(Invitation.id))]
        session.execute(update(Invitation).values(sent_at=None))
    add_all_up(house)
    assert a_board(house).now["mail_sent"] == 0
    with house.writing() as session:
        session.execute(update(Invitation).values(sent_at=house.now))
        session.execute(update(Invitation).where(Invitation.id == sent[29]).values(delivery="bounced"))
    add_all_up(house)
    with house.writing() as session:  # and later, what their people said to them
        heard = MAIL_BITS["unsubscribed"] | MAIL_BITS["complained"]
        session.execute(update(Invitation).where(Invitation.id == sent[28]).values(mail_heard=heard))
        session.execute(update(Invitation).where(Invitation.id == sent[27]).values(delivery="delivered"))
    for _ in range(3):
        add_all_up(house)
    board = a_board(house)
    assert (board.now["mail_sent"], board.now["mail_undelivered"], board.now["mail_answered"]) == (30, 1, 0)
    for days in (6, 8, 9):  # their time to be answered goes by
        assert a_board(house, until=board.asked.until + timedelta(days=14)).now["mail_due"] == (0 if days < 9 else 29)
        add_all_up(house, now=house.now + timedelta(days=days))
    later = a_board(house, until=board.asked.until + timedelta(days=14))
    assert (later.now["mail_answered"], later.now["mail_completed"], later.now["mail_told"]) == (24, 24, 2)
    assert (later.figure("answered").now.n, round(later.figure("answered").now.value, 1)) == (29, 82.8)
    board = later
    signs = {one.key: (one.hits, one.n, one.sign) for one in board.warnings}
    assert signs == {
        "unsubscribed": (1, 29, "warn"),
        "complained": (1, 29, "over"),
        "undelivered": (1, 30, "warn"),
        "opened": (0, 0, "unmeasured"),
    }
    assert (differences(house), unfolded(house)) == ([], [])
    before = board.now
    erase(house, "c28")
    erase(house, "c0")
    assert a_board(house, until=board.asked.until).now == before
    assert differences(house) == []
    weeks = [day for row in house.rows(AnonymousResponse) for _, _, *week in row.counted for day in week]
    assert {date.fromisoformat(day).isoweekday() for day in weeks} == {1}
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    assert a_board(house, until=board.asked.until).now == before


def test_every_message_has_the_same_time_to_be_answered_before_it_counts(house: House) -> None:
    """Two weeks alike, of which the later one is only as bad as the earlier one was at its age."""
    with house.writing() as session:
        ids = [one.id for one in session.scalars(select(Invitation).order_by(Invitation.id))]
        begun = {one.invitation_id: one for one in session.scalars(select(Response))}
        for number, one in enumerate(ids):
            left = house.now - timedelta(days=9 if number % 2 else 16)
            session.execute(update(Invitation).where(Invitation.id == one).values(sent_at=left, mail_counted=0))
            if one in begun:  # after eight days: too late; the others after a day; every third never came to the end
                after = timedelta(days=8 if number in {0, 2, 1, 3} else 1)
                ended = None if number % 3 == 0 else left + after
                begun[one].started_at, begun[one].completed_at = left + after, ended
                begun[one].status = "partial" if ended is None else "completed"
        session.flush()
        counting.rebuild(workspace_id=house.id)
    for _ in range(2):
        add_all_up(house)
    today = house.today
    board = a_board(house, since=today - timedelta(days=6), until=today + timedelta(days=1))
    answered = board.figure("answered")
    assert [(one.hits, one.n) for one in (answered.now, answered.before)] == [(10, 15), (10, 15)]
    assert answered.change is not None
    assert not answered.change.clear
    assert (board.now["mail_completed"], board.before["mail_completed"]) == (7, 7)
    assert a_board(house, since=today, until=today + timedelta(days=1)).now["mail_due"] == 0, "none left a week ago"
    assert (differences(house), unfolded(house)) == ([], [])
    assert not {"counters_equal_circumstances", "summaries_equal_counters"} & {*doctor(house)}
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    assert a_board(house, since=board.asked.since, until=board.asked.until).document() == board.document()


def test_a_message_counts_on_the_workspaces_day_and_stays_there_when_its_zone_changes(house: House) -> None:
    sunday = date(2026, 11, 22)
    late = datetime(2026, 11, 22, 23, 38, tzinfo=ZoneInfo("America/Los_Angeles"))
    with house.writing() as session:
        session.execute(update(Workspace).values(timezone="America/Los_Angeles"))
        session.execute(update(Invitation).values(sent_at=late, mail_counted=0))
        for one in session.scalars(select(Response)):  # the fixture's people answered today, whenever that is
            one.started_at, one.completed_at = late, late + (one.completed_at - one.started_at)
    add_all_up(house, now=late + timedelta(hours=1))
    week = {"since": sunday - timedelta(days=6), "until": sunday + timedelta(days=1)}
    assert a_board(house, **week).now["mail_sent"] == 30
    with house.writing() as session:
        session.execute(update(Workspace).values(timezone="Asia/Tokyo"))  # where it was Monday already
        session.execute(update(Invitation).where(Invitation.survey_version == 1).values(delivery="bounced"))
    add_all_up(house, now=datetime(2026, 12, 1, tzinfo=UTC))
    for _ in range(2):
        assert (a_board(house, **week).now["mail_sent"], a_board(house, **week).now["mail_undelivered"]) == (30, 30)
        due = a_board(house, since=sunday + timedelta(days=7), until=sunday + timedelta(days=8))
        assert due.now["mail_due"] == 24, "who answered had theirs, whatever was told of it"
        assert (differences(house), unfolded(house)) == ([], [])
        with house.writing():
            counting.rebuild(workspace_id=house.id)


def test_the_time_before_stands_beside_and_a_change_of_words_breaks_the_line(house: House, client: FlaskClient) -> None:
    with house.writing() as session:
        session.execute(update(Response).values(counted_on=house.today - LONG_AGO))
        counting.rebuild(workspace_id=house.id)
    house.survey(
        "bought", trigger=None, questions=[{**NPS, "text": {"fr": "Et à vos amis ?", "en": "To friends?"}}, CSAT]
    )
    for number in range(10):
        house.customer(f"new{number}")
        answer(client, house.link(house.invite(f"new{number}", "bought")), {"nps": "10", "csat": "4"})
    board = a_board(house, since=span_start(house.today - LONG_AGO, "week"), survey="bought")
    assert [sorted(point.reworded) for point in board.points if point.reworded] == [["nps"]]
    now = a_board(house)
    nps = now.figure("nps")
    assert (nps.now.n, nps.before.n, nps.change is not None and nps.change.clear) == (10, 24, True)
    assert categories(house) == (20, 10, 4)


def test_sums_stand_in_the_order_in_which_they_are_read() -> None:
    assert tuple(MEASURES) == SUMS


def categories(house: House) -> tuple[int, int, int]:
    found = Sums(nps_category(one.nps) for one in house.rows(Response) if one.nps is not None)
    return found["promoter"], found["detractor"], found["passive"]


def tell_past_answers(house: House, n: int, *, at: datetime) -> None:
    """Take in what some answered to an earlier tool."""
    told = [
        {
            "id": f"past-{number}",
            "survey": "bought",
            "answered_at": at.isoformat(),
            "customer": {"external_id": f"c{number % 30}"},
            "place": "south-shop",
            "answers": {"nps": 9},
        }
        for number in range(n)
    ]
    with house.writing():
        taken = take_past_answers(workspace_id=house.id, documents=told, secret=house.secret, now=house.now)
    assert taken.accepted == n


def test_who_went_to_the_end_is_not_known_of_an_earlier_tools_answers(house: House) -> None:
    """It told of completed ones alone: 100 % of nothing, now as before."""
    tell_past_answers(house, 40, at=house.now - timedelta(hours=1))
    with house.writing() as session:
        one = session.scalars(select(Response).where(Response.channel == "import").limit(1)).one()
        session.execute(update(Response).where(Response.id == one.id).values(counted_on=house.today - LONG_AGO))
    add_all_up(house)
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    for asked in ({}, {"survey": "bought"}, {"place": "south"}, {"channel": "import"}):
        board = a_board(house, **asked)
        own = {"channel": 0, "place": 12}.get(next(iter(asked), ""), 24)
        assert (board.figure("completion").now.n, board.responses) == (own, own + 39)
        assert board.figure("completion").before.n == 0
        assert board.figure("nps").now.n == own + 39, "what they said counts"
    assert {row.key: row.now.sample("completion").n for row in board.rows["place"]} == {"south-shop": 0}


def test_what_was_answered_before_there_were_these_sums_is_counted_by_their_migration(house: House) -> None:
    with house.writing() as session:
        session.execute(update(Invitation).values(sent_at=house.now - timedelta(days=9)))
        session.execute(update(Response).values(started_at=house.now - timedelta(days=8)))
        counting.rebuild(workspace_id=house.id)
    tell_past_answers(house, 12, at=house.now - timedelta(days=8))
    for _ in range(2):
        add_all_up(house)
    whole = {"since": span_start(house.today, "week") - timedelta(weeks=4)}
    board = all_but_visits(a_board(house, **whole))
    assert board["figures"][3]["n"] == 30
    names = ("summaries", "wholes", "people", "answered_in_time", "survey_holds", "visits", "imported")
    made = [migration(name) for name in names]
    for migrations in (made, made[-4:], made[-1:]):
        for step in (*(one.downgrade for one in reversed(migrations)), *(one.upgrade for one in migrations)):
            with house.app.app_context(), db.engine.begin() as connection:
                connection.execution_options(**{WRITES: True})
                with Operations.context(MigrationContext.configure(connection)):
                    step()
        for _ in range(2):
            add_all_up(house)
        assert (differences(house), unfolded(house)) == ([], [])
        assert all_but_visits(a_board(house, **whole)) == board
        erase(house, f"c{len(migrations)}")  # whose message counts on, in its week


def all_but_visits(board: Board) -> dict[str, Any]:
    """Leave out what a downgrade forgets of those who are erased."""
    return {key: value for key, value in board.document().items() if key != "answered_of_visited"}


def migration(name: str) -> Any:
    [path] = (ROOT / "migrations" / "versions").glob(f"*_{name}.py")
    spec = spec_from_file_location(f"{name}_migration", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_list_of_one_calls_nothing_clear_that_the_page_above_it_does_not():
    now, before = sums_of(mail_answered=231, mail_due=407), sums_of(mail_answered=187, mail_due=389)
    (above,) = (one for one in figures_of(now, before) if one.key == "answered")
    alone = Row("delivery", now, before).figure("answered", at_once=1)
    assert alone.change == above.change
    assert not alone.change.clear
    assert Figure("answered", now.sample("answered"), before.sample("answered"), 1).change.clear, "by itself"
