"""The themes of a workspace: those that ship, with its own beside them or in their place, in versions.

As with the rules of alerts, a version never changes and the workspace's settings name the one in force, so a process
reads each once. What was concluded by earlier themes stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select

from vocapp.adapters import definition_files
from vocapp.domain import themes
from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Text
from vocapp.domain.themes import Mention, ThemeSet
from vocapp.models import ThemeMention, ThemeVersion, Workspace, db
from vocapp.models.bulk import insert_many
from vocapp.services import auditing
from vocapp.services.surveying import SurveyNotFound, kept

SETTING: Final = "themes"
"""In the workspace's settings: the version in force."""
READY_MADE: Final = Path(__file__).parents[2] / "surveys" / "themes.yaml"


class ThemesRefused(ValueError):
    """Themes that can't be kept; each fault has its JSON pointer."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer or 'the document'}: {fault.detail}" for fault in faults[:5]))


class Mentioned(NamedTuple):
    """What the answer to one question says of one theme."""

    question: str
    mention: Mention


def load(*, workspace_id: int, settings: Mapping[str, Any]) -> ThemeSet:
    """Return the themes in force, ready to be looked for; read once per process."""
    version = settings.get(SETTING)
    if version is None:
        return ready_made()
    return kept(("themes", workspace_id, version), partial(_read, workspace_id=workspace_id, version=int(version)))


def find_names(*, workspace_id: int) -> dict[str, Text]:
    """Return by key what the themes in force are called, in their order."""
    workspace = db.session.get_one(Workspace, workspace_id)
    return load(workspace_id=workspace_id, settings=workspace.settings).names()


@cache
def ready_made() -> ThemeSet:
    """Return the themes that ship."""
    return themes.read(ready_made_definition())


@cache
def ready_made_definition() -> dict[str, Any]:
    """Return the themes that ship, as they are written; nobody changes what is returned."""
    documents, faults = definition_files.load_file(READY_MADE)
    if faults or len(documents) != 1:
        raise RuntimeError(f"{READY_MADE.name}: {faults[0] if faults else 'one document stands in it'}")
    found: dict[str, Any] = documents[0].value
    return found


def find_own(*, workspace_id: int) -> tuple[int | None, list[dict[str, Any]]]:
    """Return (version, themes) that are the workspace's own; without a version there are none."""
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    version = workspace.settings.get(SETTING)
    if version is None:
        return None, []
    return version, _definition(db.session.connection(), workspace_id, version)["themes"]


def put(*, workspace_id: int, definition: Mapping[str, Any], now: datetime, by: str) -> int | None:
    """Keep a workspace's own themes as the next version and return it; what is in force already stays.

    Raises ThemesRefused.
    """
    try:
        themes.read(definition)
    except DefinitionRefused as refused:
        raise ThemesRefused(refused.faults) from refused
    # one writer at a time: of two, each would make the same next version
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    current, before = find_own(workspace_id=workspace_id)
    own = [{name: said for name, said in theme.items() if said is not None} for theme in definition["themes"]]
    if before == own:
        return current
    newest = db.session.scalar(select(func.max(ThemeVersion.version)).where(ThemeVersion.workspace_id == workspace_id))
    version = (newest or 0) + 1
    db.session.add(ThemeVersion(workspace_id=workspace_id, version=version, definition={"themes": own}, created_at=now))
    workspace.settings = {**workspace.settings, SETTING: version}
    db.session.flush()
    auditing.note_change(
        workspace_id=workspace_id,
        by=by,
        action="themes.changed",
        before={"themes": ", ".join(theme["key"] for theme in before)},
        after={"themes": ", ".join(theme["key"] for theme in own), "version": version},
        now=now,
    )
    return version


def keep_mentions(*, workspace_id: int, mentioned: Mapping[UUID, Iterable[Mentioned]]) -> None:
    """Write down what was found in responses that the caller holds; what stands there already stays."""
    rows = [{"workspace_id": workspace_id, **row} for row in rows_of(mentioned)]
    insert_many(ThemeMention, rows, passing_over=True)


def rows_of(mentioned: Mapping[UUID, Iterable[Mentioned]]) -> list[dict[str, Any]]:
    """Return what was found by response as rows, without their workspace."""
    rows = []
    for response_id, found in mentioned.items():
        for question, mention in found:
            said = mention.document()
            theme = said.pop("key")
            rows.append({"response_id": response_id, "question": question, "theme": theme, **said})
    return rows


def _read(connection: Connection, *, workspace_id: int, version: int) -> ThemeSet:
    return ready_made().with_own(themes.read(_definition(connection, workspace_id, version)))


def _definition(connection: Connection, workspace_id: int, version: int) -> dict[str, Any]:
    found = connection.execute(
        select(ThemeVersion.definition).where(
            ThemeVersion.workspace_id == workspace_id, ThemeVersion.version == version
        )
    ).scalar()
    if found is None:
        raise SurveyNotFound(f"themes, version {version}")
    definition: dict[str, Any] = found
    return definition
