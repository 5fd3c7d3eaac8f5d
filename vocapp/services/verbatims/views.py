"""Searches under a name: one's own, or shared with everybody who works here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select

from vocapp.domain.searching import read_query
from vocapp.models import VerbatimView, db, new_id
from vocapp.services import auditing
from vocapp.services.segmenting import list_open
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import NONE, as_written
from vocapp.services.verbatims.tagging import list_tags

MOST_OF_ONE: Final = 50
LONGEST_NAME: Final = 80


class ViewRefused(ValueError):
    """A view that can't be kept; `code` says why: name, many, words."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the view can't be kept: {code}")


def list_views(*, scope: Scope, user_id: UUID) -> list[VerbatimView]:
    """Return one's own views and those that are shared, by name.

    Who sees a part only is shown none of another place, nor of a segment whose members or a tag whose rule is not
    theirs to know.
    """
    rows = db.session.scalars(
        select(VerbatimView).where(
            VerbatimView.workspace_id == scope.workspace_id,
            or_(VerbatimView.user_id == user_id, VerbatimView.shared.is_(True)),
        )
    ).all()
    if scope.places is not None and rows:
        seen, tags = list_open(scope=scope), {str(tag.id) for tag in list_tags(scope=scope)}
        rows = [
            view
            for view in rows
            if ("place" not in view.filters or scope.within(view.filters["place"]))
            and ("segment" not in view.filters or view.filters["segment"] in seen)
            and view.filters.get("tag", NONE) in {NONE, *tags}
        ]
    return sorted(rows, key=lambda view: (view.name.casefold(), str(view.id)))


def save(
    *, workspace_id: int, user_id: UUID, name: str, filters: Mapping[str, str], shared: bool, by: str, now: datetime
) -> VerbatimView:
    """Keep a search under a name; one's own of the same name is replaced. Raises ViewRefused."""
    shown = " ".join(name.split())
    if not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
        raise ViewRefused("name")
    kept = as_written(filters)
    if read_query(kept.get("q", "")).wordless:
        raise ViewRefused("words")
    own = (VerbatimView.workspace_id == workspace_id, VerbatimView.user_id == user_id)
    view = db.session.scalars(select(VerbatimView).where(*own, VerbatimView.name == shown)).first()
    if view is None:
        if (db.session.scalar(select(func.count()).select_from(VerbatimView).where(*own)) or 0) >= MOST_OF_ONE:
            raise ViewRefused("many")
        view = VerbatimView(workspace_id=workspace_id, id=new_id(), user_id=user_id, name=shown, made_at=now)
        db.session.add(view)
    view.filters, view.shared = kept, shared
    db.session.flush()
    if shared:
        auditing.note(workspace_id=workspace_id, by=by, action="view.shared", subject=shown, now=now)
    return view


def remove(*, workspace_id: int, user_id: UUID, view_id: UUID, may_all: bool) -> bool:
    """Remove a view of one's own, or any shared one where one `may_all`; say whether there was one."""
    view = db.session.get(VerbatimView, (workspace_id, view_id))
    if view is None or not (view.user_id == user_id or (may_all and view.shared)):
        return False
    db.session.delete(view)
    db.session.flush()
    return True
