"""Write a report as a mail: what its reader sees of a place, as HTML with a plain-text twin."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from vocapp.adapters.mail import Attachment, OutgoingMail
from vocapp.adapters.pdf import PdfMissing
from vocapp.domain.links import make_token
from vocapp.domain.report_times import Kind
from vocapp.services import senders
from vocapp.services.mail_layout import one_line, page, prose, subject_line
from vocapp.services.mail_words import our_language
from vocapp.services.report_contents import Contents, gather
from vocapp.services.report_pdf import file_name, pdf_of
from vocapp.services.report_sheet import Sheet, sheet_of
from vocapp.services.report_subscriptions import Reader
from vocapp.services.staff import Scope


class Press:
    """With what reports are written."""

    def __init__(self, *, secret: bytes, public_url: str, sender: str) -> None:
        self.secret = secret
        self.public_url = public_url
        self.sender = sender
        """Of a workspace that has set none."""

    def leave_url(self, subscription_id: UUID) -> str:
        """Return the link by which a subscription is left."""
        return f"{self.public_url}/reports/{make_token(self.secret, 'report', subscription_id)}"


def compose(
    *, mail_id: UUID, reader: Reader, scope: Scope, due_on: date, press: Press, now: datetime
) -> tuple[OutgoingMail, Collection[UUID]]:
    """Return (the mail, the responses that it quotes). Raises MailError where address or sender can be none."""
    wanted = reader.subscription
    kind: Kind = "weekly" if wanted.kind == "weekly" else "monthly"
    language = our_language(wanted.language)
    place = wanted.place or reader.member.place_key or ""
    contents = gather(scope=scope, place=place, kind=kind, due_on=due_on, language=language, now=now)
    sheet = sheet_of(contents, language=language, public_url=press.public_url, handles=reader.handles)
    leave_url = press.leave_url(wanted.id)
    settings_url = f"{press.public_url}/console/reports"
    settings = reader.workspace.settings
    files, note = _files(sheet, now) if kind == "monthly" else ((), "")
    urls = {"leave_url": leave_url, "settings_url": settings_url}
    mail = OutgoingMail(
        message_id=mail_id,
        to_address=reader.email,
        to_name=None,
        sender=senders.line_of(settings, press.sender),
        subject=subject_line(sheet.subject),
        text=text_of(sheet, note=note, **urls),
        html=html_of(sheet, note=note, **urls),
        headers={
            "List-Unsubscribe": f"<{leave_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
        language=language,
        attachments=files,
    )
    return senders.addressed(mail, settings), quoted_in(contents)


def quoted_in(contents: Contents) -> list[UUID]:
    """Return the responses whose words stand in a report."""
    return sorted(one.response_id for one in contents.quotes)


def html_of(sheet: Sheet, *, leave_url: str, settings_url: str, note: str = "") -> str:
    """Return the HTML of a report; `note`: what is to be said of its file."""
    words = sheet.words
    foot = [(words["leave"], leave_url), (words["settings"], settings_url)] if leave_url else []
    return page(
        "report.html",
        language=sheet.language,
        workspace=one_line(sheet.house),
        subject=sheet.subject,
        preview=sheet.preview,
        sheet=sheet,
        w=words,
        note=note,
        why=words["why"].format(workspace=one_line(sheet.house)),
        foot=foot,
    )


def text_of(sheet: Sheet, *, leave_url: str, settings_url: str, note: str = "") -> str:
    """Return a report as plain text."""
    words, colon = sheet.words, sheet.words["colon"]
    figures = [
        "\n".join(line for line in (f"{one.label}{colon} {one.value}", one.around, one.before, one.note) if line)
        for one in sheet.figures
    ]
    quotes = [
        "\n".join(line for line in (f"{one.why}{colon}", one.text, one.about, one.url) if line) for one in sheet.quotes
    ]
    todo = [f"{number}. {one.text}" + (f"\n{one.url}" if one.url else "") for number, one in enumerate(sheet.todo, 1)]
    blocks = [
        f"{one_line(sheet.heading)}\n{sheet.period}",
        _title(words["figures"]),
        *(figures or [words["no_scores"]]),
        _rows(sheet.counts, colon),
        _title(words["todo"]),
        "\n".join(todo),
        _title(words["quotes"]),
        *(quotes or [words["no_quotes"]]),
    ]
    if sheet.themes:
        told = (f"{one.name}{colon} {one.told}\n{one.url}".rstrip() for one in sheet.themes)
        blocks += [_title(words["themes"]), "\n".join(told)]
    blocks += [_title(words["callbacks"]), _rows(sheet.callbacks, colon)]
    if sheet.causes:
        blocks += [_title(words["causes"]), _rows(sheet.causes, colon)]
    if sheet.drivers:
        told = (line for one in sheet.drivers for line in (one.text, one.remark) if line)
        blocks += [_title(words["drivers"]), "\n".join((*told, words["driver_note"]))]
    blocks += [*([note] if note else []), words["method"], f"{words['open_console']}{colon}\n{sheet.console_url}"]
    blocks.append(f"-- \n{words['why'].format(workspace=one_line(sheet.house))}")
    if leave_url:
        blocks += [f"{words['leave']}{colon}\n{leave_url}", f"{words['settings']}{colon}\n{settings_url}"]
    return prose(*blocks)


def _files(sheet: Sheet, now: datetime) -> tuple[tuple[Attachment, ...], str]:
    """Return (the report as a PDF, what is said of it); where none can be made, the mail goes without and says so."""
    try:
        content = pdf_of(sheet, made_at=now)
    except PdfMissing:
        return (), sheet.words["no_pdf"]
    return (Attachment(file_name(sheet), "application/pdf", content),), sheet.words["pdf"]


def _title(text: str) -> str:
    return text.upper()


def _rows(rows: Collection[tuple[str, str]], colon: str) -> str:
    return "\n".join(f"{label}{colon} {value}" for label, value in rows)
