"""How far somebody has followed the change feed: a place a reader and workspace; its row is the lock of who follows."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from vocapp.models import Following, db, on_postgresql
from vocapp.models.bulk import insert_many
from vocapp.models.feed import epoch, still_holds
from vocapp.models.sql import Dialect


def lock(*, workspace_id: int, names: Collection[str]) -> dict[str, Following] | None:
    """Lock how far the feed was followed, by the names under which it is; None: somebody else has it.

    In another life of the database a place is at the beginning again.
    """
    query = (
        select(Following)
        .where(Following.workspace_id == workspace_id, Following.stream.in_(names))
        .order_by(Following.stream)
    )
    if len(db.session.scalars(query).all()) < len(names):
        begin = {"workspace_id": workspace_id, "epoch": "", "xid": 0, "number": 0}
        insert_many(Following, [{**begin, "stream": name} for name in sorted(names)], passing_over=True)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    places = {place.stream: place for place in db.session.scalars(query)}
    if len(places) < len(names):
        return None
    now = epoch()
    for place in places.values():
        if place.epoch == now:
            continue
        if on_postgresql() or not still_holds(given_in=place.epoch, number=place.number):
            place.xid = place.number = 0  # another life of the database: its feed is read from the beginning
        place.epoch = now
    return places


def still_to_follow(d: Dialect) -> str:
    """Write the condition that a line of the feed `c` is behind the place `f`; null of it: nothing was followed yet."""
    place = "cast(cast(coalesce(f.xid, 0) as text) as xid8)" if d.postgresql else "coalesce(f.xid, 0)"
    return f"(c.xid, c.number) > ({place}, coalesce(f.number, 0))"
