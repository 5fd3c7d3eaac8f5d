"""Unhappy answers that nobody would be told of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, insert, update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import (
    Alert,
    AlertMove,
    AlertRuleVersion,
    Fact,
    Invitation,
    Notice,
    Response,
    Signal,
    SurveyRecord,
    SurveyVersion,
    Workspace,
)
from vocapp.models.outbox import Fact as Row
from vocapp.services import surveying


def test_an_unhappy_answer_without_its_signal_is_found(broken: Broken, of: Callable[[str], Response]) -> None:
    for name in ("sad", "torn"):  # by a score; by what was written
        found = broken(delete(Signal).where(Signal.response_id == of(name).id))
        assert found == {"unhappy_signalled": 1, "alerts_signalled": 1}


def test_an_unhappy_answer_left_unfinished_is_found_once_its_grace_time_is_long_over(
    broken: Broken, of: Callable[[str], Response], shared: House
) -> None:
    late = Response.id == of("late").id
    unsignalled = delete(Signal).where(Signal.response_id == of("late").id)
    assert broken(unsignalled) == {"unhappy_signalled": 1, "alerts_signalled": 1}  # closed after its week
    open_still: dict[str, object] = {"counted_on": None, "nps": None}
    for minutes, answers, void, n in (
        (21, {"nps": 4}, [], 1),
        (19, {"nps": 4}, [], 0),  # 15 minutes of grace, and 5 in which the sweep may be on its way
        (21, {"nps": 9}, [], 0),
        (21, {"nps": 4}, ["nps"], 0),
    ):
        at = shared.now - timedelta(minutes=minutes)
        left = update(Response).where(late).values(**open_still, answered_at=at, answers=answers, void=void)
        assert broken(unsignalled, left).get("unhappy_signalled", 0) == n


def test_a_signal_without_its_alert_is_found(broken: Broken, of: Callable[[str], Response], shared: House) -> None:
    of_sad = Signal.response_id == of("sad").id
    fact = (Row.kind == "SignalRaised") & (Row.subject_id == of("sad").id)
    apart = update(Signal).where(of_sad).values(alert_id=None)
    both = {"signals_alerted": 1, "alerts_signalled": 1}
    assert broken(apart) == both  # its fact is done: nobody will come back to it
    waiting = update(Fact).where(fact).values(done_at=None)
    assert broken(apart, waiting) == {"alerts_signalled": 1}  # on its way
    late = update(Signal).where(of_sad).values(raised_at=shared.now - timedelta(minutes=6))
    assert broken(apart, waiting, late) == both
    other = update(Signal).where(of_sad).values(customer_id=of("torn").customer_id)
    assert broken(other) == {"signals_alerted": 1}


def test_who_was_not_asked_because_of_an_event_and_is_not_called_is_found(broken: Broken, shared: House) -> None:
    [asked] = shared.rows(Invitation, Invitation.occasion == "order-glad")
    own = Invitation.id == asked.id
    at_once = {"reason": "by_event", "decisions": asked.decisions[:1]}
    assert broken(update(Invitation).where(own).values(at_once)) == {"events_acted_on": 1}
    apology = update(Invitation).where(own).values(**at_once, kind="recovery")
    assert broken(apology) == {}
    for status, n in (("scheduled", 0), ("failed", 1), ("held", 1), ("suppressed", 1)):
        found = broken(apology, update(Invitation).where(own).values(status=status))
        assert found.get("events_acted_on", 0) == n
    withdrawn = update(Invitation).where(own).values(reason="by_event")  # because of another event
    assert broken(withdrawn) == {}


def test_what_earlier_rules_let_pass_is_not_held_against_those_of_today(broken: Broken, shared: House) -> None:
    rule = {"key": "ten", "name": "Ten", "kind": "other", "when": {"==": [{"var": "scores.nps"}, 10]}}
    version = {"workspace_id": shared.id, "version": 1, "definition": {"alerts": [rule]}}
    settings = {"contact_policy": {"partial_closes_after_days": 1}, "alert_rules": 1}
    own = update(Workspace).where(Workspace.id == shared.id).values(settings=settings)
    unsignalled = delete(Signal).where(Signal.kinds.is_not(None))
    for days, n in ((1, 1), (-1, 0)):
        since = insert(AlertRuleVersion).values(**version, created_at=shared.now - timedelta(days=days))
        surveying.forget()
        found = broken(since, own, unsignalled, delete(AlertMove), delete(Notice), delete(Alert))
        assert found.get("unhappy_signalled", 0) == n
    surveying.forget()


def test_too_much_effort_without_its_signal_is_found_under_the_rules_that_ship(
    broken: Broken, of: Callable[[str], Response]
) -> None:
    glad = Response.id == of("glad").id
    for effort, n in ((1, 1), (2, 1), (3, 0)):
        assert broken(update(Response).where(glad).values(ces=effort)).get("unhappy_signalled", 0) == n


def test_who_answered_before_the_rule_about_effort_was_there_is_not_held_against_it(
    broken: Broken, of: Callable[[str], Response], shared: House
) -> None:
    """An installation that was upgraded: the survey `apology`, which came with the rule, is younger than the others."""
    [steps] = shared.rows(SurveyVersion, SurveyVersion.key == "steps")
    row = {"workspace_id": shared.id, "key": "apology"}
    definition = {**steps.definition, "key": "apology"}
    came = insert(SurveyRecord).values(**row, draft=definition, published_version=1, updated_at=shared.now)
    for came_in, answered_in, n in ((1, 0, 0), (1, 2, 1), (-1, 0, 1)):  # days from now; the last: it was there first
        at, answered_at = (shared.now + timedelta(days=days) for days in (came_in, answered_in))
        published = insert(SurveyVersion).values(**row, version=1, definition=definition, published_at=at)
        much = {"ces": 1, "answered_at": answered_at}
        found = broken(came, published, update(Response).where(Response.id == of("glad").id).values(much))
        assert found.get("unhappy_signalled", 0) == n
    surveying.forget()
