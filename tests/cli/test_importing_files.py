"""`customers import` and `events import` in bulk, on both databases: a bad row costs itself, and nothing else."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from vocapp.cli import tables

HEAD = "external_id;email;first_name;note;zip;delta;attributes.ref;consent.surveys"


def _row(index: int, note: str = "") -> str:
    return f"C-{index};p{index}@vocapp.test;Élodie;{note};0{index % 10}100;-5;+33 6 12;oui"


def test_a_bad_row_in_the_middle_costs_itself_and_statements_are_few(
    command: Any, tmp_path: Path, rows_of: Any, capsys: Any
) -> None:
    rows = [_row(index) for index in range(1200)]
    rows[600] = "C-bad;p@vocapp.test;Ann;holds \0 a NUL;1;1;1;oui"
    rows[601] = "C-worse;p@vocapp.test;Ann;;1;1;1;perhaps;and;more"
    file = tmp_path / "people.csv"
    file.write_text("\r\n".join([HEAD, *rows]), encoding="utf-8", newline="")
    statements = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        assert command("customers", "import", str(file)) == 0
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    said = capsys.readouterr()
    assert "1200 customers: 1198 new, 0 changed, 0 as they were, 2 refused" in said.out
    assert "1200/" in said.err  # the bar
    assert len(statements) < 150, "statements by row"
    refused = (tmp_path / "people.csv.refused.csv").read_text(encoding="utf-8").splitlines()
    assert ["note: must hold no NUL" in refused[1], "more cells" in refused[2]] == [True, True]
    assert rows_of("select count(*) from customers") == [(1198,)]


def test_a_bad_line_among_events_costs_itself(command: Any, tmp_path: Path, rows_of: Any, capsys: Any) -> None:
    def line(index: int, **more: Any) -> bytes:
        at = {"occurred_at": "2026-01-01T00:00:00Z", "customer": {"external_id": f"C-{index}"}}
        return json.dumps({"id": f"e{index}", "event": "order.delivered", **at, **more}, ensure_ascii=False).encode()

    lines = [line(index) for index in range(600)]
    bad = {
        2: line(1).replace(b"order", "é".encode("latin-1")),
        3: b'{"id": ' + b"9" * 5000 + b"}",
        4: b"[" * 100_000,
        5: line(5).replace(b'"e5"', b"NaN"),
        6: line(6, properties={"a": "\0"}),
        7: line(7).replace(b"delivered", b"\\ud800"),
        8: b"\0" * 1000,
        9: b"[1]",
        10: line(10, workspace_id=2),
    }
    for index, content in bad.items():
        lines[index] = content
    lines[11], lines[20] = line(11, event="order.unheard_of"), b""
    file = tmp_path / "events.ndjson"
    file.write_bytes(codecs.BOM_UTF8 + b"\r\n".join(lines))
    assert command("events", "import", str(file)) == 0
    printed = capsys.readouterr().out
    assert "599 events: 590 taken, 0 there already, 9 refused (see " in printed
    assert "no survey or rule listens to: " in printed
    assert "order.unheard_of" in printed
    refused = [json.loads(one) for one in (tmp_path / "events.ndjson.refused.ndjson").read_text().splitlines()]
    assert [one["line"] for one in refused] == [index + 1 for index in bad]
    assert all(one["why"] for one in refused)
    assert rows_of("select count(*) from events") == [(590,)]
    assert command("events", "import", str(file)) == 0
    assert "0 taken, 590 there already, 9 refused" in capsys.readouterr().out


def test_customers_are_tried_first_and_told_by_column(
    command: Any, tmp_path: Path, rows_of: Any, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(tables, "BATCH", 3)
    head = "external_id,email,observed_at,plan,consent.surveys,consent.surveys.at"
    lines = ["C-1,a@vocapp.test,2026-01-02T00:00:00Z,gold,yes,", "C-2,nobody,,silver,,", "C-3,,2999-01-01T00:00:00Z,,,"]
    lines += ["C-4,c@vocapp.test,,,yes,yesterday", "C-1,a@vocapp.test,2026-01-02T00:00:00Z,gold,yes,", "C-5,,,,,"]
    file = tmp_path / "people.csv"
    file.write_text("\n".join([head, *lines]))
    assert command("customers", "import", str(file), "--dry-run") == 0
    tried = capsys.readouterr().out
    assert [rows_of(f"select count(*) from {table}") for table in ("customers", "contacts", "consents")] == [[(0,)]] * 3
    assert command("customers", "import", str(file)) == 0
    done = capsys.readouterr().out
    assert tried.replace("would be ", "") == done
    assert done.splitlines()[0].startswith("6 customers: 3 new, 0 changed, 1 as they were, 2 refused (see ")
    told = [" ".join(line.split()) for line in done.splitlines()[1:]]
    assert told == [
        "external_id 6 filled",
        "email 4 filled, 1 refused",
        "1 × is no e-mail address: An email address must have an @-sign (line 3)",
        "observed_at 3 filled",
        "1 × lies ahead: taken as of now (line 4)",
        "plan 3 filled, an attribute",
        "consent.surveys 3 filled",
        "consent.surveys.at 1 filled, 1 refused",
        "1 × must be an RFC 3339 time with a zone, such as 2026-03-10T09:00:00Z (line 5)",
    ]
