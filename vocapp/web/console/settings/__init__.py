"""The settings: workspace, places, team, keys, contact policy, rules of alerts, sender, notifiers, and their journal.

Owners who see the whole workspace find them; everybody finds their own account. Every form works without a script:
what is wrong is said beside its field, what is right ends in a redirect.
"""

from __future__ import annotations

from vocapp.web.console.settings import (
    account,
    alerts,
    callbacks,
    journal,
    keys,
    notifiers,
    places,
    policy,
    sender,
    team,
    workspace,
)

__all__ = [
    "account",
    "alerts",
    "callbacks",
    "journal",
    "keys",
    "notifiers",
    "places",
    "policy",
    "sender",
    "team",
    "workspace",
]
