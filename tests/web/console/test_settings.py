"""The settings: who may change them, what is said when something is wrong, and what the journal keeps."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tests.web.console.conftest import PASSWORD, Browser, World
from vocapp.models import ApiKey, AuditEntry, Member, Place, User, Workspace, db, new_id, transaction
from vocapp.services import keys

PAGES = ("", "/places", "/places/nice", "/team", "/policy", "/sender", "/keys", "/journal")
POLICY = {
    "cap": "2", "window_days": "7", "rest_same_answered_days": "90", "rest_same_invited_days": "30",
    "rest_any_days": "3", "quiet_from": "20:00", "quiet_to": "08:00", "basis": "consent", "link_life_days": "60",
    "partial_closes_after_days": "7",
}  # fmt: skip
WORKSPACE = {"name": "Maison Lune", "default_language": "fr", "timezone": "Europe/Paris"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_owner_finds_every_page_in_both_languages(world: World, language: str) -> None:
    browser = world.log_in("owner", language)
    for path in (*(f"/console/settings{page}" for page in PAGES), "/console/account"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}">' in answer.text
    assert f"/console/settings/team/{_user(world, 'agent')}" in browser.get("/console/settings/team").text
    assert browser.get(f"/console/settings/team/{_user(world, 'agent')}").status_code == 200


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
        session.execute(update(Member).where(Member.user_id == _user(world, "owner")).values(place_key="south"))
    assert world.log_in("owner").get("/console/settings").status_code == 403


def test_the_workspace_is_changed_and_what_is_wrong_is_said_beside_its_field(world: World) -> None:
    browser = world.log_in("owner")
    wrong = _save(
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
    wrong = _save(
        browser, "", name="Lune", default_language="klingon!", timezone="Mars/Olympus", accent="red",
        logo_url="javascript:alert(1)", alert_recipients="a@lune.test\nnobody", brand_name="x" * 300,
    )  # fmt: skip
    for field in ("default_language", "timezone", "accent", "logo_url", "alert_recipients", "brand_name"):
        assert f'id="{field}-error"' in wrong.text, field
        assert re.search(rf'name="{field}"[^>]*aria-describedby="{field}-error', wrong.text), field
    assert _workspace(world).name == "Maison Lune"
    right = _save(
        browser, "", name=" Maison d’Été ", default_language="en", timezone="Pacific/Chatham", accent="#1D5FBF",
        brand_name="Été", alert_recipients="a@lune.test, b@lune.test",
    )  # fmt: skip
    assert (right.status_code, right.location) == (303, "/console/settings")
    kept = _workspace(world)
    assert (kept.name, kept.default_language, kept.timezone) == ("Maison d’Été", "en", "Pacific/Chatham")
    assert kept.settings["brand"] == {"name": "Été", "accent": "#1d5fbf"}
    assert kept.settings["alert_recipients"] == ["a@lune.test", "b@lune.test"]
    assert [entry.action for entry in _journal(world)] == ["workspace.changed", "brand.changed", "recipients.changed"]
    assert "C’est enregistré" in browser.get("/console/settings").text
    assert "C’est enregistré" not in browser.get("/console/settings").text


def test_what_did_not_change_leaves_no_line(world: World) -> None:
    browser = world.log_in("owner")
    for _ in range(2):
        assert _save(browser, "", **WORKSPACE).status_code == 303
    assert _journal(world) == []


def test_a_place_is_added_renamed_and_moved_with_what_is_below_it(world: World) -> None:
    browser = world.log_in("owner")
    added = _save(browser, "/places", name="Région Sud-Ouest", kind="region", parent="brand", key="")
    assert (added.status_code, added.location) == (303, "/console/settings/places/region-sud-ouest")
    moved = _save(browser, "/places/south", name="Le Sud", kind="region", parent="region-sud-ouest")
    assert moved.status_code == 303
    assert _place(world, "nice").path == "/brand/region-sud-ouest/south/nice/"
    lines = [(entry.action, entry.subject, entry.before, entry.after) for entry in _journal(world)]
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
        refused = _save(browser, "/places/brand", name="Brand", kind="brand", parent=parent)
        assert refused.status_code == 422
        assert 'id="parent-error"' in refused.text
        assert f'<option value="{parent}"' not in refused.text.partition('name="parent"')[2]
    for key, field in (("nice", "key"), ("à b", "key"), ("-", "key"), ("x" * 65, "key")):
        refused = _save(browser, "/places", name="Nice", kind="store", key=key)
        assert refused.status_code == 422, key
        assert f'id="{field}-error"' in refused.text
    assert _save(browser, "/places", name="", kind="store").status_code == 422
    assert _save(browser, "/places", name="日本", kind="store").status_code == 422, "no key can be made of it"
    assert _save(browser, "/places", name="日本", kind="palace", key="jp").status_code == 422
    assert browser.get("/console/settings/places/nowhere").status_code == 404
    assert _place(world, "brand").path == "/brand/"
    assert _journal(world) == []


def test_a_member_is_added_changed_disabled_and_let_in_again(world: World) -> None:
    browser = world.log_in("owner")
    page = _save(browser, "/team", email="New@lune.test", password=PASSWORD, role="agent", place="south")
    assert page.status_code == 303
    theirs = Browser(world.app)
    assert theirs.log_in("new@lune.test").status_code == 303
    one = f"/team/{_user(world, 'new')}"
    assert _save(browser, one, role="viewer", place="").status_code == 303
    assert "A. L." in theirs.get("/console/alerts?status=all").text, "a viewer's mask, from the next click on"
    assert _save(browser, f"{one}/disable").status_code == 303
    assert theirs.get("/console/alerts").status_code == 303, "the session is gone"
    theirs.log_in("new@lune.test")
    assert theirs.get("/console/alerts").status_code == 403
    assert _save(browser, f"{one}/enable").status_code == 303
    assert theirs.get("/console/alerts").status_code == 200
    assert [(entry.action, entry.subject) for entry in _journal(world)] == [
        (action, "new@lune.test") for action in ("member.added", "member.changed", "member.disabled", "member.enabled")
    ]
    assert _journal(world)[1].before == {"role": "agent", "place": "south"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "agent@lune.test"}, "email"),
        ({"password": "short"}, "password"),
        ({"role": "boss"}, "role"),
        ({"place": "nowhere"}, "place"),
    ],
)
def test_who_can_not_be_added_is_told_beside_the_field(world: World, fields: dict[str, str], field: str) -> None:
    given = {"email": "new@lune.test", "password": PASSWORD, "role": "agent", "place": ""} | fields
    refused = _save(world.log_in("owner"), "/team", **given)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert PASSWORD not in refused.text
    assert _journal(world) == []


def test_the_last_owner_stays(world: World) -> None:
    browser, one = world.log_in("owner"), f"/team/{_user(world, 'owner')}"
    for path, fields in ((one, {"role": "agent"}), (one, {"role": "owner", "place": "south"}), (f"{one}/disable", {})):
        refused = _save(browser, path, **fields)
        assert refused.status_code == 422
        assert "au moins un responsable" in refused.text
    assert _save(browser, "/team", email="b@lune.test", password=PASSWORD, role="owner").status_code == 303
    assert _save(browser, f"/team/{_user(world, 'b')}/disable").status_code == 303
    assert _save(browser, one, role="agent").status_code == 422, "a disabled owner is none"
    assert _save(browser, f"/team/{_user(world, 'b')}/enable").status_code == 303
    left = _save(browser, one, role="agent", place="")
    assert (left.status_code, left.location) == (303, "/console/account")
    assert browser.get("/console/settings").status_code == 403


def test_an_owner_gives_a_password_and_ends_sessions(world: World) -> None:
    browser, theirs = world.log_in("owner"), world.log_in("agent")
    one = f"/team/{_user(world, 'agent')}"
    assert _save(browser, f"{one}/password", password="short").status_code == 422
    assert theirs.get("/console/alerts").status_code == 200
    assert _save(browser, f"{one}/password", password="une autre longue phrase").status_code == 303
    assert theirs.get("/console/alerts").status_code == 303
    assert theirs.log_in("agent@lune.test").status_code == 401
    assert theirs.log_in("agent@lune.test", "une autre longue phrase").status_code == 303
    assert _save(browser, f"{one}/sessions").status_code == 303
    assert theirs.get("/console/alerts").status_code == 303
    journal = _journal(world)
    assert [entry.action for entry in journal] == ["member.password_set", "member.sessions_ended"]
    assert "phrase" not in repr([(entry.before, entry.after) for entry in journal])


def test_nobody_opens_another_workspace_by_giving_a_password(world: World) -> None:
    browser = world.log_in("owner")
    joined = _save(browser, "/team", email="agent@rivale.test", password="une autre longue phrase", role="viewer")
    assert joined.status_code == 303
    theirs = Browser(world.app)
    assert theirs.log_in("agent@rivale.test", "une autre longue phrase").status_code == 401
    assert theirs.log_in("agent@rivale.test").status_code == 303
    one = f"/team/{_user(world, 'agent', 'rivale')}"
    refused = _save(browser, f"{one}/password", password="une autre longue phrase")
    assert refused.status_code == 422
    theirs.post("/console/workspaces", token_from="/console/workspaces", workspace="rival")
    assert _save(browser, f"{one}/sessions").status_code == 303
    assert _save(browser, f"{one}/disable").status_code == 303
    assert theirs.get("/console/alerts").status_code == 200, "what they do elsewhere concerns nobody here"


def test_one_changes_ones_own_password_and_ends_ones_own_sessions(world: World) -> None:
    here, there, third = (world.log_in("viewer") for _ in range(3))
    page = here.get("/console/account").text
    assert page.count("/console/account/sessions/") == 2
    assert _account(here, "password", current="wrong", password="une autre longue phrase").status_code == 422
    assert _account(here, "password", current=PASSWORD, password="short").status_code == 422
    one = re.search(r'action="(/console/account/sessions/[^"]+)"', page)
    assert one
    assert here.post(one[1], token_from="/console/account").status_code == 303
    assert sorted(browser.get("/console/alerts").status_code for browser in (there, third)) == [200, 303]
    assert here.post(one[1], token_from="/console/account").status_code == 404
    assert _account(here, "password", current=PASSWORD, password="une autre longue phrase").status_code == 303
    assert here.get("/console/alerts").status_code == 200
    assert [browser.get("/console/alerts").status_code for browser in (there, third)] == [303, 303]
    again = Browser(world.app)
    assert again.log_in("viewer@lune.test", "une autre longue phrase").status_code == 303
    assert _account(here, "sessions").status_code == 303
    assert again.get("/console/alerts").status_code == 303


def test_nobody_ends_anothers_session_by_its_id(world: World) -> None:
    theirs = world.log_in("agent")
    world.log_in("agent")
    found = re.search(r'action="(/console/account/sessions/[^"]+)"', theirs.get("/console/account").text)
    assert found
    assert world.log_in("viewer").post(found[1], token_from="/console/account").status_code == 404


def test_a_key_is_shown_once_and_made_once(world: World) -> None:
    browser, fresh = world.log_in("owner"), str(new_id())
    for fields in ({"name": "", "all": "yes"}, {"name": "CDP"}, {"name": "CDP", "scope": "everything"}):
        assert _save(browser, "/keys", **fields).status_code == 422
    made = _save(browser, "/keys", name="CDP <b>", scope="export", id=fresh)
    assert made.status_code == 200
    key = re.search(r'value="(vk_[^"]+)"', made.text)
    assert key
    assert "CDP &lt;b&gt;" in made.text
    again = _save(browser, "/keys", name="CDP <b>", scope="export", id=fresh)
    assert again.status_code == 303, "a form sent twice makes one key"
    page = browser.get("/console/settings/keys").text
    assert key[1] not in page
    assert "jamais" in page
    assert world.app.test_client().get("/api/v1/responses", headers=_bearer(key[1])).status_code == 200
    assert "jamais" not in browser.get("/console/settings/keys").text
    assert world.app.test_client().get("/api/v1/settings", headers=_bearer(key[1])).status_code == 403
    [row] = _rows(world, ApiKey)
    assert _save(browser, f"/keys/{row.id}/revoke").status_code == 303
    assert world.app.test_client().get("/api/v1/responses", headers=_bearer(key[1])).status_code == 401
    assert _save(browser, f"/keys/{row.id}/revoke").status_code == 404
    assert key[1] not in repr([vars(entry) for entry in _journal(world)])
    assert [entry.action for entry in _journal(world)] == ["key.created", "key.revoked"]


def test_the_policy_says_what_will_happen_before_and_after_it_is_kept(world: World) -> None:
    browser = world.log_in("owner")
    assert "au plus 2 messages sur 7 jours" in browser.get("/console/settings/policy").text
    wanted = POLICY | {"cap": "1", "quiet_from": "", "quiet_to": "", "basis": "legitimate_interest"}
    preview = _save(browser, "/policy", **wanted, do="preview")
    assert preview.status_code == 200
    assert "au plus un message sur 7 jours" in preview.text
    assert "à toute heure" in preview.text
    assert "contact_policy" not in _workspace(world).settings
    assert _save(browser, "/policy", **wanted).status_code == 303
    kept = _workspace(world).settings["contact_policy"]
    assert (kept["cap"], kept["quiet_from"], kept["legal_bases"]) == (1, None, {"surveys": "legitimate_interest"})
    [entry] = _journal(world)
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
    refused = _save(world.log_in("owner"), "/policy", **POLICY | fields)
    assert refused.status_code == 422
    assert re.findall(r'<p class="error" id="([^"]+)-error">', refused.text) == [field]
    assert "contact_policy" not in _workspace(world).settings


def test_the_sender_is_checked_kept_and_tried_through_the_real_way_out(world: World) -> None:
    browser = world.log_in("owner")
    for fields, field in (
        ({"address": "nobody"}, "address"),
        ({"reply_to": "a@b@c"}, "reply_to"),
        ({"name": "a\r\nBcc: x@evil.test"}, "name"),
        ({"name": "x" * 101}, "name"),
    ):
        refused = _save(browser, "/sender", **{"name": "", "address": "", "reply_to": ""} | fields)
        assert refused.status_code == 422, fields
        assert f'id="{field}-error"' in refused.text
    sent = {"name": 'Maison "Lune" \\ <é>', "address": "avis@lune.test", "reply_to": "bonjour@lune.test"}
    assert _save(browser, "/sender", **sent).status_code == 303
    page = browser.get("/console/settings/sender").text
    assert "_dmarc.lune.test" in page
    assert _save(browser, "/sender/test").status_code == 303
    assert "est parti" in browser.get("/console/settings/sender").text
    [mail] = _mails(world)
    assert mail["From"].addresses[0].addr_spec == "avis@lune.test"
    assert mail["From"].addresses[0].display_name == 'Maison "Lune" \\ <é>'
    assert mail["To"].addresses[0].addr_spec == "owner@lune.test"
    assert mail["Reply-To"] == "bonjour@lune.test"
    _save(browser, "/sender/test")
    assert len(_mails(world)) == 1, "not twice in half a minute"
    assert [entry.action for entry in _journal(world)] == ["sender.changed", "sender.tested"]


def test_a_way_out_that_fails_says_what_was_answered(world: World) -> None:
    from dataclasses import replace

    settings = world.app.extensions["vocapp"]
    world.app.extensions["vocapp"] = replace(settings, mail_backend="smtp", smtp_url="smtp://127.0.0.1:1")
    answer = _save(world.log_in("owner"), "/sender/test")
    assert answer.status_code == 502
    assert "Le message d’essai n’est pas parti" in answer.text


def test_the_journal_shows_what_scripts_and_commands_changed_too(world: World) -> None:
    with world.app.app_context(), transaction():
        key = keys.create(
            workspace_id=world.ours.workspace_id, name="CDP", scopes=(), now=datetime.now(UTC), by="command line"
        )
    client = world.app.test_client()
    place = {"name": "Nice <script>", "kind": "store", "parent": "south"}
    assert client.put("/api/v1/places/nice", json=place, headers=_bearer(key)).status_code == 200
    assert client.put("/api/v1/places/nice", json=place, headers=_bearer(key)).status_code == 200
    change = {"contact_policy": {"cap": 1}}
    assert client.patch("/api/v1/settings", json=change, headers=_bearer(key)).status_code == 200
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


def _save(browser: Browser, page: str, **fields: Any) -> Any:
    return browser.post(f"/console/settings{page}", token_from="/console/account", **fields)


def _account(browser: Browser, page: str, **fields: str) -> Any:
    return browser.post(f"/console/account/{page}", token_from="/console/account", **fields)


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _rows(world: World, model: Any) -> list[Any]:
    with world.app.app_context():
        found = list(
            db.session.scalars(select(model).where(model.workspace_id == world.ours.workspace_id).order_by(model.id))
        )
        db.session.expunge_all()
        return found


def _journal(world: World) -> list[AuditEntry]:
    return _rows(world, AuditEntry)


def _workspace(world: World) -> Workspace:
    with world.app.app_context():
        found = db.session.get_one(Workspace, world.ours.workspace_id)
        db.session.expunge(found)
        return found


def _place(world: World, key: str) -> Place:
    with world.app.app_context():
        found = db.session.get_one(Place, (world.ours.workspace_id, key))
        db.session.expunge(found)
        return found


def _user(world: World, name: str, house: str = "lune") -> UUID:
    with world.app.app_context():
        found = db.session.scalar(select(User.id).where(User.email == f"{name}@{house}.test"))
        assert found is not None
        return found


def _mails(world: World) -> list[Any]:
    import email
    from email import policy

    folder = Path(world.app.extensions["vocapp"].outbox_dir)
    return [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]
