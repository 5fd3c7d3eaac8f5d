"""The company's tree of places, from the brand down to the team."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, false, func, literal, select, update

from vocapp.domain.rules import Fault
from vocapp.models import Alert, Member, Place, Response, Workspace, database_now, db, on_postgresql
from vocapp.models.sql import Dialect, statement
from vocapp.services import auditing
from vocapp.services.finding_drivers import forget_above
from vocapp.services.intake_values import ValueRefused, read_place
from vocapp.services.portraits import look_again

KINDS = ("brand", "region", "store", "site", "team")
LONGEST_PATH = 1000
MOST_COUNTED = 10_000


def places_above(*, workspace_id: int, keys: Collection[str]) -> dict[str, str | None]:
    """Return the key of the place above each of these."""
    rows = db.session.execute(
        select(Place.key, Place.parent_key).where(Place.workspace_id == workspace_id, Place.key.in_(keys))
    )
    return dict(rows.all())


class PlaceRefused(ValueError):
    """A place that can't stand where it should; the fault has its JSON pointer."""

    def __init__(self, pointer: str, detail: str, code: str = "choose") -> None:
        self.field = pointer.removeprefix("/")
        self.code = code
        """Of the reason, for a form."""
        self.faults = [Fault(pointer, detail)]
        super().__init__(detail)


def put_place(
    *,
    workspace_id: int,
    key: str,
    name: str,
    kind: str,
    parent_key: str | None = None,
    by: str | None = None,
    now: datetime | None = None,
) -> tuple[Place, bool]:
    """Make or change a place, with all that is below it; return (place, whether it is new). Raises PlaceRefused.

    The tree of a workspace has one writer at a time: two moves could otherwise close a circle that neither sees.
    """
    try:
        read_place(key)
    except ValueRefused as refused:
        raise PlaceRefused("/key", str(refused), "place_key") from refused
    _lock_tree(workspace_id)
    parent_path = "/"
    if parent_key is not None:
        parent = _find(workspace_id, parent_key)
        if parent is None:
            raise PlaceRefused("/parent", "is no place of this workspace; make it first")
        if f"/{key}/" in parent.path:
            raise PlaceRefused("/parent", "is below this place, or this place itself", "circle")
        parent_path = parent.path
    path = f"{parent_path}{key}/"
    if len(path) > LONGEST_PATH:
        raise PlaceRefused("/parent", "is too deep in the tree", "too_deep")
    place = _find(workspace_id, key)
    created = place is None and register_places(workspace_id=workspace_id, keys=[key]) == 1
    place = place or db.session.get_one(Place, (workspace_id, key))
    before = {} if created else _said_of(place)
    if place.path != path:
        forget_above(workspace_id=workspace_id, keys={*place.path.split("/"), *path.split("/")} - {key, ""})
        _move(workspace_id, place.path, path)
        look_again(workspace_id=workspace_id, below=path, now=now or database_now())
    place.name, place.kind, place.parent_key, place.path = name, kind, parent_key, path
    db.session.flush()
    if by is not None and now is not None:
        action = "place.added" if created else "place.changed"
        auditing.note_change(
            workspace_id=workspace_id, by=by, action=action, subject=key, before=before, after=_said_of(place), now=now
        )
    return place, created


def register_places(*, workspace_id: int, keys: Collection[str]) -> int:
    """Make the places that are not there yet, each a site that is called by its key and part of nothing.

    So nothing is lost that happened at a place nobody made yet; `put_place` says later what it is. Return how many are
    new. The keys must have been read; they are taken in their order, or two batches would wait for each other.
    """
    rows = [{"key": key, "path": f"/{key}/"} for key in sorted(set(keys))]
    return len(_register.run(db.session.connection(), workspace_id=workspace_id, rows=rows).all())


def find_place(*, workspace_id: int, key: str) -> Place | None:
    """Return a place; None: there is none of this key."""
    return _find(workspace_id, key)


def list_places(
    *, workspace_id: int, after: str | None = None, below: str | None = None, limit: int | None = None
) -> list[Place]:
    """Return places in the order of the tree, those behind the path `after`; with `below`, that place's part of it."""
    query = select(Place).where(Place.workspace_id == workspace_id).order_by(Place.path)
    if below is not None:
        above = _find(workspace_id, below)
        query = query.where(Place.path.startswith(above.path, autoescape=True) if above else false())
    if after is not None:
        query = query.where(Place.path > after)
    return list(db.session.scalars(query.limit(limit)))


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a place and what is below it; each number stops at MOST_COUNTED."""

    places: int
    """Below it."""
    members: int
    responses: int
    open_alerts: int


def hanging_on(place: Place) -> Hanging:
    """Count what would be seen elsewhere if the place moved."""
    keys = select(Place.key).where(
        Place.workspace_id == place.workspace_id, func.substr(Place.path, 1, len(place.path)) == place.path
    )
    return Hanging(
        places=_count(select(Place.key).where(Place.workspace_id == place.workspace_id, Place.key.in_(keys))) - 1,
        members=_count(
            select(Member.user_id).where(Member.workspace_id == place.workspace_id, Member.place_key.in_(keys))
        ),
        responses=_count(
            select(Response.id).where(Response.workspace_id == place.workspace_id, Response.place.in_(keys))
        ),
        open_alerts=_count(
            select(Alert.id).where(
                Alert.workspace_id == place.workspace_id,
                Alert.place.in_(keys),
                Alert.status.in_(("new", "claimed", "contacted")),
            )
        ),
    )


def place_document(place: Place) -> dict[str, Any]:
    """Return a place as the API gives it."""
    return {"key": place.key, "name": place.name, "kind": place.kind, "parent": place.parent_key, "path": place.path}


def _count(query: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.limit(MOST_COUNTED).subquery())) or 0


def _said_of(place: Place) -> dict[str, Any]:
    return {"name": place.name, "kind": place.kind, "parent": place.parent_key}


def _find(workspace_id: int, key: str) -> Place | None:
    return db.session.get(Place, (workspace_id, key), populate_existing=True)


def _move(workspace_id: int, old: str, new: str) -> None:
    """Write the paths below a place anew."""
    longest = db.session.scalar(
        select(func.max(func.length(Place.path))).where(
            Place.workspace_id == workspace_id, func.substr(Place.path, 1, len(old)) == old
        )
    )
    if (longest or 0) - len(old) + len(new) > LONGEST_PATH:
        raise PlaceRefused("/parent", "would put a place below this one too deep in the tree", "too_deep")
    db.session.execute(
        update(Place)
        .where(Place.workspace_id == workspace_id, func.substr(Place.path, 1, len(old)) == old)
        .values(path=literal(new).concat(func.substr(Place.path, len(old) + 1)))
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()


@statement(key=String())
def _register(d: Dialect) -> str:
    return f"""
        insert into places (workspace_id, key, name, kind, path)
        select :workspace_id, r.key, r.key, 'site', r.path from {d.rows("rows", "r", key="text", path="text")}
        where true order by r.key
        on conflict (workspace_id, key) do nothing
        returning key
    """


def _lock_tree(workspace_id: int) -> None:
    if on_postgresql():
        db.session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update(key_share=True))
