"""Rules: strict, two-valued, and never an exception after a check."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.rules import Roots, check, holds, variables

ANY = Roots(answers=None, scores=True, sentiment=True)
NPS = {"var": "answers.nps"}


def with_answers(**answers):
    return {"answers": answers}


@pytest.mark.parametrize("operator", ["==", "!=", ">", ">=", "<", "<="])
def test_a_comparison_with_a_missing_value_is_false_and_its_negation_true(operator):
    rule = {operator: [NPS, 6]}
    for facts in ({}, {"answers": {}}, with_answers(nps=None), {"answers": None}, {"answers": "nps"}):
        assert not holds(rule, facts)
        assert holds({"!": rule}, facts)
        assert holds({"!": [rule]}, facts)
        assert not holds({operator: [6, NPS]}, facts)


def test_no_rule_always_holds():
    assert holds(None, {})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"==": [1, True]}, False),
        ({"!=": [1, True]}, True),
        ({"==": [1, 1.0]}, True),
        ({"==": ["4", 4]}, False),
        ({"<=": ["4", 6]}, False),
        ({">": ["b", "a"]}, True),
        ({"<": [True, 2]}, False),
        ({"==": ["", False]}, False),
        ({"==": [0, False]}, False),
        ({"in": ["a", ["a", "b"]]}, True),
        ({"in": [1, [True]]}, False),
        ({"in": ["liv", "livraison"]}, True),
        ({"in": [1, "1"]}, False),
        ({"and": [True, 1]}, False),
        ({"or": [False, "x"]}, False),
        ({"or": [False, True]}, True),
        ({"!": 0}, True),
        ({"==": [{"+": [1, 2, 3]}, 6]}, True),
        ({"==": [{"-": [5, 2]}, 3]}, True),
        ({"==": [{"*": [5, 2]}, 10]}, True),
        ({"==": [{"/": [5, 2]}, 2.5]}, True),
        ({"==": [{"/": [5, 0]}, 0]}, False),
        ({"!=": [{"/": [5, 0]}, 0]}, False),
        ({"==": [{"+": [1, True]}, 2]}, False),
        ({"==": [{"+": [1, NPS]}, 1]}, False),
        ({"<": [{"date": "2026-01-31"}, {"date": "2026-02-01"}]}, True),
        ({"==": [{"date": "2026-01-31"}, "2026-01-31"]}, False),
        ({"==": [{"date": "2026-01-31T10:00:00Z"}, {"date": "2026-01-31T11:00:00+01:00"}]}, True),
        ({"==": [{"date": "2026-01-31T23:30:00-05:00"}, {"date": "2026-01-31"}]}, True),
        ({"<": [{"date": "2026-01-31T10:00:00Z"}, {"date": "2026-01-31T09:00:00Z"}]}, False),
    ],
)
def test_values_are_compared_by_kind(rule, expected):
    assert holds(rule, {}) is expected


def test_a_text_is_a_date_only_through_date():
    facts = {"customer": {"attributes": {"renewal_on": "2026-06-01", "odd": "1er juin"}}}
    var = {"var": "customer.attributes.renewal_on"}
    assert holds({"<": [{"date": var}, {"date": "2026-07-01"}]}, facts)
    assert not holds({"<": [var, {"date": "2026-07-01"}]}, facts)
    assert not holds({"<": [{"date": {"var": "customer.attributes.odd"}}, {"date": "2026-07-01"}]}, facts)
    assert not holds({"<": [{"date": 20260101}, {"date": "2026-07-01"}]}, facts)


def test_known_means_any_value_at_all():
    for value in (0, False, "", []):
        assert holds({"known": "answers.why"}, with_answers(why=value))
    assert not holds({"known": "answers.why"}, with_answers(why=None))
    assert not holds({"known": {"var": "answers.why"}}, {})
    assert holds({"known": [{"var": ["answers.nps"]}]}, with_answers(nps=3))


def test_properties_nest_and_their_names_may_hold_dots():
    facts = {"event": {"properties": {"address": {"city": "Lyon"}, "loyalty.tier": "gold"}}}
    assert holds({"==": [{"var": "event.properties.address.city"}, "Lyon"]}, facts)
    assert holds({"==": [{"var": "event.properties.loyalty.tier"}, "gold"]}, facts)
    assert not holds({"known": "event.properties.address"}, facts)


@pytest.mark.parametrize("scores", [{"nps": 9}, {"nps": {"value": 9, "category": "promoter"}}])
def test_a_score_is_found_in_both_shapes(scores):
    assert holds({"==": [{"var": "scores.nps"}, 9]}, {"scores": scores})
    assert holds({"==": [{"var": "scores.nps.value"}, 9]}, {"scores": scores})
    assert not holds({"known": "scores.csat"}, {"scores": scores})


def test_a_number_that_is_none_is_missing():
    assert not holds({"<=": [NPS, 6]}, with_answers(nps=float("nan")))
    assert not holds({">": [NPS, 6]}, with_answers(nps=float("inf")))
    assert not holds({">": [{"*": [NPS, NPS]}, 6]}, with_answers(nps=10**12))


def test_variables_are_the_names_looked_at():
    more = {">": [NPS, {"+": [{"var": ["answers.ces"]}, 1]}]}
    rule = {"and": [{"known": "customer.attributes.buys_for"}, {"!": more}]}
    assert variables(rule) == {"customer.attributes.buys_for", "answers.nps", "answers.ces"}
    assert variables(None) == frozenset()


@pytest.mark.parametrize(
    ("rule", "pointer", "words"),
    [
        ({"==": [NPS, 1], "!=": [NPS, 2]}, "", "one operator"),
        ({"===": [NPS, 1]}, "", 'unknown operator "==="'),
        ({"and": [True, {"xor": [1, 2]}]}, "/and/1", 'unknown operator "xor"'),
        ({">": [{"var": "env.HOME"}, 1]}, "/>/0/var", 'unknown root "env"'),
        ({">": [{"var": "scores.nps"}, 1]}, "/>/0/var", 'unknown root "scores"'),
        ({">": [{"var": "answers.later"}, 1]}, "/>/0/var", "before its own"),
        ({">": [{"var": "answers.never"}, 1]}, "/>/0/var", 'no question "never"'),
        ({">": [{"var": "answers"}, 1]}, "/>/0/var", "answers.KEY"),
        ({">": [{"var": "answers.nps.deep"}, 1]}, "/>/0/var", "answers.KEY"),
        ({"known": "customer.password"}, "/known", "not known"),
        ({"known": "customer.attributes"}, "/known", "not known"),
        ({"known": "event.properties"}, "/known", "not known"),
        ({"known": 3}, "/known", "name of one variable"),
        ({"var": ["answers.nps", 3]}, "/var", "name of one variable"),
        ({"var": ""}, "/var", "is no name"),
        ({"<": [1]}, "/<", "two arguments"),
        ({"<": [1, 2, 3]}, "/<", "two arguments"),
        ({"and": []}, "/and", "at least one argument"),
        ({"==": [NPS, None]}, "/==/1", "`known`"),
        ({"==": [NPS, [1]]}, "/==/1", "second argument of `in`"),
        ({"in": [NPS, []]}, "/in/1", "empty list"),
        ({"in": [NPS, [{"var": "answers.nps"}]]}, "/in/1/0", "nothing to work out"),
        ({"and": [{"+": [1, 2]}]}, "/and/0", "a number stands here"),
        ({"+": [1, 2]}, "", "a number stands here"),
        ("answers.nps > 6", "", "a text stands here"),
        ({"date": "31/01/2026"}, "/date", "is no date"),
        ({"/": [{"==": [1, 1]}, 2]}, "/~1/0", "true or false stands here"),
        ({"==": [NPS, float("nan")]}, "/==/1", "no number"),
        ({"==": [NPS, 10**400]}, "/==/1", "beyond"),
        ({"==": [NPS, "\x00"]}, "/==/1", "control characters"),
        ({1: 2}, "", "unknown operator"),
        ({"==": [NPS, {1}]}, "/==/1", "made of JSON"),
        ([], "", "second argument of `in`"),
        ([[NPS]], "", "second argument of `in`"),
    ],
)
def test_a_fault_names_its_place_and_its_reason(rule, pointer, words):
    faults = check(rule, roots=Roots(answers=frozenset({"nps"}), later=frozenset({"later"})))
    assert (pointer, True) in {(fault.pointer, words in fault.detail) for fault in faults}, faults


def test_the_pointer_begins_where_the_rule_stands():
    (fault,) = check({"and": [{"known": "nothing"}]}, roots=ANY, pointer="/questions/3/ask_if")
    assert fault.pointer == "/questions/3/ask_if/and/0/known"


def test_before_any_question_the_reason_says_so():
    (fault,) = check({"known": "answers.nps"}, roots=Roots())
    assert "nothing is answered yet" in fault.detail


def test_a_deep_or_a_long_rule_is_refused_without_climbing_down_it():
    deep = {"known": "answers.nps"}
    for _ in range(5000):
        deep = {"!": deep}
    (fault,) = check(deep, roots=ANY)
    assert "deeper than 20" in fault.detail
    (fault,) = check({"or": [{"known": "answers.nps"}] * 200}, roots=ANY)
    assert "more than 200" in fault.detail


_NAMES = [
    "answers.nps",
    "answers.why",
    "customer.first_name",
    "customer.attributes.a.b",
    "event.name",
    "scores.nps",
    "event.properties.total",
    "scores.csat.category",
    "sentiment.label",
]
_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(-1e15, 1e15),
    st.text(max_size=10),
    st.sampled_from(["2026-01-31", "2026-01-31T10:00:00Z", "0001-01-01T00:00:00+14:00"]),
)
_LEAVES = st.one_of(
    _SCALARS,
    st.sampled_from(_NAMES).map(lambda name: {"var": name}),
    st.sampled_from(_NAMES).map(lambda name: {"known": name}),
)


def _operations(inner):
    pair = st.lists(inner, min_size=2, max_size=2)
    return st.one_of(
        st.tuples(st.sampled_from(["==", "!=", ">", ">=", "<", "<=", "+", "-", "*", "/", "in"]), pair),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.sampled_from(["!", "date"]), inner),
        st.tuples(st.just("in"), st.tuples(inner, st.lists(_SCALARS, min_size=1, max_size=3)).map(list)),
    ).map(lambda pair: {pair[0]: pair[1]})


_JSON = st.recursive(
    st.one_of(st.none(), _SCALARS, st.floats(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)
_KEYS = st.sampled_from(["nps", "why", "attributes", "properties", "a", "total", "first_name"])
_ANYTHING = st.one_of(_JSON, st.dictionaries(_KEYS, _JSON))
_FACTS = st.dictionaries(st.sampled_from(["answers", "customer", "event", "scores", "sentiment"]), _ANYTHING)


@settings(deadline=None)
@given(rule=st.recursive(_LEAVES, _operations, max_leaves=12), facts=_FACTS)
def test_a_checked_rule_never_raises_and_gives_true_or_false(rule, facts):
    if not check(rule, roots=ANY):
        assert holds(rule, facts) in {True, False}
        assert holds({"!": rule}, facts) is not holds(rule, facts)
        assert variables(rule) <= set(_NAMES)


@settings(deadline=None)
@given(rule=_JSON)
def test_check_takes_any_json_value(rule):
    if not check(rule, roots=ANY):
        holds(rule, {})
