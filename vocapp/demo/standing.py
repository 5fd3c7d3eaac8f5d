"""What the simulation of the invented company stands on, and one customer at some moment of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from vocapp.demo.book import Row
from vocapp.demo.people import Person
from vocapp.domain import contact_policy
from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.personas import PersonaSet
from vocapp.domain.purchases import Order
from vocapp.domain.survey import Survey
from vocapp.services.responding import Profiled


@dataclass(frozen=True, kw_only=True)
class World:
    """What the simulation stands on."""

    workspace_id: int
    secret: bytes
    now: datetime
    zone: str
    surveys: dict[str, Survey]
    personas: PersonaSet | None
    policy: PolicySettings
    scores_texts: bool
    """Whether the packaged model judges, whose verdicts are kept beside the texts."""


@dataclass(kw_only=True)
class Known:
    """One customer as vocapp knows them at some moment of the simulation."""

    person: Person
    id: UUID
    contact_key: str
    row: Row
    since: datetime
    profile: dict[str, Profiled] = field(default_factory=dict)
    ledger: list[contact_policy.Contact] = field(default_factory=list)
    answered: dict[str, datetime] = field(default_factory=dict)
    invitations: list[Row] = field(default_factory=list)
    bought: list[Order] = field(default_factory=list)
    unsubscribed_at: datetime | None = None
    suppressed_at: datetime | None = None
    suppressed_reason: str | None = None
    paused_from: datetime | None = None
    paused_until: datetime | None = None


def facts_of(known: Known, context: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return what rules and texts may look at, but for the answers."""
    row = known.row
    names = ("external_id", "email", "phone", "first_name", "last_name", "locale", "timezone")
    attributes = {
        key: held.value for key, held in known.profile.items() if held.expires_at is None or held.expires_at > at
    }
    event = {key: context.get(key) for key in ("place", "agent")}
    return {
        "customer": {**{name: row.get(name) for name in names}, "attributes": attributes},
        "event": {"name": context.get("event"), **event, "properties": context.get("properties") or {}},
    }
