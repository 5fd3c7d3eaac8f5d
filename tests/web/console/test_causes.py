"""The report of callbacks: causes, times and who is content, for a period and a place; names for who leads the team."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from tests.called import AGENTS, sow
from tests.unhappy import SURVEY
from tests.web.console.conftest import World
from vocapp.domain.callback_figures import Resolution, figures, pareto
from vocapp.models import Alert, AlertMove, transaction
from vocapp.services import surveying

PLACES = ("nice", "lyon")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def called(world: World, number: int, agents: tuple[str, ...] = AGENTS) -> list[Resolution]:
    """Let so many be called back in the last thirty days."""
    workspace_id, now = world.ours.workspace_id, datetime.now(UTC)
    with world.app.app_context():
        with transaction():
            surveying.put_draft(workspace_id=workspace_id, key=SURVEY["key"], definition=SURVEY, now=now)
            surveying.publish(workspace_id=workspace_id, key=SURVEY["key"], now=now)
        return sow(workspace_id, number, until=now, days=27, places=PLACES, agents=agents)


def text(page: str) -> str:
    """Return what one reads of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ").replace("\u00a0", " ")


def test_the_most_frequent_cause_comes_first_with_its_share_its_interval_and_all_up_to_it(world: World) -> None:
    truth = called(world, 60)
    page = world.log_in("owner").get("/console/causes").text
    first = pareto(truth)[0]
    assert first.share.share is not None
    assert first.share.interval is not None
    said = text(page)
    low, high = first.share.interval.low, first.share.interval.high
    assert f"Livraison – En retard Rappels {first.share.hits} Part {first.share.share:.0f} %" in said
    assert f"({low:.0f} % à {high:.0f} %)" in said
    bars = re.findall(r'<rect class="own" x="([\d.]+)" y="0" width="([\d.]+)"', page)
    assert [float(width) for _, width in bars] == [pytest.approx(one.share.share, abs=0.01) for one in pareto(truth)]
    assert float(bars[1][0]) == pytest.approx(first.cumulative, abs=0.01)
    assert "style=" not in page
    told = figures(truth, [])
    assert told.recovered.share is not None
    assert f"Clients satisfaits après le rappel {told.recovered.share:.0f} %" in said
    assert f"{told.answered} réponses" in said


def test_what_had_less_time_to_be_opened_again_is_not_measured_by_the_time_before(world: World) -> None:
    called(world, 60)
    with world.app.app_context():
        sow(world.ours.workspace_id, 40, until=datetime.now(UTC) - timedelta(days=32), days=20, seed=8, places=PLACES)
    said = text(world.log_in("owner").get("/console/causes").text)
    assert "avant : " in said.partition("Délai avant de conclure")[2].partition("Clients satisfaits")[0]
    assert "avant : " not in said.partition("Rappels rouverts")[2].partition("Par équipe")[0]
    by_group = said.partition("Par équipe")[2]
    assert re.search(r"Dans les délais \d+ % \([^)]+\) \d+ rappels? avant : \d+ %", by_group)
    assert not re.search(r"Rouverts [^A-Z]*avant", by_group)


def test_the_filters_stand_in_the_address(world: World) -> None:
    truth = called(world, 60)
    owner = world.log_in("owner", language="en")
    by_family = text(owner.get("/console/causes?level=group").text)
    assert f"Delivery Callbacks {pareto(truth, groups=True)[0].share.hits} Share" in by_family
    in_nice = [one for one in truth if one.team == "nice"]
    said = text(owner.get("/console/causes?days=90&place=nice").text)
    assert f"Callbacks resolved {len(in_nice)} " in said
    assert "Central team" not in said
    assert text(world.log_in("south", language="en").get("/console/causes?place=lyon").text).count("Central team") == 0


def test_only_who_leads_the_team_sees_what_each_has_done(world: World) -> None:
    called(world, 30, agents=("agent@lune.test", "ben@lune.test"))
    roles = ("owner", "agent", "analyst", "viewer")
    seen = {role: text(world.log_in(role).get("/console/causes").text) for role in roles}
    assert {role: "ben@lune.test" in page for role, page in seen.items()} == {
        "owner": True, "agent": False, "analyst": False, "viewer": False,
    }  # fmt: skip
    assert {role: ("Par personne" in page, "Vos rappels" in page) for role, page in seen.items()} == {
        "owner": (True, False), "agent": (False, True), "analyst": (False, False), "viewer": (False, False),
    }  # fmt: skip


def test_of_too_few_there_are_only_counts_and_of_none_a_word(world: World) -> None:
    owner = world.log_in("owner")
    assert "Aucun rappel conclu sur cette période" in text(owner.get("/console/causes").text)
    truth = called(world, 3)
    assert 0 < len(truth) < 10
    page = owner.get("/console/causes").text
    assert "il en faut 10 pour un résultat" in text(page)
    assert "pareto-bar" not in page
    assert f"{len(truth)} rappels" in text(page) or len(truth) == 1


def test_a_team_that_calls_nobody_is_late_with_everything(world: World) -> None:
    called(world, 12)
    with world.app.app_context(), transaction() as session:
        session.execute(update(Alert).values(status="new", assignee=None, claimed_until=None, root_cause=None))
        session.execute(delete(AlertMove).where(AlertMove.action != "opened"))
    owner = world.log_in("owner", language="en")
    for path in ("/console/causes", "/console/dashboards/handling"):
        said = text(owner.get(path).text)
        assert "First tried in time 0% " in said, said.partition("First tried")[2][:200]
        assert "Callbacks resolved 0 " in said, path
