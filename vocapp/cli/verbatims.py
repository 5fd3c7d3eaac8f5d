"""`verbatims rebuild`: lay out again what is searched, from the responses."""

from __future__ import annotations

import argparse
import time
from typing import Final

from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named

LONGEST_WAIT: Final = 180.0
"""Seconds for which a worker may lay out verbatims of the workspace before the command gives up."""
_A_MOMENT: Final = 0.2
"""Seconds, after which it is tried again."""


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
        more, until = True, time.monotonic() + LONGEST_WAIT
        while more:
            with transaction():
                followed = indexing.follow(workspace_id=workspace_id, now=database_now())
            if followed is not None:
                more, until = followed, time.monotonic() + LONGEST_WAIT
            elif time.monotonic() < until:
                time.sleep(_A_MOMENT)
            else:
                raise CommandRefused(f"a worker lays out the verbatims of {args.workspace} anew, and is not through")
        with snapshot():
            n = indexing.count(workspace_id=workspace_id)
    print(f"the verbatims of {args.workspace} are laid out anew: {n} of them")
    return 0
