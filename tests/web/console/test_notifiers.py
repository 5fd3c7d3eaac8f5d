"""The page of how the team is told: a notifier from its first form to its removal, and what it could not say."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from tests.web.console.changing import journal, rows_of, save, workspace
from tests.web.console.conftest import Browser, World
from vocapp.models import Fact, Notice, NotifierRow, database_now, new_id, transaction
from vocapp.services import replaying
from vocapp.services.browsing import notices

PUBLIC = "https://93.184.216.34/hooks/T0/secret-part"
LIST = "/console/settings/notifiers"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def add(browser: Browser, **fields: Any) -> Any:
    return save(browser, "/notifiers/new", **{"name": "Équipe <b>", "kind": "slack", "target": PUBLIC, **fields})


def the_only(world: World) -> NotifierRow:
    [row] = rows_of(world, NotifierRow)
    return row


def test_a_notifier_is_added_changed_paused_and_removed(world: World) -> None:
    browser = world.log_in("owner")
    assert 'class="empty"' in browser.get(LIST).text
    added = add(browser, kinds="detractor", least_priority="6", place="nice", digest_minutes="15", repeat_minutes="")
    row = the_only(world)
    assert (added.status_code, added.location) == (303, f"{LIST}/{row.id}")
    assert (row.kinds, row.least_priority, row.place, row.digest_minutes, row.repeat_minutes) == (
        ["detractor"], 6, "nice", 15, 0,
    )  # fmt: skip
    page, listed = browser.get(f"{LIST}/{row.id}").text, browser.get(LIST).text
    for text in (page, listed):
        assert "secret-part" not in text
        assert "93.184.216.34/…" in text
        assert "Équipe &lt;b&gt;" in text
    assert "Recommandation basse · priorité haute · Nice · regroupés sur 15\u00a0min" in listed
    changed = save(browser, f"/notifiers/{row.id}", name="Magasin", least_priority="1", repeat_minutes="30", place="")
    assert changed.status_code == 303
    kept = the_only(world)
    assert (kept.name, kept.kinds, kept.place, kept.target) == ("Magasin", [], None, row.target)
    for button, chip in (("pause", True), ("resume", False)):
        assert save(browser, f"/notifiers/{row.id}/{button}").status_code == 303
        assert ("En pause</span>" in browser.get(LIST).text) is chip
    assert save(browser, f"/notifiers/{row.id}/remove").location == LIST
    assert rows_of(world, NotifierRow) == []
    assert [entry.action for entry in journal(world)] == [
        f"notifier.{what}" for what in ("created", "changed", "disabled", "enabled", "removed")
    ]
    assert browser.get("/console/settings/journal").status_code == 200


def test_a_signing_secret_is_shown_once_and_the_same_form_makes_one_notifier(world: World) -> None:
    browser = world.log_in("owner")
    fresh = re.search(r'name="id" value="([^"]+)"', browser.get(f"{LIST}/new").text)
    assert fresh
    made = add(browser, kind="webhook", id=fresh[1])
    secret = re.search(r'value="(whsec_[^"]+)"', made.text)
    assert secret
    assert add(browser, kind="webhook", id=fresh[1]).location == f"{LIST}/{fresh[1]}"
    assert the_only(world).id == UUID(fresh[1])
    assert "whsec_" not in browser.get(f"{LIST}/{fresh[1]}").text
    another = re.search(r'value="(whsec_[^"]+)"', save(browser, f"/notifiers/{fresh[1]}/secret").text)
    assert another
    assert another[1] != secret[1]
    assert "signe encore" in browser.get(f"{LIST}/{fresh[1]}").text


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"), ({"kind": "pigeon"}, "kind"), ({"target": ""}, "target"),
        ({"target": "https://127.0.0.1/"}, "target"), ({"target": "http://93.184.216.34/"}, "target"),
        ({"kind": "email", "target": "nobody"}, "target"), ({"place": "nowhere"}, "place"),
        ({"least_priority": "28"}, "least_priority"), ({"digest_minutes": "soon"}, "digest_minutes"),
        ({"repeat_minutes": "1441"}, "repeat_minutes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    world: World, fields: dict[str, str], wrong: str
) -> None:
    browser = world.log_in("owner", "en")
    refused = add(browser, **fields)
    assert refused.status_code == 422
    assert f'id="{wrong}-error"' in refused.text
    assert rows_of(world, NotifierRow) == []
    add(browser)
    row = the_only(world)
    refused = save(browser, f"/notifiers/{row.id}", **{"name": "n", **fields, "kind": "slack"})
    assert refused.status_code == (303 if wrong == "kind" or fields == {"target": ""} else 422)


def test_a_test_is_planned_and_its_outcome_stands_on_the_page(world: World) -> None:
    browser = world.log_in("owner")
    add(browser)
    path = f"{LIST}/{the_only(world).id}"
    assert save(browser, path.removeprefix("/console/settings") + "/test").location == path
    assert "L’essai est en route" in browser.get(path).text
    for outcome, said in (
        ({"status": "refused", "error": "answered 404"}, "n’est pas arrivé\u00a0: a répondu 404"),
        ({"status": "told", "told_at": "now"}, "Le dernier essai est arrivé"),
    ):
        with world.app.app_context(), transaction() as session:
            values = {**outcome, **({"told_at": database_now()} if "told_at" in outcome else {})}
            session.execute(update(Notice).values(**values))
        assert said in browser.get(path).text
    assert save(browser, path.removeprefix("/console/settings") + "/test").status_code == 303
    assert "Un essai vient de partir" in browser.get(path).text
    assert len(rows_of(world, Notice)) == 1


def test_what_was_given_up_is_shown_with_its_reason_and_taken_up_again(world: World) -> None:
    browser = world.log_in("owner")
    add(browser)
    row = the_only(world)
    path = f"{LIST}/{row.id}"
    give_up(world, row.id)
    assert "1 envoi abandonné" in browser.get(LIST).text
    page = browser.get(path).text
    assert "a répondu 500" in page
    assert f"/console/alerts/{world.ours.stories['ada'].alert}" in page
    assert save(browser, f"/notifiers/{row.id}/pause").status_code == 303
    assert f"{path}/replay" not in browser.get(path).text
    save(browser, f"/notifiers/{row.id}/resume")
    for said in ("C’est relancé", "plus rien à relancer"):
        assert save(browser, f"/notifiers/{row.id}/replay").location == path
        assert said in browser.get(path).text
    [fact] = [one for one in rows_of(world, Fact) if one.kind == "NoticeDue"]
    assert fact.failed_at is None
    assert the_only(world).waits_until is None


def test_of_many_that_were_given_up_the_page_says_how_many_go_again_at_a_time(world: World) -> None:
    browser = world.log_in("owner")
    add(browser)
    row = the_only(world)
    for _ in range(notices.MOST_DEAD + 1):
        give_up(world, row.id, error="not told: OverflowError")
    page = browser.get(f"{LIST}/{row.id}").text
    assert f"Les {notices.MOST_DEAD} derniers sont montrés\u202f; {replaying.MOST_AT_ONCE} au plus" in page
    assert "erreur inattendue (OverflowError)" in page


def test_the_workspace_says_by_what_a_customer_is_named_and_quoted(world: World) -> None:
    browser = world.log_in("owner")
    ticked = re.compile(r'name="quoted_in" value="(\w+)" checked')
    assert ticked.findall(browser.get(LIST).text) == ["email"]
    assert save(browser, "/notifiers", quoted_in="slack").status_code == 303
    assert workspace(world).settings["notices"] == {"quoted_in": ["slack"], "assignees": False}
    assert save(browser, "/notifiers").status_code == 303
    assert ticked.findall(browser.get(LIST).text) == []
    assert [entry.action for entry in journal(world)] == ["notices.changed"] * 2


def give_up(world: World, notifier_id: UUID, *, error: str = "answered 500 (tried for a day)") -> None:
    """Let a message about Ada's alert be given up after a day."""
    with world.app.app_context(), transaction() as session:
        now, notice_id, workspace_id = database_now(), new_id(), world.ours.workspace_id
        session.execute(
            insert(Notice).values(
                workspace_id=workspace_id, id=notice_id, notifier_id=notifier_id, event="alert.opened",
                event_id=new_id(), alert_id=world.ours.stories["ada"].alert, recipient="", number=0, priority=3,
                status="failed", attempts=30, unknown=0, created_at=now, due_at=now,
                error=error,
            )
        )  # fmt: skip
        session.execute(
            insert(Fact).values(
                workspace_id=workspace_id, kind="NoticeDue", subject_id=notice_id, due_at=now, attempts=30,
                failed_at=now, error=error,
            )
        )  # fmt: skip
        session.execute(
            update(NotifierRow).values(
                failures=30, error="answered 500", waits_until=now + timedelta(hours=1), told_at=None
            )
        )
