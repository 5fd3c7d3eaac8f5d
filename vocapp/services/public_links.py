"""Links that show published figures without a login: made, listed, taken back by owners; opened by whoever has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from vocapp.models import Place, PublicLink, Workspace, db
from vocapp.services import auditing, surveying

FIGURES: Final = ("nps", "csat", "ces", "themes")
LONGEST_NAME: Final = 100
MOST_LINKS: Final = 200


class LinkRefused(ValueError):
    """A link that can't be made; `field` names what is wrong, `code` says how."""

    def __init__(self, field: str, code: str) -> None:
        self.field, self.code = field, code
        super().__init__(f"{field}: {code}")


class LinkMade(Exception):
    """There is a link of this id already: a form was sent twice."""


class Opened(NamedTuple):
    """A link that opens, and whose it is."""

    link: PublicLink
    workspace_name: str
    settings: Mapping[str, Any]
    today: date
    """In the workspace."""


def create(
    *,
    workspace_id: int,
    link_id: UUID,
    name: str,
    surveys: Sequence[str],
    figures: Sequence[str],
    place: str,
    ends_on: date | None,
    by: str,
    now: datetime,
) -> PublicLink:
    """Make a link. Raises LinkRefused, LinkMade."""
    if db.session.get(PublicLink, (workspace_id, link_id)) is not None:
        raise LinkMade
    name = " ".join(name.split())
    if not name:
        raise LinkRefused("name", "missing")
    if len(name) > LONGEST_NAME:
        raise LinkRefused("name", "line")
    if not figures or set(figures) - set(FIGURES):
        raise LinkRefused("figures", "choose")
    if set(surveys) - surveying.published_versions(workspace_id=workspace_id).keys():
        raise LinkRefused("surveys", "choose")
    if place and db.session.get(Place, (workspace_id, place)) is None:
        raise LinkRefused("place", "choose")
    if ends_on is not None and ends_on < _today(db.session.get_one(Workspace, workspace_id), now):
        raise LinkRefused("ends_on", "link_ended")
    if len(list_links(workspace_id=workspace_id)) >= MOST_LINKS:
        raise LinkRefused("name", "too_many_links")
    link = PublicLink(
        workspace_id=workspace_id,
        id=link_id,
        name=name,
        surveys=sorted(set(surveys)),
        figures=[one for one in FIGURES if one in figures],
        place=place,
        created_by=by,
        created_at=now,
        ends_on=ends_on,
        revoked_at=None,
    )
    db.session.add(link)
    db.session.flush()
    after = {
        "surveys": ", ".join(link.surveys) or "all",
        "figures": ", ".join(link.figures),
        "place": place or "all",
        "ends_on": ends_on and ends_on.isoformat(),
    }
    auditing.note(workspace_id=workspace_id, by=by, action="public_link.created", subject=name, after=after, now=now)
    return link


def list_links(*, workspace_id: int) -> list[PublicLink]:
    """Return the workspace's links, the newest first."""
    query = select(PublicLink).where(PublicLink.workspace_id == workspace_id)
    return list(db.session.scalars(query.order_by(PublicLink.created_at.desc(), PublicLink.id)))


def revoke(*, workspace_id: int, link_id: UUID | None, by: str, now: datetime) -> bool:
    """Take a link back for good; say whether there is one."""
    link = None if link_id is None else db.session.get(PublicLink, (workspace_id, link_id), with_for_update=True)
    if link is None:
        return False
    if link.revoked_at is None:
        link.revoked_at = now
        auditing.note(workspace_id=workspace_id, by=by, action="public_link.revoked", subject=link.name, now=now)
    return True


def find(*, link_id: UUID, now: datetime) -> Opened | None:
    """Return a link that opens; None: it is unknown, taken back, or its last day is over."""
    row = db.session.execute(
        select(PublicLink, Workspace)
        .join(Workspace, Workspace.id == PublicLink.workspace_id)
        .where(PublicLink.id == link_id)
    ).first()
    if row is None:
        return None
    link, workspace = row
    today = _today(workspace, now)
    if link.revoked_at is not None or (link.ends_on is not None and link.ends_on < today):
        return None
    return Opened(link, workspace.name, workspace.settings, today)


def today_in(*, workspace_id: int, now: datetime) -> date:
    """Return the day that it is in a workspace."""
    return _today(db.session.get_one(Workspace, workspace_id), now)


def _today(workspace: Workspace, now: datetime) -> date:
    return now.astimezone(ZoneInfo(workspace.timezone)).date()
