"""What becomes an alert, in the settings: rules on and off, thresholds and texts, and the words that cannot wait."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.web.console.changing import journal, save
from tests.web.console.conftest import World
from vocapp.models import Event, Fact, Signal, transaction
from vocapp.services import alert_rules, alerting, intake_events, inviting


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


PAGES = ("/alerts", "/alerts/new", "/alerts/rules/detractor", "/alerts/rules/third_contact")
FIELDS = {"name": "Très bas", "kind": "detractor", "when": '{"<=": [{"var": "scores.nps"}, 4]}', "then": "alert"}


def kept(world: World) -> dict[str, Any]:
    with world.app.app_context():
        _, definition = alert_rules.find_definition(workspace_id=world.ours.workspace_id)
    return {**definition, "by_key": {rule["key"]: rule for rule in definition["alerts"]}}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_says_what_happens_in_words(world: World, language: str) -> None:
    browser = world.log_in("owner", language)
    for page in PAGES:
        answer = browser.get(f"/console/settings{page}")
        assert answer.status_code == 200, page
    said = re.sub(r"\s+", " ", unescape(browser.get("/console/settings/alerts").text))
    wanted = {
        "fr": ("la recommandation (0 à 10) est 6 ou moins", "le nombre de ces événements est 3 ou plus", "Allergie"),
        "en": ("the recommendation (0 to 10) is 6 or less", "the number of such events is 3 or more", "An apology"),
    }[language]
    assert all(one.lower() in said.lower() for one in wanted), said


def test_rules_are_switched_and_what_changed_is_in_the_journal(world: World) -> None:
    browser, before = world.log_in("owner"), kept(world)["by_key"]
    on = [key for key, rule in before.items() if rule.get("active", True) and key != "high_effort"]
    assert save(browser, "/alerts", active=[*on, "delivered_late"]).status_code == 303
    after = kept(world)["by_key"]
    assert [key for key in after if after[key] != before[key]] == ["high_effort", "delivered_late"]
    assert (after["high_effort"]["active"], "active" in after["delivered_late"]) == (False, False)
    [line] = journal(world)
    assert (line.action, set(line.after)) == ("alert_rules.changed", {"high_effort", "delivered_late"})
    assert browser.get("/console/settings/journal").status_code == 200


def test_a_threshold_is_turned_without_touching_the_rule(world: World) -> None:
    browser = world.log_in("owner")
    assert save(browser, "/alerts/rules/detractor/thresholds", **{"threshold-0": "4"}).status_code == 303
    assert kept(world)["by_key"]["detractor"]["when"] == {"<=": [{"var": "scores.nps"}, 4]}
    assert save(browser, "/alerts/rules/negative_verbatim/thresholds", **{"threshold-0": "x"}).status_code == 422
    figures = {"threshold-0": "0,85", "threshold-1": "6", "threshold-2": "2", "threshold-3": "2"}
    assert save(browser, "/alerts/rules/negative_verbatim/thresholds", **figures).status_code == 303
    assert kept(world)["by_key"]["negative_verbatim"]["when"]["and"][1][">="][1] == 0.85


def test_a_rule_is_changed_added_and_removed(world: World) -> None:
    browser = world.log_in("owner")
    assert save(browser, "/alerts/rules/detractor", **FIELDS).status_code == 303
    changed = kept(world)["by_key"]["detractor"]
    assert (changed["name"], changed["when"]) == (
        {"fr": "Très bas", "en": "Detractor"},
        {"<=": [{"var": "scores.nps"}, 4]},
    )
    new = {
        **FIELDS,
        "key": "calls",
        "event": "call.missed",
        "within": "P7D",
        "when": '{">": [{"var": "event.count"}, 1]}',
    }
    assert save(browser, "/alerts/new", **new).status_code == 303
    assert kept(world)["by_key"]["calls"]["within"] == "P7D"
    assert save(browser, "/alerts/new", **new).status_code == 422, "the key is taken"
    assert save(browser, "/alerts/rules/calls/remove").status_code == 303
    assert "calls" not in kept(world)["by_key"]
    assert save(browser, "/alerts/rules/calls/remove").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"when": '{"<=": [{"var": "score.nps"}, 4]}'}, "« /<=/0/var »"),
        ({"when": '{"and": [{"<": [{"var": "scores.nps"}, "4"]}, {"~": 1}]}'}, "« /and/1 »"),
        ({"when": '{"<=": [{"var": "scores.nps"}, 4]'}, "ligne 1, colonne"),
        ({"when": "[" * 5000}, "JSON"),
        ({"when": ""}, "JSON"),
        ({"name": ""}, "vide"),
        ({"kind": "sad"}, "sad"),
        ({"event": "x", "when": '{"<=": [{"var": "scores.nps"}, 4]}'}, "« /<=/0/var »"),
        ({"within": "P1M"}, "months"),
        ({"then": "apology"}, "its `event`"),
        ({"then": "apology", "event": "x", "when": '{"known": "event.place"}'}, "survey is missing"),
    ],
)
def test_what_is_no_rule_is_refused_where_it_stands_and_nothing_is_lost(
    world: World, fields: dict[str, str], said: str
) -> None:
    browser = world.log_in("owner")
    answer = save(browser, "/alerts/rules/detractor", **(FIELDS | fields))
    assert answer.status_code == 422
    assert said in unescape(answer.text).replace("\u00a0", " "), answer.text
    assert kept(world)["by_key"]["detractor"]["when"] == {"<=": [{"var": "scores.nps"}, 6]}
    if len(fields.get("when", "")) < 100:
        assert (FIELDS | fields)["when"] in unescape(answer.text)


def test_the_words_that_cannot_wait_are_the_workspaces_own(world: World) -> None:
    browser = world.log_in("owner")
    refused = save(browser, "/alerts/words", **{"words-fr": "licorne*\n*\n", "words-en": "unicorn"})
    assert refused.status_code == 422
    assert "« * » n’est pas accepté" in unescape(refused.text).replace("\u00a0", " ")
    assert "licorne*" in refused.text
    assert save(browser, "/alerts/words", **{"words-fr": " licorne* \r\n\r\n", "words-en": ""}).status_code == 303
    assert kept(world)["urgent_words"] == {"fr": ["licorne*"]}
    assert save(browser, "/alerts/words", **{"words-klingon!": "x"}).status_code == 422


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        dict.fromkeys(("key", "name", "kind", "event", "within", "then", "survey"), st.text(max_size=9))
    ),
    st.recursive(st.none() | st.text(max_size=5) | st.floats() | st.integers(), st.lists, max_leaves=5),
)
def test_whatever_is_sent_nothing_breaks(world: World, fields: dict[str, str], when: Any) -> None:
    browser = world.log_in("owner")
    for page in ("/alerts/new", "/alerts/rules/detractor"):
        assert save(browser, page, **fields, when=json.dumps(when)).status_code in {303, 422}


def test_the_page_of_an_alert_that_an_event_told_of_says_what_happened(world: World) -> None:
    workspace_id, now = world.ours.workspace_id, datetime.now(UTC)
    told = {
        "id": "lost-1",
        "event": "order.lost",
        "occurred_at": now.isoformat(),
        "customer": {"external_id": "new", "first_name": "Nora"},
        "properties": {"order_number": "LM-48207"},
    }
    with world.app.app_context(), transaction() as session:
        intake_events.take_events(workspace_id=workspace_id, documents=[told], secret=b"s" * 32, now=now)
        event_id = session.scalars(select(Event.id).where(Event.key == "lost-1")).one()
        inviting.invite_for_events(workspace_id=workspace_id, event_ids=[event_id], now=now)
        facts = session.scalars(select(Fact.id).where(Fact.kind == "SignalRaised", Fact.subject_id == event_id)).all()
        alerting.open_or_join(fact_ids=facts, now=now)
        alert_id = session.scalars(select(Signal.alert_id).where(Signal.event_id == event_id)).one()
    for language, words in (("fr", "Personne n’a été interrogé"), ("en", "Nobody was asked")):
        page = unescape(world.log_in("agent", language).get(f"/console/alerts/{alert_id}").text)
        assert words in page
        assert "LM-48207" in page
