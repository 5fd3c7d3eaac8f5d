"""A mail provider that is busy, ill, silent, or says no (11 to 14)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tests.faults.people import crowd, mail_to, stories
from tests.faults.scenario import Told
from tests.faults.stage import Stage, until
from tests.rig.sendgrid import Call, Verdict

MOST_SECONDS_OF_A_CALL = 30.5
MOST_CALLS_TO_A_CLOSED_DOOR = 3


def busy(stage: Stage) -> Told:
    """Answer 429 with Retry-After: nobody is sent to before, and nothing counts as a failure."""
    stories(stage)
    wait = 30
    first, *others = crowd(5)
    stage.peer.answer_next(Verdict(429, {"Retry-After": str(wait)}))
    before = stage.peer.attempts
    mail_to(stage, [first])
    until(lambda: stage.peer.attempts > before, what="the peer is asked")
    refused_at = time.monotonic()
    until(lambda: _waits(stage, first), what="the refusal is written down")
    mail_to(stage, others)
    until(lambda: len(stage.invitations(others)) == len(others), what="the others are decided about")
    time.sleep(2 if stage.short else wait * 0.8)
    early = stage.peer.attempts - before - 1
    assert not early, f"{early} calls came before the {wait} seconds were over"
    stage.pass_time(wait + 1 if stage.short else wait * 0.2)
    stage.settle()
    seconds = max(0.0, time.monotonic() - refused_at - (0 if stage.short else wait))
    assert stage.accepted([first, *others]) == 5
    assert len(stage.peer.calls) - before == 6, "more than one message heard the 429"
    failures = stage.one("select count(*) from outbox where failed_at is not null")
    assert not failures
    return Told(f"429 with Retry-After {wait} to the first of five: no call before, then all five", seconds)


def ill(stage: Stage) -> Told:
    """Answer 500 five times to each of three, then 202."""
    stories(stage)
    people = crowd(3)
    for person in people:
        stage.peer.answer_for(person["email"], *[Verdict(500)] * 5)
    mail_to(stage, people)
    until(lambda: all(_waits(stage, person) for person in people), what="the first refusals are written down")
    waits = {_first_wait(row) for row in stage.invitations(people)}
    assert len(waits) == len(people), f"all come back at the same time: {waits}"
    stage.settle(400, soon=timedelta(minutes=10))
    calls = {person["email"]: stage.peer.calls_to(person["email"]) for person in people}
    assert all(len(of_one) == 6 for of_one in calls.values()), calls
    if not stage.short:
        assert all(_grow(of_one) for of_one in calls.values()), "the waits do not grow"
    decisions = [row["decisions"] for row in stage.invitations(people)]
    assert all(sum(one["reason"] == "provider_deferred" for one in of_one) == 5 for of_one in decisions)
    return Told("500 five times to each of three: waits grow, each its own; one mail each, five deferrals on record")


def silent(stage: Stage) -> Told:
    """Hang, drip, and cut the connection behind the message; the worker is free within thirty seconds."""
    stories(stage)
    cut, kept, sent, last = crowd(4)
    stage.peer.answer_for(cut["email"], Verdict(way="reset"))
    stage.peer.answer_for(kept["email"], Verdict(way="accept_then_reset"))
    stage.peer.answer_for(sent["email"], Verdict(way="answer_then_reset"))
    expected = {
        cut["email"]: ("unknown", "no_verdict"),
        kept["email"]: ("unknown", "no_verdict"),
        sent["email"]: ("sent", None),
        last["email"]: ("sent", None),
    }
    mail_to(stage, [cut, kept, sent])
    longest = 0.0
    if not stage.short:
        for way in ("hang", "drip"):
            (person,) = crowd(1)
            stage.peer.answer_for(person["email"], Verdict(way=way))
            expected[person["email"]] = ("unknown", "no_verdict")
            mail_to(stage, [person])
            until(lambda p=person: stage.peer.calls_to(p["email"]), what="the peer is asked")
            began = time.monotonic()
            until(lambda p=person: _status(stage, p) == "unknown", 60, what="the worker gives up")
            longest = max(longest, time.monotonic() - began)
        assert longest < MOST_SECONDS_OF_A_CALL, f"the worker was held for {longest:.1f} s"
    mail_to(stage, [last])
    seconds = stage.settle()
    people = [{"email": address} for address in expected]
    seen = {row["email"]: (row["status"], row["reason"]) for row in stage.invitations(people)}
    assert seen == expected
    assert [len(stage.peer.to(one["email"])) for one in (cut, kept, sent, last)] == [0, 1, 1, 1]
    held = f"hang and drip: worker free after {longest:.0f} s; " if longest else ""
    return Told(f"{held}cut behind the message: unknown; cut behind the 202: sent; the next one goes", seconds)


def closed(stage: Stage) -> Told:
    """Refuse one message for good (400), then everybody for the key (401)."""
    stories(stage)
    wrong, *others = crowd(1 + 10)
    stage.peer.answer_for(wrong["email"], Verdict(400))
    mail_to(stage, [wrong])
    stage.books.mailed.discard(wrong["email"])
    until(lambda: _status(stage, wrong) == "failed", what="the refusal is written down")
    assert len(stage.peer.calls_to(wrong["email"])) == 1

    stage.peer.key = "SG.another-key"
    before = stage.peer.attempts
    mail_to(stage, others)
    until(lambda: stage.peer.attempts > before, what="the peer is asked")
    until(lambda: any(_waits(stage, person) for person in others), what="the refusal is written down")
    stage.pass_time(10)
    time.sleep(3)
    knocked = stage.peer.attempts - before
    assert knocked <= MOST_CALLS_TO_A_CLOSED_DOOR, f"{knocked} calls while the key was refused"
    assert not stage.accepted(others)
    stage.peer.behave()
    began = time.monotonic()
    stage.clock.advance(timedelta(minutes=6))
    stage.settle()
    seconds = time.monotonic() - began
    assert stage.accepted(others) == len(others)
    return Told(f"400: one failed, one call; 401: {knocked} calls for {len(others)} due, all sent once let in", seconds)


def _status(stage: Stage, person: dict[str, Any]) -> str:
    return str([row["status"] for row in stage.invitations([person])][-1:])[2:-2]


def _waits(stage: Stage, person: dict[str, Any]) -> bool:
    return any(row["status"] == "scheduled" and len(row["decisions"]) > 2 for row in stage.invitations([person]))


def _first_wait(row: dict[str, Any]) -> float:
    """Return the seconds for which the first deferral puts an invitation off."""
    deferred = [one for one in row["decisions"] if one["reason"] == "provider_deferred"]
    return round((row["send_at"] - datetime.fromisoformat(deferred[-1]["at"])).total_seconds(), 3)


def _grow(calls: list[Call]) -> bool:
    pauses = [later.began - earlier.began for earlier, later in pairwise(calls)]
    return all(later > earlier for earlier, later in pairwise(pauses))
