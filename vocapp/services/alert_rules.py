"""The rules by which answers and events become alerts: a workspace's own in versions, or those that ship.

A version never changes, and the workspace's settings, which everybody who decides has read already, name the one in
force: so a process reads each once, and deciding costs no statement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Connection, func, select

from vocapp.adapters import definition_files
from vocapp.domain import alert_rules
from vocapp.domain.alert_rules import AlertRules
from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.rules import Fault
from vocapp.models import AlertRuleVersion, Workspace, db
from vocapp.services import auditing
from vocapp.services.surveying import SurveyNotFound, kept

SETTING: Final = "alert_rules"
"""In the workspace's settings: the version in force."""
READY_MADE: Final = Path(__file__).parents[2] / "surveys" / "alerts.yaml"


class AlertRuleNotFound(LookupError):
    """The workspace has no rule of this key."""


class AlertRulesRefused(ValueError):
    """Rules that can't be kept; each fault has its JSON pointer."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer or 'the document'}: {fault.detail}" for fault in faults[:5]))


def load(*, workspace_id: int, settings: Mapping[str, Any]) -> AlertRules:
    """Return the rules in force, ready to be asked; read once per process."""
    version = settings.get(SETTING)
    return ready_made() if version is None else load_version(workspace_id=workspace_id, version=int(version))


def load_version(*, workspace_id: int, version: int) -> AlertRules:
    """Return a version of a workspace's own rules; read once per process."""
    return kept(("alert rules", workspace_id, version), partial(_read, workspace_id=workspace_id, version=version))


@cache
def ready_made() -> AlertRules:
    """Return the rules that ship."""
    return alert_rules.read(ready_made_definition())


@cache
def ready_made_definition() -> dict[str, Any]:
    """Return the rules that ship, as they are written; nobody changes what is returned."""
    documents, faults = definition_files.load_file(READY_MADE)
    if faults or len(documents) != 1:
        raise RuntimeError(f"{READY_MADE.name}: {faults[0] if faults else 'one document stands in it'}")
    found: dict[str, Any] = documents[0].value
    return found


def in_force_since(*, workspace_id: int, settings: Mapping[str, Any]) -> datetime | None:
    """Return from when on a workspace's own rules have decided; None: it follows those that ship."""
    return db.session.scalar(
        select(AlertRuleVersion.created_at).where(
            AlertRuleVersion.workspace_id == workspace_id, AlertRuleVersion.version == settings.get(SETTING)
        )
    )


def heeds_negative_words(rules: AlertRules) -> bool:
    """Say whether clearly negative words make a signal behind a better score, as the rules that ship have it."""
    shipped = next(rule.when for rule in ready_made().rules if rule.kind == "negative_verbatim")
    scores = set(ready_made().unhappy_scores()) <= set(rules.unhappy_scores())
    return scores and any(rule.active and rule.when == shipped for rule in rules.rules)


def find_definition(*, workspace_id: int) -> tuple[int | None, dict[str, Any]]:
    """Return (version, definition) of the rules in force; without a version, they are those that ship."""
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True)
    version = workspace.settings.get(SETTING)
    if version is None:
        return None, ready_made_definition()
    return version, _definition(db.session.connection(), workspace_id, version)


def put(*, workspace_id: int, definition: Mapping[str, Any], now: datetime, by: str | None = None) -> int | None:
    """Keep rules as the next version and return it; what is in force already stays. Raises AlertRulesRefused."""
    try:
        alert_rules.read(definition)
    except DefinitionRefused as refused:
        raise AlertRulesRefused(refused.faults) from refused
    definition = _without_nulls(definition)
    # one writer at a time: of two, each would make the same next version
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    current, before = find_definition(workspace_id=workspace_id)
    if before == definition:
        return current
    newest = db.session.scalar(
        select(func.max(AlertRuleVersion.version)).where(AlertRuleVersion.workspace_id == workspace_id)
    )
    version = (newest or 0) + 1
    db.session.add(AlertRuleVersion(workspace_id=workspace_id, version=version, definition=definition, created_at=now))
    workspace.settings = {**workspace.settings, SETTING: version}
    db.session.flush()
    if by is not None:
        auditing.note_change(
            workspace_id=workspace_id,
            by=by,
            action="alert_rules.changed",
            before=_differing(before, definition),
            after=_differing(definition, before),
            now=now,
        )
    return version


def switch(*, workspace_id: int, active: Collection[str], by: str, now: datetime) -> None:
    """Switch the rules of these keys on and the others off."""
    _, definition = _lock(workspace_id)
    rules = [_switched(rule, on=rule["key"] in active) for rule in definition["alerts"]]
    put(workspace_id=workspace_id, definition={**definition, "alerts": rules}, by=by, now=now)


def put_rule(*, workspace_id: int, rule: Mapping[str, Any], key: str | None, by: str, now: datetime) -> None:
    """Put a rule in the place of that of this key; None: it is a new one, and comes last.

    Raises AlertRulesRefused, the faults' pointers beginning at the rule; and AlertRuleNotFound.
    """
    _, definition = _lock(workspace_id)
    rules = list(definition["alerts"])
    place = len(rules) if key is None else _place_of(rules, key)
    rules[place : place + 1] = [dict(rule)]
    try:
        put(workspace_id=workspace_id, definition={**definition, "alerts": rules}, by=by, now=now)
    except AlertRulesRefused as refused:
        here = f"/alerts/{place}"
        raise AlertRulesRefused(
            [Fault(fault.pointer.removeprefix(here), fault.detail) for fault in refused.faults]
        ) from refused


def remove_rule(*, workspace_id: int, key: str, by: str, now: datetime) -> None:
    """Take a rule away. Raises AlertRuleNotFound."""
    _, definition = _lock(workspace_id)
    rules = list(definition["alerts"])
    del rules[_place_of(rules, key)]
    put(workspace_id=workspace_id, definition={**definition, "alerts": rules}, by=by, now=now)


def put_words(*, workspace_id: int, words: Mapping[str, Sequence[str]], by: str, now: datetime) -> None:
    """Replace the words that cannot wait, by language; an empty list ends a language. Raises AlertRulesRefused."""
    _, definition = _lock(workspace_id)
    kept = {tag: list(entries) for tag, entries in words.items() if entries}
    put(workspace_id=workspace_id, definition={**definition, "urgent_words": kept}, by=by, now=now)


def _lock(workspace_id: int) -> tuple[int | None, dict[str, Any]]:
    db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    return find_definition(workspace_id=workspace_id)


def _place_of(rules: Sequence[Mapping[str, Any]], key: str) -> int:
    for place, rule in enumerate(rules):
        if rule["key"] == key:
            return place
    raise AlertRuleNotFound(key)


def _switched(rule: Mapping[str, Any], *, on: bool) -> dict[str, Any]:
    """A rule that is on says nothing of it, as it is mostly written."""
    if on == rule.get("active", True):
        return dict(rule)
    return {name: said for name, said in rule.items() if name != "active"} | ({} if on else {"active": False})


def _without_nulls(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says nothing, as reading does; inside a rule's `when`, null is a value."""
    said = {name: value for name, value in definition.items() if value is not None}
    rules = [{name: value for name, value in rule.items() if value is not None} for rule in said["alerts"]]
    return {**said, "alerts": rules}


def _differing(these: Mapping[str, Any], those: Mapping[str, Any]) -> dict[str, Any]:
    """Return what these rules say otherwise than those."""
    other = _by_key(those)
    return {name: said for name, said in _by_key(these).items() if other.get(name) != said}


def _by_key(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an audit line compares: each rule and each list of words by its name, as they are written."""
    rules = {
        rule["key"]: {name: _written(said) for name, said in rule.items() if name != "key"}
        for rule in definition["alerts"]
    }
    words = {f"urgent_words.{tag}": entries for tag, entries in (definition.get("urgent_words") or {}).items()}
    return {**rules, **words}


def _written(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


def _read(connection: Connection, *, workspace_id: int, version: int) -> AlertRules:
    return alert_rules.read(_definition(connection, workspace_id, version))


def _definition(connection: Connection, workspace_id: int, version: int) -> dict[str, Any]:
    found = connection.execute(
        select(AlertRuleVersion.definition).where(
            AlertRuleVersion.workspace_id == workspace_id, AlertRuleVersion.version == version
        )
    ).scalar()
    if found is None:
        raise SurveyNotFound(f"alert rules, version {version}")
    return _without_nulls(found)
