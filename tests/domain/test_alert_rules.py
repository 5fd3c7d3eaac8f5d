"""What becomes an alert: the rules that ship as a table, and what is no rule."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.domain import alert_rules
from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.sentiment import document, judged
from vocapp.services.alert_rules import ready_made, ready_made_definition

RULES = ready_made()
NEGATIVE = document(judged([0.9, 0.08, 0.02], language="fr", model="m"))
DOUBTFUL = document(judged([0.69, 0.21, 0.1], language="fr", model="m"))
POSITIVE = document(judged([0.02, 0.08, 0.9], language="fr", model="m"))
REGULAR = {"value": 2, "attributes": {}}


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ({"scores": {"nps": 6}}, ["detractor"]),
        ({"scores": {"nps": 7}}, []),
        ({"scores": {"nps": 0, "csat": 1}}, ["detractor", "low_csat"]),
        ({"scores": {"csat": 2}}, ["low_csat"]),
        ({"scores": {"csat": 3}}, []),
        ({"scores": {"ces": 2}}, ["high_effort"]),
        ({"scores": {"ces": 3}}, []),
        ({"scores": {"nps": 9}, "sentiment": NEGATIVE}, ["negative_verbatim"]),
        ({"scores": {}, "sentiment": NEGATIVE}, ["negative_verbatim"]),
        ({"scores": {"nps": 9}, "sentiment": DOUBTFUL}, []),
        ({"scores": {"nps": 2}, "sentiment": NEGATIVE}, ["detractor"]),
        ({"scores": {"csat": 1}, "sentiment": NEGATIVE}, ["low_csat"]),
        ({"scores": {"nps": 9}, "sentiment": POSITIVE}, []),
        ({"scores": {"nps": 0}, "sentiment": POSITIVE}, ["detractor", "contradiction"]),
        ({"scores": {"csat": 1}, "sentiment": POSITIVE}, ["low_csat", "contradiction"]),
        ({"scores": {"nps": 4}, "sentiment": POSITIVE}, ["detractor"]),
        ({"scores": {"nps": 7}, "before": {"nps": 10}, "customer": REGULAR}, ["valued_turning"]),
        ({"scores": {"nps": 7}, "before": {"nps": 10}, "customer": {"value": 1}}, []),
        ({"scores": {"nps": 8}, "before": {"nps": 10}, "customer": REGULAR}, []),
        ({"scores": {"nps": 7}, "customer": REGULAR}, []),
        ({"scores": {"csat": 3}, "before": {"csat": 5}, "customer": {"value": 3}}, ["valued_turning"]),
        ({"scores": {"nps": 10}, "verbatim": {"urgent_word": "allergie*"}}, ["urgent_words"]),
        ({"scores": {"nps": 10}, "verbatim": {}}, []),
        ({"answers": {"help_wanted": True}}, ["asks_for_help"]),
        ({"answers": {"help_wanted": False}}, []),
        ({}, []),
    ],
)
def test_what_becomes_an_alert_of_an_answer(facts: dict[str, Any], kinds: list[str]) -> None:
    assert list(RULES.about_answer(facts)) == kinds


def test_scores_and_clearly_negative_words_make_what_they_always_made() -> None:
    """The three kinds there were before rules could be written, for every score and a text of each sort."""
    texts = [(None, False), (NEGATIVE, True), (DOUBTFUL, False), (POSITIVE, False)]
    for nps, csat, (sentiment, negative) in product([None, *range(11)], [None, *range(1, 6)], texts):
        scores = {key: value for key, value in (("nps", nps), ("csat", csat)) if value is not None}
        expected = ["detractor"] * (nps is not None and nps <= 6) + ["low_csat"] * (csat is not None and csat <= 2)
        if not expected and negative:
            expected = ["negative_verbatim"]
        found = RULES.about_answer({"scores": scores, "sentiment": sentiment or {}})
        assert [kind for kind in found if kind != "contradiction"] == expected
        assert list(RULES.at_once({"scores": scores})) == [one for one in expected if one != "negative_verbatim"]


@pytest.mark.parametrize(
    ("name", "properties", "count", "rules"),
    [
        ("order.late", {}, 1, ["order_late"]),
        ("order.lost", {}, 1, ["order_lost"]),
        ("order.refunded", {}, 1, ["order_refunded"]),
        ("support.ticket_opened", {}, 2, []),
        ("support.ticket_opened", {}, 3, ["third_contact"]),
        ("support.ticket_closed", {}, 9, []),
        ("order.delivered", {"delivered_at": "2018-02-20", "estimated_at": "2018-02-10"}, 1, []),
    ],
)
def test_what_the_rules_make_of_an_event(name: str, properties: dict[str, Any], count: int, rules: list[str]) -> None:
    facts = {"event": {"name": name, "properties": properties}, "customer": REGULAR}
    assert [rule.key for rule in RULES.about_event(name, facts, lambda within: count)] == rules


def test_a_late_delivery_is_one_where_the_rule_is_switched_on() -> None:
    definition = ready_made_definition()
    on = alert_rules.read({"alerts": [{**one, "active": True} for one in definition["alerts"]]})

    def late(**properties: Any) -> list[str]:
        facts = {"event": {"name": "order.delivered", "properties": properties}, "customer": {}}
        return [rule.kind for rule in on.about_event("order.delivered", facts, lambda within: 1)]

    assert late(delivered_at="2018-02-20T10:00:00-03:00", estimated_at="2018-02-10T00:00:00-03:00") == ["late"]
    assert late(delivered_at="2018-02-09T10:00:00-03:00", estimated_at="2018-02-10T00:00:00-03:00") == []
    assert late(estimated_at="2018-02-10") == late() == late(delivered_at=None, estimated_at=3) == []


def test_what_must_wait_for_more_is_not_decided_with_the_answer() -> None:
    turned = {"scores": {"nps": 7}, "before": {"nps": 10}, "customer": REGULAR, "sentiment": NEGATIVE}
    assert RULES.at_once(turned) == ()
    assert RULES.at_once({**turned, "verbatim": {"urgent_word": "feu"}}) == ("urgent_words",)


def test_the_score_that_makes_a_kind_by_itself_can_be_named() -> None:
    assert RULES.told_by_scores("detractor", {"nps": 3, "csat": 1}) == "nps"
    assert RULES.told_by_scores("low_csat", {"nps": 3, "csat": 1}) == "csat"
    assert RULES.told_by_scores("detractor", {"nps": 9}) is None
    assert RULES.told_by_scores("negative_verbatim", {"nps": 3}) is None
    assert [value for metric, value in RULES.unhappy_scores() if metric == "nps"] == [0, 1, 2, 3, 4, 5, 6]


def test_a_rule_that_is_off_decides_nothing_and_asks_for_nothing() -> None:
    off = alert_rules.read({"alerts": [{**one, "active": False} for one in ready_made_definition()["alerts"]]})
    assert off.about_answer({"scores": {"nps": 0}, "verbatim": {"urgent_word": "feu"}}) == ()
    assert (off.events, off.roots, off.counted, list(off.unhappy_scores())) == (frozenset(), frozenset(), {}, [])


ONE = {"key": "own", "name": "Own", "kind": "other", "when": {"<": [{"var": "scores.nps"}, 3]}}
EVENT = {**ONE, "event": "order.late", "when": {"known": "event.properties.order"}}


@pytest.mark.parametrize(
    ("document", "pointer", "said"),
    [
        ([], "", "mapping"),
        ({}, "", "alerts is missing"),
        ({"alerts": {}}, "/alerts", "list of rules"),
        ({"alerts": [3]}, "/alerts/0", "mapping"),
        ({"alerts": [ONE, ONE]}, "/alerts/1/key", "already a rule"),
        ({"alerts": [{**ONE, "kind": "sad"}]}, "/alerts/0/kind", "not possible here"),
        ({"alerts": [{**ONE, "when": {"<": [{"var": "score.nps"}, 3]}}]}, "/alerts/0/when/</0/var", "unknown root"),
        ({"alerts": [{**ONE, "when": {"<": [{"var": "event.count"}, 3]}}]}, "/alerts/0/when/</0/var", "not known"),
        ({"alerts": [{**ONE, "when": {"~": 3}}]}, "/alerts/0/when", "unknown operator"),
        ({"alerts": [{**EVENT, "when": {"<": [{"var": "scores.nps"}, 3]}}]}, "/alerts/0/when/</0/var", "unknown root"),
        ({"alerts": [{**EVENT, "when": {"==": [{"var": "answers.a"}, 3]}}]}, "/alerts/0/when/==/0/var", "answered"),
        ({"alerts": [{**EVENT, "when": {">": [{"var": "event.count"}, 3]}}]}, "/alerts/0", "within is missing"),
        ({"alerts": [{**EVENT, "within": "P1M"}]}, "/alerts/0/within", "months"),
        ({"alerts": [{**EVENT, "within": "P400D"}]}, "/alerts/0/within", "at most"),
        ({"alerts": [{**ONE, "within": "P4D"}]}, "/alerts/0/within", "about an event"),
        ({"alerts": [{**ONE, "then": "apology", "survey": "apology"}]}, "/alerts/0/then", "about an event"),
        ({"alerts": [{**EVENT, "then": "apology"}]}, "/alerts/0", "survey is missing"),
        ({"alerts": [{**EVENT, "then": "mail"}]}, "/alerts/0/then", "alert or apology"),
        ({"alerts": [{**ONE, "active": "no"}]}, "/alerts/0/active", "true or false"),
        ({"alerts": [{**ONE, "name": {"french": 3}}]}, "/alerts/0/name", "no language"),
        ({"alerts": [], "urgent_words": ["feu"]}, "/urgent_words", "for each language"),
        ({"alerts": [], "urgent_words": {"fr": "feu"}}, "/urgent_words/fr", "list of words"),
        ({"alerts": [], "urgent_words": {"fr": ["feu", "*"]}}, "/urgent_words/fr/1", "no word"),
        ({"alerts": [], "urgent_words": {"FR!": ["feu"]}}, "/urgent_words", "no language"),
    ],
)
def test_what_is_no_rule_is_refused_and_its_place_is_named(document: Any, pointer: str, said: str) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        alert_rules.read(document)
    assert [fault for fault in refused.value.faults if fault.pointer == pointer and said in fault.detail], (
        refused.value.faults
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys((*ONE, "event", "within", "then", "survey"), ANYTHING)))
def test_whatever_is_sent_is_read_or_refused(rule: dict[str, Any]) -> None:
    for whole in ({"alerts": [{**ONE, **rule}]}, {"alerts": [rule], "urgent_words": rule.get("when")}):
        try:
            found = alert_rules.read(whole)
        except DefinitionRefused:
            continue
        found.about_answer({"scores": {"nps": 3}, "answers": {}, "customer": {}, "event": {}})
        for name in found.events:
            found.about_event(name, {"event": {"name": name}}, lambda within: int(within / timedelta(days=1)))
