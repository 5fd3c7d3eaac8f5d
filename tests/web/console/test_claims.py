"""Until when a callback is somebody's: shown, given longer by looking at it, and over when nobody does."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.web.console.conftest import World
from vocapp.models import Alert, database_now, transaction
from vocapp.services import claims

pytestmark = pytest.mark.both_databases


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def set_until(world: World, alert_id: UUID, until: datetime) -> None:
    with world.app.app_context(), transaction() as session:
        session.get_one(Alert, (world.ours.workspace_id, alert_id)).claimed_until = until


def take_back(world: World) -> None:
    with world.app.app_context(), transaction():
        claims.take_back(workspace_id=world.ours.workspace_id, now=database_now())


@pytest.mark.parametrize(
    ("language", "mine", "theirs"),
    [
        ("fr", "Vous vous en occupez jusqu’à", "agent@lune.test s’en occupe jusqu’à"),
        ("en", "You have it until", "agent@lune.test has it until"),
    ],
)
def test_everybody_sees_until_when_somebody_has_it(world: World, language: str, mine: str, theirs: str) -> None:
    alert = world.ours.stories["ada"].alert
    agent, owner = world.log_in("agent", language), world.log_in("owner", language)
    agent.post(f"/console/alerts/{alert}/claim")
    assert mine in plain(agent.get(f"/console/alerts/{alert}").text)
    assert theirs in plain(owner.get(f"/console/alerts/{alert}").text)
    assert theirs.rsplit(" ", 1)[1] in plain(owner.get("/console/alerts?status=open").text)


def test_looking_at_ones_own_alert_gives_longer_and_looking_at_anothers_does_not(world: World) -> None:
    alert = world.ours.stories["ada"].alert
    path = f"/console/alerts/{alert}"
    agent, owner = world.log_in("agent"), world.log_in("owner")
    agent.post(f"{path}/claim")
    soon = datetime.now(UTC) + timedelta(minutes=10)
    set_until(world, alert, soon)
    owner.get(path)
    agent.client.head(path)
    agent.get("/console/alerts")
    assert world.alert(alert).claimed_until == soon
    agent.get(path)
    assert world.alert(alert).claimed_until > soon + timedelta(minutes=15)


def test_a_claim_that_is_over_is_offered_and_who_comes_back_late_is_told(world: World) -> None:
    alert = world.ours.stories["ada"].alert
    path = f"/console/alerts/{alert}"
    agent, owner = world.log_in("agent"), world.log_in("owner")
    agent.post(f"{path}/claim")
    assert f'action="{path}/claim"' not in owner.get(path).text
    set_until(world, alert, datetime.now(UTC) - timedelta(minutes=1))
    assert f'action="{path}/claim"' in owner.get(path).text
    assert f'action="{path}/claim"' in owner.get("/console/alerts").text
    take_back(world)
    assert "Délai de prise en charge écoulé" in plain(owner.get(path).text)
    assert owner.post(f"{path}/claim").status_code == 303
    late = agent.post(f"{path}/contact", outcome="reached")
    assert late.status_code == 409
    assert "Votre délai de prise en charge s’est écoulé et owner@lune.test s’en occupe désormais." in plain(late.text)


def test_who_comes_back_while_nobody_has_taken_it_simply_goes_on(world: World) -> None:
    alert = world.ours.stories["ada"].alert
    path = f"/console/alerts/{alert}"
    agent = world.log_in("agent")
    agent.post(f"{path}/claim")
    set_until(world, alert, datetime.now(UTC) - timedelta(minutes=1))
    take_back(world)
    assert agent.post(f"{path}/contact", outcome="reached").status_code == 303
    assert (world.alert(alert).status, world.alert(alert).assignee) == ("contacted", "agent@lune.test")


def test_an_owner_sets_how_long_a_callback_stays_with_who_took_it(world: World) -> None:
    owner = world.log_in("owner")
    page = owner.get("/console/settings").text
    assert re.search(r'name="claim_minutes"[^>]* value="30"', page)
    given = {"name": "Lune", "timezone": "Europe/Paris", "default_language": "fr"}
    refused = owner.post("/console/settings", **given, claim_minutes="2", contacted_hours="x")
    assert refused.status_code == 422
    assert "Un nombre entier de 5 à 1440." in refused.text
    assert "Un nombre entier de 1 à 720." in refused.text
    assert owner.post("/console/settings", **given, claim_minutes="45", contacted_hours="").status_code == 303
    with world.app.app_context():
        hold = claims.hold_of(workspace_id=world.ours.workspace_id)
    assert (hold.claim_minutes, hold.contacted_hours) == (45, 24)
