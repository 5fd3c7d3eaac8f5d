"""Counting a segment by the API beside the same SELECT by psycopg, over a million customers on PostgreSQL.

Rules of four sorts: such as a column's index answers, such as the index over all facts answers, such as look at
everybody, and those that ship. Each is asked by turns, of the product and of the database alone; the counts must be
the same, and what they should be.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg
import yaml
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.segmentable import fill
from bench.serving import serve_product
from bench.wire import Line, calling
from vocapp.models.rule_sql import condition_of
from vocapp.models.sql import Dialect

CATALOGUE = Path(__file__).parents[2] / "surveys" / "segments.yaml"
ROWS = 1_000_000
SHARE, ALLOWANCE_MS = 1.3, 5.0
"""By the API a count takes no longer than this many times psql's, and this."""
INDEXED_MS, ANY_MS = 15.0, 400.0


@dataclass(frozen=True, slots=True)
class Asked:
    name: str
    rule: Any
    share: float | None = None
    """Of all customers, who belong to it; None: it depends on the day."""


def _is(name: str, value: Any) -> dict[str, Any]:
    return {"==": [{"var": name}, value]}


_PLAN = _is("customer.attributes.plan", "plan-3")
_LATELY = {"<=": [{"var": "scores.nps.days"}, 90]}
_CALM = {"!": _is("sentiment.label", "negative")}
_RENEWAL = {"date": {"var": "customer.attributes.renewal_on"}}
_BASKET = {"/": [{"var": "value.revenue_minor"}, {"var": "value.orders"}]}
_AGAIN = {"-": [{"var": "value.orders"}, 1]}
_BOUGHT, _OFTEN = {"<=": [{"var": "value.last.days"}, 180]}, {">=": [{"var": "value.orders"}, 3]}
_POINTS = {">": [{"var": "customer.attributes.points"}, 100]}
_UNHAPPY, _GLAD = {"<=": [{"var": "scores.nps"}, 6]}, {">=": [{"var": "scores.nps"}, 9]}
_FIVE = 181 / 365 * 5 / 9 * 899 / 1000 * 199 / 200  # who orders three times is unhappy a little less often
BY_AN_INDEX = (
    Asked("persona and NPS", {"and": [_is("persona.key", "persona-7"), _UNHAPPY]}, 7 / 1100),
    Asked("place and NPS", {"and": [_is("place.key", "store-42"), _GLAD]}, 2 / 3300),
    Asked("attribute", _PLAN, 1 / 200),
    Asked("attributes and NPS", {"and": [_PLAN, _is("scores.nps", 10)]}, 1 / 2200),
    Asked("stage and attribute", {"and": [_is("value.stage", "regular"), _PLAN]}, 3 / 2600),
)
OF_EVERYBODY = (
    Asked("not an attribute", {"!": _PLAN}, 199 / 200),
    Asked("basket above", {">": [{"var": "value.basket_minor"}, 18_999]}, 500 / 10_000),
    Asked("lately, not unhappy", {"and": [_LATELY, _CALM]}),
    Asked("a date to come", {">": [_RENEWAL, {"date": "2026-06-15"}]}),
    Asked("calculated", {">": [_BASKET, 18_999]}, 500 / 10_000),
    Asked("twice calculated", {"and": [{">": [_BASKET, 18_999]}, {">": [_AGAIN, 4]}]}, 500 / 10_000 * 4 / 9),
    Asked("five conditions", {"and": [_BOUGHT, _OFTEN, _CALM, _POINTS, {"!": _PLAN}]}, _FIVE),
)
_SHIPPED = {
    "regular_detractors": 7 / 44,
    "best_promoters": 1 / 6,
    "big_basket_detractors": 7 / 44,
    "frequent_passives": 2 / 11 * 6 / 9 * 91 / 365,
    "christmas_again": 1 / 10,
}
THAT_SHIP = tuple(
    Asked(one["key"], one["when"], _SHIPPED[one["key"]]) for one in yaml.safe_load(CATALOGUE.read_text())["segments"]
)
"""The segments that come with the product, by the rules they come with."""
EVERY = (*BY_AN_INDEX, *OF_EVERYBODY, *THAT_SHIP)


@dataclass
class Seen:
    """What one rule took, in milliseconds."""

    api: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


def measure(stage: Stage) -> Report:
    """Ask each rule by turns, and compare what was counted."""
    rows = stage.rows or (ROWS // 10 if stage.quick else ROWS)
    rounds = 5 if stage.quick else 20
    url, database = stage.postgres.create_database("bench_segments"), stage.postgres.conninfo("bench_segments")
    product, server, _paths = serve_product(stage.run, url, wanted=1)
    with psycopg.connect(database) as connection:
        row = connection.execute("select id from workspaces order by id limit 1").fetchone()
    workspace_id = row[0] if row else 0
    fill(database, workspace_id=workspace_id, rows=rows)
    seen = {asked.name: Seen() for asked in EVERY}
    pids = [server.pid, stage.postgres.pid]
    faults = asyncio.run(_ask(seen, rounds, server.port, product.create_key(), database, workspace_id, rows, pids))
    figures = [
        figure
        for kind, goal, some in (
            ("by an index", INDEXED_MS, BY_AN_INDEX),
            ("of everybody", ANY_MS, OF_EVERYBODY),
            ("ships", ANY_MS, THAT_SHIP),
        )
        for asked in some
        for figure in _figures(f"{asked.name} ({kind})", goal, seen[asked.name])
    ]
    return Report(
        f"counting segments over {rows:,} customers, by the API and by the database alone",
        [],
        figures,
        faults,
        [{name: asdict(found) for name, found in seen.items()}],
    )


async def _ask(
    seen: dict[str, Seen],
    rounds: int,
    port: int,
    key: str,
    database: str,
    workspace_id: int,
    rows: int,
    pids: list[int],
) -> list[str]:
    faults: list[str] = []
    line = Line("127.0.0.1", port)
    with psycopg.connect(database, autocommit=True) as connection:
        for turn in range(rounds + 1):  # the first one brings everything into memory
            for asked in EVERY:
                found = seen[asked.name]
                before = Cpu.now(pids)
                body = orjson.dumps({"when": asked.rule, "examples": 0})
                started = time.perf_counter()
                status, answer = await line.call(calling("POST", "/api/v1/segments/preview", key=key, body=body))
                by_api = (time.perf_counter() - started) * 1000
                sql, given = _select(asked.rule, workspace_id)
                started = time.perf_counter()
                row = connection.execute(sql.encode(), given).fetchone()
                alone = (time.perf_counter() - started) * 1000
                told = orjson.loads(answer).get("count") if status == 200 else f"{status} {answer[:200]!r}"
                if row is None or told != row[0] or not _as_made(asked, row[0], rows):
                    faults.append(f"{asked.name}: {told} by the API, {row} by the database")
                if turn:
                    found.api.append(by_api)
                    found.floor.append(alone)
                    found.others.append(Spent.between(before, Cpu.now(pids)).others)
    line.close()
    return sorted(set(faults))


def _as_made(asked: Asked, count: int, rows: int) -> bool:
    return asked.share is None or abs(count - asked.share * rows) <= max(20, 0.02 * asked.share * rows)


def _select(rule: Any, workspace_id: int) -> tuple[str, dict[str, Any]]:
    """Write the statement as the product runs it."""
    condition = condition_of(rule, d=Dialect("postgresql"), now=datetime.now(UTC))
    sql = f"select count(*) from portraits p where p.workspace_id = :workspace_id and {condition.sql}"
    written = text(sql).compile(dialect=PGDialect_psycopg(paramstyle="pyformat"))  # type: ignore[no-untyped-call]
    return str(written), {"workspace_id": workspace_id, **condition.parameters}


def _figures(name: str, goal: float, found: Seen) -> list[Figure]:
    told = statistics.median(found.others) < QUIET
    p95 = statistics.quantiles(found.api, n=100, method="inclusive")[94]
    beside = [mine / (alone * SHARE + ALLOWANCE_MS) for mine, alone in zip(found.api, found.floor, strict=True)]
    most = f"{name}, beside {SHARE:g} times that and {ALLOWANCE_MS:g} ms"
    return [
        Figure(f"{name}, p95", p95, "ms", goal=goal, wanted="at most", told=told),
        Figure.of(f"{name}, the SELECT alone", found.floor, "ms", told=told),
        Figure.of(most, beside, "times", goal=1.0, wanted="at most", told=told),
    ]
