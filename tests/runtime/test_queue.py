from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
import redis as redis_client

from tests.rig.waiting import wait_until
from vocapp.adapters import embedded_redis
from vocapp.adapters.queue import Batch, QueueDown, RedisQueues, connect

QUEUES = ("one", "two")


def test_jobs_are_pushed_as_lists_of_ids_in_json(redis_url):
    queues = RedisQueues(redis_url, QUEUES)
    queues.push([Batch("one", "json.dumps", (1, 2)), Batch("one", "json.dumps", (3,)), Batch("two", "os.getpid", None)])
    assert queues.depths() == {"one": 2, "two": 1}
    client = connect(redis_url)
    job_id = client.lrange("rq:queue:one", 0, 0)[0].decode()
    import zlib

    data = zlib.decompress(client.hget(f"rq:job:{job_id}", "data"))
    assert json.loads(data) == ["json.dumps", None, [[1, 2]], {}]
    client.close()


def test_a_turn_is_taken_once_in_its_time(redis_url):
    one, other = RedisQueues(redis_url, QUEUES), RedisQueues(redis_url, QUEUES)
    assert [one.take_turn("t", every_seconds=60), other.take_turn("t", every_seconds=60)] == [True, False]
    assert one.take_turn("soon", every_seconds=0.2)
    wait_until(lambda: other.take_turn("soon", every_seconds=0.2), 30)


def test_no_redis_is_a_queue_that_is_down():
    queues = RedisQueues("redis://127.0.0.1:1/0", QUEUES)
    with pytest.raises(QueueDown):
        queues.depths()
    with pytest.raises(QueueDown):
        queues.push([Batch("one", "json.dumps", (1,))])
    with pytest.raises(QueueDown):
        queues.take_turn("t", every_seconds=1)


def test_a_full_redis_is_a_queue_that_is_down_and_keeps_nothing_of_the_batch(own_redis):
    client = connect(own_redis.url)
    client.config_set("maxmemory", "1")
    queues = RedisQueues(own_redis.url, QUEUES)
    with pytest.raises(QueueDown):
        queues.push([Batch("one", "json.dumps", (1,))])
    client.config_set("maxmemory", "0")
    assert queues.depths() == {"one": 0, "two": 0}
    client.close()


def test_a_redis_that_comes_back_needs_no_new_client(own_redis):
    queues = RedisQueues(own_redis.url, QUEUES)
    queues.push([Batch("one", "json.dumps", (1,))])
    own_redis.stop()
    with pytest.raises(QueueDown):
        queues.depths()
    own_redis.start()
    assert queues.depths()["one"] == 1


def test_the_embedded_redis_listens_on_a_socket_of_its_owner_and_keeps_jobs_over_a_kill(run, tmp_path):
    folder, socket_file = tmp_path / "redis", tmp_path / "short" / "redis.sock"
    embedded_redis.prepare(folder, socket_file)
    program = (
        "import sys; from pathlib import Path; from vocapp.adapters.embedded_redis import become_server;"
        "become_server(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    import sys

    command = [sys.executable, "-c", program, str(folder), str(socket_file)]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    url = f"unix://{socket_file}"
    process = run.start(command, name="embedded", env=environment)
    wait_until(lambda: _answers(url), 30)
    assert stat.S_IMODE(socket_file.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_file.parent.stat().st_mode) == 0o700
    client = connect(url)
    assert client.config_get("port") == {"port": "0"}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client.rpush("kept", "x")
    client.close()
    process.kill()
    process.wait(5)
    process = run.start(command, name="embedded", env=environment)
    wait_until(lambda: _answers(url), 30)
    client = connect(url)
    assert client.lrange("kept", 0, -1) == [b"x"]
    client.close()
    run.stop(process)


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "short").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        embedded_redis.prepare(tmp_path / "redis", tmp_path / "short" / "redis.sock")


def _answers(url):
    client = redis_client.Redis.from_url(url, retry=None)
    try:
        return client.ping()
    except redis_client.RedisError:
        return False
    finally:
        client.close()
