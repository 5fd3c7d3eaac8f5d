"""Surveys as staff look at them: what is in force, what is being written, and how each version came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import select

from vocapp.domain import definitions, personalisation
from vocapp.domain.survey import Survey, in_language
from vocapp.models import SurveyHold, SurveyVersion, db
from vocapp.services import holding, surveying
from vocapp.services.browsing.voices import survey_title
from vocapp.services.surveying import Drafted

State: TypeAlias = Literal["held", "sent", "off", "by_hand", "draft"]
"""It has stopped sending; sent by events; to be sent by them once switched on; in force, but no event sends it; never
published."""

STATES: tuple[State, ...] = ("held", "sent", "off", "by_hand", "draft")
MOST_VERSIONS = 50
LARGEST_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Seen:
    """One survey: as it is in force, or as its draft stands where it never was."""

    drafted: Drafted
    survey: Survey | None
    """None: a draft that can no longer be read."""
    hold: SurveyHold | None = None
    """Why it sends nothing; None: nothing holds it."""

    @property
    def key(self) -> str:
        return self.drafted.key

    @property
    def state(self) -> State:
        if self.hold is not None:
            return "held"
        if self.drafted.published_version is None:
            return "draft"
        trigger = self.survey.trigger if self.survey else None
        if trigger is None:
            return "by_hand"
        return "sent" if trigger.active else "off"


@dataclass(frozen=True, slots=True)
class Version:
    version: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class SurveyWords:
    titles: Mapping[str, str]
    choices: Mapping[tuple[str, str], str]
    """Of an attribute that a question asks for, by its name and the choice's key."""


def list_surveys(*, workspace_id: int) -> list[Seen]:
    """Return every survey of a workspace, by key."""
    drafts = surveying.list_drafts(workspace_id=workspace_id)
    holds = holding.list_holds(workspace_id=workspace_id)
    return [Seen(one, _in_force(workspace_id, one), holds.get(one.key)) for one in drafts]


def find_survey(*, workspace_id: int, key: str) -> Seen | None:
    """Return one survey; None: there is none of this key."""
    found = surveying.find_draft(workspace_id=workspace_id, key=key)
    if found is None:
        return None
    return Seen(found, _in_force(workspace_id, found), holding.find_hold(workspace_id=workspace_id, survey_key=key))


def load(*, workspace_id: int, seen: Seen, version: int) -> Survey | None:
    """Return a version of a survey, the draft for 0; None: there is no such version, or it can't be read."""
    if not 0 <= version <= LARGEST_VERSION:  # no column holds it
        return None
    if version == 0:
        return read_draft(seen.drafted)
    try:
        return surveying.load_version(workspace_id=workspace_id, key=seen.key, version=version)
    except surveying.SurveyNotFound:
        return None


def read_draft(drafted: Drafted) -> Survey | None:
    """Return the draft as a survey; None: an older release took what this one refuses."""
    try:
        return definitions.read(drafted.draft, version=0)
    except definitions.DefinitionRefused:
        return None


def list_versions(*, workspace_id: int, key: str) -> list[Version]:
    """Return when each version was published, the last one first."""
    rows = db.session.execute(
        select(SurveyVersion.version, SurveyVersion.published_at)
        .where(SurveyVersion.workspace_id == workspace_id, SurveyVersion.key == key)
        .order_by(SurveyVersion.version.desc())
        .limit(MOST_VERSIONS)
    )
    return [Version(*row) for row in rows]


def list_words(*, workspace_id: int, language: str) -> SurveyWords:
    """Return what the published surveys call themselves and their choices."""
    titles, choices = {}, {}
    for survey in surveying.published(workspace_id=workspace_id):
        titles[survey.key] = survey_title(survey, language)
        for question in survey.questions:
            for choice in question.choices if question.attribute else ():
                source = in_language(choice.text, language, survey.default_language)[0]
                choices[str(question.attribute), choice.key] = personalisation.well_set(source, {})
    return SurveyWords(titles, choices)


def _in_force(workspace_id: int, drafted: Drafted) -> Survey | None:
    if drafted.published_version is None:
        return read_draft(drafted)
    return surveying.load_version(workspace_id=workspace_id, key=drafted.key, version=drafted.published_version)
