"""`value rebuild [--verify]`: what purchases come to, by customer and by day, against the purchases."""

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
        found = [(check, wrong) for check in (values.CUSTOMERS, values.DAYS) for wrong in check.find(look)]
    if not found:
        print(f"the values of {args.workspace} are clean: each is what its purchases come to")
        return 0
    for check, wrong in found:
        print(f"{check.key}: {wrong.n}, such as {', '.join(wrong.ids)}")
    print(f"vocapp: values of {args.workspace} are not what their purchases come to", file=sys.stderr)
    return 1


def _write_anew(args: argparse.Namespace) -> int:
    from vocapp.models import transaction
    from vocapp.services import purchasing

    with transaction():
        customers, days = purchasing.rebuild(workspace_id=workspace_named(args).id)
    print(f"the values of {args.workspace} are written anew: {customers} customers, {days} sums of days")
    return 0
