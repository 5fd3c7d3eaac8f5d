"""The invented customers are asked: every invitation is put to the real contact policy, at its own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from zlib import crc32

from vocapp.demo.answering import answered
from vocapp.demo.book import Book, Row
from vocapp.demo.company import BRAND
from vocapp.demo.happenings import Happening, happenings
from vocapp.demo.people import HOW_MANY, Person, lots, person_of
from vocapp.demo.purchases import bought_by, first_at, in_crm
from vocapp.demo.standing import Known, World, facts_of
from vocapp.domain import asking, contact_policy
from vocapp.domain.links import contact_key, contact_key_without_address
from vocapp.domain.survey import Survey
from vocapp.models import new_id
from vocapp.models.journey import VISITED, WATCHED
from vocapp.models.types import time_text
from vocapp.services.decisions import decision
from vocapp.services.inviting_one import HOT_FOR
from vocapp.services.responding import Profiled

_JUST_NOW: Final = timedelta(minutes=10)
"""What happened later than this before the filling is left out: nothing of it may be under way."""


def live(person: Person, world: World, book: Book) -> None:
    """Let one customer live through the last ninety days, and write everything down."""
    today = world.now.date()
    happened = [one for one in happenings(person, today=today) if one.received_at <= world.now - _JUST_NOW]
    known = _arrive(person, world)
    known.bought = bought_by(person, known.id, happened, today=today, zone=world.zone)
    _sync(known, world)
    for happening in happened:
        if happening.name is not None:
            book.events.append(_event(known, happening))
        if happening.survey is not None:
            _ask(known, happening, world, book)
    _sync(known, world)
    book.bought += known.bought
    _write_down(known, book)


def await_morning(number: int, zone: str, at: datetime, world: World, book: Book) -> None:
    """Ask one more customer about a delivery of just now, who lives where it is night."""
    person = replace(person_of(HOW_MANY + number), consent=True, email=f"nuit.{number}@example.test")
    known = _arrive(person, world, zone=zone)
    properties = {"order_number": f"LM-{49_000 + number}", "product_name": "la lampe Ondine", "channel": "web"}
    happening = Happening(at, at, f"lumen-night-{number}", "order.delivered", properties, survey="post_delivery")
    book.events.append(_event(known, happening))
    _ask(known, happening, world, book)
    _write_down(known, book)


def _arrive(person: Person, world: World, *, zone: str | None = None) -> Known:
    draw = lots("arrival", person.number)
    earliest = 95 if person.stage == "prospect" else 420
    since = world.now - timedelta(days=draw.randint(92, earliest), minutes=draw.randrange(1440))
    bought_at = first_at(person, today=world.now.date())
    if bought_at is not None and bought_at < since:
        since = bought_at  # the till asked for a name
    customer_id = new_id()
    core = {
        "email": person.email,
        "phone": person.phone,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "locale": person.locale,
        "timezone": zone or person.store.timezone,
    }
    key = (
        contact_key(world.secret, person.email)
        if person.email
        else contact_key_without_address(world.secret, customer_id)
    )
    row = {
        "id": customer_id,
        "external_id": person.external_id,
        **core,
        "core_observed_at": {name: time_text(since) for name, value in core.items() if value is not None},
        "contact_key": key,
        "created_at": since,
        "updated_at": since,
    }
    known = Known(person=person, id=customer_id, contact_key=key, row=row, since=since)
    for name, value in person.attributes.items():
        known.profile[name] = Profiled(value, "crm", world.now - timedelta(days=1), None)
    return known


def _sync(known: Known, world: World) -> None:
    """Let head office's CRM tell what it makes of the customer's purchases."""
    found = in_crm(known.bought, nps=known.row.get("nps_value"), today=world.now.date())
    for name, value in found.items():
        known.profile[name] = Profiled(value, "crm", world.now - timedelta(days=1), None)


def _event(known: Known, happening: Happening) -> Row:
    return {
        "id": new_id(),
        "key": happening.key,
        "name": happening.name,
        "occurred_at": happening.at,
        "received_at": happening.received_at,
        "customer_id": known.id,
        "place": known.person.store.key,
        "agent": happening.agent,
        "properties": happening.properties,
    }


def _ask(known: Known, happening: Happening, world: World, book: Book) -> None:
    survey = world.surveys.get(happening.survey or "")
    if survey is None or _is_busy(known, happening.received_at):
        return
    draw = lots("asked", happening.key)
    invitation = _invitation(known, happening, survey)
    facts = facts_of(known, invitation["context"], happening.received_at)
    fresh = asking.keys_known(
        survey, known.profile, happening.properties, happening.received_at, occurred_at=happening.at
    )
    page = asking.first_page(survey, facts, fresh)
    if not page:
        return
    invitation["first_page"] = list(page)
    invitation["skipped_known"] = asking.skipped_known(survey, pages=(page,), answers={}, known=fresh, facts=facts)
    _decide(known, invitation, happening, survey, world)
    known.invitations.append(invitation)
    book.invitations.append(invitation)
    if invitation["status"] != "scheduled":
        return
    if invitation["send_at"] > world.now:
        book.facts.append(_due(invitation))
        _enter(known, invitation, made=False)
        return
    _send(known, invitation, draw)
    if invitation["status"] == "sent":
        _react(known, invitation, happening, survey, world, book, draw)


def _is_busy(known: Known, at: datetime) -> bool:
    """Say whether something told before this moment is yet to come: a mail on its way, an answer, a no."""
    coming = [known.unsubscribed_at, *known.answered.values(), *(one.at for one in known.ledger)]
    return any(one is not None and one > at for one in coming)


def _invitation(known: Known, happening: Happening, survey: Survey) -> Row:
    return {
        "id": new_id(),
        "survey_key": survey.key,
        "survey_version": survey.version,
        "customer_id": known.id,
        "occasion": happening.key,
        "channel": happening.channel,
        "language": known.person.locale,
        "context": {
            "event": happening.name,
            "event_id": happening.key,
            "occurred_at": happening.at.isoformat(),
            "place": known.person.store.key if happening.name else BRAND,
            "agent": happening.agent,
            "properties": happening.properties,
        },
        "place": known.person.store.key if happening.name else BRAND,
        "contact_key": known.contact_key,
        "priority": survey.priority,
        "mail_heard": WATCHED,
        "occurred_at": happening.at,
        "created_at": happening.received_at,
    }


def _decide(known: Known, invitation: Row, happening: Happening, survey: Survey, world: World) -> None:
    at = happening.received_at
    by_event = happening.name is not None and happening.channel == "email"
    delay = survey.trigger.delay if survey.trigger and by_event else timedelta(0)
    verdict = contact_policy.decide(
        contact_policy.Request(
            survey_key=survey.key,
            priority=survey.priority,
            channel="link" if happening.channel == "link" else "email",
            occurred_at=happening.at,
            due_at=max(happening.at + delay, at),
            hot_for=survey.trigger.hot_for if survey.trigger else HOT_FOR,
        ),
        contact_policy.Standing(
            consent=known.person.consent,
            unsubscribed_at=known.unsubscribed_at,
            suppressed_reason=known.suppressed_reason,
            paused_until=known.paused_until if known.paused_from and known.paused_from <= at else None,
            has_address=known.person.email is not None,
            zone=known.row["timezone"],
            workspace_zone=world.zone,
        ),
        known.ledger,
        known.answered.get(survey.key),
        world.policy,
        at,
    )
    invitation |= {
        "status": verdict.status,
        "reason": verdict.reason,
        "send_at": verdict.send_at,
        "expires_at": at + timedelta(days=world.policy.link_life_days),
        "decisions": [decision(status=verdict.status, reason=verdict.reason, now=at)],
    }


def _send(known: Known, invitation: Row, draw: Random) -> None:
    at = invitation["send_at"]
    if invitation["channel"] == "link":
        invitation |= {"status": "sent", "sent_at": at, "decisions": [decision(status="sent", reason=None, now=at)]}
        _enter(known, invitation, made=True)
        return
    after = at + timedelta(seconds=draw.uniform(0.4, 3))
    outcome, reason = draw.choices(
        (("sent", None), ("failed", "refused"), ("unknown", "no_verdict")), weights=(985, 9, 6)
    )[0]
    invitation |= {"status": outcome, "reason": reason, "marked_at": at, "sent_at": at if outcome == "sent" else None}
    invitation["decisions"] = [
        *invitation["decisions"],
        decision(status="sending", reason=None, now=at),
        decision(status=outcome, reason=reason, now=after),
    ]
    if outcome != "failed":
        _enter(known, invitation, made=True)


def _enter(known: Known, invitation: Row, *, made: bool) -> None:
    known.ledger.append(
        contact_policy.Contact(
            id=invitation["id"],
            at=invitation["send_at"],
            survey_key=invitation["survey_key"],
            priority=invitation["priority"],
            sent=made,
        )
    )


def _due(invitation: Row) -> Row:
    return {"kind": "InvitationDue", "subject_id": invitation["id"], "due_at": invitation["send_at"], "attempts": 0}


def _react(
    known: Known, invitation: Row, happening: Happening, survey: Survey, world: World, book: Book, draw: Random
) -> None:
    """Answer, or not; say no, pause, or turn out to have another address by now."""
    by_link = invitation["channel"] == "link"
    if draw.random() < (0.58 if by_link else 0.5):
        at = invitation["sent_at"] + timedelta(minutes=draw.expovariate(1 / (25 if by_link else 240)) + 1)
        if at < min(world.now - _JUST_NOW, invitation["expires_at"]):
            answered(known, invitation, happening, survey, at, world, book, draw)
        return
    if crc32(invitation["occasion"].encode()) % 4 == 0:  # some look at the page, and go
        invitation["mail_heard"] |= VISITED
    later = invitation["sent_at"] + timedelta(hours=draw.uniform(1, 20))
    what = draw.choices(("nothing", "no", "pause", "bounce", "complaint"), weights=(945, 14, 20, 16, 2))[0]
    if what == "nothing" or by_link or later > world.now - _JUST_NOW:
        return
    if what == "no":
        known.unsubscribed_at = later
        _withdraw(known, later)
        book.consents.append(_said(known, later, granted=False, source="unsubscribe", text=None))
    elif what == "pause":
        known.paused_from, known.paused_until = later, later + timedelta(days=draw.choice((14, 30, 60)))
    else:
        known.suppressed_at, known.suppressed_reason = invitation["sent_at"] + timedelta(minutes=2), what


def _withdraw(known: Known, at: datetime) -> None:
    for invitation in known.invitations:
        if invitation["status"] in {"sent", "unknown"}:
            invitation |= {"status": "cancelled", "reason": "unsubscribed"}
            made = decision(status="cancelled", reason="unsubscribed", now=at)
            invitation["decisions"] = [*invitation["decisions"], made]


def _said(known: Known, at: datetime, *, granted: bool, source: str, text: str | None) -> Row:
    return {
        "id": new_id(),
        "customer_id": known.id,
        "purpose": contact_policy.SURVEYS,
        "granted": granted,
        "source": source,
        "text_version": text,
        "at": at,
        "recorded_at": at,
    }


def _write_down(known: Known, book: Book) -> None:
    if known.person.consent is not None:
        agreed = _said(known, known.since, granted=known.person.consent, source="checkout", text="2026-01")
        book.consents.append(agreed)
    book.customers.append({**known.row, "unsubscribed_at": known.unsubscribed_at})
    book.contacts.append(
        {
            "key": known.contact_key,
            "unsubscribed_at": known.unsubscribed_at,
            "suppressed_at": known.suppressed_at,
            "suppressed_reason": known.suppressed_reason,
            "paused_until": known.paused_until,
        }
    )
    book.ledger += [
        {
            "id": entry.id,
            "contact_key": known.contact_key,
            "at": entry.at,
            "kind": "invitation",
            "survey_key": entry.survey_key,
            "priority": entry.priority,
            "made": entry.sent,
        }
        for entry in known.ledger
    ]
    book.attributes += [
        {
            "customer_id": known.id,
            "key": key,
            "value": held.value,
            "source": held.source,
            "observed_at": held.observed_at,
            "expires_at": held.expires_at,
        }
        for key, held in known.profile.items()
    ]
