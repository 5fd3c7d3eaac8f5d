"""Dashboards behind a link: an attacker with two of them, who tries every filter, isolates nobody.

Nor does one who works at any of the places, and knows what was said there from the console.
"""

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

from tests.altered import one_letter_off, without_tokens
from tests.builders import CSAT, NPS, WHY, House
from tests.days import day_of
from tests.erased import erase
from tests.published import FIGURES, link_to, publish_some
from vocapp.domain.disclosure import FEWEST, left_out
from vocapp.domain.links import make_token
from vocapp.models import Publication, PublicLink, PublishedFigure, Response, new_id
from vocapp.services import places, public_links, publishing, theming
from vocapp.services.past_answers import take_past_answers

TREE = {"north": "", "lille": "north", "roubaix": "north", "till": "lille", "south": "", "nice": "south", "web": ""}
CROWDED = {"": 6, "north": 3, "lille": 20, "roubaix": 19, "till": 22, "south": 5, "nice": 26, "web": 26}
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

QUEUE = {"key": "queue", "name": {"fr": "File en caisse"}, "words": {"fr": ["attente en caisse"]}}
"""A theme within another: `waiting` ships, and has "attente"."""

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
    return publishing.closed_months(day_of())[-count:]


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
    hidden = left = 0
    for survey, month, figure in {cell[:3] for cell in seen}:
        shown = [place for *key, place in seen if tuple(key) == (survey, month, figure)]
        hidden += len(TREE) + 1 - len(shown)
        # the few who are counted nowhere are in nothing that is shown
        asked = Counter(where for kind in kinds_of(figure) for _, where in whole[survey, month, kind])
        out = left_out(TREE, asked)
        left += sum(asked[where] for where in out)
        for kind in kinds_of(figure):
            of_kind = [(who, where) for who, where in whole[survey, month, kind] if where not in out]
            for own in (None, *TREE):  # where the attacker works, if anywhere: what is said there is known
                others = [(who, where) for who, where in of_kind if own is None or not within(where, own)]
                blocks = Counter(frozenset(one for one in shown if within(where, one)) for _, where in others)
                # whatever is added and subtracted is made of whole blocks
                assert all(n >= FEWEST for block, n in blocks.items() if block), (survey, month, figure, own, blocks)
                sets = {one: {who for who, where in others if within(where, one)} for one in shown}
                for one, other in combinations(shown, 2):
                    for few in (sets[one] - sets[other], sets[other] - sets[one], sets[one] & sets[other]):
                        if few and (
                            sets[one] <= sets[other] or sets[other] <= sets[one] or few in (sets[one], sets[other])
                        ):
                            assert len(few) >= FEWEST
    assert hidden > 20, "small places are hidden, and others for their sake"
    assert left > 20
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
    assert "au moins 96\u202f%" in page or "au moins 96\u00a0%" in page, "97 of 90 and more were 99"
    assert "Roubaix" not in page, "nothing was ever published of it"
    assert "South" not in page
    assert "NPS" not in without_tokens(page)
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


def said(month: date, place: str, who: int, nps: int, why: str) -> dict[str, Any]:
    """Let one person say one thing."""
    whole = tell(random.Random(0), month, "visit", place, who)
    return whole | {"answers": {"nps": nps, "csat": 5 if nps > 8 else 1, "why": why}}


def test_a_manager_learns_nothing_of_the_store_next_door_nor_anybody_of_two_who_waited(
    house: House, client: FlaskClient
) -> None:
    """What an attacker once found: a region less one's own store, a theme less one within it, what opens next year."""
    with house.writing():
        places.put_place(workspace_id=house.id, key="secret", name="Opens in 2027", kind="store", parent_key="north")
        theming.put(workspace_id=house.id, definition={"themes": [QUEUE]}, now=house.now, by="ada@example.test")
    before, month = months(2)
    told = [said(before, place, 40 * at + one, 9, "Rien.") for at, place in enumerate(TREE) for one in range(12)]
    told += [said(month, "lille", one, (10, 9, 8, 5)[one % 4], "Attente en caisse") for one in range(43)]
    told += [said(month, "roubaix", 50, 0, "Attente au téléphone, inadmissible")]
    told += [said(month, "nice", 100 + one, 9, "Attente en caisse") for one in range(12)]
    told += [said(month, "nice", 120 + one, (10, 7, 3)[one % 3], "Rien à dire.") for one in range(12)]
    told += [said(month, "nice", 140, 0, "Attente au comptoir, inadmissible")]
    keep(house, told)
    path = link_to(house)
    publish(house)
    of_month = {(row.figure, row.place): row for row in house.rows(PublishedFigure) if row.month == month}
    lille, north = of_month["nps", "lille"], of_month["nps", "north"]
    assert (lille.value, lille.n) == (north.value, north.n), "north less lille was one person, who is counted nowhere"
    shown = {figure for figure, _ in of_month if ":" in figure}
    assert "mentioned:waiting" in shown
    assert "mentioned:queue" not in shown, "57 who waited, less 55 in a queue"
    page = client.get(path, query_string={"place": "north", "lang": "en", "month": f"{before:%Y-%m}"}).text
    assert "Lille" in page
    assert "Opens in 2027" not in page
    page = client.get(path, query_string={"lang": "en", "place": "north"}).text
    assert ">Roubaix</th>" in page, "hidden this month, and known from the one before"


def test_of_three_people_at_no_place_nothing_hides_a_company_with_one_brand(house: House, client: FlaskClient) -> None:
    with house.writing():
        places.put_place(workspace_id=house.id, key="brand", name="Brand", kind="brand", parent_key=None)
        for key in ("north", "south", "web"):
            places.put_place(workspace_id=house.id, key=key, name=key.title(), kind="region", parent_key="brand")
    [month] = months(1)
    crowd = [("lille", 20), ("nice", 25), ("web", 12), ("", 3)]
    keep(house, [said(month, at, 100 * no + one, 9, "") for no, (at, n) in enumerate(crowd) for one in range(n)])
    path = link_to(house)
    publish(house)
    page = client.get(path, query_string={"lang": "en"}).text
    assert re.search(r'class="top"[^>]* data-place="brand"', page)
    assert "at least 50 people" in page
    assert "North" in page
    whole = client.get(path, query_string={"lang": "en", "place": "south", "survey": "visit"}).text
    assert "at least 20 people" in whole


def test_a_link_that_opens_nothing_is_one_404(house: House, client: FlaskClient) -> None:
    publish_some(house, "visit", [])
    open_, revoked, over = link_to(house), link_to(house), link_to(house, ends_on=house.today + timedelta(days=1))
    with house.writing() as session:
        ids = {one.id: one for one in session.scalars(select(PublicLink).order_by(PublicLink.id))}
        _, second, third = ids
        assert public_links.revoke(workspace_id=house.id, link_id=second, by="ada", now=house.now)
        ids[third].ends_on = house.today - timedelta(days=2)
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
        {"ends_on": house.today - timedelta(days=2)},
    ):
        with pytest.raises(public_links.LinkRefused) as refused:
            link_to(house, **{"name": "Tous", **wrong})
        assert refused.value.field == next(iter(wrong))
    assert set(FIGURES) == {"nps", "csat", "ces", "themes"}
