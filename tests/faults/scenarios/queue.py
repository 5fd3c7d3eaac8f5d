"""Redis away, emptied and full (4 to 6): it is a hint, and the database is the truth."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import redis

from tests.faults.people import PAGE, answer_surely, crowd, link_to_page, mail_to, stories
from tests.faults.scenario import Told
from tests.faults.stage import Stage, until
from tests.journeys.story import ANGRY, publish

MOST_SECONDS_TO_ANSWER = 2.0


def away_between_commit_and_queue(stage: Stage) -> Told:
    """Stop Redis; people are told of and answer meanwhile."""
    publish(stage.vocapp.api, PAGE)
    stories(stage)
    answering, told = crowd(4), crowd(10)
    links = [link_to_page(stage, person) for person in answering]
    stage.settle()
    stage.redis.stop()
    stage.books.slowest, away = 0.0, stage.books.turned_away
    for person, link in zip(answering, links, strict=True):
        answer_surely(stage, person, link, 1, ANGRY)
    mail_to(stage, told)
    waiting = len(stage.due())
    assert waiting >= len(answering) * 2 + len(told), f"{waiting} facts wait"
    assert stage.books.slowest < MOST_SECONDS_TO_ANSWER, f"the web took {stage.books.slowest:.1f} s"
    assert not stage.books.turned_away - away, "somebody was turned away"
    assert not stage.accepted(told)
    slowest = stage.books.slowest
    stage.redis.start()
    seconds = stage.settle()
    return Told(f"{len(answering)} answers and {len(told)} events without Redis, slowest page {slowest:.2f} s", seconds)


def emptied_with_work_in_it(stage: Stage) -> Told:
    """FLUSHALL three times while mails go out, with ten more planned for tomorrow."""
    stories(stage)
    stories(stage, "later", delay="P1D")
    people, tomorrow = crowd(50 if stage.short else 1000), crowd(10, "tomorrow")
    mail_to(stage, tomorrow, "later.delivered")
    mail_to(stage, people)
    for step in (1, 2, 3):
        many = len(people) * step // 5
        until(lambda many=many: stage.accepted(people) >= many, 120, what=f"{many} mails have left")
        stage.redis.flush()
    seconds = stage.settle(180)
    assert not stage.accepted(tomorrow), "tomorrow's mails went today"
    stage.clock.advance(timedelta(days=1, minutes=1))
    stage.settle(60)
    assert (stage.accepted(people), stage.accepted(tomorrow)) == (len(people), len(tomorrow))
    return Told(f"{len(people)} due and 10 for tomorrow, FLUSHALL 3 times; tomorrow's came on their day", seconds)


def full(stage: Stage) -> Told:
    """Let Redis refuse every write."""
    publish(stage.vocapp.api, PAGE)
    stories(stage)
    unhappy, told = crowd(2), crowd(5)
    links = [link_to_page(stage, person) for person in unhappy]
    stage.settle()
    with redis.Redis.from_url(stage.redis.url) as connection:
        connection.config_set("maxmemory", "1")
        away = stage.books.turned_away
        for person, link in zip(unhappy, links, strict=True):
            answer_surely(stage, person, link, 0, ANGRY)
        mail_to(stage, told)
        assert not stage.books.turned_away - away, "somebody was turned away"
        until(lambda: "relay waits" in stage.vocapp.product.printed, 30, what="the relay says that it can't go on")
        assert len(stage.due()) >= 2 * len(unhappy) + len(told)
        metrics = stage.vocapp.person().get("/metrics").expect(200).text
        ages = [line for line in metrics.splitlines() if line.startswith("vocapp_oldest_due_fact_seconds ")]
        assert float(ages[0].split()[1]) > 0, ages
        with contextlib.suppress(redis.RedisError):
            connection.config_set("maxmemory", "0")
    seconds = stage.settle()
    return Told(
        f"{len(unhappy)} answers and {len(told)} events while Redis was full; relay and metrics say so", seconds
    )
