"""The brands as staff choose among them, to see how each shows itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import or_, select

from vocapp.models import Place, Workspace, db
from vocapp.services.brands import FROZEN, KEY, branded
from vocapp.services.staff import Scope


class Brand(NamedTuple):
    key: str
    name: str
    over: tuple[str, ...]
    """By which brands it stands, outermost first, itself last."""


def list_brands(*, scope: Scope) -> list[Brand]:
    """Return the brands in the order of the tree, if any sets something: of a part, those of it and those above it."""
    known = _settings(scope).get(KEY)
    if not known:
        return []
    rows = db.session.execute(
        select(Place.key, Place.name, Place.path)
        .where(Place.workspace_id == scope.workspace_id, or_(Place.kind == "brand", Place.key.in_(known)))
        .order_by(Place.path)
    ).all()
    above = _path_of(scope)
    return [
        Brand(row.key, row.name, tuple(one for one in row.path.strip("/").split("/") if one in known))
        for row in rows
        if scope.within(row.key) or above.startswith(row.path)
    ]


def nearest(*, scope: Scope, brands: list[Brand]) -> Brand | None:
    """Return the brand by which a part of the company stands; None: by none, or it is all of the company."""
    above = _path_of(scope).strip("/").split("/")
    standing = [one for one in brands if one.key in above]
    return standing[-1] if standing else None


def seen_as(*, scope: Scope, brand: Brand | None) -> Mapping[str, Any]:
    """Return the settings cut to a brand, for all that shows itself as it does; None: as the workspace does."""
    return branded(_settings(scope), {FROZEN: list(brand.over)} if brand else {})


def _settings(scope: Scope) -> Mapping[str, Any]:
    return db.session.get_one(Workspace, scope.workspace_id).settings


def _path_of(scope: Scope) -> str:
    """Return the path of the topmost place of a part; empty for all of the company, and for nothing at all."""
    if not scope.places:
        return ""
    query = select(Place.path).where(Place.workspace_id == scope.workspace_id, Place.key.in_(scope.places))
    return db.session.scalar(query.order_by(Place.path).limit(1)) or ""
