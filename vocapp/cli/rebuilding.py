"""What commands share that compare sums with the rows they come from, or write them anew: `rebuild [--verify]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from vocapp.cli.frame import installation, opened


def add_rebuild(
    parser: argparse.ArgumentParser,
    *,
    about: str,
    verify: Callable[[argparse.Namespace], int],
    write: Callable[[argparse.Namespace], int],
) -> None:
    """Add the action `rebuild`; `verify` and `write` are called with the arguments, beside an open installation."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    rebuild = actions.add_parser("rebuild", parents=[installation()], help=about)
    rebuild.add_argument("--verify", action="store_true", help="change nothing: compare, and say what differs")

    def run(args: argparse.Namespace) -> int:
        with opened(args):
            return verify(args) if args.verify else write(args)

    rebuild.set_defaults(run=run)
