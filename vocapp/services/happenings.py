"""What happened tells enough: an alert or an apology at once, and no survey.

In bulk, like every decision about events: one statement counts earlier events where some rule wants them counted, and
one writes the signals, whatever their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import alerts
from vocapp.domain.alert_rules import AlertRules
from vocapp.domain.alerts import Kind
from vocapp.domain.survey import Survey
from vocapp.models import Event, db
from vocapp.services.signalling import Unhappy, raise_signals

OLD = timedelta(days=7)
"""What happened longer ago is history that is brought along: nobody is called about it, nothing is apologised for."""


@dataclass(slots=True)
class Told:
    """What the rules make of one event."""

    kinds: tuple[Kind, ...] = ()
    """Of its signal; none: no rule opens an alert."""
    apologies: dict[str, Survey] = field(default_factory=dict)
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
                told.apologies[apology.key] = apology
            else:
                told.kinds = alerts.merged(told.kinds, (rule.kind,))
    return found


def raise_alerts(*, workspace_id: int, events: Sequence[Event], told: Mapping[UUID, Told], now: datetime) -> None:
    """Give these events their signals, which the alert job follows up like those of responses."""
    raise_signals(
        workspace_id=workspace_id,
        unhappy={
            event.id: Unhappy(event.customer_id, told[event.id].kinds, event.place)
            for event in events
            if event.id in told and told[event.id].kinds
        },
        now=now,
        by_events=True,
    )


def _earlier(
    workspace_id: int, rules: AlertRules, events: Sequence[Event]
) -> dict[tuple[UUID, str], list[tuple[datetime, UUID]]]:
    """Return when the same happened to these customers, as far back as some rule counts it."""
    counted = [event for event in events if event.name in rules.counted]
    if not counted:
        return {}
    since = min(event.occurred_at - rules.counted[event.name] for event in counted)
    rows = db.session.execute(
        select(Event.customer_id, Event.name, Event.occurred_at, Event.id).where(
            Event.workspace_id == workspace_id,
            Event.customer_id.in_({event.customer_id for event in counted}),
            Event.name.in_({event.name for event in counted}),
            Event.occurred_at > since,
        )
    )
    found: dict[tuple[UUID, str], list[tuple[datetime, UUID]]] = defaultdict(list)
    for customer_id, name, occurred_at, event_id in rows:
        found[customer_id, name].append((occurred_at, event_id))
    return found


def _count(event: Event, times: Iterable[tuple[datetime, UUID]], within: timedelta) -> int:
    """Count what happened within a time before an event, itself included."""
    here = (event.occurred_at, event.id)
    return sum(event.occurred_at - within < at and (at, event_id) <= here for at, event_id in times)
