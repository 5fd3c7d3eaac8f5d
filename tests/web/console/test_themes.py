"""Themes in the settings: those that ship, own ones beside and in place of them, and a try before anything is kept."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from tests.web.console.changing import journal, save
from tests.web.console.conftest import Browser, World
from vocapp.models import Response, database_now, db, transaction
from vocapp.services import theming
from vocapp.services.verbatims import indexing

OWN = {"key": "workshop", "name-fr": "Atelier", "name-en": "Workshop", "words-fr": "atelier\n cours de couture \n\n"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def own(world: World) -> list[dict[str, Any]]:
    with world.app.app_context():
        return theming.find_own(workspace_id=world.ours.workspace_id)[1]


def said(browser: Browser, path: str = "/themes") -> str:
    return shown(browser.get(f"/console/settings{path}"))


def shown(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(answer.text)))


def test_themes_are_added_changed_and_removed_and_the_journal_says_their_words(world: World) -> None:
    browser = world.log_in("owner")
    assert "Vous n’avez pas encore ajouté de thème" in said(browser)
    assert save(browser, "/themes/new", **OWN).status_code == 303
    kept = {"key": "workshop", "name": {"fr": "Atelier", "en": "Workshop"}}
    assert own(world) == [{**kept, "words": {"fr": ["atelier", "cours de couture"]}}]
    assert "Atelier 2 mots en français" in said(browser)
    changed = OWN | {"words-en": "workshop*", "except-en": "workshop manual"}
    assert save(browser, "/themes/of/workshop", **changed).status_code == 303
    assert own(world)[0]["except"] == {"en": ["workshop manual"]}
    assert 'value="Atelier"' in browser.get("/console/settings/themes/of/workshop").text
    assert save(browser, "/themes/of/workshop/remove").status_code == 303
    assert own(world) == []
    assert [(line.action, line.by) for line in journal(world)] == [("themes.changed", "owner@lune.test")] * 3
    assert journal(world)[1].before == {"workshop": "fr: atelier, cours de couture", "version": 1}
    assert "−en: workshop manual" in said(browser, "/journal")


def test_a_theme_that_ships_is_replaced_ended_and_taken_back(world: World) -> None:
    browser = world.log_in("owner", "en")
    page = browser.get("/console/settings/themes/of/delivery")
    assert "livraison" in page.text
    assert save(browser, "/themes/of/delivery", **(OWN | {"name-fr": "Port", "name-en": "Post"})).status_code == 303
    assert "Post In place of one that ships" in said(browser)
    assert save(browser, "/themes/of/delivery/end").status_code == 303
    assert own(world) == [{"key": "delivery", "name": {"fr": "Port", "en": "Post"}, "words": {}}]
    assert "Post No longer looked for" in said(browser)
    assert save(browser, "/themes/of/delivery/remove").status_code == 303
    assert own(world) == []
    assert save(browser, "/themes/of/delivery/remove").status_code == 404
    assert save(browser, "/themes/of/nothing").status_code == 404


def test_a_name_in_another_language_and_words_of_it_stay(world: World) -> None:
    theme = {"key": "workshop", "name": {"de": "Werkstatt", "fr": "Atelier"}, "words": {"de": ["werkstatt"]}}
    with world.app.app_context(), transaction():
        theming.put(
            workspace_id=world.ours.workspace_id, definition={"themes": [theme]}, now=database_now(), by="a@lune.test"
        )
    browser = world.log_in("owner")
    assert "werkstatt" in browser.get("/console/settings/themes/of/workshop").text
    assert save(browser, "/themes/of/workshop", **OWN, **{"words-de": "werkstatt"}).status_code == 303
    [kept] = own(world)
    assert (kept["name"]["de"], kept["words"]["de"]) == ("Werkstatt", ["werkstatt"])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"key": "Atelier !"}, "De 1 à 40 minuscules"),
        ({"key": "delivery"}, "Un thème porte déjà cette clé"),
        ({"name-fr": "", "name-en": ""}, "Ce champ ne peut pas rester vide"),
        ({"name-en": "x" * 61}, "Une ligne de 60 caractères"),
        ({"words-fr": " \n"}, "Écrivez au moins un mot"),
        ({"words-fr": "bon\nab*"}, "« ab* » n’est pas accepté : il faut au moins trois lettres"),
        ({"words-fr": "!!"}, "il n’y a là aucun mot"),
        ({"words-en": "w*rk"}, "un * se place à la fin"),
        ({"words-en": "x" * 61}, "60 caractères au plus"),
        ({"except-fr": "atelier*"}, "ce qui n’en parle pas s’écrit en entier"),
        ({"words-fr": "\n".join(f"mot {n}" for n in range(501))}, "at most 500"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(world: World, fields: dict[str, str], why: str) -> None:
    browser = world.log_in("owner")
    for do in ({}, {"do": "try"}):
        answer = save(browser, "/themes/new", **(OWN | fields | do))
        if do and fields == {"key": "delivery"}:  # only tried, it stands in the place of the one that ships
            assert answer.status_code == 200
            continue
        assert answer.status_code == 422
        assert why.replace(" :", "\u00a0:").replace("« ", "«\u00a0").replace(" »", "\u00a0»") in unescape(answer.text)
    assert own(world) == journal(world) == []


def test_a_try_says_what_a_text_and_the_last_verbatims_would_carry_and_keeps_nothing(world: World) -> None:
    with world.app.app_context(), transaction():
        rows = db.session.scalars(select(Response).where(Response.workspace_id == world.ours.workspace_id)).all()
        for number, row in enumerate(rows):
            row.answers = {**row.answers, "why": "Le cours de couture était trop court." if number else "Rien à dire."}
        indexing.lay_out(workspace_id=world.ours.workspace_id, ids=[row.id for row in rows])
    browser = world.log_in("owner")
    tried = {**OWN, "do": "try", "text": "L’atelier, et la livraison."}
    answer = save(browser, "/themes/new", **tried)
    assert answer.status_code == 200
    text = shown(answer)
    assert "Livraison Atelier" in text
    assert f"Des {len(rows)} derniers commentaires, {len(rows) - 1} porteraient ce thème" in text
    assert "Le cours de couture était trop court." in text
    assert "Aujourd’hui, 0 le portent" in text
    assert own(world) == journal(world) == []
    found = save(browser, "/themes", text="Le colis est arrivé abîmé <b>")
    assert "Livraison" in shown(found).partition("Thèmes trouvés")[2].partition("Thèmes fournis")[0]
    assert "Aucun thème n’y est trouvé." in shown(save(browser, "/themes", text="Bof"))
    assert save(browser, "/themes", text=" ").status_code == 422


@pytest.mark.parametrize("role", ["agent", "analyst", "viewer"])
def test_only_owners_set_themes(world: World, role: str) -> None:
    browser = world.log_in(role)
    for path in ("/themes", "/themes/new", "/themes/of/delivery"):
        assert browser.get(f"/console/settings{path}").status_code == 403
        assert save(browser, path, **OWN).status_code == 403
    for path in ("/themes/of/delivery/end", "/themes/of/delivery/remove"):
        assert save(browser, path).status_code == 403
    assert own(world) == []
