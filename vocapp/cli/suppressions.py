"""`suppression list|add|import|remove`: addresses that nobody may write to any more."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from flask import Flask

from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named
from vocapp.cli.importing import add_dry_run
from vocapp.cli.suppression_lists import HELP, import_list, key_of
from vocapp.domain.history_dates import FORMATS

BATCH = 1000
MOST_NAMED = 5


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser(
        "list", parents=[installation()], help="show the suppressed addresses by their hashes, with why and since when"
    )
    listing.add_argument("addresses", nargs="*", metavar="ADDRESS", help="only these")
    listing.set_defaults(run=_list)
    put = actions.add_parser("add", parents=[installation()], help="suppress addresses, such as another tool's list")
    put.add_argument("addresses", nargs="+", metavar="ADDRESS", help="`-`: one a line from standard input")
    put.add_argument("--reason", choices=("manual", "bounce", "complaint"), default="manual", help="(default: manual)")
    put.set_defaults(run=_add)
    bring = actions.add_parser(
        "import", parents=[installation()], help="keep another tool's list, with its reasons and dates", epilog=HELP
    )
    bring.add_argument("file", type=Path, metavar="FILE.csv")
    bring.add_argument("--dates", choices=FORMATS, default="iso", help="the form of the column `at` (default: iso)")
    bring.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go (default: FILE.refused.csv)")
    add_dry_run(bring)
    bring.set_defaults(run=import_list)
    lift = actions.add_parser(
        "remove", parents=[installation()], help="allow addresses again; who unsubscribed stays unsubscribed"
    )
    lift.add_argument("addresses", nargs="+", metavar="ADDRESS", help="or the hash that `list` shows; `-`: from input")
    lift.set_defaults(run=_remove)


def _list(args: argparse.Namespace) -> int:
    from vocapp.models import snapshot
    from vocapp.services import suppressing

    with opened(args) as app, snapshot():
        asked = _keys(app, args.addresses)[:BATCH] if args.addresses else None
        found = suppressing.list_suppressions(workspace_id=workspace_named(args).id, keys=asked)
        for one in found:
            who = ", ".join(one.customers) or "no customer"
            print(f"{one.key}  {one.reason:<9}  {one.since:%Y-%m-%d %H:%M} UTC  {one.by or '?':<11}  {who}")
    return 1 if asked and not found else 0


def _add(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import suppressing

    new = 0
    with opened(args) as app:
        keys = _keys(app, args.addresses)
        for some in _batches(keys):
            with transaction():
                new += suppressing.suppress(
                    workspace_id=workspace_named(args).id,
                    keys=some,
                    reason=args.reason,
                    by="command",
                    now=database_now(),
                )
    print(f"{len(keys)} addresses: {new} suppressed, {len(keys) - new} were so already")
    return 0


def _remove(args: argparse.Namespace) -> int:
    from vocapp.models import transaction
    from vocapp.services import suppressing

    lifted = 0
    with opened(args) as app:
        keys = _keys(app, args.addresses)
        for some in _batches(keys):
            with transaction():
                lifted += suppressing.lift(workspace_id=workspace_named(args).id, keys=some)
    print(f"{len(keys)} addresses: {lifted} allowed again, {len(keys) - lifted} were not suppressed")
    return 0 if lifted else 1


def _batches(keys: list[str]) -> Iterator[list[str]]:
    return (keys[start : start + BATCH] for start in range(0, len(keys), BATCH))


def _keys(app: Flask, given: Iterable[str]) -> list[str]:
    """Return the hashes of addresses, each once; a hash stands for itself. What is none is told by its place only."""
    secret = app.config["SECRET_KEY"].encode()
    lines = [line.strip() for one in given for line in (sys.stdin if one == "-" else [one])]
    keys = {number: key_of(line, secret) for number, line in enumerate(lines, start=1) if line}
    wrong = [str(number) for number, key in keys.items() if key is None]
    if wrong:
        more = f" and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        which = f"number {', '.join(wrong[:MOST_NAMED])}{more} of {len(lines)}"
        raise CommandRefused(f"{which} is no e-mail address, nor a hash that `list` shows: nothing was done")
    return sorted({key for key in keys.values() if key is not None})
