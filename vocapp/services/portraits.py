"""Portraits: what the rules of segments see of customers, from the rows as they are, and written down.

Every way that leads to a segment begins here: `facts_of` reads the facts of some customers, a rule is asked of them in
Python, and `draw` keeps them for SQL to ask everybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from vocapp.domain.scores import nps_category
from vocapp.domain.segments import COLUMNS, VARIABLES, age_in_days, portrait_of
from vocapp.domain.segments.portraits import seen
from vocapp.domain.value import Standing, ValueSettings, next_turn, stage_of
from vocapp.models import Attribute, Customer, CustomerValue, Event, Place, PortraitRow, Workspace, db
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import time_text
from vocapp.services.consenting import latest_consents

_CORE = ("external_id", "email", "phone", "first_name", "last_name", "locale", "timezone")


class Known(NamedTuple):
    """What is known of one customer, as rules see it."""

    facts: dict[str, Any]
    renew_at: datetime | None
    """When something of it expires, or their stage may be another."""


def facts_of(*, workspace_id: int, ids: Collection[UUID], now: datetime) -> dict[UUID, Known]:
    """Return what rules see of customers, in a statement for each kind of rows; who is not there is left out."""
    customers = db.session.execute(
        select(*_COLUMNS).where(Customer.workspace_id == workspace_id, Customer.id.in_(list(ids)))
    ).all()
    found = [row.id for row in customers]
    if not found:
        return {}
    attributes, expiries = _attributes(workspace_id, found, now)
    consents: dict[UUID, dict[str, bool]] = defaultdict(dict)
    for (customer_id, purpose), granted in latest_consents(workspace_id=workspace_id, customer_ids=found).items():
        consents[customer_id][purpose] = granted
    places = _places(workspace_id, found)
    values, turns = _values(workspace_id, {row.id: row.nps_value for row in customers}, now)
    return {
        row.id: Known(
            {
                "customer": {name: getattr(row, name) for name in _CORE} | {"attributes": attributes[row.id]},
                "scores": {
                    "nps": _timed(row.nps_at, now, value=row.nps_value, category=_category(row.nps_value)),
                    "csat": _timed(row.csat_at, now, value=row.csat_value),
                    "ces": _timed(row.ces_at, now, value=row.ces_value),
                },
                "sentiment": _timed(row.sentiment_at, now, label=row.sentiment_label, score=row.sentiment_score),
                "persona": _timed(row.persona_at, now, key=row.persona_key, confidence=row.persona_confidence),
                "place": places.get(row.id),
                "consent": consents[row.id],
                "value": values.get(row.id, _NOTHING_BOUGHT),
            },
            min(filter(None, (expiries.get(row.id), turns.get(row.id))), default=None),
        )
        for row in customers
    }


def draw(*, workspace_id: int, known: Mapping[UUID, Known]) -> None:
    """Write portraits of customers, whose rows are held; what is as it was is not touched."""
    rows = []
    for customer_id, one in sorted(known.items()):
        flat, moments = portrait_of(one.facts)
        row = {"customer_id": str(customer_id), "facts": flat, "moments": moments}
        if one.renew_at is not None:
            row["renew_at"] = time_text(one.renew_at)
        row |= {column: flat[key] for column, key in COLUMNS.items() if key in flat}
        rows.append(row)
    if rows:
        _UPSERT.run(db.session.connection(), workspace_id=workspace_id, rows=rows)


def look_again(*, workspace_id: int, below: str, now: datetime) -> None:
    """Have the portraits drawn anew of those who were last at a place whose path begins so: it has moved."""
    moved = select(Place.key).where(Place.workspace_id == workspace_id, func.substr(Place.path, 1, len(below)) == below)
    db.session.execute(
        update(PortraitRow)
        .where(PortraitRow.workspace_id == workspace_id, PortraitRow.place_key.in_(moved))
        .values(renew_at=now)
        .execution_options(synchronize_session=False)
    )


def look_again_at_buyers(*, workspace_id: int, now: datetime, everybody: bool = False) -> None:
    """Have the portraits drawn anew of those who have bought: what makes a stage was set otherwise.

    `everybody`: of all, since the days on which they became known are others, too.
    """
    buyers = select(CustomerValue.customer_id).where(CustomerValue.workspace_id == workspace_id)
    db.session.execute(
        update(PortraitRow)
        .where(PortraitRow.workspace_id == workspace_id)
        .where(*([] if everybody else [PortraitRow.customer_id.in_(buyers)]))
        .values(renew_at=now)
        .execution_options(synchronize_session=False)
    )


def _category(nps: int | None) -> str | None:
    return None if nps is None else nps_category(nps)


def _timed(at: datetime | None, now: datetime, **fields: Any) -> dict[str, Any] | None:
    """Return something with when it was: for `date`, in days, and for the portrait."""
    if at is None:
        return None
    return {**fields, "time": at, "at": time_text(at), "days": age_in_days(at, now)}


def _attributes(
    workspace_id: int, ids: list[UUID], now: datetime
) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, datetime]]:
    attributes: dict[UUID, dict[str, Any]] = defaultdict(dict)
    expiries: dict[UUID, datetime] = {}
    rows = db.session.execute(
        select(Attribute.customer_id, Attribute.key, Attribute.value, Attribute.expires_at).where(
            Attribute.workspace_id == workspace_id, Attribute.customer_id.in_(ids)
        )
    )
    for customer_id, key, value, expires_at in rows:
        shown = seen(value)
        if shown is None or (expires_at is not None and expires_at <= now):
            continue
        attributes[customer_id][key] = shown
        if expires_at is not None:
            expiries[customer_id] = min(expires_at, expiries.get(customer_id, expires_at))
    return attributes, expiries


def _places(workspace_id: int, ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Where each was last: the place of their newest event that names one."""
    newest = (
        select(Event.customer_id, Event.place)
        .where(Event.workspace_id == workspace_id, Event.customer_id.in_(ids), Event.place.is_not(None))
        .order_by(Event.occurred_at, Event.id)
    )
    last = dict(db.session.execute(newest).all())
    paths = dict(
        db.session.execute(
            select(Place.key, Place.path).where(Place.workspace_id == workspace_id, Place.key.in_(set(last.values())))
        ).all()
    )
    return {customer_id: {"key": key, "path": paths.get(key or "")} for customer_id, key in last.items()}


def _values(
    workspace_id: int, nps: Mapping[UUID, int | None], now: datetime
) -> tuple[dict[UUID, dict[str, Any]], dict[UUID, datetime]]:
    """What the purchases of each come to, and when time alone may change their stage; `nps`: the last of each."""
    kept, timezone = db.session.execute(
        select(Workspace.settings, Workspace.timezone).where(Workspace.id == workspace_id)
    ).one()
    settings, zone = ValueSettings.read(kept.get("value") or {}), ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    rows = db.session.scalars(
        select(CustomerValue).where(
            CustomerValue.workspace_id == workspace_id,
            CustomerValue.customer_id.in_(list(nps)),
            CustomerValue.orders > 0,
        )
    )
    values: dict[UUID, dict[str, Any]] = {}
    turns: dict[UUID, datetime] = {}
    for row in rows:
        standing = Standing(orders=row.orders, run_months=row.run_months, last_on=row.last_on)
        turn = next_turn(standing, today=today, settings=settings)
        if turn is not None:
            turns[row.customer_id] = datetime.combine(turn, time(), zone).astimezone(UTC)
        values[row.customer_id] = {
            "stage": stage_of(standing, nps=nps[row.customer_id], today=today, settings=settings),
            "orders": row.orders,
            "months": row.run_months,
            "revenue_minor": row.revenue_minor,
            "refunded_minor": row.refunded_minor,
            "basket_minor": row.revenue_minor / row.orders,
            "first": _timed(row.first_at, now),
            "last": _timed(row.last_at, now),
        }
    return values, turns


_NOTHING_BOUGHT: dict[str, Any] = {"stage": "prospect"}
_COLUMNS = (
    Customer.id,
    *(getattr(Customer, name) for name in _CORE),
    Customer.nps_value,
    Customer.nps_at,
    Customer.csat_value,
    Customer.csat_at,
    Customer.ces_value,
    Customer.ces_at,
    Customer.sentiment_label,
    Customer.sentiment_score,
    Customer.sentiment_at,
    Customer.persona_key,
    Customer.persona_confidence,
    Customer.persona_at,
)
KEPT_AS = {"text": "text", "number": "double precision", "time": "bigint", "days": "bigint"}
"""The type of a variable's column, by its kind."""
_KEPT = {
    "facts": "jsonb",
    "moments": "jsonb",
    "renew_at": "timestamptz",
    **{one.column: KEPT_AS[one.kind] for one in VARIABLES.values() if one.column},
}


@statement()
def _UPSERT(d: Dialect) -> str:  # noqa: N802 - a statement, once decorated
    names = ", ".join(_KEPT)
    differs = "is distinct from" if d.postgresql else "is not"
    return f"""
        insert into portraits (workspace_id, customer_id, {names})
        select :workspace_id, r.customer_id, {", ".join(f"r.{name}" for name in _KEPT)}
        from {d.rows("rows", "r", customer_id="uuid", **_KEPT)} where true order by r.customer_id
        on conflict (workspace_id, customer_id) do update
        set {", ".join(f"{name} = excluded.{name}" for name in _KEPT)}
        where {" or ".join(f"portraits.{name} {differs} excluded.{name}" for name in _KEPT)}
    """
