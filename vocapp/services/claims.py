"""Claims are leases: how long they hold, keeping an alert in hand, and taking back what nobody holds any longer.

The rules stand in `domain/alerts.py`. The row is locked by whoever moves an alert, and a sweep passes over locked ones:
of several sweeps, and an agent who acts in the same moment, one finds the lease over, and the others find it gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from vocapp.domain import alerts
from vocapp.domain.alerts import HELD, OPEN, AlertState, Hold, Left, Move
from vocapp.domain.helpdesks import External
from vocapp.domain.notices import URGENT
from vocapp.models import Alert, AlertMove, Workspace, db, new_id
from vocapp.models.feed import changed
from vocapp.models.outbox import announce_many
from vocapp.services import noticing

MOST_AT_ONCE = 200
_GIVES_BACK = frozenset({"release", "lease_over"})
SHORTEST_RENEWAL = timedelta(minutes=1)
"""Looking at a page again and again is not written each time."""


def hold_of(*, workspace_id: int) -> Hold:
    """Return how long claims hold in a workspace."""
    settings = db.session.scalar(select(Workspace.settings).where(Workspace.id == workspace_id)) or {}
    return Hold.read(settings.get("callbacks") or {})


def keep_in_hand(
    *, workspace_id: int, alert_id: UUID, agent: str, now: datetime, places: Collection[str] | None = None
) -> None:
    """Hold an alert longer, where it is this agent's; where it isn't, nothing is changed."""
    query = select(Alert).where(
        Alert.workspace_id == workspace_id,
        Alert.id == alert_id,
        Alert.assignee == agent,
        Alert.status.in_(HELD),
    )
    if places is not None:
        query = query.where(Alert.place.in_(list(places)))
    # skipped where somebody moves it at this moment: that decides
    alert = db.session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if alert is None:
        return
    after = alerts.move(read_state(alert), "claim", at=now, by=agent, hold=hold_of(workspace_id=workspace_id))
    keep([(alert, after)], now=now)


def is_over(alert: Alert, now: datetime) -> bool:
    """Say whether the claim of an alert is over, though nobody has taken it back yet."""
    return alert.claimed_until is not None and alert.claimed_until <= now


def is_worth_renewing(alert: Alert, hold: Hold, now: datetime) -> bool:
    """Say whether looking at an alert now holds it noticeably longer."""
    if alert.status not in HELD or alert.claimed_until is None:
        return False
    until = hold.until("contacted" if alert.status == "contacted" else "claimed", now)
    return until - alert.claimed_until >= SHORTEST_RENEWAL


def workspaces_with_ended_leases(*, now: datetime) -> list[int]:
    """Return the workspaces in which there is something to take back."""
    return list(db.session.scalars(select(Alert.workspace_id).where(Alert.claimed_until <= now).distinct()))


def take_back(*, workspace_id: int, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Return to the queue, each once, the alerts whose claims are over; return how many. Due times stay."""
    over = db.session.scalars(
        select(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.status.in_(HELD), Alert.claimed_until <= now)
        .order_by(Alert.claimed_until, Alert.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    keep([(alert, alerts.move(read_state(alert), "lease_over", at=now)) for alert in over], now=now)
    return len(over)


def read_state(alert: Alert, *, left: Mapping[UUID, Left] | None = None) -> AlertState:
    """Return an alert as the rules see it. `left`: what `list_left` found, where it was asked about this one, too."""
    return AlertState(
        status=alert.status,  # type: ignore[arg-type]
        holder=alert.assignee,
        misses=alert.misses,
        root_cause=alert.root_cause,
        remedy=alert.remedy,
        claimed_until=alert.claimed_until,
        elsewhere=alert.elsewhere,
        left=_left(alert) if left is None else left.get(alert.id),
        no_call="wrong_number" if alert.wrong_number else None,
    )


def list_left(*, workspace_id: int, alert_ids: Collection[UUID]) -> dict[UUID, Left]:
    """Return whose lease was over, of those of these alerts that are in the queue because of it."""
    lines = (
        select(
            AlertMove.alert_id,
            AlertMove.action,
            AlertMove.status,
            AlertMove.details,
            func.row_number()
            .over(partition_by=AlertMove.alert_id, order_by=(AlertMove.at.desc(), AlertMove.id.desc()))
            .label("age"),
        )
        .where(
            AlertMove.workspace_id == workspace_id,
            AlertMove.alert_id.in_(list(alert_ids)),
            AlertMove.action.in_(("opened", *alerts.ACTIONS)),
        )
        .subquery()
    )
    found: dict[UUID, Left] = {}
    for line in db.session.execute(select(lines).where(lines.c.age <= 2).order_by(lines.c.alert_id, lines.c.age)):
        if line.age == 1:
            if line.action == "lease_over" and line.details.get("holder"):
                found[line.alert_id] = Left(line.details["holder"], "claimed")
        elif line.alert_id in found and line.status == "contacted":
            found[line.alert_id] = Left(found[line.alert_id].holder, "contacted")
    return found


def lease_over_at(alert: Alert, agent: str | None) -> datetime | None:
    """Return when the last claim of this agent was over, where that is how they lost the alert."""
    if agent is None or agent == alert.assignee:
        return None
    lines = db.session.execute(
        _history(alert, AlertMove.at, AlertMove.action, AlertMove.by, AlertMove.details).where(
            AlertMove.action.in_(("claim", "assign", "lease_over", "release"))
        )
    )
    for at, action, by, details in lines:
        if action == "lease_over" and details.get("holder") == agent:
            ended: datetime = at
            return ended
        if by == agent:
            return None
    return None


def keep(moved: Iterable[tuple[Alert, AlertState]], *, now: datetime, beside: Mapping[str, Any] | None = None) -> None:
    """Write alerts as they are after their moves, what that adds to their history, and announce them in the feed.

    What nobody here has any longer goes to the tool that it lives in, where it does. `beside` is added to each line.
    """
    told: list[tuple[Alert, dict[str, Any]]] = []
    ids, back = [], []
    workspace_id = None
    for alert, found in moved:
        workspace_id = alert.workspace_id
        after = _to_its_tool(alert, found, now)
        alert.status, alert.assignee, alert.misses = after.status, after.holder, after.misses
        alert.root_cause, alert.remedy, alert.claimed_until = after.root_cause, after.remedy, after.claimed_until
        alert.elsewhere = after.elsewhere
        alert.wrong_number = after.no_call == "wrong_number"
        if after.status not in OPEN:
            alert.ages_at = alert.next_attempt_at = alert.escalates_at = None
        alert.updated_at = now
        alert.version += 1
        ids.append(alert.id)
        if after.status == "new" and alert.priority >= URGENT and any(one.action in _GIVES_BACK for one in after.moves):
            back.append(alert.id)
        for number, line in enumerate(after.moves):
            by_itself = _names_of(alert) if number >= len(found.moves) else {}
            details = {**line.details, **(beside or {}), **by_itself}
            told.append((alert, _line(alert, line, details)))
    if workspace_id is None:
        return
    db.session.flush()
    if told:
        db.session.execute(insert(AlertMove), [line for _, line in told])
        noticing.tell_of_moves(workspace_id=workspace_id, told=told, now=now)
    announce_many("AlertReturned", sorted(back), workspace_id=workspace_id, due_at=now)
    changed("alerts", ids, workspace_id=workspace_id)


def _to_its_tool(alert: Alert, after: AlertState, now: datetime) -> AlertState:
    """Let the tool that an alert lives in have it, where nobody here has; who took it from there keeps it here."""
    external = External.read(alert.external)
    if external is None:
        return after
    if alert.elsewhere and after.status in OPEN and not after.elsewhere and external.wants_it:
        external = replace(external, taken_back=True)
        alert.external = external.kept()
    if after.status != "new" or not external.wants_it:
        return after
    return alerts.move(after, "claim", at=now, by=external.tool, elsewhere=True)


def _names_of(alert: Alert) -> dict[str, Any]:
    external = External.read(alert.external)
    return {} if external is None else {"tool": external.tool, "reference": external.reference}


def _line(alert: Alert, line: Move, details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "workspace_id": alert.workspace_id,
        "id": new_id(),
        "alert_id": alert.id,
        "at": line.at,
        "action": line.action,
        "by": line.by,
        "status": line.status,
        "details": dict(details),
        "due_at": None if (due_at := details.get("due_at")) is None else datetime.fromisoformat(due_at),
    }


def _left(alert: Alert) -> Left | None:
    if alert.status != "new":
        return None
    return list_left(workspace_id=alert.workspace_id, alert_ids=[alert.id]).get(alert.id)


def _history(alert: Alert, *columns: Any) -> Any:
    """Select from the history of an alert, the newest first."""
    return (
        select(*columns)
        .where(AlertMove.workspace_id == alert.workspace_id, AlertMove.alert_id == alert.id)
        .order_by(AlertMove.at.desc(), AlertMove.id.desc())
    )
