"""`answers import FILE.ndjson`: what was answered to an earlier tool, one answer a line, in the shape of the API."""

from __future__ import annotations

import argparse
from typing import Any

from vocapp.cli.lines import Kind, add_import


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `import`."""
    add_import(parser, Kind("answer", "past answers", _take), dry=True)


def _take(**batch: Any) -> Any:
    from vocapp.services.past_answers import take_past_answers

    return take_past_answers(**batch)
