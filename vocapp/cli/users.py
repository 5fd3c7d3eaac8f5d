"""`user create|list|change|password|disable|enable`: who logs in, as what, for which places.

A password is asked for on the terminal, or read from standard input, so that no shell keeps it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from typing import TYPE_CHECKING, Any, Final

from vocapp.cli.frame import BY, CommandRefused, installation, opened, place_named, workspace_named
from vocapp.config import EXTENSION

if TYPE_CHECKING:
    from vocapp.services.team import Teammate

LONGEST_INPUT: Final = 10_000
ROLES_SAID: Final = {
    "owner": "sees everything, works on callbacks, changes the settings",
    "analyst": "reads responses and names, without contact details",
    "agent": "takes callbacks, with contact details",
    "viewer": "reads responses without knowing whose they are",
}
PLACE_HELP: Final = "sees only this place and what is below it; `vocapp workspace places` shows the keys"


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    from vocapp.services.staff import ROLES

    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = _action(actions, "create", "make a login and its membership", roles=True)
    create.add_argument("--role", required=True, choices=ROLES)
    create.add_argument("--place", metavar="KEY", help=PLACE_HELP)
    _add_password(create)
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", parents=[installation()], help="show the team: role, part, access")
    listing.set_defaults(run=_list)
    change = _action(actions, "change", "give somebody another role or part of the company", roles=True)
    change.add_argument("--role", choices=ROLES, help="(default: as it is)")
    part = change.add_mutually_exclusive_group()
    part.add_argument("--place", metavar="KEY", help=PLACE_HELP)
    part.add_argument("--everywhere", action="store_true", help="sees the whole workspace")
    change.set_defaults(run=_change)
    password = _action(actions, "password", "give somebody a new password, and end their sessions")
    _add_password(password)
    password.set_defaults(run=_set_password)
    disable = _action(actions, "disable", "remove somebody's access; what they did stays in the history")
    disable.set_defaults(run=_disable)
    enable = _action(actions, "enable", "restore somebody's access")
    enable.set_defaults(run=_enable)


def _action(actions: Any, name: str, what: str, *, roles: bool = False) -> argparse.ArgumentParser:
    said = "roles:\n" + "\n".join(f"  {role:<8}  {told}" for role, told in ROLES_SAID.items()) if roles else None
    added: argparse.ArgumentParser = actions.add_parser(
        name,
        parents=[installation()],
        help=what,
        epilog=said,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    added.add_argument("--email", required=True, metavar="E")
    return added


def _add_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the password from standard input (default: ask for it on the terminal)",
    )


def _create(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import staff

    password = _password(args)
    with opened(args, founding=True) as app:
        with _refusing(), transaction():
            workspace = workspace_named(args)
            is_new = staff.create(
                workspace_id=workspace.id,
                email=args.email,
                password=password,
                role=args.role,
                place=place_named(workspace, args.place),
                now=database_now(),
                by=BY,
            )
        login = f"{app.extensions[EXTENSION].public_url}/login"
    note = "" if is_new else "; this password replaces the one they had in another workspace"
    print(f"{args.email} may log in as {args.role} at {login}{note}")
    return 0


def _list(args: argparse.Namespace) -> int:
    from vocapp.services import team

    with opened(args):
        members = team.list_team(workspace_id=workspace_named(args).id)
        width = max((len(one.email) for one in members), default=0)
        for one in members:
            state = f"  access removed {one.disabled_at:%Y-%m-%d}" if one.disabled_at else ""
            elsewhere = "  also in another workspace" if one.elsewhere else ""
            print(f"{one.email:<{width}}  {one.role:<7}  {one.place_key or 'everywhere'}{state}{elsewhere}")
    if not members:
        print("nobody yet: `vocapp user create --role owner` makes the first login", file=sys.stderr)
    return 0


def _change(args: argparse.Namespace) -> int:
    from vocapp.services import team

    if not (args.role or args.place or args.everywhere):
        raise CommandRefused("say what is to change: --role, --place or --everywhere")
    with _member(args) as (workspace, one, who):
        role = args.role or one.role
        place = place_named(workspace, args.place) if args.place else None if args.everywhere else one.place_key
        team.change(**who, role=role, place=place)
    print(f"{one.email}: {role}, {place or 'everywhere'}")
    return 0


def _set_password(args: argparse.Namespace) -> int:
    from vocapp.services import team

    password = _password(args)
    with _member(args) as (_, one, who):
        team.set_password(**who, password=password)
    print(f"{one.email} has a new password; their sessions have ended")
    return 0


def _disable(args: argparse.Namespace) -> int:
    from vocapp.services import team

    with _member(args) as (_, one, who):
        team.disable(**who)
    print(f"{one.email} has no access to this workspace any more")
    return 0


def _enable(args: argparse.Namespace) -> int:
    from vocapp.services import team

    with _member(args) as (_, one, who):
        team.enable(**who)
    print(f"{one.email} has access again, as {one.role}")
    return 0


@contextmanager
def _member(args: argparse.Namespace) -> Iterator[tuple[Any, Teammate, dict[str, Any]]]:
    """Give (the workspace, the member named, what moves of the team ask for), in one transaction."""
    from vocapp.models import database_now, transaction
    from vocapp.services import team

    with opened(args), _refusing(), transaction():
        workspace = workspace_named(args)
        wanted = args.email.strip().lower()
        found = next((one for one in team.list_team(workspace_id=workspace.id) if one.email == wanted), None)
        if found is None:
            raise CommandRefused(f"{args.email} is not in the team of {workspace.key}: `vocapp user list` shows it")
        who = {"workspace_id": workspace.id, "user_id": found.user_id, "by": BY, "now": database_now()}
        yield workspace, found, who


@contextmanager
def _refusing() -> Iterator[None]:
    from vocapp.services.staff import StaffRefused

    try:
        yield
    except StaffRefused as refused:
        raise CommandRefused(str(refused)) from refused


def _password(args: argparse.Namespace) -> str:
    if args.password_stdin:
        return _read_password()
    if not sys.stdin.isatty():
        raise CommandRefused("there is no terminal to ask for the password on: --password-stdin reads it")
    password = getpass(f"Password of {args.email}: ")
    if getpass("The same again: ") != password:
        raise CommandRefused("these were two passwords: nothing has changed")
    return password


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
