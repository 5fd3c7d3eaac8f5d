"""The console in English: what alerts are about, and what to say first."""

from __future__ import annotations

from typing import Any

ALERTS: dict[str, Any] = {
    "not_asked": "Nobody was asked: what happened told enough.",
    "kinds": {
        "urgent_words": "Words that cannot wait",
        "lost": "Order lost",
        "detractor": "Low recommendation",
        "low_csat": "Low satisfaction",
        "high_effort": "Too much effort",
        "valued_turning": "Valuable customer turning away",
        "negative_verbatim": "Very negative words",
        "contradiction": "Check the scale",
        "asks_for_help": "Asks for help",
        "late": "Order late",
        "refunded": "Order refunded",
        "repeated_contacts": "Several requests",
        "other": "Other reason",
    },
    "say_sorry": {
        "urgent_words": "Start with what happened to them and what they need now; the survey can wait.",
        "lost": "Say what happened to the order and what you do now: send it again, or pay it back.",
        "detractor": "Say that you are sorry, then ask what was missing. Let them speak.",
        "low_csat": "Say that you are sorry for what happened, in their own words, without defending it.",
        "high_effort": "Ask where it got stuck, and do that step for them.",
        "valued_turning": "They used to be happier: ask what has changed.",
        "negative_verbatim": "The score was fine, the words are not: come back to what was written.",
        "contradiction":
        "The words are kind and the score is the lowest: ask which way round they read it. The score stays.",
        "asks_for_help": "They answered that you can still do something: ask what, and say when it is done.",
        "late": "Say that it is late before they do, with the new day.",
        "refunded": "The money is back; ask whether anything else is needed.",
        "repeated_contacts": "Read the earlier requests first; they should not have to tell it again.",
        "other": "Look at what happened first.",
    },
}  # fmt: skip
