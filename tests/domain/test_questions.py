"""Every question type reads, checks, counts and shows its own answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain.questions import TYPES, AnswerRefused
from vocapp.domain.questions.answers import MESSAGES
from vocapp.domain.survey import Choice, Question

TEXT = {"fr": "Question", "en": "Question"}
CHOICES = (
    Choice("self", {"fr": "Pour moi", "en": "For me"}),
    Choice("gift", {"fr": "C’est un cadeau", "en": "A gift"}),
    Choice("both", {"fr": "Les deux{{ event.name }}", "en": "Both"}),
)


def question(kind, **more):
    if TYPES[kind].has_choices:
        more.setdefault("choices", CHOICES)
    return Question(key="q", type=kind, text=TEXT, **more)


def from_form(kind, *values, **more):
    return TYPES[kind].read_form(question(kind, **more), list(values))


def from_json(kind, value, **more):
    return TYPES[kind].read_json(question(kind, **more), value)


def refused(read, *arguments, **more):
    with pytest.raises(AnswerRefused) as caught:
        read(*arguments, **more)
    return caught.value.code


def test_the_fifteen_types_are_registered():
    assert set(TYPES) == {
        "nps", "csat", "ces", "stars", "single_choice", "multiple_choice", "dropdown", "yes_no",
        "number", "date", "short_text", "long_text", "email", "phone", "consent",
    }  # fmt: skip
    for key, kind in TYPES.items():
        assert kind.key == key
        assert kind.default_uses
        assert kind.default_uses <= {"alert", "persona", "segment", "profile", "report"}
        assert (kind.metric is None) == (key not in {"nps", "csat", "ces"})
        assert not kind.check(question(key))


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_an_empty_field_is_no_answer(kind):
    for values in ([], [""], ["  ", ""]):
        assert from_form(kind, *values) is None
    assert from_json(kind, None) is None


@pytest.mark.parametrize(
    ("kind", "values", "answer"),
    [
        ("nps", ["0"], 0),
        ("nps", [" 10 "], 10),
        ("nps", ["7", "7", ""], 7),
        ("csat", ["1"], 1),
        ("ces", ["7"], 7),
        ("stars", ["5"], 5),
        ("single_choice", ["gift"], "gift"),
        ("dropdown", ["self"], "self"),
        ("multiple_choice", ["gift", "self", "gift", ""], ["self", "gift"]),
        ("yes_no", ["yes"], True),
        ("yes_no", ["no"], False),
        ("yes_no", ["TRUE"], True),
        ("consent", ["yes"], True),
        ("consent", ["on"], True),
        ("consent", ["no"], False),
        ("number", ["12"], 12),
        ("number", ["12,5"], 12.5),
        ("number", ["-12.50"], -12.5),
        ("number", ["12\u202f500"], 12500),
        ("number", ["\u22123"], -3),
        ("date", ["2026-02-28"], "2026-02-28"),
        ("short_text", [" deux\r\n lignes "], "deux lignes"),
        ("long_text", ["  un\r\ndeux\rtrois "], "un\ndeux\ntrois"),
        ("long_text", ["=1+1 <b>\u202e é"], "=1+1 <b>\u202e é"),
        ("email", [" Zoe.Martin@Exemple.TEST "], "Zoe.Martin@exemple.test"),
        ("phone", ["06 12 34 56 78"], "+33612345678"),
        ("phone", ["+44 20 7946 0018"], "+442079460018"),
        ("phone", ["(+33) 6.12.34.56.78"], "+33612345678"),
        ("phone", ["0033612345678"], "+33612345678"),
    ],
)
def test_forms_give_the_canonical_answer(kind, values, answer):
    read = from_form(kind, *values)
    assert read == answer
    assert type(read) is type(answer)
    assert from_json(kind, read) == answer, "an answer that was read can be read again"


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("nps", "11", "scale"),
        ("nps", "-1", "scale"),
        ("nps", "7.0", "scale"),
        ("nps", "٧", "scale"),
        ("nps", "9" * 5000, "scale"),
        ("csat", "0", "scale"),
        ("csat", "6", "scale"),
        ("ces", "8", "scale"),
        ("stars", "0", "scale"),
        ("single_choice", "other", "not_a_choice"),
        ("dropdown", "Pour moi", "not_a_choice"),
        ("multiple_choice", "other", "not_a_choice"),
        ("yes_no", "peut-être", "yes_no"),
        ("consent", "2", "consent"),
        ("number", "douze", "number"),
        ("number", "1e5", "number"),
        ("number", "NaN", "number"),
        ("number", "9" * 16, "number"),
        ("number", "1,234", "thousands"),
        ("number", "1.234.567,5", "thousands"),
        ("date", "31/12/2026", "date"),
        ("date", "2026-02-30", "date"),
        ("date", "0026-02-03", "date"),
        ("date", "2026-W01-1", "date"),
        ("short_text", "x" * 301, "too_long"),
        ("long_text", "x" * 5001, "too_long"),
        ("long_text", "a\x00b", "characters"),
        ("short_text", "\ud800", "characters"),
        ("email", "zoe", "email"),
        ("email", "a@b@c.test", "email"),
        ("phone", "12", "phone"),
        ("phone", "zoe", "phone"),
        ("phone", "+33 6 12", "phone"),
        ("phone", "06 12 34 56 78 90 12", "phone"),
    ],
)
def test_what_does_not_fit_is_refused_kindly(kind, value, code):
    with pytest.raises(AnswerRefused) as caught:
        from_form(kind, value)
    assert caught.value.code == code
    for language in ("fr", "fr-CA", "en", "de"):
        message = caught.value.message(language)
        assert message.endswith(".")
        assert "{" not in message
    assert caught.value.message("fr-CA") == caught.value.message("fr") != caught.value.message("de")


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("nps", True, "scale"),
        ("nps", "7", "scale"),
        ("nps", 7.0, "scale"),
        ("nps", 10**400, "scale"),
        ("single_choice", 1, "not_a_choice"),
        ("single_choice", ["gift"], "not_a_choice"),
        ("multiple_choice", "gift", "not_a_choice"),
        ("multiple_choice", ["gift", 1], "not_a_choice"),
        ("multiple_choice", [["gift"]], "not_a_choice"),
        ("yes_no", 1, "yes_no"),
        ("yes_no", "yes", "yes_no"),
        ("consent", "true", "consent"),
        ("number", True, "number"),
        ("number", "12", "number"),
        ("number", float("nan"), "number"),
        ("number", float("inf"), "number"),
        ("number", 10**400, "number"),
        ("date", 20260101, "date"),
        ("long_text", 5, "text"),
        ("email", {}, "text"),
    ],
)
def test_json_is_not_coerced(kind, value, code):
    assert refused(from_json, kind, value) == code


@pytest.mark.parametrize("kind", ["nps", "single_choice", "yes_no", "number", "date", "short_text", "email"])
def test_two_different_values_of_one_field_are_refused(kind):
    assert refused(from_form, kind, "1", "2") == "one_only"


def test_a_number_keeps_within_its_ends():
    ends = {"minimum": 1, "maximum": 12000.5}
    assert from_form("number", "1", **ends) == 1
    with pytest.raises(AnswerRefused) as caught:
        from_form("number", "0.5", **ends)
    assert "1" in caught.value.message("fr")
    with pytest.raises(AnswerRefused) as caught:
        from_form("number", "12001", **ends)
    assert "12\u202f000,5" in caught.value.message("fr")
    assert "12,000.5" in caught.value.message("en")


def test_multiple_choice_counts_its_choices():
    assert refused(from_form, "multiple_choice", "gift", minimum=2) == "too_few"
    assert refused(from_form, "multiple_choice", "gift", "self", maximum=1) == "too_many"
    assert TYPES["multiple_choice"].check(question("multiple_choice", maximum=4))[0].pointer == "/maximum"
    assert not TYPES["multiple_choice"].check(question("multiple_choice", minimum=1, maximum=3))


def test_what_a_type_does_not_have_is_a_fault():
    ends = (TEXT, TEXT)
    assert [fault.pointer for fault in TYPES["long_text"].check(question("long_text", labels=ends))] == ["/labels"]
    assert [fault.pointer for fault in TYPES["nps"].check(question("nps", choices=CHOICES))] == ["/choices"]
    assert [fault.pointer for fault in TYPES["yes_no"].check(question("yes_no", shuffle=True))] == ["/shuffle"]
    assert [fault.pointer for fault in TYPES["dropdown"].check(question("dropdown", minimum=1))] == ["/minimum"]
    assert [fault.pointer for fault in TYPES["dropdown"].check(question("dropdown", choices=()))] == ["/choices"]
    assert not TYPES["ces"].check(question("ces", labels=ends))


@pytest.mark.parametrize(
    ("kind", "value", "buckets", "french", "english"),
    [
        ("nps", 7, ("7",), "7/10", "7/10"),
        ("csat", 4, ("4",), "4/5", "4/5"),
        ("single_choice", "gift", ("gift",), "C’est un cadeau", "A gift"),
        ("single_choice", "gone", ("gone",), "gone", "gone"),
        ("multiple_choice", ["self", "both"], ("self", "both"), "Pour moi, Les deux", "For me, Both"),
        ("yes_no", True, ("true",), "Oui", "Yes"),
        ("consent", False, ("false",), "Non", "No"),
        ("number", 12500.5, ("answered",), "12\u202f500,5", "12,500.5"),
        ("number", 1999, ("answered",), "1999", "1999"),
        ("date", "2026-05-01", ("answered",), "1er mai 2026", "1 May 2026"),
        ("long_text", "Tout va bien", ("answered",), "Tout va bien", "Tout va bien"),
        ("phone", "+33612345678", ("answered",), "+33 6 12 34 56 78", "+33 6 12 34 56 78"),
        ("email", "a@b.test", ("answered",), "a@b.test", "a@b.test"),
    ],
)
def test_answers_are_counted_and_shown(kind, value, buckets, french, english):
    asked = question(kind)
    assert TYPES[kind].buckets(asked, value) == buckets
    assert TYPES[kind].show(asked, value, "fr-CA") == french
    assert TYPES[kind].show(asked, value, "en") == english


def test_french_messages_keep_their_punctuation_together():
    for code, texts in MESSAGES.items():
        for text in (texts["fr"], texts.get("fr-x-informal", "")):
            for mark in ";!?":
                assert f" {mark}" not in text, code
            assert " :" not in text, code
            assert "'" not in text, code


_ODD = st.one_of(
    st.text(max_size=12),
    st.text("0123456789+-., @ae\u202f\x00\ud800", max_size=12),
    st.sampled_from(["yes", "gift"]),
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=5,
)


@settings(deadline=None, max_examples=300)
@given(kind=st.sampled_from(sorted(TYPES)), values=st.lists(_ODD, max_size=3), value=_JSON)
def test_anything_is_read_or_refused_and_never_an_exception(kind, values, value):
    asked = question(kind)
    for read, raw in ((TYPES[kind].read_form, values), (TYPES[kind].read_json, value)):
        try:
            answer = read(asked, raw)
        except AnswerRefused as refusal:
            refusal.message("fr")
            refusal.message("en")
            continue
        if answer is not None:
            json.dumps(answer, allow_nan=False)
            assert TYPES[kind].read_json(asked, answer) == answer
            assert all(TYPES[kind].buckets(asked, answer))
            assert isinstance(TYPES[kind].show(asked, answer, "fr"), str)
    assert isinstance(TYPES[kind].show(asked, value, "en"), str), "an answer of another version is still shown"
    assert isinstance(TYPES[kind].buckets(asked, value), tuple)
