"""Who calls back, and when: the words of its settings in English."""

from __future__ import annotations

from typing import Any

CALLBACKS: dict[str, Any] = {
    "calls": "Promised callbacks",
    "calls_help": "After an unhappy answer, the thank-you page offers a callback, but only at times when somebody is "
                  "there to make it. Each promise takes up a slot, and no more are made than there are slots.",
    "calls_none": "Customers are offered no callback today: nobody is set to make them.",
    "calls_who": "Who calls",
    "agents": "Agents on duty each day",
    "agents_help": "0: no callback is offered.",
    "calls_per_hour": "Callbacks per agent and hour",
    "calls_per_hour_help": "The most that are promised, 1 to 60; left empty, 4.",
    "absences": "Absences",
    "absences_help": "One per line: first day, last day, how many agents. For example “2026-08-03 2026-08-14 2”.",
    "calls_when": "When",
    "week_help": "For example “{example}”. Empty: nobody on that day.",
    "week_days": {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
                  "sat": "Saturday", "sun": "Sunday"},
    "holidays": "Public holidays",
    "holidays_help": "Nobody calls on these days.",
    "calendars": {"fr": "France", "fr-alsace-moselle": "France, Alsace and Moselle", "none": "None"},
    "closed": "Other days off",
    "closed_help": "One per line, for example “2026-12-24”.",
    "calls_places": "Places that have hours of their own (set by the API) offer only what falls within them.",
    "promised_next": "What is promised",
    "promised_none": "Nothing is promised for the coming days.",
    "promised_of": "{n} of {room}",
    "promised_over": "more than the team can handle",
    "slot": "Time",
    "slot_taken": "Promised",
}  # fmt: skip

CALLBACK_ERRORS = {
    "hours": "Write the hours as {example}, in order; at least an hour a week.",
    "days": "Write each day as 2026-12-24, one a line.",
    "absences": "Write each absence as 2026-08-03 2026-08-14 2, one a line, the end behind the beginning.",
}
