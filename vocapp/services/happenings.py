"""What happened tells enough: an alert or an apology at once, and no survey.

In bulk, like every decision about events: one statement counts earlier events where some rule wants them counted, and
one writes the signals, whatever their number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import alerts
from vocapp.domain.alert_rules import AlertRules
from vocapp.domain.alerts import Kind
from vocapp.domain.survey import Survey
from vocapp.models import Alert, Customer, Event, Invitation, Signal, Workspace, db
from vocapp.services import alert_rules
from vocapp.services.signalling import Unhappy, raise_signals

APOLOGY: Final = "recovery"
"""The kind of an invitation that is one."""
OLD = timedelta(days=7)
"""What happened longer ago is history that is brought along: nobody is called about it, nothing is apologised for."""


_Times: TypeAlias = Sequence[tuple[datetime, datetime, UUID]]
"""When each was received, when it happened, and which it is."""


class Apology(NamedTuple):
    survey: Survey
    kinds: tuple[Kind, ...]
    """Of the signal, where it can't be sent."""


@dataclass(slots=True)
class Told:
    """What the rules make of one event."""

    kinds: tuple[Kind, ...] = ()
    """Of its signal; none: no rule opens an alert."""
    apologies: dict[str, Apology] = field(default_factory=dict)
    """By the survey's key."""


def judge(
    *,
    workspace_id: int,
    rules: AlertRules,
    events: Iterable[tuple[Event, Mapping[str, Any]]],
    surveys: Collection[Survey],
    now: datetime,
) -> dict[UUID, Told]:
    """Return what becomes of those events about which a rule holds, each given with what the rules may look at.

    An apology that nobody has published is an alert instead: somebody must do something.
    """
    wanted = [(event, facts) for event, facts in events if event.name in rules.events and event.occurred_at > now - OLD]
    earlier = _earlier(workspace_id, rules, [event for event, _ in wanted])
    published = {survey.key: survey for survey in surveys}
    found: dict[UUID, Told] = {}
    for event, facts in wanted:
        times = earlier.get((event.customer_id, event.name), [])
        for rule in rules.about_event(event.name, facts, partial(_count, event, times)):
            told = found.setdefault(event.id, Told())
            apology = published.get(rule.survey) if rule.then == "apology" and rule.survey is not None else None
            if apology is not None:
                before = told.apologies.get(apology.key)
                kinds = alerts.merged(before.kinds if before is not None else (), (rule.kind,))
                told.apologies[apology.key] = Apology(apology, kinds)
            else:
                told.kinds = alerts.merged(told.kinds, (rule.kind,))
    return found


def raise_alerts(
    *,
    workspace_id: int,
    events: Sequence[Event],
    told: Mapping[UUID, Told],
    invitations: Iterable[Invitation],
    now: datetime,
) -> None:
    """Give these events their signals, which the alert job follows up like those of responses.

    An apology among these invitations that may not go is an alert, too: somebody must do something.
    """
    unsent = {
        (one.occasion, one.survey_key) for one in invitations if one.kind == APOLOGY and one.status != "scheduled"
    }
    unhappy = {}
    for event in events:
        known = told.get(event.id)
        if known is None:
            continue
        kinds = known.kinds
        for key, apology in known.apologies.items():
            if (event.key, key) in unsent:
                kinds = alerts.merged(kinds, apology.kinds)
        if kinds:
            unhappy[event.id] = Unhappy(event.customer_id, kinds, event.place)
    if not unhappy:
        return
    there = set(_hold_customers(workspace_id, {one.customer_id for one in unhappy.values()}))
    unhappy = {event_id: one for event_id, one in unhappy.items() if one.customer_id in there}
    raise_signals(workspace_id=workspace_id, unhappy=unhappy, now=now, by_events=True)


def alert_instead(*, workspace_id: int, invitation_ids: Collection[UUID], now: datetime) -> None:
    """Raise the signals of the events whose apologies did not go after all; other invitations are passed over.

    The caller holds the invitations, so that no erasure takes their customers away meanwhile.
    """
    rows = db.session.execute(
        select(Event.id, Event.name, Event.customer_id, Event.place, Invitation.survey_key)
        .join(
            Invitation,
            (Invitation.workspace_id == Event.workspace_id)
            & (Invitation.occasion == Event.key)
            & (Invitation.customer_id == Event.customer_id),
        )
        .where(
            Invitation.workspace_id == workspace_id, Invitation.id.in_(list(invitation_ids)), Invitation.kind == APOLOGY
        )
    ).all()
    if not rows:
        return
    settings = db.session.scalar(select(Workspace.settings).where(Workspace.id == workspace_id))
    rules = alert_rules.load(workspace_id=workspace_id, settings=settings or {})
    unhappy: dict[UUID, Unhappy] = {}
    for row in rows:
        kinds = rules.behind_apology(row.name, row.survey_key) or ("other",)  # by rules that have changed since
        before = unhappy[row.id].kinds if row.id in unhappy else ()
        unhappy[row.id] = Unhappy(row.customer_id, alerts.merged(before, kinds), row.place)
    raise_signals(workspace_id=workspace_id, unhappy=unhappy, now=now, by_events=True)


def customers_to_call(*, workspace_id: int, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return who of these is to be called about an event, or is about to be: nobody asks them meanwhile."""
    called = (
        select(Alert.customer_id)
        .join(Signal, (Signal.workspace_id == Alert.workspace_id) & (Signal.alert_id == Alert.id))
        .where(
            Alert.workspace_id == workspace_id,
            Alert.customer_id.in_(list(customer_ids)),
            Alert.status.in_(alerts.OPEN),
            Signal.event_id.is_not(None),
        )
    )
    soon = select(Signal.customer_id).where(
        Signal.workspace_id == workspace_id,
        Signal.alert_id.is_(None),
        Signal.customer_id.in_(list(customer_ids)),
        Signal.event_id.is_not(None),
    )
    return set(db.session.scalars(called.union_all(soon)))


def _hold_customers(workspace_id: int, ids: Collection[UUID]) -> Sequence[UUID]:
    """Return who of these is there, and stays so until we commit: no key leads from a signal to its customer."""
    return db.session.scalars(
        select(Customer.id)
        .where(Customer.workspace_id == workspace_id, Customer.id.in_(list(ids)))
        .order_by(Customer.id)
        .with_for_update(read=True, key_share=True)
    ).all()


def _earlier(
    workspace_id: int, rules: AlertRules, events: Sequence[Event]
) -> dict[tuple[UUID, str], list[tuple[datetime, datetime, UUID]]]:
    """Return when the same happened to these customers, as far back as some rule counts it."""
    counted = [event for event in events if event.name in rules.counted]
    if not counted:
        return {}
    since = min(event.occurred_at - rules.counted[event.name] for event in counted)
    rows = db.session.execute(
        select(Event.customer_id, Event.name, Event.received_at, Event.occurred_at, Event.id).where(
            Event.workspace_id == workspace_id,
            Event.customer_id.in_({event.customer_id for event in counted}),
            Event.name.in_({event.name for event in counted}),
            Event.occurred_at > since,
        )
    )
    found: dict[tuple[UUID, str], list[tuple[datetime, datetime, UUID]]] = defaultdict(list)
    for customer_id, name, received_at, occurred_at, event_id in rows:
        found[customer_id, name].append((received_at, occurred_at, event_id))
    return found


def _count(event: Event, times: _Times, within: timedelta) -> int:
    """Count how often it happened within a time around an event, itself included: where it happened most.

    By what was received up to it. So of several, told in whatever order, the one that makes them too many counts them.
    """
    here = (event.received_at, event.occurred_at, event.id)
    known = sorted(one[1] for one in times if one <= here)
    ends = [(number, end) for number, end in enumerate(known, 1) if timedelta(0) <= end - event.occurred_at < within]
    return max((number - bisect_right(known, end - within) for number, end in ends), default=0)
