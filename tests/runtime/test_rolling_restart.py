"""Two web servers behind a balancer, restarted one after the other under load: nobody notices."""

from __future__ import annotations

import http.client
import itertools
import signal
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Self

import psycopg
import pytest

from tests.journeys.story import happened, publish, somebody, survey
from tests.rig.http import HttpClient, answers
from tests.rig.product import Product
from tests.rig.run import Run
from tests.rig.waiting import wait_until
from vocapp.models.migrating import upgrade

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(300)]

LEAVING = ("--drain", "3", "--grace", "20")


class Balancer:
    """Chooses as nginx and HAProxy do: those that say they are ready, in turn; a refused connection tries the next.

    What was sent is never sent again.
    """

    def __init__(self, *servers: str) -> None:
        self.servers = servers
        self._turns = itertools.count()
        self._ready = dict.fromkeys(servers, True)
        self._stopped = threading.Event()
        self._looking = threading.Thread(target=self._look)
        self._looking.start()

    def stop(self) -> None:
        self._stopped.set()
        self._looking.join()

    def is_ready(self, server: str) -> bool:
        return self._ready[server]

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        start = next(self._turns)
        order = [self.servers[(start + n) % len(self.servers)] for n in range(len(self.servers))]
        for server in sorted(order, key=lambda one: not self._ready[one]):
            connection = http.client.HTTPConnection(urllib.parse.urlsplit(server).netloc, timeout=60)
            try:
                connection.connect()
            except ConnectionRefusedError:
                continue
            try:
                connection.request(method, path, body=body, headers=headers)
                reply = connection.getresponse()
                return reply.status, reply.read()
            finally:
                connection.close()
        raise ConnectionRefusedError("no server takes connections")

    def _look(self) -> None:
        while not self._stopped.wait(0.2):
            for server in self.servers:
                self._ready[server] = answers(server, "/readyz")


@pytest.fixture
def balanced(run: Run, postgres_url: str, own_redis) -> Iterator[tuple[list[Product], Balancer]]:
    settings = {"SECRET_KEY": "the same secret key on both sides", "PUBLIC_URL": "http://vocapp.test"}
    servers = [
        Product(run=run, database_url=postgres_url, redis_url=own_redis.url, settings=settings) for _ in range(2)
    ]
    upgrade(postgres_url)
    servers[0].command("migrate")
    for server in servers:
        server.start_role("web", *LEAVING, name="web")
    for server in servers:
        server.wait_until_serving(60)
    balancer = Balancer(*(server.base_url for server in servers))
    yield servers, balancer
    balancer.stop()
    for server in servers:
        for process in server.processes.values():
            process.terminate()  # both at once: each takes the time it is given to leave
    for server in servers:
        server.stop(seconds=30)


class Load:
    """People who open and answer their links, and a shop that tells of events, over and over."""

    def __init__(self, balancer: Balancer, key: str, links: list[str]) -> None:
        self.balancer, self.key = balancer, key
        self.links = iter(links)
        self.answered = 0
        self.told = 0
        self.failed: list[str] = []
        self.requests = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(turn,)) for turn in (self._answer, self._answer, self._tell)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, turn) -> None:
        while not self._stop.is_set() and turn():
            pass

    def _answer(self) -> bool:
        with self._lock:
            link = next(self.links, None)
        if link is None:
            return False
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        seen = self._send("GET", link, None, {})
        done = self._send("POST", link, b"_page=0&nps=9", form)
        with self._lock:
            self.answered += seen and done
        return True

    def _tell(self) -> bool:
        body = b'{"id": "%d", "event": "met", "occurred_at": "2026-03-01T10:00:00Z", "customer": {"external_id": "m"}}'
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        self.told += self._send("POST", "/api/v1/events", body % self.told, headers)
        return True

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bool:
        try:
            status, text = self.balancer.send(method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            status, text = 0, repr(error).encode()
        with self._lock:
            self.requests += 1
            if status not in (200, 202):
                self.failed.append(f"{method} {status} {text[:200]!r}")
        return status in (200, 202)


def test_two_servers_are_restarted_one_after_the_other_and_no_request_fails(balanced, postgres_url: str) -> None:
    servers, balancer = balanced
    key = servers[0].create_key()
    api = HttpClient(servers[0].base_url, key=key)
    links = _links(api, 160)
    with Load(balancer, key, links) as load:
        for server in servers:
            before = load.requests
            wait_until(lambda before=before: load.requests > before + 20, 60)
            process = server.processes.pop("web")
            process.send_signal(signal.SIGTERM)
            wait_until(lambda server=server: not balancer.is_ready(server.base_url), 10, what="it says that it leaves")
            assert process.wait(40) == 0
            before = load.requests
            wait_until(lambda before=before: load.requests > before + 20, 60, what="the other one serves alone")
            server.start_role("web", *LEAVING, name="web")
            wait_until(lambda server=server: balancer.is_ready(server.base_url), 60, what="it is back")
    assert not load.failed, f"{len(load.failed)} of {load.requests}: {load.failed[:5]}"
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        kept = connection.execute("select count(*) from responses").fetchone()
        told = connection.execute("select count(*) from events where name = 'met'").fetchone()
    assert kept == (load.answered,)
    assert told == (load.told,)
    assert load.answered > 20
    assert load.told > 20


def test_a_request_under_way_is_finished_before_the_server_ends(balanced) -> None:
    servers, _ = balanced
    server = servers[0]
    key = server.create_key()
    body = b'{"id": "slow", "event": "met", "occurred_at": "2026-03-01T10:00:00Z", "customer": {"external_id": "m"}}'
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.base_url).netloc, timeout=60)
    connection.putrequest("POST", "/api/v1/events")
    for name, value in (
        ("Authorization", f"Bearer {key}"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    ):
        connection.putheader(name, value)
    connection.endheaders(body[:20])
    process = server.processes.pop("web")
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: not answers(server.base_url), 20, what="it takes no connections any more")
    connection.send(body[20:])
    assert connection.getresponse().status == 202
    connection.close()
    assert process.wait(40) == 0


def _links(api: HttpClient, n: int) -> list[str]:
    definition = survey("page")
    definition["questions"] = definition["questions"][:1]
    del definition["trigger"]
    publish(api, definition)
    people = [somebody("asked") for _ in range(n)]
    api.post("/api/v1/events", {"events": [happened(person, "came") for person in people]}).expect(202)
    made = []
    for person in people:
        wish = {
            "survey": "page",
            "customer": {"external_id": person["external_id"]},
            "channel": "link",
            "event_id": f"by-hand-{person['external_id']}",
        }
        made.append(api.post("/api/v1/invitations", wish).expect(200, 201).json()["url"])
    return [urllib.parse.urlsplit(url).path for url in made]
