"""`events import FILE.ndjson`: one event a line, in the shape of the API."""

from __future__ import annotations

import argparse
from typing import Any

from vocapp.cli.lines import Kind, add_import


def add(parser: argparse.ArgumentParser) -> None:
    """Add the action `import`."""
    add_import(parser, Kind("event", "events", _take))


def _take(**batch: Any) -> Any:
    from vocapp.services.intake_events import take_events

    return take_events(**batch, source="import", refusing_erased=True)
