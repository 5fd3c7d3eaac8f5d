"""A4 by fpdf2, with the letters that it needs embedded: DejaVu Sans, cut to Latin, Greek and Cyrillic (`vendor/`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.util import Padding

_FONTS = Path(__file__).parent / "vendor"
_FAMILY = "DejaVu"
_MISSING = "\N{REPLACEMENT CHARACTER}"
_INK, _MUTED, _LINE, _WASH = (28, 33, 40), (87, 96, 106), (200, 205, 211), (246, 247, 249)
_MARGIN = 20.0
_SPACES = str.maketrans({"\u202f": "\u00a0"})
"""Read back from a PDF, and by some readers aloud, a narrow space is a strange sign; on paper both are a space."""


class Paper:
    """One document, written from top to bottom."""

    def __init__(self, *, title: str, author: str, language: str, made_at: datetime) -> None:
        self._pdf = _Pages()
        self._pdf.add_font(_FAMILY, "", _FONTS / "DejaVuSans.ttf")
        self._pdf.add_font(_FAMILY, "B", _FONTS / "DejaVuSans-Bold.ttf")
        self._letters = frozenset(map(chr, self._pdf.fonts[_FAMILY.lower()].cmap))  # type: ignore[union-attr]
        self._pdf.set_margin(_MARGIN)
        self._pdf.set_auto_page_break(auto=True, margin=_MARGIN)
        self._pdf.set_title(title)
        self._pdf.set_author(author)
        self._pdf.set_lang(language)
        self._pdf.set_creation_date(made_at)
        self._pdf.set_producer("vocapp")
        self._pdf.foot = self._shown(title)
        self._pdf.add_page()

    def title(self, text: str, below: str) -> None:
        """Write what it is about, and over which days."""
        self._pdf.start_section(self._shown(text))
        self._write(text, 18, bold=True)
        self._write(below, 11, muted=True)

    def heading(self, text: str) -> None:
        """Begin a part; it stands in the document's outline."""
        pdf = self._pdf
        if pdf.get_y() + 30 > pdf.page_break_trigger:  # a heading is never the last on its page
            pdf.add_page()
        pdf.ln(5)
        pdf.start_section(self._shown(text), level=1)
        self._write(text, 13, bold=True)
        pdf.ln(1)

    def paragraph(self, text: str, *, muted: bool = False) -> None:
        """Write some lines."""
        self._write(text, 9 if muted else 10.5, muted=muted)
        self._pdf.ln(1)

    def figure(self, label: str, value: str, below: Iterable[str]) -> None:
        """Write a figure with what belongs to it."""
        lines = [line for line in below if line]
        if self._pdf.get_y() + 14 + 5 * len(lines) > self._pdf.page_break_trigger:
            self._pdf.add_page()
        self._write(label, 9, muted=True)
        self._write(value, 15, bold=True)
        for line in lines:
            self._write(line, 9.5, muted=True)
        self._pdf.ln(2)

    def rows(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Write a table of two columns: what, and how much."""
        pdf = self._pdf
        pdf.set_font(_FAMILY, "", 10)
        pdf.set_text_color(*_INK)
        pdf.set_draw_color(*_LINE)
        pdf.set_fill_color(255)  # a quote's was left behind
        with pdf.table(
            col_widths=(45, 55),
            first_row_as_headings=False,
            borders_layout="HORIZONTAL_LINES",
            line_height=6,
            text_align="LEFT",
            num_heading_rows=0,
        ) as table:
            for label, value in pairs:
                row = table.row()
                row.cell(self._shown(label))
                row.cell(self._shown(value))

    def numbered(self, texts: Iterable[str]) -> None:
        """Write a list in its order."""
        for number, text in enumerate(texts, 1):
            self._write(f"{number}.\u00a0{text}", 10.5)
            self._pdf.ln(1)

    def quote(self, above: str, text: str, below: str) -> None:
        """Write somebody's words, with what they stand for."""
        pdf = self._pdf
        if pdf.get_y() + 24 > pdf.page_break_trigger:
            pdf.add_page()
        pdf.set_fill_color(*_WASH)
        for line, size, muted in ((above, 8.5, True), (text, 10.5, False), (below, 8.5, True)):
            if line:
                self._write(line, size, muted=muted, fill=True)
        pdf.ln(3)

    def as_bytes(self) -> bytes:
        """Return the whole document."""
        return bytes(self._pdf.output())

    def _write(self, text: str, size: float, *, bold: bool = False, muted: bool = False, fill: bool = False) -> None:
        pdf = self._pdf
        pdf.set_font(_FAMILY, "B" if bold else "", size)
        pdf.set_text_color(*(_MUTED if muted else _INK))
        pdf.multi_cell(
            0,
            size * 0.5,
            self._shown(text),
            align="L",
            fill=fill,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            padding=Padding(top=0.4, bottom=0.4),
        )

    def _shown(self, text: str) -> str:
        """Return what the font can show of a text; what it can't is shown to be missing."""
        line = text.translate(_SPACES)
        return "".join(one if one in self._letters or one == "\n" else _MISSING for one in line)


class _Pages(FPDF):
    """A4 pages with a foot: which document, which page of how many."""

    foot = ""

    def __init__(self) -> None:
        super().__init__(orientation="P", unit="mm", format="A4")

    def footer(self) -> Any:
        self.set_y(-14)
        self.set_font(_FAMILY, "", 8)
        self.set_text_color(*_MUTED)
        self.cell(0, 5, self.foot, align="L", new_x=XPos.LMARGIN)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")
