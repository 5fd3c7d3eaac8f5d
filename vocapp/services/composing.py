"""Write our mails: the invitation to a customer, the notice of an alert to the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from vocapp.adapters.mail import OutgoingMail
from vocapp.domain import personalisation
from vocapp.domain.choice_order import choices_for
from vocapp.domain.questions import TYPES
from vocapp.domain.survey import Question, Survey, Text, in_language
from vocapp.services.mail_layout import one_line, page, paragraphs, prose, subject_line
from vocapp.services.mail_words import Language, how_long, occasion, our_language, say

MOST_CHOICES = 8
"""More than this as links would bury the rest of the mail: a button then."""

LONGEST_QUOTE = 500
"""Characters of the customer's words that a notice shows."""


@dataclass(frozen=True, slots=True)
class InvitationLinks:
    """Where the mail leads."""

    survey_url: str
    unsubscribe_url: str
    preferences_url: str | None = None


def compose_invitation(
    *,
    survey: Survey,
    first_page: tuple[str, ...],
    facts: Mapping[str, Any],
    language: str,
    to_address: str,
    to_name: str | None,
    invitation_id: UUID,
    links: InvitationLinks,
    sender: str,
    workspace_name: str,
) -> OutgoingMail:
    """Return the invitation, personal and in the customer's language as far as the survey has it.

    `facts` are what its Liquid texts may name: customer, event, answers. Raise MailRefused where the address is no
    address, MailBlocked where the sender is none.
    """
    known = _without_identity(facts, to_address)
    language = _language_of(survey, language)
    ours = our_language(language)
    workspace = one_line(workspace_name)
    happened = occasion((known.get("event") or {}).get("name"), ours)

    def words(text: Text) -> str:
        return personalisation.render(
            in_language(text, language, survey.default_language)[0], known, html=False
        ).strip()

    subject = body = ""
    if survey.invitation is not None:
        subject, body = words(survey.invitation.subject), words(survey.invitation.body)
    subject = subject_line(subject) or (happened.subject if happened else say("subject", ours, workspace=workspace))
    body = body or _built_in_body(known, happened.after if happened else None, workspace, ours)
    duration = how_long(survey.questions, ours)
    why = (
        say("why_after", ours, workspace=workspace, after=happened.after)
        if happened
        else say("why", ours, workspace=workspace)
    )
    asked = survey.by_key.get(first_page[0]) if first_page else None
    question = one_line(words(asked.text)) if asked is not None else ""
    foot = [(say("unsubscribe", ours), links.unsubscribe_url)]
    if links.preferences_url is not None:
        foot.insert(0, (say("preferences", ours), links.preferences_url))

    intro = say("only_question" if len(survey.questions) == 1 else "first_question", ours)
    text = prose(
        links.survey_url,
        f"{duration}.",
        body,
        *([f"{intro}\n{question}"] if question else []),
        workspace,
        f"-- \n{why}",
        *(f"{label}{say('colon', ours)}\n{url}" for label, url in foot),
    )
    html = page(
        "invitation.html",
        language=language,
        workspace=workspace,
        subject=subject,
        preview=duration,
        paragraphs=paragraphs(body),
        duration=duration,
        question=question,
        choices=_choices(asked, links.survey_url, invitation_id, words, ours) if asked is not None else None,
        ends=_ends(asked, words) if asked is not None else None,
        survey_url=links.survey_url,
        answer=say("answer", ours),
        open=say("open", ours),
        hint=say("hint", ours),
        why=why,
        foot=foot,
    )
    return OutgoingMail(
        message_id=invitation_id,
        to_address=to_address,
        to_name=one_line(to_name or "") or None,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers={
            "List-Unsubscribe": f"<{links.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        language=language,
    )


def compose_alert_notice(
    *,
    notice_id: UUID,
    kinds: Sequence[str],
    scores: Mapping[str, int],
    customer_name: str | None,
    place_name: str | None,
    said: str | None,
    due_at: datetime | None,
    timezone: str,
    console_url: str,
    language: str,
    to_address: str,
    sender: str,
    workspace_name: str,
) -> OutgoingMail:
    """Return the notice of an alert to one of the team. `notice_id` is one per alert and recipient.

    `scores` maps nps, csat, ces to the raw figure; `due_at` is shown in `timezone`. What the customer said stands in
    the body only: subjects are read over shoulders and kept in logs. Raise MailRefused or MailBlocked as above.
    """
    ours = our_language(language)
    workspace, place = one_line(workspace_name), one_line(place_name or "")
    figures = [
        (say(metric, ours), say("out_of", ours, value=str(value), highest=str(_highest(metric))))
        for metric, value in scores.items()
        if metric in _METRICS
    ]
    reasons = ", ".join(one_line(_reason(kind, ours)) for kind in kinds)
    facts = [
        (say("alert_who", ours), one_line(customer_name or "") or say("alert_unnamed", ours)),
        (say("alert_place", ours), place),
        (say("alert_what", ours), reasons),
        (say("alert_scores", ours), ", ".join(f"{name} {figure}" for name, figure in figures)),
        (say("alert_due", ours), _moment(due_at, timezone, ours) if due_at is not None else ""),
    ]
    rows = [(label, value) for label, value in facts if value]
    quoted = _quoted(said, ours)
    what = figures[0][1] if figures else reasons
    subject = subject_line(f"{say('alert_subject', ours)}{say('colon', ours)} {', '.join(filter(None, [what, place]))}")
    why = say("alert_why", ours, workspace=workspace)
    colon = say("colon", ours)
    text = prose(
        say("alert_heading", ours),
        "\n".join(f"{label}{colon} {value}" for label, value in rows),
        *([f"{say('alert_said', ours)}{colon}\n{quoted}"] if quoted else []),
        f"{say('alert_open', ours)}{colon}\n{console_url}",
        f"-- \n{why}",
    )
    html = page(
        "alert.html",
        language=ours,
        workspace=workspace,
        subject=subject,
        preview=", ".join(value for _, value in rows),
        heading=say("alert_heading", ours),
        rows=rows,
        said_label=say("alert_said", ours),
        said=paragraphs(quoted),
        url=console_url,
        open=say("alert_open", ours),
        why=why,
        foot=[],
    )
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


_METRICS = ("nps", "csat", "ces")
_IDENTITY = frozenset({"id", "external_id", "email", "phone"})


def _language_of(survey: Survey, language: str) -> str:
    """One language for the whole mail: the customer's if every text of the survey has it, else the survey's own."""
    for tag in (language, language.split("-", maxsplit=1)[0]):
        if tag in survey.languages:
            return tag
    return (
        survey.default_language if survey.languages else in_language(survey.title, language, survey.default_language)[1]
    )


def _without_identity(facts: Mapping[str, Any], address: str) -> dict[str, Any]:
    """The facts without who exactly it is: no text of a mail may show the address or an id, whatever its author wrote.

    An import may have put the address where the first name belongs: such a value counts as missing, and so does a blank
    one, which an `if` of Liquid would take for a name.
    """
    customer = facts.get("customer", {})
    secrets = {str(customer[key]).casefold() for key in ("id", "external_id") if customer.get(key)}
    folded = address.casefold()

    def cleaned(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: cleaned(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [cleaned(one) for one in value]
        if isinstance(value, str):
            said = value.casefold()
            return None if not said.strip() or folded in said or said in secrets else value
        return value

    named = {key: value for key, value in customer.items() if key not in _IDENTITY}
    clean: dict[str, Any] = cleaned({**facts, "customer": named})
    return clean


def _built_in_body(facts: Mapping[str, Any], after: str | None, workspace: str, ours: Language) -> str:
    name = one_line(str(facts["customer"].get("first_name") or ""))
    hello = say("hello_name", ours, name=name) if name else say("hello", ours)
    body = say("body_after", ours, after=after) if after else say("body", ours, workspace=workspace)
    return f"{hello}\n\n{body}"


@dataclass(frozen=True, slots=True)
class _Choice:
    label: str
    spoken: str
    url: str


@dataclass(frozen=True, slots=True)
class _Choices:
    look: str
    """`scale`: short, side by side; `list`: words, one below the other."""
    links: list[_Choice]


def _choices(question: Question, survey_url: str, invitation_id: UUID, words: Any, ours: Language) -> _Choices | None:
    """The answers as links that only preselect; None where the question needs more room than a mail has."""
    kind = TYPES.get(question.type)

    def link(label: str, value: str, spoken: str = "") -> _Choice:
        mark = "&" if "?" in survey_url else "?"
        return _Choice(
            label, spoken or label, f"{survey_url}{mark}{quote(question.key, safe='')}={quote(value, safe='')}"
        )

    if kind is not None and kind.scale is not None:
        highest = str(kind.scale[-1])
        look = "★" if question.type == "stars" else ""
        spoken = [say("out_of", ours, value=str(value), highest=highest) for value in kind.scale]
        labels = [f"{value}\u00a0{look}".strip() for value in kind.scale]
        return _Choices(
            "scale",
            [link(label, str(value), said) for label, value, said in zip(labels, kind.scale, spoken, strict=True)],
        )
    if kind is not None and question.type == "yes_no":
        return _Choices("list", [link(kind.show(question, one, ours), "yes" if one else "no") for one in (True, False)])
    if question.type == "single_choice" and len(question.choices) <= MOST_CHOICES:
        choices = choices_for(question, str(invitation_id))
        return _Choices("list", [link(one_line(words(choice.text)), choice.key) for choice in choices])
    return None


def _ends(question: Question, words: Any) -> tuple[str, str] | None:
    kind = TYPES.get(question.type)
    ends = question.labels or (kind.end_labels if kind is not None and kind.scale is not None else None)
    return (one_line(words(ends[0])), one_line(words(ends[1]))) if ends is not None else None


def _highest(metric: str) -> int:
    scale = TYPES[metric].scale
    return scale[-1] if scale is not None else 0


def _reason(kind: str, ours: Language) -> str:
    try:
        return say(kind, ours)
    except KeyError:
        return kind.replace("_", " ")


def _quoted(said: str | None, ours: Language) -> str:
    words = one_line(said or "")
    if len(words) > LONGEST_QUOTE:
        words = words[:LONGEST_QUOTE].rstrip() + "…"
    return f"{say('opening', ours)}{words}{say('closing', ours)}" if words else ""


def _moment(at: datetime, timezone: str, ours: Language) -> str:
    pattern = "EEEE d MMMM, HH:mm" if ours == "fr" else "EEEE d MMMM, h:mm a"
    return format_datetime(at.astimezone(ZoneInfo(timezone)), pattern, locale=ours)
