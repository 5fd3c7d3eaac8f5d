"""Rows as a spreadsheet takes them: XLSX and CSV, written as they come, and nothing in them that one would run.

Every text goes as a text; one that a spreadsheet might take for a formula has an apostrophe before it, in both kinds
alike (`refused_rows.for_spreadsheet`), since what was opened as one kind may be saved as the other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Final, TypeAlias

import xlsxwriter

from vocapp.adapters.refused_rows import for_spreadsheet

Cell: TypeAlias = str | int | float | datetime | None
"""Times come as the reader's clock has them, without a zone: no spreadsheet knows of any."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv; charset=utf-8"
MOST_ROWS: Final = 1_048_575
"""Of a sheet, below its head."""
_BOM: Final = "\ufeff"
"""Without it, spreadsheets read accents wrongly."""
_BLOCK: Final = 64 * 1024
_AS_IT_IS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_xlsx(*, title: str, head: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """Write a workbook of one sheet into a file that goes with its closing; a row is held no longer than it is written.

    `widths` are in characters. What has no room below the head (MOST_ROWS) is left out.
    """
    file = TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, **_AS_IT_IS})
    bold = book.add_format({"bold": True, "valign": "top"})
    plain = book.add_format({"valign": "top", "text_wrap": True})
    at = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm", "align": "left"})
    sheet = book.add_worksheet(title[:31])
    sheet.freeze_panes(1, 0)
    for column, (name, width) in enumerate(zip(head, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, for_spreadsheet(name), bold)
    last = 0
    for last, row in zip(range(1, MOST_ROWS + 1), rows, strict=False):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(last, column, cell, at)
            elif isinstance(cell, int | float):
                sheet.write_number(last, column, cell, plain)
            elif cell:
                sheet.write_string(last, column, for_spreadsheet(cell), plain)
    sheet.autofilter(0, 0, last, len(head) - 1)
    book.close()
    file.seek(0)
    return file


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file to its end, and close it."""
    with file:
        while block := file.read(_BLOCK):
            yield block


def write_csv(*, head: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]], between: str) -> Iterator[str]:
    """Write rows as CSV, a piece a batch; `between`: what spreadsheets of the reader's country expect there."""
    yield _BOM + _lines([head], between)
    for batch in batches:
        yield _lines(batch, between)


def _lines(rows: Iterable[Sequence[Cell]], between: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=between).writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue()


def _written(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    return "" if cell is None else for_spreadsheet(str(cell))
