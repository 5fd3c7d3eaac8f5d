"""`customers import FILE.csv`: many customers at once, each merged as the API would. `customers erase EXTERNAL_ID`."""

from __future__ import annotations

import argparse
import codecs
import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rich.progress import TaskID

from vocapp.adapters.refused_rows import for_spreadsheet, from_spreadsheet, named_in
from vocapp.cli.frame import CommandRefused, installation, opened, workspace_named
from vocapp.cli.importing import BATCH, Refusals, bar, breaking_off, size_of
from vocapp.config import EXTENSION

LARGEST_FIELD = 1_000_000
WHY = "why"
"""The last column of a file of refused rows."""


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
    text = _text(args.file)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    csv.field_size_limit(LARGEST_FIELD)
    try:
        table = CustomerTable(rows.fieldnames or [])
    except TableRefused as refused:
        raise CommandRefused(f"{args.file}: {refused}") from refused
    rows.fieldnames = table.header
    if table.attributes:
        print(f"taken as attributes: {', '.join(table.attributes)}", file=sys.stderr)
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.csv"))
    counts: Counter[str] = Counter()
    lines = max(text.count("\n") - 1, 1)
    with breaking_off("customers", counts.total), opened(args) as app, bar("customers", lines) as progress:
        workspace_id = workspace_named(args).id
        secret = app.config["SECRET_KEY"].encode()
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        for batch in _batches(rows):
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
        _write_refused(refusals, table.header, {} if gone else row, REFUSED if gone else why)

    def once() -> dict[str, intake.Taken]:
        with transaction():
            return intake.take_customers(
                workspace_id=workspace_id, customers=read, secret=secret, now=now, refusing_erased=True
            )

    taken = run_again(once)
    for _ in (one for one in read if one.external_id not in taken):
        _write_refused(refusals, table.header, {}, REFUSED)  # without a word of the row: it must not stand in a file
    read = [one for one in read if one.external_id in taken]
    counts = Counter("created" if one.created else "changed" if one.changed else "same" for one in taken.values())
    counts["same"] += len(read) - len(taken)  # of two rows about one customer, one line each
    return counts


def _write_refused(refusals: Refusals, header: list[str], row: dict[Any, Any], why: str) -> None:
    is_first = refusals.is_first
    writer = csv.writer(refusals.file())
    if is_first:
        writer.writerow([*header, WHY])
    writer.writerow([*(for_spreadsheet(row.get(name) or "") for name in header), why])


def _batches(rows: csv.DictReader[str]) -> Iterator[list[dict[Any, Any]]]:
    """Read on; a cell stays as it is, but for files of refused rows, where ours stands before what would run."""
    is_ours = (rows.fieldnames or [""])[-1] == WHY
    try:
        while batch := [
            {
                key: value if key is None else from_spreadsheet(value or "") if is_ours else value or ""
                for key, value in row.items()
            }
            for row in islice(rows, BATCH)
        ]:
            yield batch
    except csv.Error as error:
        raise CommandRefused(f"line {rows.line_num}: {error}; the lines before it were taken") from error


def _text(path: Path) -> str:
    """Read a spreadsheet's file: UTF-8, UTF-16 where it says so, or what Western spreadsheets write."""
    raw = path.read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", errors="replace")
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        print(f"{path} is not UTF-8; read as Windows-1252", file=sys.stderr)
        return raw.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)
