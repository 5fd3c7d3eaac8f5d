"""Signals become alerts: each opens one, or joins the one that its customer has open, so that a person is called once.

A signal without an alert is the truth; facts only say where to look. Who opens an alert is decided by the unique index
over open alerts: several workers, and an agent who resolves meanwhile, may race, and each signal still ends in exactly
one. A response that was left unfinished when its alert was opened, and told more since, adds to that same alert.
Who was asked whether a call helped, and is unhappy, has that very alert opened again (`reopening.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from vocapp.domain import alerts
from vocapp.domain.alert_rules import AlertRules
from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.escalation import Escalation
from vocapp.domain.urgency import Urgency, severity
from vocapp.models import Alert, AlertMove, Event, Invitation, Response, Signal, db, new_id, on_postgresql
from vocapp.models.feed import changed
from vocapp.models.outbox import announce_many, hold, settle
from vocapp.services import alert_rules, calling_hours, keeping_promises, reopening
from vocapp.services.ageing import keep_urgency, urgency_of
from vocapp.services.counting import scores_given, survey_of
from vocapp.services.judging import facts_of_row, known_of

_TRIES = 10
"""How often an alert may be resolved, or opened by another worker, between our two looks."""


class _Raised(NamedTuple):
    """A signal with what tells how bad it is."""

    signal: Signal
    scores: dict[str, int]
    """None of an event."""
    rules: AlertRules
    urgency: Urgency
    figure: float | None
    """By which the customer's value was judged."""
    hours: BusinessHours
    since: datetime
    """When it told so."""
    event: str | None
    """By which id the event was told; None: it is a response."""
    team: str | None
    """Whose place calls back; None: the central team."""
    escalation: Escalation
    about: UUID | None
    """The alert after whose resolution it was asked; None: it was not."""

    @property
    def due_at(self) -> datetime:
        return self.urgency.due_at(self.since, self.hours)

    def escalates_at(self, due_at: datetime) -> datetime | None:
        """Return when the first step is due for an alert that is due then."""
        return self.escalation.next_at(due_at, 0, self.hours)

    @property
    def reason(self) -> str:
        """The scores that make it unhappy, without a word of the customer's; one corrected since is not named."""
        told = {kind: self.rules.told_by_scores(kind, self.scores) for kind in self.signal.kinds}
        return ", ".join(f"{metric} {self.scores[metric]}" if metric else kind for kind, metric in told.items())[:200]


def open_or_join(*, fact_ids: Sequence[int], now: datetime) -> None:
    """Give every signal of these facts its alert, and settle the facts. A constant number of statements."""
    facts = hold(fact_ids)
    responses: dict[int, list[UUID]] = defaultdict(list)
    for fact in facts:
        responses[fact.workspace_id].append(fact.subject_id)
    for workspace_id, response_ids in sorted(responses.items()):
        _follow(workspace_id, response_ids, now)
    settle([fact.id for fact in facts], now=now)


def _follow(workspace_id: int, response_ids: Collection[UUID], now: datetime) -> None:
    signals = _lock_signals(workspace_id, response_ids, now)
    alerted = [one for one in signals if one.signal.alert_id is not None]
    by_customer = _worst_first([one for one in signals if one.signal.alert_id is None])
    standing = _lock_all(workspace_id, by_customer, alerted)
    held, opened, again = _lock_or_open(workspace_id, by_customer, now)
    touched: set[UUID] = set()
    history: list[dict[str, Any]] = []
    open_before = [
        one
        for one in {*standing.values(), *held.values()}
        if one.status in alerts.OPEN and one.id not in opened | again.keys()
    ]
    before = {one: _weight(one) for one in open_before}
    for raised in alerted:
        alert = standing[raised.signal.alert_id]
        if _adds_to(alert, raised):
            _join(alert, raised, now)
            touched.add(alert.id)
            history.append(_line(alert, raised, "joined", now))
    for customer_id, several in by_customer.items():
        alert = held[customer_id]
        for number, raised in enumerate(several):
            opens = alert.id in opened and number == 0
            if not opens:
                _join(alert, raised, now)
            raised.signal.alert_id = alert.id
            touched.add(alert.id)
            if again.get(alert.id) is raised.signal:
                alert.reason = raised.reason  # it is called about again, for what is said now
            else:
                history.append(_line(alert, raised, "opened" if opens else "joined", now))
    db.session.flush()
    if history:
        db.session.execute(insert(AlertMove), history)
    tied = {one.signal.response_id: held[one.signal.customer_id] for several in by_customer.values() for one in several}
    keeping_promises.attach(workspace_id=workspace_id, alerts=tied, now=now)
    announce_many("AlertOpened", sorted(opened | again.keys()), workspace_id=workspace_id, due_at=now)
    more = sorted(one.id for one, weight in before.items() if weight != _weight(one))
    announce_many("AlertRaised", more, workspace_id=workspace_id, due_at=now)
    changed("alerts", touched, workspace_id=workspace_id)


def _lock_signals(workspace_id: int, response_ids: Collection[UUID], now: datetime) -> list[_Raised]:
    """Lock the signals of these responses, each with all that it tells by now."""
    rows = db.session.execute(
        select(Signal, Response, Event.key, Invitation.alert_id)
        .outerjoin(Response, (Response.workspace_id == Signal.workspace_id) & (Response.id == Signal.response_id))
        .outerjoin(
            Invitation, (Invitation.workspace_id == Signal.workspace_id) & (Invitation.id == Response.invitation_id)
        )
        .outerjoin(Event, (Event.workspace_id == Signal.workspace_id) & (Event.id == Signal.event_id))
        .where(Signal.workspace_id == workspace_id, Signal.response_id.in_(list(response_ids)))
        .order_by(Signal.response_id)
        .with_for_update(of=Signal)
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        return []
    calling = calling_hours.load(workspace_id=workspace_id, places={signal.place for signal, *_ in rows})
    rules = alert_rules.load(workspace_id=workspace_id, settings=calling.settings)
    figures = calling_hours.figures_of_value(
        calling=calling, customer_ids={signal.customer_id for signal, *_ in rows}, now=now
    )
    finished = [  # what was left unfinished may have told less
        response
        for signal, response, *_ in rows
        if signal.event_id is None and response.completed_at is not None and signal.raised_at < response.completed_at
    ]
    known = known_of(workspace_id=workspace_id, rules=rules, rows=finished, now=now)
    found = []
    for signal, response, event, about in rows:
        if signal.event_id is None and response.id in known:
            judged_by = facts_of_row(rules, survey_of(response), response, known[response.id])
            kinds: list[str] = list(alerts.merged(signal.kinds, rules.at_once(judged_by)))
            if kinds != signal.kinds:
                signal.kinds = kinds
        scores = scores_given(response) if signal.event_id is None else {}
        figure = figures.get(signal.customer_id)
        urgency = Urgency(severity(signal.kinds, scores), calling.team.value_scale.value(figure))
        since = signal.raised_at if signal.alert_id is None else now
        team = next(iter(calling.teams_of(signal.place)), None)
        hours = calling.of(signal.place)
        found.append(
            _Raised(signal, scores, rules, urgency, figure, hours, since, event, team, calling.escalation, about)
        )
    return found


def _worst_first(signals: Iterable[_Raised]) -> dict[UUID, list[_Raised]]:
    """Group signals by customer, in order of their ids; the worst of each customer's first."""
    by_customer: dict[UUID, list[_Raised]] = defaultdict(list)
    for one in signals:
        by_customer[one.signal.customer_id].append(one)
    for several in by_customer.values():
        several.sort(key=lambda one: (-one.urgency.priority, one.signal.raised_at, one.signal.response_id))
    return dict(sorted(by_customer.items()))


def _lock_all(
    workspace_id: int, by_customer: Mapping[UUID, list[_Raised]], alerted: Sequence[_Raised]
) -> dict[UUID | None, Alert]:
    """Return the alerts that these signals have, locked with those that the others may join, in everybody's order."""
    if not alerted:
        return {}
    found = db.session.scalars(
        select(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            or_(
                Alert.id.in_({one.signal.alert_id for one in alerted}),
                Alert.customer_id.in_(list(by_customer)) & Alert.status.in_(alerts.OPEN),
            ),
        )
        .order_by(Alert.customer_id, Alert.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {alert.id: alert for alert in found}


def _adds_to(alert: Alert, raised: _Raised) -> bool:
    """Say whether a signal tells more than its alert knows, or worse while somebody is still to call."""
    worse = raised.urgency.severity > alert.severity and alert.status in alerts.OPEN
    return worse or not set(raised.signal.kinds) <= set(alert.kinds)


def _lock_or_open(
    workspace_id: int, by_customer: Mapping[UUID, list[_Raised]], now: datetime
) -> tuple[dict[UUID, Alert], set[UUID], dict[UUID, Signal]]:
    """Return each customer's open alert, locked, the ids of those that we opened, and by whose signal we did it again.

    In the order of the customers, as every other worker does it; each alert that is opened again by itself.
    """
    held: dict[UUID, Alert] = {}
    opened: set[UUID] = set()
    again: dict[UUID, Signal] = {}
    asked = {
        customer_id: (one.about, one)
        for customer_id, several in by_customer.items()
        for one in reversed(several)
        if one.about is not None
    }
    for _ in range(_TRIES):
        held |= _lock_open(workspace_id, by_customer.keys() - held.keys())
        missing = sorted(by_customer.keys() - held.keys())
        if not missing:
            return held, opened, again
        for is_asked, some in groupby(missing, key=asked.__contains__):
            if not is_asked:
                opened |= _open(workspace_id, {one: by_customer[one][0] for one in some}, now)
                continue
            for customer_id in some:
                alert_id, raised = asked[customer_id]
                became = reopening.reopen(
                    workspace_id=workspace_id,
                    alert_id=alert_id,
                    customer_id=customer_id,
                    now=now,
                    beside=_told(raised),
                )
                if became == "reopened":
                    again[alert_id] = raised.signal
                elif became == "gone":
                    del asked[customer_id]
    raise RuntimeError("alerts that are opened and resolved faster than they can be joined")


def _lock_open(workspace_id: int, customer_ids: Collection[UUID]) -> dict[UUID, Alert]:
    found = db.session.scalars(
        select(Alert)
        .where(
            Alert.workspace_id == workspace_id,
            Alert.customer_id.in_(list(customer_ids)),
            Alert.status.in_(alerts.OPEN),
        )
        .order_by(Alert.customer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {alert.customer_id: alert for alert in found}


def _open(workspace_id: int, first: Mapping[UUID, _Raised], now: datetime) -> set[UUID]:
    """Open an alert for each customer who has none; where another worker was quicker, nothing."""
    rows = [
        {
            "workspace_id": workspace_id,
            "id": new_id(),
            "customer_id": customer_id,
            "status": "new",
            "priority": raised.urgency.priority,
            "severity": raised.urgency.severity,
            "value": raised.urgency.value,
            "value_figure": raised.figure,
            "age": raised.urgency.age,
            "ages_at": raised.due_at,
            "kinds": list(raised.signal.kinds),
            "place": raised.signal.place,
            "team": raised.team,
            "escalates_at": raised.escalates_at(raised.due_at),
            "reason": raised.reason,
            "assignee": None,
            "claimed_until": None,
            "misses": 0,
            "root_cause": None,
            "opened_at": now,
            "due_at": raised.due_at,
            "updated_at": now,
            "version": 1,
        }
        for customer_id, raised in first.items()
    ]
    dialect = postgresql if on_postgresql() else sqlite
    made = db.session.execute(dialect.insert(Alert).values(rows).on_conflict_do_nothing().returning(Alert.id))
    return set(made.scalars())


def _join(alert: Alert, raised: _Raised, now: datetime) -> None:
    """Add a signal to an alert: whoever holds it keeps it, and it becomes as urgent as the worst of them.

    One that is resolved stays so: the customer was spoken to about this response.
    """
    alert.kinds = list(alerts.merged(alert.kinds, raised.signal.kinds))
    alert.updated_at = now
    alert.version += 1
    if alert.status not in alerts.OPEN:
        return
    before = urgency_of(alert)
    if raised.urgency.severity * raised.urgency.value > before.severity * before.value:
        alert.reason = raised.reason
    if raised.figure is not None and raised.urgency.value >= before.value:
        alert.value_figure = raised.figure
    keep_urgency(alert, before.worst(raised.urgency))
    alert.due_at = min(alert.due_at, raised.due_at)
    if alert.age == 1:
        alert.ages_at = alert.due_at
    if alert.escalation == 0:
        alert.escalates_at = raised.escalates_at(alert.due_at)


def _weight(alert: Alert) -> tuple[int, tuple[str, ...]]:
    """Return what decides who is told of an alert."""
    return alert.priority, tuple(alert.kinds)


def _line(alert: Alert, raised: _Raised, action: str, now: datetime) -> dict[str, Any]:
    return {
        "workspace_id": alert.workspace_id,
        "id": new_id(),
        "alert_id": alert.id,
        "at": now,
        "action": action,
        "by": None,
        "status": alert.status,
        "details": _told(raised),
    }


def _told(raised: _Raised) -> dict[str, Any]:
    return {
        **({"response": str(raised.signal.response_id)} if raised.event is None else {"event": raised.event}),
        "kinds": list(raised.signal.kinds),
        "reason": raised.reason,
    }
