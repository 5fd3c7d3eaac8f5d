"""The commands that bring data in, on an installation of their own."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vocapp.cli import main

BAD_SURVEY = "key: x\ntitle: T\ndefault_language: en\nquestions:\n  - key: a\n    type: npsx\n    text: Q\n"


@pytest.fixture
def vocapp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command on a data dir of this test's own; gives (status, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        where = () if words[:2] == ("survey", "check") else ("--data-dir", str(tmp_path / "data"))
        if where and not (tmp_path / "data").exists():
            main(["migrate", *where])
            capsys.readouterr()
        status = main([*words, *where])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_key_is_printed_alone(vocapp: Callable[..., Any]) -> None:
    status, out, _ = vocapp("apikey", "create", "--name", "Robot", "--scope", "ingest", "--scope", "export")
    assert status == 0
    assert out.startswith("vk_")
    assert len(out.split()) == 1
    status, listed, _ = vocapp("apikey", "list")
    assert "export,ingest" in listed
    assert out.strip() not in listed
    key_id = listed.split()[0]
    assert vocapp("apikey", "revoke", key_id)[0] == 0
    assert vocapp("apikey", "revoke", key_id)[0] == 1
    assert "revoked" in vocapp("apikey", "list")[1]


def test_workspaces_are_made_and_named(vocapp: Callable[..., Any]) -> None:
    assert vocapp("workspace", "create", "north", "--name", "Nord", "--timezone", "Europe/Paris")[0] == 0
    assert vocapp("workspace", "create", "north")[0] == 1
    assert vocapp("workspace", "create", "No Good")[0] == 1
    assert vocapp("workspace", "create", "x", "--timezone", "Mars")[0] == 1
    assert [line.split()[0] for line in vocapp("workspace", "list")[1].splitlines()] == ["default", "north"]
    status, out, err = vocapp("survey", "list", "--workspace", "nowhere")
    assert (status, out) == (1, "")
    assert "nowhere" in err


def test_surveys_are_checked_with_file_and_line(vocapp: Callable[..., Any], tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(BAD_SURVEY)
    status, out, err = vocapp("survey", "check", str(bad))
    assert (status, out) == (1, "")
    assert err.startswith(f"{bad}:6: ")
    assert "[/questions/0/type]" in err
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "var").exists()
    status, _, err = vocapp("survey", "import", str(bad))
    assert status == 1
    assert "nothing was imported" in err


def test_surveys_are_imported_and_published(vocapp: Callable[..., Any], tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text(BAD_SURVEY.replace("npsx", "nps"))
    assert vocapp("survey", "import", "--draft", str(good))[1] == "x: draft\n"
    assert vocapp("survey", "import", str(good))[1] == "x: version 1 published\n"
    assert vocapp("survey", "import", str(good))[1] == "x: version 1 is published already, as it was\n"
    assert "x" in {line.split()[0] for line in vocapp("survey", "list")[1].splitlines()}


def test_customers_come_from_a_spreadsheet(vocapp: Callable[..., Any], tmp_path: Path) -> None:
    table = tmp_path / "customers.csv"
    rows = [
        "external_id;email;first_name;plan;attributes.zip;consent.surveys",
        "C-1;a@vocapp.test;Zoé;gold;01000;oui",
        "C-2;nobody;;;;",
        "C-3;;;;;perhaps",
        "C-1;a@vocapp.test;Zoé;gold;01000;oui;too many",
    ]
    table.write_text("\ufeff" + "\n".join(rows) + "\n", encoding="utf-8")
    status, out, err = vocapp("customers", "import", str(table))
    assert status == 0
    assert out.startswith("4 customers: 1 new, 0 changed, 0 as they were, 3 refused")
    assert "plan" in err
    with (tmp_path / "customers.csv.refused.csv").open(newline="") as file:
        refused = list(csv.DictReader(file))
    assert [row["external_id"] for row in refused] == ["C-2", "C-3", "C-1"]
    assert [row["refused_why"].partition(":")[0] for row in refused[:2]] == ["email", "consent.surveys"]
    table.write_text(rows[0] + "\n" + rows[1] + "\nC-4;;;;;\n", encoding="cp1252")
    status, out, err = vocapp("customers", "import", str(table))
    assert "2 customers: 1 new, 1 changed" in out or "2 customers: 1 new, 0 changed" in out
    assert "Windows-1252" in err


@pytest.mark.parametrize("text", ["", "email\na@b.test\n", "external_id,email,email\nC,a,b\n"])
def test_a_table_without_sense_is_refused(vocapp: Callable[..., Any], tmp_path: Path, text: str) -> None:
    table = tmp_path / "x.csv"
    table.write_text(text)
    status, out, err = vocapp("customers", "import", str(table))
    assert (status, out) == (1, "")
    assert err.startswith("vocapp: ")
    assert vocapp("customers", "import", str(tmp_path / "nowhere.csv"))[0] == 1


def test_events_come_line_by_line_and_once(vocapp: Callable[..., Any], tmp_path: Path) -> None:
    event = {"id": "e-1", "event": "x", "occurred_at": "2026-03-01T08:00:00Z", "customer": {"external_id": "C"}}
    lines = [
        json.dumps(event),
        json.dumps(event),
        "",
        "{nope",
        json.dumps({**event, "id": "e-2", "place": "no where"}),
        json.dumps({**event, "id": "e-3", "place": "new"}),
        "7",
    ]
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(lines))
    status, out, _ = vocapp("events", "import", str(file))
    assert status == 0
    assert out.startswith("6 events: 2 taken, 1 there already, 3 refused")
    refused = [json.loads(line) for line in (tmp_path / "events.ndjson.refused.ndjson").read_text().splitlines()]
    assert sorted(one["line"] for one in refused) == [4, 5, 7]
    assert all(one["why"] for one in refused)
    assert vocapp("events", "import", str(file))[1].startswith("6 events: 0 taken, 3 there already")


def test_past_answers_are_tried_first_and_then_taken(vocapp: Callable[..., Any], tmp_path: Path) -> None:
    survey = "key: old\ntitle: T\ndefault_language: en\nquestions:\n  - key: nps\n    type: nps\n    text: Q\n"
    (tmp_path / "old.yaml").write_text(survey)
    assert vocapp("survey", "import", str(tmp_path / "old.yaml"))[0] == 0
    answer = {
        "id": "a-1",
        "survey": "old",
        "answered_at": "2024-03-01T08:00:00Z",
        "customer": {"external_id": "C"},
        "answers": {"nps": 9},
    }
    file = tmp_path / "old.ndjson"
    file.write_text("\n".join(json.dumps(one) for one in (answer, {**answer, "id": "a-2", "answers": {"nps": 11}})))
    tried = vocapp("answers", "import", str(file), "--dry-run")[1]
    assert tried.startswith("2 past answers: 1 would be taken, 0 there already, 1 refused")
    assert vocapp("answers", "import", str(file))[1].startswith("2 past answers: 1 taken, 0 there already, 1 refused")
    [refused] = [json.loads(line) for line in (tmp_path / "old.ndjson.refused.ndjson").read_text().splitlines()]
    assert (refused["line"], refused["answer"]) == (2, json.dumps({**answer, "id": "a-2", "answers": {"nps": 11}}))
    assert "/answers/nps Choose a score from 0 to 10" in refused["why"]
    assert vocapp("answers", "import", str(file))[1].startswith("2 past answers: 0 taken, 1 there already")
