"""The export of responses as NDJSON, read to its end over HTTP, beside psql's COPY of the very SELECT that writes it.

psql writes what it is sent to /dev/null, the client of the product counts lines and forgets them. COPY of the plain
rows as `row_to_json()` stands beside both: it joins nothing and renames nothing. One web process serves, so that it is
known whose memory is looked at.
"""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import psycopg

from bench import exportable, seeding
from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.serving import SURVEY
from bench.streams import opened, pss_mb, read_all
from tests.rig.http import HttpClient
from tests.rig.postgres import find_binaries
from tests.rig.processes import descendants
from tests.rig.product import Product
from tests.rig.waiting import wait_until
from vocapp.models import export_lines

DATABASE, PATH = "bench_export", "/api/v1/export/responses"
GOAL, FIRST_BYTE_MS, GROWTH_MB, MORE_MB = 0.80, 100.0, 20.0, 3.0
NAMES = ("vocapp", "copy", "plain")
PLAIN = "select row_to_json(r) from responses r"


@dataclass(frozen=True, slots=True)
class Amounts:
    rows: int
    rounds: int


FULL, QUICK = Amounts(1_000_000, rounds=5), Amounts(100_000, rounds=3)


@dataclass(frozen=True, slots=True)
class Turn:
    """One reader, one round, all rows."""

    target: str
    rows: int
    seconds: float
    cpu_us: float
    """Of server and database, a row; beside COPY, psql's is in it."""
    others_cpu: float
    first_byte_ms: float

    @property
    def rate(self) -> float:
        return self.rows / self.seconds


@dataclass(slots=True)
class Memory:
    """PSS of the web process, in MB."""

    idle: float
    tenth: float = 0.0
    """The most, while the first tenth of the rows went through."""
    whole: float = 0.0


@dataclass(slots=True)
class Export:
    """What is measured, and what went wrong."""

    stage: Stage
    rows: int
    product: Product
    web: int
    key: str
    selects: dict[str, str]
    """What psql copies, by target."""
    faults: list[str] = field(default_factory=list)

    def turn(self, target: str, passing: Callable[[int], None] = lambda _lines: None) -> Turn:
        """Read everything once."""
        roots = (self.web, self.stage.postgres.pid)
        children, before, first_byte = _children(), Cpu.now(roots), 0.0
        if target == "vocapp":
            read = read_all(self.product.port, PATH, key=self.key, passing=passing)
            lines, first_byte = read.lines, read.first_byte_ms
        else:
            lines = _copied(self.stage, self.selects[target])
        spent, psql = Spent.between(before, after := Cpu.now(roots)), _children() - children
        seconds = after.at - before.at
        if lines != self.rows:
            self.faults.append(f"{target}: {lines} lines of {self.rows} rows")
        return Turn(
            target,
            rows=self.rows,
            seconds=seconds,
            cpu_us=(spent.ours + psql) / self.rows * 1e6,
            others_cpu=max(0.0, spent.others - psql / seconds),
            first_byte_ms=first_byte,
        )

    def memory(self) -> Memory:
        """Read everything once on a server that has exported nothing yet, and watch what it holds."""
        (worker,) = descendants(self.web)
        memory = Memory(pss_mb(worker))
        looked = 0.0

        def look(lines: int) -> None:
            nonlocal looked
            if time.perf_counter() - looked < 0.05:
                return
            looked, now = time.perf_counter(), pss_mb(worker)
            memory.whole = max(memory.whole, now)
            if lines <= self.rows // 10:
                memory.tenth = max(memory.tenth, now)

        self.turn("vocapp", passing=look)
        return memory

    def hang_up_and_resume(self) -> None:
        """Hang up in the middle, come back with the cursor that was kept, and count: nothing missing, nothing twice."""
        machine = HttpClient(self.product.base_url, key=self.key)
        page = machine.get(PATH, limit=1000).expect(200).json()
        path, last = f"{PATH}?cursor={page['next_cursor']}", page["data"][-1]["seq"]
        with opened(self.product.port, path, key=self.key) as blocks:
            came = 0
            while came < self.rows // 3:
                came += next(blocks).count(b"\n")
        wait_until(lambda: _open_transactions(self.stage) == 0, 20, what="the server lets go of who hung up")
        lines = 0
        with opened(self.product.port, path, key=self.key) as blocks:
            rest = b""
            for block in blocks:
                *whole, rest = (rest + block).split(b"\n")
                for line in whole:
                    if line.startswith(b'{"op":"upsert","seq":"'):
                        seq = line[22:61].decode()
                        if seq <= last:
                            self.faults.append(f"after hanging up: {seq} behind {last}")
                        last, lines = seq, lines + 1
        if lines + len(page["data"]) != self.rows:
            self.faults.append(f"after hanging up: {lines} lines and a page of {len(page['data'])}, of {self.rows}")


def measure(stage: Stage) -> Report:
    """Fill a database, watch the memory once, let product and psql take turns, hang up in the middle."""
    amounts = QUICK if stage.quick else FULL
    export = _start(stage, stage.rows or amounts.rows)
    memory = export.memory()
    for name in NAMES[1:]:
        export.turn(name)
    turns = [
        export.turn(name) for number in range(amounts.rounds) for name in (NAMES if number % 2 == 0 else NAMES[::-1])
    ]
    export.hang_up_and_resume()
    return Report(
        f"{export.rows:,} responses as NDJSON, to the end",
        [_line(name, [turn for turn in turns if turn.target == name]) for name in NAMES],
        _figures(turns, memory),
        export.faults,
        [*({**asdict(turn), "rate": turn.rate} for turn in turns), {"memory_mb": asdict(memory)}],
    )


def _figures(turns: list[Turn], memory: Memory) -> list[Figure]:
    ours, copy, plain = ([turn for turn in turns if turn.target == name] for name in NAMES)
    first = [turn.first_byte_ms for turn in ours]
    quiet = all(turn.others_cpu < QUIET for turn in turns)

    def shares(floor: list[Turn], by: Callable[[Turn, Turn], float]) -> list[float]:
        return [by(own, other) for own, other in zip(ours, floor, strict=True)]

    def wall(own: Turn, other: Turn) -> float:
        return own.rate / other.rate

    def cpu(own: Turn, other: Turn) -> float:
        return other.cpu_us / own.cpu_us

    return [
        Figure.of("COPY of the same SELECT, wall", shares(copy, wall), goal=GOAL, told=quiet),
        Figure.of("COPY of the same SELECT, CPU", shares(copy, cpu), goal=GOAL),
        Figure.of("COPY of row_to_json(plain row), wall", shares(plain, wall), told=quiet),
        Figure.of("COPY of row_to_json(plain row), CPU", shares(plain, cpu)),
        Figure.of("first byte", first, "ms", goal=FIRST_BYTE_MS, wanted="at most", told=quiet),
        Figure("PSS of the web process before", memory.idle, "MB"),
        Figure("PSS, a tenth of the rows", memory.tenth, "MB"),
        Figure("PSS, all rows", memory.whole, "MB"),
        Figure("PSS, all rows above before", memory.whole - memory.idle, "MB", goal=GROWTH_MB, wanted="at most"),
        Figure("PSS, all rows above a tenth", memory.whole - memory.tenth, "MB", goal=MORE_MB, wanted="at most"),
    ]


def _line(name: str, turns: list[Turn]) -> str:
    def middle(read: Callable[[Turn], float]) -> float:
        return sorted(map(read, turns))[len(turns) // 2]

    return (
        f"{name:>8} {middle(lambda one: one.rate):9,.0f} rows/s {middle(lambda one: one.cpu_us):6.1f} µs CPU a row, "
        f"others {middle(lambda one: one.others_cpu):.2f}"
    )


def _start(stage: Stage, rows: int) -> Export:
    url = stage.postgres.create_database(DATABASE)
    product = Product(run=stage.run, database_url=url, settings={"WEB_PROCESSES": "1"})
    seeding.invite(database_url=url, data_dir=product.data_dir, definition=SURVEY, wanted=1)
    database = stage.postgres.conninfo(DATABASE)
    exportable.fill(database, workspace_id=1, survey_key=SURVEY["key"], rows=rows)
    with psycopg.connect(database) as connection:
        given = {"workspace_id": 1, "xid": "0", "number": 0, "limit": rows}
        lines = psycopg.ClientCursor(connection).mogrify(export_lines.lines_sql("responses").encode(), given)
    web = product.start_role("web")
    product.wait_until_serving()
    selects = {"copy": f"select l.line from ({lines}) as l", "plain": PLAIN}
    return Export(stage, rows, product, web.pid, product.create_key(), selects)


def _copied(stage: Stage, select: str) -> int:
    """Have psql write a COPY to /dev/null; return how many rows it told of."""
    done = subprocess.run(
        [str(find_binaries() / "psql"), "-X", "-d", stage.postgres.conninfo(DATABASE), "-f", "-"],
        input=f"\\copy ({' '.join(select.split())}) to '/dev/null'\n",
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return int(done.stdout.split()[-1])  # COPY 1000000


def _open_transactions(stage: Stage) -> int:
    open_ones = "select count(*) from pg_stat_activity where datname = %s and usename = 'vocapp' and xact_start < now()"
    with psycopg.connect(stage.postgres.conninfo()) as connection:
        row = connection.execute(open_ones, (DATABASE,)).fetchone()
    return int(row[0]) if row else 0


def _children() -> float:
    """Return the CPU of processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
