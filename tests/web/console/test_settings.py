"""The settings: who may change them, what is said when something is wrong, and what the journal keeps."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from tests.web.console.changing import bearer, journal, mails, place_of, rows_of, save, user_id, workspace
from tests.web.console.conftest import World
from vocapp.models import ApiKey, Member, new_id, transaction
from vocapp.services import keys


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The pages are what is told of here; what they call is tried on both databases in its own tests."""
    return sqlite_url


PAGES = ("", "/places", "/places/nice", "/team", "/policy", "/sender", "/voice", "/keys", "/links", "/journal")
POLICY = {
    "cap": "2", "window_days": "7", "rest_same_answered_days": "90", "rest_same_invited_days": "30",
    "rest_any_days": "3", "quiet_from": "20:00", "quiet_to": "08:00", "basis": "consent", "link_life_days": "60",
    "partial_closes_after_days": "7", "partial_alerts_after_minutes": "15",
}  # fmt: skip
WORKSPACE = {"name": "Maison Lune", "default_language": "fr", "timezone": "Europe/Paris"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_owner_finds_every_page_in_both_languages(world: World, language: str) -> None:
    browser = world.log_in("owner", language)
    for path in (*(f"/console/settings{page}" for page in PAGES), "/console/account"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}">' in answer.text
    assert f"/console/settings/team/{user_id(world, 'agent')}" in browser.get("/console/settings/team").text
    assert browser.get(f"/console/settings/team/{user_id(world, 'agent')}").status_code == 200


@pytest.mark.parametrize("role", ["analyst", "agent", "viewer", "south"])
def test_nobody_else_comes_in(world: World, role: str) -> None:
    browser = world.log_in(role)
    assert "/console/settings" not in browser.get("/console/alerts").text
    for page in PAGES:
        assert browser.get(f"/console/settings{page}").status_code == 403
        assert browser.post(f"/console/settings{page}", name="x").status_code in {403, 404, 405}
    assert browser.get("/console/account").status_code == 200


def test_an_owner_of_a_part_could_give_themselves_the_rest_and_stays_out(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        session.execute(update(Member).where(Member.user_id == user_id(world, "owner")).values(place_key="south"))
    assert world.log_in("owner").get("/console/settings").status_code == 403


def test_the_workspace_is_changed_and_what_is_wrong_is_said_beside_its_field(world: World) -> None:
    browser = world.log_in("owner")
    wrong = save(
        browser,
        "",
        name="",
        default_language="klingon!",
        timezone="Mars/Olympus",
        accent="red",
        logo_url="javascript:x",
    )
    assert wrong.status_code == 422
    assert 'id="name-error"' in wrong.text
    wrong = save(
        browser, "", name="Lune", default_language="klingon!", timezone="Mars/Olympus", accent="red",
        logo_url="javascript:alert(1)", alert_recipients="a@lune.test\nnobody", brand_name="x" * 300,
    )  # fmt: skip
    for field in ("default_language", "timezone", "accent", "logo_url", "alert_recipients", "brand_name"):
        assert f'id="{field}-error"' in wrong.text, field
        assert re.search(rf'name="{field}"[^>]*aria-describedby="{field}-error', wrong.text), field
    assert workspace(world).name == "Maison Lune"
    right = save(
        browser, "", name=" Maison d’Été ", default_language="en", timezone="Pacific/Chatham", accent="#1D5FBF",
        brand_name="Été", alert_recipients="a@lune.test, b@lune.test",
    )  # fmt: skip
    assert (right.status_code, right.location) == (303, "/console/settings")
    kept = workspace(world)
    assert (kept.name, kept.default_language, kept.timezone) == ("Maison d’Été", "en", "Pacific/Chatham")
    assert kept.settings["brand"] == {"name": "Été", "accent": "#1d5fbf"}
    assert kept.settings["alert_recipients"] == ["a@lune.test", "b@lune.test"]
    assert [entry.action for entry in journal(world)] == ["workspace.changed", "brand.changed", "recipients.changed"]
    assert "C’est enregistré" in browser.get("/console/settings").text
    assert "C’est enregistré" not in browser.get("/console/settings").text


def test_what_did_not_change_leaves_no_line(world: World) -> None:
    browser = world.log_in("owner")
    for _ in range(2):
        assert save(browser, "", **WORKSPACE).status_code == 303
    assert journal(world) == []


def test_a_place_is_added_renamed_and_moved_with_what_is_below_it(world: World) -> None:
    browser = world.log_in("owner")
    added = save(browser, "/places", name="Région Sud-Ouest", kind="region", parent="brand", key="")
    assert (added.status_code, added.location) == (303, "/console/settings/places/region-sud-ouest")
    moved = save(browser, "/places/south", name="Le Sud", kind="region", parent="region-sud-ouest")
    assert moved.status_code == 303
    assert place_of(world, "nice").path == "/brand/region-sud-ouest/south/nice/"
    lines = [(entry.action, entry.subject, entry.before, entry.after) for entry in journal(world)]
    assert lines[1] == (
        "place.changed",
        "south",
        {"name": "South", "kind": "store", "parent": "brand"},
        {"name": "Le Sud", "kind": "region", "parent": "region-sud-ouest"},
    )
    page = browser.get("/console/settings/places/south").text
    assert re.search(r"Membres limités à ces lieux</dt><dd>1<", page)


def test_no_move_closes_a_circle_and_no_key_is_taken_twice(world: World) -> None:
    browser = world.log_in("owner")
    for parent in ("brand", "nice", "nowhere"):
        refused = save(browser, "/places/brand", name="Brand", kind="brand", parent=parent)
        assert refused.status_code == 422
        assert 'id="parent-error"' in refused.text
        assert f'<option value="{parent}"' not in refused.text.partition('name="parent"')[2]
    for key, field in (("nice", "key"), ("à b", "key"), ("-", "key"), ("x" * 65, "key")):
        refused = save(browser, "/places", name="Nice", kind="store", key=key)
        assert refused.status_code == 422, key
        assert f'id="{field}-error"' in refused.text
    assert save(browser, "/places", name="", kind="store").status_code == 422
    assert save(browser, "/places", name="日本", kind="store").status_code == 422, "no key can be made of it"
    assert save(browser, "/places", name="日本", kind="palace", key="jp").status_code == 422
    assert browser.get("/console/settings/places/nowhere").status_code == 404
    assert place_of(world, "brand").path == "/brand/"
    assert journal(world) == []


def test_a_key_is_shown_once_and_made_once(world: World) -> None:
    browser, fresh = world.log_in("owner"), str(new_id())
    for fields in ({"name": "", "all": "yes"}, {"name": "CDP"}, {"name": "CDP", "scope": "everything"}):
        assert save(browser, "/keys", **fields).status_code == 422
    made = save(browser, "/keys", name="CDP <b>", scope="export", id=fresh)
    assert made.status_code == 200
    key = re.search(r'value="(vk_[^"]+)"', made.text)
    assert key
    assert "CDP &lt;b&gt;" in made.text
    again = save(browser, "/keys", name="CDP <b>", scope="export", id=fresh)
    assert again.status_code == 303, "a form sent twice makes one key"
    page = browser.get("/console/settings/keys").text
    assert key[1] not in page
    assert "jamais" in page
    assert world.app.test_client().get("/api/v1/responses", headers=bearer(key[1])).status_code == 200
    assert "jamais" not in browser.get("/console/settings/keys").text
    assert world.app.test_client().get("/api/v1/settings", headers=bearer(key[1])).status_code == 403
    [row] = rows_of(world, ApiKey)
    assert save(browser, f"/keys/{row.id}/revoke").status_code == 303
    assert world.app.test_client().get("/api/v1/responses", headers=bearer(key[1])).status_code == 401
    assert save(browser, f"/keys/{row.id}/revoke").status_code == 404
    assert key[1] not in repr([vars(entry) for entry in journal(world)])
    assert [entry.action for entry in journal(world)] == ["key.created", "key.revoked"]


def test_the_policy_says_what_will_happen_before_and_after_it_is_kept(world: World) -> None:
    browser = world.log_in("owner")
    assert "au plus 2 messages sur 7 jours" in browser.get("/console/settings/policy").text
    wanted = POLICY | {"cap": "1", "quiet_from": "", "quiet_to": "", "basis": "legitimate_interest"}
    preview = save(browser, "/policy", **wanted, do="preview")
    assert preview.status_code == 200
    assert "au plus un message sur 7 jours" in preview.text
    assert "à toute heure" in preview.text
    assert "contact_policy" not in workspace(world).settings
    assert save(browser, "/policy", **wanted).status_code == 303
    kept = workspace(world).settings["contact_policy"]
    assert (kept["cap"], kept["quiet_from"], kept["legal_bases"]) == (1, None, {"surveys": "legitimate_interest"})
    [entry] = journal(world)
    assert entry.after is not None
    assert entry.after["cap"] == 1
    assert "Sauf pour" not in preview.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cap": "-1"}, "cap"),
        ({"cap": "101"}, "cap"),
        ({"cap": "two"}, "cap"),
        ({"cap": ""}, "cap"),
        ({"window_days": "9" * 200}, "window_days"),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"quiet_to": ""}, "quiet_to"),
        ({"quiet_to": "20:00"}, "quiet_to"),
        ({"quiet_from": "08:30"}, "quiet_to"),
        ({"partial_closes_after_days": "61"}, "partial_closes_after_days"),
        ({"basis": "because"}, "basis"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_with_a_reason(
    world: World, fields: dict[str, str], field: str
) -> None:
    refused = save(world.log_in("owner"), "/policy", **POLICY | fields)
    assert refused.status_code == 422
    assert re.findall(r'<p class="error" id="([^"]+)-error">', refused.text) == [field]
    assert "contact_policy" not in workspace(world).settings


def test_the_sender_is_checked_kept_and_tried_through_the_real_way_out(world: World) -> None:
    browser = world.log_in("owner")
    for fields, field in (
        ({"address": "nobody"}, "address"),
        ({"reply_to": "a@b@c"}, "reply_to"),
        ({"name": "a\r\nBcc: x@evil.test"}, "name"),
        ({"name": "x" * 101}, "name"),
    ):
        refused = save(browser, "/sender", **{"name": "", "address": "", "reply_to": ""} | fields)
        assert refused.status_code == 422, fields
        assert f'id="{field}-error"' in refused.text
    sent = {"name": 'Maison "Lune" \\ <é>', "address": "avis@lune.test", "reply_to": "bonjour@lune.test"}
    assert save(browser, "/sender", **sent).status_code == 303
    page = browser.get("/console/settings/sender").text
    assert "_dmarc.lune.test" in page
    assert save(browser, "/sender/test").status_code == 303
    assert "est parti" in browser.get("/console/settings/sender").text
    [mail] = mails(world)
    assert mail["From"].addresses[0].addr_spec == "avis@lune.test"
    assert mail["From"].addresses[0].display_name == 'Maison "Lune" \\ <é>'
    assert mail["To"].addresses[0].addr_spec == "owner@lune.test"
    assert mail["Reply-To"] == "bonjour@lune.test"
    save(browser, "/sender/test")
    assert len(mails(world)) == 1, "not twice in half a minute"
    assert [entry.action for entry in journal(world)] == ["sender.changed", "sender.tested"]


def test_a_way_out_that_fails_says_what_was_answered(world: World) -> None:
    from dataclasses import replace

    settings = world.app.extensions["vocapp"]
    world.app.extensions["vocapp"] = replace(settings, mail_backend="smtp", smtp_url="smtp://127.0.0.1:1")
    answer = save(world.log_in("owner"), "/sender/test")
    assert answer.status_code == 502
    assert "Le message d’essai n’est pas parti" in answer.text


def test_the_journal_shows_what_scripts_and_commands_changed_too(world: World) -> None:
    with world.app.app_context(), transaction():
        key = keys.create(
            workspace_id=world.ours.workspace_id, name="CDP", scopes=(), now=datetime.now(UTC), by="command line"
        )
    client = world.app.test_client()
    place = {"name": "Nice <script>", "kind": "store", "parent": "south"}
    assert client.put("/api/v1/places/nice", json=place, headers=bearer(key)).status_code == 200
    assert client.put("/api/v1/places/nice", json=place, headers=bearer(key)).status_code == 200
    change = {"contact_policy": {"cap": 1}}
    assert client.patch("/api/v1/settings", json=change, headers=bearer(key)).status_code == 200
    page = world.log_in("owner").get("/console/settings/journal").text
    assert page.count("la clé CDP") == 2, "the second PUT changed nothing"
    assert "ligne de commande" in page
    assert "Nice &lt;script&gt;" in page


def test_the_journal_has_pages(world: World) -> None:
    from vocapp.services import auditing

    with world.app.app_context(), transaction():
        for number in range(51):
            auditing.note(
                workspace_id=world.ours.workspace_id, by="x", action="place.added", subject=f"p-{number}",
                now=datetime.now(UTC),
            )  # fmt: skip
        auditing.note(
            workspace_id=world.theirs.workspace_id,
            by="zoe",
            action="place.added",
            subject="zoes",
            now=datetime.now(UTC),
        )
    browser = world.log_in("owner")
    first = browser.get("/console/settings/journal").text
    older = re.search(r'href="(/console/settings/journal\?before=[^"]+)"', first)
    assert older
    assert "p-50" in first
    assert "p-0<" not in first
    assert "p-0<" in browser.get(older[1]).text
    assert "zoes" not in first + browser.get(older[1]).text
    assert browser.get("/console/settings/journal?before=nonsense").status_code == 200


def test_a_link_is_made_shown_opened_and_taken_back(world: World) -> None:
    browser = world.log_in("owner")
    assert "Aucun lien" in browser.get("/console/settings/links").text
    wrong = {"name": "", "figure": "salaries", "survey": "nothing", "place": "nowhere", "ends_on": "demain"}
    for name, said in wrong.items():
        refused = save(browser, "/links", **{"name": "Tous", "figure": "nps", name: said})
        assert refused.status_code == 422, name
        assert 'class="error"' in refused.text, name
    fresh = str(new_id())
    fields = {"name": "Tous <b>", "figure": "nps", "place": "nice", "ends_on": "2999-12-31", "id": fresh}
    assert save(browser, "/links", **fields).status_code == 303
    assert save(browser, "/links", **fields).status_code == 303, "a form sent twice makes one link"
    page = browser.get("/console/settings/links").text
    [url] = re.findall(r'value="(http[^"]*/d/[\w-]{44})"', page)
    assert "Tous &lt;b&gt;" in page
    path = "/d/" + url.rpartition("/")[2]
    assert world.app.test_client().get(path).status_code == 200
    assert save(browser, f"/links/{fresh}/revoke").status_code == 303
    assert world.app.test_client().get(path).status_code == 404
    assert "/d/" not in browser.get("/console/settings/links").text
    assert save(browser, f"/links/{new_id()}/revoke").status_code == 404
    assert [entry.action for entry in journal(world)] == ["public_link.created", "public_link.revoked"]
