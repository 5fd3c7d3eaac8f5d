"""`answers import FILE`: what was answered to an earlier tool.

One answer a line in the shape of the API, or, with `--mapping`, its own spreadsheet (`history.py`, docs/history.md).
"""

from __future__ import annotations

import argparse
import codecs
from pathlib import Path
from typing import Any

from vocapp.cli.frame import CommandRefused
from vocapp.cli.importing import size_of
from vocapp.cli.lines import Kind, add_import, import_lines


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `import`."""
    bring = add_import(parser, _KIND, dry=True)
    bring.add_argument(
        "--mapping", type=Path, metavar="MAP.yaml", help="FILE is a spreadsheet (CSV): which column says what"
    )
    bring.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    if args.mapping is None:
        if _is_spreadsheet(args.file):
            raise CommandRefused(
                f"{args.file} is a spreadsheet: say with --mapping MAP.yaml which column says what (docs/history.md)"
            )
        return import_lines(_KIND, args)
    from vocapp.cli.history import import_history

    return import_history(args)


def _is_spreadsheet(path: Path) -> bool:
    """Say whether a file is no lines of JSON, but names columns in its first line. Raises CommandRefused."""
    size_of(path)
    with path.open("rb") as file:
        first = next((line for line in file if line.strip()), b"").removeprefix(codecs.BOM_UTF8).lstrip()
    as_text = first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or any(one in first for one in b",;\t")
    return as_text and not first.startswith((b"{", b"["))


def _take(**batch: Any) -> Any:
    from vocapp.services.past_answers import take_past_answers

    return take_past_answers(**batch)


_KIND = Kind("answer", "past answers", _take)
