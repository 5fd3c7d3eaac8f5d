"""The walk: somebody gets a mail and answers it with a 2; whoever calls back finds them in the console."""

from __future__ import annotations

import io
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.rig.browser import Visitor
from tests.rig.http import HttpClient
from tests.rig.product import Product
from tests.rig.waiting import wait_until
from tests.tour.stops import CONSOLE_STOPS, LANGUAGES, WINDOWS, Picture

_ANSWERS = {
    "fr": "Le carton est arrivé écrasé, deux assiettes sont cassées, et personne ne répond au téléphone.",
    "en": "The box arrived crushed, two plates are broken, and nobody answers the phone.",
}
_TROUBLE = "damaged"
_COLOURS = 128


class Walk:
    """One product, one browser, and the pictures wanted of them."""

    def __init__(
        self, product: Product, browser: Browser, *, wanted: Collection[Picture], into: Path, whole: bool
    ) -> None:
        self.product = product
        self.browser = browser
        self.wanted = wanted
        self.into = into
        self.whole = whole
        """The whole page, not only what a window shows of it at first."""
        self.api: HttpClient = product.machine()
        self.taken: list[Path] = []

    def go(self) -> None:
        """Walk through all stops in each language; leave the pictures in their folder."""
        for language, external_id in (("fr", "demo-camille"), ("en", self._somebody_english())):
            self._answer(language, external_id)
            self._look_at_the_console(language, self._alert_of(external_id))

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
            self._take(page, Picture("mail", language, window), whole=True)
            page.context.close()
        answer = _link(mail, r"/s/[^\"]+?nps=2")
        desk = self._window(language, "desk")
        phone = self._window(language, "phone")
        for page, window in ((desk, "desk"), (phone, "phone")):
            page.goto(answer)
            self._take(page, Picture("question", language, window))
        desk.context.close()
        _go_on(phone)
        phone.locator("textarea").fill(_ANSWERS[language])
        self._take(phone, Picture("sorry", language, "phone"))
        _go_on(phone)
        phone.locator(f"[value={_TROUBLE}]").check()
        _go_on(phone)
        expect(phone.locator("body")).to_have_attribute("data-state", "completed")
        self._take(phone, Picture("thanks", language, "phone"))
        for window in WINDOWS:
            page = self._window(language, window)
            page.goto(_link(mail, r"/preferences/[^\"]+"))
            self._take(page, Picture("preferences", language, window))
            page.context.close()
        phone.context.close()

    # ── the console

    def _alert_of(self, external_id: str) -> str:
        def find() -> str | None:
            alerts = self.api.get("/api/v1/alerts", status="new", limit=100).json()["data"]
            ids = (one["id"] for one in alerts if one["customer"]["external_id"] == external_id)
            return next(ids, None)

        return wait_until(find, 30, what=f"an alert of {external_id}")

    def _look_at_the_console(self, language: str, alert: str) -> None:
        chosen = {"alert": alert, "customer": self._somebody_with_a_story(language)}
        for window in WINDOWS:
            page = self._window(language, window)
            self._log_in(page)
            for stop, path in CONSOLE_STOPS.items():
                if Picture(stop, language, window) in self.wanted:
                    page.goto(self.product.base_url + path.format(**chosen))
                    if stop == "preview":
                        _show_the_pages(page)
                    elif (stop, window) == ("queue", "phone"):
                        page.locator("table.rows").evaluate("table => table.scrollIntoView()")
                    self._take(page, Picture(stop, language, window))
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

    def _log_in(self, page: Page) -> None:
        line = re.search(r"staff login +(\S+) +(\S+) +(\S+)", self.product.printed)
        assert line, self.product.printed
        page.goto(line[1])
        page.locator("[name=email]").fill(line[2])
        page.locator("[name=password]").fill(line[3])
        page.locator("main form button, form button.primary").first.click()
        page.wait_for_url("**/console/")

    # ── taking pictures

    def _window(self, language: str, window: str) -> Page:
        settings = WINDOWS[window] | {"locale": LANGUAGES[language], "reduced_motion": "reduce"}
        return Visitor(self.browser, **settings).page

    def _take(self, page: Page, picture: Picture, *, whole: bool = False) -> None:
        if picture not in self.wanted:
            return
        page.wait_for_load_state("networkidle")
        shot = page.screenshot(full_page=whole or self.whole, animations="disabled", caret="hide")
        path = self.into / picture.name
        image = Image.open(io.BytesIO(shot)).convert("RGB")
        image.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)
        self.taken.append(path)


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
