"""Whose a callback is, its steps, the mail in its place, and its causes: by forms, and whole or not at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.web.console.changing import journal, save, workspace
from tests.web.console.conftest import SURVEY, World
from vocapp.domain.resolutions import CAUSES, MOST, REMEDIES, Resolutions
from vocapp.models import transaction
from vocapp.services import surveying


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """As `test_settings.py`: what the pages call is tried on both databases in its own tests."""
    return sqlite_url


STEPS = {
    "after-0": "0", "to-0": "stay", "tell-0": "lead@lune.test\nboss@lune.test", "after-2": "540", "to-2": "central",
}  # fmt: skip


def kept(world: World, part: str) -> Any:
    return workspace(world).settings.get(part)


def causes(world: World) -> dict[str, list[str]]:
    found = Resolutions.read(kept(world, "resolutions") or {}).causes
    return {group.choice.key: [one.key for one in group.causes] for group in found}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_owner_finds_the_forms_in_both_languages_and_nobody_else_does(world: World, language: str) -> None:
    browser = world.log_in("owner", language)
    for path in ("handling", "resolutions", "resolutions/new", "resolutions/remedies", "resolutions/causes/delivery"):
        answer = browser.get(f"/console/settings/{path}")
        assert answer.status_code == 200, path
        assert f'<html lang="{language}">' in answer.text
        assert world.log_in("agent").get(f"/console/settings/{path}").status_code == 403
    assert browser.get("/console/settings/resolutions/causes/nothing").status_code == 404
    assert browser.post("/console/settings/resolutions/causes/nothing", **{"label-fr": "X"}).status_code == 404


def test_the_page_says_whether_who_was_called_is_asked_if_it_helped(world: World) -> None:
    browser = world.log_in("owner", "en")

    def page(**trigger: Any) -> str:
        if trigger:
            survey = SURVEY | {"key": "recovery", "trigger": {"event": "alert.resolved", **trigger}}
            about: Any = {"workspace_id": world.ours.workspace_id, "key": "recovery", "now": datetime.now(UTC)}
            with world.app.app_context(), transaction():
                surveying.put_draft(definition=survey, **about)
                surveying.publish(**about)
        return browser.get("/console/settings/handling").text

    nobody = "Nobody is asked whether a call helped."
    assert nobody in page()
    assert nobody in page(active=False)
    shown = page(active=True)
    assert nobody not in shown
    assert '/console/surveys/recovery"' in shown


def test_steps_are_kept_as_filled_in_and_the_empty_ones_are_none(world: World) -> None:
    browser = world.log_in("owner")
    assert save(browser, "/handling/escalation", **STEPS).status_code == 303
    assert kept(world, "escalation") == {
        "steps": [
            {"after_minutes": 0, "to": "stay", "tell": ["lead@lune.test", "boss@lune.test"]},
            {"after_minutes": 540, "to": "central", "tell": []},
        ]
    }
    shown = browser.get("/console/settings/handling").text
    assert "lead@lune.test\nboss@lune.test</textarea>" in shown
    assert journal(world)[-1].action == "escalation.changed"
    assert save(browser, "/handling/escalation").status_code == 303
    assert kept(world, "escalation") == {"steps": []}


@pytest.mark.parametrize(
    ("path", "part", "sent", "field"),
    [
        ("escalation", "escalation", STEPS | {"after-2": "0"}, "after-2"),
        ("escalation", "escalation", STEPS | {"after-0": "soon"}, "after-0"),
        ("escalation", "escalation", STEPS | {"after-2": "99999"}, "after-2"),
        ("escalation", "escalation", STEPS | {"after-2": ""} | {"tell-2": "a@lune.test"}, "after-2"),
        ("escalation", "escalation", STEPS | {"to-2": "nowhere"}, "to-2"),
        ("escalation", "escalation", STEPS | {"tell-2": "nobody"}, "tell-2"),
        ("handing-out", "handing_out", {"by": "lot", "most_each": "5"}, "by"),
        ("handing-out", "handing_out", {"by": "hand", "most_each": "0"}, "most_each"),
        ("handing-out", "handing_out", {"by": "hand", "most_each": "5", "teams": "atlantis"}, "teams"),
        ("letters", "overflow", {"on": "yes", "margin_minutes": "-1"}, "margin_minutes"),
        ("letters", "overflow", {"on": "yes", "help_url": "javascript:alert(1)"}, "help_url"),
        ("letters", "overflow", {"on": "yes", "help_phone": "call"}, "help_phone"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_changes_nothing(
    world: World, path: str, part: str, sent: dict[str, str], field: str
) -> None:
    browser, before = world.log_in("owner"), kept(world, part)
    answer = save(browser, f"/handling/{path}", **sent)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if field != "teams":
        assert re.search(rf'name="{field}"[^>]*aria-describedby="{field}-error', answer.text)
    assert kept(world, part) == before


def test_teams_and_letters_are_kept(world: World) -> None:
    browser = world.log_in("owner")
    out = {"by": "round_robin", "most_each": "", "teams": "nice"}
    assert save(browser, "/handling/handing-out", **out).status_code == 303
    assert kept(world, "handing_out") == {"by": "round_robin", "teams": ["nice"]}
    letters = {"margin_minutes": "60", "help_url": "https://lune.test/aide", "help_phone": "+33 1 84 80 00 00"}
    assert save(browser, "/handling/letters", **letters).status_code == 303
    assert kept(world, "overflow") == {**letters, "on": False, "margin_minutes": 60}
    assert save(browser, "/handling/letters", margin_minutes="60").status_code == 303
    assert kept(world, "overflow") == {"on": False, "margin_minutes": 60}


def test_a_cause_is_renamed_added_and_taken_away_and_keeps_its_key(world: World) -> None:
    browser, path = world.log_in("owner"), "/resolutions/causes/billing"
    rows = {
        "label-fr": "Facture", "label-en": "Bill", "key-0": "price", "fr-0": "Prix", "en-0": "Price",
        "key-1": "invoice", "fr-1": "", "en-1": "", "key-7": "", "fr-7": "Débité deux fois", "en-7": "",
        "key-8": "not a key", "fr-8": "Double", "en-8": "Price",
    }  # fmt: skip
    assert save(browser, path, **rows).status_code == 303
    assert causes(world)["billing"] == ["price", "debite_deux_fois", "price_2"]
    assert list(causes(world)) == [group.choice.key for group in CAUSES]
    shown = browser.get("/console/settings/resolutions").text
    assert "Débité deux fois" in shown
    assert kept(world, "resolutions")["causes"][4]["label"] == {"fr": "Facture", "en": "Bill"}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"label-fr": "X", "key-0": "price"}, "rows"),
        ({"fr-0": "Y"}, "label-fr"),
        ({"label-fr": "X", "fr-0": "y" * 81}, "fr-0"),
        ({"label-fr": "X\u202e", "fr-0": "Y"}, "label-fr"),
        ({"label-fr": "X", **{f"fr-{at}": f"Y{at}" for at in range(MOST + 1)}}, "rows"),
    ],
)
def test_a_list_that_cannot_be_is_refused_whole(world: World, sent: dict[str, str], field: str) -> None:
    browser = world.log_in("owner")
    for path in ("/resolutions/causes/billing", "/resolutions/new"):
        answer = save(browser, path, **sent)
        assert answer.status_code == 422
        assert f'id="{field}-error"' in answer.text
    assert kept(world, "resolutions") is None


def test_groups_come_and_go_but_for_the_last_and_the_usual_list_comes_back(world: World) -> None:
    browser = world.log_in("owner")
    new = {"label-fr": "<b>Été</b>", "fr-0": "Chaleur", "en-0": "Heat"}
    assert save(browser, "/resolutions/new", **new).status_code == 303
    assert causes(world)["b_ete_b"] == ["heat"]
    assert "&lt;b&gt;Été&lt;/b&gt;" in browser.get("/console/settings/resolutions").text
    for group in CAUSES:
        gone = save(browser, f"/resolutions/causes/{group.choice.key}/remove")
        assert gone.status_code == 303
    assert list(causes(world)) == ["b_ete_b"]
    assert save(browser, "/resolutions/causes/b_ete_b/remove").status_code == 422
    only = {"key-0": "refund", "fr-0": "Remboursement", "en-0": "Refund"}
    assert save(browser, "/resolutions/remedies", **only).status_code == 303
    assert [one["key"] for one in kept(world, "resolutions")["remedies"]] == ["refund"]
    assert save(browser, "/resolutions/usual").status_code == 303
    assert Resolutions.read(kept(world, "resolutions")).remedies == REMEDIES
    assert list(causes(world)) == [group.choice.key for group in CAUSES]
