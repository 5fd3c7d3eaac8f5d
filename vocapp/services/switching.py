"""Switch a survey on and off: its next version is the one in force, with the trigger active or not.

A published version never changes, and whoever is under way finishes the one they began. A draft that says something
else stays a draft; it takes the switch over, so that publishing it later does not turn back what was decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import select

from vocapp.domain.rules import Fault
from vocapp.models import Event, db
from vocapp.services import auditing, surveying
from vocapp.services.catalogue import digest
from vocapp.services.surveying import SurveyRefused

Switched: TypeAlias = Literal["on", "off", "meanwhile", "redrafted"]
"""What became of it; meanwhile: another version is in force than the one that was looked at; redrafted: none is, and
the draft says something else."""

LATELY: Final = 2000
"""Of the newest events, so many are looked through for a name: what is read does not grow with their number."""


def switch(
    *,
    workspace_id: int,
    key: str,
    on: bool,
    seen_version: int | None,
    seen_draft: str | None,
    by: str,
    now: datetime,
) -> Switched | None:
    """Publish the next version of a survey with its trigger active or not; None: it is so already.

    `seen_version` is the version in force that somebody looked at, None where none is: then the draft is published, of
    which they saw the one that is known by `seen_draft` (a digest of the catalogue's).
    Raises SurveyNotFound, and SurveyRefused where no event asks for the survey, or this release can't read it.
    """
    record = surveying.hold_record(workspace_id=workspace_id, key=key)
    if record.published_version != seen_version:
        return "meanwhile"
    if seen_version is None and digest(record.draft) != seen_draft:
        return "redrafted"
    found = surveying.find_definition(workspace_id=workspace_id, key=key, version=seen_version)
    in_force = record.draft if found is None else found
    if not has_trigger(in_force):
        raise SurveyRefused([Fault("/trigger", "is missing: no event asks for this survey")])
    if found is not None and is_on(found) == on:
        return None
    draft = record.draft
    surveying.put_draft(workspace_id=workspace_id, key=key, definition=with_switch(in_force, on=on), now=now)
    version, _ = surveying.publish(workspace_id=workspace_id, key=key, now=now)
    if draft != in_force:
        surveying.put_back_draft(workspace_id=workspace_id, key=key, draft=with_switch(draft, on=on), now=now)
    auditing.note(
        workspace_id=workspace_id,
        by=by,
        action="survey.switched_on" if on else "survey.switched_off",
        subject=key,
        before={"version": seen_version},
        after={"version": version},
        now=now,
    )
    return "on" if on else "off"


def has_come(*, workspace_id: int, event: str) -> bool:
    """Say whether an event of this name is among the newest ones."""
    newest = (
        select(Event.name).where(Event.workspace_id == workspace_id).order_by(Event.id.desc()).limit(LATELY).subquery()
    )
    return db.session.scalar(select(newest.c.name).where(newest.c.name == event).limit(1)) is not None


def has_trigger(definition: Mapping[str, Any]) -> bool:
    """Say whether an event asks for a survey, be it switched on or off."""
    return isinstance(definition.get("trigger"), dict)


def is_on(definition: Mapping[str, Any]) -> bool:
    """Say whether a survey goes out when its event arrives."""
    return has_trigger(definition) and definition["trigger"].get("active", True) is True


def with_switch(definition: Mapping[str, Any], *, on: bool) -> dict[str, Any]:
    """Return a definition with its trigger active or not; one that has none as it is."""
    if not has_trigger(definition):
        return dict(definition)
    return {**definition, "trigger": {**definition["trigger"], "active": on}}
