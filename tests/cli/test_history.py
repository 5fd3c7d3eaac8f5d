"""History by file: the examples of docs/history.md, done as they stand there, first tried without a trace."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.builders import CSAT, NPS, WHY, survey_document
from tests.cli.conftest import Command
from tests.guards.source import ROOT
from vocapp.models import Response, transaction
from vocapp.services import surveying

PAGE = (ROOT / "docs/history.md").read_text("utf-8")


def example(name: str) -> str:
    found = re.search(rf"<!-- {re.escape(name)} -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name in ("suppressions.csv", "answers.csv", "mapping.yaml"):
        (tmp_path / name).write_text(example(f"file: {name}"), encoding="utf-8")


@pytest.fixture
def asked(command: Command, db: Any, workspace_id: int, now: Any) -> Iterator[None]:
    with transaction():
        surveying.put_draft(
            workspace_id=workspace_id,
            key="asked",
            definition=survey_document("asked", trigger=None, questions=[NPS, CSAT, WHY]),
            now=now,
        )
        surveying.publish(workspace_id=workspace_id, key="asked", now=now)
    db.session.rollback()
    return


Rows = Callable[[str], list[Any]]


def test_the_answers_come_as_the_page_says_and_a_dry_run_leaves_nothing(
    command: Command, asked: None, rows_of: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ("answers", "import", "answers.csv", "--mapping", "mapping.yaml")
    assert command(*again, "--dry-run") == 0
    tried = capsys.readouterr().out
    assert tried == example("output")
    assert rows_of("select count(*) from responses") == [(0,)]
    assert rows_of("select count(*) from customers") == [(0,)]

    assert command(*again) == 0
    assert capsys.readouterr().out == tried.replace("would be taken", "taken")
    answered = rows_of("select nps, csat, place, counted_on from responses order by answered_at")
    assert [(nps, csat, place, str(day)) for nps, csat, place, day in answered] == [
        (9, 5, "lyon-1", "2024-03-10"),
        (3, 1, "lyon-1", "2024-03-31"),
        (8, 3, "lille-1", "2024-05-07"),
    ]
    observed = rows_of("select observed_at from attributes where key = 'plan' order by observed_at")
    assert [str(at)[:10] for (at,) in observed] == ["2024-03-10", "2024-05-07"]
    with (tmp_path / "answers.csv.refused.csv").open(encoding="utf-8", newline="") as refused:
        assert [(row["Response"], row["refused_why"].partition(":")[0]) for row in csv.DictReader(refused)] == [
            ("3", "Shop"),
            ("4", "Date"),
        ]

    assert command(*again) == 0
    assert "0 taken, 4 there already, 2 refused" in capsys.readouterr().out


def test_a_mapping_that_does_not_fit_is_told_whole_before_anything_is_read(
    command: Command, asked: None, rows_of: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = example("file: mapping.yaml")
    for right, instead in (
        ("scale: [0, 10]", "scale: [1, 5]"),
        ("Sad: 1", "Sad: 9"),
        ("why: Comment", "reason: Comment"),
        ("format: day/month/year, ", ""),
        ("[Agent’s notes]", "[]"),
        ("customer: Customer ID", "customer: Client"),
    ):
        assert right in wrong
        wrong = wrong.replace(right, instead)
    (tmp_path / "mapping.yaml").write_text(wrong, encoding="utf-8")
    assert command("answers", "import", "answers.csv", "--mapping", "mapping.yaml") == 1
    told = capsys.readouterr().err
    for place in ("answers.nps.scale", "answers.csat.values.sad", "answers.reason", "answered_at.format", "customer:"):
        assert place in told, place
    assert "Customer ID, Agent’s notes: the mapping says nothing of these columns" in told
    assert rows_of("select count(*) from responses") == [(0,)]


def test_a_list_of_who_said_no_is_kept_with_its_reasons_and_dates(
    command: Command, rows_of: Rows, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "customers.csv").write_text("external_id,email\nC-1,Ada@example.test\nC-2,bob@example.test\n")
    assert command("customers", "import", "customers.csv") == 0
    capsys.readouterr()
    lists = ("suppression", "import", "suppressions.csv", "--dates", "day/month/year")
    assert command(*lists, "--dry-run") == 0
    assert "4 addresses: 3 would be new, 0 known already, 1 refused" in capsys.readouterr().out
    kept = "select suppressed_reason, suppressed_at, unsubscribed_at from contacts order by suppressed_reason"
    assert all(row == (None, None, None) for row in rows_of(kept))

    assert command(*lists) == 0
    printed = capsys.readouterr().out
    assert "4 addresses: 3 new, 0 known already, 1 refused" in printed
    assert "1 × is none of bounce, complaint, objection, manual (line 5)" in printed
    found = {(why, str(at)[:10]) for why, at, _ in rows_of(kept) if why}
    assert ("bounce", "2024-11-14") in found
    assert {why for why, _ in found} == {"bounce", "complaint"}
    [(objected,)] = rows_of("select unsubscribed_at from contacts where unsubscribed_at is not null")
    assert str(objected)[:10] == "2025-02-03"
    assert [(purpose, bool(granted), source) for purpose, granted, source in rows_of(
        "select purpose, granted, source from consents"
    )] == [("surveys", False, "unsubscribe page of Asker")]  # fmt: skip

    assert command(*lists) == 0
    assert "0 new, 3 known already, 1 refused" in capsys.readouterr().out
    (tmp_path / "one.csv").write_text("email,why,purpose\nnobody@example.test,objection,newsletter\n")
    assert command("suppression", "import", "one.csv") == 1
    assert "nobody here has this address: bring the customers first" in capsys.readouterr().out


def test_what_only_looks_like_an_address_protects_nobody_and_is_refused(
    command: Command, rows_of: Rows, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    odd = ("Ada <ada@example.test>", "mailto:ada@example.test", "ada@x.test, bob@x.test", "ada@example.test.", "")
    with (tmp_path / "odd.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("email", "why"), *((one, "bounce") for one in odd), ("É@example.test", "bounce")])
    assert command("suppression", "import", "odd.csv") == 0
    printed = capsys.readouterr().out
    assert "6 addresses: 1 new, 0 known already, 5 refused" in printed
    assert "5 × is no e-mail address (lines 2, 3, 4, 5, 6)" in printed
    assert rows_of("select count(*) from contacts") == [(1,)]


PLAIN = """\
survey: asked
customer: Who
answered_at: {column: Day, format: iso}
answers: {nps: {column: Score, scale: [0, 10]}}
"""


def test_a_refused_line_leaves_its_id_to_a_later_one(
    command: Command, asked: None, rows_of: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mapping.yaml").write_text(f"{PLAIN}id: Id\n")
    (tmp_path / "answers.csv").write_text("Id,Who,Day,Score\n1,C-1,2024-03-01,11\n1,C-1,2024-03-01,9\n")
    assert command("answers", "import", "answers.csv", "--mapping", "mapping.yaml") == 0
    assert "2 past answers: 1 taken, 0 there already, 1 refused" in capsys.readouterr().out
    assert rows_of("select nps from responses") == [(9,)]


@pytest.mark.parametrize("batch", [1, 500])
def test_two_answers_that_only_an_id_tells_apart_are_refused_until_there_is_one(
    command: Command,
    asked: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr("vocapp.cli.tables.BATCH", batch)
    (tmp_path / "mapping.yaml").write_text(PLAIN)
    scores = (11, 9, 3, 9)
    (tmp_path / "answers.csv").write_text("\n".join(["Who,Day,Score", *(f"C-1,2024-03-01,{one}" for one in scores)]))
    assert command("answers", "import", "answers.csv", "--mapping", "mapping.yaml", "--dry-run") == 0
    printed = capsys.readouterr().out
    assert "4 past answers: 1 would be taken, 1 there already, 2 refused" in printed
    assert "map a column to `id` (line 4)" in printed
    assert "map a column to `id` (line 3)" in (tmp_path / "answers.csv.refused.csv").read_text("utf-8")


def mend(path: Path, wrong: str, right: str) -> None:
    text = path.read_text("utf-8")
    assert wrong in text
    path.write_text(text.replace(wrong, right), encoding="utf-8")


def test_what_was_refused_can_be_mended_and_imported_again(
    command: Command, asked: None, rows_of: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mapping.yaml").write_text(f"{PLAIN}ignore: [why]\n")
    (tmp_path / "answers.csv").write_text("Who,Day,Score,why\n=C-1,2024-03-01,11,\n")
    assert command("answers", "import", "answers.csv", "--mapping", "mapping.yaml") == 1
    mend(tmp_path / "answers.csv.refused.csv", ",11,", ",9,")
    assert command("answers", "import", "answers.csv.refused.csv", "--mapping", "mapping.yaml") == 0
    assert rows_of("select external_id from customers") == [("=C-1",)]

    assert command("suppression", "import", "suppressions.csv") == 0
    mend(tmp_path / "suppressions.csv.refused.csv", "14/11/2024", "2024-11-14")
    mend(tmp_path / "suppressions.csv.refused.csv", "soft bounce", "bounce")
    capsys.readouterr()
    assert command("suppression", "import", "suppressions.csv.refused.csv") == 0
    assert "3 addresses: 2 new, 0 known already, 1 refused" in capsys.readouterr().out


def test_two_columns_of_one_name_and_days_to_come_are_refused(
    command: Command, asked: None, rows_of: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mapping.yaml").write_text(PLAIN)
    answers = ("answers", "import", "answers.csv", "--mapping", "mapping.yaml")
    (tmp_path / "answers.csv").write_text("Who,Day,Score,Score\nC-1,2024-03-01,1,9\n")
    assert command(*answers) == 1
    (tmp_path / "list.csv").write_text("Email,email,why\na@example.test,b@example.test,bounce\n")
    assert command("suppression", "import", "list.csv") == 1
    told = capsys.readouterr().err
    assert "answers.csv: the column Score stands there twice" in told
    assert "list.csv: the column email stands there twice" in told

    (tmp_path / "answers.csv").write_text("Who,Day,Score\nC-1,2924-03-01,9\n")
    (tmp_path / "list.csv").write_text("email,why,at\na@example.test,bounce,2924-03-01\n")
    assert command(*answers) == command("suppression", "import", "list.csv") == 1
    assert capsys.readouterr().out.count("1 × is still to come (line 2)") == 2
    assert rows_of("select count(*) from responses") == rows_of("select count(*) from contacts") == [(0,)]


def test_the_same_rows_in_a_second_file_are_known_and_other_answers_there_are_refused(
    command: Command, asked: None, rows_of: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mapping.yaml").write_text(PLAIN)
    (tmp_path / "answers.csv").write_text("Who,Day,Score\nC-1,2024-03-01,9\nC-2,2024-03-01,3\n")
    assert command("answers", "import", "answers.csv", "--mapping", "mapping.yaml") == 0
    (tmp_path / "more.csv").write_text("Score,Who,Day\n9,C-1,2024-03-01\n8,C-2,2024-03-01\n7,C-3,2024-03-01\n")
    for dry in (("--dry-run",), ()):
        assert command("answers", "import", "more.csv", "--mapping", "mapping.yaml", *dry) == 0
        taken = "would be taken" if dry else "taken"
        printed = capsys.readouterr().out
        assert f"3 past answers: 1 {taken}, 1 there already, 1 refused" in printed
        assert "holds other answers than what was brought before" in printed
    assert rows_of("select nps from responses order by answered_at, nps") == [(3,), (7,), (9,)]


def test_a_number_that_reads_in_two_ways_is_refused_until_its_mark_is_named(
    command: Command, db: Any, workspace_id: int, now: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spent = {"key": "spent", "type": "number", "text": "How much?", "minimum": 0, "maximum": 1_000_000}
    with transaction():
        definition = survey_document("asked", trigger=None, questions=[NPS, spent])
        surveying.put_draft(workspace_id=workspace_id, key="asked", definition=definition, now=now)
        surveying.publish(workspace_id=workspace_id, key="asked", now=now)
    db.session.rollback()
    head = PLAIN.partition("answers:")[0]
    mapping = f"{head}answers:\n  nps: {{column: Score, scale: [0, 10]}}\n  spent: "
    (tmp_path / "answers.csv").write_text('Who,Day,Score,Spent\nC-1,2024-03-01,9,"1,234"\n')
    said = []
    for spelled in ("Spent", '{column: Spent, decimal: ";"}', '{column: Spent, decimal: "."}'):
        (tmp_path / "mapping.yaml").write_text(f"{mapping}{spelled}\n")
        said.append(command("answers", "import", "answers.csv", "--mapping", "mapping.yaml"))
        said.append("".join(capsys.readouterr()))
    assert (said[0], said[2], said[4]) == (1, 1, 0)
    assert "can be read in two ways" in said[1]
    assert "answers.spent.decimal: is the mark before decimals" in said[3]
    answers = db.session.scalars(select(Response.answers)).one()
    assert answers["spent"] == 1234


def test_a_spreadsheet_without_a_mapping_is_told_at_once(command: Command, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "answers.csv").write_text("Response;Customer;Q1\n1;C-1;9\n")
    answers = str(tmp_path / "answers.csv")
    assert command("answers", "import", answers) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == (
        "",
        f"vocapp: {answers} is a spreadsheet: say with --mapping MAP.yaml which column says what (docs/history.md)\n",
    )
    assert command("answers", "import", answers, "--mapping", "none.yaml") == 1
    assert capsys.readouterr().err == "vocapp: none.yaml can't be read: No such file or directory\n", "and no bar"
    assert [one.name for one in tmp_path.glob("*.refused*")] == []


@pytest.mark.both_databases
def test_a_cell_that_cannot_be_kept_costs_its_own_line(
    command: Command, asked: None, rows_of: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mapping.yaml").write_text(f"{PLAIN}language: Language\nproperties: {{till: Till}}\nignore: [Note]\n")
    lines = ("Who,Day,Score,Language,Till,Note", "C-1,2024-03-01,9,fr,\0,", "C-2,2024-03-01,9,fr\0,7,")
    (tmp_path / "answers.csv").write_text("\n".join((*lines, "C-3,2024-03-01,9,fr,7,\0")), encoding="utf-8")
    assert command("answers", "import", "answers.csv", "--mapping", "mapping.yaml") == 0
    printed = capsys.readouterr().out
    assert "3 past answers: 1 taken, 0 there already, 2 refused" in printed
    assert printed.count("holds a NUL character (line") == 2
    list_ = "email,why,purpose,source\na@b.test,bounce,,shop\0\nc@d.test,objection,news\0,\ne@f.test,bounce,,shop\n"
    (tmp_path / "list.csv").write_text(list_, encoding="utf-8")
    assert command("suppression", "import", "list.csv") == 0
    assert "3 addresses: 1 new, 0 known already, 2 refused" in capsys.readouterr().out
    rows = (
        "order_id,external_id,ordered_at,total,place",
        *(f"{one},C-1,2024-03-01,5," for one in ("o\0", "b", "c")),
    )
    (tmp_path / "orders.csv").write_text("\n".join(rows) + "\0", encoding="utf-8")
    assert command("orders", "import", "orders.csv") == 0
    assert "3 orders: 1 new, 0 changed, 0 as they were, 2 refused" in capsys.readouterr().out
    assert [rows_of(f"select count(*) from {one}") for one in ("responses", "purchases")] == [[(1,)], [(1,)]]
