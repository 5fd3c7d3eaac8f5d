"""The console in English: its first page and its lists."""

from __future__ import annotations

from typing import Any

PAGES: dict[str, Any] = {
    # the first page
    "home": "Home",
    "today": "Today",
    "answers_today": ("response today", "responses today"),
    "yesterday": "yesterday: {n}",
    "to_take": ("callback to take", "callbacks to take"),
    "overdue": ("callback overdue", "callbacks overdue"),
    "not_late_n": ("{n} in time", "{n} in time"),
    "late_n": ("{n} overdue", "{n} overdue"),
    "none_late": "none overdue",
    "mine": ("callback in my name", "callbacks in my name"),
    "open_n": ("{n} open in all", "{n} open in all"),
    "mails_today": ("email sent today", "emails sent today"),
    "failed_n": ("{n} failed in 7 days", "{n} failed in 7 days"),
    "needs_me": "What needs you",
    "needs_team": "What needs the team",
    "needs": {"mine": "My callbacks under way", "late": "Overdue", "new": "To take, still in time",
              "failed": "Emails that could not be sent", "dead": "Given up"},
    "needs_nothing": "Nothing is urgent. A good time to read what customers say.",
    "see_all": ("See the one", "See all {n}"),
    "dead_n": ("{n} follow-up was given up after several tries.", "{n} follow-ups were given up after several tries."),
    "dead_help": "A message, an analysis or an alert could not be completed. See and try again",
    "voices": "What customers say",
    "last_days": "Last {n} days",
    "before": "before: {n}",
    "between": "between {low} and {high}",
    "nps": "Recommendation (NPS)",
    "csat": "Satisfied (CSAT)",
    "scores_n": ("{n} score", "{n} scores"),
    "too_few": ("{n} score: a result needs 10.", "{n} scores: a result needs 10."),
    "too_few_before": ("{n} score before", "{n} scores before"),
    "figures_help": "The true value lies within the interval 95 times out of 100. "
                    "“Before” covers the same number of days, just before these.",
    # the queue
    "score_and_priority": "Score, priority",
    "filter_and_sort": "Filter and sort",
    "filters_chosen": ("{n} choice", "{n} choices"),
    "by_age": "By age",
    "ages": {"all": "All", "late": "Overdue", "in_time": "In time", "hour": "Under 1\u00a0h", "day": "Under 1\u00a0day",
             "days": "1 to 3 days", "older": "Over 3 days"},
    # until when a callback stays with who took it
    "until_says": {"today": "until {time}", "tomorrow": "until tomorrow, {time}", "weekday": "until {day}, {time}",
                   "day": "until {day}"},
    "hold_over": "time is up",
    "hold_mine": "Yours {until}; then this callback goes back to the queue. Logging a call or opening this page "
                 "again gives you more time.",
    "hold_theirs": "It is theirs {until}; if they do nothing with it, it then goes back to the queue.",
    "first_again": "Back to the start",
    # the mails
    "mails": "Emails",
    "mails_title": "Emails",
    "mails_help": "Every invitation, sent or not, with what was decided and why.",
    "mail_status": "Decision",
    "mail_statuses": {"": "All", "not_sent": "Not sent"},
    "why_not": "Reason",
    "all_reasons": "All reasons",
    "answered": {"completed": "Answered", "partial": "Answer begun"},
    "when": "When",
    "older_mails": "Older emails",
    "no_mails": "No emails yet",
    "no_mails_help": "An invitation appears here as soon as an event asks for a survey, even if it is not sent.",
    "open_customer": "Open {name}",
}  # fmt: skip
