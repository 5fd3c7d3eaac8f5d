"""The limits of mails: the words of their page in the settings."""

from __future__ import annotations

from typing import Any

_NAMES = {"unsubscribed": "unsubscribed", "complained": "reported as spam", "undelivered": "mails not delivered",
          "opened": "mails opened"}  # fmt: skip

LIMITS: dict[str, Any] = {
    "limits_title": "Email health",
    "limits_help": "The Emails dashboard shows what is worth watching and what has gone too far. A survey whose "
                   "unsubscribes or spam reports are clearly over the limit stops sending by itself. Limits are "
                   "percentages, from 0.01 to 100.",
    "limit_names": {"unsubscribed": "Unsubscribed, {what}", "complained": "Reported as spam, {what}",
                    "undelivered": "Not delivered, {what}", "opened": "Opened, {what}"},
    "limit_held": "Reported as spam: the survey is held from",
    "limit_held_help": "From three reports on, even if it may be chance. In percent. Empty, it is {value}.",
    "limit_from": "watch from",
    "limit_over": "too high above",
    "limit_ships": "In percent. Empty, it is {value}.",
    "limit_under": "watch below",
    "limit_too_low": "too low below",
    "opens_title": "Opens",
    "opens_measure": "Measure how many open their invitation",
    "opens_what": "Each invitation then holds an invisible image. When customers let images show, SendGrid learns that "
                  "this message was opened, when, and on which device; vocapp keeps that it was, and for two months "
                  "when. It is a way of watching people: unless you say so, nothing is measured.",
    "opens_law": "Your customers must be told, and in many countries asked first. The page on which each customer sees "
                 "their choices and their data says so by itself while opens are measured; say so in your own privacy "
                 "notice, too.",
    "opens_count": "Opens known to come from machines never count. SendGrid’s webhook must be set to tell of "
                   "opens.",
    "opens_not_here": "Here they stay unmeasured: that takes mail by SendGrid, and its signed webhook.",
}  # fmt: skip

LIMITS_TAB = {"limits": "Email health"}
LIMITS_ERRORS = {"limit": "A number from {low} to {high}, such as 0.5.",
                 "limit_below": "This limit can’t lie above the one from which on to watch.",
                 "limit_order": "This limit can’t be reached before the one from which on to watch."}  # fmt: skip
LIMITS_FIELDS = {
    "measured": "opens measured",
    **_NAMES,
    "complained_held": "reports that hold a survey",
    **{f"{key}_over": f"{name} (too far)" for key, name in _NAMES.items()},
}
