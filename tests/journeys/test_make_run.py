"""The README's first command, as a newcomer types it: `make run`, and the ways to end it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.source import ROOT, files
from tests.rig.http import HttpClient
from tests.rig.processes import descendants
from tests.rig.run import Run, born, free_port
from tests.rig.waiting import wait_until


@pytest.fixture(scope="module")
def checkout(run: Run) -> Iterator[Path]:
    """Copy the checkout, with this one's `.venv`: as if it had been set up there."""
    home = run.fresh_directory("checkout")
    for path in files():
        copy = home / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    (home / ".venv").symlink_to(ROOT / ".venv")
    yield home
    shutil.rmtree(home)


@pytest.mark.parametrize(
    ("sign", "to_the_group"),
    [
        pytest.param(signal.SIGINT, True, id="ctrl-c"),
        pytest.param(signal.SIGINT, False, id="sigint to make"),
        pytest.param(signal.SIGTERM, True, id="sigterm to the group"),
        pytest.param(signal.SIGTERM, False, id="sigterm to make"),
        pytest.param(signal.SIGKILL, False, id="make is killed"),
    ],
)
def test_make_run_serves_a_demo_and_leaves_no_process(
    request: pytest.FixtureRequest, checkout: Path, run: Run, sign: signal.Signals, to_the_group: bool
) -> None:
    # who starts the tests behind a shell's back has them ignore Ctrl-C, and make would do as they do
    signal.signal(signal.SIGINT, signal.default_int_handler)
    name, port = f"make-{time.monotonic_ns()}", free_port()
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    make = run.start(["make", "run", f"PORT={port}"], name=name, cwd=checkout, env=clean)
    request.addfinalizer(lambda: run.stop(make))
    wait_until(lambda: make.poll() is not None or "vocapp is ready" in run.log(name), 120, what=lambda: run.log(name))
    assert f"vocapp is ready on http://127.0.0.1:{port}\n" in run.log(name)

    link = wait_until(lambda: re.search(r"http://\S+/s/[\w.~-]+", run.log(name)), 30, what="a sample link")
    page = HttpClient(f"http://127.0.0.1:{port}").get(link[0]).expect(200)
    assert '<form method="post"' in page.text

    family = [make.pid, *descendants(make.pid)]
    (os.killpg if to_the_group else os.kill)(make.pid, sign)
    wait_until(
        lambda: make.poll() is not None, 15, what=lambda: f"make and all of {_states(family)} gone\n{run.log(name)}"
    )
    wait_until(lambda: not [pid for pid in family if born(pid)], 12, what=lambda: f"all of {family} gone")


def _states(pids: list[int]) -> list[str]:
    """Say what became of processes: what they are, and what they wait for; nothing of those that are gone."""
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            folder = Path(f"/proc/{pid}")
            wanted = re.findall(
                r"^(?:Name|State|SigBlk|SigPnd|ShdPnd):.*$", (folder / "status").read_text(), re.MULTILINE
            )
            found.append(f"{pid} {wanted} {(folder / 'wchan').read_text()}")
    return found
