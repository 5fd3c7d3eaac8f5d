"""The console in English: callbacks that live in another tool, too."""

from __future__ import annotations

from typing import Any

HELPDESKS: dict[str, Any] = {
    "lives_in": "This callback also lives in {tool}, as {reference}.",
    "lives_there": {"open": "Open there", "pending": "Waiting there", "solved": "Solved there",
                    "closed": "Closed there", "reopened": "Opened again there"},
    "lives_open": "Open it in {tool}",
    "tool_has_it": "{tool} has this callback: once it is solved there, it is resolved here. Its due time still counts.",
    "tool_take_back": "Put it back into the queue, or give it to a colleague, to work on it here.",
    "in_tool": "in {tool}, {reference}",
    "helpdesk_moves": {"external": "Told by another tool"},
    "helpdesk_resolutions": {"elsewhere": "in another tool"},
}  # fmt: skip

SETTINGS: dict[str, Any] = {
    "tool": "Helpdesk at the other end",
    "tool_help": "For a webhook only: the name by which the tool calls back, such as Zendesk. It is then told of "
                 "every step of a callback, but for its own. Empty: only what opens and what is late.",
    "tool_says": "every step, for {tool}",
    "helpdesk_title": "Connect a helpdesk",
    "helpdesk_help": "Zendesk, Salesforce or another tool learns of callbacks by a webhook, and reports to this "
                     "address what becomes of them there: solved there, a callback is resolved here.",
    "helpdesk_address": "Address to report to",
    "helpdesk_how": "It needs a key with the right “{right}”. docs/helpdesk.md holds what to send, with an example for "
                    "Zendesk and one for Salesforce.",
    "helpdesk_keys": "Make a key",
    "helpdesk_api": "All fields of the call",
}  # fmt: skip
