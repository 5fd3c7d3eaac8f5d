"""`value rebuild [--verify]`: what purchases come to, by customer, day and stage, against the purchases."""

from __future__ import annotations

import argparse
import sys

from vocapp.cli.frame import workspace_named
from vocapp.cli.rebuilding import add_rebuild


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `rebuild`."""
    add_rebuild(parser, about="count everything anew from the purchases", verify=_verify, write=_write_anew)


def _verify(args: argparse.Namespace) -> int:
    """Return 0 where every value and sum is what the purchases say, 1 where one is not."""
    from vocapp.models import database_now, snapshot
    from vocapp.services.checking import values
    from vocapp.services.checking.base import prepare

    with snapshot():  # orders may come in meanwhile
        look = prepare(workspace_ids=[workspace_named(args).id], now=database_now())
        found = [
            (check.key, wrong.n, wrong.ids)
            for check in (values.CUSTOMERS, values.DAYS, values.STAGES, values.COHORTS)
            for wrong in check.find(look)
        ]
        found += _lives(workspace_named(args).id)
    if not found:
        print(f"the values of {args.workspace} are clean: each is what its purchases come to")
        return 0
    for key, n, ids in found:
        print(f"{key}: {n}, such as {', '.join(ids)}")
    print(f"vocapp: values of {args.workspace} are not what their purchases come to", file=sys.stderr)
    return 1


def _lives(workspace_id: int) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return whose stages are not what purchases and answers say; the worker that follows them may be behind."""
    from vocapp.models import database_now
    from vocapp.services import following, staging
    from vocapp.services.checking.base import MOST_IDS

    waiting = following.list_waiting(workspace_id=workspace_id, now=database_now())
    wrong = staging.list_unlike(workspace_id=workspace_id, passing_over=waiting)
    return [("stages_of_customers", len(wrong), tuple(map(str, wrong[:MOST_IDS])))] if wrong else []


def _write_anew(args: argparse.Namespace) -> int:
    from vocapp.models import transaction
    from vocapp.models.again import run_again
    from vocapp.services import purchasing, staging

    def once() -> tuple[int, int, int]:
        with transaction():
            workspace_id = workspace_named(args).id
            customers, days = purchasing.rebuild(workspace_id=workspace_id)
            moves = staging.rebuild(workspace_id=workspace_id)
        return customers, days, moves

    customers, days, moves = run_again(once)  # who came meanwhile may be erased meanwhile
    told = f"{customers} customers, {days} sums of days, {moves} moves between stages"
    print(f"the values of {args.workspace} are written anew: {told}")
    return 0
