"""Dashboards behind a link: an attacker with two of them, who tries every filter, isolates nobody."""

from __future__ import annotations

import html
import random
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.altered import one_letter_off
from tests.builders import CSAT, NPS, WHY, House
from tests.erased import erase
from tests.published import FIGURES, link_to, publish_some
from vocapp.domain.disclosure import FEWEST
from vocapp.domain.links import make_token
from vocapp.models import Publication, PublicLink, PublishedFigure, Response, new_id
from vocapp.services import places, public_links, publishing
from vocapp.services.past_answers import take_past_answers

TREE = {"north": "", "lille": "north", "roubaix": "north", "till": "lille", "south": "", "nice": "south", "web": ""}
CROWDED = {"": 2, "north": 4, "lille": 26, "roubaix": 9, "till": 11, "south": 12, "nice": 16, "web": 12}
"""About how many answer at each place in a month, a survey."""
WORDS = (
    "Livraison parfaite.",
    "Colis inadmissible !",
    "Le magasin est parfait.",
    "Rien à dire.",
    "Trop cher, inadmissible.",
)
SURVEYS = ("visit", "order")
NAME = "zoraide"

Cell = tuple[str, str, str, str]
"""Survey, month, figure, place."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def house(client: FlaskClient) -> House:
    house = House(client.application)
    for key in SURVEYS:
        house.survey(key, trigger=None, questions=[NPS, CSAT, WHY])
    with house.writing():
        for key, above in TREE.items():
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind="site", parent_key=above or None)
    return house


def months(count: int) -> list[date]:
    return publishing.closed_months(datetime.now(UTC).date())[-count:]


def tell(draw: random.Random, month: date, survey: str, place: str, who: int) -> dict[str, Any]:
    at = datetime(month.year, month.month, draw.randint(2, 27), 12, tzinfo=UTC)
    answers: dict[str, Any] = {"nps": draw.choice((0, 3, 7, 8, 9, 10)) if draw.random() < 0.93 else None}
    answers |= {"csat": draw.randint(1, 5) if draw.random() < 0.5 else None}
    answers |= {"why": draw.choice(WORDS) if draw.random() < 0.7 else None}
    told = {
        "id": str(new_id()),
        "survey": survey,
        "answered_at": at.isoformat(),
        "customer": {"external_id": f"{NAME}-{who}", "first_name": NAME, "email": f"{NAME}{who}@example.test"},
        "answers": {key: value for key, value in answers.items() if value is not None} or {"csat": 3},
    }
    return {**told, "place": place} if place else told


def keep(house: House, told: list[dict[str, Any]]) -> None:
    for some in range(0, len(told), 500):
        with house.writing():
            outcome = take_past_answers(
                workspace_id=house.id, documents=told[some : some + 500], secret=house.secret, now=house.now
            )
        assert not outcome.refused
    house.work()


def publish(house: House) -> int:
    found = 0
    while True:
        with house.writing():
            if publishing.publish_next(workspace_id=house.id, now=house.now) is None:
                return found
        found += 1


def crawl(client: FlaskClient, path: str) -> tuple[dict[Cell, str], dict[str, str]]:
    """Fetch a link's page with every filter, its own and made-up ones; return the cells seen, and the pages."""
    chosen = {
        "survey": ["", *SURVEYS, "nothing"],
        "month": ["", *(f"{one:%Y-%m}" for one in months(3)), "2020-01"],
        "place": ["", *TREE, "nowhere"],
    }
    seen: dict[Cell, str] = {}
    pages = {}
    for survey, month, place in product(*chosen.values()):
        query = {"survey": survey, "month": month, "place": place, "lang": "en"}
        reply = client.get(path, query_string=query)
        assert reply.status_code == 200
        pages[f"{survey} {month} {place}"] = reply.text
        top = re.search(r'data-survey="([^"]*)" data-month="([^"]*)"', reply.text)
        assert top
        for at, figure, said in re.findall(
            r'data-place="([^"]*)" data-figure="([^"]+)">(.*?)</(?:td|div)>', reply.text, re.DOTALL
        ):
            if ">hidden<" in said:
                continue
            cell = (top[1], top[2], figure, at)
            words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", said)).split())
            shown = re.search(r"((?:at (?:least|most) )?−?\d+%?) between", words)
            assert shown, words
            assert seen.setdefault(cell, shown[1]) == shown[1], "one and the same, wherever it stands"
    return seen, pages


def people(house: House) -> dict[tuple[str, str, str], list[tuple[Any, str]]]:
    """Return by survey, month and kind who must not be told of in small numbers: (who, where)."""
    last: dict[tuple[str, str, Any], Response] = {}
    for row in sorted(house.rows(Response), key=lambda row: (row.answered_at, row.id)):
        last[row.survey_key, f"{row.counted_on:%Y-%m}", row.customer_id] = row
    found: dict[tuple[str, str, str], list[tuple[Any, str]]] = defaultdict(list)
    themes = {one["key"] for row in last.values() for one in (row.sentiment or {}).get("themes", ())}
    for (survey, month, who), row in last.items():
        kinds = [name for name in ("nps", "csat") if getattr(row, name) is not None]
        if row.sentiment:
            said = {one["key"] for one in row.sentiment["themes"]}
            kinds += [f"{'mentioned' if theme in said else 'silent'}:{theme}" for theme in themes]
        for kind in kinds:
            found[survey, month, kind].append((who, row.place or ""))
    return found


def within(place: str, other: str) -> bool:
    while place and place != other:
        place = TREE[place]
    return place == other


def kinds_of(figure: str) -> list[str]:
    theme = figure.partition(":")[2]
    return [f"mentioned:{theme}", f"silent:{theme}"] if theme else [figure]


@pytest.mark.parametrize("seed", [1, 2])
def test_two_links_and_all_filters_isolate_nobody(house: House, client: FlaskClient, seed: int) -> None:
    draw = random.Random(seed)
    told = [
        tell(draw, month, survey, place, person(place, number))
        for month, survey in product(months(3), SURVEYS)
        for place, many in CROWDED.items()
        for number in range(max(0, round(draw.gauss(many, many / 4))))
    ]
    keep(house, told)
    everything = link_to(house)
    part = link_to(house, "Nord", surveys=("visit",), figures=("nps", "themes"), place="north")
    assert publish(house) == publishing.MOST_MONTHS
    seen: dict[Cell, str] = {}
    pages = {}
    for path in (everything, part):
        cells, fetched = crawl(client, path)
        seen |= cells
        pages[path] = fetched
    assert len(seen) > 40
    assert {place for *_, place in seen} >= {"", "north", "lille", "nice"}
    assert not any(NAME in page for fetched in pages.values() for page in fetched.values())
    whole = people(house)
    hidden = 0
    for survey, month, figure in {cell[:3] for cell in seen}:
        shown = [place for *key, place in seen if tuple(key) == (survey, month, figure)]
        hidden += len(TREE) + 1 - len(shown)
        for kind in kinds_of(figure):
            of_kind = whole[survey, month, kind]
            blocks = Counter(frozenset(one for one in shown if within(where, one)) for _, where in of_kind)
            # whatever is added and subtracted is made of whole blocks
            assert all(n >= FEWEST for block, n in blocks.items() if block), (survey, month, figure, blocks)
            sets = {one: {who for who, where in of_kind if within(where, one)} for one in shown}
            for one, other in combinations(shown, 2):
                for few in (sets[one] - sets[other], sets[other] - sets[one], sets[one] & sets[other]):
                    if few and (
                        sets[one] <= sets[other] or sets[other] <= sets[one] or few in (sets[one], sets[other])
                    ):
                        assert len(few) >= FEWEST
    assert hidden > 20, "small places are hidden, and others for their sake"
    # ── and afterwards: nothing that is answered, imported or erased shows
    keep(house, [tell(draw, months(1)[0], "visit", place, 999) for place in TREE])
    erase(house, f"{NAME}-{person('lille', 3)}")
    assert publish(house) == 0
    assert crawl(client, everything)[1] == pages[everything]


def person(place: str, number: int) -> int:
    """Give each place its own people, some of whom answer at two."""
    return number if number % 5 == 0 else 100 * (1 + list(CROWDED).index(place)) + number


def test_a_link_shows_its_part_and_nothing_else(house: House, client: FlaskClient) -> None:
    publish_some(house, "visit", ["north", "lille", "south"])
    path = link_to(house, "Le <b>Nord</b>", figures=("csat",), place="north", surveys=("visit",))
    page = client.get(path, headers={"Accept-Language": "fr"}).text
    assert "Le &lt;b&gt;Nord&lt;/b&gt;" in page
    assert "North" in page
    assert "Lille" in page
    assert "au moins 95\u202f%" in page or "au moins 95\u00a0%" in page
    assert "South" not in page
    assert "NPS" not in page
    assert "Livraison" not in page
    assert client.get(path, query_string={"place": "south", "survey": "order"}).text.count("South") == 0
    other = client.get(link_to(house)).text
    assert "South" in other
    assert "Livraison" in client.get(link_to(house), query_string={"lang": "fr"}).text


def test_of_a_company_with_one_brand_one_begins_there(house: House, client: FlaskClient) -> None:
    with house.writing():
        places.put_place(workspace_id=house.id, key="brand", name="Brand", kind="brand", parent_key=None)
    publish_some(house, "visit", ["brand", "north"])
    path = link_to(house)
    assert re.search(r'class="top"[^>]* data-place=""', client.get(path).text), "there are others beside it"
    with house.writing():
        for key in ("north", "south", "web"):
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind="region", parent_key="brand")
    assert re.search(r'class="top"[^>]* data-place="brand"', client.get(path).text)
    assert re.search(r'class="top"[^>]* data-place=""', client.get(path, query_string={"place": ""}).text)


def test_a_link_that_opens_nothing_is_one_404(house: House, client: FlaskClient) -> None:
    publish_some(house, "visit", [])
    open_, revoked, over = link_to(house), link_to(house), link_to(house, ends_on=house.now.date() + timedelta(days=1))
    with house.writing() as session:
        ids = {one.id: one for one in session.scalars(select(PublicLink).order_by(PublicLink.id))}
        _, second, third = ids
        assert public_links.revoke(workspace_id=house.id, link_id=second, by="ada", now=house.now)
        ids[third].ends_on = house.now.date() - timedelta(days=2)
    nobodys = make_token(house.secret, "dashboard", new_id())
    surveys = make_token(house.secret, "survey", next(iter(ids)))
    altered = one_letter_off(open_)
    paths = [revoked, over, f"/d/{nobodys}", f"/d/{surveys}", altered, "/d/x", f"/d/{'é' * 44}", f"{open_}A"]
    replies = [client.get(path) for path in paths]
    assert {reply.status_code for reply in replies} == {404}
    assert len({reply.data for reply in replies}) == 1
    reply = client.get(open_)
    assert reply.status_code == 200
    assert client.post(open_).status_code == 405
    for one in (reply, replies[0]):
        assert "Set-Cookie" not in one.headers
        assert one.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert one.headers["Referrer-Policy"] == "no-referrer"
        assert one.headers["Cache-Control"] == "no-store"
        assert "script-src" not in one.headers["Content-Security-Policy"]
        assert one.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "<script" not in one.text


def test_before_anything_is_published_the_page_says_when(house: House, client: FlaskClient) -> None:
    path = link_to(house)
    assert "Nothing is published yet" in client.get(path, query_string={"lang": "en"}).text
    assert "Rien n’est encore publié" in client.get(path).text
    assert publish(house) == publishing.MOST_MONTHS
    assert house.rows(PublishedFigure) == []
    assert "Nothing is published yet" in client.get(path, query_string={"lang": "en"}).text


def test_a_month_is_published_on_the_second_of_the_next_and_none_without_a_link(house: House) -> None:
    assert publishing.closed_months(date(2026, 3, 1))[-1] == date(2026, 1, 1)
    assert publishing.closed_months(date(2026, 3, 2))[-1] == date(2026, 2, 1)
    assert publishing.next_on(date(2026, 3, 1)) == date(2026, 3, 2)
    assert publishing.next_on(date(2026, 12, 2)) == date(2027, 1, 2)
    assert publish(house) == 0
    link_to(house)
    assert publish(house) == publishing.MOST_MONTHS
    assert len(house.rows(Publication)) == publishing.MOST_MONTHS


def test_what_a_link_may_not_be_is_said(house: House) -> None:
    for wrong in (
        {"name": " "},
        {"name": "x" * 101},
        {"figures": ()},
        {"figures": ("nps", "salaries")},
        {"surveys": ("nothing",)},
        {"place": "nowhere"},
        {"ends_on": house.now.date() - timedelta(days=2)},
    ):
        with pytest.raises(public_links.LinkRefused) as refused:
            link_to(house, **{"name": "Tous", **wrong})
        assert refused.value.field == next(iter(wrong))
    assert set(FIGURES) == {"nps", "csat", "ces", "themes"}
