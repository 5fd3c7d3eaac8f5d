"""Which pictures the tour has: a stop, a language, a width. `docs/tour.md` shows each of them once."""

from __future__ import annotations

from typing import Final, NamedTuple

PHONE: Final = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
DESK: Final = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1}
WINDOWS: Final = {"phone": PHONE, "desk": DESK}
LANGUAGES: Final = {"fr": "fr-FR", "en": "en-GB"}

CUSTOMERS_STOPS: Final = ("mail", "question", "sorry", "thanks", "preferences")
CONSOLE_STOPS: Final = {
    "home": "/console/",
    "queue": "/console/alerts",
    "alert": "/console/alerts/{alert}",
    "customer": "/console/customers/{customer}",
    "responses": "/console/responses",
    "surveys": "/console/surveys",
    "survey": "/console/surveys/post_delivery",
    "preview": "/console/surveys/post_delivery/preview",
    "settings": "/console/settings",
    "policy": "/console/settings/policy",
    "operation": "/console/operation",
    "reports": "/console/reports",
    "monday": "/console/reports/weekly",
}


class Picture(NamedTuple):
    stop: str
    language: str
    window: str

    @property
    def name(self) -> str:
        return f"{self.stop}-{self.language}-{WINDOWS[self.window]['viewport']['width']}.png"


SHOWN: Final = frozenset(
    Picture(*words.split())
    for words in (
        "mail fr phone",
        "question fr phone",
        "sorry fr phone",
        "thanks fr phone",
        "mail en desk",
        "preferences en phone",
        "home fr desk",
        "queue en desk",
        "queue fr phone",
        "alert fr desk",
        "customer en desk",
        "responses fr desk",
        "monday fr phone",
        "surveys en desk",
        "preview fr desk",
        "policy en desk",
        "operation fr desk",
    )
)
EVERY: Final = frozenset(
    Picture(stop, language, window)
    for stop in (*CUSTOMERS_STOPS, *CONSOLE_STOPS)
    for language in LANGUAGES
    for window in WINDOWS
)
