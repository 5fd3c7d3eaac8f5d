"""`customers import FILE.csv`: many customers at once, each merged as the API would. `customers erase EXTERNAL_ID`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vocapp.adapters.refused_rows import named_in
from vocapp.cli.column_report import ColumnReport
from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named
from vocapp.cli.importing import Refusals, add_dry_run, breaking_off, size_of, trying
from vocapp.cli.tables import Line, header_of, lines_of, read_table, write_refused
from vocapp.config import EXTENSION

if TYPE_CHECKING:
    from vocapp.domain.rules import Fault
    from vocapp.services.intake import Taken
    from vocapp.services.intake_reading import CustomerInput
    from vocapp.services.intake_tables import CustomerTable

MOST_FAULTS: Final = 5
"""Of one row."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the actions `import` and `erase`."""
    from vocapp.services.intake_tables import CustomerTable

    actions = parser.add_subparsers(required=True, metavar="ACTION")
    bring = actions.add_parser(
        "import", parents=[installation()], help="merge customers from CSV", epilog=CustomerTable.__doc__
    )
    bring.add_argument("file", type=Path, metavar="FILE.csv")
    bring.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go (default: FILE.refused.csv)")
    add_dry_run(bring)
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
    if meant := table.guesses:
        told = ", ".join(f"{column} for {name}" for name, column in meant.items())
        print(f"did you mean {told}? Nothing is read by a guess: call the columns so", file=sys.stderr)
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.csv"))
    report = ColumnReport(table.header, taken_as=_taken_as(table))
    counts = Counter[str]()
    with breaking_off("customers", counts.total), opened(args) as app:
        workspace_id = workspace_named(args).id
        taking = _Taking(table, workspace_id, app.config["SECRET_KEY"].encode(), refusals, report, dry=args.dry_run)
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        for batch in lines_of(rows, "customers", lines):
            counts += taking.take(batch)
    refusals.close()
    would = "would be " if args.dry_run else ""
    told = f"{counts['created']} {would}new, {counts['changed']} {would}changed, {counts['same']} as they were"
    total = counts.total() + refusals.count
    print(f"{total} customer{'' if total == 1 else 's'}: {told}, {refusals.told()}")
    print(*report.lines(), sep="\n")
    return refusals.status(total)


def _taken_as(table: CustomerTable) -> dict[str, str]:
    """Return what becomes of the columns that are none of ours."""
    meant = table.guesses
    asked = {name: f": did you mean {column}?" for name, column in meant.items()}
    return {name: f"an attribute{asked.get(name, '')}" for name in table.attributes}


class _Taking:
    def __init__(
        self,
        table: CustomerTable,
        workspace_id: int,
        secret: bytes,
        refusals: Refusals,
        report: ColumnReport,
        *,
        dry: bool,
    ) -> None:
        self._table = table
        self._workspace_id = workspace_id
        self._secret = secret
        self._refusals = refusals
        self._report = report
        self._dry = dry
        self._made: dict[str, int] = {}
        """Whom a dry run would have made, with a hash of their row: a later batch does not find them."""

    def take(self, batch: list[Line]) -> Counter[str]:
        """Take some rows in a transaction; count who was new, who changed, and who is as they were."""
        from vocapp.models import database_now
        from vocapp.models.again import run_again
        from vocapp.services import intake
        from vocapp.services.erasure_list import REFUSED

        now = database_now()
        read = self._read(batch, now)

        def once() -> dict[str, intake.Taken]:
            with trying(dry=self._dry):
                return intake.take_customers(
                    workspace_id=self._workspace_id,
                    customers=[customer for _, customer in read],
                    secret=self._secret,
                    now=now,
                    refusing_erased=True,
                )

        taken = run_again(once)
        gone = [one for one, customer in read if customer.external_id not in taken]
        for one in gone:
            self._report.refuse("external_id", REFUSED, one.line)
            write_refused(self._refusals, self._table.header, {}, REFUSED)  # no word of it: it must not be in a file
        rows = {customer.external_id: hash(tuple(sorted(one.row.items()))) for one, customer in read}
        counts = Counter(self._outcome(key, one, rows[key]) for key, one in taken.items())
        counts["same"] += len(read) - len(gone) - len(taken)  # of two rows about one customer, one line each
        return counts

    def _outcome(self, key: str, one: Taken, row: int) -> str:
        if self._dry and one.created:
            if key in self._made:
                return "same" if self._made[key] == row else "changed"
            self._made[key] = row
        return "created" if one.created else "changed" if one.changed else "same"

    def _read(self, batch: list[Line], now: datetime) -> list[tuple[Line, CustomerInput]]:
        """Return what can be taken; write what can't be beside the file."""
        from vocapp.services.intake_reading import InputRefused, read_customer
        from vocapp.services.intake_values import read_time

        read: list[tuple[Line, CustomerInput]] = []
        bad: list[tuple[Line, str]] = []
        for one in batch:
            if None in one.row:
                self._report.refuse("", "has more cells than the first line names", one.line)
                bad.append((one, "has more cells than the first line names"))
                continue
            self._report.saw((name for name, cell in one.row.items() if cell.strip()), ())
            document = self._table.read(one.row)
            try:
                read.append((one, read_customer(document, now=now, source="import")))
            except InputRefused as refused:
                bad.append((one, self._why(one, refused.faults)))
                continue
            if "observed_at" in document and read_time(document["observed_at"]) > now:
                self._report.tell("observed_at", "lies ahead: taken as of now", one.line)
        self._write(bad)
        return read

    def _why(self, one: Line, faults: list[Fault]) -> str:
        why = []
        for fault in faults[:MOST_FAULTS]:
            column = self._table.column_of(fault.pointer, one.row)
            self._report.refuse(column, fault.detail, one.line)
            why.append(f"{column}: {fault.detail}" if column else fault.detail)
        return "; ".join(why)

    def _write(self, bad: list[tuple[Line, str]]) -> None:
        """Write what was refused, without a word of anybody who was erased."""
        from vocapp.services.erasure_list import REFUSED, listed

        named = [named_in(str(cell) for cell in one.row.values()) for one, _ in bad]
        texts = set().union(*named)
        erased = listed(workspace_id=self._workspace_id, texts=texts, secret=self._secret) if texts else set()
        for (one, why), words in zip(bad, named, strict=True):
            gone = bool(words & erased)
            write_refused(self._refusals, self._table.header, {} if gone else one.row, REFUSED if gone else why)
