"""Taking purchases in: a constant number of statements for one order or for a thousand, in the events' transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, delete, func, literal, select, text

from vocapp.domain.erasing import week_of
from vocapp.domain.purchases import Order, fold, merge
from vocapp.domain.value import ValueSettings
from vocapp.models import (
    AnonymousPurchase,
    Customer,
    CustomerValue,
    Purchase,
    Sales,
    Workspace,
    db,
    feed,
    on_postgresql,
    values,
)
from vocapp.models.bulk import insert_many
from vocapp.models.erasures import drawn_id
from vocapp.models.ids import new_id_text
from vocapp.models.purchases import STANDS
from vocapp.services.intake_orders import Ledger
from vocapp.services.places import places_above

SETTING = "value"
_STANDS = text(STANDS.format("purchases"))
_Sums = dict[tuple[date, str, str], list[int]]
"""(day, place, currency) → orders, total, refunded."""


def settings_of(*, workspace_id: int) -> tuple[ValueSettings, str]:
    """Return (what a workspace has set about the worth of its customers, its time zone)."""
    settings, timezone = db.session.execute(
        select(Workspace.settings, Workspace.timezone).where(Workspace.id == workspace_id)
    ).one()
    return ValueSettings.read(settings.get(SETTING) or {}), timezone


def ledger_of(*, workspace_id: int) -> Ledger:
    """Return how a workspace counts money."""
    settings, timezone = settings_of(workspace_id=workspace_id)
    return Ledger(settings.currency, ZoneInfo(timezone))


def keep(*, workspace_id: int, told: Sequence[Order], currency: str) -> tuple[int, int]:
    """Join what events told with what is known; return how many orders (are new, have changed).

    `currency` is the one in which customers' values are counted. Whoever's value changed has changed in the export.
    """
    connection = db.session.connection()
    said = fold(told)
    proposed = {key: new_id_text() for key in said}
    rows = [_row(proposed[key], order) for key, order in sorted(said.items())]
    if on_postgresql():
        tellers = sorted({order.customer for order in said.values()})
        values.hold_owners.run(connection, workspace_id=workspace_id, orders=sorted(said), customers=tellers)
    changed, new, touched, shifted = [], 0, set[str](), set[str]()
    sums: _Sums = defaultdict(lambda: [0, 0, 0])
    for row in values.keep_purchases.run(connection, workspace_id=workspace_id, rows=rows):
        known = _order(row)
        if row.id == proposed[known.key]:
            whole, new = known, new + 1
        else:
            whole = merge(known, said[known.key])
            if whole == known:
                continue
            changed.append(_row(row.id, whole))
            touched.add(known.customer)
            if _told_of_life(known) != _told_of_life(whole):
                shifted |= {known.customer, whole.customer}
            _add(sums, known, -1)
        touched.add(whole.customer)
        _add(sums, whole, 1)
    if changed:
        values.change_purchases.run(connection, workspace_id=workspace_id, rows=changed)
    if touched:
        count_again(workspace_id=workspace_id, customers=touched, currency=currency, shifted=shifted)
    added = [_sum(key, n) for key, n in sorted(sums.items()) if any(n)]
    if added:
        values.add_sales.run(connection, workspace_id=workspace_id, rows=added)
    return new, len(changed)


def count_again(
    *, workspace_id: int, customers: Iterable[str], currency: str, shifted: Collection[str] = frozenset()
) -> None:
    """Count what the purchases of customers come to; note in the feed whose value has changed.

    `shifted` are noted all the same: a purchase of theirs has another day or place, of which their life is made.
    """
    connection, ids = db.session.connection(), sorted(customers)
    values.lock_values.run(connection, workspace_id=workspace_id, customers=ids)
    moved = values.count_values.run(connection, workspace_id=workspace_id, customers=ids, currency=currency)
    feed.changed("customers", map(UUID, {*moved.scalars(), *shifted}), workspace_id=workspace_id)


def lock(*, workspace_id: int, customer_id: UUID) -> None:
    """Lock a locked customer's purchases: from then on none of them becomes another's. They are locked by their keys.

    One that somebody is about to tell of another customer is waited for, and is that one's then.
    """
    own = (Purchase.workspace_id == workspace_id, Purchase.customer_id == customer_id)
    db.session.execute(select(Purchase.id).where(*own).order_by(Purchase.order_key).with_for_update()).all()


def keep_without_person(*, workspace_id: int, customer_id: UUID) -> None:
    """Write down what somebody's purchases, which are locked, added to the sums, which stay when the purchases go."""
    rows = db.session.execute(
        select(Purchase.day, Purchase.place, Purchase.currency, Purchase.total_minor, Purchase.refunded_minor)
        .where(Purchase.workspace_id == workspace_id, Purchase.customer_id == customer_id, _STANDS)
        .order_by(Purchase.order_key)
    ).all()
    above = places_above(workspace_id=workspace_id, keys={row.place for row in rows if row.place})
    insert_many(
        AnonymousPurchase,
        [
            {
                "workspace_id": workspace_id,
                "id": drawn_id(),
                "week": week_of(row.day),
                "place": above.get(row.place or "") or "",
                "currency": row.currency,
                "total_minor": row.total_minor,
                "refunded_minor": row.refunded_minor,
            }
            for row in rows
        ],
    )


def hold(*, workspace_id: int) -> None:
    """Have nobody erased, no order taken in and no life followed until the transaction ends.

    In the order in which an erasure goes: customers, then what is counted of them. All tables at once: who waits for
    one of them while another is held would be waited for.
    """
    _hold_customers(workspace_id)
    if on_postgresql():
        db.session.execute(
            text(
                "lock table purchases, customer_values, sales, stage_moves, stage_counts, stages_by_place, buyers, "
                "cohort_sums in share row exclusive mode"
            )
        )


def rebuild(*, workspace_id: int) -> tuple[int, int]:
    """Count every customer's value and every day's sums anew from the purchases; return how many there are of each.

    What erased people bought stays where it was counted, wherever the week comes to what it should; else it goes to
    the week's Monday and the place above. Orders wait meanwhile.
    """
    connection = db.session.connection()
    hold(workspace_id=workspace_id)
    settings, _ = settings_of(workspace_id=workspace_id)
    customers = rebuild_values(workspace_id=workspace_id, currency=settings.currency)
    stored = _sums_of(
        select(Sales.day, Sales.place, Sales.currency, Sales.orders, Sales.total_minor, Sales.refunded_minor).where(
            Sales.workspace_id == workspace_id
        )
    )
    sums = _sums_of(
        select(
            Purchase.day,
            func.coalesce(Purchase.place, ""),
            Purchase.currency,
            literal(1),
            Purchase.total_minor,
            Purchase.refunded_minor,
        ).where(Purchase.workspace_id == workspace_id, _STANDS)
    )
    erased = _sums_of(
        select(
            AnonymousPurchase.week,
            AnonymousPurchase.place,
            AnonymousPurchase.currency,
            literal(1),
            AnonymousPurchase.total_minor,
            AnonymousPurchase.refunded_minor,
        ).where(AnonymousPurchase.workspace_id == workspace_id)
    )
    sums = _with_erased(sums, erased, stored)
    db.session.execute(delete(Sales).where(Sales.workspace_id == workspace_id))
    rows = [_sum(key, n) for key, n in sorted(sums.items()) if any(n)]
    values.add_sales.run(connection, workspace_id=workspace_id, rows=rows)
    return customers, len(rows)


def rebuild_values(*, workspace_id: int, currency: str) -> int:
    """Count every customer's value anew; return how many there are. Those who had or have one change in the export."""
    connection = db.session.connection()
    _hold_customers(workspace_id)
    if on_postgresql():  # whoever counts somebody's value ends first
        db.session.execute(text("lock table customer_values in share row exclusive mode"))
    had = set(db.session.scalars(select(CustomerValue.customer_id).where(CustomerValue.workspace_id == workspace_id)))
    db.session.execute(delete(CustomerValue).where(CustomerValue.workspace_id == workspace_id))
    values.rebuild_values.run(connection, workspace_id=workspace_id, currency=currency)
    has = set(db.session.scalars(select(CustomerValue.customer_id).where(CustomerValue.workspace_id == workspace_id)))
    feed.changed("customers", had | has, workspace_id=workspace_id)
    return len(has)


def _hold_customers(workspace_id: int) -> None:
    """Keep all customers from being erased: a value refers to its customer, and would wait for who erases them."""
    mine = select(Customer.id).where(Customer.workspace_id == workspace_id).order_by(Customer.id)
    if on_postgresql():
        held = mine.with_for_update(read=True, key_share=True).subquery()
        db.session.execute(select(func.count()).select_from(held)).all()


def _sums_of(query: Select[*tuple[Any, ...]]) -> _Sums:
    sums: _Sums = defaultdict(lambda: [0, 0, 0])
    for day, place, currency, *n in db.session.execute(query):
        for index, each in enumerate(n):
            sums[(day, place, currency)][index] += int(each)
    return sums


def _with_erased(sums: _Sums, erased: _Sums, stored: _Sums) -> _Sums:
    """Add what erased people bought: as it is stored, in weeks that come to the right sum; else by week and place."""
    weeks: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for which, times in ((stored, 1), (sums, -1), (erased, -1)):
        for (day, _, currency), n in which.items():
            for index, each in enumerate(n):
                weeks[(week_of(day), currency)][index] += times * each
    of_erased = {(week, currency) for week, _, currency in erased}
    right = {week for week in of_erased if not any(weeks[week])}
    whole: _Sums = defaultdict(lambda: [0, 0, 0])
    for which, wanted in ((stored, True), (sums, False), (erased, False)):
        for key, n in which.items():
            if ((week_of(key[0]), key[2]) in right) is wanted:
                for index, each in enumerate(n):
                    whole[key][index] += each
    return whole


def _row(row_id: str, order: Order) -> dict[str, Any]:
    return {
        "id": row_id,
        "order_key": order.key,
        "customer_id": order.customer,
        "place": order.place,
        "ordered_at": order.ordered_at,
        "day": order.day,
        "currency": order.currency,
        "total_minor": order.total,
        "refunded_minor": order.refunded,
        "refunds": order.refunds,
        "told_at": order.told_at,
        "told_key": order.told_key,
        "completed_at": order.completed_at,
        "cancelled_at": order.cancelled_at,
    }


def _order(row: Row[Any]) -> Order:
    return Order(
        key=row.order_key,
        customer=row.customer_id,
        place=row.place,
        ordered_at=row.ordered_at,
        day=row.day,
        currency=row.currency,
        total=row.total_minor,
        refunds={key: (amount, currency, at) for key, (amount, currency, at) in row.refunds.items()},
        told_at=row.told_at,
        told_key=row.told_key,
        completed_at=row.completed_at,
        cancelled_at=row.cancelled_at,
    )


def _told_of_life(order: Order) -> tuple[object, ...] | None:
    """Return what a purchase says of its customer's life and place; None: it does not stand."""
    if not order.stands:
        return None
    return order.customer, order.place, order.ordered_at, order.day, order.currency, order.total, order.refunded


def _add(sums: _Sums, order: Order, times: int) -> None:
    if not order.stands or order.day is None or order.currency is None or order.total is None:
        return
    sum_ = sums[(order.day, order.place or "", order.currency)]
    for index, n in enumerate((1, order.total, order.refunded)):
        sum_[index] += times * n


def _sum(key: tuple[date, str, str], n: list[int]) -> dict[str, Any]:
    day, place, currency = key
    orders, total, refunded = n
    return {
        "day": day,
        "place": place,
        "currency": currency,
        "orders": orders,
        "total_minor": total,
        "refunded_minor": refunded,
    }
