"""The settings: workspace, places, team, keys, contact policy, sender, notifiers, and the journal of what was changed.

Owners who see the whole workspace find them; everybody finds their own account. Every form works without a script:
what is wrong is said beside its field, what is right ends in a redirect.
"""

from __future__ import annotations

from vocapp.web.console.settings import (
    account,
    journal,
    keys,
    notifiers,
    places,
    policy,
    sender,
    team,
    workspace,
)

__all__ = ["account", "journal", "keys", "notifiers", "places", "policy", "sender", "team", "workspace"]
