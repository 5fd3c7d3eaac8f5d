"""The two ways vocapp is installed, running: everything in one tree on embedded parts, or its roles on real servers."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row

from tests.rig.http import HttpClient
from tests.rig.installed import installed_data_dir
from tests.rig.postgres import shared_postgres, shared_template
from tests.rig.processes import descendants
from tests.rig.product import Product
from tests.rig.redis import RedisServer
from tests.rig.run import Run, born
from tests.rig.sendgrid import SendGridPeer
from tests.rig.smtp import SmtpPeer
from tests.rig.waiting import wait_until
from tests.webhook import Signer
from vocapp.pipeline import QUEUES

PROVIDER = Signer()
"""Whose reports both installations believe."""
SETTINGS = {
    "MAIL_FROM": "Maison Lune <avis@maison-lune.test>",
    "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
    "SENDGRID_WEBHOOK_PUBLIC_KEY": PROVIDER.public_key,
}
ROLES = ("web", "relay", *(f"worker-{queue}" for queue in QUEUES))


class Embedded:
    """`up`: SQLite, a private Redis, mail as files."""

    def __init__(self, run: Run) -> None:
        self.product = Product(run=run, settings=SETTINGS, data_dir=installed_data_dir(run)).start()
        self.api = self.product.machine()

    def mails(self, address: str) -> list[EmailMessage]:
        return self.product.mails(address)

    def person(self) -> HttpClient:
        return self.product.person()


class Production:
    """The roles as separate processes on PostgreSQL and Redis, mail to a peer. What is killed stays dead here."""

    def __init__(
        self,
        run: Run,
        database_url: str,
        redis: RedisServer,
        peer: SmtpPeer | SendGridPeer,
        *,
        key: str | None = None,
    ) -> None:
        """Take a database that is empty, or installed already with `key` as its machine's."""
        self.run, self.database_url, self.redis, self.peer = run, database_url, redis, peer
        self.product = Product(
            run=run,
            database_url=database_url,
            redis_url=redis.url,
            settings={
                **peer.settings,
                **SETTINGS,
                "WEB_PROCESSES": "2",
            },
        )
        self.product.settings["PUBLIC_URL"] = self.product.base_url
        if key is None:
            self.product.command("migrate")
        self.api = self.product.machine(key)  # its key is made before anything runs

    # ── roles

    def bring_up(self, *roles: str) -> None:
        """Start roles that don't run (all, when none are named), and wait for the web."""
        for role in roles or ROLES:
            if role not in self.product.processes:
                kind, _, queue = role.partition("-")
                self.product.start_role(kind, *(["--queue", queue] if queue else []), name=role)
        if "web" in self.product.processes:
            self.product.wait_until_serving()

    def kill(self, *roles: str) -> None:
        """Kill roles with -9, all at once, and see them gone with what they had started."""
        gone = [self.product.processes.pop(role) for role in roles]
        for process in gone:  # or one that still starts its children has another that nobody sees, with its port
            process.send_signal(signal.SIGSTOP)
        families = [pid for process in gone for pid in descendants(process.pid)]
        for process in gone:
            process.send_signal(signal.SIGKILL)
        for process in gone:
            process.wait(10)
        wait_until(lambda: not [pid for pid in families if born(pid)], 30, what="their children gone")

    def freeze(self, role: str) -> None:
        """Stop a process where it stands, so that it can be killed there."""
        self.product.processes[role].send_signal(signal.SIGSTOP)

    def stop(self, *roles: str) -> None:
        """Stop roles in good order."""
        for role in roles:
            self.run.stop(self.product.processes.pop(role))

    # ── talking to it

    def mails(self, address: str) -> list[EmailMessage]:
        return [mail.message for mail in self.peer.to(address)]

    def person(self) -> HttpClient:
        return self.product.person()

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Ask the database, from outside."""
        address = self.database_url.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()

    def order(self, statement: str, *parameters: Any) -> None:
        """Change the database, from outside."""
        with psycopg.connect(self.database_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement, parameters)

    def open_facts(self, soon: timedelta = timedelta(minutes=10)) -> list[dict[str, Any]]:
        """What is due now or soon, and not followed up: a mail whose worker died is looked at a minute later."""
        return self.rows(
            "select id, kind, subject_id, due_at, leased_until, attempts, error from outbox"
            " where done_at is null and failed_at is null and due_at <= %s",
            datetime.now(UTC) + soon,
        )

    def wait_until_settled(self, seconds: float) -> None:
        """Wait until nothing that is due is left to be done."""
        wait_until(lambda: not self.open_facts(), seconds, every=0.5, what=lambda: f"settled: {self.open_facts()}")


@contextlib.contextmanager
def production(run: Run) -> Iterator[Production]:
    """Give the servers and an installed database of its own; no role runs yet."""
    postgres, name = shared_postgres(run), f"j_{uuid4().hex}"
    noted = run.path("machine-key")

    def install(url: str) -> None:
        product = Product(run=run, database_url=url, redis_url="redis://127.0.0.1:1/0")
        product.command("migrate")
        noted.write_text(product.create_key())

    with run.lock("create-database"):
        url = postgres.create_database(name, template=shared_template(run, "vocapp_in_production", install))
    redis = RedisServer(run, append_only=True).start()
    try:
        with SmtpPeer() as peer:
            made = Production(run, url, redis, peer, key=noted.read_text())
            try:
                yield made
            finally:
                for process in made.product.processes.values():
                    process.terminate()  # all at once; `stop` waits for one after the other
                made.product.stop()
    finally:
        redis.stop()
        postgres.drop_database(name)
