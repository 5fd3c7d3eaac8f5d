"""`orders import FILE.csv`: many orders at once, each as its events would be taken."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vocapp.adapters.refused_rows import named_in
from vocapp.cli.column_report import ColumnReport
from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named
from vocapp.cli.importing import Refusals, add_dry_run, breaking_off, size_of, trying
from vocapp.cli.tables import Line, header_of, lines_of, read_table, write_refused
from vocapp.config import EXTENSION
from vocapp.domain.history_dates import FORMATS

if TYPE_CHECKING:
    from vocapp.domain.rules import Fault
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
    bring.add_argument("--dates", choices=FORMATS, default="iso", help="the form of every date (default: iso)")
    add_dry_run(bring)
    bring.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    from vocapp.models import database_now
    from vocapp.services import purchasing
    from vocapp.services.intake_order_tables import OrderTable
    from vocapp.services.intake_tables import TableRefused

    size_of(args.file)
    rows, lines = read_table(args.file)
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.csv"))
    as_of = datetime.fromtimestamp(args.file.stat().st_mtime, UTC)
    counts = Counter[str]()
    with breaking_off("orders", lambda: counts["read"]), opened(args) as app:
        workspace_id = workspace_named(args).id
        try:
            zone = purchasing.ledger_of(workspace_id=workspace_id).timezone
            table = OrderTable(header_of(rows), zone=zone, as_of=as_of, now=database_now(), dates=args.dates)
        except TableRefused as refused:
            raise CommandRefused(f"{args.file}: {refused}") from refused
        if table.passed_over:
            print(f"passed over: {', '.join(table.passed_over)}", file=sys.stderr)
        report = ColumnReport(table.header, taken_as=dict.fromkeys(table.passed_over, "passed over"))
        taking = _Taking(table, workspace_id, app.config["SECRET_KEY"].encode(), refusals, report, dry=args.dry_run)
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        for batch in lines_of(rows, "orders", lines):
            counts += taking.take(batch)
    refusals.close()
    same = counts["read"] - refusals.count - counts["new"] - counts["changed"] - counts["before"]
    would = "would be " if args.dry_run else ""
    told = f"{counts['new']} {would}new, {counts['changed']} {would}changed, {max(same, 0)} as they were"
    apart = f", {counts['apart']} not counted (in another currency)" if counts["apart"] else ""
    apart += f", {counts['before']} counted before their customer was erased" if counts["before"] else ""
    print(f"{counts['read']} orders: {told}, {refusals.told()}{apart}")
    print(*report.lines(), sep="\n")
    return refusals.status(counts["read"])


class _Taking:
    def __init__(
        self,
        table: OrderTable,
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
        self._tried: dict[str, int] = {}
        """Orders of earlier batches of a dry run, which nothing of the database knows, with a hash of their row."""

    def take(self, batch: list[Line]) -> Counter[str]:
        """Take some rows in a transaction; count those read, new, changed, and those that count nothing."""
        from vocapp.models import database_now
        from vocapp.models.again import run_again
        from vocapp.services.intake_events import Outcome, take_events

        events, rows, why = self._read(batch)
        counts = Counter(read=len(batch))
        if self._dry:
            events, rows = self._untried(batch, events, rows, counts)

        def once() -> Outcome:
            with trying(dry=self._dry):
                return take_events(
                    workspace_id=self._workspace_id,
                    documents=events,
                    secret=self._secret,
                    now=database_now(),
                    source="import",
                    refusing_erased=True,
                )

        outcome = run_again(once)
        gone = {rows[one.index] for one in outcome.refused if one.erased}
        for one in outcome.refused:
            if rows[one.index] not in why:
                why[rows[one.index]] = self._why(batch[rows[one.index]], one.faults, events[one.index])
        self._write(batch, why, gone)
        new, changed = outcome.orders
        apart = {rows[one.index] for one in outcome.not_counted if one.faults[0].pointer == "/properties/currency"}
        before = {rows[one.index] for one in outcome.not_counted} - apart
        return counts + Counter(new=new, changed=changed, apart=len(apart), before=len(before))

    def _read(self, batch: list[Line]) -> tuple[list[dict[str, Any]], list[int], dict[int, str]]:
        """Return (what is told, of which row of the batch each is, which rows can't be read and why)."""
        from vocapp.services.intake_tables import TableRefused

        events: list[dict[str, Any]] = []
        rows: list[int] = []
        why: dict[int, str] = {}
        for number, one in enumerate(batch):
            if None in one.row:
                why[number] = "has more cells than the first line names"
                self._report.refuse("", why[number], one.line)
                continue
            self._report.saw((name for name, cell in one.row.items() if cell.strip()), ())
            try:
                told = self._table.read(one.row)
            except TableRefused as refused:
                why[number] = str(refused)
                column, _, reason = why[number].partition(": ")
                self._report.refuse(column if reason else "", reason or why[number], one.line)
                continue
            events += told
            rows += [number] * len(told)
        return events, rows, why

    def _untried(
        self, batch: list[Line], events: list[dict[str, Any]], rows: list[int], counts: Counter[str]
    ) -> tuple[list[dict[str, Any]], list[int]]:
        """Leave out of a dry run what is about an order of an earlier batch, and count what would become of it."""
        earlier = set[int]()
        for number in dict.fromkeys(rows):
            row = batch[number].row
            key, content = row["order_id"].strip(), hash(tuple(sorted(row.items())))
            if (first := self._tried.get(key)) is not None:
                earlier.add(number)
                counts["changed"] += first != content
        for number in dict.fromkeys(rows):
            row = batch[number].row
            self._tried.setdefault(row["order_id"].strip(), hash(tuple(sorted(row.items()))))
        kept = [(event, number) for event, number in zip(events, rows, strict=True) if number not in earlier]
        return [event for event, _ in kept], [number for _, number in kept]

    def _why(self, one: Line, faults: list[Fault], event: dict[str, Any]) -> str:
        why = []
        for fault in faults:
            column = self._table.column_of(fault.pointer, event)
            self._report.refuse(column, fault.detail, one.line)
            why.append(f"{column}: {fault.detail}" if column else fault.detail)
        return "; ".join(why)

    def _write(self, batch: list[Line], why: dict[int, str], gone: set[int]) -> None:
        """Write what was refused beside the file, without a word of anybody who was erased."""
        from vocapp.services.erasure_list import REFUSED, listed

        named = {number: named_in(str(cell) for cell in batch[number].row.values()) for number in why}
        texts = set().union(*named.values())
        erased = listed(workspace_id=self._workspace_id, texts=texts, secret=self._secret) if texts else set()
        for number, words in sorted(why.items()):
            hidden = number in gone or bool(named[number] & erased)
            row, reason = ({}, REFUSED) if hidden else (batch[number].row, words)
            write_refused(self._refusals, self._table.header, row, reason)
