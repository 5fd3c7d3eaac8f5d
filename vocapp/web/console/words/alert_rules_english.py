"""The settings in English: what becomes an alert."""

from __future__ import annotations

from typing import Any

ALERT_RULES: dict[str, Any] = {
    "alerts_title": "What becomes an alert",
    "alerts_help": "Each rule that is ticked decides about every answer, or about every event of one name. A "
                   "change holds "
                   "from the next one on.",
    "alerts_shipped": "These are the ready-made rules: they follow updates until you change something here.",
    "about_answers": "Answers",
    "about_events": "Events alone",
    "about_events_help": "What an event tells is not asked: no survey goes out for it.",
    "no_rules": "No rule.",
    "on_event": "On the event {event}",
    "opens_alert": "a callback: {kind}",
    "sends_apology": "an apology by email (survey {survey})",
    "edit": "Change",
    "edit_rule": "Change the rule “{name}”",
    "add_rule": "Add a rule",
    "new_rule": "A new rule",
    "back_to_rules": "All rules",
    "if_says": "If {says}.",
    "rule_key": "Key",
    "rule_key_help": "Short, without spaces: late_delivery.",
    "rule_name": "Name",
    "rule_kind": "Reason of the callback",
    "rule_kind_help": "It sets how bad it is, and what the agent is told to say.",
    "rule_when": "Rule",
    "rule_when_help": "JSON. Names: scores.nps, scores.csat, scores.ces, answers.KEY, sentiment.label, "
                      "customer.attributes.KEY, "
                      "customer.value, event.properties.KEY, before.nps, verbatim.urgent_word, event.count. "
                      "A rule with sentiment, customer.value or before decides about finished answers only.",
    "rule_event_title": "About an event alone",
    "rule_event": "Name of the event",
    "rule_event_help": "Left empty, the rule is about answers.",
    "rule_within": "Count over",
    "rule_within_help": "Only with event.count: P30D is thirty days.",
    "rule_then": "Then",
    "thens": {"alert": "A callback", "apology": "An apology by email"},
    "rule_survey": "Survey of the apology",
    "rule_survey_help": "Its mail is the apology. While it is not published, a callback is opened instead.",
    "thresholds": "Thresholds",
    "save_thresholds": "Save the thresholds",
    "remove_rule": "Remove the rule",
    "remove_rule_help": "To stop it for a while, untick it in the list.",
    "urgent_title": "Words that cannot wait",
    "urgent_help": "One a line, for each language. A word is found whole, with or without accents and capitals; "
                   "a * at its end "
                   "also takes what follows: allerg*. Several words must follow one another.",
    "save_words": "Save the words",
}  # fmt: skip
