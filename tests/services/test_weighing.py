"""Who gives an unhappy score and does not finish is told of once, when the grace time since then is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.builders import CSAT, NPS, WHY, House
from tests.watching import at_once, statements
from vocapp import jobs
from vocapp.jobs import sweep
from vocapp.models import Alert, AlertMove, Fact, Response, Signal, database_now, db
from vocapp.services import calling_back, responding, weighing, workspaces
from vocapp.services.responding import Sitting

pytestmark = pytest.mark.both_databases

GRACE = timedelta(minutes=15)
# a better score takes the question off the path again, and its answer does not count any longer
SATISFIED = {**CSAT, "ask_if": {"<=": [{"var": "answers.nps"}, 8]}}
NAMES = count()


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app)
    house.survey(questions=[NPS, SATISFIED, WHY])
    return house


def begin(house: House, client: FlaskClient, nps: int = 3, name: str = "ada") -> str:
    """Let somebody give a score and stop there."""
    house.customer(name)
    path = house.link(house.invite(name))
    assert client.post(path, data={"_page": "0", "nps": str(nps)}).status_code == 200
    return path


def let_pass(house: House, time: timedelta) -> None:
    """Make the last answers so much older."""
    with house.writing() as session:
        for response in session.query(Response).filter_by(workspace_id=house.id):
            response.answered_at -= time


def sweep_now(house: House) -> None:
    jobs.bind(house.app, most_attempts={})
    sweep.weigh_unfinished()


def kinds(house: House) -> list[list[str]]:
    return [signal.kinds for signal in house.rows(Signal)]


# ── the property


@dataclass
class Person:
    """One person at the survey, and what must come of it."""

    invitation_id: UUID
    customer_id: UUID
    said: dict[str, Any] = field(default_factory=dict)
    answered_at: datetime | None = None
    finished: bool = False
    expected: set[str] = field(default_factory=set)

    def wait(self, until: datetime) -> None:
        """Nothing comes from them until then."""
        if self.answered_at is not None and not self.finished and until - self.answered_at >= GRACE:
            self.expected |= self.unhappy()

    def unhappy(self) -> set[str]:
        nps, csat = self.said.get("nps", 10), self.said.get("csat", 5)
        found = {"detractor"} if nps <= 6 else set()
        return found | ({"low_csat"} if csat <= 2 and nps <= 8 else set())

    def say(self, key: str, value: Any, now: datetime) -> None:
        """Answer a question that was put to them; anything else is not on their screen."""
        sitting = responding.open_sitting(invitation_id=self.invitation_id)
        assert sitting is not None
        sitting = Sitting(sitting.visit._replace(now=now), sitting.survey)
        pages = [number for number, keys in enumerate(sitting.pages) if key in keys and sitting.reading.on_path(keys)]
        if sitting.closed is not None or not pages or self.said.get(key) == value:
            return
        outcome = responding.take_page(sitting=sitting, page=pages[0], given={key: value})
        assert outcome is not None
        self.said[key] = value
        self.answered_at, self.finished = now, outcome.completed
        if self.finished:
            self.expected |= self.unhappy()


SAYS = st.one_of(
    st.tuples(st.just("nps"), st.sampled_from([3, 7, 9])),
    st.tuples(st.just("csat"), st.sampled_from([1, 3])),
    st.just(("why", "Well.")),
)
GAPS = st.sampled_from([1, 14, 15, 40])
STORIES = st.lists(st.lists(st.tuples(GAPS, SAYS), min_size=1, max_size=5), min_size=3, max_size=3)
CORRECTED = [
    [(1, ("nps", 3)), (14, ("csat", 3)), (14, ("nps", 9))],
    [(1, ("nps", 9)), (14, ("nps", 3))],
    [(1, ("nps", 7)), (1, ("csat", 1)), (1, ("nps", 9))],  # not asked any longer
]
FINISHED = [
    [(1, ("nps", 3)), (14, ("csat", 3)), (14, ("why", "Well."))],
    [(1, ("nps", 3)), (40, ("csat", 1)), (1, ("why", "Well."))],
    [(1, ("nps", 3)), (40, ("nps", 9)), (1, ("why", "Well."))],
]


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories=STORIES, jobs_run=st.booleans())
@example(stories=CORRECTED, jobs_run=True)
@example(stories=FINISHED, jobs_run=True)
def test_one_signal_where_the_scores_that_count_are_unhappy_when_time_is_up_or_at_the_end(
    house: House, stories: list[list[tuple[int, tuple[str, Any]]]], jobs_run: bool
) -> None:
    people = []
    for _ in stories:
        name = f"c{next(NAMES)}"
        customer_id = house.customer(name)
        people.append(Person(house.invite(name), customer_id))
    for number, (now, person, said) in enumerate(_in_order(house.now, people, stories)):
        for one in people:
            one.wait(now)
        with house.writing():
            weighing.weigh(workspace_id=house.id, now=now)
        if jobs_run and number % 3 == 0:
            house.work("SignalRaised")
        if said is not None:
            with house.app.app_context():
                person.say(*said, now)
    house.work("SignalRaised")
    told = {one.customer_id: set(one.kinds) for one in house.rows(Signal)}
    assert {one.customer_id: told.get(one.customer_id, set()) for one in people} == {
        one.customer_id: one.expected for one in people
    }
    alerted = {one.customer_id: set(one.kinds) for one in house.rows(Alert)}
    assert alerted == told
    assert len(house.rows(AlertMove, AlertMove.action == "opened")) == len(told)


def _in_order(
    start: datetime, people: Sequence[Person], stories: list[list[tuple[int, tuple[str, Any]]]]
) -> list[tuple[datetime, Person, tuple[str, Any] | None]]:
    """Return what happens, in the order of its times; and that at last nothing does for long, twice."""
    happens: list[tuple[datetime, Person, tuple[str, Any] | None]] = []
    for person, story in zip(people, stories, strict=True):
        now = start
        for gap, said in story:
            now += timedelta(minutes=gap)
            happens.append((now, person, said))
    last = max(now for now, *_ in happens)
    ends = [(last + timedelta(minutes=minutes), people[0], None) for minutes in (15, 30)]
    return [*sorted(happens, key=lambda one: one[0]), *ends]


# ── one by one


def test_nothing_is_told_before_the_time_is_up_and_it_counts_from_the_last_answer(
    house: House, client: FlaskClient
) -> None:
    path = begin(house, client)
    let_pass(house, GRACE - timedelta(minutes=1))
    sweep_now(house)
    client.post(path, data={"_page": "1", "csat": "4"})
    let_pass(house, GRACE - timedelta(minutes=1))
    sweep_now(house)
    assert kinds(house) == []
    let_pass(house, timedelta(minutes=2))
    sweep_now(house)
    assert kinds(house) == [["detractor"]]
    house.work()
    [alert] = house.rows(Alert)
    assert (alert.kinds, alert.reason, alert.severity) == (["detractor"], "nps 3", 3)


@pytest.mark.parametrize(("first", "then", "told"), [(3, 9, []), (9, 3, [["detractor"]])])
def test_a_score_corrected_in_time_is_the_one_that_counts(
    house: House, client: FlaskClient, first: int, then: int, told: list[list[str]]
) -> None:
    path = begin(house, client, first)
    client.post(path, data={"_page": "0", "nps": str(then)})
    let_pass(house, GRACE)
    sweep_now(house)
    assert kinds(house) == told


def test_what_is_finished_after_its_alert_adds_to_that_alert_and_opens_no_other(
    house: House, client: FlaskClient
) -> None:
    path = begin(house, client, 6)
    let_pass(house, GRACE)
    sweep_now(house)
    house.work()
    [before] = house.rows(Alert)
    client.post(path, data={"_page": "1", "csat": "1"})
    client.post(path, data={"_page": "2", "why": "Late."})
    house.work()
    assert kinds(house) == [["detractor", "low_csat"]]
    [alert] = house.rows(Alert)
    assert (alert.id, alert.kinds, alert.reason) == (before.id, ["detractor", "low_csat"], "nps 6, csat 1")
    assert (before.severity, alert.severity) == (2, 3)
    assert alert.due_at <= before.due_at
    with house.writing() as session:  # a job that comes twice changes nothing
        session.query(Fact).filter_by(workspace_id=house.id, kind="SignalRaised").update({"done_at": None})
    house.work()
    assert [move.action for move in house.rows(AlertMove, AlertMove.action != "told")] == ["opened", "joined"]
    assert house.rows(Alert)[0].version == alert.version


def test_words_clearly_unhappy_behind_the_corrected_score_join_the_alert_of_the_first(
    house: House, client: FlaskClient
) -> None:
    path = begin(house, client)
    let_pass(house, GRACE)
    sweep_now(house)
    house.work()
    client.post(path, data={"_page": "0", "nps": "9"})
    client.post(path, data={"_page": "2", "why": "Livreur inadmissible."})
    house.work()
    assert kinds(house) == [["detractor", "negative_verbatim"]]
    [alert] = house.rows(Alert)
    assert alert.kinds == ["detractor", "negative_verbatim"]


def test_who_was_spoken_to_is_not_called_again_for_the_same_response(house: House, client: FlaskClient) -> None:
    path = begin(house, client)
    let_pass(house, GRACE)
    sweep_now(house)
    house.work()
    [alert] = house.rows(Alert)
    on = {"workspace_id": house.id, "alert_id": alert.id, "now": house.now}
    with house.writing():
        calling_back.claim(**on, agent="zoe@maison.test")
        calling_back.contact(**on, outcome="reached", note=None, by=None)
        calling_back.resolve(**on, root_cause="late", note=None, by=None)
    client.post(path, data={"_page": "1", "csat": "1"})
    client.post(path, data={"_page": "2", "why": "Late."})
    house.work()
    [alert] = house.rows(Alert)
    assert (alert.status, alert.kinds) == ("resolved", ["detractor", "low_csat"])


def test_the_time_is_the_workspaces_own(house: House, client: FlaskClient) -> None:
    begin(house, client)
    let_pass(house, timedelta(minutes=5))
    sweep_now(house)
    assert kinds(house) == []
    with house.writing():
        changes = {"contact_policy": {"partial_alerts_after_minutes": 5}}
        workspaces.change_settings(workspace_id=house.id, changes=changes)
    sweep_now(house)
    assert kinds(house) == [["detractor"]]
    for wrong in (0, 1441, "15"):
        changes = {"contact_policy": {"partial_alerts_after_minutes": wrong}}
        with house.writing(), pytest.raises(workspaces.WorkspaceRefused):
            workspaces.change_settings(workspace_id=house.id, changes=changes)


# ── killed, twice, at once, many


def test_a_sweep_killed_before_its_end_leaves_nothing_and_the_next_one_tells_once(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(house, client)
    let_pass(house, GRACE)
    before = house.dump()
    raise_signals = weighing.raise_signals
    for dies_after in (False, True):

        def die(*, after: bool = dies_after, **given: Any) -> None:
            if after:
                raise_signals(**given)
            raise Crash

        monkeypatch.setattr(weighing, "raise_signals", die)
        with pytest.raises(Crash), house.writing():
            weighing.weigh(workspace_id=house.id, now=database_now())
        assert house.dump() == before
    monkeypatch.undo()
    sweep_now(house)
    sweep_now(house)  # killed here, before the alert: the fact is there, and comes
    assert len(house.rows(Fact, Fact.kind == "SignalRaised", Fact.done_at.is_(None))) == 1
    house.work()
    sweep_now(house)
    assert (len(house.rows(Signal)), len(house.rows(Alert))) == (1, 1)
    assert house.work() == []


def test_while_sweeps_come_at_once_people_finish_and_each_is_told_of_once(house: House, client: FlaskClient) -> None:
    paths = [begin(house, client, name=f"c{number}") for number in range(6)]
    let_pass(house, GRACE)
    jobs.bind(house.app, most_attempts={})

    def finish(path: str) -> None:
        own = house.app.test_client()
        assert own.post(path, data={"_page": "1", "csat": "1"}).status_code == 200
        assert own.post(path, data={"_page": "2", "why": "Late."}).status_code == 200

    at_once(*[lambda path=path: finish(path) for path in paths[:4]], *[sweep.weigh_unfinished] * 3)
    sweep_now(house)
    house.work()
    assert sorted(map(str, kinds(house))) == sorted(map(str, [["detractor", "low_csat"]] * 4 + [["detractor"]] * 2))
    assert len(house.rows(Alert)) == 6
    assert len(house.rows(AlertMove, AlertMove.action == "opened")) == 6


def test_many_are_weighed_in_a_handful_of_statements_found_by_the_index_of_what_is_due(
    house: House, client: FlaskClient
) -> None:
    for number in range(8):
        begin(house, client, nps=number, name=f"c{number}")
    let_pass(house, GRACE)
    with statements(house.app) as said:
        sweep_now(house)
    assert len([one for one in said if not one.lower().startswith(("begin", "pragma", "commit"))]) <= 12
    assert kinds(house) == [["detractor"]] * 7
    with statements(house.app) as said:
        sweep_now(house)
    assert not [one for one in said if "for update" in one.lower() or one.lower().startswith(("update", "insert"))]
    if house.app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        where = f"workspace_id = 1 and {weighing.TO_WEIGH} and answered_at <= '2026'"
        with house.reading():
            plan = db.session.execute(text(f"explain query plan select 1 from responses where {where}")).all()
        assert "ix_responses_to_weigh" in str(plan)
