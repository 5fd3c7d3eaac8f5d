"""The console in English: why a callback is urgent, when to try again, what was promised."""

from __future__ import annotations

from typing import Any

PROMISES: dict[str, Any] = {
    # why it is urgent
    "why_priority": "Why this priority",
    "why_priority_help": "{severity} × {value} × {age} = {priority}, of 1 to 27. The higher, the sooner.",
    "factors": {"severity": "How bad", "value": "Customer", "age": "Waiting"},
    "priority_because": {
        "words": "very unhappy words behind a better score",
        "low": "a low score",
        "lowest": "one of the lowest scores there are",
        "urgent_words": "words that cannot wait",
        "lost": "an order was lost",
        "valued_turning": "a much lower score than before",
        "asks_for_help": "the customer asks for help",
        "late": "an order is late",
        "refunded": "an order was refunded",
        "repeated_contacts": "they get in touch again and again",
        "contradiction": "the words contradict the score",
        "other": "one of your own rules",
        "usual": "few orders, or not known well yet",
        "regular": "a regular customer",
        "best": "one of your best customers",
        "in_time": "not due yet",
        "overdue": "past the time it was due",
        "long_overdue": "more than a working day past the time it was due",
    },
    # when to try again, and where nobody calls
    "next_attempt": "Next attempt, in the customer’s hours:",
    "next_attempt_short": "next attempt: {when}",
    "no_calls": {"do_not_call": "This customer asks not to be called",
                 "declined": "This customer wants no call about this",
                 "wrong_number": "This number is not the customer’s"},
    "no_call_help": "write instead, or speak to them at the store. The callback can also be resolved with its cause.",
    "mail_result": "After writing to them",
    # what was promised to the customer
    "promise_means": {"phone": "a call", "email": "an e-mail", "store": "a meeting at the store"},
    "promised_now": "Promised for now",
    "promised_short": "Promised {when}",
    "owed_short": "An apology is owed",
    "promise_says": {
        "made": "Promised to this customer: {how}, {when}. To be kept",
        "kept": "Promised: {how}, {when}. Kept.",
        "missed": "Promised: {how}, {when}. Not kept: an apology is on its way by mail.",
        "apologised": "Promised: {how}, {when}. Not kept: the customer has had our apology.",
        "owed": "Promised: {how}, {when}. Not kept: apologise in person, first thing.",
    },
    "owed_because": {
        "cap": "No mail could go: the week’s limit is reached.",
        "own_limit": "No mail could go: the customer’s own limit.",
        "no_address": "No mail could go: no address.", "no_consent": "No mail could go: no consent.",
        "unsubscribed": "No mail could go: unsubscribed.", "objected": "No mail could go: the customer objected.",
        "paused": "No mail could go: the customer has paused mails.", "refused": "The mail was refused.",
        "bounced": "The mail reached nobody.",
        "suppressed_bounce": "No mail could go: the address does not receive mail.",
        "suppressed_complaint": "No mail could go: the customer reported a message as spam.",
        "suppressed_manual": "No mail could go: the address was blocked by hand.",
        "kind_refused": "No mail could go: the customer refused this subject.",
        "no_link": "No mail could go: there is no link to put in it.",
        "given_up": "The mail was given up after several failures.",
        "no_verdict": "Nobody knows whether the mail arrived.",
        "worker_lost": "Nobody knows whether the mail arrived.",
    },
    "promise_moves": {
        "promised": "Promised to the customer", "declined": "Wants nobody to call", "promise_kept": "Promise kept",
        "promise_missed": "Promise missed", "promise_cancelled": "Promise cancelled", "apologised": "Apologised",
        "apology_owed": "Apology owed in person",
    },
    "word_kept": "Callbacks promised",
    "kept_of": ("{n} of {{due}} kept", "{n} of {{due}} kept"),
    "too_few_for_share": "too few for a percentage",
    "none_due": "none came due",
    "word_kept_before": "before:",
    "outcomes_in_writing": {"reached": "Has replied", "no_answer": "No reply"},
}  # fmt: skip
