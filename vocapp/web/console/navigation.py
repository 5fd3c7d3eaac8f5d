"""The console's menu, one line an entry: its words, its page, and who finds it there.

An entry whose page is not registered is left out, so that a part of the console can be taken away whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import current_app

from vocapp.services.staff import Membership


class Entry(NamedTuple):
    name: str
    """The section, and the key of its words."""
    endpoint: str
    allowed: Callable[[Membership], bool]


def entries(member: Membership) -> list[Entry]:
    """Return what this member finds in the menu, in order."""
    views = current_app.view_functions
    return [entry for entry in _ENTRIES if entry.endpoint in views and entry.allowed(member)]


def _everybody(_member: Membership) -> bool:
    return True


def _who_sees_names(member: Membership) -> bool:
    return member.sees_names


def _who_owns_all(member: Membership) -> bool:
    return member.role == "owner" and member.place_key is None


_ENTRIES = (
    Entry("home", "console.home", _everybody),
    Entry("alerts", "console.alerts", _everybody),
    Entry("responses", "console.responses", _everybody),
    Entry("verbatims", "console.verbatims", _everybody),
    Entry("customers", "console.customers", _who_sees_names),
    Entry("surveys", "console.surveys", _everybody),
    Entry("segments", "console.segments", _everybody),
    Entry("dashboards", "console.dashboards", _everybody),
    Entry("mails", "console.mails", _everybody),
    Entry("operation", "console.operation", _who_owns_all),
    Entry("settings", "console.settings", _who_owns_all),
)
