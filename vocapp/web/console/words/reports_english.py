"""Reports by mail: the words of their page in English."""

from __future__ import annotations

from typing import Any

REPORTS: dict[str, Any] = {
    "by_mail": "the mail provider",
    "returned_because": {"bounce": "the address is no more", "complaint": "called spam",
                         "unsubscribed": "unsubscribed", "unwanted": "unsubscribed"},
    "reports": "Reports by mail",
    "reports_help": "The figures, three comments worth reading and what to do, at 8:00 by your clock: every Monday for "
                    "the week before, on the first for the month before.",
    "reports_own": "Your subscriptions",
    "reports_none": "You are subscribed to no report",
    "reports_none_help": "One click is enough, and a link in each message stops it.",
    "report_kinds": {"weekly": "Every Monday", "monthly": "On the first of the month"},
    "report_everything": "All that I see",
    "report_next": "Next one",
    "report_last": "Last one",
    "report_never": "none yet",
    "report_stop": "Stop",
    "report_stop_of": "Stop: {kind}, {place}",
    "report_see": "See the report of the last period",
    "report_pdf_of": "Download as PDF: {report}",
    "report_languages": {"fr": "French", "en": "English"},
    "reports_subscribe": "Subscribe",
    "report_place": "Place",
    "report_place_help": "With all that is below it.",
    "report_language": "Language",
    "report_zone": "Time zone",
    "report_zone_help": "8:00 by this clock, summer and winter. Where Monday comes before the company’s week is "
                        "over ({zone}), as soon as it is: your subscription says when.",
    "report_subscribe_weekly": "Get it every Monday",
    "report_subscribe_monthly": "Get it every month",
    "reports_look": "Have a look first",
    "reports_look_help": "The report as it would go today, for all that you see.",
    "report_preview_weekly": "Report of the week",
    "report_preview_monthly": "Report of the month",
    "reports_done": {
        "report_subscribed": "Noted: the next report goes at the time shown.",
        "report_left": "Stopped: you will not get this report any more.",
    },
}  # fmt: skip

REPORTS_ACTIONS = {"report.removed": "Report ended: its mail came back"}
REPORTS_FIELDS = {"report": "report", "returned": "because"}
