"""The replay: its figures hold on a small marketplace of our own, and a single stored score that is wrong is seen."""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from bench.replay import shops
from bench.replay.__main__ import DATA, check, conclude, run
from bench.replay.figures import Figure, verdict
from bench.replay.person import Form
from bench.replay.rows import DataMissing, read
from bench.replay.shops import apportioned
from bench.replay.stage import enter
from tests.rig.http import Reply
from tests.rig.installed import installed_data_dir
from tests.rig.product import ROOT, Product
from tests.rig.run import current_run

COMMENTS = ("Thank you, it is perfect.\nReally.", "", " Never arrived, and nobody answers me. ", "")


@pytest.fixture
def marketplace(tmp_path: Path) -> Path:
    """Give a folder of 24 orders of 22 people: three late, one review id twice, five low scores, two of one person."""
    people = [f"person-{number % 22}" for number in range(24)]
    _write(
        tmp_path / "customers.csv",
        [{"customer_id": f"c{n}", "customer_unique_id": one, "customer_state": "SP"} for n, one in enumerate(people)],
    )
    _write(tmp_path / "orders.csv", [_order(number) for number in range(24)])
    scores = [1, 5, 2, 4, 5, 3, 5, 5, 1, 4, 5, 5, 4, 5, 5, 5, 2, 5, 4, 5, 5, 5, 1, 5]
    reviews = [
        {
            "review_id": f"r{max(number, 1)}",
            "order_id": f"o{number}",
            "review_score": score,
            "review_comment_message": COMMENTS[number % 4],
        }
        for number, score in enumerate(scores)
    ]
    _write(tmp_path / "order_reviews.csv", reviews)
    return tmp_path


@pytest.mark.journey
@pytest.mark.timeout(400)
def test_every_figure_holds_and_one_flipped_score_is_seen(
    new_product: Callable[..., Product], marketplace: Path
) -> None:
    rows, said = read(marketplace), list[str]()
    product = new_product(data_dir=installed_data_dir(current_run())).start()
    assert run(product, rows, say=said.append) == 0, "\n".join(said)
    assert said[-1].startswith("replay: all ")
    said.clear()
    with sqlite3.connect(product.data_dir / "vocapp.db") as database:
        flipped = database.execute(
            "update responses set csat = 4 where id = (select id from responses where csat = 5 limit 1)"
        )
    database.close()
    assert flipped.rowcount == 1
    assert conclude(check(enter(product), rows), say=said.append) == 1
    assert said[-1].startswith("replay: FAILED")
    assert "CSAT by score, exported" in said[-1]


def test_absent_data_is_a_clear_word_and_no_failure(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.replay", "--data", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("replay: skipped, the data is absent: orders.csv, customers.csv")
    with pytest.raises(DataMissing):
        read(tmp_path)


@pytest.mark.skipif(not DATA.exists(), reason="the marketplace's files are not here")
def test_the_files_say_what_was_published_about_them() -> None:
    rows = read(DATA)
    assert (len(rows.orders), len(rows.customers), len(rows.reviews), len(rows.by_event)) == (2109, 2107, 2105, 2105)
    assert rows.scores == {"1": 232, "2": 70, "3": 171, "4": 399, "5": 1233}
    assert rows.commented == 878
    late, others = rows.scores_where(late=True), rows.scores_where(late=False)
    assert (len(late), round(mean(late), 4), round(mean(others), 4)) == (158, 2.6899, 4.2224)
    assert (len(rows.unhappy), rows.unhappy_customers) == (302, 301)
    assert (rows.reviewers, len(rows.reviews) - rows.reviewers) == (2092, 13)


def test_cents_are_given_to_the_largest_remainders() -> None:
    parts = {"a": Decimal("10.6"), "b": Decimal("10.5"), "c": Decimal("0.9"), "d": Decimal(4)}
    assert apportioned(parts, 26) == {"a": 11, "b": 10, "c": 1, "d": 4}


@pytest.mark.skipif(not DATA.exists(), reason="the shops' files are not here")
def test_the_shops_files_come_to_what_was_computed_apart() -> None:
    sold = shops.read(DATA.parent)
    assert (len(sold.cdnow.sales), len(sold.published), len(sold.uci.sales)) == (6919, 2357, 277)
    for shop in (sold.uci, sold.northwind):
        assert sum(sale.cents for sale in shop.sales) == round(sold.expected[shop.key]["revenue"] * 100)
    best = sorted(sold.northwind.by_customer.items(), key=lambda one: -one[1])[:5]
    assert [[key, cents / 100] for key, cents in best] == sold.expected["northwind"]["top5"]


def test_the_rows_are_read_as_they_are(marketplace: Path) -> None:
    rows = read(marketplace)
    assert (len(rows.orders), len(rows.customers), len(rows.by_event)) == (24, 22, 24)
    assert rows.reviews[0].id == rows.reviews[1].id
    assert rows.reviews[2].comment == "Never arrived, and nobody answers me."
    assert (len(rows.unhappy), rows.unhappy_customers) == (5, 4)
    assert len(rows.scores_where(late=True)) == 3


def test_the_verdict_names_what_does_not_hold() -> None:
    good, off = Figure("mean", 4.2224, 4.22239, within=0.005), Figure("responses", 2105, 2104)
    assert verdict([good]) == "replay: all 1 figures hold"
    assert verdict([good, off]) == "replay: FAILED, 1 of 2 figures do not hold: responses"
    assert not Figure("mean", 4.2224, 4.2219).holds
    assert not Figure("mean", 4.2224, None).holds


def test_the_first_form_is_read_with_its_hidden_fields_and_nothing_behind_it() -> None:
    page = (
        '<body data-state="asking"><form method="get"><input name="q"></form><form method="post" action="/s/t">'
        '<input type="hidden" name="_page" value="0"><input type="radio" name="csat" value="1">'
        '<textarea name="why"></textarea></form><form method="post"><input name="other"></form></body>'
    )
    form = Form.of(Reply(200, None, page.encode(), "http://vocapp.test/s/t"))  # type: ignore[arg-type]
    assert (form.state, form.action, form.hidden, form.names) == ("asking", "/s/t", {"_page": "0"}, {"csat", "why"})


def _order(number: int) -> dict[str, Any]:
    delivered = "2018-02-20 10:00:00" if number in {0, 7, 22} else "" if number == 5 else "2018-02-05 10:00:00"
    return {
        "order_id": f"o{number}",
        "customer_id": f"c{number}",
        "order_purchase_timestamp": f"2018-01-{number + 1:02} 12:00:00",
        "order_delivered_customer_date": delivered,
        "order_estimated_delivery_date": "2018-02-10 00:00:00",
    }


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
