"""Data dirs in which vocapp has been set up already: for stories that begin later than the first start of all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.rig.product import Product
from tests.rig.run import Run

_PASSING = ("lock", "installing.lock", "served_url", "redis")
"""What every start makes anew."""


def installed_data_dir(run: Run) -> Path:
    """Give a data dir of one's own, with the tables and the catalogue in it."""
    return _copy_of_first(run, "installed", lambda product: product.command("migrate"))[0]


def demo_data_dir(run: Run) -> tuple[Path, str]:
    """Give a data dir of one's own with the invented company in it, and what the first start had printed."""
    return _copy_of_first(run, "demo", _start_and_stop)


def _start_and_stop(product: Product) -> str:
    product.demo = True
    product.start()
    assert product.stop() == 0
    return product.printed


def _copy_of_first(run: Run, name: str, begin: Callable[[Product], str]) -> tuple[Path, str]:
    """Set vocapp up once in this run; whoever asks gets a copy."""
    first, said = run.path(f"first-{name}"), run.path(f"first-{name}.said")
    with run.lock(f"first-{name}"):
        if not said.exists():
            shutil.rmtree(first, ignore_errors=True)
            said.write_text(begin(Product(run=run, data_dir=first)))
    copy = run.fresh_directory("installed") / "var"
    shutil.copytree(first, copy, ignore=shutil.ignore_patterns(*_PASSING))
    return copy, said.read_text()
