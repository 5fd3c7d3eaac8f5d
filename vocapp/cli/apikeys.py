"""`apikey create|list|revoke`: keys of the API."""

from __future__ import annotations

import argparse
from uuid import UUID

from vocapp.cli.frame import BY, CommandRefused, installation, opened, place_named, workspace_named


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    from vocapp.services.keys import SCOPES

    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", parents=[installation()], help="make a key; it is printed once")
    create.add_argument("--name", required=True, metavar="NAME", help="who it is for")
    create.add_argument(
        "--scope", action="append", default=[], choices=SCOPES, help="what it may do; none named means all"
    )
    create.add_argument("--place", metavar="KEY", help="limit it to a place and what is below it")
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", parents=[installation()], help="show the keys, without what opens")
    listing.set_defaults(run=_list)
    revoke = actions.add_parser("revoke", parents=[installation()], help="take a key back, from this moment on")
    revoke.add_argument("id", type=UUID, metavar="ID", help="as `apikey list` shows it")
    revoke.set_defaults(run=_revoke)


def _create(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import keys

    with opened(args, founding=True):
        with transaction():
            workspace = workspace_named(args)
            key = keys.create(
                workspace_id=workspace.id,
                name=args.name,
                scopes=args.scope,
                place=place_named(workspace, args.place),
                now=database_now(),
                by=BY,
            )
        print(key)
    return 0


def _list(args: argparse.Namespace) -> int:
    from vocapp.services import keys

    with opened(args):
        for key in keys.list_keys(workspace_id=workspace_named(args).id):
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "in force"
            where = f"  (only {key.place_key})" if key.place_key else ""
            print(f"{key.id}  {state:<18}  {','.join(key.scopes) or 'all':<20}  {key.name}{where}")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import keys

    with opened(args), transaction():
        if not keys.revoke(workspace_id=workspace_named(args).id, key_id=args.id, now=database_now(), by=BY):
            raise CommandRefused(f"there is no key {args.id} in force in this workspace")
    return 0
