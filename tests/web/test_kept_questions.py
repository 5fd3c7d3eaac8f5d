"""What the survey page keeps between requests is everybody's: never a name, never what somebody typed."""

from __future__ import annotations

from typing import Any

import pytest

from vocapp.domain.survey import Question, Survey
from vocapp.web.respond import fields, pages
from vocapp.web.respond.brand import Brand
from vocapp.web.respond.fields import QuestionView

WHY = Question(key="why", type="long_text", text={"en": "Why, {{ customer.first_name }}?", "fr": "Pourquoi ?"})
NPS = Question(key="nps", type="nps", text={"en": "Would you recommend us?"})


@pytest.fixture(autouse=True)
def _forget() -> None:
    pages._lay_out.cache_clear()
    fields._one_field.cache_clear()


def show(*views: QuestionView) -> str:
    survey = Survey(
        key="s",
        version=1,
        title={"en": "Survey"},
        default_language="en",
        questions=tuple(view.question for view in views),
        layout="page",
    )
    return pages.render_question_page(
        pages.PageView(survey=survey, language="en", token_path="/s/t", questions=views, brand=Brand("Maison"))
    )


def kept() -> int:
    return pages._lay_out.cache_info().currsize


def test_a_question_that_is_everybodys_is_laid_out_once() -> None:
    view = QuestionView(NPS, "Would you recommend us?")
    assert show(view) == show(view)
    assert (kept(), pages._lay_out.cache_info().hits) == (1, 1)


@pytest.mark.parametrize(
    "view",
    [
        QuestionView(WHY, "Why, Ada?"),
        QuestionView(WHY, "Pourquoi ?", value="because of my allergy"),
        QuestionView(WHY, "Pourquoi ?", help="as Ada knows"),
    ],
)
def test_a_name_and_a_typed_text_are_not_kept(view: Any) -> None:
    page = show(view)
    assert view.text in page
    assert kept() == 0


def test_what_is_typed_is_not_kept_in_its_field_either() -> None:
    show(QuestionView(WHY, "Pourquoi ?", value="because of my allergy"))
    assert fields._one_field.cache_info().currsize == 0
    assert "because of my allergy" not in show(QuestionView(WHY, "Pourquoi ?"))
