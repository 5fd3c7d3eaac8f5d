"""The journal: what was changed in the settings, by whom, when, from what to what."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from flask import Response, request

from vocapp.models import AuditEntry
from vocapp.services import auditing
from vocapp.web.console import frame as console
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame

A_PAGE = 50


class Change(NamedTuple):
    field: str
    before: str
    after: str


@blueprint.get("/console/settings/journal")
@frame.owners
def settings_journal() -> Response:
    older_than = _id_of(request.args.get("before"))
    found = auditing.list_entries(workspace_id=guard.membership().workspace_id, older_than=older_than, limit=A_PAGE + 1)
    return frame.page(
        "journal.html",
        "journal",
        entries=[(entry, _changes(entry)) for entry in found[:A_PAGE]],
        older=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        is_newest=older_than is None,
    )


def _changes(entry: AuditEntry) -> list[Change]:
    before, after = entry.before or {}, entry.after or {}
    return [Change(field, _said(before.get(field)), _said(after.get(field))) for field in {**before, **after}]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(console.words()["yes" if value else "no"])
    if value is None or value in ([], {}):
        return "–"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items())
    return str(value)


def _id_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
