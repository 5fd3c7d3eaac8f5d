"""A role that is started while the database is away says so at once, and waits for it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vocapp import installing, relay, webserver, worker
from vocapp.cli import main
from vocapp.config import Settings
from vocapp.installing import why_unreachable


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Give the list of roles that got as far as to begin their work; none of them does any."""
    begun: list[str] = []
    monkeypatch.setenv("SECRET_KEY", "a secret key of the tests, long enough")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.chdir(tmp_path)  # no .env of the checkout

    def stand_in(role: str) -> Any:
        return lambda *_args, **_options: begun.append(role) or 0

    def serve(_app: Any, listener: int, **_options: Any) -> None:
        os.close(listener)
        begun.append("web")

    monkeypatch.setattr(webserver, "serve", serve)
    monkeypatch.setattr(worker, "run", stand_in("worker"))
    monkeypatch.setattr(relay, "run", stand_in("relay"))
    return begun


@pytest.fixture
def silent() -> Iterator[int]:
    """Give the port of a server that takes a connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("words", [["web", "--port", "0"], ["worker", "--queue", "mail"], ["relay"]])
def test_it_is_one_line_that_names_the_setting_and_no_password(
    started: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://vocapp:s3cret-word@127.0.0.1:1/vocapp")
    assert main([*words, "--data-dir", "var"]) == 0
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), started) == ("", 1, words[:1])
    assert err.startswith("vocapp: DATABASE_URL: the database can't be reached (")
    assert "refused" in err
    assert "s3cret-word" not in err


def test_a_server_that_never_answers_is_given_two_seconds(
    started: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], silent: int
) -> None:
    took = []

    def timed(settings: Settings) -> str | None:
        began = time.monotonic()
        try:
            return why_unreachable(settings)
        finally:
            took.append(time.monotonic() - began)

    monkeypatch.setattr(installing, "why_unreachable", timed)
    monkeypatch.setenv("DATABASE_URL", f"postgresql+psycopg://vocapp@127.0.0.1:{silent}/vocapp")
    assert main(["relay", "--data-dir", "var"]) == 0
    assert [seconds < 5 for seconds in took] == [True]  # the time that a connection has later on
    assert "timeout expired" in capsys.readouterr().err
    assert started == ["relay"]
