"""Taking events in: a constant number of statements for one or for a thousand, and the same event once only."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from vocapp.domain.rules import Fault
from vocapp.models import db
from vocapp.models.again import MustRunAgainError
from vocapp.models.ids import new_id_text
from vocapp.services import alert_rules, intake, places, purchasing, surveying, told_before
from vocapp.services import intake_statements as sql
from vocapp.services.erasure_list import REFUSED
from vocapp.services.intake_orders import TELLING, NotCounted, in_another_currency, read_order
from vocapp.services.intake_reading import EventInput, InputRefused, read_event

MOST_EVENTS = 1000


@dataclass(slots=True)
class Refused:
    index: int
    faults: list[Fault]
    erased: bool = False
    """Nothing of it may be written down."""


@dataclass(slots=True)
class Outcome:
    accepted: int = 0
    duplicates: int = 0
    refused: list[Refused] = field(default_factory=list)
    not_counted: list[Refused] = field(default_factory=list)
    """Kept, but not as a purchase, or not as one in the currency that is counted."""
    orders: tuple[int, int] = (0, 0)
    """(new, changed)."""
    unheard: set[str] = field(default_factory=set)
    """Names of new events for which no survey is sent, no rule of alerts looks and no purchase is counted: a hint."""


def take_events(
    *,
    workspace_id: int,
    documents: Sequence[Any],
    secret: bytes,
    now: datetime,
    source: str = "api",
    refusing_erased: bool = False,
) -> Outcome:
    """Keep what is new of a batch, and make or merge its customers; refuse what can't be kept, each with its reason.

    What was told before of somebody who was erased since is known still: such an event is a duplicate, and an order is
    not counted again. Raises MustRunAgainError where somebody is erased meanwhile.

    An event whose name triggers a published survey, or that a rule of alerts is about, is announced, to be decided on
    at once. A place that nobody made yet is made. `refusing_erased`, as files do: what happened to somebody who was
    erased, and is not there, is refused.
    """
    outcome = Outcome()
    read: list[tuple[int, EventInput]] = []
    currency = None
    for index, document in enumerate(documents):
        try:
            read.append((index, read_event(document, now=now, source=source)))
        except InputRefused as refused:
            outcome.refused.append(Refused(index, refused.faults))
    if any(event.name in TELLING for _, event in read):
        read, currency = _with_orders(outcome, read, workspace_id)
    if read:
        fresh, ids = _take(outcome, read, workspace_id, secret, now, refusing_erased=refusing_erased)
        if currency is not None and fresh:
            told = [replace(one.order, customer=ids[one.customer.external_id]) for one in fresh if one.order]
            outcome.orders = new, _ = purchasing.keep(workspace_id=workspace_id, told=told, currency=currency)
            keys = [one.key for one in told]
            if new and told_before.any_order(workspace_id=workspace_id, keys=keys, secret=secret):
                raise MustRunAgainError  # it was somebody's who was erased since we looked, and is counted there
        outcome.refused.sort(key=lambda refused: refused.index)
    return outcome


def _take(
    outcome: Outcome,
    read: list[tuple[int, EventInput]],
    workspace_id: int,
    secret: bytes,
    now: datetime,
    *,
    refusing_erased: bool,
) -> tuple[list[EventInput], dict[str, str]]:
    """Return (the events that are new, the customers' ids by their outside ids)."""
    connection = db.session.connection()
    here: dict[str, dict[str, str]] = {
        "event": {},
        "customer": {},
        "place": {},
        "told before": {},
        "survey": {},
        "alert rules": {},
    }
    for what, key, found in sql.LOOK_UP.run(
        connection,
        workspace_id=workspace_id,
        event_keys=_json([event.id for _, event in read]),
        external_ids=_json(list({event.customer.external_id for _, event in read})),
        place_keys=_json(list({event.place for _, event in read if event.place is not None})),
        told_keys=_json([key for _, event in read for key in told_before.keys_of(event, secret) if key is not None]),
    ).all():
        here[what][key] = found
    if refusing_erased:
        read = _without_erased(outcome, read, here["customer"], workspace_id, secret)
    if here["told before"]:
        read = _without_told(outcome, read, here["told before"].keys(), secret)
    fresh = _fresh(outcome, read, seen=set(here["event"]))
    if not fresh:
        return [], {}
    unmade = {event.place for event in fresh if event.place is not None} - here["place"].keys()
    if unmade:
        places.register_places(workspace_id=workspace_id, keys=unmade)
    customers = intake.by_external_id([event.customer for event in fresh])
    ids, _ = intake.merge(connection, customers, here["customer"], workspace_id=workspace_id, secret=secret, now=now)
    if any(ids[key] != found for key, found in here["customer"].items()):
        raise MustRunAgainError  # erased since we looked: what had happened to them is known by now
    if refusing_erased:
        intake.refuse_erased(customers, here["customer"], ids, workspace_id=workspace_id, secret=secret)
    rows = [
        {
            "id": new_id_text(),
            "key": event.id,
            "name": event.name,
            "occurred_at": intake.time_text(event.occurred_at),
            "customer_id": ids[event.customer.external_id],
            "place": event.place,
            "agent": event.agent,
            "properties": event.properties,
        }
        for event in fresh
    ]
    triggers = surveying.trigger_names(
        workspace_id=workspace_id, versions={key: int(version) for key, version in here["survey"].items()}
    )
    rules = alert_rules.load(workspace_id=workspace_id, settings={alert_rules.SETTING: here["alert rules"].get("")})
    heard = triggers | rules.events
    outcome.unheard = {event.name for event in fresh} - heard - TELLING
    kept = sql.keep_events(
        connection,
        workspace_id=workspace_id,
        rows=_json(rows),
        triggers=heard.intersection(event.name for event in fresh),
        now=now,
    )
    outcome.accepted += kept
    outcome.duplicates += len(fresh) - kept
    if kept < len(fresh):  # told at the same time by another, whose word is kept
        ours = set(
            sql.FIND_EVENTS.run(connection, workspace_id=workspace_id, ids=[row["id"] for row in rows]).scalars()
        )
        fresh = [event for event, row in zip(fresh, rows, strict=True) if row["id"] in ours]
    return fresh, ids


def _with_orders(
    outcome: Outcome, read: list[tuple[int, EventInput]], workspace_id: int
) -> tuple[list[tuple[int, EventInput]], str]:
    """Read what events tell of purchases; return (those that can be kept, the currency that is counted)."""
    ledger = purchasing.ledger_of(workspace_id=workspace_id)
    kept = []
    for index, event in read:
        if event.name in TELLING:
            try:
                event.order = read_order(event, ledger)
            except InputRefused as refused:
                outcome.refused.append(Refused(index, refused.faults))
                continue
            except NotCounted as odd:
                outcome.not_counted.append(Refused(index, [odd.fault]))
            else:
                if (other := in_another_currency(event.order, ledger)) is not None:
                    why = f"is {other}, and value is counted in {ledger.currency}: the purchase is kept apart"
                    outcome.not_counted.append(Refused(index, [Fault("/properties/currency", why)]))
        kept.append((index, event))
    return kept, ledger.currency


def _without_erased(
    outcome: Outcome, read: list[tuple[int, EventInput]], known: dict[str, str], workspace_id: int, secret: bytes
) -> list[tuple[int, EventInput]]:
    customers = intake.by_external_id([event.customer for _, event in read])
    gone = intake.find_erased(customers, known, workspace_id=workspace_id, secret=secret)
    outcome.refused += [
        Refused(index, [Fault("/customer", REFUSED)], erased=True)
        for index, event in read
        if event.customer.external_id in gone
    ]
    return [(index, event) for index, event in read if event.customer.external_id not in gone]


def _without_told(
    outcome: Outcome,
    read: list[tuple[int, EventInput]],
    told: AbstractSet[str],
    secret: bytes,
) -> list[tuple[int, EventInput]]:
    """Leave out what was told of somebody before they were erased, and count no order of theirs a second time."""
    kept = []
    for index, event in read:
        key, order = told_before.keys_of(event, secret)
        if key in told:
            outcome.duplicates += 1
            continue
        if order in told:
            event.order = None
            outcome.not_counted.append(Refused(index, [Fault("/properties/order_id", told_before.COUNTED)]))
        kept.append((index, event))
    outcome.not_counted = sorted(
        {one.index: one for one in outcome.not_counted}.values(), key=lambda refused: refused.index
    )
    return kept


def _fresh(outcome: Outcome, read: list[tuple[int, EventInput]], *, seen: set[str]) -> list[EventInput]:
    """Leave out what was told before, here or in this very batch."""
    fresh = []
    for _, event in read:
        if event.id in seen:
            outcome.duplicates += 1
        else:
            seen.add(event.id)
            fresh.append(event)
    return fresh


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
