"""`workspace create|list|places`: workspaces are sealed from one another."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import Final

from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named
from vocapp.config import EXTENSION

NAMED: Final = {"/key": "KEY", "/name": "--name", "/timezone": "--timezone", "/default_language": "--language"}
"""What a fault is called here."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", parents=[installation(names_one=False)], help="make a workspace")
    create.add_argument("key", metavar="KEY", help="a-z, 0-9, - and _")
    create.add_argument("--name", help="as customers read it (default: the key)")
    create.add_argument(
        "--timezone", default="Europe/Paris", help="of its days and quiet hours (default: Europe/Paris)"
    )
    create.add_argument("--language", default="fr", help="where nothing else is known (default: fr)")
    create.add_argument(
        "--ready-made",
        action="store_true",
        help="with the surveys (which no event sends yet), personas and segments that ship; otherwise it is empty",
    )
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", parents=[installation(names_one=False)], help="show the workspaces")
    listing.set_defaults(run=_list)
    places = actions.add_parser("places", parents=[installation()], help="show the places of one, with their keys")
    places.set_defaults(run=_places)


def _create(args: argparse.Namespace) -> int:
    from vocapp.config import CATALOGUE
    from vocapp.models import database_now, transaction
    from vocapp.services import catalogue, workspaces

    with opened(args, founding=True) as app, transaction():
        try:
            made, is_new = workspaces.create(
                key=args.key,
                name=args.name,
                timezone=args.timezone,
                default_language=args.language,
                now=database_now(),
            )
        except workspaces.WorkspaceRefused as refused:
            faults = [f"{NAMED.get(one.pointer, one.pointer)} {one.detail}" for one in refused.faults]
            raise CommandRefused("; ".join(faults)) from refused
        if not is_new:
            raise CommandRefused(f"there is a workspace {args.key} already")
        if args.ready_made:
            names = [name for name, _ in catalogue.definitions(CATALOGUE)]
            catalogue.take(
                workspace_id=made.id, catalogue=CATALOGUE, names=names, by="command line", now=database_now()
            )
        login = f"{app.extensions[EXTENSION].public_url}/login"
    where = f" --data-dir {shlex.quote(str(args.data_dir))}" if args.data_dir else ""
    print(f"workspace {args.key} is ready{'' if args.ready_made else '; it is empty'}")
    print("Next, its first owner; this asks for a password:")
    print(f"  python -m vocapp user create --workspace {args.key} --role owner --email YOU@example.com{where}")
    print(f"who then logs in at {login} and finds the first steps there.")
    return 0


def _list(args: argparse.Namespace) -> int:
    from vocapp.services import workspaces

    with opened(args):
        for workspace in workspaces.list_workspaces():
            print(f"{workspace.key:<20}  {workspace.timezone:<20}  {workspace.default_language:<6}  {workspace.name}")
    return 0


def _places(args: argparse.Namespace) -> int:
    from vocapp.services import places

    with opened(args):
        found = places.list_places(workspace_id=workspace_named(args).id)
        indented = [(f"{'  ' * (one.path.count('/') - 2)}{one.key}", one) for one in found]
        width = max((len(key) for key, _ in indented), default=0)
        for key, one in indented:
            print(f"{key:<{width}}  {one.kind:<6}  {one.name}")
    if not found:
        print("no place yet: an event that names one makes it, or an owner in the console (Settings)", file=sys.stderr)
    return 0
