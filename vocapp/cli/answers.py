"""`answers import FILE`: what was answered to an earlier tool.

One answer a line in the shape of the API, or, with `--mapping`, its own spreadsheet (`history.py`, docs/history.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

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
        return import_lines(_KIND, args)
    from vocapp.cli.history import import_history

    return import_history(args)


def _take(**batch: Any) -> Any:
    from vocapp.services.past_answers import take_past_answers

    return take_past_answers(**batch)


_KIND = Kind("answer", "past answers", _take)
