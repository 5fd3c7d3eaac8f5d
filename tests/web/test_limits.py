"""How often an address may be wrong: counted by all processes together, forgotten after its minute."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocapp.app import add_doors, create_app
from vocapp.web.limits import MOST, WINDOW_SECONDS, Failures


def test_the_limit_is_shared_and_ends_with_its_minute(tmp_path: Path) -> None:
    here, there = Failures(tmp_path / "f.db"), Failures(tmp_path / "f.db")
    waits = [(here, there)[turn % 2].count("key", "a", now=1000 + turn / 10) for turn in range(MOST + 1)]
    assert set(waits[:-1]) == {0}
    assert 0 < waits[-1] <= WINDOW_SECONDS + 1
    assert here.standing("key", "a", now=1030) > 0
    assert there.count("key", "b", now=1030) == 0, "another address"
    assert there.count("token", "a", now=1030) == 0, "another kind"
    assert there.count("key", "a", now=1000 + WINDOW_SECONDS) == 0
    assert here.standing("key", "a", now=1000 + WINDOW_SECONDS) == 0


def test_another_process_sees_the_same_count(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    code = (
        "import sys; from pathlib import Path; from vocapp.web.limits import Failures\n"
        f"f = Failures(Path({str(path)!r}))\nfor _ in range(100): f.count('key', 'a', now=1000.0)"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], check=True)
    assert Failures(path).count("key", "a", now=1001.0) > 0


def test_where_the_file_cannot_be_it_is_counted_all_the_same(tmp_path: Path) -> None:
    failures = Failures(tmp_path / "no" / "such" / "folder" / "f.db")
    assert [failures.count("key", "a", now=1.0) > 0 for _ in range(MOST + 1)][-1]


def test_a_file_that_fails_later_turns_nobody_away(tmp_path: Path) -> None:
    path = tmp_path / "f.db"
    failures = Failures(path)
    for _ in range(MOST + 1):
        failures.count("key", "a", now=1000.0)
    assert failures.standing("key", "a", now=1000.0) > 0
    with sqlite3.connect(path) as other:
        other.execute("drop table failures")
    assert failures.count("key", "a", now=1001.0) == 0
    assert failures.standing("key", "a", now=1001.0) == 0
    assert failures.count("key", "a", now=2000.0) == 0, "nor when it is time to clean"


def wrong_tokens(client: Any, forwarded_for: str, times: int) -> int:
    """Open links that are no good; return the last status."""
    headers = {"X-Forwarded-For": forwarded_for}
    return [client.get("/s/wrong", headers=headers).status_code for _ in range(times)][-1]


@pytest.mark.parametrize(("proxies", "neighbour"), [(0, 429), (1, 404)])
def test_callers_behind_a_proxy_are_counted_apart_where_it_is_trusted(
    make_settings: Callable[..., Any], sqlite_url: str, proxies: int, neighbour: int
) -> None:
    settings = make_settings(database_url=sqlite_url, trusted_proxies=proxies)
    client = add_doors(create_app(settings)).test_client()
    assert wrong_tokens(client, "192.0.2.1", MOST + 1) == 429
    assert wrong_tokens(client, "192.0.2.2", 1) == neighbour
    # what the caller wrote itself stands in front of what the proxy added
    assert wrong_tokens(client, "192.0.2.9, 192.0.2.1", 1) == 429
