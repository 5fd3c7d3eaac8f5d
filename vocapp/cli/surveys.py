"""`survey check|import|list`: definitions from files, each fault with file, line and reason."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from vocapp.adapters.definition_files import Document, check_files, files_at
from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="name every fault; needs no server, database or data dir")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE")
    check.set_defaults(run=_check)
    bring = actions.add_parser("import", parents=[installation()], help="bring definitions in and publish them")
    bring.add_argument("files", nargs="+", type=Path, metavar="FILE")
    bring.add_argument("--draft", action="store_true", help="keep them as drafts, to be published later")
    bring.set_defaults(run=_import)
    listing = actions.add_parser("list", parents=[installation()], help="show the surveys and their versions")
    listing.set_defaults(run=_list)


def _check(args: argparse.Namespace) -> int:
    documents = _read(args.files)
    for one in documents or []:
        print(f"{one.path}: {one.key or one.kind} is in order")
    return 1 if documents is None else 0


def _import(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction

    documents = _read(args.files)
    if documents is None:
        raise CommandRefused("nothing was imported")
    with opened(args):
        workspace_id = workspace_named(args).id
        for one in documents:
            with transaction():
                line = _bring_in(one, workspace_id, database_now(), is_draft=args.draft)
            print(line)
    return 0


def _bring_in(one: Document, workspace_id: int, now: datetime, *, is_draft: bool) -> str:
    from vocapp.services import alert_rules, segmenting, surveying, theming

    if one.kind == "alert rules":
        in_force = alert_rules.put(workspace_id=workspace_id, definition=one.value, now=now, by="command line")
        return "alert rules: as they ship" if in_force is None else f"alert rules: version {in_force}"
    if one.kind == "segments":
        kept = segmenting.put_all(workspace_id=workspace_id, definition=one.value, now=now, by="command line")
        return f"segments: {', '.join(kept)}"
    if one.kind == "themes":
        own = theming.put(workspace_id=workspace_id, definition=one.value, now=now, by="command line")
        return f"themes: the workspace's own, version {own}"
    if one.key is None:
        version = surveying.put_personas(workspace_id=workspace_id, definition=one.value, now=now)
        return f"personas: version {version}"
    surveying.put_draft(workspace_id=workspace_id, key=one.key, definition=one.value, now=now)
    if is_draft:
        return f"{one.key}: draft"
    version, is_new = surveying.publish(workspace_id=workspace_id, key=one.key, now=now)
    return f"{one.key}: version {version} {'published' if is_new else 'is published already, as it was'}"


def _list(args: argparse.Namespace) -> int:
    from vocapp.services import surveying

    with opened(args):
        for survey in surveying.list_drafts(workspace_id=workspace_named(args).id):
            version = f"version {survey.published_version}" if survey.published_version else "draft only"
            changed = "draft differs" if survey.published_version and survey.changed else ""
            trigger = survey.draft.get("trigger") or {"active": False}
            sent = "by hand" if trigger.get("active") is False else f"after {trigger['event']}"
            print(f"{survey.key:<32}  {version:<12}  {sent:<32}  {changed}".rstrip())
    return 0


def _read(paths: list[Path]) -> list[Document] | None:
    """Read files, saying on stderr what there is to mend; None: there were faults."""
    checked = check_files(paths)
    for one in [*checked.faults, *checked.warnings]:
        print(one, file=sys.stderr)
    empty = [path for path in paths if path.is_dir() and not any(files_at(path))]
    for path in empty:
        print(f"{path}: this folder holds no YAML file", file=sys.stderr)
    return None if checked.faults or empty else checked.documents
