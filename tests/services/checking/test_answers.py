"""Answers stored twice, in the wrong place, or scored otherwise than they were given."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import UniqueConstraint, update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import Response, new_id


def of_response(response_id: UUID):
    return update(Response).where(Response.id == response_id)


def test_a_score_that_is_not_the_answers_is_found(broken: Broken, of: Callable[[str], Response]) -> None:
    glad = of("glad")
    assert broken(of_response(glad.id).values(nps=8)) == {"scores_as_answered": 1, "counters_equal_scores": 2}
    assert broken(of_response(glad.id).values(csat=None)) == {"scores_as_answered": 1, "counters_equal_scores": 1}
    given = {**glad.answers, "nps": 9}
    assert broken(of_response(glad.id).values(answers=given)) == {"scores_as_answered": 1, "counters_equal_answers": 2}
    no_number = {**glad.answers, "nps": "ten"}
    assert broken(of_response(glad.id).values(answers=no_number))["scores_as_answered"] == 1
    void = broken(of_response(glad.id).values(void=["nps", "csat"]))
    assert void == {"scores_as_answered": 1, "counters_equal_answers": 2}


def test_a_response_that_is_somebody_elses_is_found(broken: Broken, of: Callable[[str], Response]) -> None:
    glad = of("glad")
    assert broken(of_response(glad.id).values(customer_id=of("torn").customer_id)) == {"responses_in_place": 1}
    assert broken(of_response(glad.id).values(completed_at=None)) == {"responses_in_place": 1}
    assert broken(of_response(of("late").id).values(status="half")) == {
        "responses_in_place": 1,
        "counters_equal_scores": 2,
    }


def test_an_answer_that_stands_twice_is_found(
    broken: Broken, of: Callable[[str], Response], shared: House, on_sqlite: bool
) -> None:
    glad = of("glad")
    columns = [column.key for column in Response.__table__.columns]
    twin = ", ".join(f"'{new_id()}'" if name == "id" else name for name in columns)
    copy = f"insert into responses ({', '.join(columns)}) select {twin} from responses where id = '{glad.id}'"
    if on_sqlite:  # its constraint can't be dropped: a table without it takes its place
        bare = [
            "pragma legacy_alter_table = on",
            "alter table responses rename to kept",
            "create table responses as select * from kept",
        ]
    else:
        unique = [one for one in Response.__table__.constraints if isinstance(one, UniqueConstraint)]
        bare = [f"alter table responses drop constraint {one.name} cascade" for one in unique]
    found = broken(*bare, copy)
    assert found["answered_once"] == 1
    assert shared.rows(Response, Response.id == glad.id)
