"""Sows alerts that were called back about, with what their customers said before and afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import insert, select, update

from tests.unhappy import make_customer, respond
from vocapp.domain.callback_figures import Resolution
from vocapp.models import Alert, AlertMove, Invitation, Response, Signal, db, new_id, transaction
from vocapp.services.recovering import occasion_of

HOUR = timedelta(hours=1)
CAUSES = ("delivery.late", "delivery.late", "delivery.lost", "product.faulty", "The parcel. Was wet", "carrier_late")
AGENTS = ("ana@maison.test", "ben@maison.test")


def sow(
    workspace_id: int,
    number: int,
    *,
    until: datetime,
    days: int = 30,
    seed: int = 7,
    places: tuple[str, str] = ("store", "other"),
    agents: Sequence[str] = AGENTS,
) -> list[Resolution]:
    """Make so many alerts, opened within some days before a time, and return how each was resolved: the truth.

    Half of them happened at the first place, whose own team calls; about the others the central one does.
    """
    draw = Random(seed)
    truth: list[Resolution] = []
    with transaction():
        for index in range(number):
            opened_at = until - timedelta(minutes=draw.randint(60, days * 24 * 60))
            truth += _called(workspace_id, f"called-{seed}-{index}", draw, opened_at, until, places, agents)
    return sorted(truth, key=lambda one: (one.at, one.id))


def _called(
    workspace_id: int,
    name: str,
    draw: Random,
    at: datetime,
    until: datetime,
    places: tuple[str, str],
    agents: Sequence[str],
) -> Iterator[Resolution]:
    customer_id = make_customer(workspace_id, name, at)
    place = draw.choice(places)
    team = place if place == places[0] else None
    alert_id = new_id()
    alert = {"status": "new", "root_cause": None}
    db.session.execute(
        insert(Alert).values(
            workspace_id=workspace_id,
            id=alert_id,
            customer_id=customer_id,
            priority=1,
            kinds=["detractor"],
            place=place,
            team=team,
            reason="nps 2",
            misses=0,
            opened_at=at,
            due_at=at + HOUR,
            updated_at=at,
            version=1,
            **alert,
        )
    )

    def line(action: str, status: str, by: str | None = None, **details: str) -> UUID:
        line_id = new_id()
        row = {"workspace_id": workspace_id, "id": line_id, "alert_id": alert_id, "at": at, "by": by}
        due_at = datetime.fromisoformat(details["due_at"]) if "due_at" in details else None
        db.session.execute(
            insert(AlertMove).values(**row, action=action, status=status, details=details, due_at=due_at)
        )
        alert["status"] = status
        return line_id

    def answer(given: dict[str, int]) -> UUID:
        response_id = respond(workspace_id, customer_id, at, place=place, **given)
        row = {"workspace_id": workspace_id, "response_id": response_id, "customer_id": customer_id, "place": place}
        db.session.execute(insert(Signal).values(**row, kinds=["detractor"], raised_at=at, alert_id=alert_id))
        return response_id

    before: dict[str, int] | None = draw.choice(({"nps": 2}, {"csat": 1}, {"nps": 9, "csat": 4}, {"why": "Oh"}))
    began_with = answer(before)
    line("opened", "new", response=str(began_with))
    while True:
        began_at, agent, reached_at = at, draw.choice(agents), None
        due = {"due_at": (at + draw.choice((6, 20)) * HOUR).isoformat()}
        for _ in range(draw.choice((0, 0, 1, 3))):
            at += draw.randint(1, 20) * HOUR
            line("contact", "claimed", agent, outcome="no_answer", **due)
        if draw.random() < 0.8:
            at += draw.randint(1, 9) * HOUR
            reached_at = at
            line("contact", "contacted", agent, outcome="reached", **due)
        at += draw.randint(1, 30) * HOUR
        if at >= until or draw.random() < 0.1:  # still to be called, or to be resolved
            break
        cause = draw.choice(CAUSES)
        outcome = "spoken_to" if reached_at else draw.choice(("unreachable", "not_called"))
        resolved = line("resolve", "resolved", agent, root_cause=cause, resolution=outcome, **due)
        scores = {key: value for key, value in (before or {}).items() if key != "why"} or None
        after: dict[str, int] | None = None
        asked = outcome == "spoken_to" and draw.random() < 0.9
        response_id: UUID | None = None
        if asked:
            after = draw.choice((None, {"csat": 1}, {"csat": 3}, {"csat": 4}, {"csat": 5}, {"nps": 8}))
            response_id = _asked(workspace_id, customer_id, alert_id, resolved, at, after)
        again = draw.random() < 0.2 or (after is not None and after.get("csat") == 1)
        yield Resolution(
            resolved,
            at,
            agent,
            cause,
            outcome,
            began_at,
            began_with,
            reached_at,
            again,
            team,
            asked,
            scores,
            after,
        )
        if not again:
            break
        at += HOUR
        before, began_with = None, None
        if after is not None and after.get("csat") == 1 and response_id is not None:
            before, began_with = after, response_id
            row = {"workspace_id": workspace_id, "response_id": response_id, "customer_id": customer_id}
            db.session.execute(insert(Signal).values(**row, kinds=["low_csat"], raised_at=at, alert_id=alert_id))
            line("reopen", "new", response=str(response_id))
        else:
            line("reopen", "new", "boss@maison.test")
    held = alert["status"] in {"claimed", "contacted"}
    db.session.execute(
        update(Alert)
        .where(Alert.workspace_id == workspace_id, Alert.id == alert_id)
        .values(status=alert["status"], assignee=agents[0] if held else None, claimed_until=until if held else None)
    )


def _asked(
    workspace_id: int, customer_id: UUID, alert_id: UUID, resolved: UUID, at: datetime, after: dict[str, int] | None
) -> UUID:
    response_id = respond(workspace_id, customer_id, at, **(after or {"why": "Nothing"}))
    own = (Response.workspace_id == workspace_id, Response.id == response_id)
    invitation_id = select(Response.invitation_id).where(*own).scalar_subquery()
    db.session.execute(
        update(Invitation)
        .where(Invitation.workspace_id == workspace_id, Invitation.id == invitation_id)
        .values(alert_id=alert_id, occasion=occasion_of(resolved), kind="recovery")
        .execution_options(synchronize_session=False)
    )
    return response_id
