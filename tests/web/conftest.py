"""Views are thin, and what is below them is told on both databases: a test of a view runs on one, drawn by its name.

`pytest.mark.both_databases` asks for both, where statements are counted or many come at once. Whoever names a test gets
what they named; `HYPOTHESIS_PROFILE=explore` draws nothing.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

DATABASES = ("postgresql", "sqlite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("HYPOTHESIS_PROFILE") == "explore" or any("::" in wanted for wanted in config.args):
        return
    left_out = [item for item in items if _is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _is_left_out(item: pytest.Item) -> bool:
    if Path(__file__).parent not in item.path.parents or item.get_closest_marker("both_databases"):
        return False
    drawn_from = getattr(item, "callspec", None) and item.callspec.params.get("database_url")  # type: ignore[attr-defined]
    if drawn_from not in DATABASES:
        return False
    name = item.nodeid.replace(drawn_from, "*")
    return drawn_from != DATABASES[zlib.crc32(name.encode()) % 2]
