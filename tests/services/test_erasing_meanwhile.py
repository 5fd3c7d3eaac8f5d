"""An erasure while an import, a sentiment, a mail, an answer are under way: none of them brings the person back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tests.builders import NPS, WHY, House, answer
from tests.erased import differences, erase, found_in, run_clearing, zoraide
from tests.services.sending_by_hand import begin, confirm, prepare
from vocapp import jobs
from vocapp.app import add_doors
from vocapp.domain.sentiment import Sentiment
from vocapp.jobs.decide import invite
from vocapp.models import Customer, Erasure, Event, Fact, Invitation, Response, Signal
from vocapp.models.again import MustRunAgainError, run_again
from vocapp.services import alerting, analysing, happenings, intake, intake_events
from vocapp.services.intake_reading import read_customer

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]

PATIENCE = 60.0


def test_an_import_that_has_looked_before_does_not_bring_her_back(
    crowd: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoraide(crowd)
    looked, erased = threading.Event(), threading.Event()
    plain = intake.find_erased

    def look(*args: Any, **more: Any) -> set[str]:
        found = plain(*args, **more)
        looked.set()
        assert erased.wait(PATIENCE)
        return found

    monkeypatch.setattr(intake, "find_erased", look)
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(_import, crowd, "c-zoraide", first_name="Zoraide")
        assert looked.wait(PATIENCE)
        erase(crowd)
        erased.set()
        assert taken.result(PATIENCE) == {}
    assert crowd.rows(Customer) == []


def test_events_of_a_file_that_was_read_before_are_refused(crowd: House, monkeypatch: pytest.MonkeyPatch) -> None:
    zoraide(crowd)
    looked, erased = threading.Event(), threading.Event()
    plain = intake.find_erased

    def look(*args: Any, **more: Any) -> set[str]:
        found = plain(*args, **more)
        looked.set()
        assert erased.wait(PATIENCE)
        return found

    monkeypatch.setattr(intake, "find_erased", look)
    event = {"id": "late", "event": "x", "occurred_at": crowd.now.isoformat(), "customer": {"external_id": "c-zoraide"}}

    def take() -> intake_events.Outcome:
        with crowd.writing():
            return intake_events.take_events(
                workspace_id=crowd.id, documents=[event], secret=crowd.secret, now=crowd.now, refusing_erased=True
            )

    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(run_again, take)
        assert looked.wait(PATIENCE)
        erase(crowd)
        erased.set()
        outcome = taken.result(PATIENCE)
    assert (outcome.accepted, [one.erased for one in outcome.refused]) == (0, [True])
    assert (crowd.rows(Customer), crowd.rows(Event)) == ([], [])


def test_a_sentiment_that_was_read_before_finds_nobody(crowd: House) -> None:
    crowd.survey(questions=[NPS, WHY])
    zoraide(crowd)
    _answers(crowd)
    facts = [fact.id for fact in crowd.rows(Fact, Fact.kind == "ResponseCompleted")]
    with crowd.writing():
        verbatims = analysing.read_verbatims(fact_ids=facts)
    assert verbatims
    scores = {one.response_id: _negative() for one in verbatims}
    erase(crowd)
    with crowd.writing():
        analysing.conclude(fact_ids=facts, understood=scores, now=crowd.now)
    assert (crowd.rows(Response), crowd.rows(Signal), found_in(crowd, "zoraide")) == ([], [], [])
    assert all(fact.done_at for fact in crowd.rows(Fact, Fact.kind == "ResponseCompleted"))


def test_an_event_that_was_judged_before_leaves_no_signal(crowd: House, monkeypatch: pytest.MonkeyPatch) -> None:
    zoraide(crowd)
    [person] = crowd.rows(Customer)
    event_id = crowd.event(person.id, "lost", name="order.lost")
    judged, erased = threading.Event(), threading.Event()
    plain = happenings.judge

    def judge(**given: Any) -> dict[UUID, happenings.Told]:
        told = plain(**given)
        judged.set()
        assert erased.wait(PATIENCE)
        return told

    monkeypatch.setattr(happenings, "judge", judge)
    with ThreadPoolExecutor(1) as pool:
        decided = pool.submit(crowd.decide, event_id)
        assert judged.wait(PATIENCE)
        erase(crowd)
        erased.set()
        assert decided.result(PATIENCE) == []
    assert (crowd.rows(Signal), crowd.rows(Fact, Fact.kind == "SignalRaised")) == ([], [])


def test_a_mail_that_was_being_handed_over_leaves_nothing_behind(crowd: House) -> None:
    crowd.survey(questions=[NPS])
    zoraide(crowd)
    crowd.work("EventAccepted")
    [due] = crowd.rows(Fact, Fact.kind == "InvitationDue")
    [prepared] = prepare(crowd, [due.id], crowd.now)
    mail = begin(crowd, prepared, crowd.now)
    assert mail is not None
    erase(crowd)
    receipt = crowd.mailer.send(mail)  # the call was under way
    confirm(crowd, prepared, receipt.provider_message_id, crowd.now)
    run_clearing(crowd)
    [erasure] = crowd.rows(Erasure)
    assert erasure.done_at is None, "a call may still be under way"
    with crowd.writing() as session:
        past = {**(erasure.leftovers or {}), "under_way_until": "2026-01-01T00:00:00.000000Z"}
        session.execute(update(Erasure).values(leftovers=past))
        session.execute(update(Fact).where(Fact.kind == "CustomerErased").values(due_at=crowd.now))
    run_clearing(crowd)
    assert crowd.rows(Erasure)[0].done_at is not None
    assert crowd.mailer.sent == []
    assert (crowd.rows(Invitation), crowd.rows(Fact, Fact.kind != "CustomerErased")) == ([], [])


def test_two_who_ask_at_once_are_given_one_erasure(crowd: House) -> None:
    zoraide(crowd)
    with ThreadPoolExecutor(6) as pool:
        found = {one.id for one in pool.map(lambda _: erase(crowd), range(6))}
    assert len(found) == 1
    assert [one.id for one in crowd.rows(Erasure)] == list(found)


def test_everything_at_once_ends_without_her(crowd: House) -> None:
    """Imports, events of files, decisions, answers, alerts and sentiments run while each of eight people is erased."""
    crowd.survey(questions=[NPS, WHY])
    add_doors(crowd.app)
    jobs.bind(crowd.app, most_attempts={})
    names = [f"zora-{number}" for number in range(8)]
    links = {}
    for name in names:
        customer_id = crowd.customer(name, first_name=f"Zora {name}")
        crowd.event(customer_id, f"ev-{name}")
        links[name] = crowd.link(crowd.invite(name, event_id=f"by-hand-{name}"))
    go, stop = threading.Barrier(len(names) + 4), threading.Event()

    def again(work: Callable[[str], Any]) -> None:
        go.wait(PATIENCE)
        while not stop.is_set():
            for name in names:
                work(name)

    def tell(name: str) -> None:
        event = {
            "id": f"more-{name}", "event": "order.delivered", "occurred_at": crowd.now.isoformat(),
            "customer": {"external_id": name, "first_name": f"Zora {name}"},
        }  # fmt: skip

        def once() -> None:
            with crowd.writing():
                intake_events.take_events(
                    workspace_id=crowd.id, documents=[event], secret=crowd.secret, now=crowd.now, refusing_erased=True
                )

        run_again(once)

    def respond(name: str) -> None:
        client = crowd.app.test_client()
        for _ in range(2):
            status = client.post(links[name], data={"_page": "0", "nps": "1", "why": f"zora {name}"}).status_code
            assert status in {200, 404, 410, 422, 503}

    def follow(_: str) -> None:
        with crowd.reading() as session:
            open_facts = session.execute(select(Fact.kind, Fact.id).where(Fact.done_at.is_(None))).all()
        by_kind = {kind: [fact_id for one, fact_id in open_facts if one == kind] for kind, _ in open_facts}
        for kind, work in (("EventAccepted", _quietly(invite)), ("SignalRaised", _quietly(_alert(crowd)))):
            if by_kind.get(kind):
                work(by_kind[kind])

    def leave(name: str) -> None:
        go.wait(PATIENCE)
        run_again(lambda: erase(crowd, name))

    with ThreadPoolExecutor(len(names) + 4) as pool:
        busy = [
            pool.submit(again, lambda name: _import(crowd, name, first_name=f"Zora {name}")),
            pool.submit(again, tell),
            pool.submit(again, respond),
            pool.submit(again, follow),
        ]
        for leaving in [pool.submit(leave, name) for name in names]:
            leaving.result(PATIENCE * 2)
        stop.set()
        for one in busy:
            one.result(PATIENCE)
    assert crowd.rows(Customer) == []
    assert found_in(crowd, "zora") == []
    assert len(crowd.rows(Erasure)) == len(names)
    assert differences(crowd) == []


def _import(house: House, external_id: str, **fields: Any) -> dict[str, intake.Taken]:
    def once() -> dict[str, intake.Taken]:
        with house.writing():
            read = read_customer({"external_id": external_id, **fields}, now=house.now)
            return intake.take_customers(
                workspace_id=house.id, customers=[read], secret=house.secret, now=house.now, refusing_erased=True
            )

    return run_again(once)


def _answers(house: House) -> None:
    add_doors(house.app)
    answer(house.app.test_client(), house.link(house.invite("c-zoraide")), {"nps": "9", "why": "Zoraide inadmissible"})


def _alert(house: House) -> Callable[[list[int]], None]:
    def work(fact_ids: list[int]) -> None:
        with house.writing():
            alerting.open_or_join(fact_ids=fact_ids, now=house.now)

    return work


def _quietly(work: Callable[[list[int]], None]) -> Callable[[list[int]], None]:
    """Run a job as the queue does: what stands in its way is taken up again."""

    def run(fact_ids: list[int]) -> None:
        try:
            work(fact_ids)
        except Exception as error:
            if isinstance(error, MustRunAgainError):
                raise

    return run


def _negative() -> Sentiment:
    from vocapp.adapters.sentiment.fake import FakeSentiment

    return FakeSentiment({"inadmissible": "negative"}).score("inadmissible", hint="fr")
