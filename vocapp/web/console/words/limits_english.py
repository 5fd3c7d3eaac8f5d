"""Limits of mails: the words of their page in the settings."""

from __future__ import annotations

from typing import Any

_NAMES = {"unsubscribed": "unsubscribed", "complained": "reported as spam", "undelivered": "mails not delivered",
          "opened": "mails opened"}  # fmt: skip

LIMITS: dict[str, Any] = {
    "limits_title": "Limits of mails",
    "limits_help": "The page of mails among the dashboards tells what is to be watched, and what goes too far. Limits "
                   "are in percent, 0.01 to 100.",
    "limit_names": {"unsubscribed": "Unsubscribed, {what}", "complained": "Reported as spam, {what}",
                    "undelivered": "Not delivered, {what}", "opened": "Opened, {what}"},
    "limit_from": {"high": "to be watched from", "low": "to be watched below"},
    "limit_over": {"high": "too high above", "low": "too low below"},
    "limit_ships": "In percent. Empty, it is {value}.",
    "limits_opens": "Opens are not measured while tracking is off: vocapp puts no tracking image in its mails. Their "
                    "limits serve only where they are.",
}  # fmt: skip

LIMITS_TAB = {"limits": "Limits of mails"}
LIMITS_ERRORS = {"limit": "A number from {low} to {high}, such as 0.5.",
                 "limit_order": "This limit can’t be reached before the one from which on to watch."}  # fmt: skip
LIMITS_FIELDS = {
    **_NAMES,
    **{f"{key}_over": f"{name} (too far)" for key, name in _NAMES.items()},
}
