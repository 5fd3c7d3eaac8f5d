"""`user create`: a staff login, the password read from standard input so that no shell keeps it."""

from __future__ import annotations

import argparse
import sys

from vocapp.cli.frame import BY, CommandRefused, installation, opened

LONGEST_INPUT = 10_000


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `create`."""
    from vocapp.services.staff import ROLES

    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", parents=[installation()], help="make a login and its membership")
    create.add_argument("--email", required=True, metavar="E")
    create.add_argument("--role", required=True, choices=ROLES)
    create.add_argument("--place", metavar="KEY", help="sees only this place and what is below it")
    create.add_argument(
        "--password-stdin", required=True, action="store_true", help="read the password from standard input"
    )
    create.set_defaults(run=_create)


def _create(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import staff, workspaces

    password = _read_password()
    with opened(args, founding=True):
        try:
            with transaction():
                workspace = workspaces.get_workspace(key=args.workspace)
                is_new = staff.create(
                    workspace_id=workspace.id,
                    email=args.email,
                    password=password,
                    role=args.role,
                    place=args.place,
                    now=database_now(),
                    by=BY,
                )
        except (staff.StaffRefused, workspaces.WorkspaceNotFound) as refused:
            raise CommandRefused(str(refused)) from refused
    note = "" if is_new else "; this password replaces the one they had in another workspace"
    print(f"{args.email} may log in as {args.role}{note}")
    return 0


def _read_password() -> str:
    """Read one line, without its end: an editor or `echo` adds one that nobody typed."""
    raw = sys.stdin.buffer.read(LONGEST_INPUT)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandRefused("the password must be UTF-8") from error
    password = text.rstrip("\r\n")
    if "\n" in password or "\r" in password:
        raise CommandRefused("the password must be one line")
    return password
