"""Customers: the list, and one of them as a whole."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.watching import statements
from tests.web.console import crowd
from tests.web.console.conftest import SURVEY, World
from vocapp.models import Consent, Contact, Customer, LedgerEntry, Workspace, new_id, transaction
from vocapp.services import intake_events, surveying

PERSONAS = {
    "personas": [
        {
            "key": "gift_giver",
            "name": {"fr": "La main qui offre", "en": "The gift giver"},
            "description": {"fr": "Achète pour les autres.", "en": "Buys for others."},
            "needs": [{"fr": "Une date sûre", "en": "A date to rely on"}],
            "criteria": [{"when": {"==": [{"var": "answers.buys_for"}, "gift"]}}],
        }
    ]
}


@pytest.fixture
def anne(world: World) -> UUID:
    crowd.fill(world, 1)
    with world.app.app_context(), transaction() as session:
        surveying.put_personas(workspace_id=world.ours.workspace_id, definition=PERSONAS, now=datetime.now(UTC))
        found: Customer = session.scalars(select(Customer).where(Customer.external_id == "crowd-0")).one()
        found.persona_key, found.persona_confidence = "gift_giver", 0.75
        return found.id


def test_the_page_says_what_was_bought_and_to_nobody_without_names(world: World, anne: UUID) -> None:
    assert "Achats Aucun achat pour l’instant." in _text(world.log_in("agent").get(f"/console/customers/{anne}").text)
    told = {"event": "Order Completed", "customer": {"external_id": "crowd-0"}}
    events = [
        {**told, "id": "b1", "occurred_at": "2024-01-05T10:00:00Z", "properties": {"order_id": "1", "total": 1200}},
        {**told, "id": "b2", "occurred_at": "2024-02-05T10:00:00Z", "properties": {"order_id": "2", "total": 50.5}},
        {**told, "id": "b3", "event": "Order Refunded", "occurred_at": "2024-02-06T10:00:00Z",
         "properties": {"order_id": "2", "total": 10}},
    ]  # fmt: skip
    with world.app.app_context(), transaction():
        intake_events.take_events(
            workspace_id=world.ours.workspace_id, documents=events, secret=b"a secret", now=datetime.now(UTC)
        )
    page = _text(world.log_in("agent").get(f"/console/customers/{anne}").text)
    assert "Achats Perdu de vue : aucun achat depuis" in page
    assert "Commandes 2 Valeur à ce jour 1 240,50 € Panier moyen 620,25 € Remboursé 10,00 €" in page.replace(
        "\u202f", " "
    )
    assert "Premier achat 5 janv. 2024" in page
    assert "1 240,50" not in _text(world.log_in("viewer").get(f"/console/customers/{anne}").text).replace("\u202f", " ")


def test_the_page_says_who_what_is_known_and_how_it_went(world: World, anne: UUID) -> None:
    crowd.remember(world, anne, 4)
    page = _text(world.log_in("agent").get(f"/console/customers/{anne}").text)
    for said in (
        "Anne-Sophie Marguerite de La Rochefoucauld-Montbel",
        "La main qui offre (confiance : 75 %) Achète pour les autres.",
        "Pourquoi Achète surtout pour offrir",
        "Magasin préféré Nantes, rue Crébillon API · il y a",
        "Valable jusqu’au",
        "Accordé · Enquêtes à la commande · texte 2026-01",
        "Visite en magasin".lower(),
        "Non envoyée : assez de messages cette semaine",
        "Client joint · moi",
        "A été touchée par l’appel.",
        "Toutes les notes",
    ):
        assert said in page, said


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({}, "On peut lui écrire."),
        (
            {"sent_days_ago": (1, 2)},
            r"On pourra lui écrire de nouveau \w+ à [\d:h ]+ : 2 messages cette semaine, c’est assez",
        ),
        (
            {"sent_days_ago": (1,)},
            r"On pourra lui écrire de nouveau [\w’ ]+ à [\d:h ]+ : un autre message est trop récent",
        ),
        ({"paused_days": 40}, r"On pourra lui écrire de nouveau le \d+(er)? \w+ : le client a demandé une pause"),
        ({"granted": False}, "On ne peut pas lui écrire : pas de consentement."),
        ({"suppressed": "bounce"}, "On ne peut pas lui écrire : l’adresse ne reçoit pas."),
    ],
)
def test_the_contact_state_is_one_sentence(world: World, anne: UUID, case: dict[str, Any], said: str) -> None:
    now = datetime.now(UTC)
    with world.app.app_context(), transaction() as session:
        ours = world.ours.workspace_id
        policy = {"quiet_from": None, "quiet_to": None}
        session.get_one(Workspace, ours).settings = {"contact_policy": policy}
        session.query(LedgerEntry).delete()
        for days in case.get("sent_days_ago", ()):
            session.add(
                LedgerEntry(workspace_id=ours, id=new_id(), contact_key="crowd-0", at=now - timedelta(days=days),
                            kind="invitation", survey_key="delivery", priority=50, made=True)
            )  # fmt: skip
        contact = session.get_one(Contact, (ours, "crowd-0"))
        if "paused_days" in case:
            contact.paused_until = now + timedelta(days=case["paused_days"])
        if "suppressed" in case:
            contact.suppressed_at, contact.suppressed_reason = now, case["suppressed"]
        if "granted" in case:
            consent: Consent = session.scalars(select(Consent).where(Consent.customer_id == anne)).one()
            session.add(
                Consent(workspace_id=ours, id=new_id(), customer_id=anne, purpose="surveys", granted=False,
                        source="api", at=consent.at + timedelta(days=1), recorded_at=now)
            )  # fmt: skip
    page = _text(world.log_in("agent").get(f"/console/customers/{anne}").text)
    assert re.search(said, page), page[page.index("Contact") : page.index("Contact") + 200]


def test_a_longer_history_costs_no_more_statements(world: World, anne: UUID) -> None:
    agent, path = world.log_in("agent"), f"/console/customers/{anne}"
    crowd.remember(world, anne, 1)
    agent.get(path)  # what a process keeps: the survey's version, the personas
    short = _said(world, agent, path)
    with world.app.app_context(), transaction():
        for number in range(5):
            definition = {**SURVEY, "title": {"fr": f"Votre livraison, {number}", "en": f"Your delivery, {number}"}}
            now = datetime.now(UTC)
            surveying.put_draft(workspace_id=world.ours.workspace_id, key="delivery", definition=definition, now=now)
            surveying.publish(workspace_id=world.ours.workspace_id, key="delivery", now=now)
    crowd.remember(world, anne, 200, versions=6, first=1)
    surveying.forget()
    agent.get("/console/surveys")
    assert _said(world, agent, path) <= short + 2  # the versions it has not met yet, and the personas
    assert _said(world, agent, path) == short
    assert short <= 40


def test_the_time_line_goes_on_where_its_page_ended(world: World, anne: UUID) -> None:
    crowd.remember(world, anne, 40)
    agent, path = world.log_in("agent"), f"/console/customers/{anne}"
    seen, pages = 0, 0
    while path and pages < 20:
        page = agent.get(path).text
        seen += len(re.findall(r'<li class="(?:event|invitation|response|alert|call)"', page))
        onward = re.search(r'rel="next" href="([^"#]+)', page)
        path = html.unescape(onward[1]) if onward else ""
        pages += 1
    # five things a visit, and the four and the call of the first day
    assert seen == 5 * 40 + 5
    assert pages == 6
    for cursor in ("x", "AAAA", "é", "_" * 11):
        assert agent.get(f"/console/customers/{anne}?before={cursor}").status_code == 200


def test_the_list_is_filtered_and_goes_on(world: World) -> None:
    crowd.fill(world, 70)
    agent = world.log_in("agent")
    seen: list[str] = []
    path = "/console/customers?category=detractor&sentiment=negative"
    while path:
        page = agent.get(path).text
        seen += re.findall(r"crowd-\d+", page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(onward[1]) if onward else ""
        assert not path or "category=detractor" in path
    assert len(seen) == len(set(seen)) == 70
    assert "Rien ne correspond" in agent.get("/console/customers?category=promoter").text
    assert "crowd-3<" in agent.get("/console/customers").text or "crowd-69<" in agent.get("/console/customers").text


def test_the_list_keeps_to_ones_places(world: World) -> None:
    page = world.log_in("south").get("/console/customers").text
    assert "Lovelace-ada" in page
    assert "Lovelace-bo" not in page
    assert world.log_in("viewer").get("/console/customers").status_code == 403


def test_the_page_of_a_region_tells_its_part_of_the_story(world: World, anne: UUID) -> None:
    crowd.remember(world, anne, 2)
    south = world.log_in("south").get(f"/console/customers/{anne}").text
    assert "Lyon" not in south


def _said(world: World, browser: Any, path: str) -> int:
    with statements(world.app) as said:
        assert browser.get(path).status_code == 200
    return len(said)


def _text(page: str) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return re.sub(r"\s+", " ", text.replace("\xa0", " ").replace("\u202f", " "))
