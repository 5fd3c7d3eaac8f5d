"""`suppression import FILE.csv`: an earlier tool's list of who must not be written to, with its reasons and dates."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from vocapp.adapters.refused_rows import named_in
from vocapp.cli.column_report import ColumnReport
from vocapp.cli.frame import CommandRefused, opened, workspace_named
from vocapp.cli.importing import Refusals, breaking_off, size_of, trying
from vocapp.cli.tables import batches, header_of, named_once, read_table, write_refused
from vocapp.config import EXTENSION
from vocapp.domain.history_dates import read_past

if TYPE_CHECKING:
    from vocapp.services.objections import Why

COLUMNS: Final = ("email", "why", "at", "purpose", "source")
WHY: Final[Mapping[str, Why]] = {
    **dict.fromkeys(("bounce", "hard_bounce", "hard", "invalid"), "bounce"),
    **dict.fromkeys(("complaint", "spam", "spam_report", "abuse"), "complaint"),
    **dict.fromkeys(("objection", "unsubscribe", "unsubscribed", "opt_out", "optout"), "objection"),
    **dict.fromkeys(("manual", "blocked", "block", "suppressed"), "manual"),
}
"""What other tools call it; a soft bounce is no reason never to write again, and is refused."""
HELP: Final = (
    "Columns: `email` (needed; or the hash that `list` shows), `why` (bounce, complaint, objection, manual; needed), "
    "`at` (when it was said; left out, now), and of an objection `purpose` (surveys unless it says otherwise) and "
    "`source` (where it was said)."
)


def import_list(args: argparse.Namespace) -> int:
    """Take a list; print what came of it, by column."""
    size_of(args.file)
    rows, _ = read_table(args.file)
    rows.fieldnames = [name.lower() for name in rows.fieldnames or []]
    header = header_of(rows)
    named_once(header, args.file)
    strange = [name for name in header if name not in COLUMNS]
    if strange or not {"email", "why"} <= set(header):
        raise CommandRefused(f"{args.file}: the columns are {', '.join(COLUMNS)}; email and why are needed")
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.csv"))
    report, counts, line = ColumnReport(header), Counter[str](), 2
    with breaking_off("addresses", counts.total), opened(args) as app:
        workspace = workspace_named(args)
        zone = ZoneInfo(workspace.timezone)
        secret = app.config["SECRET_KEY"].encode()
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        for batch in batches(rows):
            lines = list(enumerate(batch, start=line))
            read, bad = _read(lines, report, secret, args.dates, zone)
            new, known, nobodys = _take(workspace.id, [one for _, _, one in read], dry=args.dry_run)
            counts.update(new=new, known=known)
            why = "nobody here has this address: bring the customers first"
            for index in nobodys:
                report.refuse("email", why, read[index][0])
                bad.append((read[index][0], read[index][1], f"email: {why}"))
            _write(bad, header, refusals, workspace.id, secret)
            line += len(batch)
    refusals.close()
    done = "would be new" if args.dry_run else "new"
    total = counts.total() + refusals.count
    print(f"{total} addresses: {counts['new']} {done}, {counts['known']} known already, {refusals.told()}")
    print(*report.lines(), sep="\n")
    return refusals.status(total)


def _read(
    lines: list[tuple[int, dict[Any, Any]]], report: ColumnReport, secret: bytes, dates: str, zone: ZoneInfo
) -> tuple[list[tuple[int, dict[Any, Any], Any]], list[tuple[int, dict[Any, Any], str]]]:
    """Return (what can be taken, what can't, and why), each with its line and row."""
    from vocapp.domain.consent import SURVEYS, purpose
    from vocapp.models import database_now
    from vocapp.services.objections import BY, Listed

    read, bad, now = [], [], database_now()
    for number, row in lines:
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        report.saw((name for name, cell in cells.items() if cell), ())
        faults = {}
        address, why = cells["email"], WHY.get(cells["why"].casefold().replace(" ", "_").replace("-", "_"))
        key = key_of(address, secret)
        if key is None:
            faults["email"] = "is no e-mail address"
        if why is None:
            faults["why"] = "is none of bounce, complaint, objection, manual"
        if why != "objection" and cells["purpose"]:
            faults["purpose"] = "only an objection has one"
        at = None
        if cells["at"]:
            try:
                at = min(read_past(cells["at"], dates, zone, now), now).astimezone(UTC)
            except (ValueError, OverflowError, OSError) as error:
                faults["at"] = str(error)
        faults |= {name: "holds a NUL character" for name, cell in cells.items() if "\0" in cell}
        for column, detail in faults.items():
            report.refuse(column, detail, number)
        if faults or why is None or key is None:
            bad.append((number, row, "; ".join(f"{column}: {detail}" for column, detail in faults.items())))
            continue
        named = purpose(cells["purpose"])[:80] if cells["purpose"] else SURVEYS
        read.append((number, row, Listed(key, why, at, named, cells["source"][:200] or BY)))
    return read, bad


def key_of(said: str, secret: bytes) -> str | None:
    """Return the key of an address, or the key that was given; None: of what intake would take for no address."""
    from vocapp.services.intake_values import ValueRefused, read_email
    from vocapp.services.suppressing import address_key

    if len(said) == 64 and all(one in "0123456789abcdef" for one in said):
        return said
    try:
        address = read_email(said)
    except ValueRefused:  # in words that could quote it
        return None
    return None if address is None else address_key(secret, address)


def _take(workspace_id: int, listed: list[Any], *, dry: bool) -> tuple[int, int, tuple[int, ...]]:
    from vocapp.models import database_now
    from vocapp.models.again import run_again
    from vocapp.services.objections import take_list

    def once() -> Any:
        with trying(dry=dry):
            return take_list(workspace_id=workspace_id, listed=listed, now=database_now())

    taken = run_again(once)
    return taken.new, taken.known, taken.nobodys


def _write(
    bad: list[tuple[int, dict[Any, Any], str]], header: list[str], refusals: Refusals, workspace_id: int, secret: bytes
) -> None:
    """Write what was refused beside the file, without a word of anybody who was erased."""
    from vocapp.services.erasure_list import REFUSED, listed

    named = {number: named_in(str(cell) for cell in row.values()) for number, row, _ in bad}
    texts = set().union(*named.values())
    erased = listed(workspace_id=workspace_id, texts=texts, secret=secret) if texts else set()
    for number, row, why in sorted(bad, key=lambda one: one[0]):
        gone = bool(named[number] & erased)
        write_refused(refusals, header, {} if gone else row, REFUSED if gone else why)
