from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from vocapp import jobs
from vocapp.adapters.queue import LONGEST_JOB_SECONDS
from vocapp.models import Fact, database_now, db, transaction
from vocapp.models.outbox import settle

NAME = "tests.runtime.test_jobs"


@pytest.fixture
def bound(app, monkeypatch):
    monkeypatch.setattr(jobs, "_bound", None)
    jobs.bind(app, most_attempts={})
    return app


def facts(app):
    with app.app_context():
        return list(db.session.scalars(select(Fact).order_by(Fact.id)))


def test_a_job_before_bind_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(jobs, "_bound", None)
    with pytest.raises(RuntimeError, match="bind"):
        jobs.job(lambda fact_ids: None)([1])


def test_a_job_runs_in_the_application_and_leaves_no_session_open(bound, announced):
    announced("K", 2)

    @jobs.job
    def work(fact_ids):
        with transaction():
            settle(fact_ids, now=database_now())

    work([1, 2])
    assert all(fact.done_at for fact in facts(bound))


def test_one_bad_fact_does_not_hold_back_the_others_of_its_batch(bound, announced):
    announced("K", 4)

    @jobs.job
    def work(fact_ids):
        with transaction():
            if 3 in fact_ids:
                raise ValueError("ada@example.test is no good")
            settle(fact_ids, now=database_now())

    with pytest.raises(jobs.JobFailed):
        work([1, 2, 3, 4])
    done = {fact.id for fact in facts(bound) if fact.done_at}
    bad = next(fact for fact in facts(bound) if fact.id == 3)
    assert done == {1, 2, 4}
    assert bad.attempts == 1
    assert bad.error == "ValueError"


def test_what_a_job_raised_stays_out_of_redis_and_the_log(bound, announced, capfd):
    import traceback

    announced("K", 1)

    @jobs.job
    def work(_fact_ids):
        raise ValueError("ada@example.test is no good")

    with pytest.raises(jobs.JobFailed) as failed:
        work([1])
    assert "ada@" not in "".join(traceback.format_exception(failed.value))
    assert "ada@" not in str(capfd.readouterr())


def test_a_fact_is_given_up_after_its_pipelines_number_of_failures(app, announced, monkeypatch):
    announced("K", 1)

    @jobs.job
    def work(_fact_ids):
        raise ValueError

    monkeypatch.setattr(jobs, "_bound", None)
    jobs.bind(app, most_attempts={f"{work.__module__}.{work.__qualname__}": 2})
    for _ in range(2):
        with pytest.raises(jobs.JobFailed):
            work([1])
    assert facts(app)[0].failed_at


def test_what_a_given_up_fact_was_about_ends_in_the_same_transaction(app, announced, monkeypatch):
    announced("K", 1)
    told = []

    def end(*, fact_ids, now):
        fact = db.session.get_one(Fact, fact_ids[0])
        told.append((fact_ids, fact.failed_at == now))
        if len(told) == 1:
            raise OperationalError("update", {}, Exception("gone"))

    @partial(jobs.job, given_up=end)
    def work(_fact_ids):
        raise ValueError

    monkeypatch.setattr(jobs, "_bound", None)
    jobs.bind(app, most_attempts={f"{work.__module__}.{work.__qualname__}": 2})
    failed = []
    for _ in range(3):
        with pytest.raises(jobs.JobFailed):
            work([1])
        failed.append(facts(app)[0].failed_at is not None)
    assert failed == [False, False, True], "where the end fails, the fact comes again"
    assert told == [([1], True)] * 2


def test_an_outage_gives_no_fact_up(app, announced, monkeypatch):
    announced("K", 2)
    calls = []

    @jobs.job
    def work(fact_ids):
        calls.append(fact_ids)
        raise OperationalError("select 1", {}, Exception("gone"))

    monkeypatch.setattr(jobs, "_bound", None)
    jobs.bind(app, most_attempts={f"{work.__module__}.{work.__qualname__}": 1})
    with pytest.raises(jobs.JobFailed):
        work([1, 2])
    assert calls == [[1, 2]], "not one by one: it is about all of them"
    assert not any(fact.failed_at for fact in facts(app))


def test_a_tick_takes_nothing(bound):
    ran = []

    @jobs.job
    def sweep():
        ran.append(1)

    sweep()
    assert ran == [1]


def test_a_slow_provider_ends_a_batch_early_instead_of_running_into_the_queues_timeout():
    clock = iter(range(0, 1000, 20))  # each call takes 20 seconds
    until = jobs.calling_ends(monotonic=lambda: 0.0)
    assert list(jobs.in_time([1, 2, 3, 4], until, monotonic=lambda: float(next(clock)))) == [1, 2]
    assert list(jobs.in_time([1, 2, 3], until, monotonic=lambda: 7.0)) == [1, 2, 3]
    assert jobs.CALLING_SECONDS + 30 < LONGEST_JOB_SECONDS
