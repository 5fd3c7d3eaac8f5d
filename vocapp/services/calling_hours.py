"""How a workspace calls back: in which hours, place by place; by which team; what follows when nobody does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from vocapp.domain.business_hours import BusinessHours
from vocapp.domain.callback_team import CallbackTeam
from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.escalation import Escalation
from vocapp.domain.handing_out import HandingOut
from vocapp.models import Attribute, Place, Workspace, db


class CallingHours(NamedTuple):
    """Who calls in a workspace, and when."""

    workspace_id: int
    zone: str
    team: CallbackTeam
    policy: PolicySettings
    settings: Mapping[str, Any]
    """Of the workspace, whole."""
    above: dict[str, tuple[str, ...]]
    """Where places differ: a place itself and what is above it, the nearest first."""
    escalation: Escalation
    handing_out: HandingOut

    def of(self, place: str | None) -> BusinessHours:
        """Return the hours of those who call for a place: its own, or those of the nearest one above that has any."""
        return self.team.hours(self.zone, self._above(place))

    def teams_of(self, place: str | None) -> tuple[str, ...]:
        """Return the places that call back themselves for a place, the nearest first; the central team behind all."""
        return self.handing_out.teams_of(self._above(place))

    def _above(self, place: str | None) -> tuple[str, ...]:
        return self.above.get(place, (place,)) if place else ()


def load(*, workspace_id: int, places: Collection[str | None] = ()) -> CallingHours:
    """Read the hours of a workspace, for these places: one statement, and a second where places have their own."""
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    return of_workspace(workspace, places=places)


def of_workspace(workspace: Workspace, *, places: Collection[str | None] = ()) -> CallingHours:
    """Return the hours of a workspace that was read already."""
    team = team_of(workspace)
    named = sorted({place for place in places if place})
    above: dict[str, tuple[str, ...]] = {}
    handing_out = HandingOut.read(workspace.settings.get("handing_out") or {})
    if (team.places or handing_out.teams) and named:
        rows = db.session.execute(
            select(Place.key, Place.path).where(Place.workspace_id == workspace.id, Place.key.in_(named))
        )
        above = {key: tuple(reversed(path.strip("/").split("/"))) for key, path in rows}
    policy = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    escalation = Escalation.read(workspace.settings.get("escalation") or {})
    zone, settings = workspace.timezone, workspace.settings
    return CallingHours(workspace.id, zone, team, policy, settings, above, escalation, handing_out)


def team_of(workspace: Workspace) -> CallbackTeam:
    """Return what a workspace has set about those who call."""
    return CallbackTeam.read(workspace.settings.get("callback_team") or {})


def figures_of_value(*, calling: CallingHours, customer_ids: Collection[UUID], now: datetime) -> dict[UUID, float]:
    """Return by what the value of these customers is judged, where it is known."""
    rows = db.session.execute(
        select(Attribute.customer_id, Attribute.value).where(
            Attribute.workspace_id == calling.workspace_id,
            Attribute.customer_id.in_(list(customer_ids)),
            Attribute.key == calling.team.value_attribute,
            or_(Attribute.expires_at.is_(None), Attribute.expires_at > now),
        )
    )
    return {
        customer_id: float(value)
        for customer_id, value in rows
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
