"""Limits of mails: the words of their page in the settings."""

from __future__ import annotations

from typing import Any

_NAMES = {"unsubscribed": "unsubscribed", "complained": "reported as spam", "undelivered": "mails not delivered",
          "opened": "mails opened"}  # fmt: skip

LIMITS: dict[str, Any] = {
    "limits_title": "Limits of mails",
    "limits_help": "The page of mails among the dashboards tells what is to be watched, and what goes too far. A "
                   "survey whose unsubscribes or spam reports are surely above the limit stops sending by itself. "
                   "Limits are in percent, 0.01 to 100.",
    "limit_names": {"unsubscribed": "Unsubscribed, {what}", "complained": "Reported as spam, {what}",
                    "undelivered": "Not delivered, {what}"},
    "limit_held": "Reported as spam, holds the survey from",
    "limit_held_help": "From three reports on, even if it may be chance. In percent. Empty, it is {value}.",
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
    "complained_held": "reports that hold a survey",
    **{f"{key}_over": f"{name} (too far)" for key, name in _NAMES.items()},
}
