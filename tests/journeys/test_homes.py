"""Everybody's first page and dashboard in a browser, and the dashboard for all: the invented company, running.

Two looks at each page, as unlike as can be; `make tour TOUR=--every` takes all eight, and audits each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.story import alerts_of, answer, somebody, without_id
from tests.rig.browser import Visitor
from tests.rig.http import HttpClient
from tests.rig.installed import demo_data_dir
from tests.rig.looking import faults_of
from tests.rig.product import Product
from tests.rig.run import Run
from tests.rig.waiting import wait_until
from tests.tour.seats import PASSWORD, SEATS, take_seats
from tests.tour.stops import LANGUAGES, WINDOWS
from vocapp.demo.company import BRAND, REGIONS, STORES

LOOKS = {"fr-1280-light": ("fr", "desk", "light"), "en-360-dark": ("en", "phone", "dark")}
KINDS = {
    "company": {"", BRAND, *REGIONS, *(store.key for store in STORES)},
    "region": {"lumen_nord", *(store.key for store in STORES if store.region == "lumen_nord")},
    "store": {"rouen"},
    "agent": {"lumen_nord", *(store.key for store in STORES if store.region == "lumen_nord")},
}
"""What each of `SEATS` may see."""
HIDDEN = ("masqué", "hidden")
NewVisitor = Callable[..., Visitor]


@pytest.fixture(scope="module")
def lumen(run: Run) -> Iterator[Product]:
    """Give the invented company, running, with a login for each seat."""
    product = Product(run=run, demo=True, data_dir=demo_data_dir(run)[0]).start()
    take_seats(product)
    complain(product, "rouen")
    yield product
    product.stop()


@pytest.fixture(scope="module")
def api(lumen: Product) -> HttpClient:
    return lumen.machine()


@pytest.mark.parametrize("seat", KINDS)
def test_the_first_page_and_the_dashboard_are_ones_own(
    lumen: Product, api: HttpClient, new_visitor: NewVisitor, seat: str
) -> None:
    visitor = look(new_visitor, "fr-1280-light")
    page = visitor.page
    log_in(lumen, page, seat)
    assert names_of_others(page, seat) == []
    assert {place_of(api, alert) for alert in alerts_on(page)} <= KINDS[seat]
    assert faults_of(page, audited=seat in {"company", "store"}) == []

    page.get_by_role("link", name="Tableaux de bord").first.click()
    expect(page.locator(".board-of strong")).to_have_text(title_of(seat))
    usual = figures_on(page)
    assert usual[1:] == told(api, page, seat)
    assert names_of_others(page, seat) == []
    narrowed(page)
    assert parse_qs(urlsplit(page.url).query)["period"] == ["28"]
    recent = figures_on(page)
    assert recent[1:] == told(api, page, seat)
    assert recent[0] < usual[0]
    read_behind(page)
    scales = page.locator("[data-chart]").evaluate_all("charts => charts.map(one => one.dataset.drawn)")
    assert all(re.fullmatch(r"-?\d+ to (\d+)?", scale) for scale in scales), scales
    assert faults_of(page, audited=seat in {"region", "agent"}) == []
    assert visitor.complaints == []


@pytest.mark.parametrize("seat", KINDS)
def test_a_phone_in_the_dark_in_english_shows_the_same(
    lumen: Product, api: HttpClient, new_visitor: NewVisitor, seat: str
) -> None:
    visitor = look(new_visitor, "en-360-dark")
    page = visitor.page
    log_in(lumen, page, seat)
    assert faults_of(page, audited=seat in {"region", "agent"}) == []
    page.goto(f"{lumen.base_url}/console/dashboards")
    expect(page.locator("canvas").first).to_be_visible()
    assert figures_on(page)[1:] == told(api, page, seat)
    assert faults_of(page, audited=seat in {"company", "store"}) == []
    assert visitor.complaints == []


def test_a_new_answer_moves_the_open_dashboard_within_seconds(lumen: Product, new_visitor: NewVisitor) -> None:
    visitor = look(new_visitor, "fr-1280-light")
    page = visitor.page
    log_in(lumen, page, "company")
    page.goto(f"{lumen.base_url}/console/dashboards?period=28")
    responses = page.locator(".kpis .big").first
    before = number(responses.inner_text())
    assert answer(lumen.person(), lumen.sample_link, {"nps": "3", "why": "Trop long."}).state == "completed"
    wait_until(lambda: number(responses.inner_text()) == before + 1, 20, what="one response more")
    assert visitor.complaints == []


def test_the_dashboard_for_everybody_names_nobody_and_hides_the_few(
    lumen: Product, api: HttpClient, new_visitor: NewVisitor
) -> None:
    owner = look(new_visitor, "fr-1280-light")
    log_in(lumen, owner.page, "company")
    owner.page.goto(f"{lumen.base_url}/console/settings/links")
    path = re.search(r"/d/[\w.~-]+", owner.page.content())
    assert path
    url = lumen.base_url + path[0]
    wait_until(lambda: "data-figure" in lumen.person().get(path[0]).text, 90, what="published figures")
    names = names_of_customers(api)
    for at, name in enumerate(LOOKS):
        visitor = look(new_visitor, name)
        page = visitor.page
        page.goto(url)
        assert page.context.cookies() == []
        seen = {page.locator("main").inner_text()}
        for field in ("survey", "month", "place"):
            page.goto(url)  # of another survey one month may be all that there is to show
            choice = page.locator(f"select[name={field}]")
            other = choice.locator("option:not([selected])").first.get_attribute("value")
            choice.select_option(other)
            page.locator(".filters button").click()
            page.wait_for_url(re.compile(f"{field}={other}"))
            seen.add(page.locator("main").inner_text())
            assert [one for one in names if one in page.content()] == []
        assert len(seen) == 4, "each choice shows something else"
        for earlier in page.locator("select[name=month] option:not([selected])").all():
            month = earlier.get_attribute("value")
            told = lumen.person().get(f"{path[0]}?month={month}&place=lumen_ouest&lang={name[:2]}").text
            cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", told, re.DOTALL)]
            assert [cell for cell in cells if HIDDEN[at] in cell.lower() and re.search(r"\d", cell)] == [], "of few"
        page.goto(url)
        assert faults_of(page) == []
        assert visitor.complaints == []


# ── what a page says


def figures_on(page: Page) -> tuple[int, str, int]:
    """Return the number of responses, the NPS (empty: of too few), and how many gave that score: as the tiles say."""
    responses, nps = (page.locator(".kpis .tile").nth(at) for at in (0, 1))
    value = nps.locator(".big")
    said = nps.locator(".line, dd > .muted").first.inner_text().rpartition("·")[2]
    return number(responses.locator(".big").inner_text()), value.inner_text() if value.count() else "", number(said)


def told(api: HttpClient, page: Page, seat: str) -> tuple[str, int]:
    """Return the NPS and how many gave it as the API has them, of the days that stand in the form."""
    since, last = (date.fromisoformat(page.locator(f"#by-{end}").input_value()) for end in ("from", "to"))
    where = {"place": SEATS[seat].place} if SEATS[seat].place else {}
    days = {"from": since, "to": last + timedelta(days=1)}
    nps = api.get("/api/v1/metrics/nps", **days, **where).expect(200).json()
    return "" if nps["nps"] is None else f"{nps['nps']:.0f}".replace("-", "−"), nps["responses"]


def names_of_others(page: Page, seat: str) -> list[str]:
    """Return the names of places that are not this seat's, of those that the page shows."""
    text = page.locator("main").inner_text()
    names = {store.key: store.name for store in STORES} | REGIONS
    return [name for key, name in names.items() if key not in KINDS[seat] and name in text]


def alerts_on(page: Page) -> set[str]:
    links = page.locator("main a[href*='/console/alerts/']").evaluate_all("links => links.map(one => one.href)")
    found = {match[1] for link in links if (match := re.search(r"/alerts/([0-9a-f-]{36})", link))}
    assert found, "there is somebody to call back"
    return found


def place_of(api: HttpClient, alert: str) -> str:
    return api.get(f"/api/v1/alerts/{alert}").expect(200).json()["place"] or ""


def names_of_customers(api: HttpClient) -> set[str]:
    found = api.get("/api/v1/responses", status="completed", limit=100).json()["data"]
    ids = {one["customer"]["external_id"] for one in found}
    people = [api.get(f"/api/v1/customers/{each}").expect(200).json() for each in sorted(ids)[:20]]
    return {one[name] for one in people for name in ("last_name", "email") if one[name]}


def title_of(seat: str) -> str | re.Pattern[str]:
    return {"company": "Toute l’entreprise", "store": "Rouen, rue du Gros-Horloge"}.get(
        seat, re.compile("Nord|rappels")
    )


def number(text: str) -> int:
    """Read the first number of a text: its thousands stand apart by a narrow space or a comma."""
    found = re.search(r"\d[\d\u202f,]*", text)
    assert found, text
    return int(re.sub(r"\D", "", found[0]))


# ── what somebody does


def look(new_visitor: NewVisitor, name: str) -> Visitor:
    language, window, scheme = LOOKS[name]
    return new_visitor(**WINDOWS[window], locale=LANGUAGES[language], color_scheme=scheme, reduced_motion="reduce")


def complain(product: Product, place: str) -> None:
    """Let somebody be unhappy there: on some days of the year the invented company has nobody of a store to call."""
    api, rita = product.machine(), somebody("rita")
    api.put(f"/api/v1/customers/{rita['external_id']}", without_id(rita)).expect(201)
    wish = {"survey": "post_delivery", "customer": {"external_id": rita["external_id"]}, "channel": "link"}
    link = api.post("/api/v1/invitations", wish | {"place": place}).expect(201).json()["url"]
    assert answer(product.person(), link, {"nps": "1"}).state == "completed"
    wait_until(lambda: alerts_of(api, rita), 30, what="an alert")


def log_in(product: Product, page: Page, seat: str) -> None:
    page.goto(f"{product.base_url}/login")
    page.fill("#email", SEATS[seat].email)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/console/")


def narrowed(page: Page) -> None:
    """Ask for the last four weeks in the form."""
    page.select_option("#by-period", "28")
    page.select_option("#by-grain", "day")
    page.locator(".filters button").first.click()
    page.wait_for_url("**period=28**")


def read_behind(page: Page) -> None:
    """Open the table behind the first chart by keyboard."""
    expect(page.locator("canvas").first).to_be_visible()
    summary = page.locator(".behind > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    table = page.locator(".behind table").first
    expect(table).to_be_visible()
    assert table.locator("tbody tr").count() == 28
