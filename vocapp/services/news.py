"""What is told of alerts: read from the rows, and put into the team's language, ready for every notifier."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select

from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.adapters.notifiers import Item, News, Words
from vocapp.domain.helpdesks import External
from vocapp.domain.notices import Event
from vocapp.domain.questions import TYPES
from vocapp.models import Alert, Customer, Notice, Place, Response, Workspace, db
from vocapp.models.types import time_text
from vocapp.services import composing_notices, senders, surveying, telling_moves
from vocapp.services.alert_parts import Part, parts_of
from vocapp.services.composing_notices import Content, rows_of, title_of
from vocapp.services.counting import effective_answers, scores_given
from vocapp.services.mail_words import our_language, say

QUOTED_IN = ("email",)
"""The kinds of notifiers that say what a customer said and who it is, where a workspace sets nothing."""


def quoted_in(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds of notifiers by which a customer's words and name may go out."""
    named = (settings.get("notices") or {}).get("quoted_in")
    return tuple(named) if isinstance(named, list) else QUOTED_IN


def write(
    *, workspace: Workspace, kind: str, notices: Sequence[Notice], alerts: Mapping[UUID, Alert], public_url: str,
    sender: str, now: datetime, places: Collection[str] | None,
) -> News:  # fmt: skip
    """Return the message that carries these notices, the first of which gives it its id.

    `places`: to which places those who read it are limited, and hear of no word that was said elsewhere; None: to none.
    """
    first, ours = notices[0], our_language(workspace.default_language)
    told = [alerts[one.alert_id] for one in notices if one.alert_id is not None]
    parts = parts_of(workspace_id=workspace.id, alerts=told, places=places)
    contents = [_content(workspace, alert, parts[alert.id], public_url) for alert in told]
    open_book = kind in quoted_in(workspace.settings)
    if not open_book:
        contents = [replace(one, customer_name=None, said=None) for one in contents]
    event = cast("Event", first.event)
    return News(
        id=f"evt_{first.event_id.hex}" if len(notices) == 1 else f"dig_{first.id.hex}",
        title=title_of(contents, event=event),
        items=tuple(_item(one, named=open_book) for one in contents),
        words=Words(open=say("alert_open", ours), said=say("alert_said", ours), colon=say("colon", ours)),
        document=_document(workspace, notices, told, contents, public_url, now=now, named=open_book),
        mail=_mail(workspace, first, contents, sender, event) if kind == "email" else None,
    )


def write_test(*, workspace: Workspace, name: str, kind: str, notice: Notice, public_url: str, sender: str) -> News:
    """Return the message that only shows that messages arrive."""
    ours = our_language(workspace.default_language)
    title = say("alert_test", ours, name=name, workspace=workspace.name)
    data = {"id": f"evt_{notice.event_id.hex}", "workspace": workspace.key}
    mail: OutgoingMail | MailError | None = None
    if kind == "email":
        try:
            mail = composing_notices.compose_test(
                notice_id=notice.id,
                title=title,
                language=workspace.default_language,
                to_address=notice.recipient,
                sender=senders.line_of(workspace.settings, sender),
            )
        except MailError as error:
            mail = error
    return News(
        id=f"evt_{notice.event_id.hex}",
        title=title,
        items=(Item(heading=title, rows=((workspace.name, title),), url=f"{public_url}/console/alerts"),),
        words=Words(open=say("alert_open", ours), said=say("alert_said", ours), colon=say("colon", ours)),
        document={"type": notice.event, "timestamp": time_text(notice.created_at), "data": data},
        mail=mail,
    )


def _content(workspace: Workspace, alert: Alert, part: Part, public_url: str) -> Content:
    customer = db.session.get_one(Customer, (workspace.id, alert.customer_id))
    place = db.session.get(Place, (workspace.id, alert.place)) if alert.place else None
    query = select(Response).where(Response.workspace_id == workspace.id, Response.id.in_(part.responses))
    found = {one.id: one for one in db.session.scalars(query)}
    responses = [found[one] for one in reversed(part.responses) if one in found]
    return Content(
        kinds=part.kinds,
        scores=_worst(responses),
        customer_name=" ".join(part for part in (customer.first_name, customer.last_name) if part) or None,
        place_name=place.name if place else alert.place,
        said=next(filter(None, map(_said, responses)), None),
        due_at=alert.due_at,
        timezone=workspace.timezone,
        language=workspace.default_language,
        workspace_name=workspace.name,
        console_url=f"{public_url}/console/alerts/{alert.id}",
    )


def _item(content: Content, *, named: bool) -> Item:
    return Item(
        heading=title_of([content]),
        rows=rows_of(content, named=named),
        url=content.console_url,
        said=composing_notices.quoted(content.said, content.language) or None,
    )


def _mail(
    workspace: Workspace, notice: Notice, contents: Sequence[Content], sender: str, event: Event
) -> OutgoingMail | MailError:
    line = senders.line_of(workspace.settings, sender)
    try:
        if len(contents) > 1:
            return composing_notices.compose_digest(
                notice_id=notice.id, contents=contents, to_address=notice.recipient, sender=line, event=event
            )
        return composing_notices.compose_alert_notice(
            notice_id=notice.id, content=contents[0], to_address=notice.recipient, sender=line, event=event
        )
    except MailError as error:
        return error


def _document(
    workspace: Workspace, notices: Sequence[Notice], alerts: Sequence[Alert], contents: Sequence[Content],
    public_url: str, *, now: datetime, named: bool,
) -> dict[str, Any]:  # fmt: skip
    """Return what programs get: one event, or a digest of several; each with its id."""
    moves = telling_moves.moves_of(workspace=workspace, notices=notices, named=named)
    status_url = f"{public_url}/api/v1/alerts/external"
    events = [
        {
            "type": notice.event,
            "timestamp": time_text(notice.created_at),
            "data": {
                "id": f"evt_{notice.event_id.hex}",
                "workspace": workspace.key,
                "alert": _alert(alert, content) | {"status_url": status_url},
                **({"move": moves[notice.id]} if notice.id in moves else {}),
            },
        }
        for notice, alert, content in zip(notices, alerts, contents, strict=True)
    ]
    if len(events) == 1:
        return events[0]
    data = {"workspace": workspace.key, "events": events}
    return {"type": "alerts.digest", "timestamp": time_text(now), "data": data}


def _alert(alert: Alert, content: Content) -> dict[str, Any]:
    document = {
        "id": str(alert.id),
        "customer_id": str(alert.customer_id),
        "status": alert.status,
        "priority": alert.priority,
        "kinds": list(content.kinds),
        "scores": dict(content.scores),
        "place": alert.place,
        "opened_at": time_text(alert.opened_at),
        "due_at": time_text(alert.due_at),
        "url": content.console_url,
    }
    external = External.read(alert.external)
    if external is not None:
        document["external"] = {name: getattr(external, name) for name in ("tool", "reference", "url", "status")}
    said = {"customer_name": content.customer_name, "said": content.said and content.said[:1000]}
    return document | {name: value for name, value in said.items() if value}


def _worst(responses: Sequence[Response]) -> dict[str, int]:
    told = [scores_given(one) for one in responses]
    scores: dict[str, int] = {}
    for metric in ("nps", "csat", "ces"):
        given = [value for one in told if (value := one.get(metric)) is not None]
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
