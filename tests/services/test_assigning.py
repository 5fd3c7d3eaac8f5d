"""Alerts go to their team, by hand or by themselves: to who is there, and back to all when nobody begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from tests.unhappy import alerts_of, complaints, make_workspace
from vocapp.models import Alert, Member, Promise, StaffSession, User, new_id, transaction
from vocapp.services import alerting, assigning, calling_back, claims
from vocapp.services.calling_back import NotMoved


@pytest.fixture
def workspace_id(db: Any, now: datetime) -> int:
    return make_workspace(now, handing_out={"by": "round_robin", "most_each": 3, "teams": ["store"]})


def join(workspace_id: int, name: str, now: datetime, *, place: str | None = None, there: bool = True, **calls: Any):
    with transaction() as session:
        user = User(id=new_id(), email=f"{name}@maison.test", password_hash="", created_at=now)
        session.add(user)
        session.flush()
        session.add(Member(workspace_id=workspace_id, user_id=user.id, role="agent", place_key=place, calls=calls))
        seen_at = now if there else now - timedelta(hours=1)
        session.add(
            StaffSession(
                id=new_id(), digest=name, user_id=user.id, browser="", created_at=seen_at, seen_at=seen_at,
                workspace_id=None,
            )
        )  # fmt: skip


def opened(workspace_id: int, n: int, now: datetime, place: str | None = None) -> list[UUID]:
    before = {alert.id for alert in alerts_of(workspace_id)}
    facts = complaints(workspace_id, n, now, place=place)
    with transaction():
        alerting.open_or_join(fact_ids=facts, now=now)
    return [alert.id for alert in alerts_of(workspace_id) if alert.id not in before]


def hand_out(workspace_id: int, now: datetime) -> int:
    with transaction():
        return assigning.hand_out(workspace_id=workspace_id, now=now)


def _given(workspace_id: int, now: datetime) -> list[Alert]:
    """Hand out, and return what somebody has."""
    hand_out(workspace_id, now)
    return [alert for alert in alerts_of(workspace_id) if alert.assignee]


def holders(workspace_id: int) -> list[str]:
    return sorted((alert.assignee or "").partition("@")[0] for alert in alerts_of(workspace_id))


def test_what_waits_is_spread_over_those_who_are_there_and_the_rest_waits_for_all(
    workspace_id: int, now: datetime
) -> None:
    for name in ("ana", "ben"):
        join(workspace_id, name, now)
    join(workspace_id, "gone", now, there=False)
    join(workspace_id, "away", now, away=True)
    opened(workspace_id, 8, now)
    with transaction():
        assert assigning.workspaces_that_hand_out() == [workspace_id]
    assert (hand_out(workspace_id, now), hand_out(workspace_id, now)) == (6, 0)
    assert holders(workspace_id) == ["", "", *["ana"] * 3, *["ben"] * 3]
    assert {alert.status for alert in alerts_of(workspace_id)} == {"new", "claimed"}


def test_a_store_with_a_team_of_its_own_calls_back_its_customers(workspace_id: int, now: datetime) -> None:
    join(workspace_id, "central", now)
    join(workspace_id, "store", now, place="store")
    opened(workspace_id, 2, now, place="store")
    opened(workspace_id, 2, now, place="other")
    assert hand_out(workspace_id, now) == 4
    assert {(alert.place, alert.team, alert.assignee) for alert in alerts_of(workspace_id)} == {
        ("store", "store", "store@maison.test"),
        ("other", None, "central@maison.test"),
    }


def test_who_speaks_another_language_or_knows_other_matters_gets_none(workspace_id: int, now: datetime) -> None:
    join(workspace_id, "english", now, languages=["en"])
    join(workspace_id, "tickets", now, skills=["support.closed"])
    opened(workspace_id, 2, now)
    assert hand_out(workspace_id, now) == 0
    join(workspace_id, "both", now, languages=["fr"], skills=["detractor"])
    assert hand_out(workspace_id, now) == 2
    assert holders(workspace_id) == ["both", "both"]


def test_what_nobody_fits_holds_up_nothing_behind_it(
    workspace_id: int, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "LOOKED_AT_ONCE", 2, raising=False)
    join(workspace_id, "shop", now, place="other")
    opened(workspace_id, 5, now)
    [alert_id] = opened(workspace_id, 1, now + timedelta(seconds=1), place="other")
    with transaction():
        assert assigning.hand_out(workspace_id=workspace_id, now=now, limit=2) == 1
    assert {(alert.id, alert.assignee) for alert in alerts_of(workspace_id) if alert.assignee} == {
        (alert_id, "shop@maison.test")
    }


def test_a_call_promised_for_now_is_given_first_and_what_is_for_later_waits(workspace_id: int, now: datetime) -> None:
    join(workspace_id, "ana", now)
    soon, later, again, *_ = ids = opened(workspace_id, 6, now)
    with transaction() as session:
        for alert_id, starts_at in ((soon, now + timedelta(minutes=50)), (later, now + timedelta(hours=3))):
            session.add(
                Promise(
                    workspace_id=workspace_id, id=new_id(), alert_id=alert_id, language="fr", means="phone",
                    starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), status="made", made_at=now,
                )
            )  # fmt: skip
            session.get_one(Alert, (workspace_id, alert_id)).priority = 1
        session.get_one(Alert, (workspace_id, again)).next_attempt_at = now + timedelta(days=1)
    with transaction():
        assert assigning.hand_out(workspace_id=workspace_id, now=now, limit=1) == 1
    assert [alert.id for alert in alerts_of(workspace_id) if alert.assignee] == [soon]
    join(workspace_id, "ben", now)
    hand_out(workspace_id, now)
    assert {alert.id for alert in alerts_of(workspace_id) if not alert.assignee} == {later, again}
    assert len(ids) == 6


def test_what_went_up_is_never_given_to_those_it_was_taken_from(db: Any, now: datetime) -> None:
    workspace_id = make_workspace(now, handing_out={"by": "round_robin", "teams": ["store", "brand"]})
    join(workspace_id, "low", now, place="store")
    [alert_id] = opened(workspace_id, 1, now, place="store")
    with transaction() as session:
        session.get_one(Alert, (workspace_id, alert_id)).team = "brand"
    assert _given(workspace_id, now) == []
    join(workspace_id, "high", now, place="brand")
    assert [alert.assignee for alert in _given(workspace_id, now)] == ["high@maison.test"]


def test_to_hand_out_takes_as_many_statements_for_many_as_for_one(db: Any, workspace_id: int, now: datetime) -> None:
    join(workspace_id, "none", now, languages=["en"])
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    asked = []
    for more, place in ((1, None), (7, "store")):
        opened(workspace_id, more, now, place=place)
        seen.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert hand_out(workspace_id, now) == 0
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        asked.append(len(seen))
    assert asked[0] == asked[1]


def test_what_nobody_begins_returns_to_the_queue_and_goes_to_somebody_else(workspace_id: int, now: datetime) -> None:
    join(workspace_id, "ana", now)
    [alert_id] = opened(workspace_id, 1, now)
    hand_out(workspace_id, now)
    later = now + timedelta(minutes=241)
    with transaction():
        assert claims.take_back(workspace_id=workspace_id, now=now + timedelta(minutes=239)) == 0
        assert claims.take_back(workspace_id=workspace_id, now=later) == 1
    join(workspace_id, "ann", later)
    with transaction() as session:
        for sitting in session.query(StaffSession):
            sitting.seen_at = later
    assert hand_out(workspace_id, later) == 1
    [alert] = alerts_of(workspace_id)
    assert (alert.id, alert.assignee) == (alert_id, "ann@maison.test")


def test_a_colleague_gives_what_is_free_and_only_an_owner_what_somebody_holds(workspace_id: int, now: datetime) -> None:
    join(workspace_id, "ana", now)
    join(workspace_id, "ben", now, place="store")
    [alert_id] = opened(workspace_id, 1, now)
    assert assigning.list_callers(workspace_id=workspace_id, place="store") == ["ana@maison.test", "ben@maison.test"]
    assert assigning.list_callers(workspace_id=workspace_id, place=None) == ["ana@maison.test"]
    who = {"workspace_id": workspace_id, "alert_id": alert_id, "now": now}
    with transaction():
        calling_back.assign(to="Ana", by="Cleo", **who)
    with pytest.raises(NotMoved, match="held by Ana: assign is theirs alone"), transaction():
        calling_back.assign(to="Ben", by="Cleo", **who)
    with transaction():
        calling_back.assign(to="Ben", by="Ana", **who)
        calling_back.assign(to="Dan", by="Cleo", for_holder=True, **who)
    [alert] = alerts_of(workspace_id)
    assert (alert.assignee, alert.claimed_until) == ("Dan", now + timedelta(minutes=240))
