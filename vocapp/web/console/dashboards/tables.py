"""The tables of dashboards as CSV: a page names those that it shows, and its own address with `csv=NAME` gives one.

What a file holds is what the page has read by then: by the same guard, filters, places and smallest numbers. It is
written for machines: a comma between, a point in numbers, days as 2026-11-23, columns that keep their names in every
language; what a spreadsheet would take for a formula is none (`adapters/spreadsheets.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, abort, request

from vocapp.adapters.spreadsheets import CSV, Cell, write_csv
from vocapp.domain.boards import Figure, span_after
from vocapp.domain.callback_figures import Cause
from vocapp.domain.comparing import Sample
from vocapp.domain.scores import FEWEST_ANSWERS, Z
from vocapp.services.advising import Adviser
from vocapp.services.dashboards import Board, Row
from vocapp.web.console import frame
from vocapp.web.console.dashboards.drawing import Line

NAMED: Final = "csv"
"""What the address of a file says besides the page's own."""
_LONGEST_NAME: Final = 90


@dataclass(frozen=True, slots=True)
class Table:
    """One table that a page shows."""

    title: str
    """In the reader's language: what the file is called."""
    head: tuple[str, ...]
    rows: Callable[[], Iterable[Sequence[Cell]]]
    """Written only where the file is asked for."""


@dataclass(frozen=True, slots=True)
class Link:
    """To the file of a table."""

    title: str
    url: str


def asked_for(tables: Mapping[str, Table]) -> Table | None:
    """Return the table of which the address asks for the file; None: it asks for the page. 404 for one not shown."""
    name = request.args.get(NAMED)
    if name is not None and name not in tables:
        abort(404)
    return tables[name] if name is not None else None


def links(tables: Mapping[str, Table], address: dict[str, str]) -> dict[str, Link]:
    """Return where the files are had, by table; `address`: what has to stand in it."""
    return {
        name: Link(one.title, f"{request.path}?{urlencode(address | {NAMED: name})}") for name, one in tables.items()
    }


def file_of(table: Table, *, about: Iterable[str], days: tuple[date, date]) -> Response:
    """Return a table as a file; `about`: whose figures these are, `days`: from and until before which."""
    written = "".join(write_csv(head=table.head, batches=[table.rows()], between=","))
    response = frame.send_headers(Response(written, content_type=CSV))
    said = _plain(" ".join((*about, table.title)))[:_LONGEST_NAME].strip("-")
    name = f"{said}-{days[0].isoformat()}-{(days[1] - timedelta(days=1)).isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def of_line(line: Line, title: str, days: tuple[date, date]) -> Table:
    """Return one figure over time."""
    head = ("from", "to", line.key, *ends_of(line.key), "n", "question_reworded", "earlier_tool")

    def rows() -> Iterable[Sequence[Cell]]:
        for point, _, cell in line.cells:
            known = [rounded(one) for one in (cell.value, cell.low, cell.high)]
            reworded = "yes" if line.key in point.reworded else "no"
            earlier = "yes" if point.sums["imported"] else "no"
            yield *days_of(point.start, span_after(point.start, line.span), days), *known, cell.n, reworded, earlier

    return Table(title, head, rows)


def of_responses(board: Board, title: str) -> Table:
    """Return how many answered, over time."""
    days, span = (board.asked.since, board.asked.until), board.asked.span

    def rows() -> Iterable[Sequence[Cell]]:
        for point in board.points:
            yield *days_of(point.start, span_after(point.start, span), days), point.sums.responses

    return Table(title, ("from", "to", "responses"), rows)


def compared(
    listed: Sequence[tuple[str, Row]], title: str, *, group: str, columns: Sequence[str], ranked: bool
) -> Table:
    """Return several beside one another: all of them, where the page shows a part; ranks are of the NPS."""
    ranks = ("rank_best", "rank_worst", "ranked_among") if ranked else ()
    figures = [name for key in columns for name in (key, *ends_of(key), f"{key}_n", *columns_before(key))]

    def rows() -> Iterable[Sequence[Cell]]:
        for name, row in listed:
            cells: list[Cell] = [row.key, name, row.now.responses]
            for key in columns:
                figure = row.figure(key, at_once=len(listed) * len(columns))
                cells += [*known_of(figure.now), figure.now.n, *was_of(figure)]
            if ranked:
                cells += [row.rank.best, row.rank.worst, row.rank.among] if row.rank else [None] * 3
            yield cells

    return Table(title, (group, "name", "responses", *figures, *ranks), rows)


def of_surveys(listed: Sequence[tuple[str, Row]], title: str) -> Table:
    """Return what became of the mails of each survey."""
    counts = ("mail_sent", "mail_due", "mail_answered", "mail_completed")

    def rows() -> Iterable[Sequence[Cell]]:
        for name, row in listed:
            figure = row.figure("answered", at_once=len(listed))
            yield row.key, name, *(row.now[one] for one in counts), *known_of(figure.now), *was_of(figure)

    return Table(
        title, ("survey", "name", *counts, "answered", *ends_of("answered"), *columns_before("answered")), rows
    )


def of_causes(found: Sequence[tuple[str, Cause]], title: str) -> Table:
    """Return the causes that were found, the most frequent first."""

    def rows() -> Iterable[Sequence[Cell]]:
        for name, one in found:
            yield one.key, name, one.share.hits, rounded(one.share.share)

    return Table(title, ("cause", "name", "callbacks", "share"), rows)


def of_drivers(found: Sequence[Mapping[str, Any]], title: str) -> Table:
    """Return what goes with low scores; shares in percent, their difference in points."""
    head = (
        *("factor", "level", "n", "share_low", "n_elsewhere", "share_low_elsewhere"),
        *("difference", "difference_low", "difference_high", "share_of_all_low_at_least"),
        *("goes_with_factor", "goes_with_level", "always_together"),
    )

    def rows() -> Iterable[Sequence[Cell]]:
        for one in found:
            gap, beside = one["difference"], one.get("goes_with") or {}
            interval = gap["interval"]
            yield (
                *(one[name] for name in head[:6]),
                *(rounded(value) for value in (gap["value"], interval["low"], interval["high"])),
                one["share_of_all_low_at_least"],
                *(beside.get(name) for name in ("factor", "level")),
                "yes" if one.get("always_together") else "no",
            )

    return Table(title, head, rows)


def of_advisers(named: Sequence[Adviser], title: str, *, metric: str) -> Table:
    """Return advisers who have answers enough, and what their figure was before where they had enough then, too."""
    before = (f"{metric}_before", "n_before", f"{metric}_change")

    def rows() -> Iterable[Sequence[Cell]]:
        for one in named:
            was = one.figure.before
            earlier = [rounded(was.value), was.n] if was.n else [None, None]
            yield one.name, one.figure.now.n, *known_of(one.figure.now), *earlier, change_of(one.figure)

    return Table(title, ("adviser", "n", metric, *ends_of(metric), *before), rows)


def change_of(figure: Figure) -> str:
    """Say whether a figure surely moved, as its page does: up, down, no; empty: of too few to say."""
    if figure.change is None:
        return ""
    return "no" if not figure.change.clear else "up" if figure.change.value > 0 else "down"


def was_of(figure: Figure) -> list[Cell]:
    """Return what a figure was before, of how many, and whether it surely moved."""
    return [known_of(figure.before)[0], figure.before.n, change_of(figure)]


def columns_before(key: str) -> tuple[str, str, str]:
    """Return how these columns are called."""
    return f"{key}_before", f"{key}_before_n", f"{key}_change"


def known_of(sample: Sample) -> list[Cell]:
    """Return a figure and the ends of its interval; of too few, nothing of it."""
    if sample.n < FEWEST_ANSWERS:
        return [None, None, None]
    interval = sample.within(Z)
    return [rounded(one) for one in (sample.value, interval.low, interval.high)]


def ends_of(key: str) -> tuple[str, str]:
    """Return how the columns of a figure's interval are called."""
    return f"{key}_low", f"{key}_high"


def days_of(start: date, after: date, days: tuple[date, date]) -> tuple[str, str]:
    """Return the first and the last day that count of a part of a period."""
    return max(start, days[0]).isoformat(), (min(after, days[1]) - timedelta(days=1)).isoformat()


def rounded(value: float | None) -> float | None:
    """Return a figure as the API gives it."""
    return None if value is None else round(value, 4)


def _plain(text: str) -> str:
    """Return what every disk takes in the name of a file."""
    ascii_only = unicodedata.normalize("NFKD", text.replace("’", " ")).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", ascii_only).strip("-").lower()
