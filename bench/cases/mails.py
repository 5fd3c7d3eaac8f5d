"""Invitations by mail, from due facts to a peer that answers at once, by one worker; beside its SMTP client alone.

A turn is a number of jobs of the queue `mail`, each of 50 facts as the relay hands them on, run in this process as the
worker runs them. The floor hands as many messages, of the same bytes, to the same peer by the same client, and has no
database. CPU is that of the worker and of PostgreSQL; the peer's is nobody's.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
from flask import Flask

from bench import seeding
from bench.floors import smtp_sink
from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage, beside, kept, table_of
from bench.serving import SURVEY
from bench.turns import Turn
from tests.rig.product import ROOT
from tests.rig.run import free_port
from tests.rig.waiting import wait_until
from tests.watching import statements
from vocapp import jobs
from vocapp.adapters.mail import OutgoingMail
from vocapp.adapters.mail.smtp import SmtpMailer
from vocapp.adapters.mail.smtp_server import read_smtp_url
from vocapp.app import create_app
from vocapp.config import Settings
from vocapp.jobs import mail as mail_jobs
from vocapp.models import db
from vocapp.pipeline import PIPELINE

BATCH = PIPELINE["InvitationDue"].batch
NAMES = ("vocapp", "client")
LEAST_A_SECOND = 300.0
MOST_STATEMENTS = 3.0
"""For one mail: two by which it is marked, and its share of what is asked once for all."""
MAILED: dict[str, Any] = {
    **SURVEY,
    "invitation": {
        "subject": {
            "fr": "{{ customer.first_name | default: 'Bonjour' }}, votre commande est arrivée",
            "en": "{{ customer.first_name | default: 'Hello' }}, your order has arrived",
        },
        "body": {
            "fr": "Bonjour {{ customer.first_name | default: 'à vous' }},\n\nun mot sur la livraison ?",
            "en": "Hello {{ customer.first_name | default: 'there' }},\n\na word about the delivery?",
        },
    },
}


@dataclass(frozen=True, slots=True)
class Amounts:
    batches: int
    """In one turn."""
    rounds: int


FULL = Amounts(batches=10, rounds=7)
QUICK = Amounts(batches=2, rounds=5)
WARM_UP, COUNTED = 2, 2
"""Batches before the first turn, and those whose statements are counted after the last."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Weighs a turn: this process and PostgreSQL are ours, the peer is nobody's."""

    postgres: int
    peer: int

    @contextmanager
    def turn(self, name: str, mails: int, turns: list[Turn]) -> Iterator[list[float]]:
        """Add the turn that a block takes; it notes how long each batch took."""
        latencies: list[float] = []
        peer, before = Cpu.now([self.peer]).ours, Cpu.now([self.postgres])
        yield latencies
        after = Cpu.now([self.postgres])
        spent, seconds = Spent.between(before, after), after.at - before.at
        others = spent.others - (Cpu.now([self.peer]).ours - peer) / seconds
        spent = Spent(spent.ours + after.client - before.client, max(0.0, others))
        turns.append(Turn.of(name, at_once=1, units=mails, seconds=seconds, latencies=latencies, spent=spent))


def measure(stage: Stage) -> Report:
    """Send by the job and by the client alone, in turns, and compare what was taken with the rows."""
    amounts = QUICK if stage.quick else FULL
    batches = amounts.batches * amounts.rounds + WARM_UP + COUNTED
    port = free_port()
    command = [sys.executable, "-m", "bench.floors.smtp_sink", "--port", str(port)]
    sink = stage.run.start(command, name="smtp-sink", cwd=ROOT)
    wait_until(lambda: _listens(port), 20, what="the sink listens")
    url = stage.postgres.create_database("bench_mails")
    data_dir = stage.run.path("bench-mails")
    seeding.invite(database_url=url, data_dir=data_dir, definition=MAILED, wanted=batches * BATCH, channel="email")
    given = {"mail_backend": "smtp", "smtp_url": f"smtp://127.0.0.1:{port}"}
    app = create_app(Settings.from_env(data_dir=data_dir, database_url=url, **given))
    bound = jobs._bound  # noqa: SLF001
    jobs.bind(app, most_attempts={})
    try:
        scale = Scale(stage.postgres.pid, sink.pid)
        return _measure(app, amounts, stage.postgres.conninfo("bench_mails"), port, scale)
    finally:
        jobs._bound = bound  # noqa: SLF001
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


def _measure(app: Flask, amounts: Amounts, database: str, port: int, scale: Scale) -> Report:
    due = _batches(database)
    with _kept_mails(app) as mails:
        for facts in islice(due, WARM_UP):
            mail_jobs.send(facts)
    alone = SmtpMailer(read_smtp_url(f"smtp://127.0.0.1:{port}"))
    each, turns = amounts.batches * BATCH, list[Turn]()
    for number in range(amounts.rounds):
        for name in NAMES if number % 2 == 0 else NAMES[::-1]:
            with scale.turn(name, each, turns) as latencies:
                for _ in range(amounts.batches):
                    started = time.perf_counter()
                    if name == "vocapp":
                        mail_jobs.send(next(due))
                    else:
                        for mail in mails[:BATCH]:
                            alone.send(mail)
                    latencies.append(time.perf_counter() - started)
    alone.close()
    with statements(app) as said:
        for facts in islice(due, COUNTED):
            mail_jobs.send(facts)
    by_us = (WARM_UP + COUNTED) * BATCH + amounts.rounds * each
    own = [one for one in turns if one.target == "vocapp"]
    quiet = statistics.median(one.others_cpu for one in turns) < QUIET
    a_second = [one.rate for one in own]
    return Report(
        f"invitations by mail, in jobs of {BATCH}, beside the SMTP client alone",
        table_of(turns, NAMES),
        [
            Figure.of("mails by one worker", a_second, "a second", goal=LEAST_A_SECOND, told=quiet),
            Figure.of("CPU of worker and database for a mail", [one.cpu_ms for one in own], "ms"),
            *beside(turns, *NAMES, goals={}),
            Figure("statements for a mail", len(said) / COUNTED / BATCH, "", goal=MOST_STATEMENTS, wanted="at most"),
        ],
        _wrong(database, port, by_us=by_us, by_client=amounts.rounds * each),
        kept(turns),
    )


def _listens(port: int) -> bool:
    try:
        return smtp_sink.count(port) == (0, 0)
    except OSError:
        return False


def _batches(database: str) -> Iterator[list[int]]:
    """Give the due facts as the relay does."""
    with psycopg.connect(database) as connection:
        rows = connection.execute("select id from outbox where kind = 'InvitationDue' order by id").fetchall()
    ids = [fact_id for (fact_id,) in rows]
    return iter([ids[start : start + BATCH] for start in range(0, len(ids), BATCH)])


@contextmanager
def _kept_mails(app: Flask) -> Iterator[list[OutgoingMail]]:
    """Keep what the worker hands over meanwhile, so that the client alone hands over the same."""
    with app.app_context():
        mailer: Any = mail_jobs.mailer()
    mails: list[OutgoingMail] = []
    send = mailer.send

    def keep(mail: OutgoingMail) -> Any:
        mails.append(mail)
        return send(mail)

    mailer.send = keep
    try:
        yield mails
    finally:
        del mailer.send


def _wrong(database: str, port: int, *, by_us: int, by_client: int) -> list[str]:
    """Hold what the peer took against the rows: none lost, none twice, no fact left."""
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "select count(*) filter (where status = 'sent'), (select count(*) from outbox where done_at is null)"
            " from invitations"
        ).fetchone()
    said = (*smtp_sink.count(port), *(row or ()))
    wanted = (by_us + by_client, by_us, by_us, 0)
    return [] if said == wanted else [f"taken, different, sent, open facts are {said} instead of {wanted}"]
