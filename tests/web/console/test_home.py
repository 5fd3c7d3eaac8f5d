"""The first page: figures from the counters, what needs me, and a constant number of statements."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from tests.days import day_of
from tests.watching import statements
from tests.web.console import crowd
from tests.web.console.conftest import SURVEY, Browser, World, company_of
from vocapp.models import Alert, Counter, Fact, Invitation, Response, Tally, Workspace, transaction
from vocapp.models.bulk import insert_many
from vocapp.models.ids import first_id_at, new_id
from vocapp.models.summaries import fill as fold
from vocapp.services import surveying


def test_what_is_mine_late_and_new_stands_where_it_belongs(world: World) -> None:
    now, stories = datetime.now(UTC), world.ours.stories
    agent = world.log_in("agent")
    agent.post(f"/console/alerts/{stories['ada'].alert}/claim")
    with world.app.app_context(), transaction() as session:
        session.get_one(Alert, (world.ours.workspace_id, stories["bo"].alert)).due_at = now - timedelta(hours=1)
    page = agent.get("/console/").text
    groups = re.split(r'<h3 id="needs-', page)[1:]
    assert [(group.split('"')[0], re.findall(r"Lovelace-(\w+)", group)[0]) for group in groups] == [
        ("mine", "ada"),
        ("late", "bo"),
        ("new", "cy"),
    ]
    assert _tiles(page) == [0, 2, 1, 1, 0]
    assert "aucun en retard" in page


def test_a_group_leads_to_as_many_as_it_says(world: World) -> None:
    crowd.fill(world, 12)
    with world.app.app_context(), transaction() as session:
        fresh = session.scalars(select(Alert).where(Alert.status == "new").order_by(Alert.id)).all()
        for alert in fresh:
            alert.due_at = datetime.now(UTC) + timedelta(hours=1)
        fresh[0].due_at = datetime.now(UTC) - timedelta(hours=1)
    agent = world.log_in("agent")
    [(path, said)] = re.findall(
        r'href="(/console/alerts\?[^"]*age=in_time[^"]*)">Voir les (\d+)', agent.get("/console/").text
    )
    listed = re.findall(r"/console/alerts/[0-9a-f-]{36}", agent.get(path.replace("&amp;", "&")).text)
    assert int(said) == len(set(listed))


def test_who_only_reads_sees_the_team_and_no_name(world: World) -> None:
    page = world.log_in("viewer").get("/console/").text
    assert "Ce qui attend l’équipe" in page
    assert "Lovelace" not in page
    assert len(_tiles(page)) == 4


def test_a_member_of_a_region_counts_its_part_only(world: World) -> None:
    for place, n in (("nice", 20), ("lyon", 30)):
        _count(world, day_of(), "9", n, place=place)
    page = world.log_in("south").get("/console/").text
    assert _tiles(page)[:2] == [20, 1]
    assert "Lovelace-ada" in page
    assert "Lovelace-bo" not in page
    assert _tiles(world.log_in("owner").get("/console/").text)[0] == 50


def test_a_place_that_is_chosen_narrows_the_page_and_where_it_leads_but_never_widens_it(world: World) -> None:
    for place, n in (("nice", 20), ("lyon", 30)):
        _count(world, day_of(), "9", n, place=place)
    owner, south = world.log_in("owner"), world.log_in("south")
    page = owner.get("/console/?place=lyon").text
    assert _tiles(page)[0] == 30
    assert "Lovelace-ada" not in page
    assert 'href="/console/responses?place=lyon"' in page
    assert re.search(r'<option value="lyon" selected>', page)
    for place in ("lyon", "nowhere"):
        assert _tiles(south.get(f"/console/?place={place}").text) == _tiles(south.get("/console/").text)
    assert _tiles(south.get("/console/?place=nice").text)[0] == 20


def test_figures_have_their_n_their_interval_and_what_was_before(world: World) -> None:
    day = day_of()
    _count(world, day, "10", 30)
    _count(world, day - timedelta(days=1), "3", 10)
    _count(world, day - timedelta(days=8), "9", 12)
    page = _text(world.log_in("agent").get("/console/").text)
    assert "hier : 10" in page
    # 30 promoters, 10 detractors: 50; the week before 12 promoters: 100
    assert re.search(r"Recommandation \(NPS\) 50 entre 2\d et 7\d · 40 notes · avant : 100", page)
    # over 30 days there is nothing before
    assert re.search(r"Recommandation \(NPS\) 62 entre \d+ et \d+ · 52 notes · 0 note avant", page)


def test_under_ten_answers_there_is_no_figure(world: World) -> None:
    _count(world, day_of(), "10", 9)
    page = _text(world.log_in("agent").get("/console/").text)
    assert "9 notes : il en faut 10 pour un résultat" in page
    assert "entre" not in page.split("Ce que disent les clients")[1].split("La vraie valeur")[0]


def test_an_owner_sees_what_could_not_be_sent(world: World) -> None:
    now, ada = datetime.now(UTC), world.ours.stories["ada"]
    with world.app.app_context(), transaction() as session:
        for one in session.query(Invitation):
            if one.customer_id == ada.customer:
                one.status, one.reason = "failed", "given_up"
        session.add(
            Fact(workspace_id=world.ours.workspace_id, kind="InvitationDue", subject_id=new_id(), due_at=now,
                 failed_at=now, error="gone")
        )  # fmt: skip
    owner, agent = (_text(world.log_in(role).get("/console/").text) for role in ("owner", "agent"))
    assert "Mails qui ne sont pas partis" in owner
    assert "1 suite abandonnée" in owner
    assert "Mails qui ne sont pas partis" not in agent
    assert "suite abandonnée" not in agent
    assert "1 échec sur 7 jours" in agent


def test_a_company_that_nobody_has_answered_is_told_its_first_steps(world: World) -> None:
    """What is done is read from the database, each step by itself; the first answer ends the list."""
    with world.app.app_context():
        company_of("young", "Jeune", "jeune.test", [])
    owner, agent = Browser(world.app), Browser(world.app)
    owner.log_in("owner@jeune.test")
    agent.log_in("agent@jeune.test")
    assert _steps(owner) == [False, False, False, False, True]  # the five of the staff are there
    page = owner.get("/console/").text
    assert "Aucune enquête n’a encore été remplie ici." in page
    assert 'href="/console/settings/keys"' in page
    assert 'href="/api/docs"' in page
    assert "Lire les réponses" not in page
    plain = agent.get("/console/").text
    assert "apparaîtront dès la première réponse" in _text(plain)
    assert "first-step" not in plain
    with world.app.app_context(), transaction() as session:
        young = session.query(Workspace).filter_by(key="young").one()
        young.settings = {**young.settings, "sender": {"address": "avis@jeune.test"}, "brand": {"accent": "#123456"}}
        switched_on = {**SURVEY, "trigger": {"event": "order.delivered"}}
        surveying.put_draft(workspace_id=young.id, key="delivery", definition=switched_on, now=datetime.now(UTC))
        surveying.publish(workspace_id=young.id, key="delivery", now=datetime.now(UTC))
    assert _steps(owner) == [False, True, True, True, True]
    assert _steps(world.log_in("owner")) == []


def test_neither_an_import_nor_an_unfinished_answer_ends_the_first_steps(world: World) -> None:
    """A company that brings its history first has no survey on yet, and one that looks in has not answered."""
    owner = world.log_in("owner")

    def become(**values: str) -> list[bool]:
        ours = Response.workspace_id == world.ours.workspace_id
        with world.app.app_context(), transaction() as session:
            session.execute(update(Response).where(ours).values(**values))
        return _steps(owner)

    assert len(become(channel="import")) == 5
    _count(world, day_of(), "10", 3)
    assert "Ce que disent les clients" in owner.get("/console/").text, "what is counted is shown all the same"
    assert len(become(channel="email", status="partial")) == 5
    assert become(status="completed") == []


def test_a_quiet_day_says_so(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        for alert in session.query(Alert):
            alert.status = "closed"
    assert "Rien ne presse" in world.log_in("agent").get("/console/").text


@pytest.mark.parametrize(
    "path", ["/console/", "/console/alerts", "/console/mails", "/console/responses", "/console/causes"]
)
def test_a_page_says_the_same_to_the_database_for_few_answers_and_for_many(world: World, path: str) -> None:
    owner = world.log_in("owner")
    owner.get(path)
    few = _said(world, owner, path)
    _count_a_million(world)
    assert _said(world, owner, path) == few
    assert few <= 24


def test_an_id_stands_before_those_made_later() -> None:
    before, after = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(seconds=1)
    assert first_id_at(before) < new_id() < first_id_at(after)
    assert isinstance(first_id_at(before), UUID)


def _steps(browser: Browser) -> list[bool]:
    """Say of each of the first steps whether it is ticked."""
    return ["is-done" in one for one in re.findall(r'<li class="(first-step[^"]*)"', browser.get("/console/").text)]


def _count(world: World, day: date, nps: str, n: int, place: str = "") -> None:
    """Count answers as they would have been, without the answers."""
    with world.app.app_context(), transaction() as session:
        session.add(
            Tally(
                workspace_id=world.ours.workspace_id,
                survey_key="delivery",
                survey_version=1,
                day=day,
                place=place,
                channel="email",
                counted=[["", "completed"], ["@nps", nps]],
                n=n,
            )
        )


def _count_a_million(world: World) -> None:
    shared = {
        "workspace_id": world.ours.workspace_id, "survey_key": "delivery", "survey_version": 1, "place": "nice",
        "channel": "email", "n": 1600,
    }  # fmt: skip
    with world.app.app_context(), transaction() as session:
        insert_many(
            Counter,
            [
                {**shared, "day": day_of() - timedelta(days=back), "question": question, "bucket": bucket}
                for back in range(60)
                for question, bucket in [("", "completed"), *(("@nps", str(value)) for value in range(11))]
            ],
        )
        fold.run(session.connection(), workspace_id=world.ours.workspace_id)


def _said(world: World, browser: Browser, path: str) -> int:
    with statements(world.app) as said:
        assert browser.get(path).status_code == 200
    return len(said)


def _tiles(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'<a href="[^"]+"><span class="big[^"]*">(\d+)</span>', page)]


def _text(page: str) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ")
    return re.sub(r" +", " ", text)
