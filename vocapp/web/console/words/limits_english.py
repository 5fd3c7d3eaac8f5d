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
                    "undelivered": "Not delivered, {what}"},
    "limit_from": "to be watched from",
    "limit_over": "too high above",
    "limit_ships": "In percent. Empty, it is {value}.",
    "limits_opens": "Opens are not measured: vocapp puts no tracking image in its mails. So they have no limit here.",
}  # fmt: skip

LIMITS_TAB = {"limits": "Limits of mails"}
LIMITS_ERRORS = {"limit": "A number from {low} to {high}, such as 0.5.",
                 "limit_order": "This limit can’t be reached before the one from which on to watch."}  # fmt: skip
LIMITS_FIELDS = {
    **_NAMES,
    **{f"{key}_over": f"{name} (too far)" for key, name in _NAMES.items()},
}
