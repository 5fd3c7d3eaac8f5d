"""`survey check|import|list`: definitions from files, each fault with file, line and reason."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

from vocapp.adapters import definition_files
from vocapp.adapters.definition_files import FileRefused
from vocapp.cli.frame import installation, opened, workspace_named
from vocapp.domain import definitions, personas
from vocapp.domain.rules import Fault


class Found(NamedTuple):
    """One definition that can be used."""

    path: Path
    key: str | None
    """None: personas."""
    document: dict[str, Any]


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
    found, faults = _read(args.files)
    if faults:
        return 1
    for one in found:
        print(f"{one.path}: {one.key or 'personas'} is in order")
    return 0


def _import(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import surveying

    found, faults = _read(args.files)
    if faults:
        print("vocapp: nothing was imported", file=sys.stderr)
        return 1
    with opened(args):
        for one in found:
            with transaction():
                workspace_id = workspace_named(args).id
                now = database_now()
                if one.key is None:
                    version = surveying.put_personas(workspace_id=workspace_id, definition=one.document, now=now)
                    line = f"personas: version {version}"
                else:
                    surveying.put_draft(workspace_id=workspace_id, key=one.key, definition=one.document, now=now)
                    line = f"{one.key}: draft"
                    if not args.draft:
                        version, is_new = surveying.publish(workspace_id=workspace_id, key=one.key, now=now)
                        line = f"{one.key}: version {version}{'' if is_new else ', as it was'}"
            print(line)
    return 0


def _list(args: argparse.Namespace) -> int:
    from vocapp.services import surveying

    with opened(args):
        for survey in surveying.list_drafts(workspace_id=workspace_named(args).id):
            version = f"version {survey.published_version}" if survey.published_version else "draft only"
            changed = "draft differs" if survey.published_version and survey.changed else ""
            print(f"{survey.key:<32}  {version:<12}  {changed}".rstrip())
    return 0


def _read(paths: list[Path]) -> tuple[list[Found], int]:
    """Read files, saying every fault on stderr; return (what is in order, how many faults there were)."""
    found: list[Found] = []
    count = 0
    for path in paths:
        try:
            documents = definition_files.read(path)
        except FileRefused as refused:
            _say(path, refused.line, "", str(refused))
            count += 1
            continue
        for one in documents:
            is_personas = isinstance(one.document, dict) and "personas" in one.document
            faults = _persona_faults(one.document) if is_personas else definitions.check(one.document)
            for fault in faults:
                _say(path, one.line_of(fault.pointer), fault.pointer, fault.detail)
            if not faults:
                for advice in [] if is_personas else definitions.warnings(one.document):
                    _say(path, one.line_of(advice.pointer), advice.pointer, f"(warning) {advice.detail}")
                found.append(Found(path, None if is_personas else one.document["key"], one.document))
            count += len(faults)
    return found, count


def _persona_faults(document: Any) -> list[Fault]:
    try:
        personas.read(document)
    except definitions.DefinitionRefused as refused:
        return refused.faults
    return []


def _say(path: Path, line: int | None, pointer: str, detail: str) -> None:
    place = f"{path}:{line}" if line else str(path)
    print(f"{place}: {pointer + ': ' if pointer else ''}{detail}", file=sys.stderr)
