"""A report as it would go today, for whoever looks at it in the console: written anew, and kept nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from vocapp.domain.report_times import Kind
from vocapp.services.composing_report import html_of
from vocapp.services.mail_words import Language
from vocapp.services.report_contents import gather
from vocapp.services.report_pdf import file_name, pdf_of
from vocapp.services.report_sheet import Sheet, sheet_of
from vocapp.services.staff import Scope


def sheet(
    *,
    scope: Scope,
    place: str,
    kind: Kind,
    language: Language,
    timezone: str,
    public_url: str,
    handles: bool,
    now: datetime,
) -> Sheet:
    """Return the last report of a kind in words: of the last whole week, or month, by that clock.

    `handles`: whether its reader deals with callbacks.
    """
    today = now.astimezone(ZoneInfo(timezone)).date()
    contents = gather(scope=scope, place=place, kind=kind, due_on=today, language=language, now=now)
    return sheet_of(contents, language=language, public_url=public_url, handles=handles)


def pdf(*, now: datetime, **asked: Any) -> tuple[str, bytes]:
    """Return (what the file is called, it as a PDF) of what is asked for as of `sheet`. Raises PdfMissing."""
    found = sheet(now=now, **asked)
    return file_name(found), pdf_of(found, made_at=now)


def html(**asked: Any) -> str:
    """Return it as the mail has it, without the links by which one leaves; asked for as of `sheet`."""
    return html_of(sheet(**asked), leave_url="", settings_url="")
