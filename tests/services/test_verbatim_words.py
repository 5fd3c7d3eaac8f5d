"""What is a word to a search of verbatims, and how texts get other words when another version cuts them otherwise."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text, update

from tests.builders import House
from tests.conftest import NOW
from tests.migrating import down_and_up
from tests.said import lay_out, say
from tests.services.test_verbatims import count, find, house, searched
from vocapp.models import Following, Tag, Verbatim, on_postgresql
from vocapp.services.verbatims import indexing, tagging

__all__ = ["house"]
pytestmark = pytest.mark.both_databases


def test_an_emoji_is_looked_for_and_what_holds_no_word_finds_and_tags_nothing(house: House) -> None:
    furious, calm, star = "Super 😡😡 !", "Rien à dire", "★★☆ 👍🏽 ❤️"
    for said in (furious, calm, star):
        say(house, said)
    lay_out(house)
    asked = {
        "😡": [furious],
        "super😡": [furious],
        "-😡": [star, calm],
        "👍": [star],
        "❤": [star],
        "★★": [star],
        "🎉": [],
    }
    assert {q: find(house, q) for q in asked} == asked
    for line in ("\\", "%", '"', "*", "…", "!!!", "-", "\ufe0f"):
        assert find(house, line) == find(house, line, best=True) == [], line
        assert count(house, q=line)["total"] == {"": 0}, line
    [shown] = searched(house, "😡")
    assert [part for part, _, sought in shown.parts if sought] == ["😡😡"]
    with house.writing():
        tag = tagging.make(workspace_id=house.id, name="😡", rule={"q": "😡"}, by="a", now=NOW).id
        with pytest.raises(tagging.TagRefused):
            tagging.make(workspace_id=house.id, name="Tout", rule={"q": "…", "category": "detractor"}, by="a", now=NOW)
    lay_out(house)
    assert find(house, tag=str(tag)) == [furious]
    with house.writing() as session:  # as it was kept before
        session.execute(update(Tag).values(rule={"q": "…"}, version=2))
    lay_out(house)
    assert find(house, tag=str(tag)) == []


def test_singular_and_plural_find_the_same(house: House) -> None:
    said = ["Une photo du petit tuyau", "Mes photos des petits tuyaux", "Bon travail, essai conclu"]
    for line in said:
        say(house, line)
    lay_out(house)
    one, many, work = said
    for q in ("photo", "photos", "petit", "petits", "tuyau", "tuyaux", '"petits tuyaux"'):
        assert find(house, q) == [many, one], q
    assert find(house, "travaux essais") == [work]
    summers = ["Quel été magnifique", "Des étés trop chauds"]
    for line in summers:
        say(house, line)
    lay_out(house)
    for q in ("ete", "été", "etes", "étés"):
        assert find(house, q) == summers[::-1], q


def test_what_was_said_before_an_upgrade_gets_the_words_of_today_and_what_is_said_next_waits_for_none_of_it(
    house: House,
) -> None:
    for line in ("une photo", "des photos", "rien"):
        say(house, line)
    lay_out(house)
    numbers = {row.text: row.number for row in house.rows(Verbatim)}
    with house.writing():
        tag = tagging.make(workspace_id=house.id, name="Photos", rule={"q": "photo"}, by="a", now=NOW).id
    lay_out(house)
    _as_before_the_upgrade(house)
    assert find(house, "photo") == ["une photo"]
    say(house, "deux photos")
    house.wait_for_feed()
    with house.writing():
        assert indexing.follow(workspace_id=house.id, now=NOW, limit=1)
    assert find(house, "photo") == ["deux photos", "une photo"]
    lay_out(house)
    assert find(house, "photo") == find(house, tag=str(tag)) == ["deux photos", "des photos", "une photo"]
    assert {row.text: row.number for row in house.rows(Verbatim) if row.text in numbers} == numbers
    with house.writing():
        assert indexing.reword(workspace_id=house.id, now=NOW) is False
    with house.writing():
        indexing.start_over(workspace_id=house.id)
    lay_out(house)
    places = [
        (place.xid, place.number)
        for place in house.rows(Following)
        if place.stream in {indexing.FOLLOWING, indexing.REWORDED}
    ]
    assert len(places) == 2
    assert len(set(places)) == 1  # nothing is laid out twice


def _as_before_the_upgrade(house: House) -> None:
    """Make of the index what the version before wrote: « photos » was a word of its own."""
    with house.writing() as session:
        words = "words = array_to_tsvector(array['des', 'photos', '=des', '=photos'])," if on_postgresql() else ""
        session.execute(text(f"update verbatims set {words} stems = 'des photos' where text = 'des photos'"))
        session.execute(text("delete from taggings"))
        session.execute(delete(Following).where(Following.stream == indexing.REWORDED))
    [at] = house.rows(Following, Following.stream == indexing.FOLLOWING)
    kept = f"update followings set xid = {at.xid}, number = {at.number} where stream = '{at.stream}'"
    with house.app.app_context():
        down_and_up("summers", between=[kept])
