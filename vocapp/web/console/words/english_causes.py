"""The console in English: what callbacks came to."""

from __future__ import annotations

from typing import Any

CAUSES: dict[str, Any] = {
    "report": "Callback report",
    "report_days": "{since} to {until}",
    "period": "Period",
    "periods": {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "365": "One year"},
    "level": "Causes",
    "levels": {"cause": "In detail", "group": "By family"},
    "report_none": "No callback was resolved in this period",
    "report_none_help": "Causes, times and what customers say appear as soon as a callback is resolved.",
    "see_queue": "See the callbacks",
    # the figures
    "report_figures": "In figures",
    "resolved_n": "Callbacks resolved",
    "report_outcomes": {"spoken_to": "customers reached", "unreachable": "unreachable", "not_called": "not called",
                        "elsewhere": "in another tool"},
    "opened_n": ("{n} callback opened in this period", "{n} callbacks opened in this period"),
    "still_open_n": ("{n} not resolved yet", "{n} not resolved yet"),
    "tried_in_time": "First tried in time",
    "first_contact": "Time until the customer was reached",
    "resolution_time": "Time until it was resolved",
    "nine_of_ten": "9 times out of 10 within {time}",
    "half": "1 time out of 2 within",
    "callbacks_n": ("{n} callback", "{n} callbacks"),
    "too_few_callbacks": ("{n} callback: a figure needs 10.", "{n} callbacks: a figure needs 10."),
    "too_few_answers": ("{n} answer: a figure needs 10.", "{n} answers: a figure needs 10."),
    "recovered": "Customers satisfied after the callback",
    "answers_of": ("{n} answer", "{n} answers"),
    "asked_n": ("from {n} customer asked", "from {n} customers asked"),
    "content_before": "satisfied when it was opened: {n}",
    "opened_again": "Callbacks reopened",
    "change_of": "{metric}, on average: {before} when it was opened, {after} afterwards",
    "report_help": "Times include nights and closed days: they are what the customer waited. A callback reopened and "
                   "resolved again counts twice. “Satisfied” is 4 or 5 out of 5 in the survey sent after the callback. "
                   "“First tried in time” counts every callback that came due in the period, also those nobody has "
                   "tried yet. "
                   "The true value lies in the interval 95 times out of 100.",
    # the causes
    "pareto": "What to fix first",
    "cause": "Cause",
    "no_cause": "No cause",
    "callbacks_column": "Callbacks",
    "share_column": "Share",
    "cumulative": "Cumulative",
    "pareto_few": "Fewer than 10 callbacks resolved: too few for percentages.",
    "low_to_high": "{low} to {high}",
    # who called
    "by_team": "By team",
    "by_agent": "By person",
    "by_agent_mine": "Your callbacks",
    "team_column": "Team",
    "agent_column": "Person",
    "central_team": "Central team",
    "nobody_named": "No name",
    "in_time_short": "In time",
    "first_contact_short": "Reached within",
    "resolution_short": "Resolved within",
    "recovered_short": "Satisfied after",
    "opened_again_short": "Reopened",
    "half_help": "Times are medians. A dash: fewer than 10, too few for a figure.",
}  # fmt: skip
