"""`mail status|resume`: what stops the mail, and letting it go on."""

from __future__ import annotations

import argparse

from vocapp.cli.frame import installation, opened, workspace_named

_WHY = {"asked_to_wait": "was asked to wait", "turned_away": "was turned away"}


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    status = actions.add_parser("status", parents=[installation()], help="say what stops the mail; exit 1 if anything")
    status.set_defaults(run=_status)
    resume = actions.add_parser("resume", parents=[installation()], help="send what waits, as if nothing stopped it")
    resume.set_defaults(run=_resume)


def _status(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, snapshot
    from vocapp.services import halting

    with opened(args), snapshot():
        halts = halting.list_halts(now=database_now(), workspace_id=workspace_named(args).id)
        for halt in halts:
            whose = "all workspaces" if halt.workspace_id == halting.EVERYBODY else args.workspace
            print(
                f"{whose}: {_WHY[halt.reason]} since {halt.since:%Y-%m-%d %H:%M:%S} UTC, "
                f"tries again at {halt.tried_again_at:%H:%M:%S}: {halt.detail}"
            )
        if not halts:
            print(f"nothing stops the mail of {args.workspace}")
    return 1 if halts else 0


def _resume(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.services import halting

    with opened(args), transaction():
        ended = halting.resume(workspace_id=workspace_named(args).id, now=database_now())
    print(f"the mail of {args.workspace} goes on" if ended else f"nothing stopped the mail of {args.workspace}")
    return 0
