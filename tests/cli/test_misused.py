"""A misused command says so in one line, and where to read more: nothing is started, and nothing is traced back."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from vocapp.cli import COMMANDS, main
from vocapp.pipeline import QUEUES


def test_the_list_of_commands_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = {words[0]: line for line in lines if (words := line.split()) and words[0] in COMMANDS}
    assert listed.keys() == COMMANDS.keys()
    assert [name for name, line in listed.items() if not line.endswith(COMMANDS[name].help)] == []
    assert len({line.index(COMMANDS[name].help) for name, line in listed.items()}) == 1, "one column"


@pytest.mark.parametrize("command", COMMANDS)
def test_nonsense_is_one_line_that_names_the_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _status([command, "--nonsense"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("vocapp: ")
    assert f"vocapp {command}" in err


def test_what_is_left_over_is_named_with_the_help_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["up", "--prot", "8001"]) == 2
    assert capsys.readouterr().err == "vocapp: unrecognized arguments: --prot 8001 (see `vocapp up --help`)\n"


def test_a_taken_port_says_what_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["web", "--port", str(port), "--data-dir", str(tmp_path)]) == 1
    hint = "--port takes another (make run PORT=8001)"
    said = f"vocapp: can't listen on 127.0.0.1, port {port}: Address already in use; {hint}\n"
    assert capsys.readouterr().err == said


def _status(words: list[str]) -> object:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


def test_the_help_of_worker_names_every_queue(capsys: pytest.CaptureFixture[str]) -> None:
    assert _status(["worker", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"one of {', '.join(QUEUES)} " in said
