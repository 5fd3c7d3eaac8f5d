"""Alerts that live in another tool, on their page and in the queue; and where a helpdesk is connected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.console.changing import rows_of, save
from tests.web.console.conftest import World
from vocapp.domain.helpdesks import Told
from vocapp.models import NotifierRow, database_now, transaction
from vocapp.services import helpdesks

NAME = "Zen<i>desk"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def tell(world: World, status: Any) -> str:
    """Let a tool tell of Ada's alert; return the path of its page."""
    alert_id = world.ours.stories["ada"].alert
    with world.app.app_context(), transaction():
        told = Told(
            id=status, tool=NAME, reference="“7”", status=status, at=database_now(),
            url="https://maison.zendesk.com/7?a=1&b=2", who="Zoé & Co",
        )  # fmt: skip
        helpdesks.hear(workspace_id=world.ours.workspace_id, alert_id=alert_id, told=told, now=database_now())
    return f"/console/alerts/{alert_id}"


def test_an_alert_shows_where_it_lives_and_an_owner_takes_it_back(world: World) -> None:
    path, owner = tell(world, "open"), world.log_in("owner")
    page = owner.get(path).text
    assert "aussi suivi dans Zen&lt;i&gt;desk, sous la référence “7”" in page
    assert '<a href="https://maison.zendesk.com/7?a=1&amp;b=2" rel="noopener noreferrer">' in page
    assert "Zoé &amp; Co" in page
    assert "Ce rappel est traité dans Zen&lt;i&gt;desk" in page
    assert "dans Zen&lt;i&gt;desk, “7”" in owner.get("/console/alerts?status=open").text
    english = world.log_in("agent", "en").get(path).text
    assert "has this callback: once it is solved there" in english
    assert "Put it back into the queue, or" not in english, "that is an owner's"
    assert owner.post(f"{path}/release").status_code == 303
    assert world.alert(world.ours.stories["ada"].alert).status == "new"
    tell(world, "solved")
    assert "Conclu</strong> (dans un autre outil)" in owner.get(path).text


def test_a_webhook_names_its_helpdesk_and_the_page_says_where_that_reports_to(world: World) -> None:
    owner = world.log_in("owner")
    assert "/api/v1/alerts/external" in owner.get("/console/settings/notifiers").text
    form = {"name": "Desk", "kind": "webhook", "target": "https://93.184.216.34/hook", "tool": " Zendesk "}
    assert save(owner, "/notifiers/new", **{**form, "kind": "email", "target": "a@b.test"}).status_code == 422
    assert save(owner, "/notifiers/new", **form).status_code == 200
    [row] = rows_of(world, NotifierRow)
    assert row.tool == "Zendesk"
    assert "chaque étape, pour Zendesk" in owner.get("/console/settings/notifiers").text
    assert save(owner, f"/notifiers/{row.id}", name="Desk", tool="").status_code == 303
    assert rows_of(world, NotifierRow)[0].tool is None
