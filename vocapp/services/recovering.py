"""After the call: ask whether it helped, once for each resolution.

    resolve ──► fact AlertResolved ──► ask: the invitation, planned ──► sent, if nobody has opened the alert again
    (an unhappy answer) ──► signal ──► that alert is open again (`reopening.py`)

Who was never spoken to is not asked. The survey is the one whose trigger names `alert.resolved`, with its delay, its
share of occasions and its hot window; it is an invitation like any other, which goes past the rests and never past the
cap. The resolution is its occasion, so that a job that runs twice asks once; the alert stands on its row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from vocapp.domain import triggers
from vocapp.domain.alerts import OPEN
from vocapp.domain.survey import Survey
from vocapp.models import Alert, AlertMove, Customer, Invitation, Signal, Workspace, db
from vocapp.models.outbox import hold, settle
from vocapp.services import inviting, surveying
from vocapp.services.facts import customer_facts, event_facts, load_profiles
from vocapp.services.inviting import Occasion

PREFIX: Final = "resolution:"
SPOKEN_TO: Final = "spoken_to"
"""How a resolution says so; also one by another tool, which told that the customer was reached."""


def ask(*, fact_ids: Sequence[int], now: datetime) -> None:
    """Decide about asking the customers of these facts' alerts, and settle the facts."""
    facts = hold(fact_ids)
    alerts: dict[int, set[UUID]] = defaultdict(set)
    for fact in facts:
        alerts[fact.workspace_id].add(fact.subject_id)
    for workspace_id, alert_ids in sorted(alerts.items()):
        occasions = list(_occasions(workspace_id, alert_ids, now))
        if occasions:
            inviting.invite(workspace=db.session.get_one(Workspace, workspace_id), occasions=occasions, now=now)
    settle([fact.id for fact in facts], now=now)


def list_surveys(*, workspace_id: int) -> list[Survey]:
    """Return the published surveys that ask whether a call helped, be they switched on or off."""
    return [
        survey
        for survey in surveying.published(workspace_id=workspace_id)
        if survey.trigger is not None and survey.trigger.event == triggers.RESOLVED
    ]


def list_out_of_date(*, workspace_id: int, invitations: Iterable[Invitation]) -> set[UUID]:
    """Return those of these invitations that ask about a call which is not the last word (any more).

    Another resolution is, or the alert is open again; or the customer waits for a call about something new.
    """
    asking = [(one.alert_id, one) for one in invitations if one.alert_id is not None]
    if not asking:
        return set()
    last = _last_moves(workspace_id, {alert_id for alert_id, _ in asking})
    asked_about = {alert_id: occasion_of(line.id) for alert_id, line in last.items()}
    waiting = _waiting(workspace_id, {one.customer_id for _, one in asking})
    return {
        one.id
        for alert_id, one in asking
        if one.customer_id in waiting or asked_about.get(alert_id, "") != one.occasion
    }


def occasion_of(resolution_id: UUID) -> str:
    """Return the occasion of an invitation about this resolution: a line of the alert's history."""
    return f"{PREFIX}{resolution_id}"


def _occasions(workspace_id: int, alert_ids: Collection[UUID], now: datetime) -> Iterator[Occasion]:
    """Yield whom to ask with what: of several surveys that would, the most important."""
    surveys = list_surveys(workspace_id=workspace_id)
    spoken_to = {
        alert_id: line
        for alert_id, line in (_last_moves(workspace_id, alert_ids) if surveys else {}).items()
        if line.action == "resolve" and line.details.get("resolution") == SPOKEN_TO
    }
    if not spoken_to:
        return
    workspace = db.session.get_one(Workspace, workspace_id)
    people = db.session.execute(
        select(Alert, Customer)
        .join(Customer, (Customer.workspace_id == Alert.workspace_id) & (Customer.id == Alert.customer_id))
        .where(Alert.workspace_id == workspace_id, Alert.id.in_(list(spoken_to)))
        .order_by(Alert.id)
    ).all()
    about = _kinds_told_there(workspace_id, spoken_to)
    profiles = load_profiles(workspace_id=workspace_id, customer_ids=[customer.id for _, customer in people])
    for alert, customer in people:
        resolution = spoken_to[alert.id]
        key = occasion_of(resolution.id)
        context = _context(alert, resolution, key, [one for one in alert.kinds if one in about[alert.id]])
        facts = {"customer": customer_facts(customer, profiles[customer.id], now), "event": event_facts(context)}
        for survey in triggers.matching(surveys, facts, ours=True)[:1]:
            trigger = survey.trigger
            if trigger is None or not triggers.in_sample(workspace.key, survey.key, key, trigger.sample):
                continue
            yield Occasion(
                survey=survey,
                customer=customer,
                channel="email",
                key=key,
                context=context,
                occurred_at=resolution.at,
                due_at=triggers.due_at(trigger, resolution.at),
                hot_for=trigger.hot_for,
                kind="recovery",
                alert_id=alert.id,
                waits_until=resolution.at + trigger.hot_for,
            )


def _kinds_told_there(workspace_id: int, alert_ids: Collection[UUID]) -> Mapping[UUID, set[str]]:
    """Return what each alert is about by what was told at its own place: its staff read what an invitation freezes."""
    found: dict[UUID, set[str]] = defaultdict(set)
    query = select(Alert.id, Signal.kinds).join(
        Signal, (Signal.workspace_id == Alert.workspace_id) & (Signal.alert_id == Alert.id)
    )
    own = (Alert.workspace_id == workspace_id, Alert.id.in_(list(alert_ids)))
    for alert_id, kinds in db.session.execute(query.where(*own, Signal.place.is_not_distinct_from(Alert.place))):
        found[alert_id].update(kinds)
    return found


def _context(alert: Alert, resolution: AlertMove, key: str, kinds: Sequence[str]) -> dict[str, Any]:
    """Return what the invitation freezes; who called is the team's own, and is left to the history."""
    told = {name: resolution.details.get(name) for name in ("root_cause", "remedy")}
    return {
        "event": triggers.RESOLVED,
        "event_id": key,
        "occurred_at": resolution.at.isoformat(),
        "place": alert.place,
        "agent": None,
        "properties": {**told, "kinds": list(kinds)},
    }


def _last_moves(workspace_id: int, alert_ids: Collection[UUID]) -> dict[UUID, AlertMove]:
    """Return the line by which each of these alerts was resolved or opened again last."""
    lines = db.session.scalars(
        select(AlertMove)
        .where(
            AlertMove.workspace_id == workspace_id,
            AlertMove.alert_id.in_(list(alert_ids)),
            AlertMove.action.in_(("resolve", "reopen")),
        )
        .order_by(AlertMove.at, AlertMove.id)
    )
    return {line.alert_id: line for line in lines}


def _waiting(workspace_id: int, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return who of these waits for a call, about this or about something new: nobody asks if it helped."""
    return set(
        db.session.scalars(
            select(Alert.customer_id).where(
                Alert.workspace_id == workspace_id,
                Alert.customer_id.in_(list(customer_ids)),
                Alert.status.in_(OPEN),
            )
        )
    )
