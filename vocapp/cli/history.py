"""`answers import FILE.csv --mapping MAP.yaml`: a spreadsheet of an earlier tool, read as the mapping says.

A dry run does all of it and undoes it: what it prints is what the import would print.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vocapp.adapters.refused_rows import named_in
from vocapp.cli.column_report import ColumnReport
from vocapp.cli.frame import CommandRefused, opened, workspace_named
from vocapp.cli.importing import Refusals, breaking_off, size_of, trying
from vocapp.cli.tables import Line, header_of, lines_of, named_once, read_table, write_refused
from vocapp.config import EXTENSION

if TYPE_CHECKING:
    from vocapp.domain.history import History, Read

OTHERS: Final = "holds other answers than an earlier line of the same survey, customer and moment: map a column to `id`"

OTHERS_BEFORE: Final = "holds other answers than what was brought before for the same survey, customer and moment"


class _Stands(NamedTuple):
    """A row that was not refused."""

    line: int
    answers: bytes
    """A hash of them: a file may be long."""


def import_history(args: argparse.Namespace) -> int:
    """Take the rows of a file; print what came of it, by column."""
    size_of(args.file)
    rows, lines = read_table(args.file)
    header = header_of(rows)
    named_once(header, args.file)
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.csv"))
    report, counts = ColumnReport(header), Counter[str]()
    with breaking_off("past answers", counts.total), opened(args) as app:
        workspace = workspace_named(args)
        history = _mapping(args.mapping, header, workspace.id, workspace.timezone)
        taking = _Taking(history, workspace.id, app.config["SECRET_KEY"].encode(), refusals, report, dry=args.dry_run)
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        for batch in lines_of(rows, "past answers", lines):
            counts.update(taking.take(batch))
    refusals.close()
    done = "would be taken" if args.dry_run else "taken"
    told = f"{counts['taken']} {done}, {counts['known']} there already, {refusals.told()}"
    total = counts.total() + refusals.count
    print(f"{total} past answers: {told}")
    print(*report.lines(), sep="\n")
    return refusals.status(total)


class _Taking:
    def __init__(
        self, history: History, workspace_id: int, secret: bytes, refusals: Refusals, report: ColumnReport, *, dry: bool
    ) -> None:
        self._history = history
        self._workspace_id = workspace_id
        self._secret = secret
        self._refusals = refusals
        self._report = report
        self._dry = dry
        self._standing: dict[tuple[str, str], _Stands] = {}
        """By survey and id: of a dry run, too, the second time is known."""

    def take(self, batch: list[Line]) -> dict[str, int]:
        """Take some rows in a transaction; say how many were taken, and how many are there already."""
        from vocapp.models import database_now
        from vocapp.models.again import run_again
        from vocapp.services.past_answers import take_past_answers

        read, bad = self._read(batch, database_now())
        again = [pair for pair in read if _key(pair[1]) in self._standing]
        read = [pair for pair in read if _key(pair[1]) not in self._standing]

        def once() -> Any:
            with trying(dry=self._dry):
                return take_past_answers(
                    workspace_id=self._workspace_id,
                    documents=[said.document for _, said in read],
                    secret=self._secret,
                    now=database_now(),
                )

        outcome = run_again(once)
        for refused in outcome.refused:
            one, why = read[refused.index][0], []
            for fault in refused.faults:
                column = self._history.column_of(fault.pointer)
                self._report.refuse(column, fault.detail, one.line)
                why.append(f"{column}: {fault.detail}" if column else fault.detail)
            bad.append((Line(one.line, {}) if refused.erased else one, "; ".join(why)))
        known = outcome.duplicates + len(again)
        differing = [read[index] for index in outcome.differing if read[index][1].made]
        again += self._twice(read, {refused.index for refused in outcome.refused})
        others = self._others(again)
        for one, _ in differing:
            self._report.refuse("", OTHERS_BEFORE, one.line)
            others.append((one, OTHERS_BEFORE))
        self._write(bad + others)
        return {"taken": outcome.accepted, "known": known - len(others)}

    def _read(self, batch: list[Line], now: datetime) -> tuple[list[tuple[Line, Read]], list[tuple[Line, str]]]:
        """Return (what can be told, what can't, and why)."""
        read: list[tuple[Line, Read]] = []
        bad: list[tuple[Line, str]] = []
        for one in batch:
            if None in one.row:
                self._report.refuse("", "has more cells than the first line names", one.line)
                bad.append((one, "has more cells than the first line names"))
                continue
            said = self._history.read(one.row, now)
            self._report.saw((name for name, cell in one.row.items() if cell.strip()), said.mapped)
            for fault in said.faults:
                self._report.refuse(fault.column, fault.why, one.line)
            if said.faults:
                bad.append((one, "; ".join(f"{fault.column}: {fault.why}" for fault in said.faults)))
            else:
                read.append((one, said))
        return read, bad

    def _twice(self, read: list[tuple[Line, Read]], refused: set[int]) -> list[tuple[Line, Read]]:
        """Remember what stands of some rows; return those whose id another of them had before."""
        found = []
        for index, (one, said) in enumerate(read):
            mine = _Stands(one.line, _hash(said))
            if index not in refused and self._standing.setdefault(_key(said), mine) is not mine:
                found.append((one, said))
        return found

    def _others(self, again: list[tuple[Line, Read]]) -> list[tuple[Line, str]]:
        """Return those that only look like the earlier row, since the file has no ids, and why they can't be taken."""
        found = []
        for one, said in again:
            first = self._standing[_key(said)]
            if said.made and first.answers != _hash(said):
                self._report.refuse("", OTHERS, one.line)
                found.append((one, f"{OTHERS} (line {first.line})"))
        return found

    def _write(self, bad: list[tuple[Line, str]]) -> None:
        """Write what was refused beside the file, without a word of anybody who was erased."""
        from vocapp.services.erasure_list import REFUSED, listed

        named = {one.line: named_in(str(cell) for cell in one.row.values()) for one, _ in bad}
        texts = set().union(*named.values())
        erased = listed(workspace_id=self._workspace_id, texts=texts, secret=self._secret) if texts else set()
        for one, why in sorted(bad, key=lambda item: item[0].line):
            gone = bool(named[one.line] & erased)
            row, reason = ({}, REFUSED) if gone else (one.row, why)
            write_refused(self._refusals, list(self._history.header), row, reason)


def _key(said: Read) -> tuple[str, str]:
    return str(said.document["survey"]), str(said.document["id"])


def _hash(said: Read) -> bytes:
    return hashlib.sha256(json.dumps(said.document["answers"], sort_keys=True, default=str).encode()).digest()


def _mapping(path: Path, header: list[str], workspace_id: int, zone: str) -> History:
    """Read the mapping. Raises CommandRefused, after a line for each fault on stderr."""
    from vocapp.adapters.definition_files import load_file
    from vocapp.domain.history import MappingRefused, read_mapping
    from vocapp.services import surveying

    size_of(path)
    documents, faults = load_file(path)
    if faults or len(documents) != 1:
        for fault in faults:
            print(fault, file=sys.stderr)
        raise CommandRefused(f"{path} is no mapping: one document in YAML")
    surveys = {one.key: one for one in surveying.published(workspace_id=workspace_id)}
    try:
        return read_mapping(documents[0].value, header=header, surveys=surveys, zone=zone)
    except MappingRefused as refused:
        for line in refused.faults:
            print(f"{path}: {line}", file=sys.stderr)
        raise CommandRefused(f"{path} does not fit: {len(refused.faults)} to mend") from refused
