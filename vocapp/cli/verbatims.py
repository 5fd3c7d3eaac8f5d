"""`verbatims rebuild`: lay out again what is searched, from the responses."""

from __future__ import annotations

import argparse

from vocapp.cli.frame import installation, opened, workspace_named


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `rebuild`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    rebuild = actions.add_parser("rebuild", parents=[installation()], help="lay out every verbatim anew")
    rebuild.set_defaults(run=_rebuild)


def _rebuild(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, snapshot, transaction
    from vocapp.services.verbatims import indexing

    with opened(args):
        with transaction():
            workspace_id = workspace_named(args).id
            indexing.start_over(workspace_id=workspace_id)
        more = True
        while more:
            with transaction():
                more = indexing.follow(workspace_id=workspace_id, now=database_now())
        with snapshot():
            n = indexing.count(workspace_id=workspace_id)
    print(f"the verbatims of {args.workspace} are laid out anew: {n} of them")
    return 0
