"""Write what the team is told of alerts: the lines for every medium, the mail about one, the mail about several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from vocapp.adapters.mail import OutgoingMail
from vocapp.domain.notices import Event
from vocapp.domain.questions import TYPES
from vocapp.services.mail_layout import one_line, page, paragraphs, prose, subject_line
from vocapp.services.mail_words import Language, our_language, say

LONGEST_QUOTE = 500
"""Characters of the customer's words that a notice shows."""
_METRICS = ("nps", "csat", "ces")
_HEADS: Mapping[Event, str] = {
    "alert.opened": "alert_subject",
    "alert.reopened": "alert_reopened",
    "alert.urgent": "alert_urgent",
    "alert.escalated": "alert_escalated",
    "alert.reminder": "alert_again",
    "alert.declined": "alert_declined",
    "alert.given": "alert_assigned",
}
_HEADINGS: Mapping[Event, str] = {
    "alert.declined": "alert_declined_heading",
    "alert.given": "alert_assigned_heading",
}
_SEVERAL: Mapping[Event, str] = {"alert.declined": "alerts_declined", "alert.given": "alerts_assigned"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is told of one alert, before it is written."""

    kinds: Sequence[str]
    scores: Mapping[str, int]
    """nps, csat, ces → the raw figure."""
    place_name: str | None
    due_at: datetime | None
    """Shown in `timezone`."""
    timezone: str
    language: str
    workspace_name: str
    console_url: str
    customer_name: str | None = None
    said: str | None = None


def rows_of(content: Content, *, named: bool = True) -> tuple[tuple[str, str], ...]:
    """Return (label, value), in the team's language; without who it is unless `named`."""
    ours = our_language(content.language)
    figures = _figures(content, ours)
    who = one_line(content.customer_name or "") or say("alert_unnamed", ours)
    facts = [
        (say("alert_who", ours), who if named else ""),
        (say("alert_place", ours), one_line(content.place_name or "")),
        (say("alert_what", ours), _reasons(content, ours)),
        (say("alert_scores", ours), ", ".join(f"{name} {figure}" for name, figure in figures)),
        (say("alert_due", ours), _moment(content.due_at, content.timezone, ours) if content.due_at is not None else ""),
    ]
    return tuple((label, value) for label, value in facts if value)


def title_of(contents: Sequence[Content], *, event: Event = "alert.opened") -> str:
    """Return the one line that stands for the whole; what was said is no part of it."""
    ours = our_language(contents[0].language)
    if len(contents) > 1:
        return say(_SEVERAL.get(event, "alerts_subject"), ours, count=str(len(contents)))
    content = contents[0]
    figures = _figures(content, ours)
    what = figures[0][1] if figures else _reasons(content, ours)
    about = ", ".join(filter(None, [what, one_line(content.place_name or "")]))
    return subject_line(f"{say(_HEADS.get(event, 'alert_subject'), ours)}{say('colon', ours)} {about}")


def quoted(said: str | None, language: str) -> str:
    """Return what was said, cut and between its marks; empty for nothing."""
    ours, words = our_language(language), one_line(said or "")
    if len(words) > LONGEST_QUOTE:
        words = words[:LONGEST_QUOTE].rstrip() + "…"
    return f"{say('opening', ours)}{words}{say('quote_end', ours)}" if words else ""


def compose_alert_notice(
    *, notice_id: UUID, content: Content, to_address: str, sender: str, event: Event = "alert.opened"
) -> OutgoingMail:
    """Return the notice of an alert to one of the team. `notice_id` is one per event and recipient.

    What the customer said stands in the body only: subjects are read over shoulders and kept in logs. Raise MailRefused
    where the address is no address, MailBlocked where the sender is none.
    """
    ours, rows = our_language(content.language), rows_of(content)
    colon, said = say("colon", ours), quoted(content.said, content.language)
    subject = title_of([content], event=event)
    why = say("alert_why", ours, workspace=one_line(content.workspace_name))
    heading = say(_HEADINGS.get(event, "alert_heading"), ours)
    text = prose(
        heading,
        "\n".join(f"{label}{colon} {value}" for label, value in rows),
        *([f"{say('alert_said', ours)}{colon}\n{said}"] if said else []),
        f"{say('alert_open', ours)}{colon}\n{content.console_url}",
        f"-- \n{why}",
    )
    html = page(
        "alert.html",
        language=ours,
        workspace=one_line(content.workspace_name),
        subject=subject,
        preview=", ".join(value for _, value in rows),
        heading=heading,
        rows=rows,
        said_label=say("alert_said", ours),
        said=paragraphs(said),
        url=content.console_url,
        open=say("alert_open", ours),
        why=why,
        foot=[],
    )
    return _mail(notice_id, to_address, sender, subject, text, html, ours)


def compose_digest(
    *, notice_id: UUID, contents: Sequence[Content], to_address: str, sender: str, event: Event = "alert.opened"
) -> OutgoingMail:
    """Return one mail about several alerts: a paragraph each, with its link. Raise as above."""
    ours = our_language(contents[0].language)
    colon, subject = say("colon", ours), title_of(contents, event=event)
    parts = []
    for content in contents:
        said = quoted(content.said, content.language)
        lines = [f"{label}{colon} {value}" for label, value in rows_of(content)]
        parts.append("\n".join([*lines, *([said] if said else []), content.console_url]))
    text = prose(subject, *parts, f"-- \n{say('alert_why', ours, workspace=one_line(contents[0].workspace_name))}")
    return _mail(notice_id, to_address, sender, subject, text, None, ours)


def compose_test(*, notice_id: UUID, title: str, language: str, to_address: str, sender: str) -> OutgoingMail:
    """Return the mail that only shows that mails arrive. Raise as above."""
    return _mail(notice_id, to_address, sender, subject_line(title), prose(title), None, our_language(language))


def _mail(
    notice_id: UUID, to_address: str, sender: str, subject: str, text: str, html: str | None, ours: Language
) -> OutgoingMail:
    return OutgoingMail(
        message_id=notice_id,
        to_address=to_address,
        to_name=None,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers={"Auto-Submitted": "auto-generated"},
        language=ours,
    )


def _figures(content: Content, ours: Language) -> list[tuple[str, str]]:
    return [
        (say(metric, ours), say("out_of", ours, value=str(value), highest=str(_highest(metric))))
        for metric, value in content.scores.items()
        if metric in _METRICS
    ]


def _reasons(content: Content, ours: Language) -> str:
    return ", ".join(one_line(_reason(kind, ours)) for kind in content.kinds)


def _highest(metric: str) -> int:
    scale = TYPES[metric].scale
    return scale[-1] if scale is not None else 0


def _reason(kind: str, ours: Language) -> str:
    try:
        return say(kind, ours)
    except KeyError:
        return kind.replace("_", " ")


def _moment(at: datetime, timezone: str, ours: Language) -> str:
    pattern = "EEEE d MMMM, HH:mm" if ours == "fr" else "EEEE d MMMM, h:mm a"
    return format_datetime(at.astimezone(ZoneInfo(timezone)), pattern, locale=ours)
