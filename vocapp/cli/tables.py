"""Spreadsheets as they come: in whatever encoding and with whatever delimiter; refused rows go into one of ours."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import TaskID

from vocapp.adapters.refused_rows import for_spreadsheet, from_spreadsheet
from vocapp.cli.frame import CommandRefused
from vocapp.cli.importing import BATCH, Refusals, bar

FIRST_LINE = 2
"""Of a file whose first line names the columns; a cell with line breaks counts as one line."""
LARGEST_FIELD = 1_000_000
WHY = "refused_why"
"""The last column of a file of refused rows: ours, whatever else is in it."""
OLD_WHY = "why"
"""What it was called before; a file may have one of its own."""


def read_table(path: Path) -> tuple[csv.DictReader[str], int]:
    """Return (the rows of a spreadsheet's file, about how many there are)."""
    text = _text(path)
    csv.field_size_limit(LARGEST_FIELD)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    return rows, max(text.count("\n") - 1, 1)


def header_of(rows: csv.DictReader[str]) -> list[str]:
    """Return the columns' names without the blanks around them, and without ours, which `batches` leaves out."""
    rows.fieldnames = [name.strip() for name in rows.fieldnames or []]
    return [name for name in rows.fieldnames if name != WHY]


def named_once(header: list[str], path: Path) -> None:
    """Raise CommandRefused where two columns have one name: whose cells would count?"""
    for name in header:
        if header.count(name) > 1:
            raise CommandRefused(f"{path}: the column {name} stands there twice")


def batches(rows: csv.DictReader[str]) -> Iterator[list[dict[Any, Any]]]:
    """Read on; a cell stays as it is, but for files of refused rows, where ours stands before what would run."""
    names = rows.fieldnames or [""]
    is_ours = WHY in names or names[-1] == OLD_WHY
    try:
        while batch := [
            {
                key: value if key is None else from_spreadsheet(value or "") if is_ours else value or ""
                for key, value in row.items()
                if key != WHY
            }
            for row in islice(rows, BATCH)
        ]:
            yield batch
    except csv.Error as error:
        raise CommandRefused(f"line {rows.line_num}: {error}; the lines before it were taken") from error


class Line(NamedTuple):
    """A row, and where it stands in its file."""

    line: int
    row: dict[Any, Any]


def lines_of(rows: csv.DictReader[str], what: str, total: int) -> Iterator[list[Line]]:
    """Give what `batches` reads, each with its line, under a bar that goes on as they are done."""
    line = FIRST_LINE
    with bar(what, total) as progress:
        for batch in batches(rows):
            yield [Line(line + at, row) for at, row in enumerate(batch)]
            line += len(batch)
            progress.advance(TaskID(0), len(batch))


def write_refused(refusals: Refusals, header: list[str], row: dict[Any, Any], why: str) -> None:
    """Write a refused row, and why; an empty one where nothing of it may be written down."""
    is_first = refusals.is_first
    writer = csv.writer(refusals.file())
    if is_first:
        writer.writerow([*header, WHY])
    writer.writerow([*(for_spreadsheet(row.get(name) or "") for name in header), why])


def _text(path: Path) -> str:
    """Read a spreadsheet's file: UTF-8, UTF-16 where it says so, or what Western spreadsheets write."""
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        print(f"{path} is not UTF-8; read as Windows-1252", file=sys.stderr)
        return raw.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)
