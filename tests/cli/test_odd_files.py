"""Files as spreadsheets really write them, files that are none, and words that ask for nothing."""

from __future__ import annotations

import codecs
import csv
import json
from pathlib import Path
from typing import Any

import pytest

HEAD = "external_id;email;first_name;note;zip;delta;attributes.ref;consent.surveys;observed_at"


def _row(index: int, note: str = "") -> str:
    return f"C-{index};p{index}@vocapp.test;Élodie;{note};0{index % 10}100;-5;+33 6 12;oui;2026-01-01T00:00:00Z"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("latin-1", b""), ("latin-1", codecs.BOM_UTF8), ("utf-16", b"")],
)
def test_customers_come_in_whatever_spreadsheet_wrote_them(
    command: Any, tmp_path: Path, rows_of: Any, capsys: Any, encoding: str, bom: bytes
) -> None:
    lines = [HEAD, _row(1, '"=HYPERLINK(""http://x"";""y"")"'), _row(2, "@x"), "C-3;no address;;;;;;;", _row(4, "\ta")]
    file = tmp_path / "people.csv"
    file.write_bytes(bom + "\r\n".join(lines).encode(encoding))
    assert command("customers", "import", str(file)) == 0
    said = capsys.readouterr()
    assert "4 customers: 3 new, 0 changed, 0 as they were, 1 refused (see " in said.out
    with (tmp_path / "people.csv.refused.csv").open(encoding="utf-8", newline="") as refused:
        (row,) = csv.DictReader(refused)
    assert (row["external_id"], row["refused_why"][:6]) == ("C-3", "email:")
    assert rows_of("select first_name from customers order by external_id") == [("Élodie",)] * 3
    kept = {
        one: json.loads(value)
        for one, value in rows_of(
            "select a.key, a.value from attributes a join customers c on c.id = a.customer_id "
            "where c.external_id = 'C-1'",
        )
    }
    assert kept == {"note": '=HYPERLINK("http://x";"y")', "zip": "01100", "delta": -5, "ref": "+33 6 12"}
    assert command("customers", "import", str(file)) == 0
    assert "0 new, 0 changed, 3 as they were, 1 refused" in capsys.readouterr().out


RUN = ['=HYPERLINK("http://x")', "@SUM(1)", "\tx", "\r=1", "+1+cmd|'/C calc'!A0", "-1+1", "'=1", "''@x"]
STAY = ["+33 6 12 34 56 78", "-5", "-5,20", "(01) 2", "l'été", "'quoted'", "a=b", ""]


def test_a_file_of_refused_rows_runs_nothing_in_a_spreadsheet_and_comes_back_as_it_was(
    command: Any, tmp_path: Path, rows_of: Any, capsys: Any
) -> None:
    file, refused = tmp_path / "people.csv", tmp_path / "people.csv.refused.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["external_id", "email", "note"])
        writer.writerows((f"C-{index}", "none", text) for index, text in enumerate(RUN + STAY))
    assert command("customers", "import", str(file)) == 1
    with refused.open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [row["note"] for row in rows] == [f"'{text}" for text in RUN] + STAY
    assert not any(cell[:1] in {"=", "@", "\t", "\r"} for row in rows for cell in row.values())
    with refused.open("w", encoding="utf-8", newline="") as mended:
        repaired = csv.DictWriter(mended, fieldnames=list(rows[0]))
        repaired.writeheader()
        repaired.writerows({**row, "email": f"p{index}@vocapp.test"} for index, row in enumerate(rows))
    assert command("customers", "import", str(refused)) == 0
    assert "taken as attributes: note\n" in capsys.readouterr().err, "why a row was refused is nothing about anybody"
    kept = rows_of("select a.value from attributes a where a.key = 'note' order by a.value")
    assert sorted(json.loads(value) for (value,) in kept if not value.startswith("-")) == sorted(
        text.strip() for text in RUN + STAY if text and text != "-5"
    )


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("customers", "import", "nothing.csv"), 1, "vocapp: nothing.csv can't be read: No such file or directory"),
        (("events", "import", "."), 1, "vocapp: . can't be read: Is a directory"),
        (("customers", "import", "empty.csv"), 1, "one of them must be external_id"),
        (("customers", "import", "odd.csv"), 1, "one of them must be external_id"),
        (("customers", "import", "twice.csv"), 1, "the column a stands there twice"),
        (("customers", "import", "one.csv", "--workspace", "none"), 1, "there is no workspace none"),
        (("customers", "import", "bad.csv", "--refused", "no/where.csv"), 1, "for the refused rows, can't be written"),
        (("events", "import"), 2, "FILE.ndjson"),
        (("customers",), 2, "ACTION"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    command: Any, tmp_path: Path, capsys: Any, words: Any, status: int, said: str
) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "odd.csv").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "twice.csv").write_text("external_id,a,a\n")
    (tmp_path / "one.csv").write_text("external_id\nC-1\n")
    (tmp_path / "bad.csv").write_text("external_id,email\nC-1,x\n")
    assert command(*words) == status
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
