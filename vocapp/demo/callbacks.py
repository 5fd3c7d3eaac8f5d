"""The callback queue of the invented company: every unhappy answer has its alert, at every stage of being cared for."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from vocapp.demo.book import Book, Row
from vocapp.demo.company import CALLERS, CAUSES
from vocapp.demo.people import lots
from vocapp.domain import alerts, notices
from vocapp.domain.alerts import AlertState, Hold
from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.urgency import Urgency, ValueScale, severity
from vocapp.models import new_id
from vocapp.services.alert_rules import ready_made

HOLD: Final = Hold(claim_minutes=480, contacted_hours=72)
"""How long the company's claims hold: an invented agent does not come back, and the queue should look cared for."""
HOURS: Final = BusinessHours()
_REMEMBERED: Final = timedelta(days=29)
_NOTES: Final = {
    False: {
        "reached": (
            "Écouté, excuses présentées.",
            "A bien voulu tout reprendre depuis le début.",
            "Le rappel a été apprécié.",
        ),
        "missed": ("Message laissé.", "Ne répond pas, à retenter en fin de journée."),
    },
    True: {
        "reached": ("Listened and apologised.", "Was glad to be called.", "Went through it from the start."),
        "missed": ("Left a message.", "No answer, to be tried again this evening."),
    },
}
_REMEDIES: Final = {
    False: (
        ("refund", "Remboursement fait ce jour, avec un bon d’achat."),
        ("replacement", "Nouvel envoi parti, suivi transmis au client."),
        ("passed_on", "Signalé au magasin, le responsable rappelle l’équipe."),
        ("voucher", "Frais de retour pris en charge."),
    ),
    True: (
        ("refund", "Refunded today, with a voucher."),
        ("replacement", "Replacement sent, tracking passed on."),
        ("passed_on", "Told the store manager."),
        ("voucher", "Return costs taken over."),
    ),
}
_STAGES: Final = (
    # older than so many days: how many of a hundred are resolved, contacted, claimed, new
    (13, (100, 0, 0, 0)),
    (7, (76, 11, 9, 4)),
    (3, (28, 20, 26, 26)),
    (1.2, (5, 10, 27, 58)),
    (0, (1, 5, 18, 76)),
)


def open_alerts(book: Book, *, recipient: str, now: datetime) -> None:
    """Give every signal its alert, and every alert its history up to now."""
    by_customer: dict[UUID, list[Row]] = defaultdict(list)
    for signal in sorted(book.signals, key=lambda one: one["raised_at"]):
        by_customer[signal["customer_id"]].append(signal)
    for signals in by_customer.values():
        standing: Row | None = None
        history: list[Row] = []
        for signal in signals:
            at = signal["raised_at"] + timedelta(seconds=3)
            if standing is not None and _status_at(history, at) in alerts.OPEN:
                _join(standing, history, signal, at)
            else:
                standing = _open(book, signal, at)
                history = _history(standing, signal, recipient, now)
                book.moves += history
                _follow(standing, history)
            signal["alert_id"] = standing["id"]
            if history[-1]["action"] == "joined":
                book.moves.append(history[-1])
    for signal in book.signals:
        for scaffolding in ("scores", "about", "british", "orders", "lot"):
            del signal[scaffolding]
    for alert in book.alerts:
        if alert["opened_at"] > now - _REMEMBERED:
            opened = alert["opened_at"]
            book.facts.append(
                {
                    "kind": "AlertOpened",
                    "subject_id": alert["id"],
                    "due_at": opened,
                    "attempts": 0,
                    "done_at": opened + timedelta(seconds=2),
                }
            )


def _open(book: Book, signal: Row, at: datetime) -> Row:
    urgency = _urgency(signal)
    due_at = urgency.due_at(signal["raised_at"], HOURS)
    alert: Row = {
        "id": new_id(),
        "customer_id": signal["customer_id"],
        "status": "new",
        "priority": urgency.priority,
        "severity": urgency.severity,
        "value": urgency.value,
        "value_figure": float(signal["orders"]),
        "ages_at": due_at,
        "kinds": list(signal["kinds"]),
        "place": signal["place"],
        "reason": _reason(signal),
        "assignee": None,
        "claimed_until": None,
        "misses": 0,
        "root_cause": None,
        "remedy": None,
        "opened_at": at,
        "due_at": due_at,
        "updated_at": at,
        "version": 1,
    }
    book.alerts.append(alert)
    return alert


def _urgency(signal: Row) -> Urgency:
    """Judge as the company's own settings do, which are the usual ones."""
    return Urgency(severity(signal["kinds"], signal["scores"]), ValueScale().value(signal["orders"]))


def _reason(signal: Row) -> str:
    told = {kind: ready_made().told_by_scores(kind, signal["scores"]) for kind in signal["kinds"]}
    return ", ".join(f"{metric} {signal['scores'][metric]}" if metric else kind for kind, metric in told.items())


def _join(alert: Row, history: list[Row], signal: Row, at: datetime) -> None:
    urgency = _urgency(signal)
    alert["kinds"] = list(alerts.merged(alert["kinds"], signal["kinds"]))
    if urgency.priority > alert["priority"]:
        alert |= {"priority": urgency.priority, "severity": urgency.severity, "reason": _reason(signal)}
    alert["due_at"] = alert["ages_at"] = min(alert["due_at"], urgency.due_at(signal["raised_at"], HOURS))
    alert["version"] += 1
    alert["updated_at"] = max(alert["updated_at"], at)
    history.append(_line(alert, "joined", at, _status_at(history, at), _of(signal)))


def _status_at(history: list[Row], at: datetime) -> str:
    past = [move for move in history if move["at"] <= at]
    return str(max(past, key=lambda move: move["at"])["status"]) if past else "new"


def _history(alert: Row, signal: Row, recipient: str, now: datetime) -> list[Row]:
    """Return what was done about an alert, as far as there was time for it."""
    draw = lots("alert", signal["lot"])
    opened = alert["opened_at"]
    told = {"notice": str(notices.notice_id(notices.event_id("alert.opened", alert["id"]), recipient))}
    history = [
        _line(alert, "opened", opened, "new", _of(signal)),
        _line(alert, "told", opened + timedelta(seconds=2), "new", told),
    ]
    age = (now - opened) / timedelta(days=1)
    shares = next(shares for least, shares in _STAGES if age >= least)
    goal = draw.choices(("resolved", "contacted", "claimed", "new"), weights=shares)[0]
    if goal == "new":
        return history
    state = AlertState()
    for at, action, details in _plan(signal, goal, opened, age, draw):
        if at >= now:
            break
        before, due = len(state.moves), {"due_at": alert["due_at"].isoformat()} if action != "claim" else {}
        state = alerts.move(state, action, at=at, **details)
        history += [
            _line(alert, one.action, one.at, one.status, {**one.details, **due}, one.by) for one in state.moves[before:]
        ]
    alert |= {"misses": state.misses, "assignee": state.holder, "root_cause": state.root_cause, "remedy": state.remedy}
    if state.claimed_until:  # its holder is at it, and has looked at it within the hour
        alert["claimed_until"] = HOLD.until(state.status, now) - timedelta(minutes=draw.uniform(1, 59))
    return history


def _plan(
    signal: Row, goal: str, opened: datetime, age: float, draw: Random
) -> list[tuple[datetime, Any, dict[str, Any]]]:
    """Return the moves that lead to a goal, each with its time."""
    british = signal["british"]
    agent, notes = draw.choice(CALLERS[british]), _NOTES[british]
    at = opened + timedelta(hours=min(draw.expovariate(1 / 7) + 0.2, age * 24 * 0.4))
    moves: list[tuple[datetime, Any, dict[str, Any]]] = [(at, "claim", {"by": agent})]
    if goal == "claimed":
        return moves
    unreachable = goal == "resolved" and draw.random() < 0.07
    misses = 3 if unreachable else draw.choices((0, 1, 2), weights=(6, 3, 1))[0]
    step = min(4.0, age * 24 * 0.1)
    for _ in range(misses):
        at += timedelta(hours=draw.uniform(0.3, 1) * step)
        outcome = draw.choice(("voicemail", "no_answer"))
        moves.append((at, "contact", {"outcome": outcome, "note": draw.choice(notes["missed"])}))
    if not unreachable:
        at += timedelta(hours=draw.uniform(0.3, 1) * step)
        moves.append((at, "contact", {"outcome": "reached", "note": draw.choice(notes["reached"])}))
    if goal == "resolved":
        at += timedelta(hours=draw.uniform(0.3, 1) * step)
        cause = CAUSES.get(signal["about"] or "") or draw.choice(sorted(CAUSES.values()))
        remedy, note = draw.choice(_REMEDIES[british])
        moves.append((at, "resolve", {"root_cause": cause, "remedy": remedy, "note": note}))
    return moves


def _follow(alert: Row, history: list[Row]) -> None:
    """Let an alert stand where its history ends."""
    alert["status"] = history[-1]["status"]
    if alert["status"] not in alerts.OPEN:
        alert["ages_at"] = None
    alert["updated_at"] = history[-1]["at"]
    alert["version"] += sum(move["action"] not in {"opened", "told"} for move in history)


def _of(signal: Row) -> dict[str, Any]:
    return {"response": str(signal["response_id"]), "kinds": list(signal["kinds"]), "reason": _reason(signal)}


def _line(alert: Row, action: str, at: datetime, status: str, details: dict[str, Any], by: str | None = None) -> Row:
    return {
        "id": new_id(),
        "alert_id": alert["id"],
        "at": at,
        "action": action,
        "by": by,
        "status": status,
        "details": details,
        "due_at": alert["due_at"] if "due_at" in details else None,
    }
