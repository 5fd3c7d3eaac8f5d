"""What is asked next: never a seventh question, never a known one, and a path that can be walked back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import strategies
from vocapp.domain import asking
from vocapp.domain.asking import KnownValue
from vocapp.domain.survey import MOST_QUESTIONS, Question, Survey

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
NOBODY: dict[str, Any] = {"customer": {"attributes": {}}}


def question(key, **rest):
    return Question(key=key, type="number", text={"en": key}, **rest)


def survey(*questions, **rest):
    return Survey(
        key="s",
        version=1,
        title={"en": "S"},
        default_language="en",
        questions=questions,
        by_key={one.key: one for one in questions},
        **rest,
    )


def answered(key, value, operator="=="):
    return {operator: [{"var": f"answers.{key}"}, value]}


def known(**values):
    return {key: KnownValue(value, "crm", NOW) for key, value in values.items()}


def walk(a_survey, answers, *, known=None, facts=NOBODY, worth=None):
    """Answer every page from `answers` (the others are left empty) and return the pages asked."""
    pages = (asking.first_page(a_survey, facts, known or {}, worth=worth),)
    position = 0
    given_so_far: dict[str, Any] = {}
    while position is not None:
        given_so_far |= {key: answers.get(key) for key in pages[position]}
        step = asking.after(
            a_survey, pages=pages, page=position, answers=given_so_far, known=known or {}, facts=facts, worth=worth
        )
        pages, position = step.pages, step.position
    return pages


def flat(pages):
    return [key for keys in pages for key in keys]


# ── the order and the ceiling


def test_questions_come_one_by_one_in_authored_order():
    assert walk(survey(question("a"), question("b"), question("c")), {}) == (("a",), ("b",), ("c",))


def test_a_page_layout_asks_all_that_can_be_asked_now():
    a_survey = survey(
        question("a"), question("b"), question("c", ask_if=answered("a", 1)), question("d"), layout="page"
    )
    assert walk(a_survey, {"a": 1}) == (("a", "b", "d"), ("c",))
    assert walk(a_survey, {"a": 2}) == (("a", "b", "d"),)


def test_a_rule_that_only_holds_while_an_answer_is_missing_waits_for_the_answer():
    a_survey = survey(question("a"), question("b", ask_if={"!": [answered("a", 1)]}), layout="page")
    assert walk(a_survey, {"a": 1}) == (("a",),)
    assert walk(a_survey, {"a": 2}) == (("a",), ("b",))


@pytest.mark.parametrize("layout", ["steps", "page"])
def test_nobody_sees_a_seventh_question(layout):
    a_survey = survey(*(question(f"q{number}") for number in range(20)), layout=layout)
    assert flat(walk(a_survey, {})) == [f"q{number}" for number in range(6)]


@pytest.mark.parametrize("layout", ["steps", "page"])
def test_a_must_ask_question_at_the_end_keeps_its_place(layout):
    a_survey = survey(*(question(f"q{number}") for number in range(10)), question("why", must_ask=True), layout=layout)
    assert flat(walk(a_survey, {})) == ["q0", "q1", "q2", "q3", "q4", "why"]


def test_a_place_is_kept_for_a_must_ask_question_that_may_still_apply_and_freed_when_it_cannot():
    a_survey = survey(
        question("nps", must_ask=True),
        question("why", must_ask=True, ask_if=answered("nps", 6, "<=")),
        *(question(f"q{number}") for number in range(10)),
    )
    assert flat(walk(a_survey, {"nps": 9})) == ["nps", "q0", "q1", "q2", "q3", "q4"]
    assert flat(walk(a_survey, {"nps": 3})) == ["nps", "why", "q0", "q1", "q2", "q3"]


def test_a_must_ask_question_that_waits_for_one_without_a_place_is_asked_as_things_stand():
    a_survey = survey(
        *(question(f"m{number}", must_ask=True) for number in range(5)),
        question("extra"),
        question("last", must_ask=True, ask_if={"!": [answered("extra", 1)]}),
    )
    assert flat(walk(a_survey, {})) == ["m0", "m1", "m2", "m3", "m4", "last"]


def test_by_worth_the_free_places_go_to_the_most_telling_and_must_ask_keeps_its_authored_place():
    worth = {"a": 1.0, "b": 3.0, "c": 2.0}
    a_survey = survey(
        question("nps", must_ask=True), *map(question, worth), question("why", must_ask=True), order="worth"
    )
    assert flat(walk(a_survey, {}, worth=lambda one: worth[one.key])) == ["nps", "b", "c", "a", "why"]
    assert flat(walk(a_survey, {})) == ["nps", "a", "b", "c", "why"]


def test_there_is_nothing_to_ask_when_all_is_known():
    assert asking.first_page(survey(question("a", attribute="a")), NOBODY, known(a=1)) == ()


# ── what is known


def test_a_known_question_is_not_asked_though_it_must_and_rules_see_its_value():
    a_survey = survey(
        question("gift", must_ask=True, attribute="gift"), question("for_whom", ask_if=answered("gift", "yes"))
    )
    assert walk(a_survey, {}, known=known(gift="yes")) == (("for_whom",),)


def test_two_questions_about_one_attribute_are_not_both_asked():
    twins = (question("a", attribute="size"), question("b", attribute="size"), question("c", ask_if=answered("b", 4)))
    assert walk(survey(*twins), {"a": 4}) == (("a",), ("c",))
    assert walk(survey(*twins), {}) == (("a",), ("b",))
    assert walk(survey(*twins, layout="page"), {"a": 4}) == (("a",), ("c",))


def test_a_value_that_becomes_known_does_not_withdraw_what_was_asked():
    a_survey = survey(question("a"), question("b", attribute="b"), question("c"))
    now_known = known(b=1)
    step = asking.after(a_survey, pages=(("a",), ("b",)), page=0, answers={"a": 1}, known=now_known, facts=NOBODY)
    assert (step.position, step.pages) == (1, (("a",), ("b",)))
    counted = asking.effective(a_survey, {"a": 1, "b": 2}, now_known, NOBODY)
    assert counted == {"a": 1, "b": 2}


def test_what_was_skipped_is_told_with_its_source():
    a_survey = survey(
        question("a", attribute="size"),
        question("b", attribute="size"),
        question("c", attribute="colour"),
        question("d", attribute="place", ask_if=answered("a", 99)),
    )
    skipped = asking.skipped_known(
        a_survey, pages=(("a",),), answers={"a": 4}, known=known(c="red", d="Lyon"), facts=NOBODY
    )
    assert skipped == [
        {"key": "b", "value": 4, "source": "answers.a", "observed_at": None},
        {"key": "c", "value": "red", "source": "crm", "observed_at": NOW.isoformat()},
    ]


@dataclass
class Held:
    value: Any
    source: str = "crm"
    observed_at: datetime = NOW - timedelta(days=10)
    expires_at: datetime | None = None


@pytest.mark.parametrize(
    ("held", "fresh_for", "is_known"),
    [
        (Held("gift"), None, True),
        (Held("gift"), timedelta(days=11), True),
        (Held("gift"), timedelta(days=10), False),
        (Held("gift", expires_at=NOW + timedelta(seconds=1)), None, True),
        (Held("gift", expires_at=NOW), None, False),
        (Held(None), None, False),
        (Held(False), None, True),
        (Held({"any": "type"}), None, True),
        (Held("gift", source="response 7"), None, False),
    ],
)
def test_a_value_is_known_while_it_is_fresh(held, fresh_for, is_known):
    a_survey = survey(question("a", attribute="buys_for", fresh_for=fresh_for), question("b"))
    found = asking.keys_known(a_survey, {"buys_for": held}, {}, NOW, not_from="response 7")
    assert list(found) == (["a"] if is_known else [])


def test_the_event_knows_too_and_the_value_observed_last_wins():
    a_survey = survey(question("a", attribute="channel", fresh_for=timedelta(days=30)))
    told = {"channel": "web"}
    a_month_ago, yesterday = NOW - timedelta(days=31), NOW - timedelta(days=1)
    assert asking.keys_known(a_survey, {}, told, NOW)["a"] == KnownValue("web", "event", None)
    assert asking.keys_known(a_survey, {}, {"channel": None}, NOW) == {}
    assert asking.keys_known(a_survey, {}, told, NOW, occurred_at=a_month_ago) == {}
    assert asking.keys_known(a_survey, {"channel": Held("shop")}, told, NOW, occurred_at=yesterday)["a"].value == "web"
    found = asking.keys_known(a_survey, {"channel": Held("shop")}, told, NOW, occurred_at=NOW - timedelta(days=20))
    assert found["a"].value == "shop"


# ── going back, coming again

BRANCHES = survey(
    question("nps", required=True),
    question("why", ask_if=answered("nps", 6, "<=")),
    question("friends", ask_if=answered("nps", 6, ">")),
    question("last"),
)


def test_a_changed_answer_skips_the_pages_off_the_path_and_voids_their_answers():
    pages = (("nps",), ("why",), ("last",))
    answers = {"nps": 9, "why": "late", "last": 1}
    step = asking.after(BRANCHES, pages=pages, page=0, answers=answers, known={}, facts=NOBODY)
    assert (step.position, step.pages, step.void) == (2, pages, {"why"})
    assert step.effective == {"nps": 9, "last": 1}
    step = asking.after(BRANCHES, pages=pages, page=2, answers=answers, known={}, facts=NOBODY)
    assert (step.position, step.pages) == (3, (*pages, ("friends",)))


def test_an_answer_counts_again_when_the_path_returns():
    answers = {"nps": 2, "why": "late", "friends": 1}
    step = asking.after(
        BRANCHES, pages=(("nps",), ("why",), ("friends",)), page=0, answers=answers, known={}, facts=NOBODY
    )
    assert (step.position, step.void) == (1, {"friends"})
    assert step.effective == {"nps": 2, "why": "late"}


def test_a_required_page_that_comes_back_onto_the_path_is_not_forgotten():
    a_survey = survey(
        question("a"),
        question("b", ask_if=answered("a", 1)),
        question("c", required=True, ask_if={"or": [answered("a", 2), answered("b", 5)]}),
    )
    pages = (("a",), ("c",), ("b",))  # answered 2, saw c, went back, answered 1, saw b
    step = asking.after(a_survey, pages=pages, page=2, answers={"a": 1, "b": 5}, known={}, facts=NOBODY)
    assert (step.position, step.pages) == (1, pages)


def test_an_empty_answer_is_no_answer():
    assert asking.effective(BRANCHES, {"nps": None, "last": 1}, {}, NOBODY) == {"last": 1}


def test_who_comes_back_goes_on_where_they_were_or_at_the_nearest_page_on_the_path():
    pages = (("nps",), ("why",), ("last",))
    there = {"survey": BRANCHES, "pages": pages, "known": {}, "facts": NOBODY}
    assert asking.resume(**there, position=1, answers={"nps": 3}) == 1
    assert asking.resume(**there, position=1, answers={"nps": 9}) == 2
    assert asking.resume(**(there | {"pages": pages[:2]}), position=1, answers={"nps": 9}) == 0
    never = survey(question("a", ask_if=answered("b", 1)))
    assert asking.resume(never, pages=(("a",),), position=0, answers={}, known={}, facts=NOBODY) == 0


def test_a_page_shows_what_is_on_the_path_and_is_never_blank():
    there = {"survey": BRANCHES, "answers": {"nps": 9}, "known": {}, "facts": NOBODY}
    assert asking.showing(**there, keys=("nps", "why", "friends")) == ("nps", "friends")
    assert asking.showing(**there, keys=("why",)) == ("why",)


def test_progress_counts_what_may_still_come():
    there = {"survey": BRANCHES, "known": {}, "facts": NOBODY}
    assert asking.progress(**there, pages=(("nps",),), position=0, answers={}) == (1, 4)
    assert asking.progress(**there, pages=(("nps",), ("why",)), position=1, answers={"nps": 3}) == (2, 3)
    assert asking.progress(**there, pages=(("nps",), ("why",)), position=0, answers={"nps": 3}) == (1, 3)


def test_a_page_never_asked_is_refused():
    with pytest.raises(ValueError, match="never asked"):
        asking.after(BRANCHES, pages=(("nps",),), page=1, answers={}, known={}, facts=NOBODY)


# ── whatever the survey, the profile and the person


@st.composite
def people(draw):
    """A generated survey, with what is known of one person and the chances they draw while answering."""
    a_survey = draw(strategies.surveys())
    values = {name: draw(st.none() | strategies.VALUES) for name in strategies.ATTRIBUTES}
    what_is_known = {
        one.key: KnownValue(values[one.attribute], "crm", NOW)
        for one in a_survey.questions
        if one.attribute is not None and values[one.attribute] is not None
    }
    return a_survey, what_is_known, draw(strategies.facts())


def answer_page(draw, a_survey, keys, answers):
    for key in keys:
        required = a_survey.by_key[key].required
        answers[key] = draw(strategies.VALUES if required else st.none() | strategies.VALUES)


def worth(one):
    return -int(one.key[1:])


@settings(deadline=None, max_examples=100)
@given(person=people(), data=st.data())
def test_any_walk_keeps_every_promise(person, data):
    a_survey, what_is_known, facts = person
    there = {"known": what_is_known, "facts": facts}
    pages = (asking.first_page(a_survey, facts, what_is_known, worth=worth),)
    answers: dict[str, Any] = {}
    position: int | None = 0 if pages[0] else None
    detours = data.draw(st.integers(0, 4))
    for _ in range(60):
        if position is None:
            break
        keys = asking.showing(a_survey, keys=pages[position], answers=answers, **there)
        number, total = asking.progress(a_survey, pages=pages, position=position, answers=answers, **there)
        assert 1 <= number <= total <= MOST_QUESTIONS
        answer_page(data.draw, a_survey, keys, answers)
        if detours and data.draw(st.booleans()):
            detours -= 1
            position = data.draw(st.integers(0, len(pages) - 1))
            position = asking.resume(a_survey, pages=pages, position=position, answers=answers, **there)
            continue
        step = asking.after(a_survey, pages=pages, page=position, answers=answers, **there, worth=worth)
        again = asking.after(a_survey, pages=pages, page=position, answers=answers, **there, worth=worth)
        assert step == again, "deterministic"
        assert step.pages[: len(pages)] == pages, "append-only"
        if position < len(pages) - 1 and step.position is not None and step.position < len(pages):
            assert step.pages == pages, "a page that was asked adds none"
        assert set(step.effective).isdisjoint(step.void)
        assert step.effective == asking.effective(a_survey, answers, what_is_known, facts)
        pages, position = step.pages, step.position
    assert position is None, "every walk ends"
    asked = flat(pages)
    assert len(asked) <= MOST_QUESTIONS, "never a seventh question"
    assert len(asked) == len(set(asked)), "never one twice"
    assert not set(asked) & set(what_is_known), "never a known one"
    if a_survey.layout == "steps":
        assert all(len(keys) <= 1 for keys in pages)


@settings(deadline=None, max_examples=100)
@given(person=people(), data=st.data())
def test_going_forward_every_applicable_must_ask_question_gets_its_place(person, data):
    a_survey, what_is_known, facts = person
    there = {"known": what_is_known, "facts": facts}
    pages = (asking.first_page(a_survey, facts, what_is_known),)
    answers: dict[str, Any] = {}
    position: int | None = 0 if pages[0] else None
    most = MOST_QUESTIONS
    while position is not None:
        keys = asking.showing(a_survey, keys=pages[position], answers=answers, **there)
        _, total = asking.progress(a_survey, pages=pages, position=position, answers=answers, **there)
        assert total <= most, "the number promised never grows"
        most = total
        answer_page(data.draw, a_survey, keys, answers)
        step = asking.after(a_survey, pages=pages, page=position, answers=answers, **there)
        pages, position = step.pages, step.position
    path = asking.Reading(a_survey, answers, what_is_known, facts)
    for one in a_survey.questions:
        if one.must_ask and path.applies[one.key] and one.key not in path.seen:
            assert one.key in flat(pages)


@settings(deadline=None, max_examples=100)
@given(person=people(), data=st.data())
def test_a_rule_is_never_decided_before_the_answer_it_looks_at(person, data):
    """Forward and with places to spare, no answer is voided: what was asked stays on the path."""
    a_survey, what_is_known, facts = person
    if len(a_survey.questions) > MOST_QUESTIONS:
        return
    answers: dict[str, Any] = {}
    pages = (asking.first_page(a_survey, facts, what_is_known),)
    position: int | None = 0 if pages[0] else None
    while position is not None:
        answer_page(data.draw, a_survey, pages[position], answers)
        step = asking.after(a_survey, pages=pages, page=position, answers=answers, known=what_is_known, facts=facts)
        assert not step.void
        pages, position = step.pages, step.position
