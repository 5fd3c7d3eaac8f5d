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


@pytest.mark.parametrize(
    "words",
    [
        ["workspace", "list"],
        ["apikey", "list"],
        ["customers", "import", "some.csv"],
        ["counters", "rebuild", "--verify"],
        ["value", "rebuild", "--verify"],
        ["erasures", "replay"],
        ["backup", "copy"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_folder_that_somebody_mistyped_is_no_empty_company(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "some.csv").write_text("external_id\nc-1\n")
    assert main([*words, "--data-dir", str(tmp_path / "var2")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-1].startswith(f"vocapp: there is no installation in {tmp_path / 'var2'}: ")
    assert [one.name for one in tmp_path.iterdir()] == ["some.csv"], "nothing is made"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    assert main([*words, "--data-dir", str(tmp_path / "var2")]) in {1, 2}
    assert "there is no database at" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def test_the_first_key_may_come_before_the_first_start_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    said = []
    for _ in range(2):
        assert main(["apikey", "create", "--name", "first", "--data-dir", str(tmp_path / "var")]) == 0
        told = capsys.readouterr()
        assert told.out.startswith("vk_")
        said.append(told.err)
    assert said == [f"there was no installation: a new one is in {tmp_path / 'var'}\n", ""]
