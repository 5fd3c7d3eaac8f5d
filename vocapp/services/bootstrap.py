"""What an installation must have: the workspace `default`, and in it the catalogue of this version's surveys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

from vocapp.adapters import definition_files
from vocapp.models import Workspace, db
from vocapp.services import segmenting, surveying, workspaces
from vocapp.services.segmenting import SegmentRefused
from vocapp.services.surveying import SurveyRefused

NOTE = "catalogue"
"""In the workspace's settings: a digest of the files, and one of each definition as it was brought in."""

OFF = "off"
"""In that note: the surveys that came later, with their triggers off. Whoever publishes one has edited it."""

PERSONAS = "personas"
SEGMENT = "segment "
"""Before the key of one: a survey's key has no space in it."""

log = structlog.get_logger()

NAME = "vocapp"
"""What customers and staff read until the company says its own name: `PATCH /api/v1/settings`."""


def ensure(*, catalogue: Path, now: datetime) -> None:
    """See that the default workspace stands, with every survey of `catalogue` published, its personas in force and its
    segments.

    A survey that somebody edited stays as they left it; one that nobody did follows the file. One that is new in this
    version comes into a workspace that stands already with its trigger off: an upgrade sends nothing by itself. Nor
    does it change who belongs to a segment: of one whose rule is another now, the console offers the new one.
    """
    workspace, _ = workspaces.create(key=workspaces.DEFAULT, name=NAME, now=now)
    digest = _digest_of_files(catalogue)
    if (workspace.settings.get(NOTE) or {}).get("digest") == digest:
        return
    workspace = db.session.get_one(Workspace, workspace.id, populate_existing=True, with_for_update={"key_share": True})
    note: dict[str, Any] = dict(workspace.settings.get(NOTE) or {})
    if note.get("digest") == digest:  # another process was quicker
        return
    stands = bool(note.get("definitions"))
    note["definitions"], off = dict(note.get("definitions") or {}), set(note.get(OFF) or ())
    for key, definition in _definitions(catalogue):
        if stands and _sends(definition) and _present(workspace.id, key) is None:
            off.add(key)
            log.warning(
                "catalogue_survey_off", survey=key, reason="new in this version: it is sent once you turn it on"
            )
        fresh = _switched_off(definition) if key in off else definition
        _bring_in(workspace.id, key, fresh, note["definitions"], now)
    note[OFF] = sorted(off)
    workspace.settings = {**workspace.settings, NOTE: {**note, "digest": digest}}
    db.session.flush()


def _bring_in(workspace_id: int, key: str, definition: dict[str, Any], known: dict[str, str], now: datetime) -> None:
    fresh = _digest(definition)
    present = _present(workspace_id, key)
    if present is not None and known.get(key) != _digest(present):
        return  # edited here, or made here under the same key
    if present is not None and _digest(present) == fresh:
        return
    if present is not None and key.startswith(SEGMENT) and present["when"] != definition["when"]:
        # who belongs is what other tools act on: its words stay, too, as they say what the old rule asks
        log.warning("catalogue_segment_kept", segment=key.removeprefix(SEGMENT), reason="its rule is another one now")
        return
    try:
        if key == PERSONAS:
            surveying.put_personas(workspace_id=workspace_id, definition=definition, now=now)
        elif key.startswith(SEGMENT):
            segmenting.put(workspace_id=workspace_id, key=key.removeprefix(SEGMENT), definition=definition, now=now)
        else:
            surveying.put_draft(workspace_id=workspace_id, key=key, definition=definition, now=now)
            surveying.publish(workspace_id=workspace_id, key=key, now=now)
    except (SurveyRefused, SegmentRefused) as refused:
        log.warning("catalogue_survey_refused", survey=key, reason=str(refused))
        return
    known[key] = fresh


def _sends(definition: dict[str, Any]) -> bool:
    """Say whether a definition is a survey that goes out by itself."""
    trigger = definition.get("trigger")
    return isinstance(trigger, dict) and trigger.get("active", True) is not False


def _switched_off(definition: dict[str, Any]) -> dict[str, Any]:
    trigger = definition.get("trigger")
    return {**definition, "trigger": {**trigger, "active": False}} if isinstance(trigger, dict) else definition


def _present(workspace_id: int, key: str) -> dict[str, Any] | None:
    if key == PERSONAS:
        found = surveying.find_personas(workspace_id=workspace_id)
        return None if found is None else found[1]
    if key.startswith(SEGMENT):
        segment = segmenting.find(workspace_id=workspace_id, key=key.removeprefix(SEGMENT))
        return None if segment is None else segment.row.definition
    drafted = surveying.find_draft(workspace_id=workspace_id, key=key)
    return None if drafted is None else drafted.draft


def _definitions(catalogue: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield surveys, personas, segments; a workspace has rules of alerts and themes of its own once it changes them."""
    for path in _files(catalogue):
        documents, faults = definition_files.load_file(path)
        for fault in faults:
            log.warning("catalogue_file_refused", file=path.name, line=fault.line, reason=fault.detail)
        for one in documents if not faults else []:
            if one.kind == PERSONAS:
                yield PERSONAS, one.value
            elif one.kind == "segments":
                for segment in one.value["segments"]:
                    yield f"{SEGMENT}{segment['key']}", {name: said for name, said in segment.items() if name != "key"}
            elif one.key is not None:
                yield one.key, one.value


def _files(catalogue: Path) -> list[Path]:
    return list(definition_files.files_at(catalogue)) if catalogue.is_dir() else []


def _digest_of_files(catalogue: Path) -> str:
    whole = hashlib.sha256()
    for path in _files(catalogue):
        whole.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _digest(definition: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)).hexdigest()
