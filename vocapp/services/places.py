"""The company's tree of places, from the brand down to the team."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, literal, select, update

from vocapp.domain.rules import Fault
from vocapp.models import Place, Workspace, db, on_postgresql

KINDS = ("brand", "region", "store", "site", "team")
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)
LONGEST_PATH = 1000


class PlaceRefused(ValueError):
    """A place that can't stand where it should; the fault has its JSON pointer."""

    def __init__(self, pointer: str, detail: str) -> None:
        self.faults = [Fault(pointer, detail)]
        super().__init__(detail)


def put_place(
    *, workspace_id: int, key: str, name: str, kind: str, parent_key: str | None = None
) -> tuple[Place, bool]:
    """Make or change a place, with all that is below it; return (place, whether it is new). Raises PlaceRefused.

    The tree of a workspace has one writer at a time: two moves could otherwise close a circle that neither sees.
    """
    if not KEY.fullmatch(key):
        raise PlaceRefused("/key", "must be 1 to 64 of A-Z, a-z, 0-9, . : - and _, beginning with a letter or digit")
    _lock_tree(workspace_id)
    parent_path = "/"
    if parent_key is not None:
        parent = _find(workspace_id, parent_key)
        if parent is None:
            raise PlaceRefused("/parent", "is no place of this workspace; make it first")
        if f"/{key}/" in parent.path:
            raise PlaceRefused("/parent", "is below this place, or this place itself")
        parent_path = parent.path
    path = f"{parent_path}{key}/"
    place = _find(workspace_id, key)
    if len(path) > LONGEST_PATH:
        raise PlaceRefused("/parent", "is too deep in the tree")
    if place is None:
        place = Place(workspace_id=workspace_id, key=key, name=name, kind=kind, parent_key=parent_key, path=path)
        db.session.add(place)
        db.session.flush()
        return place, True
    if place.path != path:
        _move(workspace_id, place.path, path)
    place.name, place.kind, place.parent_key, place.path = name, kind, parent_key, path
    db.session.flush()
    return place, False


def find_place(*, workspace_id: int, key: str) -> Place | None:
    """Return a place; None: there is none of this key."""
    return _find(workspace_id, key)


def list_places(*, workspace_id: int, after: str | None = None, limit: int | None = None) -> list[Place]:
    """Return places in the order of the tree, those behind the path `after`."""
    query = select(Place).where(Place.workspace_id == workspace_id).order_by(Place.path)
    if after is not None:
        query = query.where(Place.path > after)
    return list(db.session.scalars(query.limit(limit)))


def place_document(place: Place) -> dict[str, Any]:
    """Return a place as the API gives it."""
    return {"key": place.key, "name": place.name, "kind": place.kind, "parent": place.parent_key, "path": place.path}


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
        raise PlaceRefused("/parent", "would put a place below this one too deep in the tree")
    db.session.execute(
        update(Place)
        .where(Place.workspace_id == workspace_id, func.substr(Place.path, 1, len(old)) == old)
        .values(path=literal(new).concat(func.substr(Place.path, len(old) + 1)))
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()


def _lock_tree(workspace_id: int) -> None:
    if on_postgresql():
        db.session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update(key_share=True))
