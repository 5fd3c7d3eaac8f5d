"""What the team is told when a survey holds itself: which, why, and where to decide whether it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from babel.numbers import format_decimal

from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.adapters.notifiers import Item, News, Words
from vocapp.domain import personalisation
from vocapp.domain.survey import in_language
from vocapp.models import Notice, SurveyHold, Workspace, db
from vocapp.models.types import time_text
from vocapp.services import senders, surveying
from vocapp.services.mail_layout import one_line, page, prose, subject_line
from vocapp.services.mail_words import Language, our_language, say

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": {
        "heading": "Une enquête a suspendu ses envois",
        "subject": "Enquête suspendue\u00a0: {survey}",
        "survey": "Enquête",
        "why": "Pourquoi",
        "complaints": "{n} signalements comme indésirable sur {of} e-mails remis",
        "complaints_one": "1 signalement comme indésirable sur {of} e-mails remis",
        "unsubscribes": "{n} désinscriptions sur {of} e-mails remis",
        "unsubscribes_one": "1 désinscription sur {of} e-mails remis",
        "meanwhile": "En attendant",
        "waits": "Aucune invitation ne part. Celles qui ne seront plus d’actualité seront abandonnées.",
        "todo": "Que faire",
        "advice": "Relisez le texte, le déclencheur et les personnes invitées, puis reprenez l’envoi.",
        "open": "Voir l’enquête",
        "foot": "Vous recevez ce message parce que vous suivez les alertes de {workspace}, ou en êtes responsable.",
    },
    "en": {
        "heading": "A survey has stopped sending",
        "subject": "Survey held: {survey}",
        "survey": "Survey",
        "why": "Why",
        "complaints": "{n} spam reports for {of} mails delivered",
        "complaints_one": "1 spam report for {of} mails delivered",
        "unsubscribes": "{n} unsubscribes for {of} mails delivered",
        "unsubscribes_one": "1 unsubscribe for {of} mails delivered",
        "meanwhile": "Meanwhile",
        "waits": "No invitation goes out. Those that will be too late are dropped.",
        "todo": "What to do",
        "advice": "Look again at its text, its trigger and whom it invites, then resume sending.",
        "open": "See the survey",
        "foot": "You get this message because you follow the alerts of {workspace}, or answer for it.",
    },
}


def stands(notice: Notice) -> bool:
    """Say whether what a notice tells of is so still."""
    return _hold_of(notice) is not None


def write(*, workspace: Workspace, kind: str, notice: Notice, public_url: str, sender: str) -> News:
    """Return the message of a hold that stands. Raises LookupError for another."""
    hold = _hold_of(notice)
    if hold is None:
        raise LookupError("there is no such hold, or it is over")
    ours = our_language(workspace.default_language)
    texts = TEXTS[ours]
    title = _title(hold, workspace.default_language)
    subject = subject_line(texts["subject"].format(survey=title))
    url = f"{public_url}/console/surveys/{hold.survey_key}"
    rows = (
        (texts["survey"], title),
        (texts["why"], _why(hold, ours)),
        (texts["meanwhile"], texts["waits"]),
        (texts["todo"], texts["advice"]),
    )
    mail: OutgoingMail | MailError | None = None
    if kind == "email":
        try:
            mail = _mail(notice, workspace, subject, rows, url, senders.line_of(workspace.settings, sender))
        except MailError as error:
            mail = error
    return News(
        id=f"evt_{hold.id.hex}",
        title=subject,
        items=(Item(heading=subject, rows=rows, url=url),),
        words=Words(open=texts["open"], said="", colon=say("colon", ours)),
        document=_document(workspace, notice, hold, url),
        mail=mail,
    )


def _hold_of(notice: Notice) -> SurveyHold | None:
    hold = db.session.get(SurveyHold, (notice.workspace_id, notice.event_id), populate_existing=True)
    return hold if hold is not None and hold.resumed_at is None else None


def _title(hold: SurveyHold, language: str) -> str:
    survey = surveying.find_published(workspace_id=hold.workspace_id, key=hold.survey_key)
    if survey is None:
        return hold.survey_key
    said = in_language(survey.title, language, survey.default_language)[0]
    return one_line(personalisation.render(said, {"customer": {}, "event": {}}, html=False)) or hold.survey_key


def _why(hold: SurveyHold, ours: Language) -> str:
    n = hold.complained if hold.reason == "complaints" else hold.unsubscribed
    said, of = (format_decimal(one, locale=ours) for one in (n, max(hold.delivered, n)))
    return TEXTS[ours][hold.reason if n != 1 else f"{hold.reason}_one"].format(n=said, of=of)


def _mail(
    notice: Notice, workspace: Workspace, subject: str, rows: tuple[tuple[str, str], ...], url: str, sender: str
) -> OutgoingMail:
    ours = our_language(workspace.default_language)
    texts, colon = TEXTS[ours], say("colon", ours)
    foot = texts["foot"].format(workspace=one_line(workspace.name))
    text = prose(
        texts["heading"],
        "\n".join(f"{label}{colon} {value}" for label, value in rows),
        f"{texts['open']}{colon}\n{url}",
        f"-- \n{foot}",
    )
    html = page(
        "alert.html",
        language=ours,
        workspace=one_line(workspace.name),
        subject=subject,
        preview=rows[1][1],
        heading=texts["heading"],
        rows=rows,
        said_label="",
        said=[],
        url=url,
        open=texts["open"],
        why=foot,
        foot=[],
    )
    return OutgoingMail(
        message_id=notice.id,
        to_address=notice.recipient,
        to_name=None,
        sender=sender,
        subject=subject,
        text=text,
        html=html,
        headers={"Auto-Submitted": "auto-generated"},
        language=ours,
    )


def _document(workspace: Workspace, notice: Notice, hold: SurveyHold, url: str) -> dict[str, Any]:
    """Return what programs get."""
    return {
        "type": notice.event,
        "timestamp": time_text(notice.created_at),
        "data": {
            "id": f"evt_{hold.id.hex}",
            "workspace": workspace.key,
            "survey": {"key": hold.survey_key, "url": url},
            "reason": hold.reason,
            "since": time_text(hold.held_at),
            "delivered": hold.delivered,
            "complained": hold.complained,
            "unsubscribed": hold.unsubscribed,
        },
    }
