"""The callback queue and the life of an alert, as an agent lives it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.web.console.conftest import Browser, World
from vocapp.models import Alert, AlertMove, Customer, Response, Signal, db, new_id, transaction


def test_an_alert_from_the_queue_to_its_root_cause(world: World) -> None:
    agent, alert = world.log_in("agent"), world.ours.stories["ada"].alert
    path = f"/console/alerts/{alert}"
    assert "Prendre ce rappel" in agent.get(path).text

    taken = agent.post(f"{path}/claim")
    assert (taken.status_code, taken.location) == (303, path)
    page = agent.get(path).text
    assert "vous vous occupez de ce rappel" in page
    assert "vous vous occupez de ce rappel" not in agent.get(path).text  # said once
    assert 'action="' + path + '/resolve"' not in page

    assert agent.post(f"{path}/contact", outcome="voicemail", note="Rappeler à midi").status_code == 303
    assert world.alert(alert).misses == 1
    assert agent.post(f"{path}/contact", outcome="reached").status_code == 303
    given = {"root_cause": "delivery.late", "remedy": "refund", "resolve_note": "Remboursée"}
    assert agent.post(f"{path}/resolve", **given).status_code == 303
    done = world.alert(alert)
    assert (done.status, done.root_cause, done.remedy) == ("resolved", "delivery.late", "refund")
    assert _moves(world, alert) == ["opened", "claim", "contact", "contact", "resolve"]
    page = agent.get(path).text
    for text in (
        "Rappeler à midi",
        "Remboursée",
        "Message laissé",
        "Livraison – En retard",
        "Remboursement",
        "Rouvrir le rappel",
    ):
        assert text in page
    assert "Lovelace-ada" not in agent.get("/console/alerts").text
    assert agent.post(f"{path}/reopen", reopen_note="Encore en retard").status_code == 303
    assert world.alert(alert).status == "new"


def test_who_comes_second_is_told_who_holds_it(world: World) -> None:
    alert = world.ours.stories["ada"].alert
    first, second = world.log_in("agent"), world.log_in("owner")
    token = second.token(f"/console/alerts/{alert}")
    assert first.post(f"/console/alerts/{alert}/claim").status_code == 303
    late = second.post(f"/console/alerts/{alert}/claim", csrf_token=token)
    assert late.status_code == 409
    assert "agent@lune.test s’en occupe" in re.sub(r"\s+", " ", late.text)
    assert world.alert(alert).assignee == "agent@lune.test"


@pytest.mark.parametrize(("move", "fields"), [("contact", {"outcome": "reached"}), ("resolve", {"root_cause": "x"})])
def test_only_the_holder_speaks_to_the_customer(world: World, move: str, fields: dict[str, str]) -> None:
    alert = world.ours.stories["ada"].alert
    world.log_in("agent").post(f"/console/alerts/{alert}/claim")
    other = world.log_in("south")
    assert other.post(f"/console/alerts/{alert}/{move}", **fields).status_code == 409
    assert other.post(f"/console/alerts/{alert}/release").status_code == 409
    assert world.alert(alert).status == "claimed"
    assert world.log_in("owner").post(f"/console/alerts/{alert}/release").status_code == 303
    assert world.alert(alert).assignee is None


def test_an_alert_is_given_to_a_colleague_and_from_another_only_by_an_owner(world: World) -> None:
    alert = world.ours.stories["ada"].alert
    path, agent, owner = f"/console/alerts/{alert}", world.log_in("agent"), world.log_in("owner")
    assert "south@lune.test" in agent.get(path).text
    assert "viewer@lune.test" not in agent.get(path).text
    elsewhere = f"/console/alerts/{world.ours.stories['bo'].alert}"
    assert "south@lune.test" not in agent.get(elsewhere).text, "who may not see the place is not offered"
    assert agent.post(f"{elsewhere}/assign", to="south@lune.test").status_code == 422
    for nobody in ("", "viewer@lune.test", "stranger@lune.test"):
        assert agent.post(f"{path}/assign", to=nobody).status_code == 422
    assert agent.post(f"{path}/assign", to="south@lune.test").status_code == 303
    assert world.alert(alert).assignee == "south@lune.test"
    assert f'action="{path}/assign"' not in agent.get(path).text
    assert agent.post(f"{path}/assign", to="agent@lune.test").status_code == 409
    assert owner.post(f"{path}/assign", to="agent@lune.test").status_code == 303
    assert world.alert(alert).assignee == "agent@lune.test"
    assert "Confié" in agent.get(path).text
    assert "Lovelace-ada" in agent.get("/console/alerts").text, "it is among what they have to do"


def test_what_a_places_own_team_has_to_do_is_not_the_central_teams(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        session.get_one(Alert, (world.ours.workspace_id, world.ours.stories["ada"].alert)).team = "south"
    central, south = world.log_in("agent"), world.log_in("south")
    assert "Lovelace-ada" not in central.get("/console/alerts").text
    assert "Lovelace-ada" in south.get("/console/alerts").text
    assert "Lovelace-ada" in central.get("/console/alerts?status=open").text
    assert "Équipe de South" in central.get(f"/console/alerts/{world.ours.stories['ada'].alert}").text


def test_what_hurts_is_marked_and_the_words_to_begin_with_are_in_the_customers_language(world: World) -> None:
    ada = world.ours.stories["ada"]
    with world.app.app_context(), transaction() as session:
        response = session.get_one(Response, (world.ours.workspace_id, ada.response))
        response.answers = {"nps": 2, "why": "Belle lampe. <b>Livraison</b> nulle ! Merci."}
        response.sentiment = {"label": "negative", "score": -0.9, "hurts": [[[13, 37]]]}
    page = html.unescape(world.log_in("agent", "en").get(f"/console/alerts/{ada.alert}").text)
    assert "Belle lampe. <mark><b>Livraison</b> nulle !</mark> Merci." in page
    assert '<div class="phrases" lang="fr">' in page
    assert "Bonjour Ada, je vous appelle de la part de Maison Lune." in page


def test_an_alert_of_an_event_alone_says_what_happened(world: World) -> None:
    ada = world.ours.stories["ada"]
    with world.app.app_context(), transaction() as session:
        [signal] = session.scalars(select(Signal).where(Signal.alert_id == ada.alert))
        signal.response_id = signal.event_id = ada.event
        session.get_one(Customer, (world.ours.workspace_id, ada.customer)).locale = "en_GB"
    page = world.log_in("agent").get(f"/console/alerts/{ada.alert}").text
    for text in (
        "Personne n’a été interrogé",
        "ORDER-ada",
        '<div class="phrases" lang="en">',
        "Hello Ada, I am calling",
    ):
        assert text in page
    assert "You took the time to answer" not in page
    assert "d’un autre lieu" not in page
    assert "Lovelace-ada" in world.log_in("agent").get("/console/alerts").text


def test_three_misses_may_be_resolved_as_unreachable(world: World) -> None:
    agent, alert = world.log_in("agent"), world.ours.stories["ada"].alert
    path = f"/console/alerts/{alert}"
    agent.post(f"{path}/claim")
    assert agent.post(f"{path}/resolve", root_cause="x").status_code == 409
    for outcome in ("voicemail", "no_answer", "wrong_number"):
        agent.post(f"{path}/contact", outcome=outcome)
    assert "injoignable" in agent.get(path).text
    assert agent.post(f"{path}/resolve", root_cause="numéro faux").status_code == 303


@pytest.mark.parametrize(
    ("move", "fields", "said"),
    [
        ("contact", {"outcome": "gone"}, "Choisissez le résultat"),
        ("contact", {"outcome": "reached", "note": "x" * 5001}, "trop long"),
        ("contact", {"outcome": "reached", "note": "a\x00b"}, "ne peut pas être conservé"),
        ("resolve", {"root_cause": "  "}, "Indiquez la cause"),
        ("resolve", {"root_cause": "x" * 201}, "trop long"),
        ("resolve", {"root_cause": "delivery.late", "remedy": "flowers"}, "Choisissez dans la liste"),
    ],
)
def test_a_field_that_cannot_be_taken_is_said_and_kept(
    world: World, move: str, fields: dict[str, str], said: str
) -> None:
    agent, alert = world.log_in("agent"), world.ours.stories["ada"].alert
    agent.post(f"/console/alerts/{alert}/claim")
    if move == "resolve":
        agent.post(f"/console/alerts/{alert}/contact", outcome="reached")
    before = _moves(world, alert)
    answer = agent.post(f"/console/alerts/{alert}/{move}", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert _moves(world, alert) == before


def test_fields_that_are_not_asked_for_change_nothing(world: World) -> None:
    agent, alert = world.log_in("agent"), world.ours.stories["ada"].alert
    agent.post(f"/console/alerts/{alert}/claim", agent="somebody", by="somebody", status="resolved", workspace_id="2")
    assert (world.alert(alert).assignee, world.alert(alert).status) == ("agent@lune.test", "claimed")


@pytest.mark.parametrize("sort", ["urgent", "due", "newest"])
def test_pages_follow_each_other_and_neither_miss_nor_repeat(world: World, sort: str) -> None:
    _many(world, 120)
    agent = world.log_in("agent")
    pages = list(_pages(agent, f"/console/alerts?status=all&sort={sort}"))
    shown = [re.findall(r"data-open-row>[^<]*?([a-z]+|\d+)<", page) for page in pages]
    assert [len(page) for page in shown] == [50, 50, 23]
    assert len({one for page in shown for one in page}) == 123
    if sort == "urgent":
        assert "Lovelace" not in pages[0]
    assert "Revenir au début" not in pages[0]
    assert "Revenir au début" in pages[2]
    for cursor in ("99", "nothing", "é", "A" * 36, "_" * 36):
        assert agent.get(f"/console/alerts?sort={sort}&after={cursor}").status_code == 200


def test_what_is_taken_meanwhile_moves_no_page(world: World) -> None:
    _many(world, 60)
    agent, colleague = world.log_in("agent"), world.log_in("owner")
    pages = _pages(agent, "/console/alerts?status=new")
    first = next(pages)
    taken = re.search(r'href="(/console/alerts/[0-9a-f-]{36})"', first)
    assert taken
    colleague.post(f"{taken[1]}/claim")
    seen = re.findall(r"Bulk-(\d+)", first + next(pages))
    assert len(set(seen)) == 60


def test_the_queue_counts_by_age_and_filters_by_it(world: World) -> None:
    now = datetime.now(UTC)
    ages = {"ada": timedelta(minutes=5), "bo": timedelta(hours=30), "cy": timedelta(days=9)}
    with world.app.app_context(), transaction() as session:
        for person, age in ages.items():
            alert = session.get_one(Alert, (world.ours.workspace_id, world.ours.stories[person].alert))
            alert.opened_at = now - age
            alert.due_at = now + timedelta(hours=2 if person == "ada" else -2)
    agent = world.log_in("agent")
    for age, people in {
        "hour": "ada",
        "day": "",
        "days": "bo",
        "older": "cy",
        "late": "bo cy",
        "in_time": "ada",
        "": "ada bo cy",
    }.items():
        page = agent.get(f"/console/alerts?age={age}").text
        assert sorted(set(re.findall(r"Lovelace-(\w+)", page))) == people.split(), age
        counts = [int(n) for n in re.findall(r'<span class="n">(\d+)</span>', page)]
        assert counts == [3, 2, 1, 1, 0, 1, 1]
    assert 'name="age" value="older"' in agent.get("/console/alerts?age=older").text  # kept by the other filters


def _pages(browser: Browser, path: str) -> Iterator[str]:
    """Follow a list to its end."""
    while path:
        page = browser.get(path).text
        yield page
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(onward[1]) if onward else ""


def test_filters_stand_in_the_address_without_a_name(world: World) -> None:
    alert = world.ours.stories["ada"].alert
    agent, owner = world.log_in("agent"), world.log_in("owner")
    agent.post(f"/console/alerts/{alert}/claim")
    assert "Lovelace-ada" in agent.get("/console/alerts?assignee=me").text
    assert "Lovelace-bo" not in agent.get("/console/alerts?assignee=me").text
    assert "Lovelace-ada" not in agent.get("/console/alerts?assignee=none").text
    colleague = re.search(r'<option value="([0-9a-f]{16})">agent@lune.test', owner.get("/console/alerts").text)
    assert colleague
    page = owner.get(f"/console/alerts?assignee={colleague[1]}").text
    assert "Lovelace-ada" in page
    assert "Lovelace-bo" not in page
    assert "Lovelace-ada" not in owner.get("/console/alerts?status=new").text


def test_an_empty_queue_says_what_to_do(world: World) -> None:
    south = world.log_in("south")
    with world.app.app_context(), transaction() as session:
        for alert in session.scalars(select(Alert)):
            alert.status = "closed"
    assert "Aucun rappel en attente" in south.get("/console/alerts").text
    assert "Rien ne correspond à ces filtres" in south.get("/console/alerts?status=claimed").text


def test_times_are_told_as_one_says_them(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        for alert in session.scalars(select(Alert)):
            alert.opened_at = datetime.now(UTC) - timedelta(minutes=12)
    page = world.log_in("agent").get("/console/alerts").text
    exactly = r"\w+ \d+(er)? \w+ \d{4}, \d\d:\d\d"
    assert re.search(rf'<time datetime="[^"]+" title="{exactly}">il y a 12\xa0min</time>', page)
    assert "12 min ago" in world.log_in("agent", "en").get("/console/alerts").text


def test_the_feed_goes_on_where_its_page_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from vocapp.services.browsing import feed

    monkeypatch.setattr(feed, "PAGE_SIZE", 2)
    agent = world.log_in("agent")
    first = agent.get("/console/responses").text
    assert re.findall(r"Lovelace-(\w+)", first) == ["ada", "bo"]
    older = re.search(r'href="(/console/responses\?before=[^"]+)"', first)
    assert older
    assert re.findall(r"Lovelace-(\w+)", agent.get(older[1].replace("&amp;", "&")).text) == ["cy"]
    for cursor in ("x", "AAAA", "é", "_" * 32, "A" * 32):
        assert agent.get(f"/console/responses?before={cursor}").status_code == 200


def test_the_feed_is_filtered_by_how_the_customer_feels(world: World) -> None:
    agent = world.log_in("agent")
    assert "Lovelace-ada" in agent.get("/console/responses?category=detractor&survey=delivery").text
    for filters in ("category=promoter", "category=passive"):
        page = agent.get(f"/console/responses?{filters}").text
        assert "Lovelace" not in page
        assert "Rien ne correspond" in page
    assert "Lovelace-ada" in agent.get("/console/responses?survey=unknown&category=x").text


def test_one_customers_story(world: World) -> None:
    ada = world.ours.stories["ada"]
    page = world.log_in("agent").get(f"/console/customers/{ada.customer}").text
    for text in ("Ada Lovelace-ada", "customer-ada", "Ville-ada", "ORDER-ada", "hors des heures d’envoi", "Détracteur",
                 f"/console/alerts/{ada.alert}", "On ne peut pas lui écrire"):  # fmt: skip
        assert text in page, text


def _moves(world: World, alert_id: UUID) -> list[str]:
    with world.app.app_context():
        return list(
            db.session.scalars(
                select(AlertMove.action).where(AlertMove.alert_id == alert_id).order_by(AlertMove.at, AlertMove.id)
            )
        )


def _many(world: World, n: int) -> None:
    now = datetime.now(UTC)
    with world.app.app_context(), transaction() as session:
        for number in range(n):
            customer_id = new_id()
            session.add(
                Customer(
                    workspace_id=world.ours.workspace_id, id=customer_id, external_id=f"b{number}", core_observed_at={},
                    last_name=f"Bulk-{number}", contact_key=f"{number}", created_at=now, updated_at=now,
                )
            )  # fmt: skip
            session.flush()
            session.add(
                Alert(
                    workspace_id=world.ours.workspace_id, id=new_id(), customer_id=customer_id, status="new",
                    priority=9,
                    kinds=["detractor"], reason="nps 0", misses=0, opened_at=now, version=1, updated_at=now,
                    due_at=now + timedelta(hours=number % 7),
                )
            )  # fmt: skip
