"""The console in English: switching a survey on and off."""

from __future__ import annotations

from typing import Any

SWITCHING: dict[str, Any] = {
    "switch_titles": {"on": "Switched on", "off": "Switch it on"},
    "switch_what": "Once switched on, it goes out by itself, by email: {trigger}.",
    "switch_whom": "To whom: the customer of the event, if they have an email address and your contact rules allow it "
                   "(consent, rests, cap, quiet hours).",
    "switch_whom_resolved": "To whom: the customer whose callback was resolved, if your contact rules allow it.",
    "switch_from_now": "Only events received from then on count.",
    "switch_never_came": "No event {event} has come lately: check that your tools send it.",
    "switch_publishes": "Version {n} will be published, with the same questions. Whoever has started to answer "
                        "finishes the version they started.",
    "switch_publishes_draft": "The draft will be published as it is, as version 1.",
    "switch_draft_stays": "Your changed draft stays a draft.",
    "switch_off_means": "If you switch it off, nobody else is invited. Invitations that are planned already still go, "
                        "and whoever has a link may answer.",
    "switch_by_rule": "An alert rule sends it already as an apology, switched on or not.",
    "event_quoted": "“{name}”",
    "switch_on": "Switch on",
    "switch_off": "Switch off",
    "switch_ask": "An owner or an analyst of the whole company can switch it on or off.",
    "once_on": "once switched on: {trigger}",
    "switch_done": {
        "survey_on": "The survey is switched on.",
        "survey_off": "The survey is switched off.",
        "survey_switched_already": "Nothing has changed: it was like this already.",
        "survey_switched_meanwhile": "Another version was published meanwhile. Nothing has changed: read the page "
                                     "again, then try once more.",
        "survey_switched_redrafted": "The draft was changed meanwhile. Nothing is published: read the page again, then "
                                     "try once more.",
        "survey_not_switched": "This survey cannot be published as it is. Fix it by the API or the command “survey”.",
    },
    "switch_actions": {"survey.switched_on": "Survey switched on", "survey.switched_off": "Survey switched off"},
    "switch_audited": {"version": "version"},
}  # fmt: skip
