"""How the team is told: one module a way, one line each in KINDS. All behind `Notifier.tell`.

A new way is a module with a class that has `tell(news, route)` and a `KIND`, a line here, and its words in the console.
"""

from __future__ import annotations

from collections.abc import Mapping

from vocapp.adapters.notifiers import email, slack, teams, webhook
from vocapp.adapters.notifiers.kinds import Kind, Means
from vocapp.adapters.notifiers.news import (
    Gone,
    Halted,
    Item,
    Later,
    Never,
    News,
    Notifier,
    NotTold,
    Perhaps,
    Route,
    Words,
)

KINDS: Mapping[str, Kind] = {
    "email": email.KIND,
    "slack": slack.KIND,
    "teams": teams.KIND,
    "webhook": webhook.KIND,
}

__all__ = [
    "KINDS",
    "Gone",
    "Halted",
    "Item",
    "Kind",
    "Later",
    "Means",
    "Never",
    "News",
    "NotTold",
    "Notifier",
    "Perhaps",
    "Route",
    "Words",
]
