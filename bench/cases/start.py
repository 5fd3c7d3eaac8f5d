"""From the start of the web role to its first 200, on a database that stands.

Beside it: importing Flask, and bare Flask under the same gunicorn until its first reply. The client asks every two
milliseconds from the start on.
"""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.machine import Cpu, Spent
from bench.report import QUIET, Figure, Report, Stage
from bench.serving import keep_pages, serve_floor, serve_product, start_floor
from tests.rig.product import ROOT, Product
from tests.rig.run import Run

LONGEST_SECONDS = 1.5
GIVEN_UP_AFTER = 30.0


def measure(stage: Stage) -> Report:
    """Start everything over and over, in turns."""
    rounds = 5 if stage.quick else 11
    url = stage.postgres.create_database("bench_start")
    product, _, paths = serve_product(stage.run, url, wanted=1)
    pages = keep_pages(product, paths[0])
    product.stop()
    stage.postgres.create_database("bench_start_flask")
    database = stage.postgres.conninfo("bench_start_flask")
    floor, _ = serve_floor(stage.run, database, wanted=1, pages=pages)
    stage.run.stop(floor.process)
    targets: dict[str, Callable[[], float]] = {
        "vocapp": lambda: _product(product),
        "flask": lambda: _flask(stage.run, database, pages),
        "import flask": _importing,
    }
    took: dict[str, list[float]] = {name: [] for name in targets}
    before, children = Cpu.now([]), _of_children()
    for number in range(rounds + 1):
        for name, start in targets.items():
            seconds = start()
            if number:  # what comes first reads from the disk
                took[name].append(seconds)
    after = Cpu.now([])
    others = Spent.between(before, replace(after, ours=_of_children() - children)).others
    ours, theirs = took["vocapp"], took["flask"]
    quiet = others < QUIET
    return Report(
        "start of the web role to its first 200",
        [f"{name:>12} {statistics.median(found):.2f} s" for name, found in took.items()],
        [
            Figure.of("to the first 200", ours, "s", goal=LONGEST_SECONDS, wanted="at most", told=quiet),
            Figure.of("beside bare Flask", [a / b for a, b in zip(ours, theirs, strict=True)], "times", told=quiet),
        ],
        [],
        [{"seconds": took, "others_cpu": others}],
    )


def _product(product: Product) -> float:
    started = time.perf_counter()
    product.start_role("web")
    _until(product.port, "/healthz", 200)
    seconds = time.perf_counter() - started
    product.stop()
    return seconds


def _flask(run: Run, database: str, pages: Path) -> float:
    started = time.perf_counter()
    server = start_floor(run, database, pages)
    _until(server.port, "/", 404)
    seconds = time.perf_counter() - started
    run.stop(server.process)
    return seconds


def _importing() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import flask"], check=True, cwd=ROOT)
    return time.perf_counter() - started


def _until(port: int, path: str, wanted: int) -> None:
    deadline = time.perf_counter() + GIVEN_UP_AFTER
    while time.perf_counter() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == wanted:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.002)
    raise AssertionError(f"no {wanted} of {path} within {GIVEN_UP_AFTER:g} s")


def _of_children() -> float:
    own = os.times()
    return own.children_user + own.children_system
