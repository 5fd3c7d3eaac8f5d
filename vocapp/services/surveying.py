"""Surveys and personas from draft to version: what is published never changes, so processes may keep it in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from vocapp.domain import definitions, personas
from vocapp.domain.personas import PersonaSet
from vocapp.domain.rules import Fault
from vocapp.domain.survey import Survey
from vocapp.domain.triggers import RESOLVED
from vocapp.models import PersonaVersion, SurveyRecord, SurveyVersion, Workspace, autocommit, db, on_postgresql

KEPT_VERSIONS = 500
_T = TypeVar("_T")


class SurveyNotFound(LookupError):
    """No survey, or no such version of it."""


class SurveyRefused(ValueError):
    """A definition that can't be kept; each fault has its JSON pointer."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer or 'the document'}: {fault.detail}" for fault in faults[:5]))


@dataclass(frozen=True, slots=True)
class Drafted:
    """A survey as its author sees it."""

    key: str
    draft: dict[str, Any]
    published_version: int | None
    changed: bool
    """The draft says something else than the version in force."""
    updated_at: datetime


# ── drafts


def put_draft(*, workspace_id: int, key: str, definition: Mapping[str, Any], now: datetime) -> bool:
    """Keep a draft; say whether the survey is new. Raises SurveyRefused where it is none, or names another key."""
    faults = definitions.check(definition)
    if not faults and definition.get("key") != key:
        faults = [Fault("/key", f"is another one than {key}, which the address names")]
    if faults:
        raise SurveyRefused(faults)
    values = {"draft": dict(definition), "updated_at": now}
    made = db.session.execute(
        _insert(SurveyRecord)
        .values(workspace_id=workspace_id, key=key, published_version=None, **values)
        .on_conflict_do_nothing()
        .returning(SurveyRecord.key)
    ).first()
    if made is None:
        _keep_draft(workspace_id, key, values)
    return made is not None


def find_draft(*, workspace_id: int, key: str) -> Drafted | None:
    """Return a survey's draft and where it stands; None: there is no such survey."""
    found = _drafts(workspace_id, key)
    return found[0] if found else None


def list_drafts(*, workspace_id: int) -> list[Drafted]:
    """Return every survey of a workspace, by key."""
    return _drafts(workspace_id, None)


# ── publishing


def publish(*, workspace_id: int, key: str, now: datetime) -> tuple[int, bool]:
    """Make the draft the next version; return (version in force, whether it is new). Raises SurveyNotFound.

    Publishing what is in force already changes nothing.
    """
    record = hold_record(workspace_id=workspace_id, key=key)
    faults = definitions.check(record.draft)  # an older release may have taken what this one refuses
    if faults:
        raise SurveyRefused(faults)
    if record.published_version is not None:
        in_force = db.session.scalar(_definition(workspace_id, key, record.published_version))
        if in_force == record.draft:
            return record.published_version, False
    version = (record.published_version or 0) + 1
    db.session.add(
        SurveyVersion(workspace_id=workspace_id, key=key, version=version, definition=record.draft, published_at=now)
    )
    record.published_version = version
    db.session.flush()
    return version, True


def hold_record(*, workspace_id: int, key: str) -> SurveyRecord:
    """Return a survey's row, which nobody else publishes before this transaction ends. Raises SurveyNotFound."""
    record = db.session.execute(
        select(SurveyRecord)
        .where(SurveyRecord.workspace_id == workspace_id, SurveyRecord.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if record is None:
        raise SurveyNotFound(key)
    return record


def find_definition(*, workspace_id: int, key: str, version: int | None) -> dict[str, Any] | None:
    """Return a published version as it was written; None: there is no such version."""
    return None if version is None else db.session.scalar(_definition(workspace_id, key, version))


def put_back_draft(*, workspace_id: int, key: str, draft: Mapping[str, Any], now: datetime) -> None:
    """Let a draft stand again after a version was published past it: as it was, be it unfinished or unreadable."""
    _keep_draft(workspace_id, key, {"draft": dict(draft), "updated_at": now})


# ── in force


def load_version(*, workspace_id: int, key: str, version: int) -> Survey:
    """Return a published version, ready to be asked; read once per process. Raises SurveyNotFound."""
    return kept(
        ("survey", workspace_id, key, version),
        partial(_read_version, workspace_id=workspace_id, key=key, version=version),
    )


def prepare_versions(*, workspace_id: int, wanted: Collection[tuple[str, int]]) -> None:
    """Read those versions that this process does not hold yet, in one statement, whatever their number."""
    with _lock:
        missing = [one for one in set(wanted) if (db.engine, "survey", workspace_id, *one) not in _cache]
    if not missing:
        return
    with autocommit().connect() as connection:
        rows = connection.execute(
            select(SurveyVersion.key, SurveyVersion.version, SurveyVersion.definition).where(
                SurveyVersion.workspace_id == workspace_id,
                tuple_(SurveyVersion.key, SurveyVersion.version).in_(missing),
            )
        ).all()
    for key, version, definition in rows:
        _keep((db.engine, "survey", workspace_id, key, version), definitions.read(definition, version=version))


def published_versions(*, workspace_id: int) -> dict[str, int]:
    """Return the version in force of every published survey: one cheap statement."""
    rows = db.session.execute(
        select(SurveyRecord.key, SurveyRecord.published_version)
        .where(SurveyRecord.workspace_id == workspace_id, SurveyRecord.published_version.is_not(None))
        .order_by(SurveyRecord.key)
    )
    return {key: version for key, version in rows if version is not None}


def published(*, workspace_id: int) -> list[Survey]:
    """Return every survey in force, by key."""
    versions = published_versions(workspace_id=workspace_id)
    return [load_version(workspace_id=workspace_id, key=key, version=version) for key, version in versions.items()]


def find_published(*, workspace_id: int, key: str) -> Survey | None:
    """Return the version of one survey in force; None: unknown, or never published."""
    version = db.session.scalar(
        select(SurveyRecord.published_version).where(SurveyRecord.workspace_id == workspace_id, SurveyRecord.key == key)
    )
    return None if version is None else load_version(workspace_id=workspace_id, key=key, version=version)


def trigger_names(*, workspace_id: int, versions: Mapping[str, int]) -> frozenset[str]:
    """Return the names of the events that trigger one of these surveys."""
    surveys = (load_version(workspace_id=workspace_id, key=key, version=version) for key, version in versions.items())
    active = (survey.trigger.event for survey in surveys if survey.trigger is not None and survey.trigger.active)
    return frozenset(active) - {RESOLVED}


# ── personas


def put_personas(*, workspace_id: int, definition: Mapping[str, Any], now: datetime) -> int:
    """Keep personas as the next version and return it; what is in force already stays. Raises SurveyRefused."""
    try:
        personas.read(definition)
    except definitions.DefinitionRefused as refused:
        raise SurveyRefused(refused.faults) from refused
    # one writer at a time: of two, each would make the same next version
    db.session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update(key_share=True))
    current = find_personas(workspace_id=workspace_id)
    if current is not None and current[1] == definition:
        return current[0]
    newest = select(func.coalesce(func.max(PersonaVersion.version), 0) + 1).where(
        PersonaVersion.workspace_id == workspace_id
    )
    version: int = db.session.execute(
        _insert(PersonaVersion)
        .values(
            workspace_id=workspace_id,
            version=newest.scalar_subquery(),
            definition=dict(definition),
            created_at=now,
        )
        .returning(PersonaVersion.version)
    ).scalar_one()
    return version


def find_personas(*, workspace_id: int) -> tuple[int, dict[str, Any]] | None:
    """Return (version, definition) of the personas in force; None: the workspace has none."""
    row = db.session.execute(
        select(PersonaVersion.version, PersonaVersion.definition)
        .where(PersonaVersion.workspace_id == workspace_id)
        .order_by(PersonaVersion.version.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def load_personas(*, workspace_id: int, version: int) -> PersonaSet:
    """Return a version of the personas; read once per process. Raises SurveyNotFound."""
    return kept(
        ("personas", workspace_id, version), partial(_read_personas, workspace_id=workspace_id, version=version)
    )


# ── what is kept in memory

_cache: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_lock = Lock()


def forget() -> None:
    """Empty this process's memory: for a database that was put back to an earlier state under it."""
    with _lock:
        _cache.clear()


def kept(name: tuple[Any, ...], read: Callable[[Connection], _T]) -> _T:
    """Return what never changes from this process's memory, or read it.

    Only what is committed is kept, since a number may yet be given back.
    """
    engine: Engine = db.engine
    key = (engine, *name)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            found: _T = _cache[key]
            return found
    try:
        with autocommit().connect() as connection:
            value = read(connection)
    except SurveyNotFound:
        if not db.session().in_transaction():
            raise
        return read(db.session.connection())
    _keep(key, value)
    return value


def _keep(key: tuple[Any, ...], value: Any) -> None:
    with _lock:
        _cache[key] = value
        while len(_cache) > KEPT_VERSIONS:
            _cache.popitem(last=False)


def _keep_draft(workspace_id: int, key: str, values: Mapping[str, Any]) -> None:
    db.session.execute(
        update(SurveyRecord)
        .where(SurveyRecord.workspace_id == workspace_id, SurveyRecord.key == key)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _read_version(connection: Connection, *, workspace_id: int, key: str, version: int) -> Survey:
    definition = connection.execute(_definition(workspace_id, key, version)).scalar()
    if definition is None:
        raise SurveyNotFound(f"{key}, version {version}")
    return definitions.read(definition, version=version)


def _read_personas(connection: Connection, *, workspace_id: int, version: int) -> PersonaSet:
    definition = connection.execute(
        select(PersonaVersion.definition).where(
            PersonaVersion.workspace_id == workspace_id, PersonaVersion.version == version
        )
    ).scalar()
    if definition is None:
        raise SurveyNotFound(f"personas, version {version}")
    return personas.read(definition)


def _definition(workspace_id: int, key: str, version: int) -> Any:
    return select(SurveyVersion.definition).where(
        SurveyVersion.workspace_id == workspace_id, SurveyVersion.key == key, SurveyVersion.version == version
    )


def _drafts(workspace_id: int, key: str | None) -> list[Drafted]:
    query = (
        select(
            SurveyRecord.key,
            SurveyRecord.draft,
            SurveyRecord.published_version,
            SurveyVersion.definition,
            SurveyRecord.updated_at,
        )
        .outerjoin(
            SurveyVersion,
            (SurveyVersion.workspace_id == SurveyRecord.workspace_id)
            & (SurveyVersion.key == SurveyRecord.key)
            & (SurveyVersion.version == SurveyRecord.published_version),
        )
        .where(SurveyRecord.workspace_id == workspace_id)
        .order_by(SurveyRecord.key)
    )
    if key is not None:
        query = query.where(SurveyRecord.key == key)
    rows: Sequence[Any] = db.session.execute(query).all()
    return [
        Drafted(key=name, draft=draft, published_version=version, changed=draft != in_force, updated_at=updated_at)
        for name, draft, version, in_force, updated_at in rows
    ]


def _insert(table: Any) -> Any:
    return (postgresql.insert if on_postgresql() else sqlite.insert)(table)
