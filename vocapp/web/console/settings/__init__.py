"""The settings: workspace, places, team, keys, links, contact policy, alerts and their handling, sender, journal…

Owners who see the whole workspace find them; everybody finds their own account. Every form works without a script:
what is wrong is said beside its field, what is right ends in a redirect.
"""

from __future__ import annotations

from vocapp.web.console.settings import (
    account,
    alerts,
    brands,
    callbacks,
    goals,
    handling,
    journal,
    keys,
    limits,
    links,
    notifiers,
    places,
    policy,
    reports,
    resolutions,
    sender,
    team,
    themes,
    voices,
    workspace,
)

__all__ = [
    "account",
    "alerts",
    "brands",
    "callbacks",
    "goals",
    "handling",
    "journal",
    "keys",
    "limits",
    "links",
    "notifiers",
    "places",
    "policy",
    "reports",
    "resolutions",
    "sender",
    "team",
    "themes",
    "voices",
    "workspace",
]
