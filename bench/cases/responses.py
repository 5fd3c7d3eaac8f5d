"""Complete responses: GET the page, POST six answers, see the thanks. The product's web role beside bare Flask.

Both are served with the same gunicorn settings over one PostgreSQL with fsync on, and take turns in every round. What
follows a response in the background (mail, sentiment, alerts) is not running: the floor has no such thing either.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from bench import seeding
from bench.floors import flask_insert
from bench.machine import Cpu, Spent
from bench.wire import Visit, visit_all
from tests.rig.http import HttpClient
from tests.rig.postgres import Postgres
from tests.rig.product import ROOT, Product
from tests.rig.run import Run, free_port

NAMES = ("vocapp", "flask")
PROCESSES, THREADS = 2, 8
"""As `web` serves when nothing is set."""
PROOF = b'data-state="completed"'
SURVEY: dict[str, Any] = {
    "key": "bench",
    "title": {"fr": "Votre livraison", "en": "Your delivery"},
    "default_language": "fr",
    "layout": "page",
    "questions": [
        {
            "key": "nps",
            "type": "nps",
            "required": True,
            "text": {
                "fr": "{{ customer.first_name | default: 'Bonjour' }}, nous recommanderiez-vous ?",
                "en": "{{ customer.first_name | default: 'Hello' }}, would you recommend us?",
            },
        },
        {"key": "csat", "type": "csat", "text": {"fr": "Êtes-vous content de la livraison ?", "en": "Happy with it?"}},
        {"key": "ces", "type": "ces", "text": {"fr": "Était-ce facile ?", "en": "Was it easy?"}},
        {
            "key": "buys_for",
            "type": "single_choice",
            "attribute": "buys_for",
            "text": {"fr": "Pour qui était-ce ?", "en": "For whom was it?"},
            "choices": [
                {"key": "self", "text": {"fr": "Pour moi", "en": "For me"}},
                {"key": "gift", "text": {"fr": "Un cadeau", "en": "A gift"}},
            ],
        },
        {"key": "again", "type": "yes_no", "text": {"fr": "Reviendrez-vous ?", "en": "Will you come again?"}},
        {"key": "why", "type": "long_text", "text": {"fr": "Pourquoi ?", "en": "Why?"}},
    ],
}
FORM = "_page=0&nps={nps}&csat={csat}&ces=5&buys_for=gift&again=yes&why=Tout+s%27est+bien+pass%C3%A9%2C+merci+beaucoup."


@dataclass(frozen=True, slots=True)
class Amounts:
    turns: dict[int, int]
    """Visitors at once → responses in one turn."""
    rounds: int
    warm_up: int

    @property
    def each(self) -> int:
        """Responses that one target takes in all."""
        return self.warm_up + self.rounds * sum(self.turns.values())


FULL = Amounts({1: 200, 4: 600, 16: 1000}, rounds=7, warm_up=300)
QUICK = Amounts({1: 60, 4: 200, 16: 400}, rounds=5, warm_up=200)


@dataclass
class Target:
    """A server under measurement."""

    name: str
    port: int
    pid: int
    database: str
    visits: Iterator[Visit]
    taken: int

    def stored(self) -> int:
        """Count the complete responses in its database."""
        complete = "status = 'completed'" if self.name == "vocapp" else "why is not null"
        with psycopg.connect(self.database) as connection:
            row = connection.execute(f"select count(distinct invitation_id) from responses where {complete}").fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One target, one concurrency, one round."""

    target: str
    at_once: int
    responses: int
    seconds: float
    cpu_ms: float
    """Of server and database, per response."""
    others_cpu: float
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.responses / self.seconds


@dataclass(slots=True)
class Result:
    turns: list[Turn] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    page_bytes: int = 0


def measure(amounts: Amounts, *, run: Run, postgres: Postgres) -> Result:
    """Start both, let them take turns, and count the rows after every turn."""
    result = Result()
    product, pages = _start_product(run, postgres, amounts)
    result.page_bytes = (pages / "page.html").stat().st_size
    targets = [product, _start_floor(run, postgres, amounts, pages)]
    for target in targets:
        _take_turn(target, postgres, 4, amounts.warm_up, result)
    result.turns.clear()
    for number in range(amounts.rounds):
        for at_once, responses in amounts.turns.items():
            for target in targets if number % 2 == 0 else reversed(targets):
                result.turns.append(_take_turn(target, postgres, at_once, responses, result))
    return result


def _take_turn(target: Target, postgres: Postgres, at_once: int, responses: int, result: Result) -> Turn:
    roots = (target.pid, postgres.pid)
    visits = list(islice(target.visits, responses))
    before = Cpu.now(roots)
    took = visit_all("127.0.0.1", target.port, visits, at_once=at_once, proof=PROOF)
    spent = Spent.between(before, Cpu.now(roots))
    target.taken += responses
    stored = target.stored()
    if took.faults:
        result.faults.append(f"{target.name}, c={at_once}: {len(took.faults)} faults, the first {took.faults[0]}")
    if stored != target.taken:
        result.faults.append(f"{target.name}, c={at_once}: {stored} rows after {target.taken} responses")
    shares = statistics.quantiles(took.latencies or [0.0, 0.0], n=100)
    return Turn(
        target=target.name,
        at_once=at_once,
        responses=responses,
        seconds=took.seconds,
        cpu_ms=spent.ours / responses * 1000,
        others_cpu=spent.others,
        p50_ms=shares[49] * 1000,
        p95_ms=shares[94] * 1000,
        p99_ms=shares[98] * 1000,
    )


def _start_product(run: Run, postgres: Postgres, amounts: Amounts) -> tuple[Target, Path]:
    url = postgres.create_database("bench_vocapp")
    serving = {"WEB_PROCESSES": str(PROCESSES), "WEB_THREADS": str(THREADS)}
    product = Product(run=run, database_url=url, settings=serving)
    paths = seeding.invite(database_url=url, data_dir=product.data_dir, definition=SURVEY, wanted=amounts.each + 1)
    process = product.start_role("web")
    product.wait_until_serving()
    pages = _keep_pages(product, paths.pop())
    visits = (Visit(path, _form(number)) for number, path in enumerate(paths))
    return Target("vocapp", product.port, process.pid, postgres.conninfo("bench_vocapp"), visits, taken=1), pages


def _keep_pages(product: Product, path: str) -> Path:
    """Keep the page and its thanks, so that the floor sends as much."""
    stranger = HttpClient(product.base_url)
    page = stranger.get(path).expect(200)
    fields = dict(pair.split("=") for pair in _form(9).decode().split("&"))
    thanks = stranger.submit(path, fields).expect(200)
    assert PROOF in thanks.body, thanks.text
    folder = run_folder = product.home / "pages"
    run_folder.mkdir()
    (folder / "page.html").write_bytes(page.body)
    (folder / "thanks.html").write_bytes(thanks.body)
    return folder


def _start_floor(run: Run, postgres: Postgres, amounts: Amounts, pages: Path) -> Target:
    postgres.create_database("bench_flask")
    database = postgres.conninfo("bench_flask")
    ids = [str(uuid4()) for _ in range(amounts.each)]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(flask_insert.TABLES)
        connection.cursor().executemany("insert into invitations values (%s, 'Zoé')", [(one,) for one in ids])
        connection.execute("analyze")
    port = free_port()
    process = run.start(
        [
            *[sys.executable, "-m", "bench.floors.flask_insert", "--port", str(port), "--database", database],
            *["--pages", str(pages), "--processes", str(PROCESSES), "--threads", str(THREADS)],
        ],
        name="floor-flask",
        cwd=ROOT,
    )
    from tests.rig.waiting import wait_until

    client = HttpClient(f"http://127.0.0.1:{port}")
    wait_until(lambda: _serves(client), 20, what=lambda: f"the floor serves:\n{run.log('floor-flask')}")
    visits = (Visit(f"/s/{one}", _form(number)) for number, one in enumerate(ids))
    return Target("flask", port, process.pid, database, visits, taken=0)


def _serves(client: HttpClient) -> bool:
    try:
        return client.get("/").status == 404
    except OSError:
        return False


def _form(number: int) -> bytes:
    return FORM.format(nps=number % 11, csat=1 + number % 5).encode()
