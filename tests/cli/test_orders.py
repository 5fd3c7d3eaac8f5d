"""Orders by file: told in a spreadsheet's way, taken as events are, and what they come to can be verified."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from vocapp.cli import tables

HEADER = "order_id;external_id;ordered_at;total;currency;place;refunded;shop_assistant"


def write(path: Path, *lines: str, changed: int) -> str:
    path.write_text("\r\n".join((HEADER, *lines)), encoding="cp1252")
    os.utime(path, (changed, changed))
    return str(path)


def test_orders_come_in_by_file_and_a_later_file_corrects_them(
    command: Command, rows_of: Callable[[str], list[Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = (
        "o1;ada;2026-01-02;19,99;;lyon;;Zoé",
        "o2;ada;2026-01-31 23:30:00;1 250,00;;;250;",
        "o3;bob;2026-02-01T00:30:00Z;10;;;0;",
        "o4;bob;2026-02-01;-3;;;;",
        "o5;bob;2026-02-01;1,234;;;;",
        ";bob;2026-02-01;3;;;;",
        "o6;bob;2026-02-01;3;USD;;;",
    )
    file = write(tmp_path / "orders.csv", *said, changed=1_770_000_000)
    assert command("orders", "import", file) == 0
    printed = capsys.readouterr()
    assert "7 orders: 4 new, 0 changed, 0 as they were, 3 refused (see " in printed.out
    assert "1 not counted (in another currency)" in printed.out
    assert "passed over: shop_assistant" in printed.err
    with (tmp_path / "orders.csv.refused.csv").open(encoding="utf-8", newline="") as refused:
        why = {row["total"].removeprefix("'"): row["refused_why"] for row in csv.DictReader(refused)}
    assert set(why) == {"-3", "1,234", "3"}
    assert why["3"] == "order_id is missing"
    worth = "select revenue_minor, refunded_minor, orders, run_months from customer_values order by orders desc, 1"
    assert rows_of(worth) == [(101_999, 25_000, 2, 1), (1000, 0, 1, 1)]
    assert [str(day) for (day,) in rows_of("select day from purchases order by order_key")] == [
        "2026-01-02",
        "2026-01-31",
        "2026-02-01",
        "2026-02-01",
    ]

    assert command("orders", "import", file) == 0
    assert "7 orders: 0 new, 0 changed, 4 as they were, 3 refused" in capsys.readouterr().out
    older = write(tmp_path / "older.csv", "o1;ada;2026-01-02;5;;lyon;;", changed=1_760_000_000)
    newer = write(tmp_path / "newer.csv", "o1;ada;2026-01-02;20;;lyon;;", changed=1_780_000_000)
    assert command("orders", "import", newer) == command("orders", "import", older) == 0
    assert rows_of("select total_minor from purchases where order_key = 'o1'") == [(2000,)]

    capsys.readouterr()
    assert command("value", "rebuild", "--verify") == 0
    assert "are clean" in capsys.readouterr().out


def test_an_order_that_a_file_says_is_cancelled_is_no_purchase(
    command: Command, rows_of: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    lines = ["order_id,external_id,ordered_at,total,refunded,cancelled_at", "o1,ada,2026-01-02,20,,"]
    lines += ["o2,ada,2026-01-02,30,,2026-01-02", "o3,ada,2026-02-02,40,40,", "o4,ada,2026-02-03,50,10,"]
    for cancelled in ("", "2026-03-01T08:00:00Z"):  # a later file that says less takes nothing back
        for written in (f"o5,ada,2026-02-04,60,,{cancelled}", "o5,ada,2026-02-04,60,,"):
            file.write_text("\n".join([*lines, written]))
            assert command("orders", "import", str(file)) == 0
    assert rows_of("select orders, revenue_minor, refunded_minor from customer_values") == [(2, 6000, 1000)]
    assert rows_of("select sum(orders), sum(total_minor) from sales") == [(2, 7000)]
    assert command("value", "rebuild", "--verify") == 0


def test_a_value_that_is_wrong_is_named_and_counted_anew(
    command: Command, rows_of: Callable[[str], list[Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str], db: Any
) -> None:
    file = write(tmp_path / "orders.csv", "o1;ada;2026-01-02;20;;;;", changed=1_770_000_000)
    command("orders", "import", file)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("update customer_values set orders = 7")
        connection.exec_driver_sql("update sales set total_minor = 1")
    capsys.readouterr()
    assert command("value", "rebuild", "--verify") == 1
    printed = capsys.readouterr()
    assert "values_equal_purchases: 1, such as " in printed.out
    assert "sales_equal_purchases: 1, such as 2026-01-02 - EUR" in printed.out
    assert command("value", "rebuild") == 0
    assert "1 customers, 1 sums" in capsys.readouterr().out
    assert command("value", "rebuild", "--verify") == 0


def test_a_file_without_its_columns_is_refused_in_one_line(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "orders.csv").write_text("order_id,total\n1,2\n")
    assert command("orders", "import", str(tmp_path / "orders.csv")) == 1
    assert "external_id, ordered_at is missing" in capsys.readouterr().err


def test_a_dry_run_says_what_the_import_would_and_leaves_nothing(
    command: Command,
    rows_of: Callable[[str], list[Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "BATCH", 3)
    lines = ["o1;ada;2026-01-02;19,99;;lyon;;Zoé", "o2;ada;03/02/2026;5;;;;", "o3;bob;2026-02-01;x;;;;"]
    lines += ["o1;ada;2026-01-02;19,99;;lyon;;Zoé", "o4;bob;2099-02-01;3;;;;", "o5;bob;2026-02-02;3;;;;"]
    file = write(tmp_path / "orders.csv", *lines, changed=1_770_000_000)
    assert command("orders", "import", file, "--dry-run") == 0
    tried = capsys.readouterr().out
    assert [rows_of(f"select count(*) from {table}") for table in ("events", "purchases", "customers")] == [[(0,)]] * 3
    assert command("orders", "import", file) == 0
    done = capsys.readouterr().out
    assert tried.replace("would be ", "") == done
    assert done.splitlines()[0].startswith("6 orders: 2 new, 0 changed, 1 as they were, 3 refused (see ")
    assert [line.strip() for line in done.splitlines()[3:] if "refused" in line or "×" in line or "passed" in line] == [
        "ordered_at      6 filled, 2 refused",
        "1 × is no date such as 2025-03-10 or 2025-03-10T09:00:00+01:00; --dates names another form (line 3)",
        "1 × is still to come; --dates names another form (line 6)",
        "total           6 filled, 1 refused",
        "1 × must be a number from 0 to 1,000,000,000 (line 4)",
        "shop_assistant  2 filled, passed over",
    ]
    with (tmp_path / "orders.csv.refused.csv").open(encoding="utf-8", newline="") as refused:
        why = [row["refused_why"] for row in csv.DictReader(refused)]
    assert [one.partition(":")[0] for one in why] == ["ordered_at", "total", "ordered_at"]


def test_dates_are_read_in_the_form_that_is_named(
    command: Command, rows_of: Callable[[str], list[Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ("o1;ada;12/11/2025;20;;;;", "o2;ada;13.11.2025 09:30;20;;;5;", "o3;ada;2025-11-14;20;;;;")
    file = write(tmp_path / "orders.csv", *lines, changed=1_770_000_000)
    assert command("orders", "import", file, "--dates", "day/month/year") == 0
    days = rows_of("select order_key, day from purchases order by order_key")
    assert [(key, str(day)) for key, day in days] == [("o1", "2025-11-12"), ("o2", "2025-11-13")]
    assert "1 × is no date in the form day/month/year" in capsys.readouterr().out


def test_orders_of_somebody_erased_are_told_apart(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows_of: Callable[[str], list[Any]]
) -> None:
    file = write(tmp_path / "orders.csv", "o1;ada;2026-01-02;20;;;;", changed=1_770_000_000)
    assert command("orders", "import", file) == command("customers", "erase", "ada") == 0
    assert command("orders", "import", file) == 1
    (tmp_path / "event.ndjson").write_text(
        '{"id": "new", "event": "page.seen", "occurred_at": "2026-02-01T00:00:00Z", "customer": {"external_id": "bob"}}'
    )
    assert command("events", "import", str(tmp_path / "event.ndjson")) == 0
    capsys.readouterr()
    moved = write(tmp_path / "moved.csv", "o1;bob;2026-01-02;20;;;;", changed=1_780_000_000)
    assert command("orders", "import", moved) == 0
    said = capsys.readouterr().out.splitlines()[0]
    assert said == "1 orders: 0 new, 0 changed, 0 as they were, 0 refused, 1 counted before their customer was erased"
    assert rows_of("select sum(orders), sum(total_minor) from sales") == [(1, 2000)]
