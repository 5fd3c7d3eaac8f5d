"""The console in English: the queue that keeps itself up to date, the keys, the call."""

from __future__ import annotations

from typing import Any

CALLING: dict[str, Any] = {
    # the queue, live
    "fresh": "This callback has changed.",
    "refresh": "Refresh",
    "stale": "This page is no longer kept up to date: the connection is down, or your session has ended.",
    "news_one": "A new callback has come in.",
    "news_many": "{n} new callbacks have come in.",
    "news_gone": "This callback is no longer in the list: a colleague has it.",
    "with_colleagues": ("{n} callback is with your colleagues.", "{n} callbacks are with your colleagues."),
    "see_all_open": "See all open callbacks",
    # what to say, in the customer's language
    "for_example": "For example",
    "phrases": {
        "hello": "Hello {name}, I am calling from {company}. You took the time to answer us, and I have read "
                 "every word.",
        "hello_nameless": "Hello, I am calling from {company}. You took the time to answer us, and I have read "
                          "every word.",
        "hello_unasked": "Hello {name}, I am calling from {company}. I have seen that things did not go as they "
                         "should, and wanted to be the one who calls.",
        "hello_unasked_nameless": "Hello, I am calling from {company}. I have seen that things did not go as they "
                                  "should, and wanted to be the one who calls.",
        "sorry": "I am sorry about what happened. What bothered you most?",
        "ask": "What would put it right for you?",
        "end": "Here is what I am doing now, and when you will hear from me.",
    },
    # whose it is
    "assign_title": "Hand over to a colleague",
    "assign": "Hand over",
    "assign_help": "It shows up in their to-do list, and they get more time to start.",
    "given_to": "to {name}",
    "team_of": "Team of {place}",
    "escalated": ("Escalated {n} time", "Escalated {n} times"),
    # how it ended
    "via": "How you contacted them",
    "vias": {"phone": "By phone", "email": "By email", "store": "In store"},
    "choose_one": "Choose…",
    "causes_before": "Used before",
    "remedy": "What was done",
    "remedy_help": "What the customer got out of it.",
    "resolved_by": "Done: {remedy}",
    "note_down": "Log call",
    "note_down_mail": "Log reply",
    "another_call": "Log another call",
    "another_mail": "Log another message",
    "closing_note_add": "Add a closing note",
    "closing_note": "Closing note",
    "closing_note_help": "What you agreed with the customer. Optional.",
    "pass_on": "Hand over this callback",
    # keys
    "keys": (("j", "next row"), ("k", "previous row"), ("Enter", "open"), ("c", "take this callback"),
             ("n", "next page"), ("?", "show this list")),
    "keys_of_alert": "On the page of a callback",
    "keys_alert": (("c", "take this callback"), ("t", "call"), ("m", "write a note"),
                   ("1 to 4", "choose the outcome, then Enter"), ("r", "choose the cause"),
                   ("Ctrl Enter", "resolve"), ("Esc", "leave a field"), ("q", "back to the queue")),
}  # fmt: skip
