"""Segments as they stand once they have followed what changed: what the worker does every few seconds."""

from __future__ import annotations

from tests.builders import House
from vocapp.jobs.segments import follow_all


def follow(house: House) -> None:
    """Let the segments of every workspace follow."""
    house.wait_for_feed()
    with house.app.app_context():
        follow_all(until=float("inf"))
    house.wait_for_feed()  # readers of the export see what was done now
