"""Generated surveys for property tests: up to twelve candidates with rules over the questions before them."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from vocapp.domain.survey import Question, Survey

VALUES = st.integers(0, 3)
ATTRIBUTES = ("colour", "size")


@st.composite
def rules(draw, keys, depth=2):
    """A rule over the answers to `keys` and one attribute of the customer."""
    if depth and draw(st.integers(0, 3)) == 0:
        operator = draw(st.sampled_from(["and", "or", "!"]))
        parts = draw(st.lists(rules(keys, depth - 1), min_size=1, max_size=1 if operator == "!" else 2))
        return {operator: parts}
    names = [f"answers.{key}" for key in keys] + ["customer.attributes.rank"]
    name = draw(st.sampled_from(names[-4:]))
    if draw(st.integers(0, 4)) == 0:
        return {"known": name}
    return {draw(st.sampled_from(["==", "!=", ">", "<="])): [{"var": name}, draw(VALUES)]}


@st.composite
def surveys(draw, layout=None):
    questions: list[Question] = []
    for number in range(draw(st.integers(1, 12))):
        earlier = [question.key for question in questions]
        questions.append(
            Question(
                key=f"q{number}",
                type="number",
                text={"en": f"Question {number}?"},
                must_ask=draw(st.booleans()) and sum(question.must_ask for question in questions) < 6,
                required=draw(st.booleans()),
                attribute=draw(st.none() | st.sampled_from(ATTRIBUTES)),
                fresh_for=draw(st.none() | st.just(timedelta(days=30))),
                ask_if=draw(rules(earlier)) if draw(st.booleans()) else None,
            )
        )
    return Survey(
        key="generated",
        version=1,
        title={"en": "Generated"},
        default_language="en",
        questions=tuple(questions),
        layout=layout or draw(st.sampled_from(["steps", "page"])),
        order=draw(st.sampled_from(["authored", "worth"])),
        by_key={question.key: question for question in questions},
        languages=("en",),
    )


def facts():
    """The facts of a customer, with or without the attribute that the rules look at."""
    return st.builds(
        lambda attributes: {"customer": {"attributes": attributes}, "event": {"name": "bought", "properties": {}}},
        st.dictionaries(st.just("rank"), VALUES),
    )
