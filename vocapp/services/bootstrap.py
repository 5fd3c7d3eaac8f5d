"""What an installation must have: the workspace `default`, and in it the catalogue of this version's surveys."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from vocapp.models import Workspace, db
from vocapp.services import catalogue as shipped
from vocapp.services import workspaces
from vocapp.services.catalogue import NOTE, OFF, SEGMENT, digest, find_present, sends, switched_off

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
    files = shipped.digest_of_files(catalogue)
    if (workspace.settings.get(NOTE) or {}).get("digest") == files:
        return
    workspace = db.session.get_one(Workspace, workspace.id, populate_existing=True, with_for_update={"key_share": True})
    note: dict[str, Any] = dict(workspace.settings.get(NOTE) or {})
    if note.get("digest") == files:  # another process was quicker
        return
    stands = bool(note.get("definitions"))
    note["definitions"], off = dict(note.get("definitions") or {}), set(note.get(OFF) or ())
    for key, definition in shipped.definitions(catalogue):
        if stands and sends(definition) and find_present(workspace.id, key) is None:
            off.add(key)
            log.warning(
                "catalogue_survey_off", survey=key, reason="new in this version: it is sent once you turn it on"
            )
        fresh = switched_off(definition) if key in off else definition
        _bring_in(workspace.id, key, fresh, note["definitions"], now)
    note[OFF] = sorted(off)
    workspace.settings = {**workspace.settings, NOTE: {**note, "digest": files}}
    db.session.flush()


def _bring_in(workspace_id: int, key: str, definition: dict[str, Any], known: dict[str, str], now: datetime) -> None:
    present = find_present(workspace_id, key)
    if present is not None and known.get(key) != digest(present):
        return  # edited here, or made here under the same key
    if present is not None and digest(present) == digest(definition):
        return
    if present is not None and key.startswith(SEGMENT) and present["when"] != definition["when"]:
        # who belongs is what other tools act on: its words stay, too, as they say what the old rule asks
        log.warning("catalogue_segment_kept", segment=key.removeprefix(SEGMENT), reason="its rule is another one now")
        return
    shipped.keep(workspace_id, key, definition, known, now)
