"""Who speaks to us: the persona with the most support, or none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain import personas
from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.personas import PersonaMatch

GIFT = {"==": [{"var": "answers.buys_for"}, "gift"]}
OFTEN = {">": [{"var": "customer.attributes.orders"}, 3]}
HAPPY = {">=": [{"var": "scores.nps"}, 9]}


def document(**rest):
    return {
        "personas": [
            {
                "key": "giver",
                "name": "The giver",
                "needs": ["wrapping", {"fr": "délais", "en": "deadlines"}],
                "criteria": [{"when": GIFT, "weight": 3, "because": {"fr": "offre", "en": "buys gifts"}}],
            },
            {
                "key": "regular",
                "name": {"fr": "L’habitué", "en": "The regular"},
                "criteria": [
                    {"when": OFTEN, "weight": 2, "because": "comes back"},
                    {"when": HAPPY, "weight": 1, "because": "would tell friends"},
                ],
            },
        ],
        **rest,
    }


def facts(buys_for=None, orders=0, nps=0):
    return {
        "answers": {"buys_for": buys_for},
        "customer": {"attributes": {"orders": orders}},
        "scores": {"nps": nps},
        "sentiment": {},
    }


def choose(seen, **rest):
    return personas.choose(personas.read(document(**rest)), seen)


def test_the_best_supported_persona_is_chosen_with_its_reasons():
    assert choose(facts("gift")) == PersonaMatch("giver", 1.0, ("buys gifts",))
    assert choose(facts("self", orders=9, nps=9)) == PersonaMatch("regular", 1.0, ("comes back", "would tell friends"))
    assert choose(facts("gift", orders=9)) == PersonaMatch("giver", 0.6, ("buys gifts",))


def test_reasons_come_in_the_readers_language():
    assert personas.choose(personas.read(document()), facts("gift"), language="fr-CA").reasons == ("offre",)


def test_a_tie_and_weak_support_choose_nobody():
    assert choose(facts("gift", orders=9, nps=9)) == PersonaMatch(None, 0.5, ())
    assert choose(facts("gift", orders=9), minimum_confidence=0.61) == PersonaMatch(None, 0.6, ())
    assert choose(facts("gift", orders=9), minimum_confidence=0.6).key == "giver"
    assert choose(facts()) == PersonaMatch(None, 0.0, ())
    assert personas.choose(personas.read({"personas": []}), facts()) == PersonaMatch(None, 0.0, ())


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ([], ""),
        ({}, ""),
        ({"personas": {}}, "/personas"),
        ({"personas": [], "minimum": 0.5}, "/minimum"),
        ({"personas": [], "minimum_confidence": 2}, "/minimum_confidence"),
        ({"personas": [{"name": "x", "criteria": [{"when": GIFT}]}]}, "/personas/0"),
        ({"personas": [{"key": "x", "name": "x", "criteria": []}]}, "/personas/0/criteria"),
        ({"personas": [{"key": "X Y", "name": "x", "criteria": [{"when": GIFT}]}]}, "/personas/0/key"),
        ({"personas": [{"key": "x", "name": {"french": "x"}, "criteria": [{"when": GIFT}]}]}, "/personas/0/name"),
        ({"personas": [{"key": "x", "name": "x", "criteria": [{"weight": 1}]}]}, "/personas/0/criteria/0"),
        (
            {"personas": [{"key": "x", "name": "x", "criteria": [{"when": GIFT, "weight": -1}]}]},
            "/personas/0/criteria/0/weight",
        ),
        (
            {"personas": [{"key": "x", "name": "x", "criteria": [{"when": GIFT, "weight": float("nan")}]}]},
            "/personas/0/criteria/0/weight",
        ),
        (
            {"personas": [{"key": "x", "name": "x", "criteria": [{"when": {"==": [{"var": "weather"}, 1]}}]}]},
            "/personas/0/criteria/0/when/==/0",
        ),
        ({"personas": [document()["personas"][0]] * 2}, "/personas/1/key"),
    ],
)
def test_a_fault_is_named_with_its_place(wrong, pointer):
    with pytest.raises(DefinitionRefused) as refusal:
        personas.read(wrong)
    assert any(fault.pointer.startswith(pointer) for fault in refusal.value.faults), refusal.value.faults


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["personas", "key", "name", "criteria", "when", "weight", "x"]), inside)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150)
@given(anything=JSON)
def test_whatever_comes_is_read_or_refused(anything):
    try:
        personas.read(anything)
    except DefinitionRefused as refusal:
        if not refusal.faults:
            pytest.fail("a refusal says why")


@settings(deadline=None, max_examples=100)
@given(
    weights=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=4),
    orders=st.integers(0, 5),
)
def test_confidences_of_all_personas_sum_to_one_and_the_highest_wins(weights, orders):
    def criterion(weight):
        return {"when": {">": [{"var": "customer.attributes.orders"}, weight]}, "weight": weight}

    read = personas.read(
        {
            "personas": [
                {"key": f"p{number}", "name": "p", "criteria": [criterion(weight) for weight in each]}
                for number, each in enumerate(weights)
            ],
            "minimum_confidence": 0,
        }
    )
    match = personas.choose(read, facts(orders=orders))
    support = [sum(weight for weight in each if orders > weight) for each in weights]
    best, total = max(support), sum(support)
    if total == 0 or support.count(best) > 1:
        assert match.key is None
    else:
        assert (match.key, match.confidence) == (f"p{support.index(best)}", pytest.approx(best / total))
