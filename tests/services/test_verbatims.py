"""Verbatims are found by their words and facets, in both languages, on either database, seconds after they are said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from tests.builders import NPS, WHY, House
from tests.conftest import NOW
from tests.erased import doctor, erase
from tests.said import lay_out, say
from vocapp.jobs.verbatims import follow_all
from vocapp.models import Response, Tag, Tagging, ThemeMention, Verbatim, on_postgresql
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.services.staff import Scope
from vocapp.services.verbatims import facets, indexing, searching, similar, tagging, views
from vocapp.services.verbatims.filters import as_written, read_filters

pytestmark = pytest.mark.both_databases
NEGATIVE = {"label": "negative", "language": "fr", "hurts": [[[0, 10]]]}


@pytest.fixture
def house(app: Any) -> House:
    made = House(app, now=NOW)
    made.survey(questions=[NPS, WHY])
    made.customer("ada")
    made.customer("ben")
    return made


def wanted(**written: str) -> Any:
    return read_filters(as_written(written), zone="Europe/Paris", now=NOW)


def scope_of(house: House, *places: str) -> Scope:
    return Scope(house.id, places or None)


def find(house: House, q: str = "", *, places: tuple[str, ...] = (), best: bool = False, **written: str) -> list[str]:
    """Return what is found, page by page of two."""
    found: list[str] = []
    after = None
    with house.reading():
        while True:
            page = searching.search(
                scope=scope_of(house, *places), wanted=wanted(q=q, **written), by_rank=best, after=after, limit=2,
                language="fr",
            )  # fmt: skip
            found += [one.row.text for one in page.found]
            if page.next is None:
                return found
            after = page.next


def count(house: House, **written: str) -> dict[str, dict[str, int]]:
    with house.reading():
        counted = facets.count(scope=scope_of(house), wanted=wanted(**written), zone="Europe/Paris", now=NOW)
        return {"total": {"": counted.total}, **counted.counts}


SAID = (
    "La livraison était très en retard, pas content du tout.",
    "Livrée à l'heure, commandes bien emballées !",
    "Déçue : reçus deux fois la même facture.",
    "Content, mais pas du délai de remboursement.",
)


def test_words_are_found_without_accents_endings_and_capitals(house: House) -> None:
    late, early, billed, slow = SAID
    for text in SAID:
        say(house, text)
    english = "Deliveries were late, refunds too."
    say(house, english, language="en", sentiment={"label": "negative", "language": "en"})
    lay_out(house)
    assert find(house) == [english, slow, billed, early, late]
    asked = {
        "livraisons": [late],
        "LIVREES": [early],
        "livré": [early],
        "decu": [billed],
        "déçus": [billed],
        "recu factures": [billed],
        "delai remboursé": [slow],
        "commande -facture": [early],
        "pas content": [slow, late],
        '"pas content"': [late],
        "«pas contents»": [late],
        'content -"pas content"': [slow],
        "rembours*": [slow],
        "remboursem*": [slow],
        "remboursez*": [],
        "delivery": [english],
        "refund delivery": [english],
        "-livraison -livrée -reçu": [english, slow],
        "l'heure": [early],
        "introuvable": [],
        "?!…": [],
        '-"!"': [],
        "délai ?!": [slow],
    }
    assert {q: find(house, q) for q in asked} == asked
    assert sorted(find(house, "content", best=True)) == sorted([slow, late])
    [found] = searched(house, '"pas content"')
    assert [part for part, _, sought in found.parts if sought] == ["pas content"]


def test_facets_are_counted_each_within_the_others(house: House) -> None:
    for key in ("lyon", "nantes"):
        house.place(key)
    say(house, "nul", nps=1, place="lyon", sentiment=NEGATIVE, persona={"key": "hurried"})
    say(house, "bof", nps=7, place="lyon", answered_at=NOW - timedelta(days=40))
    early = NOW - timedelta(days=6, hours=12)  # the evening before the last seven days began
    happy = {"label": "positive", "language": "fr"}
    say(house, "super", nps=10, place="nantes", sentiment=happy, answered_at=early)
    fourth = say(house, "nul aussi", who="ben")
    with house.writing():
        said = {"label": "negative", "score": -0.5}
        for theme in ("price", "delivery"):
            insert_many(ThemeMention, [{"workspace_id": house.id, "response_id": fourth, "question": "why",
                                        "theme": theme, **said}])  # fmt: skip
    lay_out(house)
    counts = count(house)
    assert counts["theme"] == {"-": 3, "delivery": 1, "price": 1}
    assert find(house, theme="price") == ["nul aussi"]
    assert find(house, theme="-", q="nul") == ["nul"]
    assert count(house, theme="price")["theme"] == counts["theme"]
    assert counts["total"] == {"": 4}
    assert counts["category"] == {"-": 1, "detractor": 1, "passive": 1, "promoter": 1}
    assert counts["sentiment"] == {"-": 2, "negative": 1, "positive": 1}
    assert counts["place"] == {"-": 1, "lyon": 2, "nantes": 1}
    assert counts["persona"] == {"-": 3, "hurried": 1}
    assert counts["survey"] == {"delivery": 4}
    assert counts["period"] == {"7": 2, "30": 3, "90": 4, "365": 4}
    assert {days: len(find(house, period=days)) for days in counts["period"]} == counts["period"]
    within = count(house, place="lyon")
    assert within["total"] == {"": 2}
    assert within["place"] == counts["place"]
    assert within["category"] == {"detractor": 1, "passive": 1}
    both = count(house, place="lyon", category="passive")
    assert (both["total"], both["category"], both["place"]) == ({"": 1}, within["category"], {"lyon": 1})
    assert count(house, q="nul")["place"] == {"-": 1, "lyon": 1}
    every = {"survey": "delivery", "place": "lyon", "sentiment": "negative", "category": "detractor",
             "persona": "hurried", "language": "fr", "period": "7"}  # fmt: skip
    assert count(house, **every)["total"] == {"": 1}
    assert find(house, place="lyon", period="30") == ["nul"]
    assert find(house, category="-") == ["nul aussi"]
    assert find(house, places=("nantes",)) == ["super"]
    assert find(house, places=("nantes",), place="lyon") == []


def test_what_is_corrected_or_taken_back_is_followed_and_everything_can_be_laid_out_anew(house: House) -> None:
    first, second = say(house, "trop cher"), say(house, "trop lent")
    say(house, None)
    lay_out(house)
    numbers = {row.text: row.number for row in house.rows(Verbatim)}
    change(house, first, answers={"why": "trop lourd"}, sentiment=NEGATIVE)
    change(house, second, void=["why"])
    lay_out(house)
    [row] = house.rows(Verbatim)
    assert (row.text, row.number, row.sentiment, row.hurts) == (
        "trop lourd",
        numbers["trop cher"],
        "negative",
        [[0, 10]],
    )
    assert find(house, "cher") == find(house, "lent") == []
    assert find(house, "lourd") == ["trop lourd"]
    assert wrong(house) == []
    with house.writing() as session:
        session.execute(delete(Verbatim))
    with house.writing():
        indexing.start_over(workspace_id=house.id)
    lay_out(house)
    [again] = house.rows(Verbatim)
    assert (again.id, find(house, "lourd")) == (row.id, ["trop lourd"])
    with house.writing() as session:
        session.execute(update(Verbatim).values(text="tout autre chose"))
    assert wrong(house) == ["verbatims_said"]


def wrong(house: House) -> list[str]:
    """Return what the doctor says of verbatims; the responses of these tests have no facts of their own."""
    return sorted(one for one in doctor(house) if one.startswith("verbatims"))


def change(house: House, response_id: UUID, **fields: Any) -> None:
    with house.writing() as session:
        session.execute(update(Response).where(Response.id == response_id).values(**fields))
        changed("responses", [response_id], workspace_id=house.id)


def test_a_workspace_where_it_fails_keeps_no_other_waiting_and_themes_have_room(house: House) -> None:
    keys = [f"theme_{number:02}_{'x' * 31}" for number in range(60)]
    response_id = say(house, "de tout")
    told = {"workspace_id": house.id, "response_id": response_id, "question": "why", "label": "neutral", "score": 0.0}
    with house.writing():
        insert_many(ThemeMention, [{**told, "theme": key} for key in keys])
        broken = tagging.make(workspace_id=house.id, name="Tout", rule={"q": "tout"}, by="a", now=NOW)
        broken.rule = {"period": "soon"}
    other = House(house.app, "voisin", now=NOW)
    other.survey(questions=[NPS, WHY])
    other.customer("ada")
    say(other, "rien")
    lay_out(house)
    assert (find(house), find(other)) == ([], ["rien"])
    with house.writing() as session:
        session.execute(update(Tag).values(rule={"q": "tout"}))
    lay_out(house)
    assert find(house, theme=keys[-1]) == ["de tout"]
    assert find(house, theme=keys[-1][:-1]) == find(house, theme="theme_5%") == []


def test_who_is_erased_is_found_no_more_and_no_word_of_theirs_is_left(house: House) -> None:
    say(house, "kerguelen, mille sabords", who="ben")
    say(house, "rien a dire")
    lay_out(house)
    assert find(house, "sabord") == ["kerguelen, mille sabords"]
    with house.writing():
        tag = tagging.make(workspace_id=house.id, name="Marine", by="a", now=NOW)
        tagging.put(scope=scope_of(house), tag_id=tag.id, wanted=wanted(q="sabord"), by="a", now=NOW)
    erase(house, "ben")
    house.work()
    assert find(house, "sabord") == []
    assert [row.text for row in house.rows(Verbatim)] == ["rien a dire"]
    assert house.rows(Tagging) == []
    url = str(house.app.config["SQLALCHEMY_DATABASE_URI"])
    if url.startswith("sqlite"):
        from pathlib import Path

        content = Path(url.removeprefix("sqlite:///")).read_bytes()
        assert b"sabord" not in content
        assert b"kerguelen" not in content


def test_tags_are_put_by_hand_and_by_rule_and_a_hand_has_the_last_word(house: House) -> None:
    for text in ("livraison lente", "livraison rapide", "prix"):
        say(house, text)
    lay_out(house)
    scope, by = scope_of(house), "ada@example.test"
    with house.writing():
        tag = tagging.make(workspace_id=house.id, name="Délais", rule={"q": "livraison"}, by=by, now=NOW).id
        for name in ("  ", "DELAIS", "x" * 61):
            with pytest.raises(tagging.TagRefused):
                tagging.make(workspace_id=house.id, name=name, by=by, now=NOW)
    lay_out(house)
    assert find(house, tag=str(tag)) == ["livraison rapide", "livraison lente"]
    assert count(house)["tag"] == {str(tag): 2}
    with house.writing():
        assert tagging.take_off(scope=scope, tag_id=tag, wanted=wanted(q="rapide"), by=by, now=NOW) == 1
        assert tagging.put(scope=scope, tag_id=tag, wanted=wanted(q="prix"), by=by, now=NOW) == 1
    say(house, "livraison égarée")
    lay_out(house)
    assert find(house, tag=str(tag)) == ["livraison égarée", "prix", "livraison lente"]
    with house.writing():
        tagging.rule(workspace_id=house.id, tag_id=tag, filters={"q": "égarés", "period": "7"}, by=by, now=NOW)
        tagging.rename(workspace_id=house.id, tag_id=tag, name="Colis", by=by, now=NOW)
    lay_out(house)
    assert find(house, tag=str(tag)) == ["livraison égarée", "prix"]
    assert find(house, tag="-") == ["livraison rapide", "livraison lente"]
    with house.reading():
        [shown] = tagging.count_tags(scope=scope)
        row = shown.row
        assert (row.name, row.rule, shown.verbatims, shown.up_to_date) == ("Colis", {"q": "égarés"}, 2, True)
    with house.writing():
        assert tagging.put(scope=scope_of(house, "lyon"), tag_id=tag, wanted=wanted(), by=by, now=NOW) == 0
        assert tagging.put(scope=scope, tag_id=UUID(int=7), wanted=wanted(), by=by, now=NOW) is None
        assert tagging.remove(workspace_id=house.id, tag_id=tag, by=by, now=NOW)
    assert house.rows(Tagging) == []


def searched(house: House, q: str) -> list[searching.Found]:
    with house.reading():
        return searching.search(scope=scope_of(house), wanted=wanted(q=q), language="fr").found


def test_a_rule_waits_for_what_another_worker_is_laying_out(house: House) -> None:
    lay_out(house)
    say(house, "livraison lente")
    house.wait_for_feed()
    with house.writing():
        assert indexing.follow(workspace_id=house.id, now=NOW) is False
        if not on_postgresql():
            return  # SQLite has one writer
        with house.writing():
            tag = tagging.make(workspace_id=house.id, name="Délais", rule={"q": "livraison"}, by="a", now=NOW).id
        with house.app.app_context():
            follow_all(until=float("inf"))
        with house.writing():
            assert indexing.follow(workspace_id=house.id, now=NOW) is None
    lay_out(house)
    assert find(house, tag=str(tag)) == ["livraison lente"]


def test_what_says_something_similar_comes_first_and_what_shares_small_words_only_does_not(house: House) -> None:
    say(house, "Le colis est arrivé ouvert et le vase cassé.")
    say(house, "Vase cassé dans un colis ouvert, dommage.")
    say(house, "Un vase très joli.", place=None)
    say(house, "Le magasin est propre et le personnel aimable.")
    lay_out(house)
    with house.reading():
        row = next(one for one in house.rows(Verbatim) if one.text.startswith("Le colis"))
        near = similar.list_similar(scope=scope_of(house), row=searching_row(house, row.id))
        assert [one.text for one in near][:1] == ["Vase cassé dans un colis ouvert, dommage."]
        assert "Le magasin est propre et le personnel aimable." not in [one.text for one in near]


def searching_row(house: House, verbatim_id: UUID) -> Verbatim:
    found = searching.find(scope=scope_of(house), verbatim_id=verbatim_id, language="fr")
    assert found is not None
    return found.row


HOSTILE = (
    *("'", '"', "''); drop table verbatims; --", "a:* & !b | (c <-> d)", "NEAR(a b)", "stems : a", "\\", "%", "_"),
    *("\x00", "*", "-", '-"', "((((", "🙂", "\ud800", "e\u0301" * 200, "a " * 5000, "²", "\u02bb", "日本語", "مرحبا"),
)


def test_hostile_questions_find_or_do_not_find(house: House) -> None:
    say(house, "l'accueil est 100% parfait ½ ﬁn")
    lay_out(house)
    for line in HOSTILE:
        find(house, line)
        find(house, f"accueil {line}", best=True)
        find(house, f'-{line} "{line}" {line}*')
    assert find(house, "fin 100") == ["l'accueil est 100% parfait ½ ﬁn"]
    assert as_written({"tag": "x", "period": "8", "from": "2026-02-30", "sentiment": "sad", "place": "\x00"}) == {}


def test_views_are_ones_own_or_everybodys(house: House) -> None:
    from vocapp.services import staff

    with house.writing():
        for name in ("ada", "ben"):
            staff.create(workspace_id=house.id, email=f"{name}@example.test", password="longue phrase", role="analyst",
                         place=None, now=NOW)  # fmt: skip
    with house.writing() as session:
        from vocapp.models import User

        ada, ben = (session.query(User.id).filter_by(email=f"{name}@example.test").scalar() for name in ("ada", "ben"))
        own = {"workspace_id": house.id, "by": "a", "now": NOW}
        views.save(user_id=ada, name="À moi", filters={"q": "a", "x": "y"}, shared=False, **own)
        shared = views.save(user_id=ada, name="À tous", filters={"category": "detractor"}, shared=True, **own)
        views.save(user_id=ada, name="À moi", filters={"q": "b"}, shared=False, **own)
        assert [(one.name, one.filters) for one in views.list_views(scope=scope_of(house), user_id=ada)] == [
            ("À moi", {"q": "b"}), ("À tous", {"category": "detractor"}),
        ]  # fmt: skip
        assert [one.name for one in views.list_views(scope=scope_of(house), user_id=ben)] == ["À tous"]
        promos = {"segment": "promo", "q": "kraken"}
        for name, filters in {"Promos": promos, "Lille": {"place": "lille"}, "Lyon": {"place": "lyon"}}.items():
            views.save(user_id=ada, name=name, filters=filters, shared=True, **own)
        lyon = views.list_views(scope=scope_of(house, "lyon"), user_id=ben)
        assert [one.name for one in lyon] == ["À tous", "Lyon"] or [one.name for one in lyon] == ["Lyon", "À tous"]
        with pytest.raises(views.ViewRefused):
            views.save(user_id=ada, name="Rien", filters={"q": "?!"}, shared=False, **own)
        assert not views.remove(workspace_id=house.id, user_id=ben, view_id=shared.id, may_all=False)
        assert views.remove(workspace_id=house.id, user_id=ben, view_id=shared.id, may_all=True)
