"""The walk: somebody gets a mail and answers it with a 2; whoever calls back finds them in the console.

Then all who work there look at its pages from where they sit.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.rig.browser import Visitor
from tests.rig.http import HttpClient
from tests.rig.looking import faults_of
from tests.rig.product import Product
from tests.rig.waiting import wait_until
from tests.tour.seats import PASSWORD, SEATS, take_seats
from tests.tour.stops import CONSOLE_STOPS, LANGUAGES, LONG_STOPS, SCHEMES, SCROLLED_TO, WINDOWS, Picture, Stop

_ANSWERS = {
    "fr": "Le carton est arrivé écrasé, deux assiettes sont cassées, et personne ne répond au téléphone.",
    "en": "The box arrived crushed, two plates are broken, and nobody answers the phone.",
}
_TROUBLE = "damaged"
_COLOURS = 128
_LONG_NAMES = {
    "rouen": "Rouen, centre commercial des Docks de Haute-Normandie, niveau 2, porte Seine",
    "amiens": "Amiens-Saint-Germain-et-Longueau-les-Trois-Cailloux",
    "lumen_nord": "Région Nord, Normandie, Picardie, Champagne et départements limitrophes",
    "lumen": "Maison Lumen, luminaires et décoration d’intérieur depuis 1952",
}


class Walk:
    """One product, one browser, and the pictures wanted of them."""

    def __init__(
        self, product: Product, browser: Browser, *, wanted: frozenset[Picture], into: Path, whole: bool
    ) -> None:
        self.product = product
        self.browser = browser
        self.wanted = wanted
        self.into = into
        self.whole = whole
        """The whole page, not only what a window shows of it at first; and whether something is wrong with it."""
        self.api: HttpClient = product.machine()
        self.taken: list[Path] = []
        self.faults: list[str] = []
        """What is wrong with a picture's page: looked for where whole pages are taken."""

    def go(self) -> None:
        """Walk through all stops in each language; leave the pictures in their folder."""
        take_seats(self.product)
        alerts = {}
        for language, external_id in (("fr", "demo-camille"), ("en", self._somebody_english())):
            self._answer(language, external_id)
            alerts[language] = self._alert_of(external_id)
        chosen = {language: self._chosen(language, alert) for language, alert in alerts.items()}
        self._look_around(CONSOLE_STOPS, chosen)
        if any(one.stop in LONG_STOPS for one in self.wanted):
            self._lengthen()
            self._look_around(LONG_STOPS, chosen)

    # ── the customers' side

    def _somebody_english(self) -> str:
        """Deliver something to somebody in London, where it is as early as where the demo's own visitor is."""
        core = self.api.get("/api/v1/customers/demo-camille").json()
        customer = {
            **{key: core[key] for key in ("timezone", "consents")},
            "first_name": "Olivia",
            "last_name": "Bennett",
            "locale": "en-GB",
            "email": "olivia@example.test",
            "phone": "+447700900172",
        }
        self.api.put("/api/v1/customers/demo-olivia", customer).expect(201)
        wish = {
            "survey": "post_delivery",
            "channel": "email",
            "event_id": "demo-olivia-delivery",
            "customer": {"external_id": "demo-olivia"},
            "place": "london",
            "properties": {"order_number": "LM-48204"},
        }
        self.api.post("/api/v1/invitations", wish).expect(201)
        return "demo-olivia"

    def _answer(self, language: str, external_id: str) -> None:
        address = self.api.get(f"/api/v1/customers/{external_id}").json()["email"]
        html = self.product.wait_for_mail(address).get_body(("html",))
        assert html is not None, "a mail without HTML"
        mail = html.get_content()
        for window in WINDOWS:
            page = self._window(language, window)
            page.set_content(mail)
            self._take(page, "mail", language, window, whole=True)
            page.context.close()
        answer = _link(mail, r"/s/[^\"]+?nps=2")
        desk = self._window(language, "desk")
        phone = self._window(language, "phone")
        for page, window in ((desk, "desk"), (phone, "phone")):
            page.goto(answer)
            self._take(page, "question", language, window)
        desk.context.close()
        _go_on(phone)
        phone.locator("textarea").fill(_ANSWERS[language])
        self._take(phone, "sorry", language, "phone")
        _go_on(phone)
        phone.locator(f"[value={_TROUBLE}]").check()
        _go_on(phone)
        expect(phone.locator("body")).to_have_attribute("data-state", "completed")
        self._take(phone, "thanks", language, "phone")
        for window in WINDOWS:
            page = self._window(language, window)
            page.goto(_link(mail, r"/preferences/[^\"]+"))
            self._take(page, "preferences", language, window)
            page.context.close()
        phone.context.close()

    # ── the console

    def _alert_of(self, external_id: str) -> str:
        def find() -> str | None:
            alerts = self.api.get("/api/v1/alerts", status="new", limit=100).json()["data"]
            ids = (one["id"] for one in alerts if one["customer"]["external_id"] == external_id)
            return next(ids, None)

        return wait_until(find, 30, what=f"an alert of {external_id}")

    def _chosen(self, language: str, alert: str) -> dict[str, str]:
        """Say which of many a stop shows."""
        word = {"fr": "livraison", "en": "delivery"}[language]
        said = self.api.get("/api/v1/verbatims", q=word, limit=1).json()
        segments = self.api.get("/api/v1/segments").json()["data"]
        return {
            "alert": alert,
            "customer": self._somebody_with_a_story(language),
            "word": word,
            "verbatim": said["data"][0]["id"],
            "segment": segments[0]["key"],
            "link": self._shared(),
        }

    def _shared(self) -> str:
        """Return the token of the dashboard for everybody, once its months are published."""
        visitor = Visitor(self.browser)
        self._log_in(visitor.page, "company")
        visitor.page.goto(f"{self.product.base_url}/console/settings/links")
        found = re.search(r"/d/([\w.~-]+)", visitor.page.content())
        visitor.close()
        assert found, "no link to a dashboard"
        person = self.product.person()
        wait_until(lambda: "data-figure" in person.get(f"/d/{found[1]}").text, 150, what="published figures")
        return found[1]

    def _lengthen(self) -> None:
        for one in self.api.get("/api/v1/places", limit=100).json()["data"]:
            if one["key"] in _LONG_NAMES:
                document = {name: one[name] for name in ("kind", "parent") if one.get(name)}
                self.api.put(f"/api/v1/places/{one['key']}", document | {"name": _LONG_NAMES[one["key"]]}).expect(200)

    def _look_around(self, stops: Mapping[str, Stop], chosen: Mapping[str, Mapping[str, str]]) -> None:
        """Open the stops from each seat, in each language and window of which there is to be a picture."""
        rounds = dict.fromkeys(
            (stop.seat, language, window) for stop in stops.values() for language in LANGUAGES for window in WINDOWS
        )
        for seat, language, window in rounds:
            paths = {
                name: stop.path.format(**chosen[language])
                for name, stop in stops.items()
                if stop.seat == seat and _pictures(name, language, window) & self.wanted
            }
            if paths:
                self._look(seat, paths, language, window)

    def _look(self, seat: str, paths: Mapping[str, str], language: str, window: str) -> None:
        page = self._window(language, window)
        if seat in SEATS:
            self._log_in(page, seat)
        for name, path in paths.items():
            page.goto(self.product.base_url + path)
            if name == "preview":
                _show_the_pages(page)
            elif name in SCROLLED_TO and not self.whole and (name, window) != ("queue", "desk"):
                page.locator(SCROLLED_TO[name]).first.evaluate("place => place.scrollIntoView()")
            self._take(page, name, language, window)
        page.context.close()

    def _somebody_with_a_story(self, language: str) -> str:
        """Return the customer of this language who has answered most often."""
        answers: dict[str, int] = {}
        query: dict[str, Any] = {"status": "completed", "limit": 100}
        while True:
            found = self.api.get("/api/v1/responses", **query).json()
            for one in found["data"]:
                if one["language"].startswith(language):
                    answers[one["customer"]["id"]] = answers.get(one["customer"]["id"], 0) + 1
            if not found["next_cursor"]:
                return max(answers, key=lambda customer: (answers[customer], customer))
            query["cursor"] = found["next_cursor"]

    def _log_in(self, page: Page, seat: str) -> None:
        page.goto(f"{self.product.base_url}/login")
        page.locator("[name=email]").fill(SEATS[seat].email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form button, form button.primary").first.click()
        page.wait_for_url("**/console/")

    # ── taking pictures

    def _window(self, language: str, window: str) -> Page:
        settings = WINDOWS[window] | {"locale": LANGUAGES[language], "reduced_motion": "reduce"}
        visitor = Visitor(self.browser, **settings)
        visitor.complaints = self.faults
        return visitor.page

    def _take(self, page: Page, stop: str, language: str, window: str, *, whole: bool = False) -> None:
        for picture in sorted(_pictures(stop, language, window) & self.wanted, key=lambda one: one.scheme == "dark"):
            page.emulate_media(color_scheme=picture.scheme)
            self._keep(page, picture, whole=whole)
        page.emulate_media(color_scheme="light")

    def _keep(self, page: Page, picture: Picture, *, whole: bool) -> None:
        page.wait_for_load_state("networkidle")
        shot = page.screenshot(full_page=whole or self.whole, animations="disabled", caret="hide")
        path = self.into / picture.name
        image = Image.open(io.BytesIO(shot)).convert("RGB")
        image.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
        self.taken.append(path)
        if self.whole and page.url.startswith("http"):  # a mail that stands by itself has no page's landmarks
            self.faults += [f"{picture.name}: {fault}" for fault in faults_of(page)]


def _pictures(stop: str, language: str, window: str) -> set[Picture]:
    return {Picture(stop, language, window, scheme) for scheme in SCHEMES}


def _go_on(page: Page) -> None:
    """Send a page of the survey, and wait for the next one."""
    with page.expect_navigation():
        page.locator("main form button[type=submit], form button").first.click()


def _show_the_pages(page: Page) -> None:
    """Bring every frame of a preview into view, for they load only then, and stop at the first page."""
    for frame in page.locator("iframe").all():
        frame.scroll_into_view_if_needed()
        expect(frame.content_frame.locator("body")).not_to_be_empty()
    page.locator("#the-pages").evaluate("heading => heading.scrollIntoView()")


def _link(mail: str, path: str) -> str:
    found = re.search(rf'href="(http[^"]*?{path})"', mail)
    assert found, f"no link {path} in the mail"
    return found[1].replace("&amp;", "&")
