"""A look at everything: nothing wrong in a company at work, nothing changed, no longer than it is given."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from tests.builders import House
from tests.services.checking.conftest import Doctor, wrong
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Choice, Question
from vocapp.models import Counter, Invitation, Response, db
from vocapp.models.looking import OutOfTime, looking, within
from vocapp.services import counting
from vocapp.services.checking import CHECKS, base, examining


def test_a_company_at_work_keeps_its_promises(doctor: Doctor, company: House) -> None:
    before = company.dump()
    assert wrong(doctor()) == {}
    assert wrong(doctor(grace=timedelta(0))) == {}
    assert company.dump() == before


def test_what_is_wrong_is_told_with_its_workspace_and_no_more_than_five_ids(company: House, doctor: Doctor) -> None:
    other = House(company.app, "other")
    for number in range(7):
        other.customer(f"c{number}")
    with company.writing() as session:
        session.execute(text("delete from changes where stream = 'customers'"))
    [found] = [one for one in doctor().values() if one.wrong]
    assert (found.check.key, found.n) == ("feed_complete", 4 + 7)
    assert [(one.workspace_id, one.n, len(one.ids)) for one in found.wrong] == [(company.id, 4, 4), (other.id, 7, 5)]
    with company.app.app_context(), looking():
        look = base.prepare(workspace_ids=[other.id], now=company.now)
        findings = list(examining.examine(look=look, seconds=60, monotonic=time.monotonic))
    told = examining.document(findings, look=look, database="sqlite")
    assert (told["ok"], told["workspaces"]) == (False, ["other"])
    [one] = [check for check in told["checks"] if check["status"] != "ok"]
    assert (one["check"], one["wrong"], len(one["ids"])) == ("feed_complete", 7, 5)
    assert one["advice"]
    assert "example.test" not in str(told)


def test_a_look_may_change_nothing(company: House) -> None:
    with company.app.app_context():
        with looking(), pytest.raises(DBAPIError):
            db.session.execute(delete(Counter))
        db.session.execute(text("select 1"))
        db.session.rollback()
    with company.writing() as session:  # and what comes after it may
        session.execute(update(Counter).values(n=Counter.n))


def test_what_takes_too_long_stays_unknown_and_the_others_are_looked_at(company: House) -> None:
    def for_ever(d: Any) -> str:
        numbers = "with recursive n(i) as (select 1 union all select i + 1 from n) select i, '' from n"
        return f"select 1 as workspace_id, 'x' as id from ({numbers}) as endless where i < 0"

    slow = base.Check("slow", promise="", advice="", sql=for_ever)
    with company.app.app_context(), looking():
        look = base.prepare(workspace_ids=None, now=company.now)
        with pytest.raises(OutOfTime), within(0.2):
            slow.find(look)
        found = list(examining.examine(look=look, seconds=30, monotonic=time.monotonic, checks=CHECKS[:2]))
        none = list(examining.examine(look=look, seconds=0, monotonic=time.monotonic, checks=CHECKS[:2]))
    assert [one.status for one in found] == ["ok", "ok"]
    assert [(one.status, one.why_unknown) for one in none] == [("unknown", examining.OUT_OF_TIME)] * 2


def test_the_counters_are_found_as_exact_as_a_rebuild_finds_them(company: House, doctor: Doctor) -> None:
    with company.reading():
        assert counting.verify(workspace_id=company.id) == []
    with company.writing() as session:
        session.execute(update(Response).values(place="lyon"))
        session.execute(update(Invitation).values(place="lyon"))
    with company.reading():
        different = counting.verify(workspace_id=company.id)
    found = wrong(doctor())
    of_counters = ("counters_equal_scores", "counters_equal_answers", "counters_equal_circumstances")
    assert sum(found[key] for key in of_counters) == len(different) > 10
    assert "summaries_equal_counters" not in found


def test_how_a_type_counts_is_the_same_in_sql_as_in_python() -> None:
    """`counted_as` stands for `buckets` in the checks' SQL."""
    choices = (Choice("a", {}), Choice("b", {}))
    values: dict[str, Any] = {"each": ["a", "b"], "value": "a", "answered": "a"}
    for kind in TYPES.values():
        value = 3 if kind.scale else values[kind.counted_as]
        question = Question("q", kind.key, {}, choices=choices)
        if kind.counted_as == "value" and kind.buckets(question, value) == ("false",):  # yes or no
            assert kind.buckets(question, True) == ("true",)
            continue
        expected = {"each": ("a", "b"), "value": (str(value),), "answered": ("answered",)}[kind.counted_as]
        assert kind.buckets(question, value) == expected, kind.key


def test_each_check_has_a_key_a_promise_and_advice_of_its_own() -> None:
    assert len({check.key for check in CHECKS}) == len({check.promise for check in CHECKS}) == len(CHECKS)
    assert all(check.promise and check.advice and len(check.key) <= 32 for check in CHECKS)
