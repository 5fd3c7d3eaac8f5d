"""After the call: whom the invented company asked whether it had helped, and what they said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from vocapp.demo.answering import add_to_counts, note_completed
from vocapp.demo.book import Book, Row
from vocapp.demo.people import lots
from vocapp.demo.standing import World
from vocapp.domain import asking, triggers
from vocapp.domain.survey import Survey
from vocapp.models import new_id
from vocapp.models.journey import WATCHED
from vocapp.services.counting import scores_of
from vocapp.services.decisions import decision
from vocapp.services.recovering import SPOKEN_TO, occasion_of

SURVEY: Final = "recovery"
_WEEK: Final = timedelta(days=7, hours=1)
"""In which two mails go at most."""
_LATEST: Final = timedelta(days=1)
_SAID: Final = ((3, 4, 5), (22, 43, 35))
"""CSAT, and how many of a hundred say so. Who is unhappy once more would be called again."""


def ask_afterwards(book: Book, world: World) -> None:
    """Ask whom somebody has spoken to, where their week has room, and let most of them answer."""
    survey = world.surveys.get(SURVEY)
    if survey is None:
        return
    customers = {row["id"]: row for row in book.customers}
    willing = _willing(book)
    written: dict[str, list[datetime]] = defaultdict(list)
    for entry in book.ledger:
        written[entry["contact_key"]].append(entry["at"])
    last = {move["alert_id"]: move for move in book.moves if move["action"] == "resolve"}
    for alert in book.alerts:
        line, customer = last.get(alert["id"]), customers[alert["customer_id"]]
        key = customer["contact_key"]
        if alert["status"] != "resolved" or line is None or line["details"].get("resolution") != SPOKEN_TO:
            continue
        at = (line["at"] + timedelta(days=2)).replace(hour=10, minute=lots("after", key).randrange(60))
        near = [one for one in written[key] if abs(at - one) < _WEEK]
        if key not in willing or at > world.now - _LATEST or len(near) > 1:
            continue
        written[key].append(at)
        _ask(alert, line, customer, survey, at, world, book)


def _willing(book: Book) -> set[str]:
    """Return the addresses that may be written to."""
    said = {row["customer_id"]: row["granted"] for row in book.consents}
    mailed = {row["contact_key"] for row in book.customers if row["email"] and said.get(row["id"])}
    against = ("unsubscribed_at", "suppressed_at", "paused_until")
    return mailed - {row["key"] for row in book.contacts if any(row[one] for one in against)}


def _ask(alert: Row, line: Row, customer: Row, survey: Survey, at: datetime, world: World, book: Book) -> None:
    draw = lots("asked after", customer["external_id"], alert["reason"])
    occasion = occasion_of(line["id"])
    context = {
        "event": triggers.RESOLVED,
        "event_id": occasion,
        "occurred_at": line["at"].isoformat(),
        "place": alert["place"],
        "agent": None,
        "properties": {name: line["details"].get(name) for name in ("root_cause", "remedy")},
    }
    page = asking.first_page(survey, _facts(context), _nothing_known(survey, at))
    invitation: Row = {
        "id": new_id(),
        "survey_key": survey.key,
        "survey_version": survey.version,
        "customer_id": customer["id"],
        "occasion": occasion,
        "channel": "email",
        "kind": "recovery",
        "alert_id": alert["id"],
        "language": customer["locale"],
        "context": context,
        "place": alert["place"],
        "contact_key": customer["contact_key"],
        "priority": survey.priority,
        "mail_heard": WATCHED,
        "occurred_at": line["at"],
        "created_at": line["at"],
        "first_page": list(page),
        "skipped_known": [],
        "status": "sent",
        "send_at": at,
        "marked_at": at,
        "sent_at": at,
        "expires_at": line["at"] + timedelta(days=world.policy.link_life_days),
        "decisions": [
            decision(status="scheduled", reason=None, now=line["at"]),
            decision(status="sending", reason=None, now=at),
            decision(status="sent", reason=None, now=at + timedelta(seconds=1)),
        ],
    }
    book.invitations.append(invitation)
    book.ledger.append(
        {
            "id": invitation["id"],
            "contact_key": customer["contact_key"],
            "at": at,
            "kind": "recovery",
            "survey_key": survey.key,
            "priority": survey.priority,
            "made": True,
        }
    )
    if draw.random() < 0.7:
        csat = draw.choices(_SAID[0], weights=_SAID[1])[0]
        _answer(invitation, page, csat, customer, survey, at + timedelta(minutes=draw.randint(5, 600)), world, book)


def _answer(
    invitation: Row,
    page: tuple[str, ...],
    csat: int,
    customer: Row,
    survey: Survey,
    at: datetime,
    world: World,
    book: Book,
) -> None:
    """Answer the score, and leave the words to others."""
    facts, known = _facts(invitation["context"]), _nothing_known(survey, at)
    pages: asking.Pages = (page,)
    revision = 0
    while True:
        answers: dict[str, Any] = {"csat": csat}
        step = asking.after(survey, pages=pages, page=revision, answers=answers, known=known, facts=facts)
        pages, revision = step.pages, revision + 1
        if step.completed:
            break
    scores = scores_of(survey, step.effective)
    row: Row = {
        "id": new_id(),
        "invitation_id": invitation["id"],
        "customer_id": customer["id"],
        "survey_key": survey.key,
        "survey_version": survey.version,
        "channel": "email",
        "place": invitation["place"],
        "language": invitation["language"],
        "status": "completed",
        "revision": revision,
        "pages": [list(keys) for keys in pages],
        "position": len(pages) if step.position is None else step.position,
        "answers": answers,
        "void": sorted(step.void),
        "skipped_known": step.reading.skipped_known(pages),
        "started_at": at,
        "answered_at": at + timedelta(seconds=20),
        "completed_at": at + timedelta(seconds=20),
        **scores,
    }
    book.responses.append(row)
    add_to_counts(row, survey, step, row["completed_at"], world, book)
    note_completed(row, row["completed_at"], world, book, done=True)
    for metric, value in scores.items():
        if customer.get(f"{metric}_at") is None or customer[f"{metric}_at"] < row["completed_at"]:
            customer |= {f"{metric}_value": value, f"{metric}_at": row["completed_at"]}


def _facts(context: Mapping[str, Any]) -> dict[str, Any]:
    event = {"name": context["event"], "place": context["place"], "properties": context["properties"]}
    return {"customer": {}, "event": event}


def _nothing_known(survey: Survey, at: datetime) -> Any:
    return asking.keys_known(survey, {}, {}, at, occurred_at=at)
