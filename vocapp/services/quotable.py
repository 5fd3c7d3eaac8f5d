"""A customer's words as they may be shown to the whole team: without the names and references that we know of.

Known are the customer's own, and what the event tells of who served them and of what it was about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.masking import Masked, mask, names_staff
from vocapp.models import Invitation, Response, db


class Person(Protocol):
    """Who said it; a row of a query is one, too."""

    @property
    def external_id(self) -> str: ...
    @property
    def first_name(self) -> str | None: ...
    @property
    def last_name(self) -> str | None: ...


def make_quotable(text: str, *, person: Person, context: Mapping[str, Any] | None) -> Masked:
    """Return what a person said, masked; `context`: that of the invitation they answered."""
    told = context or {}
    names = [person.first_name, person.last_name, told.get("agent"), *_staff(told)]
    return mask(text, names, _references(person.external_id, told))


def context_of(*, workspace_id: int, response_id: UUID) -> Mapping[str, Any] | None:
    """Return the context of the invitation that a response answers; None: there is none."""
    query = (
        select(Invitation.context)
        .join(
            Response,
            (Response.workspace_id == Invitation.workspace_id) & (Response.invitation_id == Invitation.id),
        )
        .where(Response.workspace_id == workspace_id, Response.id == response_id)
    )
    return db.session.scalars(query).one_or_none()


def _staff(context: Mapping[str, Any]) -> list[str | None]:
    """Return who served the person, by what the event tells."""
    properties = context.get("properties") or {}
    return [value for key, value in properties.items() if isinstance(value, str) and names_staff(key)]


def _references(external_id: str, context: Mapping[str, Any]) -> list[str | None]:
    """Return what names the person, and what it was about, in the company's own systems."""
    values = (context.get("properties") or {}).values()
    named = [value for value in values if isinstance(value, str) and any(map(str.isdigit, value))]
    return [external_id, context.get("event_id"), *named]
