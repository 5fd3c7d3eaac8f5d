"""`python -m bench [CASE…]`: run the cases beside their floors, print their figures, keep all in bench/out/DATE.json.

`--quick` does less of everything, for a look; its ratios wobble more. Exit status 1 where rows are missing, a request
failed, or a figure misses its goal. A clock counts only while others take less than 0.3 CPUs; CPU time always counts.
`bench/README.md` says what each figure means.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from bench import machine
from bench.cases import (
    alerts,
    dashboards,
    events,
    export,
    mails,
    memory,
    pages,
    peer,
    responses,
    segments,
    sqlite,
    start,
    verbatims,
)
from bench.report import Report, Stage
from bench.tidying import alone
from tests.rig.postgres import Postgres, start_postgres
from tests.rig.run import born, current_run

OUT = Path(__file__).parent / "out"
LONGEST_MINUTES = {False: 25, True: 3}
"""Of all the cases, in full and with `--quick`."""

Case = Callable[[Stage], Report]
CASES: dict[str, Case] = {
    "responses": responses.measure,
    "events": events.measure,
    "alerts": alerts.measure,
    "mails": mails.measure,
    "export": export.measure,
    "segments": segments.measure,
    "verbatims": verbatims.measure,
    "dashboards": dashboards.measure,
    "pages": pages.measure,
    "memory": memory.measure,
    "sqlite": sqlite.measure,
    "start": start.measure,
}


def main() -> int:
    """Measure, print, keep; return the exit status."""
    args = _arguments()
    started = time.monotonic()
    run = current_run()
    postgres, _process = start_postgres(run, durable=True)
    stage = Stage(run, postgres, quick=args.quick, rows=args.rows)
    described = machine.describe(Path(postgres.data).parent, server_version=_version(postgres))
    print(", ".join(f"{name} {value}" for name, value in described.items()))
    reports = {name: _measured(name, case, stage) for name, case in args.wanted.items()}
    _keep(described, reports, quick=args.quick)
    minutes = (time.monotonic() - started) / 60
    print(f"{minutes:.1f} minutes in all")
    if minutes > LONGEST_MINUTES[args.quick]:
        print(f"bench: more than the {LONGEST_MINUTES[args.quick]} minutes that it may take")
    return _verdict(reports)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="three minutes instead of twenty-five")
    parser.add_argument("--rows", type=int, help="responses in the export (default: a million, --quick: a tenth of it)")
    parser.add_argument("--peer", metavar="URL", help="a survey of another tool on this machine, to set beside ours")
    parser.add_argument(
        "--peer-pid",
        metavar="PID",
        type=int,
        action="append",
        default=[],
        help="a process of the peer whose CPU counts, with its children; may be given several times",
    )
    parser.add_argument("--peer-done", metavar="TEXT", default="", help="a text of the peer's last page")
    args = parser.parse_args()
    if unknown := [name for name in args.cases if name not in CASES]:
        parser.error(f"no case is called {', '.join(unknown)}: there are {', '.join(CASES)}")
    wanted: dict[str, Case] = {name: CASES[name] for name in args.cases}
    if args.peer is None and (args.peer_pid or args.peer_done):
        parser.error("--peer-pid and --peer-done say something of a --peer URL")
    if args.peer is not None:
        if gone := [pid for pid in args.peer_pid if born(pid) is None]:
            parser.error(f"--peer-pid: no process has the number {', '.join(map(str, gone))}")
        try:
            wanted["peer"] = partial(peer.measure, peer=peer.Peer(args.peer, tuple(args.peer_pid), args.peer_done))
        except peer.PeerRefused as refused:
            parser.error(str(refused))
    args.wanted = wanted or CASES
    return args


def _measured(name: str, case: Case, stage: Stage) -> Report:
    """Run a case, and leave nothing of it behind that the next one would share the machine with."""
    started = time.monotonic()
    with alone(stage):
        report = case(stage)
    print(f"\n{name}: {report.title} ({time.monotonic() - started:.0f} s)")
    for line in (*report.table, *map(str, report.figures), *(f"wrong: {fault}" for fault in report.faults)):
        print(f"  {line}", flush=True)
    return report


def _verdict(reports: dict[str, Report]) -> int:
    failed = [f"{name}: {one}" for name, report in reports.items() for one in (*report.missed, *report.faults)]
    if failed:
        print("bench: FAILED\n  " + "\n  ".join(failed))
        return 1
    print("bench: every goal is reached that could be measured, and nothing is lost or doubled")
    return 0


def _keep(described: dict[str, object], reports: dict[str, Report], *, quick: bool) -> None:
    OUT.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    kept: dict[str, Any] = {
        "at": now.isoformat(timespec="seconds"),
        "quick": quick,
        "machine": described,
        "cases": {name: asdict(report) for name, report in reports.items()},
    }
    path = OUT / f"{now:%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False))
    print(f"\nkept in {path}")


def _version(postgres: Postgres) -> str:
    with psycopg.connect(postgres.conninfo()) as connection:
        row = connection.execute("show server_version").fetchone()
    return str(row[0]) if row else "?"


if __name__ == "__main__":
    sys.exit(main())
