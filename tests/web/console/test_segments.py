"""Segments in the console: the list, the builder without and with a script, who belongs, what leaves the product."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from tests.rig.browser import Visitor
from tests.watching import statements
from tests.web.console import crowd
from tests.web.console.conftest import Browser, World
from tests.web.console.test_pages import _staff
from vocapp.jobs.segments import follow_all
from vocapp.models import Attribute, AuditEntry, Customer, Membership, SegmentRow, db, new_id, transaction
from vocapp.models.bulk import insert_many
from vocapp.services import following, segmenting

UNHAPPY = {"<=": [{"var": "scores.nps"}, 6]}
ODD = {"and": [{">": [{"+": [{"var": "scores.nps"}, {"var": "scores.csat"}]}, 5]}, {"or": [UNHAPPY, {"!": UNHAPPY}]}]}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def keep(world: World, key: str, when: Any, **fields: Any) -> None:
    definition = {"name": {"fr": f"Les {key}", "en": f"The {key}"}, "when": when, **fields}
    with world.app.app_context(), transaction():
        segmenting.put(workspace_id=world.ours.workspace_id, key=key, definition=definition, now=datetime.now(UTC))


def follow(world: World) -> None:
    """Draw everybody's portrait, and let the segments follow."""
    with world.app.app_context():
        with transaction():
            ids = db.session.scalars(select(Customer.id).where(Customer.workspace_id == world.ours.workspace_id)).all()
            following._judge(world.ours.workspace_id, ids, datetime.now(UTC))
        follow_all(until=float("inf"))


def belongs(world: World, key: str, *people: str, **fields: Any) -> None:
    now = datetime.now(UTC)
    rows = [
        {
            "workspace_id": world.ours.workspace_id, "id": new_id(), "segment_key": key,
            "customer_id": world.ours.stories[person].customer, "joined_at": now - timedelta(hours=2), **fields,
        }
        for person in people
    ]  # fmt: skip
    with world.app.app_context(), transaction() as session:
        insert_many(Membership, rows)
        row = session.get_one(SegmentRow, (world.ours.workspace_id, key))
        row.renewed_version, row.renewed_at = row.version, now


def fields_of(page: str) -> MultiDict[str, str]:
    """Return the builder's form as a browser without a script would send it."""
    form = page[page.index("data-shape-form") : page.index("</form>", page.index("data-shape-form"))]
    found: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found.add(html.unescape(name[1]), html.unescape(value[1]) if value else "")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        assert chosen
        found.add(name, html.unescape(chosen[1]))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found.add(name, html.unescape(text))
    return found


def send(browser: Browser, path: str, fields: MultiDict[str, str], **changed: Any) -> Any:
    for name, value in changed.items():
        field = name.replace("__", ".").replace("_", "-") if name.startswith(("name_", "g")) else name
        fields.setlist(field, value if isinstance(value, list) else [value])
    return browser.client.post(path, data=fields, headers={"Accept-Language": browser.language})


def said(page: str) -> str:
    return (
        re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page))).replace("\u202f", " ").replace("\u00a0", " ")
    )


def kept(world: World, key: str) -> dict[str, Any]:
    with world.app.app_context():
        return dict(db.session.get_one(SegmentRow, (world.ours.workspace_id, key)).definition)


def test_a_segment_is_built_row_by_row_without_a_script(world: World) -> None:
    crowd.fill(world, 6)
    follow(world)
    owner, path = world.log_in("owner"), "/console/segments/new"
    fields = fields_of(owner.get(path).text)
    page = send(owner, path, fields, g0__r0__value="6", do="count").text
    assert "6 sur 9 clients" in said(page)
    page = send(owner, path, fields_of(page), do="row-0").text
    fields = fields_of(page)
    fields["g0.r1.field"] = "sentiment.label"
    page = send(owner, path, fields, do="count").text
    assert "Donnez une valeur." in said(page)
    assert "g0.r1.choice" in fields_of(page), "a tone is chosen from a list"
    page = send(owner, path, fields_of(page), g0__r1__choice="negative", do="count").text
    assert "6 sur 9 clients" in said(page)
    page = send(owner, path, fields_of(page), do="group").text
    fields = fields_of(page)
    fields["g1.r0.field"] = "customer.attributes.*"
    page = send(owner, path, fields, do="count").text
    fields = fields_of(page)
    fields["g1.r0.other"], fields["g1.r0.value"] = "favourite_store", "Nantes, rue Crébillon"
    page = send(owner, path, fields, do="count").text
    assert "6 sur 9 clients" in said(page)
    answer = send(owner, path, fields_of(page), do="save")
    assert answer.status_code == 422
    assert "Donnez un nom dans une langue au moins." in said(answer.text)
    answer = send(owner, path, fields_of(answer.text), name_fr="Mécontents de Nantes", do="save")
    assert answer.status_code == 303
    assert answer.location.endswith("/console/segments/mecontents_de_nantes")
    assert kept(world, "mecontents_de_nantes") == {
        "name": {"fr": "Mécontents de Nantes"},
        "when": {
            "and": [
                UNHAPPY,
                {"==": [{"var": "sentiment.label"}, "negative"]},
                {"==": [{"var": "customer.attributes.favourite_store"}, "Nantes, rue Crébillon"]},
            ]
        },
    }
    follow(world)
    with world.app.app_context():
        one = db.session.scalar(select(Customer.id).where(Customer.external_id == "crowd-0"))
    assert "Segments Mécontents de Nantes à l’instant" in said(owner.get(f"/console/customers/{one}").text)
    page = said(owner.get("/console/segments/mecontents_de_nantes").text)
    assert "Recommandation (0 à 10) au plus 6 et Ton des derniers mots est négatif et" in page
    assert "Anne-Sophie Marguerite" in page


def test_who_finds_nobody_is_told_what_each_condition_finds(world: World) -> None:
    crowd.fill(world, 6)
    follow(world)
    owner, path = world.log_in("owner"), "/console/segments/new"
    fields = fields_of(owner.get(path).text)
    page = send(owner, path, fields, g0__r0__value="6", do="row-0").text
    fields = fields_of(page)
    assert "Donnez une valeur." not in said(page), "of a row that has just come"
    fields["g0.r1.how"] = "at_least"
    page = said(send(owner, path, fields, g0__r1__value="9", do="count").text)
    assert "0 sur 9 clients" in page
    assert "Recommandation (0 à 10) au plus 6 : 6 Recommandation (0 à 10) au moins 9 : 0" in page
    page = said(send(owner, path, fields, g0__join="or", do="count").text)
    assert "Une par une" not in page


def test_a_text_is_not_written_of_half_a_rule(world: World) -> None:
    owner, path = world.log_in("owner"), "/console/segments/new"
    page = said(send(owner, path, fields_of(owner.get(path).text), do="text").text)
    assert "Complétez d’abord les conditions" in page
    assert "Donnez une valeur." in page
    assert "pas encore enregistré" not in page


def test_no_two_facts_are_offered_by_one_name(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        for key in ("average_basket", "lifecycle_stage"):
            session.add(
                Attribute(
                    workspace_id=world.ours.workspace_id,
                    customer_id=world.ours.stories["ada"].customer,
                    key=key,
                    value="x",
                    source="api",
                    observed_at=datetime.now(UTC),
                )
            )
    for language in ("fr", "en"):
        page = world.log_in("owner", language).get("/console/segments/new").text
        select_ = re.search(r'<select id="g0-r0-field".*?</select>', page, re.DOTALL)
        assert select_
        offered = re.findall(r"<option[^>]*>([^<]*)</option>", select_[0])
        assert len(offered) == len(set(offered)) > 30
        groups = re.findall(r'<optgroup label="([^"]*)"', select_[0])
        assert len(groups) == len(set(groups)) == 8


def test_a_list_says_the_amounts_that_a_rule_asks_for(world: World) -> None:
    keep(world, "spenders", {">=": [{"var": "value.basket_minor"}, 15_000]})
    page = said(world.log_in("owner").get("/console/segments").text)
    assert "Panier moyen au moins 150,00 €" in page
    assert page.count("au moins 150,00 €") == 2, "of the ready-made one, too"


def test_a_rule_that_rows_cannot_say_stays_a_text_to_the_letter(world: World) -> None:
    keep(world, "odd", ODD, description="Une seule langue")
    owner, path = world.log_in("owner"), "/console/segments/odd/edit"
    fields = fields_of(owner.get(path).text)
    assert fields["mode"] == "text"
    page = send(owner, path, fields, do="rows").text
    assert "Cette règle ne se présente pas en lignes. Elle reste en texte." in said(page)
    answer = send(owner, path, fields_of(page), do="save")
    assert answer.status_code == 303
    assert kept(world, "odd") == {
        "name": {"fr": "Les odd", "en": "The odd"}, "when": ODD, "description": "Une seule langue",
    }  # fmt: skip
    page = owner.get("/console/segments/odd").text
    assert "elle est gardée telle quelle" in said(page)
    assert '"scores.csat"' in html.unescape(page)


def test_nobody_overwrites_what_another_has_changed_meanwhile(world: World) -> None:
    keep(world, "unhappy", UNHAPPY)
    owner, path = world.log_in("owner"), "/console/segments/unhappy/edit"
    fields = fields_of(owner.get(path).text)
    keep(world, "unhappy", {"<=": [{"var": "scores.nps"}, 5]})
    answer = send(owner, path, fields, g0__r0__value="3", do="save")
    assert answer.status_code == 422
    assert "Quelqu’un a modifié ce segment entre-temps" in said(answer.text)
    assert kept(world, "unhappy")["when"] == {"<=": [{"var": "scores.nps"}, 5]}
    again = fields_of(owner.get("/console/segments/new").text)
    answer = send(owner, "/console/segments/new", again, g0__r0__value="6", name_fr="LES unhappy", do="save")
    assert "Un segment porte déjà ce nom" in said(answer.text)
    answer = send(owner, "/console/segments/new", again, name_fr="Râleurs", key="unhappy", do="save")
    assert "Cette clé est déjà prise" in said(answer.text)
    answer = send(owner, "/console/segments/new", again, name_fr="", name_en="Unhappy", key="", do="save")
    assert answer.location.endswith("/unhappy_2"), "who gave no key is not asked for another"


def test_one_sees_the_part_of_a_segment_that_is_ones_own(world: World) -> None:
    keep(world, "buyers", {"known": "customer.external_id"})
    belongs(world, "buyers", "ada", "bo", "cy")
    for role, n in (("owner", 3), ("south", 1)):
        browser = world.log_in(role)
        assert f"Les buyers Clients {n} En 7 jours +{n}" in said(browser.get("/console/segments").text)
        pages = [browser.get(f"/console/segments/buyers{rest}").text for rest in ("", "/moves")]
        pages.append(browser.post("/console/segments/buyers/members.csv").text)
        for page in pages:
            assert "Lovelace-ada" in page
            assert ("Lovelace-bo" in page) == (role == "owner")
    viewer = world.log_in("viewer")
    page = viewer.get("/console/segments/buyers").text
    assert "Votre rôle ne montre pas les noms" in said(page)
    assert "A. L." not in page
    assert viewer.get("/console/segments/buyers/moves").status_code == 403
    assert viewer.post("/console/segments/buyers/members.csv").status_code == 403
    for role in ("viewer", "agent", "south"):
        assert world.log_in(role).get("/console/segments/new").status_code == 403
        assert world.log_in(role).get("/console/segments/buyers/edit").status_code == 403
        assert world.log_in(role).post("/console/segments/count").status_code == 403


def test_who_joined_and_who_left_is_told_in_order(world: World) -> None:
    keep(world, "unhappy", UNHAPPY)
    now = datetime.now(UTC)
    belongs(world, "unhappy", "ada")
    belongs(world, "unhappy", "bo", joined_at=now - timedelta(days=40), left_at=now - timedelta(hours=1))
    page = said(world.log_in("owner", "en").get("/console/segments/unhappy/moves").text)
    rows = re.findall(r"(Ada|Bo) Lovelace-\w+ (joined|left)", page)
    assert rows == [("Bo", "left"), ("Ada", "joined"), ("Bo", "joined")]
    assert "Customers 1 In 7 days : +1" not in page
    assert "+1 1 joined −1 , 1 left" in said(world.log_in("owner", "en").get("/console/segments/unhappy").text)


def test_the_file_runs_nothing_and_is_written_down(world: World) -> None:
    keep(world, "unhappy", {"==": [{"var": "customer.external_id"}, "customer-ada"]})
    with world.app.app_context(), transaction() as session:
        ada = session.get_one(Customer, (world.ours.workspace_id, world.ours.stories["ada"].customer))
        ada.last_name, ada.nps_value = '=HYPERLINK("https://x.test")', 3
    follow(world)
    for role, language, between in (("owner", "fr", ";"), ("analyst", "en", ",")):
        answer = world.log_in(role, language).post("/console/segments/unhappy/members.csv")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="unhappy.csv"'
        head, row = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=between)
        assert row[:3] == ["customer-ada", "Ada", '\'=HYPERLINK("https://x.test")']
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row[-1]), "a spreadsheet reads it"
        assert row[-4] == "3"
        assert row[-3:-1] == [{"fr": "Prospect", "en": "Prospect"}[language], ""]
        assert ("ada@client-lune.test" in row) == (role == "owner")
        assert len(head) == len(row)
    with world.app.app_context():
        noted = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "segment.exported")).all()
    assert [(one.by, one.after) for one in noted] == [
        ("owner@lune.test", {"members": 1}), ("analyst@lune.test", {"members": 1}),
    ]  # fmt: skip


def test_more_segments_and_members_take_no_more_statements(world: World) -> None:
    owner = world.log_in("owner")

    def said_for(path: str) -> int:
        owner.get(path)
        with statements(world.app) as found:
            assert owner.get(path).status_code == 200
        return len(found)

    keep(world, "one", UNHAPPY)
    paths = ("/console/segments", "/console/segments/one", "/console/segments/one/moves", "/console/segments/one/edit")
    belongs(world, "one", "ada")
    few = [said_for(path) for path in paths]
    for number in range(5):
        keep(world, f"more-{number}", {"or": [UNHAPPY, {"known": "persona.key"}, {"known": "place.key"}]})
        belongs(world, f"more-{number}", "ada", "bo", "cy")
    belongs(world, "one", "bo", "cy")
    assert [said_for(path) for path in paths] == few
    fields = fields_of(owner.get("/console/segments/one/edit").text)
    with statements(world.app) as found:
        send(owner, "/console/segments/count", fields, do="count")
    assert len(found) <= 6, "counting while somebody types"


def type_while_answers_are_slow(page: Page) -> None:
    """Go on while the server's answer to the last change is on its way: nothing of it may be lost, or told too late."""
    counted, value = page.locator("[data-counted]"), page.locator("#g0-r1-value")
    network = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", limits)
    page.click("#add-0")
    page.locator("#g0-r1-field").wait_for()
    assert page.locator(".condition .error").count() == 0, "nobody had a chance to type yet"
    page.select_option("#g0-r1-field", "value.basket_minor")
    page.focus("#g0-r1-value")
    page.keyboard.type("100,5")
    page.select_option("#g0-r1-how", "more")
    page.keyboard.type("0")  # into nothing: a list has no such entry
    page.fill("#g0-r1-value", "100,50")
    page.get_by_text("Valeur (EUR)").wait_for()
    counted.get_by_text(re.compile("^0.sur.9.clients")).wait_for()
    assert (value.input_value(), page.input_value("#g0-r1-how")) == ("100,50", "more")
    page.select_option("#g0-r1-field", "value.last.days")
    value.fill("-5")
    page.locator("#g0-r1-error", has_text="Un nombre de jours, 0 ou plus.").wait_for()
    value.fill("90")
    page.locator("#g0-r1-error").wait_for(state="detached")
    page.click("#add-0")
    page.fill("#g0-r0-value", "5")  # while a row is on its way
    page.locator("#g0-r2-field").wait_for()
    assert page.input_value("#g0-r0-value") == "5"
    page.click("[data-shape][value=drop-0-2]")
    page.click("[data-shape][value=drop-0-1]")  # both, one after the other
    page.fill("#g0-r0-value", "6")
    page.locator("#g0-r1-field").wait_for(state="detached")
    network.send("Network.emulateNetworkConditions", limits | {"latency": 0})
    counted.get_by_text(re.compile("sur.9.clients")).wait_for()
    assert page.input_value("#g0-r0-value") == "6"


def test_with_a_script_it_counts_while_one_edits(
    world: World, address: str, new_visitor: Callable[..., Visitor]
) -> None:
    crowd.fill(world, 6)
    follow(world)
    visitor = _staff(new_visitor, address, "owner@lune.test")
    page = visitor.page
    page.goto(f"{address}/console/segments/new")
    counted = page.locator("[data-counted]")
    page.fill("#g0-r0-value", "6")
    counted.get_by_text(re.compile("sur.9.clients")).wait_for()
    page.click("#add-0")
    page.locator("#g0-r1-field").wait_for()
    assert page.evaluate("document.activeElement.id") == "g0-r1-field"
    page.select_option("#g0-r1-field", "sentiment.label")
    page.select_option("#g0-r1-choice", "positive")
    counted.get_by_text(re.compile("0.sur.9.clients")).wait_for()
    page.select_option("#g0-r1-choice", "negative")
    counted.get_by_text(re.compile("6.sur.9.clients")).wait_for()
    page.click("[data-shape][value=drop-0-1]")
    page.locator("#g0-r1-field").wait_for(state="detached")
    assert page.input_value("#g0-r0-value") == "6"
    type_while_answers_are_slow(page)
    page.fill("#name-fr", "Mécontents")
    page.click("text=Enregistrer")
    page.wait_for_url("**/console/segments/mecontents")
    size = page.locator("[data-renews=size]")
    assert "Calcul en cours" in size.inner_text()
    follow(world)
    size.get_by_text("6", exact=True).wait_for()
    page.locator("[data-renews=notice] .notice").wait_for(state="detached")
    assert page.locator("[data-renews=members] [data-row]").count() == 6
    assert kept(world, "mecontents")["when"] == UNHAPPY
    assert not visitor.complaints
