"""A4 by fpdf2, with the letters that it needs embedded: DejaVu Sans, cut to Latin, Greek and Cyrillic (`vendor/`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from xml.sax.saxutils import escape

from fpdf import FPDF, ViewerPreferences
from fpdf.enums import MethodReturnValue, XPos, YPos
from fpdf.util import Padding

from vocapp.adapters.pdf import Tile

_FONTS = Path(__file__).parent / "vendor"
_FAMILY = "DejaVu"
_MISSING = "\N{REPLACEMENT CHARACTER}"
_INK, _MUTED, _LINE, _WASH = (28, 33, 40), (87, 96, 106), (200, 205, 211), (246, 247, 249)
_MARGIN = 20.0
_BESIDE, _GAP, _INSIDE, _HANG, _LEAD = 3, 4.0, 3.0, 6.0, 0.4
_TILE = (210 - 2 * _MARGIN - (_BESIDE - 1) * _GAP) / _BESIDE
"""How wide a figure is, in millimetres as all measures here."""
_SPACES = str.maketrans({"\u202f": "\u00a0"})
"""Read back from a PDF, and by some readers aloud, a narrow space is a strange sign; on paper both are a space."""


_XMP = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<dc:format>application/pdf</dc:format><xmp:CreateDate>{at}</xmp:CreateDate></rdf:Description></rdf:RDF>"""
"""Title and language once more where libraries of documents look for them."""


class Paper:
    """One document, written from top to bottom."""

    def __init__(self, *, title: str, author: str, language: str, made_at: datetime) -> None:
        told = {"title": title, "author": author, "language": language, "at": made_at.isoformat()}
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
        self._pdf.set_creator("vocapp")
        self._pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self._pdf.set_xmp_metadata(_XMP.format(**{name: escape(value) for name, value in told.items()}))
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

    def figures(self, told: Sequence[Tile]) -> None:
        """Write figures beside one another, three to a line, each with what belongs to it."""
        pdf = self._pdf
        for start in range(0, len(told), _BESIDE):
            several = told[start : start + _BESIDE]
            tall = max(self._tall(one) for one in several)
            if pdf.get_y() + tall > pdf.page_break_trigger:
                pdf.add_page()
            top = pdf.get_y()
            for at, one in enumerate(several):
                left = _MARGIN + at * (_TILE + _GAP)
                pdf.set_fill_color(*_WASH)
                pdf.rect(left, top, _TILE, tall, style="F", round_corners=True, corner_radius=2)
                pdf.set_xy(left, top + _INSIDE)
                self._tile(one, left)
            pdf.set_xy(_MARGIN, top + tall + _GAP)

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
            v_align="TOP",
            num_heading_rows=0,
        ) as table:
            for label, value in pairs:
                row = table.row()
                row.cell(self._shown(label))
                row.cell(self._shown(value))
        pdf.ln(3)

    def numbered(self, texts: Iterable[str]) -> None:
        """Write a list in its order, its lines below one another."""
        pdf = self._pdf
        for number, text in enumerate(texts, 1):
            if pdf.get_y() + self._lines(text, 10.5, pdf.epw - _HANG) > pdf.page_break_trigger:
                pdf.add_page()
            top = pdf.get_y()
            self._write(f"{number}.", 10.5)
            pdf.set_xy(_MARGIN + _HANG, top)
            self._write(text, 10.5, wide=pdf.epw - _HANG)
            pdf.ln(1)

    def quote(self, above: str, text: str, below: str) -> None:
        """Write somebody's words, with what they stand for; on one page where a page holds them."""
        pdf = self._pdf
        lines = [(above, 8.5, True), (text, 10.5, False), (below, 8.5, True)]
        wide = pdf.epw - 2 * _INSIDE
        tall = sum(self._lines(line, size, wide) for line, size, _ in lines if line)
        if pdf.get_y() + min(tall, 24 if tall > pdf.eph else tall) > pdf.page_break_trigger:
            pdf.add_page()
        pdf.set_fill_color(*_WASH)
        for line, size, muted in lines:
            if line:
                self._write(line, size, muted=muted, fill=True, inside=_INSIDE)
        pdf.ln(3)

    def as_bytes(self) -> bytes:
        """Return the whole document."""
        return bytes(self._pdf.output())

    def _tile(self, one: Tile, left: float) -> None:
        for text, size, bold, muted in one.lines:
            self._pdf.set_x(left)
            self._write(text, size, bold=bold, muted=muted, wide=_TILE, inside=_INSIDE)

    def _tall(self, one: Tile) -> float:
        return 2 * _INSIDE + sum(
            self._lines(text, size, _TILE - 2 * _INSIDE, bold=bold) for text, size, bold, _ in one.lines
        )

    def _lines(self, text: str, size: float, wide: float, *, bold: bool = False) -> float:
        """Return how much room a text takes downwards, in millimetres."""
        pdf = self._pdf
        pdf.set_font(_FAMILY, "B" if bold else "", size)
        tall = pdf.multi_cell(
            wide, size * 0.5, self._shown(text), align="L", dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return cast("float", tall) + 2 * _LEAD

    def _write(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        muted: bool = False,
        fill: bool = False,
        wide: float = 0,
        inside: float = 0,
    ) -> None:
        pdf = self._pdf
        pdf.set_font(_FAMILY, "B" if bold else "", size)
        pdf.set_text_color(*(_MUTED if muted else _INK))
        pdf.multi_cell(
            wide,
            size * 0.5,
            self._shown(text),
            align="L",
            fill=fill,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            padding=Padding(top=_LEAD, bottom=_LEAD, left=inside, right=inside),
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
        foot, room = self.foot, self.epw - 24
        while self.get_string_width(foot) > room:  # beside it stands the number of the page
            foot = foot.rstrip("…")[:-1].rstrip() + "…"
        self.cell(0, 5, foot, align="L", new_x=XPos.LMARGIN)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")
