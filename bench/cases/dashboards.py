"""The main dashboard and its JSON over ten thousand, a hundred thousand and a million answers, on PostgreSQL.

The three companies stand side by side, asked by turns. What the product says is held against a live GROUP BY of
the rows, number by number; the same sums by their own statements, without the web, stand beside both.
"""

from __future__ import annotations

import re
import statistics
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from bench.boardable import DAYS, STEP, fill
from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.serving import serve_product
from tests.rig.http import HttpClient
from vocapp.models.sql import Dialect
from vocapp.models.summaries import BY_PLACE, BY_SURVEY, LATER, MEASURES, written

WARM = 40
"""Requests before any counts: every thread of the server has its connection, and its statements prepared."""
SIZES = (10_000, 100_000, 1_000_000)
GROWTH, PAGE_CPU_MS, QUICKER = 1.3, 25.0, 50.0
PASSWORD = "a long phrase for the bench"
PAGE, JSON = "/console/dashboards", "/console/dashboards/figures"
_LIVE = f"""
    select count(*), count(*) filter (where nps >= 9), count(*) filter (where nps between 7 and 8),
        count(*) filter (where nps <= 6), count(*) filter (where csat >= 4), count(csat),
        count(*) filter (where ces >= 5), count(ces), min({STEP})
    from (select *, extract(epoch from completed_at - started_at) as took from responses) as r
    where workspace_id = %(workspace)s and counted_on >= %(since)s and counted_on < %(until)s
    group by {{}}
"""
_LIVE_MAILS = """
    select count(*), count(sent_at) from invitations
    where workspace_id = %(workspace)s and created_at >= %(since)s and created_at < %(until)s
    group by date_trunc('week', created_at), survey_key
"""
_TRUTH = f"""
    select count(*) filter (where status = 'completed') as completed, count(*) filter (where nps >= 9) as promoters,
        count(*) filter (where nps between 7 and 8) as passives, count(*) filter (where nps <= 6) as detractors,
        count(*) filter (where csat >= 4) as csat_top, count(csat) as csat_n,
        count(*) filter (where ces >= 5) as ces_top, count(ces) as ces_n,
        (select jsonb_object_agg(step, n) from (
            select {STEP} as step, count(*) as n from (
                select extract(epoch from completed_at - started_at) as took from responses
                where workspace_id = %(workspace)s and counted_on >= %(since)s and counted_on < %(until)s
            ) as t group by 1) as s) as steps,
        (select count(*) from invitations where workspace_id = %(workspace)s and (mail_counted & 64) > 0
            and mailed_on + 7 >= %(since)s and mailed_on + 7 < %(until)s) as mail_due
    from responses where workspace_id = %(workspace)s and counted_on >= %(since)s and counted_on < %(until)s
"""


@dataclass
class Company:
    """One size, served; everything in milliseconds."""

    rows: int
    database: str
    person: HttpClient
    server_pid: int
    workspace_id: int
    page: list[float] = field(default_factory=list)
    figures: list[float] = field(default_factory=list)
    page_cpu: list[float] = field(default_factory=list)
    figures_cpu: list[float] = field(default_factory=list)
    folded: list[float] = field(default_factory=list)
    live: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    @property
    def days(self) -> tuple[date, date, date]:
        """The first day of the time before, the first and the one behind the last of the page's thirteen weeks."""
        today = date.today()  # noqa: DTZ011 - within a week of it, whatever the zone
        until = today - timedelta(days=today.weekday()) + timedelta(days=7)
        return until - timedelta(days=DAYS), until - timedelta(days=DAYS // 2), until


def measure(stage: Stage) -> Report:
    """Serve the three, ask by turns, and hold what is said against the rows."""
    sizes = tuple(size // 10 for size in SIZES) if stage.quick else SIZES
    rounds = 4 if stage.quick else 10
    companies = [_company(stage, rows) for rows in sizes]
    faults = [fault for company in companies for fault in _compare(company)]
    for turn in range(rounds + 1):
        for company in companies:
            _ask(company, stage.postgres.pid, each=10 if turn else WARM, counts=turn > 0)
    small, large = companies[0], companies[-1]
    quiet = statistics.median(one for company in companies for one in company.others) < QUIET
    figures = [
        Figure(
            "page, p95 at the most beside the fewest",
            _p95(large.page) / _p95(small.page),
            "times",
            goal=GROWTH,
            wanted="at most",
            told=quiet,
        ),
        Figure(
            "JSON, p95 at the most beside the fewest",
            _p95(large.figures) / _p95(small.figures),
            "times",
            goal=GROWTH,
            wanted="at most",
            told=quiet,
        ),
        *(
            Figure.of(f"page over {one.rows:,}, CPU", one.page_cpu, "ms", goal=PAGE_CPU_MS, wanted="at most")
            for one in companies
        ),
        *(
            Figure.of(f"JSON over {one.rows:,}, CPU", one.figures_cpu, "ms", goal=PAGE_CPU_MS, wanted="at most")
            for one in companies
        ),
        Figure(
            "live GROUP BY beside the folded sums, at the most",
            _beside(large.live, large.folded),
            "times",
            goal=QUICKER,
            wanted="at least",
            told=quiet,
        ),
        Figure(
            "live GROUP BY beside the whole page, at the most", _beside(large.live, large.page), "times", told=quiet
        ),
    ]
    table = [_HEAD, *map(_line, companies)]
    kept = [{"rows": one.rows, **{name: getattr(one, name) for name in _KEPT}} for one in companies]
    return Report(
        "the main dashboard over more and more answers, and the same by a live GROUP BY", table, figures, faults, kept
    )


_KEPT = ("page", "figures", "page_cpu", "figures_cpu", "folded", "live", "others")
_HEAD = "   answers page p50      p95 JSON p50      p95 CPU page CPU JSON   folded     live"


def _line(one: Company) -> str:
    """Write the medians of one size, in milliseconds."""
    figures = (
        _p50(one.page),
        _p95(one.page),
        _p50(one.figures),
        _p95(one.figures),
        _p50(one.page_cpu),
        _p50(one.figures_cpu),
        _p50(one.folded),
        _p50(one.live),
    )
    return f"{one.rows:>10,} " + " ".join(f"{figure:8.1f}" for figure in figures)


def _company(stage: Stage, rows: int) -> Company:
    name = f"bench_dashboards_{rows}"
    url, database = stage.postgres.create_database(name), stage.postgres.conninfo(name)
    product, server, _ = serve_product(stage.run, url, wanted=1)
    with psycopg.connect(database) as connection:
        row = connection.execute("select id from workspaces order by id limit 1").fetchone()
    workspace_id = row[0] if row else 0
    fill(database, workspace_id=workspace_id, rows=rows)
    product.create_user("bench@vocapp.test", PASSWORD)
    person = product.person()
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.get("/login").expect(200).text)
    fields = {"csrf_token": token[1] if token else "", "email": "bench@vocapp.test", "password": PASSWORD, "next": ""}
    person.submit("/login", fields).expect(200)
    return Company(rows, database, person, server.pid, workspace_id)


def _compare(company: Company) -> list[str]:
    """Hold the JSON against the rows: every sum is the same."""
    said = company.person.get(JSON).expect(200).json()
    _, since, until = company.days
    with psycopg.connect(company.database) as connection, connection.cursor() as cursor:
        cursor.execute(_TRUTH, {"workspace": company.workspace_id, "since": since, "until": until})
        row, names = cursor.fetchone(), [one.name for one in cursor.description or ()]
    true = dict(zip(names, row or (), strict=True))
    told = {one["key"]: one for one in said["figures"]}
    pairs: dict[str, tuple[Any, Any]] = {
        "from": (said["from"], since.isoformat()),
        "responses": (said["responses"], true["completed"]),
        "nps n": (told["nps"]["n"], true["promoters"] + true["passives"] + true["detractors"]),
        "nps": (told["nps"]["value"], round(100 * (true["promoters"] - true["detractors"]) / true["completed"], 4)),
        "csat": (told["csat"]["value"], round(100 * true["csat_top"] / true["csat_n"], 4)),
        "ces": (told["ces"]["value"], round(100 * true["ces_top"] / true["ces_n"], 4)),
        "seconds n": (told["seconds"]["n"], sum(true["steps"].values())),
        "messages": (told["answered"]["n"], true["mail_due"]),
        "points": (sum(one["responses"] for one in said["points"]), true["completed"]),
    }
    sums = _folded(company)[0]
    pairs |= {name: (sums[name], n) for name, n in true.items() if name in sums}
    pairs |= {f"seconds from {step}": (sums[f"seconds_{step}"], n) for step, n in true["steps"].items()}
    return [
        f"{company.rows:,}: {name} is {mine}, not {other}" for name, (mine, other) in pairs.items() if mine != other
    ]


def _ask(company: Company, postgres_pid: int, *, each: int, counts: bool) -> None:
    pids = [company.server_pid, postgres_pid]
    for path, took, cpu in ((PAGE, company.page, company.page_cpu), (JSON, company.figures, company.figures_cpu)):
        before, times = Cpu.now(pids), []
        for _ in range(each):
            started = time.perf_counter()
            company.person.get(path).expect(200)
            times.append((time.perf_counter() - started) * 1000)
        spent = Spent.between(before, Cpu.now(pids))
        if counts:
            took.extend(times)
            cpu.append(spent.ours * 1000 / each)
            company.others.append(spent.others)
    if counts:
        company.folded.append(_folded(company)[1])
        company.live.append(_live(company))


def _folded(company: Company) -> tuple[dict[str, int], float]:
    """Return (the sums of the period, how long the page's two statements take)."""
    before, since, until = company.days
    asked = (("start", "survey_key", "survey_version"), (LATER, "place", "channel"))
    found: list[list[Any]] = []
    with psycopg.connect(company.database, autocommit=True) as connection:
        statements = [_plain(groups) for groups in asked]
        given = {"workspace_id": company.workspace_id, "since": before, "middle": since, "until": until}
        for turn in range(2):  # the second time, what is planned and read once is so already
            started = time.perf_counter()
            found = [connection.execute(sql.encode(), given).fetchall() for sql in statements]
            took = (time.perf_counter() - started) * 1000
            del turn
    own = [row[3:] for row in found[0] if row[0] >= since]
    return {name: int(sum(row[at] for row in own)) for at, name in enumerate(MEASURES)}, took


def _plain(groups: tuple[str, ...]) -> str:
    """Write the product's own statement."""
    of = BY_SURVEY if "start" in groups else BY_PLACE
    sql = written(Dialect("postgresql"), "week", groups, of=of)
    return str(text(sql).compile(dialect=PGDialect_psycopg(paramstyle="pyformat")))  # type: ignore[no-untyped-call]


def _live(company: Company) -> float:
    """Return how long the same figures take from the rows."""
    before, since, until = company.days
    by_week, by_place = "date_trunc('week', counted_on), survey_key, survey_version", "place, channel"
    asked = ((by_week, before, until), (by_place, since, until), (by_place, before, since))
    with psycopg.connect(company.database, autocommit=True) as connection:
        started = time.perf_counter()
        for groups, first, last in asked:
            given = {"workspace": company.workspace_id, "since": first, "until": last}
            connection.execute(_LIVE.format(groups).encode(), given).fetchall()
        given = {"workspace": company.workspace_id, "since": before, "until": until}
        connection.execute(_LIVE_MAILS, given).fetchall()
        return (time.perf_counter() - started) * 1000


def _beside(slow: list[float], quick: list[float]) -> float:
    return statistics.median(slow) / statistics.median(quick)


def _p50(values: list[float]) -> float:
    return statistics.median(values)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[94]
