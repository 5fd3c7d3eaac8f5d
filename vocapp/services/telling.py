"""Tell the team of an alert by mail.

    read_notices ── no transaction ──► the calls ──► note, conclude ── committed
    (a transaction)

An alert must never be missed, so it is marked *after* the call: what died in between is told again, under the same id.
Who was told stands in the alert's history, so that one recipient's trouble does not repeat the mail to the others.
So does a call whose outcome nobody knows: only so many of those, and no deferral, stand for a mail that has arrived.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from vocapp.adapters.mail import MailBlocked, MailDeferred, MailError, MailOutcomeUnknown, MailRefused, OutgoingMail
from vocapp.domain.questions import TYPES
from vocapp.models import Alert, AlertMove, Customer, Fact, Place, Response, Signal, Workspace, db, new_id
from vocapp.models.feed import changed
from vocapp.models.outbox import postpone, settle, stumble
from vocapp.services import senders, surveying
from vocapp.services.composing import compose_alert_notice
from vocapp.services.counting import effective_answers

BLOCKED_FOR = timedelta(minutes=5)
"""Credentials or sender were turned down: no sooner is anything else to be expected."""
MOST_UNKNOWN = 3
"""A mail whose outcome stays unknown this often has most likely arrived."""

_OVER = frozenset({"resolved", "closed"})


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail to one of the team, or what makes it impossible."""

    id: UUID
    mail: OutgoingMail | MailError


def read_notices(*, fact_id: int, public_url: str, sender: str) -> list[Notice]:
    """Return the mails that are still to be sent for a fact; none: nobody is to be told, or everybody was.

    After each failure another one comes first: a call that takes all the time there is must not hold back the others.
    """
    fact = db.session.get(Fact, fact_id)
    if fact is None or fact.done_at is not None or fact.failed_at is not None:
        return []
    alert = db.session.get(Alert, (fact.workspace_id, fact.subject_id))
    if alert is None:
        return []
    waiting = _still_to_tell(alert)
    if not waiting:
        return []
    workspace = db.session.get_one(Workspace, alert.workspace_id)
    content, sender = _content(workspace, alert), senders.line_of(workspace.settings, sender)
    first = fact.attempts % len(waiting)
    return [
        Notice(
            one, _compose(one, address, content, sender=sender, console_url=f"{public_url}/console/alerts/{alert.id}")
        )
        for one, address in [*waiting.items()][first:] + [*waiting.items()][:first]
    ]


def note(*, fact_id: int, notice: Notice, error: MailError | None, now: datetime) -> None:
    """Write into the alert's history who was told, perhaps was, or can't be. What may still go is not written."""
    if isinstance(error, MailDeferred | MailBlocked):
        return
    fact = db.session.get_one(Fact, fact_id)
    alert = db.session.scalars(
        select(Alert)
        .where(Alert.workspace_id == fact.workspace_id, Alert.id == fact.subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if alert is None or notice.id in _settled(alert):
        return
    details: dict[str, Any] = {"notice": str(notice.id)}
    if error is not None:
        details["why"] = error.detail
    db.session.execute(
        insert(AlertMove),
        [
            {
                "workspace_id": alert.workspace_id,
                "id": new_id(),
                "alert_id": alert.id,
                "at": now,
                "action": _action(error),
                "by": None,
                "status": alert.status,
                "details": details,
            }
        ],
    )
    changed("alerts", [alert.id], workspace_id=alert.workspace_id)


def conclude(*, fact_id: int, errors: Iterable[MailError | None], now: datetime) -> None:
    """Settle the fact, or take it up again where somebody is still to be told: as soon as that makes sense.

    `errors` are those of the mails there was time for.
    """
    fact = db.session.get_one(Fact, fact_id)
    alert = db.session.get(Alert, (fact.workspace_id, fact.subject_id))
    failures = [error for error in errors if error is not None and not isinstance(error, MailRefused)]
    if alert is None or not _still_to_tell(alert):
        settle([fact_id], now=now)
    elif any(isinstance(error, MailBlocked) for error in failures):
        postpone(fact_id, until=now + BLOCKED_FOR)
    elif not failures:
        postpone(fact_id, until=now)
    else:
        stumble([fact_id], now=now, error=failures[0].detail, most=None)
        asked = [one.retry_after for one in failures if isinstance(one, MailDeferred) and one.retry_after is not None]
        if asked:
            fact.due_at = max(fact.due_at, now + timedelta(seconds=max(asked)))


def recipients(settings: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a workspace names under `alert_recipients`, each once."""
    named = settings.get("alert_recipients") or []
    given = [one.strip() for one in named if isinstance(one, str) and one.strip()] if isinstance(named, list) else []
    return list({one.casefold(): one for one in reversed(given)}.values())[::-1]


def notice_id(alert_id: UUID, address: str) -> UUID:
    """Return the id of the mail about an alert to one address: always the same, so that a repeat is known for one."""
    digest = hashlib.sha256(alert_id.bytes + address.casefold().encode("utf-8", "surrogatepass")).digest()
    return UUID(bytes=digest[:16], version=5)


def _still_to_tell(alert: Alert) -> dict[UUID, str]:
    """Return the addresses that wait, by the ids of their mails."""
    if alert.status in _OVER:
        return {}
    named = recipients(db.session.get_one(Workspace, alert.workspace_id).settings)
    settled = _settled(alert)
    return {one: address for address in named if (one := notice_id(alert.id, address)) not in settled}


def _settled(alert: Alert) -> set[UUID]:
    """Return the mails that are not sent again: gone, impossible, or so often perhaps gone that one has arrived."""
    lines = db.session.execute(
        select(AlertMove.action, AlertMove.details).where(
            AlertMove.workspace_id == alert.workspace_id,
            AlertMove.alert_id == alert.id,
            AlertMove.action.in_(("told", "not_told", "maybe_told")),
        )
    )
    times = Counter((UUID(details["notice"]), action) for action, details in lines)
    return {one for (one, action), often in times.items() if action != "maybe_told" or often >= MOST_UNKNOWN}


def _action(error: MailError | None) -> str:
    if error is None:
        return "told"
    return "maybe_told" if isinstance(error, MailOutcomeUnknown) else "not_told"


def _content(workspace: Workspace, alert: Alert) -> dict[str, Any]:
    """What the mail says, the same for everybody."""
    customer = db.session.get_one(Customer, (workspace.id, alert.customer_id))
    place = db.session.get(Place, (workspace.id, alert.place)) if alert.place else None
    responses = db.session.scalars(
        select(Response)
        .join(Signal, (Signal.workspace_id == Response.workspace_id) & (Signal.response_id == Response.id))
        .where(Signal.workspace_id == workspace.id, Signal.alert_id == alert.id)
        .order_by(Signal.raised_at.desc(), Signal.response_id)
    ).all()
    return {
        "kinds": alert.kinds,
        "scores": _worst(responses),
        "customer_name": " ".join(part for part in (customer.first_name, customer.last_name) if part) or None,
        "place_name": place.name if place else alert.place,
        "said": next(filter(None, map(_said, responses)), None),
        "due_at": alert.due_at,
        "timezone": workspace.timezone,
        "language": workspace.default_language,
        "workspace_name": workspace.name,
    }


def _compose(
    one: UUID, address: str, content: Mapping[str, Any], *, sender: str, console_url: str
) -> OutgoingMail | MailError:
    try:
        return compose_alert_notice(
            notice_id=one, to_address=address, sender=sender, console_url=console_url, **content
        )
    except MailError as error:
        return error


def _worst(responses: Sequence[Response]) -> dict[str, int]:
    scores: dict[str, int] = {}
    for metric in ("nps", "csat", "ces"):
        given = [value for one in responses if (value := getattr(one, metric)) is not None]
        if given:
            scores[metric] = min(given)
    return scores


def _said(response: Response) -> str | None:
    survey = surveying.load_version(
        workspace_id=response.workspace_id, key=response.survey_key, version=response.survey_version
    )
    answers = effective_answers(response)
    texts = [
        answers[question.key]
        for question in survey.questions
        if TYPES[question.type].verbatim and question.key in answers
    ]
    return "\n".join(texts) or None
