"""`orders import FILE.csv`: many orders at once, each as its events would be taken."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import TaskID

from vocapp.adapters.refused_rows import named_in
from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named
from vocapp.cli.importing import Refusals, bar, breaking_off, size_of
from vocapp.cli.tables import batches, header_of, read_table, write_refused
from vocapp.config import EXTENSION

if TYPE_CHECKING:
    from vocapp.services.intake_order_tables import OrderTable


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `import`."""
    from vocapp.services.intake_order_tables import OrderTable

    actions = parser.add_subparsers(required=True, metavar="ACTION")
    bring = actions.add_parser(
        "import", parents=[installation()], help="take orders from CSV", epilog=OrderTable.__doc__
    )
    bring.add_argument("file", type=Path, metavar="FILE.csv")
    bring.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go (default: FILE.refused.csv)")
    bring.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    from vocapp.services import purchasing
    from vocapp.services.intake_order_tables import OrderTable
    from vocapp.services.intake_tables import TableRefused

    size_of(args.file)
    rows, lines = read_table(args.file)
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.csv"))
    as_of = datetime.fromtimestamp(args.file.stat().st_mtime, UTC)
    counts: Counter[str] = Counter()
    with breaking_off("orders", lambda: counts["read"]), opened(args) as app, bar("orders", lines) as progress:
        workspace_id = workspace_named(args).id
        try:
            zone = purchasing.ledger_of(workspace_id=workspace_id).timezone
            table = OrderTable(header_of(rows), zone=zone, as_of=as_of)
        except TableRefused as refused:
            raise CommandRefused(f"{args.file}: {refused}") from refused
        if table.passed_over:
            print(f"passed over: {', '.join(table.passed_over)}", file=sys.stderr)
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        secret = app.config["SECRET_KEY"].encode()
        for batch in batches(rows):
            counts += _take(batch, table, workspace_id, secret, refusals)
            progress.advance(TaskID(0), len(batch))
    refusals.close()
    same = counts["read"] - refusals.count - counts["new"] - counts["changed"]
    told = f"{counts['new']} new, {counts['changed']} changed, {max(same, 0)} as they were"
    apart = f", {counts['apart']} not counted (in another currency)" if counts["apart"] else ""
    print(f"{counts['read']} orders: {told}, {refusals.told()}{apart}")
    return 1 if refusals.count and refusals.count == counts["read"] else 0


def _take(
    batch: list[dict[Any, Any]], table: OrderTable, workspace_id: int, secret: bytes, refusals: Refusals
) -> Counter[str]:
    from vocapp.models import database_now, transaction
    from vocapp.models.again import run_again
    from vocapp.services.erasure_list import REFUSED, listed
    from vocapp.services.intake_events import Outcome, take_events
    from vocapp.services.intake_tables import TableRefused

    events: list[dict[str, Any]] = []
    rows: list[int] = []
    why: dict[int, str] = {}
    for number, row in enumerate(batch):
        if None in row:
            why[number] = "has more cells than the first line names"
            continue
        try:
            told = table.read(row)
        except TableRefused as refused:
            why[number] = str(refused)
            continue
        events += told
        rows += [number] * len(told)

    def once() -> Outcome:
        with transaction():
            return take_events(
                workspace_id=workspace_id,
                documents=events,
                secret=secret,
                now=database_now(),
                source="import",
                refusing_erased=True,
            )

    outcome = run_again(once)
    gone = {rows[one.index] for one in outcome.refused if one.erased}
    for one in outcome.refused:
        why.setdefault(rows[one.index], "; ".join(f"{fault.pointer} {fault.detail}".strip() for fault in one.faults))
    named = {number: named_in(str(cell) for cell in batch[number].values()) for number in why}
    erased = listed(workspace_id=workspace_id, texts=set().union(*named.values()), secret=secret) if why else set()
    for number, words in sorted(why.items()):
        hidden = number in gone or bool(named[number] & erased)
        write_refused(refusals, table.header, {} if hidden else batch[number], REFUSED if hidden else words)
    new, changed = outcome.orders
    apart = len({rows[one.index] for one in outcome.not_counted})
    return Counter(read=len(batch), new=new, changed=changed, apart=apart)
