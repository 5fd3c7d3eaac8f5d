"""Verbatims as a spreadsheet: what the filters show, within one's places; written down, since it leaves the product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response, request, stream_with_context

from vocapp.adapters.spreadsheets import CSV, XLSX, Cell, blocks, write_csv, write_xlsx
from vocapp.models import database_now, transaction
from vocapp.services import auditing, theming
from vocapp.services.browsing import personas
from vocapp.services.verbatims import searching
from vocapp.services.verbatims.searching import Found
from vocapp.web.console import filters, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.segments.views import said
from vocapp.web.console.verbatims.asking import Asked, asked, needs
from vocapp.web.console.words import Words

MOST_ROWS: Final = 100_000
"""Of one file; more is asked for by periods, or by the API."""
COLUMNS: Final = {
    "at": 17, "text": 80, "survey": 24, "question": 32, "nps": 8, "csat": 8, "ces": 8, "tone": 12, "sentiment": 12,
    "persona": 18, "place": 20, "language": 10, "themes": 24, "tags": 24, "customer": 18,
}  # fmt: skip
"""In order, each with its width in characters."""


@blueprint.post("/console/verbatims/file")
def verbatims_file() -> Response:
    """A POST, because what leaves the product is written down."""
    needs(granted=guard.membership().sees_names)
    this, scope = asked(request.form), guard.scope()
    kind = "xlsx" if request.form.get("as") == "xlsx" else "csv"
    with transaction():
        auditing.note(
            workspace_id=scope.workspace_id,
            by=guard.me().email,
            action="verbatims.exported",
            subject=kind,
            after={"filters": ", ".join(f"{name}={value}" for name, value in this.kept.items())} if this.kept else None,
            now=database_now(),
        )
    words = frame.words()
    head = [str(words["verbatim_columns"][name]) for name in COLUMNS]
    batches = _batches(this)
    if kind == "csv":
        between = ";" if words.language == "fr" else ","
        written = stream_with_context(write_csv(head=head, batches=batches, between=between))
        return _sent(Response(written, content_type=CSV), kind)
    rows = (row for batch in batches for row in batch)
    book = write_xlsx(title=str(words["verbatims"]), head=head, widths=list(COLUMNS.values()), rows=rows)
    response = Response(blocks(book), content_type=XLSX)
    response.call_on_close(book.close)
    return _sent(response, kind)


def _batches(this: Asked) -> Iterator[list[Sequence[Cell]]]:
    scope, words, zone = guard.scope(), frame.words(), ZoneInfo(guard.membership().timezone)
    known = personas.list_personas(workspace_id=scope.workspace_id, language=words.language)
    named = {key: one.name for key, one in known.items()}
    themes = theming.find_names(workspace_id=scope.workspace_id)
    placed = {choice.key: choice.label.strip() for choice in filters.place_choices(scope)}
    for batch in searching.read_all(scope=scope, wanted=this.wanted, most=MOST_ROWS, language=words.language):
        yield [_row(one, words, zone, named, placed, themes) for one in batch]


def _row(
    one: Found,
    words: Words,
    zone: ZoneInfo,
    named: Mapping[str, str],
    placed: Mapping[str, str],
    themes: Mapping[str, Any],
) -> tuple[Cell, ...]:
    """Return one verbatim as COLUMNS has it."""
    row = one.row
    return (
        row.answered_at.astimezone(zone).replace(tzinfo=None),
        row.text,
        one.survey_title,
        one.question_title,
        row.nps,
        row.csat,
        row.ces,
        words.of("tones", row.tone),
        words.of("sentiments", row.sentiment),
        named.get(row.persona or "", row.persona),
        placed.get(row.place or "", row.place),
        row.language,
        ", ".join(said(themes[key]) if key in themes else key for key, _ in one.themes),
        ", ".join(tag.name for tag in one.tags),
        one.customer.external_id,
    )


def _sent(response: Response, kind: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="verbatims.{kind}"'
    return response
