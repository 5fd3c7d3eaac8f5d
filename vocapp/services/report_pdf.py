"""A report as a PDF, for a board: the same words as the mail, on paper."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from vocapp.adapters.pdf import Tile, new_paper
from vocapp.services.report_sheet import Sheet


def pdf_of(sheet: Sheet, *, made_at: datetime) -> bytes:
    """Return the PDF of a report. Raises PdfMissing."""
    words = sheet.words
    title = f"{sheet.heading}, {sheet.period}"
    paper = new_paper(title=title, author=sheet.house, language=sheet.language, made_at=made_at)
    paper.title(sheet.heading, sheet.period if sheet.heading == sheet.house else f"{sheet.period} · {sheet.house}")
    paper.heading(words["figures"])
    if not sheet.figures:
        paper.paragraph(words["no_scores"])
    paper.figures([Tile(one.label, one.value, one.known, (one.around, one.before, one.note)) for one in sheet.figures])
    paper.rows(sheet.counts)
    paper.heading(words["todo"])
    paper.numbered(one.text for one in sheet.todo)
    paper.heading(words["quotes"])
    if not sheet.quotes:
        paper.paragraph(words["no_quotes"])
    for said in sheet.quotes:
        paper.quote(said.why, said.text, said.about)
    if sheet.themes:
        paper.heading(words["themes"])
        paper.rows([(one.name, one.told) for one in sheet.themes])
    paper.heading(words["callbacks"])
    paper.rows(sheet.callbacks)
    if sheet.causes:
        paper.heading(words["causes"])
        paper.rows(sheet.causes)
    if sheet.drivers:
        paper.heading(words["drivers"])
        for one in sheet.drivers:
            paper.paragraph(one.text)
            if one.remark:
                paper.paragraph(one.remark, muted=True)
        paper.paragraph(words["driver_note"], muted=True)
    paper.paragraph(words["method"], muted=True)
    return paper.as_bytes()


def file_name(sheet: Sheet) -> str:
    """Return what the file is called: ASCII, so that every mail program and every disk takes it."""
    plain = unicodedata.normalize("NFKD", f"{sheet.heading} {sheet.period}").encode("ascii", "ignore").decode()
    return (re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:80] or "report") + ".pdf"
