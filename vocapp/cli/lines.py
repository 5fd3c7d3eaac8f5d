"""Files of lines: one JSON object each, in the shape of the API, taken in by the batch; what is refused goes beside."""

from __future__ import annotations

import argparse
import codecs
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich.progress import TaskID

from vocapp.adapters.refused_rows import named_in
from vocapp.cli.frame import installation, opened, workspace_named
from vocapp.cli.importing import BATCH, Refusals, add_dry_run, bar, breaking_off, size_of, trying
from vocapp.config import EXTENSION

MOST_NAMED = 20


class Line(NamedTuple):
    number: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """What the lines of a file are, and who takes them."""

    one: str
    many: str
    take: Callable[..., Any]
    """`take(workspace_id, documents, secret, now)` → what was accepted, known already, refused; it never commits."""


def add_import(parser: argparse.ArgumentParser, kind: Kind, *, dry: bool = False) -> argparse.ArgumentParser:
    """Add the action `import`, and return it; `dry`: with a way to see what would come of it."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    bring = actions.add_parser("import", parents=[installation()], help=f"take {kind.many}, one JSON object a line")
    bring.add_argument("file", type=Path, metavar="FILE.ndjson")
    bring.add_argument(
        "--refused", type=Path, metavar="FILE", help="where refused lines go (default: FILE.refused.ndjson)"
    )
    if dry:
        add_dry_run(bring)
    bring.set_defaults(run=partial(import_lines, kind))
    return bring


def import_lines(kind: Kind, args: argparse.Namespace) -> int:
    """Take the lines of a file; print what came of it."""
    dry = getattr(args, "dry_run", False)
    size = size_of(args.file)
    refusals = Refusals(args.refused or args.file.with_name(f"{args.file.name}.refused.ndjson"))
    counts: Counter[str] = Counter()
    unheard: set[str] = set()
    with breaking_off(kind.many, counts.total), opened(args) as app, bar(f"bytes of {kind.many}", size) as progress:
        workspace_id = workspace_named(args).id
        secret = app.config["SECRET_KEY"].encode()
        refusals.known_in(app.extensions[EXTENSION].data_dir)
        for batch in _batches(args.file):
            lines = [line for line in batch if line.text.strip()]
            taken, known, odd = _take(kind, lines, workspace_id, secret, refusals, dry=dry)
            unheard |= odd
            counts.update(taken=taken, known=known)
            progress.advance(TaskID(0), sum(len(line.text) for line in batch))
    refusals.close()
    total = counts.total() + refusals.count
    done = "would be taken" if dry else "taken"
    print(f"{total} {kind.many}: {counts['taken']} {done}, {counts['known']} there already, {refusals.told()}")
    if unheard:
        more = f" and {len(unheard) - MOST_NAMED} more" if len(unheard) > MOST_NAMED else ""
        print(f"no survey or rule listens to: {', '.join(sorted(unheard)[:MOST_NAMED])}{more}")
    return refusals.status(total)


def _take(
    kind: Kind, lines: list[Line], workspace_id: int, secret: bytes, refusals: Refusals, *, dry: bool
) -> tuple[int, int, set[str]]:
    from vocapp.models import database_now
    from vocapp.models.again import run_again
    from vocapp.services.erasure_list import REFUSED, listed
    from vocapp.services.json_reading import JsonRefused, parse

    documents: list[Any] = []
    parsed: list[Line] = []
    bad: list[tuple[Line, str]] = []
    for line in lines:
        try:
            documents.append(parse(line.text))
            parsed.append(line)
        except JsonRefused as refused:
            bad.append((line, str(refused)))

    def once() -> Any:
        with trying(dry=dry):
            return kind.take(workspace_id=workspace_id, documents=documents, secret=secret, now=database_now())

    outcome = run_again(once)
    for one in outcome.refused:
        why = "; ".join(f"{fault.pointer} {fault.detail}".strip() for fault in one.faults)
        line = parsed[one.index]
        bad.append((Line(line.number, b"" if one.erased else line.text), why))
    named = {line.number: named_in([line.text.decode("utf-8", "replace")]) for line, _ in bad}
    erased = listed(workspace_id=workspace_id, texts=set().union(*named.values()), secret=secret)
    for line, why in sorted(bad):
        gone = bool(named[line.number] & erased)
        _write_refused(kind, refusals, Line(line.number, b"") if gone else line, REFUSED if gone else why)
    return outcome.accepted, outcome.duplicates, getattr(outcome, "unheard", set())


def _write_refused(kind: Kind, refusals: Refusals, line: Line, why: str) -> None:
    entry = {"line": line.number, "why": why, kind.one: line.text.decode("utf-8", "replace").strip()}
    refusals.file().write(orjson.dumps(entry).decode() + "\n")


def _batches(path: Path) -> Iterator[list[Line]]:
    batch: list[Line] = []
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            batch.append(Line(number, text.removeprefix(codecs.BOM_UTF8) if number == 1 else text))
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
