"""Verbatims in the console: looked for, narrowed down, tagged, kept as a view, and taken along as a spreadsheet."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update

from tests.rig.browser import Visitor
from tests.watching import statements, swapped
from tests.web.console import crowd
from tests.web.console.conftest import Browser, World
from tests.web.console.test_pages import _keep, _staff
from vocapp.models import AuditEntry, Invitation, Response, Tag, Verbatim, database_now, db, transaction
from vocapp.services.verbatims import indexing, tagging
from vocapp.web.console.verbatims import files

STRINGS = Path(__file__).parents[4] / "shared" / "data" / "strings" / "blns.json"
SAID = {
    "ada": '=HYPERLINK("http://x.test") le colis était cassé, déçue.',
    "bo": "Livrée en retard\tet colis abîmé",
    "cy": "@perdu : aucun colis reçu",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def lay_out(world: World, said: dict[str, str] | None = None) -> dict[str, str]:
    """Let the world's people say something else, and lay it out; return who → the verbatim's id."""
    workspace_id = world.ours.workspace_id
    with world.app.app_context(), transaction() as session:
        for who, text in (said or {}).items():
            story = world.ours.stories[who]
            session.execute(
                update(Response).where(Response.id == story.response).values(
                    answers={"nps": 2, "why": text},
                    sentiment={"label": "negative", "language": "fr", "hurts": [[[0, 5]]]},
                )
            )  # fmt: skip
        ids = session.scalars(select(Response.id).where(Response.workspace_id == workspace_id)).all()
        numbers = indexing.lay_out(workspace_id=workspace_id, ids=ids)
        tagging.tag_by_rules(workspace_id=workspace_id, numbers=numbers, now=database_now())
        rows = session.execute(select(Verbatim.customer_id, Verbatim.id).where(Verbatim.workspace_id == workspace_id))
        found = dict(rows.all())
        return {who: str(found[story.customer]) for who, story in world.ours.stories.items()}


def audited(world: World) -> list[tuple[str, str | None]]:
    told = AuditEntry.action.like("%verbatims%") | AuditEntry.action.like("tag%")
    with world.app.app_context():
        rows = db.session.scalars(select(AuditEntry).where(told).order_by(AuditEntry.id))
        return [(row.action, row.subject) for row in rows]


def quoted(page: str) -> list[str]:
    found = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in found]


def test_verbatims_are_found_narrowed_down_and_marked(world: World, log_in: Callable[..., Browser]) -> None:
    ids = lay_out(world, SAID)
    analyst = log_in("analyst")
    with statements(world.app) as said:
        first = analyst.get("/console/verbatims").text
    assert len(said) < 40
    assert sorted(quoted(first)) == sorted(SAID.values())
    found = analyst.get("/console/verbatims?q=colis+cass%C3%A9s").text
    assert quoted(found) == [SAID["ada"]]
    assert '<mark class="found">colis</mark>' in found
    assert '<mark class="found">cassé</mark>' in found
    assert "<mark>=HYPE</mark>" in found
    nice = analyst.get("/console/verbatims?q=colis&place=south").text
    assert quoted(nice) == [SAID["ada"]]
    assert re.search(r'place=lyon"[^>]*><span>Lyon</span> <span class="n">1<', nice)
    assert "Rien ne correspond" in analyst.get("/console/verbatims?q=introuvable").text
    wordless = analyst.get("/console/verbatims?q=!!!").text
    assert (quoted(wordless), "pas de mot à chercher dans «\xa0!!!\xa0»" in wordless) == ([], True)
    odd = analyst.get("/console/verbatims?category=nope&from=garbage&to=2026-02-31&period=7&sentiment=").text
    assert "Filtre non valide, ignoré\xa0: Note, Du, Au." in odd
    assert "non valide" not in nice + analyst.get("/console/verbatims?period=7&from=2020-01-01&sentiment=-").text
    one = analyst.get(f"/console/verbatims/{ids['ada']}?q=colis").text
    assert quoted(one)[0] == SAID["ada"]
    assert "Pourquoi ?" in one
    [card] = re.findall(r"<textarea[^>]* readonly>(.*?)</textarea>", one, re.DOTALL)
    assert "le colis était cassé" in card
    assert "Nice" in card
    assert "Lovelace" not in card
    south = log_in("south")
    assert quoted(south.get("/console/verbatims").text) == [SAID["ada"]]
    assert south.get(f"/console/verbatims/{ids['bo']}").status_code == 404
    viewer = log_in("viewer").get("/console/verbatims").text
    assert "A. L." in viewer
    assert "Lovelace" not in viewer


def test_the_card_for_the_team_names_neither_the_customer_nor_who_served_them(world: World) -> None:
    """It masks what reports mask: the adviser that the event tells of, the order, the event's own id."""
    ids = lay_out(world, {"ada": "Karim m’a raccroché au nez, puis Inès. Commande AB-7 perdue, dit Lovelace-ada."})
    with world.app.app_context(), transaction() as session:
        response = session.get_one(Response, (world.ours.workspace_id, world.ours.stories["ada"].response))
        invitation = session.get_one(Invitation, (world.ours.workspace_id, response.invitation_id))
        properties = {"order": "AB-7", "advisor_first_name": "Inès"}
        invitation.context = {**invitation.context, "agent": "Karim Benali", "properties": properties}
    page = world.log_in("analyst").get(f"/console/verbatims/{ids['ada']}").text
    cards = re.findall(
        r"<textarea[^>]* readonly>(.*?)</textarea>|<div class=\"on-paper\"[^>]*>(.*?)</div>", page, re.DOTALL
    )
    assert len(cards) == 2
    for card in map("".join, cards):
        assert "[…] m’a raccroché au nez, puis […]" in card
        assert not re.search("Karim|Inès|AB-7|Lovelace", card)
    assert "Karim" in quoted(page)[0], "the page itself shows what was said"


def test_tags_are_made_put_and_ruled(world: World, log_in: Callable[..., Browser]) -> None:
    ids = lay_out(world, SAID)
    analyst, agent = log_in("analyst"), log_in("agent")
    page = f"/console/verbatims/{ids['ada']}"
    assert analyst.post(f"{page}/tags", do="make", name="Casse").status_code == 303
    assert analyst.post(f"{page}/tags", do="make", name="  cassé ").status_code == 303
    assert "Il y a déjà une étiquette de ce nom." in analyst.get(page).text
    assert analyst.post("/console/verbatims/found/tags", do="make", name="?!").status_code == 303
    assert "Donnez un nom de 60 caractères au plus" in analyst.get(page).text
    assert analyst.post("/console/verbatims/tags", name="", q="colis").status_code == 422
    assert analyst.post("/console/verbatims/tags", name="Retards", q="retard").status_code == 303
    wordless = analyst.post("/console/verbatims/tags", name="Furieux", q="…")
    assert (wordless.status_code, "Cette règle ne contient pas de mot" in wordless.text) == (422, True)
    assert agent.post("/console/verbatims/tags", name="Autre").status_code == 403
    assert log_in("viewer").get("/console/verbatims/tags").status_code == 403
    with world.app.app_context():
        tags = {tag.name: tag for tag in db.session.scalars(select(Tag))}
    assert set(tags) == {"Casse", "Retards"}
    with world.app.app_context(), transaction():
        for tag_id in tagging.list_to_apply(workspace_id=world.ours.workspace_id):
            tagging.apply(workspace_id=world.ours.workspace_id, tag_id=tag_id, now=database_now())
    retards, casse = str(tags["Retards"].id), str(tags["Casse"].id)
    assert quoted(agent.get(f"/console/verbatims?tag={retards}").text) == [SAID["bo"]]
    assert agent.post("/console/verbatims/found/tags", do="put", which=casse, q="abîmé").status_code == 303
    assert len(quoted(agent.get(f"/console/verbatims?tag={casse}").text)) == 2
    assert agent.post(f"{page}/tags", do="off", which=casse).status_code == 303
    assert quoted(agent.get(f"/console/verbatims?tag={casse}").text) == [SAID["bo"]]
    listed = analyst.get("/console/verbatims/tags").text
    assert "Mots\xa0: retard" in listed
    change = f"/console/verbatims/tags/{retards}"
    assert analyst.post(change, do="rename", name="casse").status_code == 422
    assert analyst.post(change, do="rename", name="En retard").status_code == 303
    assert analyst.post(change, do="by_hand").status_code == 303
    assert analyst.post(change, do="remove").status_code == 303
    assert analyst.post(change, do="remove").status_code == 404
    assert [action for action, _ in audited(world)][-3:] == ["tag.renamed", "tag.ruled", "tag.removed"]


def test_what_is_found_leaves_as_a_spreadsheet_that_runs_nothing(world: World, log_in: Callable[..., Browser]) -> None:
    lay_out(world, SAID)
    analyst = log_in("analyst")
    reply = analyst.post("/console/verbatims/file", q="colis", **{"as": "xlsx"})
    assert reply.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = openpyxl.load_workbook(io.BytesIO(reply.data))
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    at, text = head.index("Répondu le"), head.index("Verbatim")
    assert sorted(row[text] for row in rows) == sorted([f"'{SAID['ada']}", SAID["bo"], f"'{SAID['cy']}"])
    assert all(isinstance(row[at], datetime) for row in rows)
    assert rows[0][head.index("NPS")] == 2
    assert not [cell for line in book.worksheets[0].iter_rows() for cell in line if cell.data_type == "f"]
    written = analyst.post("/console/verbatims/file", place="nice", **{"as": "csv"}).text
    [names, line] = csv.reader(io.StringIO(written.removeprefix("\ufeff")), delimiter=";")
    assert dict(zip(names, line, strict=True))["Verbatim"] == f"'{SAID['ada']}"
    south = log_in("south").post("/console/verbatims/file", **{"as": "csv"}).text
    assert SAID["bo"] not in south
    assert log_in("viewer").post("/console/verbatims/file", **{"as": "csv"}).status_code == 403
    assert audited(world) == [("verbatims.exported", kind) for kind in ("xlsx", "csv", "csv")]
    cut = "Le fichier contient les 2 plus récents\u202f; pour les autres, choisissez une période."
    assert "Le fichier contient" not in analyst.get("/console/verbatims").text
    with swapped(files, "MOST_ROWS", 2):
        assert cut in analyst.get("/console/verbatims").text
        assert "Le fichier contient" not in analyst.get("/console/verbatims?place=nice").text
        assert len(analyst.post("/console/verbatims/file", **{"as": "csv"}).text.splitlines()) == 3


def test_views_are_kept_shared_and_removed(world: World, log_in: Callable[..., Browser]) -> None:
    lay_out(world, SAID)
    analyst, agent = log_in("analyst"), log_in("agent")
    assert analyst.post("/console/verbatims/views", name="", q="colis").status_code == 422
    wordless = analyst.post("/console/verbatims/views", name="Rien", q="!!!")
    assert (wordless.status_code, "Cette recherche ne contient pas de mot" in wordless.text) == (422, True)
    assert analyst.post("/console/verbatims/views", name="Casse", q="colis", shared="yes").status_code == 303
    assert agent.post("/console/verbatims/views", name="À moi", category="detractor", shared="yes").status_code == 303
    assert "Casse" in agent.get("/console/verbatims").text
    assert "À moi" not in analyst.get("/console/verbatims").text
    page = analyst.get("/console/verbatims?q=colis").text
    found = re.search(r'action="(/console/verbatims/views/[^"]+)"', page)
    assert found
    assert agent.post(found[1]).status_code == 404
    assert analyst.post(found[1]).status_code == 303
    assert "Casse" not in agent.get("/console/verbatims").text


@pytest.mark.skipif(not STRINGS.is_file(), reason="the shared data is not beside this checkout")
def test_no_question_breaks_a_page(world: World, log_in: Callable[..., Browser]) -> None:
    lay_out(world, SAID)
    analyst = log_in("analyst")
    for line in json.loads(STRINGS.read_text(encoding="utf-8"))[::12]:
        for query in ({"q": line, "sort": "best"}, {"place": line, "tag": line, "persona": line, "after": line}):
            reply = analyst.client.get("/console/verbatims", query_string=query)
            assert reply.status_code == 200, query


@pytest.mark.browser
def test_somebody_explores_to_a_spreadsheet(
    world: World, address: str, new_visitor: Callable[..., Visitor], tmp_path: Path
) -> None:
    crowd.fill(world, 40)
    lay_out(world, SAID)
    visitor = _staff(new_visitor, address, "analyst@lune.test", locale="fr-FR", viewport={"width": 1280, "height": 900})
    page = visitor.page
    page.click("text=Verbatims")
    _keep(page, "verbatims-fr-1280")
    page.fill("#q", "colis")
    page.click("[role=search] .primary")
    page.click("aside a:has-text('Nice')")
    page.wait_for_url("**place=nice**")  # with its script: keys are keys from then on
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.fill("#new-tag", "Casse")
    page.click("text=Créer l’étiquette")
    _keep(page, "verbatim-fr-1280")
    page.click(".back a")
    assert "place=nice" in page.url
    page.click("text=Enregistrer cette recherche")
    page.fill("#view-name", "Colis à Nice")
    page.click("form[action$='/views'] button")
    page.wait_for_selector("nav >> text=Colis à Nice")
    with page.expect_download() as download:
        page.click("text=Tableur (XLSX)")
    path = tmp_path / "verbatims.xlsx"
    download.value.save_as(path)
    head, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    assert [row[head.index("Étiquettes")] for row in rows].count("Casse") == 1
    assert {row[head.index("Lieu")] for row in rows} == {"Nice"}
    if _wants_pictures():
        _look_around(page, address)
    assert not visitor.complaints


def _wants_pictures() -> bool:
    import os

    return bool(os.environ.get("VOCAPP_SCREENSHOTS"))


def _look_around(page: Any, address: str) -> None:
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for language in ("fr", "en"):
            page.context.clear_cookies(name="vocapp_language")
            page.context.add_cookies([{"name": "vocapp_language", "value": language, "url": address}])
            for name, path in {"list": "?q=colis", "all": "", "tags": "/tags?q=colis", "none": "?q=xyz"}.items():
                page.goto(f"{address}/console/verbatims{path}")
                _keep(page, f"verbatims-{name}-{language}-{width}")
            page.goto(f"{address}/console/verbatims?q=colis")
            page.click("[data-open-row] >> nth=0")
            _keep(page, f"verbatim-{language}-{width}")
