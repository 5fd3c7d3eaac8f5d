"""What stands beside a value of a facet is what one finds by choosing it, whatever else was chosen before."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import combinations, product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from tests.builders import NPS, WHY, House
from tests.conftest import NOW
from tests.migrating import down_and_up
from tests.said import lay_out, say
from vocapp.domain.sentiment import LABELS
from vocapp.models import Customer, Following, Membership, SegmentRow, Tagging, ThemeMention, Verbatim, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.services import segmenting
from vocapp.services.staff import Scope
from vocapp.services.verbatims import facets, indexing, searching, tagging
from vocapp.services.verbatims.filters import as_written, conditions, read_filters

pytestmark = pytest.mark.both_databases
PEOPLE = ("ada", "ben", "cid", "dan")
SEGMENTS = {"fans": ("ada", "ben"), "lost": ("ben", "cid")}


@pytest.fixture
def house(app: Any) -> House:
    made = House(app, now=NOW)
    made.survey(questions=[NPS, WHY])
    for person in PEOPLE:
        made.customer(person)
    for place in ("lyon", "nantes"):
        made.place(place)
    draw = random.Random(7)
    with made.writing() as session:
        ids = dict(session.execute(select(Customer.external_id, Customer.id)).all())
        for key, people in SEGMENTS.items():
            segmenting.put(workspace_id=made.id, key=key, definition={"name": key, "when": True}, now=NOW)
            session.get_one(SegmentRow, (made.id, key)).company_only = key == "lost"
            insert_many(Membership, [
                {"workspace_id": made.id, "id": new_id(), "segment_key": key, "customer_id": ids[who],
                 "joined_at": NOW, "left_at": NOW if (key, who) == ("lost", "ben") else None}
                for who in people
            ])  # fmt: skip
    for _ in range(24):
        said = say(
            made, draw.choice(("livraison lente", "prix trop haut", "rien")), who=draw.choice(PEOPLE),
            nps=draw.choice((1, 7, 10, None)), place=draw.choice(("lyon", "nantes", None)),
            sentiment=draw.choice(({"label": "negative", "language": "fr"}, {"label": "positive", "language": "en"})),
            persona=draw.choice(({"key": "hurried"}, None)),
            answered_at=NOW - timedelta(days=draw.choice((1, 20, 200))),
        )  # fmt: skip
        with made.writing():
            insert_many(ThemeMention, [
                {"workspace_id": made.id, "response_id": said, "question": "why", "theme": theme,
                 "label": draw.choice(LABELS), "score": 0.0}
                for theme in draw.choice(((), ("price",), ("delivery", "price")))
            ])  # fmt: skip
    lay_out(made)
    with made.writing():
        tag = tagging.make(workspace_id=made.id, name="Délais", by="a", now=NOW).id
        slow = read_filters(as_written({"q": "lente"}), zone="Europe/Paris", now=NOW)
        tagging.put(scope=Scope(made.id), tag_id=tag, wanted=slow, by="a", now=NOW)
        tagging.take_off(
            scope=Scope(made.id), tag_id=tag, wanted=_read({"place": "lyon", "q": "lente"}), by="a", now=NOW
        )
    return made


@pytest.mark.parametrize("places", [None, ("lyon",)])
def test_a_value_of_a_facet_counts_what_choosing_it_finds(house: House, places: tuple[str, ...] | None) -> None:
    scope = Scope(house.id, places)
    with house.reading():
        tag = str(tagging.list_tags(scope=Scope(house.id))[0].id)
        chosen = {"category": "detractor", "theme": "price", "place": "lyon", "segment": "fans", "tag": tag,
                  "period": "30", "persona": "-", "sentiment": "negative"}  # fmt: skip
        asked: list[dict[str, str]] = [
            {},
            {"q": "livraison"},
            {"tag": "-"},
            {"theme": "-"},
            chosen,
            {"segment": "lost"},
            {"theme": "price", "sentiment": "positive"},
            {"theme": "-", "sentiment": "negative"},
            {"theme": "delivery", "sentiment": "negative", "place": "nantes"},
            {"theme": "price", "sentiment": "-"},
            {"segment": "lost", "category": "promoter"},
        ]
        asked += [{name: chosen[name] for name in some} for n in (1, 2, 3) for some in combinations(chosen, n)][::3]
        for written in asked:
            told = facets.count(scope=scope, wanted=_read(written), zone="Europe/Paris", now=NOW)
            assert told.total == _found(scope, written)
            for facet, values in told.counts.items():
                for value, n in values.items():
                    assert n == _found(scope, written | {facet: value}), (written, facet, value)
                if facet == "segment":
                    assert places is None or "lost" not in values
                if facet != "period":
                    assert all(values.values())


def test_beside_a_theme_a_tone_is_that_of_what_is_said_of_it(house: House) -> None:
    rows, whole = house.rows(ThemeMention), {one.response_id: one.sentiment for one in house.rows(Verbatim)}
    with house.reading():
        for theme, label in product(("price", "delivery"), LABELS):
            n = sum((one.theme, one.label) == (theme, label) for one in rows)
            assert _found(Scope(house.id), {"theme": theme, "sentiment": label}) == n
    assert any(one.label != whole[one.response_id] for one in rows), "texts are not of one mind"


def test_what_is_read_of_a_page_is_what_is_found(house: House) -> None:
    scope, written = Scope(house.id), {"segment": "fans", "period": "30", "theme": "price"}
    with house.reading():
        found, after = [], None
        while True:
            rows, after = searching.read_rows(scope=scope, wanted=_read(written), after=after, limit=2)
            found += [row.number for row in rows]
            if after is None:
                break
        newest = (Verbatim.answered_at.desc(), Verbatim.number.desc())
        wanted = select(Verbatim.number).where(*conditions(scope, _read(written))).order_by(*newest)
        assert found == db.session.scalars(wanted).all()
        assert found


def _read(written: dict[str, str]) -> Any:
    return read_filters(as_written(written), zone="Europe/Paris", now=NOW)


def _found(scope: Scope, written: dict[str, str | UUID]) -> int:
    query = select(func.count()).select_from(Verbatim).where(*conditions(scope, _read(written)))
    return db.session.scalar(query) or 0


def test_an_upgrade_writes_how_texts_speak_of_themes_and_what_is_said_next_waits_for_no_other(house: House) -> None:
    with house.writing():
        rule = {"theme": "price", "sentiment": "negative"}
        tagging.make(workspace_id=house.id, name="Prix", by="a", now=NOW, rule=rule)
    lay_out(house)
    before = [(one.number, one.themes) for one in house.rows(Verbatim)]
    tagged = [one.verbatim for one in house.rows(Tagging, Tagging.how == "rule")]
    [place] = house.rows(Following, Following.stream == indexing.FOLLOWING)
    with house.writing() as session:
        session.execute(update(Following).where(Following.stream == place.stream).values(stream="verbatims.2"))
    themes = "replace(replace(replace(themes, '-', ''), '=', ''), '+', '')"
    old = (f"update verbatims set themes = {themes}", "delete from taggings where how = 'rule'")
    with house.app.app_context():
        down_and_up("facets_by_index", between=old)
    assert [(one.number, one.themes) for one in house.rows(Verbatim)] == before
    assert any(themes for _, themes in before)
    [here] = house.rows(Following, Following.stream == indexing.FOLLOWING)
    assert (here.epoch, here.xid, here.number) == (place.epoch, place.xid, place.number)
    say(house, "une nouveauté")
    house.wait_for_feed()
    with house.writing():
        indexing.follow(workspace_id=house.id, now=NOW, limit=1)
    assert len(house.rows(Verbatim, Verbatim.text == "une nouveauté")) == 1
    lay_out(house)  # what the rule means by its tone is another thing now, and so it is asked again
    assert [one.verbatim for one in house.rows(Tagging, Tagging.how == "rule")] == tagged != []
