"""`customers import FILE.csv`: many customers at once, each merged as the API would. `customers erase EXTERNAL_ID`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rich.progress import TaskID

from vocapp.adapters.refused_rows import named_in
from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named
from vocapp.cli.importing import Refusals, bar, breaking_off, size_of
from vocapp.cli.tables import batches, header_of, read_table, write_refused
from vocapp.config import EXTENSION


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions `import` and `erase`."""
    from vocapp.services.intake_tables import CustomerTable

    actions = parser.add_subparsers(required=True, metavar="ACTION")
    bring = actions.add_parser(
        "import", parents=[installation()], help="merge customers from CSV", epilog=CustomerTable.__doc__
    )
    bring.add_argument("file", type=Path, metavar="FILE.csv")
    bring.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go (default: FILE.refused.csv)")
    bring.set_defaults(run=_import)
    erase = actions.add_parser("erase", parents=[installation()], help="erase a person, and keep the figures")
    erase.add_argument("external_id", metavar="EXTERNAL_ID")
    erase.set_defaults(run=_erase)


def _erase(args: argparse.Namespace) -> int:
    from vocapp.models import database_now, transaction
    from vocapp.models.again import run_again
    from vocapp.services import erasing

    with opened(args) as app:
        workspace_id = workspace_named(args).id

        def once() -> str | None:
            with transaction():
                erasure = erasing.erase(
                    workspace_id=workspace_id,
                    external_id=args.external_id,
                    by="command",
                    secret=app.config["SECRET_KEY"].encode(),
                    now=database_now(),
                )
                return None if erasure is None else f"{erasure.requested_at:%Y-%m-%d %H:%M} UTC, erasure {erasure.id}"

        told = run_again(once)
    if told is None:
        raise CommandRefused("there is no such customer, and none was erased under this id")
    print(f"erased on {told}; a worker of the queue `mail` clears away what is left in files")
    return 0


def _import(args: argparse.Namespace) -> int:
    from vocapp.services.intake_tables import CustomerTable, TableRefused

    size_of(args.file)
    rows, lines = read_table(args.file)
    try:
        table = CustomerTable(header_of(rows))
    except TableRefused as refused:
        raise CommandRefused(f"{args.file}: {refused}") from refused
    if table.attributes:
        print(f"taken as attributes: {', '.join(table.attributes)}", file=sys.stderr)
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.csv"))
    counts: Counter[str] = Counter()
    with breaking_off("customers", counts.total), opened(args) as app, bar("customers", lines) as progress:
        workspace_id = workspace_named(args).id
        secret = app.config["SECRET_KEY"].encode()
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        for batch in batches(rows):
            counts += _take(batch, table, workspace_id, secret, refusals)
            progress.advance(TaskID(0), len(batch))
    refusals.close()
    told = f"{counts['created']} new, {counts['changed']} changed, {counts['same']} as they were"
    print(f"{counts.total() + refusals.count} customers: {told}, {refusals.told()}")
    return 1 if refusals.count and not counts.total() else 0


def _take(
    batch: list[dict[Any, Any]], table: Any, workspace_id: int, secret: bytes, refusals: Refusals
) -> Counter[str]:
    from vocapp.models import database_now, transaction
    from vocapp.models.again import run_again
    from vocapp.services import erasure_list, intake
    from vocapp.services.erasure_list import REFUSED
    from vocapp.services.intake_reading import InputRefused, read_customer

    now = database_now()
    read, bad = [], []
    for row in batch:
        try:
            if None in row:
                raise CommandRefused("has more cells than the first line names")  # noqa: TRY301
            read.append(read_customer(table.read(row), now=now, source="import"))
        except (InputRefused, CommandRefused) as refused:
            bad.append((row, str(refused)))
    named = [named_in(str(cell) for cell in row.values()) for row, _ in bad]
    erased = erasure_list.listed(workspace_id=workspace_id, texts=set().union(*named), secret=secret) if bad else set()
    for (row, why), texts in zip(bad, named, strict=True):
        gone = texts & erased
        write_refused(refusals, table.header, {} if gone else row, REFUSED if gone else why)

    def once() -> dict[str, intake.Taken]:
        with transaction():
            return intake.take_customers(
                workspace_id=workspace_id, customers=read, secret=secret, now=now, refusing_erased=True
            )

    taken = run_again(once)
    for _ in (one for one in read if one.external_id not in taken):
        write_refused(refusals, table.header, {}, REFUSED)  # without a word of the row: it must not stand in a file
    read = [one for one in read if one.external_id in taken]
    counts = Counter("created" if one.created else "changed" if one.changed else "same" for one in taken.values())
    counts["same"] += len(read) - len(taken)  # of two rows about one customer, one line each
    return counts
