"""The console in English: the first page until the first answer comes."""

from __future__ import annotations

from typing import Any

BEGINNINGS: dict[str, Any] = {
    "beginnings": "First steps",
    "beginnings_help": "No survey has been completed here yet. This is what it takes to get a first answer.",
    "beginnings_wait": "No survey has been completed here yet. Figures and callbacks appear with the first answer.",
    "needs_later": "Callbacks appear here once customers have answered.",
    "step_done": ", done",
    "step_to_do": ", to do",
    "step_data": "Get your customers and their events in",
    "step_data_state": {
        (False, False): "An order delivered, a visit: each event names a customer. Your tools send them by the API.",
        (True, False): "Customers are here; their events are missing (order delivered, visit…).",
        (False, True): "Events are here; customers are missing.",
        (True, True): "Customers and events have arrived.",
    },
    "step_key": "Make a key",
    "step_other_key": "See the keys",
    "step_docs": "Read the API’s documentation",
    "step_survey": "Switch a survey on",
    "step_survey_help": "Choose one, read its preview, then switch it on from its page.",
    "step_survey_none": "Begin with a ready-made survey.",
    "step_see_surveys": "See the surveys",
    "step_choose_surveys": "Choose a survey",
    "step_sender": "Say who the messages are from",
    "step_sender_help": "The name and address that your customers see. Send yourself a test message.",
    "step_set_sender": "Set the sender",
    "step_brand": "Give your name, colour and logo",
    "step_brand_help": "So that the survey looks like yours.",
    "step_set_brand": "Set the brand",
    "step_team": "Invite your colleagues",
    "step_team_help": "Those who will call customers back, and those who read the figures.",
    "step_invite": "Add a colleague",
}  # fmt: skip
