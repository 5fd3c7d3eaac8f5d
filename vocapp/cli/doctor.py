"""`doctor`: checks on the live database that what vocapp promises holds. It changes nothing."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vocapp.cli.frame import CommandRefused, installation_folder, settings_of
from vocapp.config import ConfigRefused, Settings

if TYPE_CHECKING:
    from vocapp.services.checking.examining import Finding

CLEAN, SOMETHING_WRONG, CANNOT_LOOK = 0, 1, 2
LONGEST_SECONDS = 600


class CannotLook(Exception):
    """There is nothing to look at, or no way to it; the message is one line for the operator."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options of `doctor`."""
    installation_folder(parser)
    parser.add_argument("--workspace", metavar="KEY", help="look at this workspace only (default: at all of them)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--grace",
        type=_seconds,
        metavar="SECONDS",
        help="for how long something may be on its way (default: 300; 0 once everything has come to rest)",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=float(LONGEST_SECONDS),
        metavar="SECONDS",
        help=f"look no longer than this; what is left over stays unknown (default: {LONGEST_SECONDS})",
    )
    parser.description = (
        "Checks on the live database that what vocapp promises holds, and changes nothing. "
        "Exit status: 0 all is well, 1 something is wrong, 2 it could not look (at everything)."
    )
    parser.set_defaults(run=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    try:
        with _opened(args):
            return _examine(args)
    except (CannotLook, CommandRefused, ConfigRefused) as reason:
        return _cannot_look(args, str(reason))


def _examine(args: argparse.Namespace) -> int:
    from sqlalchemy.exc import SQLAlchemyError

    from vocapp.models import database_now, on_postgresql
    from vocapp.models.looking import looking
    from vocapp.services.checking import base, examining

    findings: list[Finding] = []
    try:
        with looking():
            look = base.prepare(
                workspace_ids=_wanted(args),
                now=database_now(),
                grace=base.GRACE if args.grace is None else timedelta(seconds=args.grace),
            )
            for finding in examining.examine(look=look, seconds=args.seconds, monotonic=time.monotonic):
                findings.append(finding)
                if not args.json:
                    _print(finding, look.workspaces)
            database = "postgresql" if on_postgresql() else "sqlite"
    except (SQLAlchemyError, ValueError) as error:
        raise CannotLook(f"the look was cut short ({_kind(error)})") from error
    told = examining.document(findings, look=look, database=database)
    status = _status(findings)
    if args.json:
        print(json.dumps(told | {"exit_status": status}, indent=2, ensure_ascii=False))
    else:
        _print_end(findings, told, status)
    return status


def _status(findings: list[Finding]) -> int:
    found = {finding.status for finding in findings}
    return SOMETHING_WRONG if "wrong" in found else CANNOT_LOOK if "unknown" in found else CLEAN


def _print(finding: Finding, workspaces: dict[int, str]) -> None:
    if finding.status == "ok":
        print(f"ok       {finding.check.promise}", flush=True)
        return
    if finding.status == "unknown":
        print(f"UNKNOWN  {finding.check.promise}: {finding.why_unknown}", flush=True)
        return
    print(f"WRONG    {finding.check.promise}: {finding.n} ({finding.check.key})")
    for one in finding.wrong:
        more = ", …" if one.n > len(one.ids) else ""
        print(f"         {workspaces[one.workspace_id]}: {one.n}: {', '.join(one.ids)}{more}")
    print(f"         → {finding.check.advice}", flush=True)


def _print_end(findings: list[Finding], told: dict[str, Any], status: int) -> None:
    wrong = sum(one.status == "wrong" for one in findings)
    unknown = sum(one.status == "unknown" for one in findings)
    said = {
        CLEAN: "all is well",
        SOMETHING_WRONG: f"{wrong} of {len(findings)} promises are broken",
        CANNOT_LOOK: f"{unknown} of {len(findings)} could not be looked at: give it more --seconds",
    }[status]
    print(f"{said} (workspaces: {', '.join(told['workspaces']) or 'none'}; {told['seconds']:.1f} s)", flush=True)


def _wanted(args: argparse.Namespace) -> list[int] | None:
    from vocapp.cli.frame import workspace_named

    return None if args.workspace is None else [workspace_named(args).id]


def _cannot_look(args: argparse.Namespace, reason: str) -> int:
    if args.json:
        print(json.dumps({"ok": None, "error": reason, "checks": [], "exit_status": CANNOT_LOOK}, ensure_ascii=False))
    print(f"vocapp: {reason}", file=sys.stderr, flush=True)
    return CANNOT_LOOK


@contextmanager
def _opened(args: argparse.Namespace) -> Iterator[None]:
    """Open the installation as it stands: nothing is set up for the sake of a look. Raises CannotLook."""
    from sqlalchemy.exc import SQLAlchemyError

    from vocapp.app import create_app
    from vocapp.logs import configure
    from vocapp.models import db, migrating

    settings = settings_of(args)
    _check_file(settings)
    configure(settings.log_level)
    try:
        app = create_app(settings)
        with app.app_context():
            stands_at = migrating.current(db.engine)
    except SQLAlchemyError as error:
        raise CannotLook(f"the database can't be reached ({_kind(error)})") from error
    if stands_at != migrating.head():
        raise CannotLook(
            "the database is empty" if stands_at is None else "the database has another version's tables: migrate first"
        )
    with app.app_context():
        try:
            yield
        finally:
            for engine in db.engines.values():
                engine.dispose()


def _check_file(settings: Settings) -> None:
    """See that SQLite's file is there: opening it would make an empty one."""
    path = urlsplit(settings.database_url).path[1:]
    if not settings.on_postgresql and path and not Path(path).is_file():
        raise CannotLook(f"there is no database at {path}: name the installation's --data-dir, or its DATABASE_URL")


def _kind(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 86400")
    return seconds
