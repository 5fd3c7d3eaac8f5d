"""Which pictures the tour has: a stop, a language, a width, light or dark. `docs/tour.md` shows some of them once."""

from __future__ import annotations

from typing import Final, NamedTuple

PHONE: Final = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}
DESK: Final = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1}
WINDOWS: Final = {"phone": PHONE, "desk": DESK}
LANGUAGES: Final = {"fr": "fr-FR", "en": "en-GB"}
SCHEMES: Final = ("light", "dark")


class Stop(NamedTuple):
    """A page, and who opens it: one of `seats.py`; nobody: without a login."""

    path: str
    seat: str = "company"


CUSTOMERS_STOPS: Final = ("mail", "question", "sorry", "thanks", "preferences")
SCROLLED_TO: Final = {"board": ".charts", "store-board": ".kpis", "queue": "table.rows"}
"""Where a window begins that does not show a whole page; of the queue only on a phone."""
CONSOLE_STOPS: Final = {
    "home": Stop("/console/"),
    "queue": Stop("/console/alerts"),
    "alert": Stop("/console/alerts/{alert}"),
    "customer": Stop("/console/customers/{customer}"),
    "responses": Stop("/console/responses"),
    "surveys": Stop("/console/surveys"),
    "survey": Stop("/console/surveys/post_delivery"),
    "preview": Stop("/console/surveys/post_delivery/preview"),
    "settings": Stop("/console/settings"),
    "policy": Stop("/console/settings/policy"),
    "operation": Stop("/console/operation"),
    "reports": Stop("/console/reports"),
    "monday": Stop("/console/reports/weekly"),
    "board": Stop("/console/dashboards"),
    "board-stores": Stop("/console/dashboards?period=28&group=store"),
    "handling": Stop("/console/dashboards/handling"),
    "mails": Stop("/console/dashboards/mail"),
    "value": Stop("/console/dashboards/value"),
    "causes": Stop("/console/dashboards/causes"),
    "verbatims": Stop("/console/verbatims"),
    "verbatims-found": Stop("/console/verbatims?q={word}&category=detractor&period=90"),
    "verbatim": Stop("/console/verbatims/{verbatim}"),
    "tags": Stop("/console/verbatims/tags"),
    "segments": Stop("/console/segments"),
    "segment-new": Stop("/console/segments/new"),
    "segment": Stop("/console/segments/{segment}"),
    "segment-edit": Stop("/console/segments/{segment}/edit"),
    "links": Stop("/console/settings/links"),
    **{
        f"{seat}-{stop}": Stop(path, seat)
        for seat in ("region", "store", "agent")
        for stop, path in {
            "home": "/console/",
            "board": "/console/dashboards",
            "verbatims": "/console/verbatims",
            "monday": "/console/reports/weekly",
        }.items()
    },
    "region-value": Stop("/console/dashboards/value", "region"),
    **{
        f"empty-{stop}": Stop(path, "newcomer")
        for stop, path in {
            "home": "/console/",
            "board": "/console/dashboards",
            "handling": "/console/dashboards/handling",
            "causes": "/console/dashboards/causes",
            "verbatims": "/console/verbatims",
            "tags": "/console/verbatims/tags",
            "segments": "/console/segments",
            "reports": "/console/reports",
            "monday": "/console/reports/weekly",
        }.items()
    },
    "public": Stop("/d/{link}", "nobody"),
    "public-region": Stop("/d/{link}?place=lumen_uk", "nobody"),
    "public-gone": Stop("/d/nothing", "nobody"),
}
LONG_STOPS: Final = {
    f"long-{stop}": CONSOLE_STOPS[stop]
    for stop in (
        *("home", "board-stores", "value", "verbatims", "monday", "links", "public"),
        *("region-board", "region-value", "store-home", "store-board", "store-monday"),
    )
}
"""The same once places and the company have names as long as some are."""


class Picture(NamedTuple):
    stop: str
    language: str
    window: str
    scheme: str = "light"

    @property
    def name(self) -> str:
        width = WINDOWS[self.window]["viewport"]["width"]
        return f"{self.stop}-{self.language}-{width}{'-dark' if self.scheme == 'dark' else ''}.png"


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
        "board fr desk",
        "store-board en phone",
        "verbatims-found fr desk",
        "public en desk",
        "public fr phone dark",
    )
)
EVERY: Final = frozenset(
    Picture(stop, language, window, scheme)
    for stop in (*CUSTOMERS_STOPS, *CONSOLE_STOPS, *LONG_STOPS)
    for language in LANGUAGES
    for window in WINDOWS
    for scheme in SCHEMES
)
