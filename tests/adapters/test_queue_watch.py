"""The queues as they are seen from outside: depths, workers and what they do; and nothing where Redis is away."""

from __future__ import annotations

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from tests.rig.redis import RedisServer
from tests.rig.waiting import seconds_of
from vocapp.adapters.queue import Batch, RedisQueues
from vocapp.adapters.queue_watch import RELAYS_TURN, look

QUEUES = ("decide", "mail")


def test_depths_and_workers_are_seen(redis_url: str) -> None:
    empty = look(redis_url, QUEUES)
    assert empty is not None
    assert (empty.depths, list(empty.workers), empty.relay) == ({"decide": 0, "mail": 0}, [], False)
    queues = RedisQueues(redis_url, QUEUES)
    queues.push([Batch("mail", "vocapp.jobs.mail.send", (1, 2)), Batch("mail", "vocapp.jobs.mail.send", (3,))])
    assert queues.take_turn(RELAYS_TURN.removeprefix("vocapp:turn:"), every_seconds=50)
    redis = Redis.from_url(redis_url)
    queue = Queue("mail", connection=redis, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=redis, serializer=JSONSerializer)
    worker.register_birth()
    try:
        seen = look(redis_url, QUEUES)
        assert seen is not None
        assert (seen.depths, seen.relay) == ({"decide": 0, "mail": 2}, True)
        [idle] = seen.workers
        assert (idle.queue, idle.busy, idle.doing) == ("mail", False, None)
        assert idle.last_sign_at is not None
        worker.set_state("busy")
        worker.prepare_execution(queue.jobs[0])
        busy_look = look(redis_url, QUEUES)
        assert busy_look is not None
        [busy] = busy_look.workers
        assert (busy.busy, busy.doing) == (True, "vocapp.jobs.mail.send")
    finally:
        worker.register_death()
        redis.close()


def test_a_redis_that_is_away_is_soon_known(own_redis: RedisServer) -> None:
    assert look(own_redis.url, QUEUES) is not None
    own_redis.stop()
    found = []
    assert seconds_of(lambda: found.append(look(own_redis.url, QUEUES)), most=2) < 2
    assert set(found) == {None}


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_a_redis_that_was_never_there_is_none(url: str) -> None:
    assert look(url, QUEUES) is None
