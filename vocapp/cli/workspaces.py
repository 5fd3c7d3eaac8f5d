"""`workspace create|list`: workspaces are sealed from one another."""

from __future__ import annotations

import argparse

from vocapp.cli.frame import CommandRefused, installation, opened


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", parents=[installation()], help="make a workspace")
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
    listing = actions.add_parser("list", parents=[installation()], help="show the workspaces")
    listing.set_defaults(run=_list)


def _create(args: argparse.Namespace) -> int:
    from vocapp.config import CATALOGUE
    from vocapp.models import database_now, transaction
    from vocapp.services import catalogue, workspaces

    with opened(args, founding=True), transaction():
        try:
            made, is_new = workspaces.create(
                key=args.key,
                name=args.name,
                timezone=args.timezone,
                default_language=args.language,
                now=database_now(),
            )
        except workspaces.WorkspaceRefused as refused:
            raise CommandRefused(str(refused)) from refused
        if not is_new:
            raise CommandRefused(f"there is a workspace {args.key} already")
        if args.ready_made:
            names = [name for name, _ in catalogue.definitions(CATALOGUE)]
            catalogue.take(
                workspace_id=made.id, catalogue=CATALOGUE, names=names, by="command line", now=database_now()
            )
    print(f"workspace {args.key} is ready{'' if args.ready_made else '; it is empty'}")
    return 0


def _list(args: argparse.Namespace) -> int:
    from vocapp.services import workspaces

    with opened(args):
        for workspace in workspaces.list_workspaces():
            print(f"{workspace.key:<20}  {workspace.timezone:<20}  {workspace.default_language:<6}  {workspace.name}")
    return 0
