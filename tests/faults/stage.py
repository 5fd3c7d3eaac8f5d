"""Where a scenario plays: the roles as processes over a database of their own, on servers that may be broken."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg

from tests.faults.books import Books
from tests.faults.clock import DatabaseClock
from tests.journeys.installations import ROLES, Production
from tests.rig.http import HttpClient, Reply
from tests.rig.postgres_server import PostgresServer
from tests.rig.redis import RedisServer
from tests.rig.run import Run
from tests.rig.sendgrid import SendGridPeer
from tests.rig.waiting import wait_until

TEMPLATE = "faults_template"
NO_RESTS = {"rest_any_days": 0, "rest_same_invited_days": 0, "rest_same_answered_days": 0}
AT_ANY_HOUR = {"quiet_from": None, "quiet_to": None}


class Servers:
    """PostgreSQL with fsync on, and an append-only Redis: one of each for a whole run."""

    def __init__(self, run: Run) -> None:
        from vocapp.models.migrating import upgrade

        self.run = run
        self.postgres = PostgresServer(run)
        self.redis = RedisServer(run, append_only=True).start()
        upgrade(self.postgres.cluster.create_database(TEMPLATE))
        DatabaseClock.install(self.postgres.cluster.conninfo(TEMPLATE))

    def close(self) -> None:
        self.redis.stop()
        self.postgres.stop()


@dataclass
class Stage:
    servers: Servers
    database: str
    peer: SendGridPeer
    vocapp: Production
    clock: DatabaseClock
    short: bool = False
    """Little time: fewer people, and waits that only pass time are passed by setting the clock."""
    books: Books = field(default_factory=Books)

    @property
    def redis(self) -> RedisServer:
        return self.servers.redis

    @property
    def postgres(self) -> PostgresServer:
        return self.servers.postgres

    def ready(self) -> None:
        """Put everything up again that a scenario may have broken, with no orders left at the peer."""
        self.peer.behave()
        self.postgres.start()
        self.redis.start()
        self.revive()
        self.vocapp.product.wait_until_serving()

    def revive(self) -> list[str]:
        """Start again, as a service manager does, the roles that have ended; return which."""
        processes = self.vocapp.product.processes
        ended = [role for role, process in list(processes.items()) if process.poll() is not None]
        for role in ended:
            del processes[role]
        for role in ROLES:
            if role not in processes:
                kind, _, queue = role.partition("-")
                self.vocapp.product.start_role(kind, *(["--queue", queue] if queue else []), name=role)
        return ended

    def add_worker(self, queue: str, name: str) -> None:
        """Start one more worker of a queue."""
        self.vocapp.product.start_role("worker", "--queue", queue, name=name)

    def pass_time(self, seconds: float) -> None:
        """Let time pass on the database's clock: really, or where there is little of it by setting the clock."""
        if self.short:
            self.clock.advance(timedelta(seconds=seconds))
        else:
            time.sleep(seconds)

    def policy(self, **changes: Any) -> None:
        """Change the contact policy."""
        body = {"contact_policy": {**AT_ANY_HOUR, **changes}}
        self.vocapp.api.request("PATCH", "/api/v1/settings", json_body=body).expect(200)

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Ask the database, from outside."""
        return self.vocapp.rows(query, *parameters)

    def one(self, query: str, *parameters: Any) -> Any:
        """Ask for a single value."""
        (row,) = self.rows(query, *parameters)
        (value,) = row.values()
        return value

    def due(self, soon: timedelta = timedelta(0)) -> list[dict[str, Any]]:
        """Return the facts that are due, or soon will be, and are not followed up."""
        return self.rows(
            "select id, kind, due_at, leased_until, attempts, error from outbox"
            " where done_at is null and failed_at is null and due_at <= clock_timestamp() + %s",
            soon,
        )

    def settle(self, seconds: float = 120.0, *, soon: timedelta = timedelta(minutes=2)) -> float:
        """Wait until nothing that is due now or soon is left to be done; return the seconds it took.

        Where there is little time, leases and waits run out on a clock that is set ahead.
        """
        began = moved_at = time.monotonic()
        before: list[Any] = []
        while left := self._due_or_away(soon):
            now = time.monotonic()
            if now - began > seconds:
                raise AssertionError(f"not followed up within {seconds:g} s: {left[:5]}")
            if left != before:
                before, moved_at = left, now
            elif self.short and now - moved_at > 3.0:  # nothing moves: all wait for a lease, or for their time
                self.clock.advance(timedelta(seconds=31))
                moved_at = now
            time.sleep(0.25)
        return time.monotonic() - began

    def accepted(self, people: Iterable[dict[str, Any]]) -> int:
        """Count the mails to these that the peer has accepted."""
        addresses = {person["email"] for person in people}
        return sum(mail.to in addresses for mail in self.peer.received)

    def invitations(self, people: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return what became of the invitations of these."""
        return self.rows(
            "select c.email, i.survey_key, i.status, i.reason, i.decisions, i.send_at from invitations i"
            " join customers c on (c.workspace_id, c.id) = (i.workspace_id, i.customer_id)"
            " where c.email = any(%s) order by i.created_at",
            [person["email"] for person in people],
        )

    def _to_follow(self) -> list[int]:
        """Count what the segments have not followed yet, which a worker does every few seconds."""
        asked = """select count(*) from changes c
            left join followings f on f.workspace_id = c.workspace_id and f.stream = c.stream
            where c.stream in ('customers', 'events')
                and (c.xid, c.number) > (cast(cast(coalesce(f.xid, 0) as text) as xid8), coalesce(f.number, 0))"""
        return [int(self.one(asked))]

    def _due_or_away(self, soon: timedelta) -> list[Any]:
        try:
            return self.due(soon) or [f"{left} lines that segments follow" for left in self._to_follow() if left]
        except psycopg.OperationalError as away:
            return [str(away)]


@contextlib.contextmanager
def stage(servers: Servers, *, short: bool = False) -> Iterator[Stage]:
    """Give a database with the installation in it, and the roles running over it."""
    cluster = servers.postgres.start().cluster
    database = f"f_{uuid4().hex}"
    url = cluster.create_database(database, template=TEMPLATE)
    clock = DatabaseClock(cluster.conninfo(database), database)
    clock.take_over()
    servers.redis.start().flush()
    with SendGridPeer() as peer:
        peer.clock = clock.now
        vocapp = Production(servers.run, url, servers.redis, peer)
        try:
            vocapp.bring_up()
            vocapp.api = _Patient(vocapp.api)
            made = Stage(servers, database, peer, vocapp, clock, short)
            made.policy(**NO_RESTS)
            yield made
        finally:
            for process in vocapp.product.processes.values():
                process.terminate()  # all at once; `stop` waits for one after the other
            vocapp.product.stop()
            servers.postgres.start()
            servers.redis.start()
            cluster.drop_database(database)


class _Patient(HttpClient):
    """The machine that sets the scene: a 503, after which nothing is stored, is tried again."""

    def __init__(self, like: HttpClient) -> None:
        super().__init__(like.base_url)
        self.headers = dict(like.headers)

    def request(self, method: str, path: str, **given: Any) -> Reply:
        deadline = time.monotonic() + 30
        while True:
            reply = super().request(method, path, **given)
            if reply.status != 503 or time.monotonic() > deadline:
                return reply
            time.sleep(0.2)


def until(condition: Any, seconds: float = 60.0, *, what: str = "") -> float:
    """Wait for something, and return the seconds it took."""
    began = time.monotonic()
    wait_until(condition, seconds, what=what)
    return time.monotonic() - began
