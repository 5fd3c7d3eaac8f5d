"""Exploring a hundred thousand verbatims on PostgreSQL: the console's page with all its facets, and the API's list.

Each is asked by turns, of the product over HTTP and of the database alone: psycopg runs the very statements that the
page ran, one after another. What is found is compared.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import orjson
import psycopg
from sqlalchemy import event

from bench.browsing import Person
from bench.explorable import fill
from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.serving import serve_product
from bench.wire import Line, calling
from vocapp.app import create_app
from vocapp.config import Settings
from vocapp.models import database_now, db
from vocapp.services.staff import Scope
from vocapp.services.verbatims import facets, searching, similar
from vocapp.services.verbatims.filters import as_written, read_filters

ROWS: Final = 100_000
MOST_MS: Final = 200.0
ASKED: Final[dict[str, dict[str, str]]] = {
    "everything": {},
    "a common word": {"q": "livraison"},
    "words and a place": {"q": "remboursements retard", "place": "store-7"},
    "exact words, not others": {"q": '"service client" -livraison', "sentiment": "negative"},
    "the beginning of a word": {"q": "rembours* dom*", "period": "90"},
    "a rare word": {"q": "dossier77"},
    "facets alone": {"category": "detractor", "theme": "delivery", "segment": "segment-1", "period": "365"},
    "a theme in a tone": {"theme": "service", "sentiment": "negative"},
    "best first": {"q": "colis ouvert", "sort": "best"},
}
LOGIN: Final = ("analyst@bench.test", "une longue phrase")


@dataclass
class Seen:
    """What one question took, in milliseconds."""

    page: list[float] = field(default_factory=list)
    api: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Of server and database together, for the page; in steps of ten, so only their mean says something."""
    others: list[float] = field(default_factory=list)


def measure(stage: Stage) -> Report:
    """Ask each question by turns, and compare what is found."""
    rows = stage.rows or (ROWS // 10 if stage.quick else ROWS)
    rounds = 5 if stage.quick else 30
    url, database = stage.postgres.create_database("bench_verbatims"), stage.postgres.conninfo("bench_verbatims")
    product, server, _paths = serve_product(stage.run, url, wanted=1)
    with psycopg.connect(database) as connection:
        row = connection.execute("select id from workspaces order by id limit 1").fetchone()
    workspace_id = row[0] if row else 0
    fill(database, workspace_id=workspace_id, rows=rows, survey=("bench", 1))
    product.create_user(LOGIN[0], LOGIN[1], role="analyst")
    app = create_app(Settings.from_env(data_dir=product.data_dir, database_url=url))
    with app.app_context():
        said = {name: _said(workspace_id, asked) for name, asked in ASKED.items()}
        near = _similar(workspace_id, rounds)
    seen = {name: Seen() for name in ASKED}
    pids = [server.pid, stage.postgres.pid]
    key = product.create_key("export")
    faults = asyncio.run(_ask(seen, rounds, server.url, server.port, key, database, said, pids))
    figures = [figure for name, found in seen.items() for figure in _figures(name, found)]
    figures.append(Figure("similar to one, p95", _p95(near), "ms", goal=MOST_MS, wanted="at most"))
    return Report(
        f"exploring {rows:,} verbatims: the console's page with its facets, the API, and the database alone",
        [],
        figures,
        faults,
        [{name: asdict(found) for name, found in seen.items()}],
    )


def _said(workspace_id: int, asked: Mapping[str, str]) -> tuple[int, list[tuple[str, Any]]]:
    """Return how many are found, and the statements by which the page searches and counts."""
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        said.append((statement, parameters))

    scope, now = Scope(workspace_id), database_now()
    wanted = read_filters(as_written(asked), zone="Europe/Paris", now=now)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        counted = facets.count(scope=scope, wanted=wanted, zone="Europe/Paris", now=now)
        searching.read_rows(scope=scope, wanted=wanted, by_rank="sort" in asked, limit=searching.PAGE_SIZE)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        db.session.rollback()
    return counted.total, said


def _similar(workspace_id: int, rounds: int) -> list[float]:
    scope, took = Scope(workspace_id), []
    rows, _ = searching.read_rows(
        scope=scope, wanted=read_filters({}, zone="UTC", now=database_now()), limit=rounds + 1
    )
    for row in rows:
        started = time.perf_counter()
        similar.list_similar(scope=scope, row=row)
        took.append((time.perf_counter() - started) * 1000)
    db.session.rollback()
    return took[1:]


async def _ask(
    seen: dict[str, Seen],
    rounds: int,
    base: str,
    port: int,
    key: str,
    database: str,
    said: Mapping[str, tuple[int, list[tuple[str, Any]]]],
    pids: list[int],
) -> list[str]:
    faults: list[str] = []
    person, line = await log_in(base, *LOGIN), Line("127.0.0.1", port)
    # as the product's own connections, which forget what is prepared with each page
    with psycopg.connect(database, autocommit=True, prepare_threshold=None) as connection:
        for turn in range(rounds + 1):  # the first one brings everything into memory
            for name, asked in ASKED.items():
                found, (total, statements) = seen[name], said[name]
                before = Cpu.now(pids)
                started = time.perf_counter()
                page = await person.get(f"{base}/console/verbatims?{urlencode(asked)}")
                by_page = (time.perf_counter() - started) * 1000
                used = Spent.between(before, Cpu.now(pids)).ours * 1000
                listed = {key_: value for key_, value in asked.items() if key_ not in {"sort", "period"}}
                started = time.perf_counter()
                status, answer = await line.call(
                    calling("GET", f"/api/v1/verbatims?limit=30&{urlencode(listed)}", key=key)
                )
                by_api = (time.perf_counter() - started) * 1000
                started = time.perf_counter()
                with connection.transaction():
                    for statement, parameters in statements:
                        told = connection.execute(statement.encode(), parameters)
                        _ = told.fetchall() if told.description else None
                alone = (time.perf_counter() - started) * 1000
                if page.status != 200 or f"{total:,} verbatim" not in page.text or not total:
                    faults.append(f"{name}: {page.status}, not {total} found on the page")
                if status != 200 or not orjson.loads(answer)["data"]:
                    faults.append(f"{name}: {status} {answer[:200]!r} by the API")
                if turn:
                    found.page.append(by_page)
                    found.cpu.append(used)
                    found.api.append(by_api)
                    found.floor.append(alone)
                    found.others.append(Spent.between(before, Cpu.now(pids)).others)
    line.close()
    await person.close()
    return sorted(set(faults))


async def log_in(base: str, email: str, password: str) -> Person:
    """Log in to the console, as somebody with a browser."""
    person = Person()
    page = await person.get(f"{base}/login")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    inside = await person.post(f"{base}/login", [("csrf_token", token), ("email", email), ("password", password)])
    if inside.status != 200:
        raise RuntimeError(f"nobody was let in: {inside.status}")
    return person


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[94]


def _figures(name: str, found: Seen) -> list[Figure]:
    told = statistics.median(found.others) < QUIET
    return [
        Figure(f"{name}, the page, p95", _p95(found.page), "ms", goal=MOST_MS, wanted="at most", told=told),
        Figure(f"{name}, the page's CPU", statistics.fmean(found.cpu), "ms", goal=MOST_MS, wanted="at most"),
        Figure(f"{name}, the API's list, p95", _p95(found.api), "ms", goal=MOST_MS, wanted="at most", told=told),
        Figure.of(f"{name}, the page's statements alone", found.floor, "ms", told=told),
    ]
