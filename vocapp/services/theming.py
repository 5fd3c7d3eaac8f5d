"""The themes of a workspace: those that ship, with its own beside them or in their place, in versions.

As with the rules of alerts, a version never changes and the workspace's settings name the one in force, so a process
reads each once. What was concluded by earlier themes stays as it was, until it is looked at again (`looking_again.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, func, select

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
TAKEN: Final = "there is a theme of this key already"
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


class Offered(NamedTuple):
    """A theme as somebody who sets themes finds it."""

    definition: Mapping[str, Any]
    """As it is written, the workspace's own where it has one."""
    is_own: bool
    ships: bool
    """One of this key ships; with `is_own`, it is replaced, or ended where no words are left."""

    @property
    def is_ended(self) -> bool:
        """Whether it is not looked for."""
        return not any(self.definition["words"].values())


def list_offered(*, workspace_id: int) -> list[Offered]:
    """Return every theme, the workspace's own first, those that ship in their order behind them."""
    _, own = find_own(workspace_id=workspace_id)
    shipped = {theme["key"]: theme for theme in ready_made_definition()["themes"]}
    kept = {theme["key"] for theme in own}
    return [
        *(Offered(theme, is_own=True, ships=theme["key"] in shipped) for theme in own),
        *(Offered(theme, is_own=False, ships=True) for key, theme in shipped.items() if key not in kept),
    ]


def with_one(*, workspace_id: int, theme: Mapping[str, Any]) -> tuple[ThemeSet, ThemeSet]:
    """Return (this theme alone, all that would be in force with it), without keeping anything. Raises ThemesRefused."""
    _, own = find_own(workspace_id=workspace_id)
    read = _checked({"themes": _replaced(own, theme)}, at=theme["key"])
    alone = ThemeSet(tuple(one for one in read.themes if one.key == theme["key"]))
    return alone, ready_made().with_own(read)


def put_one(*, workspace_id: int, theme: Mapping[str, Any], is_new: bool, now: datetime, by: str) -> None:
    """Add a theme to the workspace's own, or replace the one of its key; the others stay.

    Raises ThemesRefused: its pointers begin in the theme, what is about all of them has none; `/key` is taken.
    """
    _lock(workspace_id)
    if is_new and theme["key"] in {one.definition["key"] for one in list_offered(workspace_id=workspace_id)}:
        raise ThemesRefused([Fault("/key", TAKEN)])
    _, own = find_own(workspace_id=workspace_id)
    changed = _replaced(own, theme)
    _checked({"themes": changed}, at=theme["key"])
    put(workspace_id=workspace_id, definition={"themes": changed}, now=now, by=by)


def remove_one(*, workspace_id: int, key: str, now: datetime, by: str) -> bool:
    """Take a theme out of the workspace's own, and say whether there was one: the one that ships is back, if any."""
    _lock(workspace_id)
    _, own = find_own(workspace_id=workspace_id)
    left = [theme for theme in own if theme["key"] != key]
    if len(left) == len(own):
        return False
    put(workspace_id=workspace_id, definition={"themes": left}, now=now, by=by)
    return True


def put(*, workspace_id: int, definition: Mapping[str, Any], now: datetime, by: str) -> int | None:
    """Keep a workspace's own themes as the next version and return it; what is in force already stays.

    Raises ThemesRefused.
    """
    try:
        themes.read(definition)
    except DefinitionRefused as refused:
        raise ThemesRefused(refused.faults) from refused
    workspace = _lock(workspace_id)
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
        before={**_in_a_line(before), "version": current},
        after={**_in_a_line(own), "version": version},
        now=now,
    )
    return version


def keep_mentions(*, workspace_id: int, mentioned: Mapping[UUID, Iterable[Mentioned]]) -> None:
    """Write down what was found in responses that the caller holds; what stands there already stays."""
    rows = [{"workspace_id": workspace_id, **row} for row in rows_of(mentioned)]
    insert_many(ThemeMention, rows, passing_over=True)


def replace_mentions(*, workspace_id: int, mentioned: Mapping[UUID, Iterable[Mentioned]]) -> None:
    """Write down what is found in responses that the caller holds, instead of all that was found before."""
    gone = delete(ThemeMention).where(
        ThemeMention.workspace_id == workspace_id, ThemeMention.response_id.in_(list(mentioned))
    )
    db.session.execute(gone.execution_options(synchronize_session=False))
    keep_mentions(workspace_id=workspace_id, mentioned=mentioned)


def mentions_of(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, set[tuple[str, ...]]]:
    """Return by response what is written down of it: `{(question, theme, label)}`."""
    rows = db.session.execute(
        select(ThemeMention.response_id, ThemeMention.question, ThemeMention.theme, ThemeMention.label).where(
            ThemeMention.workspace_id == workspace_id, ThemeMention.response_id.in_(ids)
        )
    )
    found: dict[UUID, set[tuple[str, ...]]] = {}
    for response_id, *said in rows:
        found.setdefault(response_id, set()).add(tuple(said))
    return found


def rows_of(mentioned: Mapping[UUID, Iterable[Mentioned]]) -> list[dict[str, Any]]:
    """Return what was found by response as rows, without their workspace."""
    rows = []
    for response_id, found in mentioned.items():
        for question, mention in found:
            said = mention.document()
            theme = said.pop("key")
            rows.append({"response_id": response_id, "question": question, "theme": theme, **said})
    return rows


def _lock(workspace_id: int) -> Workspace:
    """Let one writer in at a time: of two, each would make the same next version."""
    return db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})


def _replaced(own: Iterable[Mapping[str, Any]], theme: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return themes with this one in the place of that of its key, or behind them."""
    found = {one["key"]: dict(one) for one in own}
    return list({**found, theme["key"]: dict(theme)}.values())


def _checked(definition: Mapping[str, Any], *, at: str) -> ThemeSet:
    """Read themes; what is wrong with the one of this key is told from there."""
    try:
        return themes.read(definition)
    except DefinitionRefused as refused:
        place = next(number for number, one in enumerate(definition["themes"]) if one["key"] == at)
        inside = f"/themes/{place}"
        raise ThemesRefused(
            [
                Fault(fault.pointer.removeprefix(inside), fault.detail)
                if f"{fault.pointer}/".startswith(f"{inside}/")
                else Fault("", fault.detail)
                for fault in refused.faults
            ]
        ) from refused


def _in_a_line(own: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return each theme in a line, as the journal shows it: its words, and behind a minus what is no mention."""
    return {
        theme["key"]: "; ".join(
            f"{sign}{tag}: {', '.join(entries)}"
            for sign, lists in (("", theme["words"]), ("\u2212", theme.get("except") or {}))
            for tag, entries in lists.items()
            if entries
        )
        for theme in own
    }


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
