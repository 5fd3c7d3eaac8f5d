"""Goals: the words of their page in the settings."""

from __future__ import annotations

from typing import Any

GOALS: dict[str, Any] = {
    "goals_title": "Goals",
    "goals_help": "From where on a figure is as you want it. Dashboards say so by a sign, by words and by a colour, "
                  "and only where it is sure: the whole interval counts, not the value alone.",
    "goal_verdicts": {"reached": "the whole interval is on the good side of the goal.",
                      "open": "the goal lies in the interval: it takes more answers to say.",
                      "missed": "the whole interval is on the other side."},
    "goal_names": {"nps": "Recommendation (NPS)", "csat": "Satisfied (CSAT)", "ces": "Found it easy (CES)",
                   "answered": "Response rate, of messages and links delivered",
                   "completion": "Completion rate",
                   "seconds": "Time to answer, at most", "retention": "Customers of a month who buy again (retention)"},
    "goal_bounds": {"points": "In points, {low} to {high}.", "percent": "In percent, {low} to {high}.",
                    "seconds": "In seconds, {low} to {high}."},
    "goal_ships": "Empty, it is {value}.",
    "goal_none": "Empty, there is none.",
    "goals_opens": "Measuring opens is set under Email health; the share of messages that were answered says "
                   "more.",
}  # fmt: skip

GOALS_TAB = {"goals": "Goals"}
GOALS_ERRORS = {"goal": "A number from {low} to {high}, such as 70 or 72.5."}
GOALS_FIELDS = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "answered": "response rate", "completion": "to the end",
                "seconds": "time to answer (seconds)", "retention": "retention"}  # fmt: skip
