"""What people write stays text: put in wherever the console shows it, it opens no dialog and breaks no policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from tests.rig.browser import Visitor
from tests.web.console.conftest import PASSWORD, SURVEY, World
from vocapp.models import Alert, AlertMove, Customer, Response, Workspace, new_id, transaction
from vocapp.services import keys, places, surveying, workspaces

HOSTILE = (
    "\"><img src=x onerror=alert(1)>'><svg/onload=alert(2)></title></style></script><script>alert(3)</script>"
    "<a href=javascript:alert(4)>x</a>"
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.browser
@pytest.mark.parametrize("viewport", [{"width": 320, "height": 700}, {"width": 1280, "height": 800}])
def test_hostile_text_is_text_on_every_page(
    new_visitor: Callable[..., Visitor], address: str, world: World, viewport: dict[str, int]
) -> None:
    _write_everywhere(world)
    visitor = new_visitor(viewport=viewport)
    page, dialogs = visitor.page, []

    def note(dialog: object) -> None:
        dialogs.append(dialog)
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", note)
    page.goto(f"{address}/login")
    page.fill("#email", "owner@lune.test")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/console/**")
    ada, shown = world.ours.stories["ada"], 0
    paths = [
        "/console/", "/console/alerts?status=all", f"/console/alerts/{ada.alert}", "/console/responses",
        f"/console/customers/{ada.customer}", "/console/surveys", "/console/mails", "/console/settings",
        "/console/settings/places", "/console/settings/places/nice", "/console/settings/team", "/console/settings/keys",
        "/console/settings/sender", "/console/settings/links", "/console/settings/journal", "/console/account",
    ]  # fmt: skip
    for path in paths:
        page.goto(f"{address}{path}")
        page.wait_for_load_state()
        shown += "onerror=alert(1)" in (page.text_content("body") or "")
        assert page.locator("img[src=x], svg[onload], a[href^=javascript]").count() == 0, path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways by {wide}"
    assert shown >= 8, "the strings were to be seen"
    assert not dialogs
    assert not visitor.complaints


def _write_everywhere(world: World) -> None:
    ours, now = world.ours, datetime.now(UTC)
    workspace_id, ada = ours.workspace_id, ours.stories["ada"]
    with world.app.app_context(), transaction() as session:
        places.put_place(
            workspace_id=workspace_id, key="nice", name=HOSTILE, kind="store", parent_key="south", by=HOSTILE, now=now
        )
        keys.create(workspace_id=workspace_id, name=HOSTILE, scopes=(), now=now, by=HOSTILE)
        workspaces.change_settings(
            workspace_id=workspace_id, changes={"name": HOSTILE, "brand": {"name": HOSTILE}}, by=HOSTILE, now=now
        )
        session.execute(
            update(Customer).where(Customer.workspace_id == workspace_id).values(first_name=HOSTILE, last_name=HOSTILE)
        )
        session.get_one(Response, (workspace_id, ada.response)).answers = {"nps": 2, "why": HOSTILE}
        session.get_one(Alert, (workspace_id, ada.alert)).root_cause = HOSTILE
        session.add(
            AlertMove(
                workspace_id=workspace_id, id=new_id(), alert_id=ada.alert, at=now, action="contact", by=HOSTILE,
                status="new", details={"outcome": "voicemail", "note": HOSTILE},
            )
        )  # fmt: skip
        titled = {**SURVEY, "title": {"fr": f"Titre {HOSTILE}", "en": f"Title {HOSTILE}"}}
        surveying.put_draft(workspace_id=workspace_id, key="delivery", definition=titled, now=now)
        surveying.publish(workspace_id=workspace_id, key="delivery", now=now)
        assert session.get_one(Workspace, workspace_id).name == HOSTILE
