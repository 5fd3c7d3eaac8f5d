"""A document for paper: one column of headings, figures, rows and quotes, as a PDF that says its title and language."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vocapp.adapters.pdf.paper import Paper


class PdfMissing(Exception):
    """The library that writes PDFs is not installed here."""


def new_paper(*, title: str, author: str, language: str, made_at: datetime) -> Paper:
    """Return an empty document. Raises PdfMissing.

    The import stands inside: whoever sends no PDF need not load the library.
    """
    try:
        from vocapp.adapters.pdf.paper import Paper
    except ImportError as error:
        raise PdfMissing("fpdf2 is not installed") from error
    return Paper(title=title, author=author, language=language, made_at=made_at)
