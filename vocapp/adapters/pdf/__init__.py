"""A document for paper: one column of headings, figures, rows and quotes, as a PDF that says its title and language."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from vocapp.adapters.pdf.paper import Paper


class PdfMissing(Exception):
    """The library that writes PDFs is not installed here."""


class Tile(NamedTuple):
    """A figure with what belongs to it."""

    label: str
    value: str
    known: bool
    """Else the value is a sentence: that there is none."""
    below: tuple[str, ...]

    @property
    def lines(self) -> list[tuple[str, float, bool, bool]]:
        """Return (text, size, bold, muted) from above."""
        value = (self.value, 17.0, True, False) if self.known else (self.value, 10.0, False, False)
        return [(self.label, 9.0, False, True), value, *((line, 8.5, False, True) for line in self.below if line)]


def new_paper(*, title: str, author: str, language: str, made_at: datetime) -> Paper:
    """Return an empty document. Raises PdfMissing.

    The import stands inside: whoever sends no PDF need not load the library.
    """
    try:
        from vocapp.adapters.pdf.paper import Paper
    except ImportError as error:
        raise PdfMissing("fpdf2 is not installed") from error
    return Paper(title=title, author=author, language=language, made_at=made_at)
