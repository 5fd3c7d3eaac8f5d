"""What ships with a version, in `surveys/`: read from its files, brought into a workspace, offered where it is not.

`bootstrap` brings all of it into the workspace `default`; in any other workspace staff take what they want of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import structlog

from vocapp.adapters import definition_files
from vocapp.models import Workspace, db
from vocapp.services import auditing, segmenting, surveying
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


class Offer(NamedTuple):
    """Something that ships and does not stand in a workspace, or stands there as an earlier version had it."""

    name: str
    """As the catalogue has it: a survey's key, `segment KEY`, or `personas`."""
    definition: Mapping[str, Any]
    renews: bool
    """The workspace has it as it shipped earlier, and nobody there has changed it."""


def list_offers(*, workspace_id: int, catalogue: Path, segments: bool) -> list[Offer]:
    """Return what of the catalogue a workspace may take: segments, or surveys and personas. In two or three statements.

    A segment that ships with another rule than it did is offered anew where nobody has changed it; what somebody has
    made or changed under the same key is theirs.
    """
    known = _known(db.session.get_one(Workspace, workspace_id))
    present: dict[str, Any]
    if segments:
        kept = segmenting.list_definitions(workspace_id=workspace_id)
        present = {f"{SEGMENT}{key}": definition for key, definition in kept.items()}
    else:
        present = {one.key: one.draft for one in surveying.list_drafts(workspace_id=workspace_id)}
        if (personas := surveying.find_personas(workspace_id=workspace_id)) is not None:
            present[PERSONAS] = personas[1]
    offers = []
    for name, definition in _kept_definitions(catalogue):
        if name.startswith(SEGMENT) != segments:
            continue
        stands = present.get(name)
        if stands is None:
            offers.append(Offer(name, definition, renews=False))
        elif segments and stands != definition and known.get(name) == digest(stands):
            offers.append(Offer(name, definition, renews=True))
    return offers


def take(*, workspace_id: int, catalogue: Path, names: Collection[str], by: str, now: datetime) -> list[str]:
    """Bring in those of `names` that are offered; return them. A survey is published, and goes out by no event yet."""
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    offers = [
        one
        for segments in (True, False)
        for one in list_offers(workspace_id=workspace_id, catalogue=catalogue, segments=segments)
        if one.name in names
    ]
    note = dict(workspace.settings.get(NOTE) or {})
    known, off = _known(workspace), set(note.get(OFF) or ())
    taken = []
    for one in offers:
        definition = dict(one.definition)
        if sends(definition):
            off.add(one.name)
        if keep(workspace_id, one.name, switched_off(definition), known, now):
            taken.append(one.name)
    if taken:
        workspace.settings = {**workspace.settings, NOTE: {**note, "definitions": known, OFF: sorted(off)}}
        auditing.note(
            workspace_id=workspace_id,
            by=by,
            action="ready_made.added",
            subject=NOTE,
            after={"taken": ", ".join(taken)},
            now=now,
        )
        db.session.flush()
    return taken


def keep(workspace_id: int, name: str, definition: dict[str, Any], known: dict[str, str], now: datetime) -> bool:
    """Bring one definition in, and note its digest among those known; say whether it could be."""
    try:
        if name == PERSONAS:
            surveying.put_personas(workspace_id=workspace_id, definition=definition, now=now)
        elif name.startswith(SEGMENT):
            segmenting.put(workspace_id=workspace_id, key=name.removeprefix(SEGMENT), definition=definition, now=now)
        else:
            surveying.put_draft(workspace_id=workspace_id, key=name, definition=definition, now=now)
            surveying.publish(workspace_id=workspace_id, key=name, now=now)
    except (SurveyRefused, SegmentRefused) as refused:
        log.warning("catalogue_survey_refused", survey=name, reason=str(refused))
        return False
    known[name] = digest(definition)
    return True


def find_present(workspace_id: int, name: str) -> dict[str, Any] | None:
    """Return a definition as it stands in a workspace; None: it has none."""
    if name == PERSONAS:
        found = surveying.find_personas(workspace_id=workspace_id)
        return None if found is None else found[1]
    if name.startswith(SEGMENT):
        segment = segmenting.find(workspace_id=workspace_id, key=name.removeprefix(SEGMENT))
        return None if segment is None else segment.row.definition
    drafted = surveying.find_draft(workspace_id=workspace_id, key=name)
    return None if drafted is None else drafted.draft


def sends(definition: Mapping[str, Any]) -> bool:
    """Say whether a definition is a survey that goes out by itself."""
    trigger = definition.get("trigger")
    return isinstance(trigger, dict) and trigger.get("active", True) is not False


def switched_off(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a survey that goes out by no event; anything else as it is."""
    trigger = definition.get("trigger")
    return {**definition, "trigger": {**trigger, "active": False}} if isinstance(trigger, dict) else definition


def definitions(catalogue: Path) -> Iterator[tuple[str, dict[str, Any]]]:
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


def digest(definition: Mapping[str, Any]) -> str:
    """Return what tells a definition from another."""
    return hashlib.sha256(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)).hexdigest()


def digest_of_files(catalogue: Path) -> str:
    """Return what tells one version's files from another's."""
    whole = hashlib.sha256()
    for path in _files(catalogue):
        whole.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


@lru_cache(maxsize=2)
def _kept_definitions(catalogue: Path) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Read the files once in a process: they are those of its version."""
    return tuple(definitions(catalogue))


def _known(workspace: Workspace) -> dict[str, str]:
    return dict((workspace.settings.get(NOTE) or {}).get("definitions") or {})


def _files(catalogue: Path) -> list[Path]:
    return list(definition_files.files_at(catalogue)) if catalogue.is_dir() else []
