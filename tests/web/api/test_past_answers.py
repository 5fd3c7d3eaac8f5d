"""Past answers by the API: what can't be taken is refused one by one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.web.api.calling import Machine


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def said(number: int, **answers: Any) -> dict[str, Any]:
    return {
        "id": f"old {number}",
        "survey": "asked",
        "answered_at": "2025-03-10T09:00:00Z",
        "customer": {"external_id": f"c{number}"},
        "answers": {"nps": 9, **answers},
    }


def test_a_text_that_cannot_be_kept_refuses_its_answer_alone(caller: Machine) -> None:
    questions = [{"key": "nps", "type": "nps", "text": "?"}, {"key": "why", "type": "long_text", "text": "Why?"}]
    survey = {"key": "asked", "title": "Asked", "default_language": "en", "questions": questions}
    assert caller.put("/surveys/asked", survey).status_code == 201
    assert caller.post("/surveys/asked/publish").status_code == 200
    odd = [said(1, why="half \0 of it"), said(3, why="\0") | {"agent": "\0"}]
    told = {"past_answers": [said(0), odd[0], said(2), odd[1]]}
    answer = caller.post("/past-answers", told)
    assert (answer.status_code, answer.json["accepted"]) == (200, 2)
    assert answer.json["refused"] == [
        {"index": 1, "detail": "/answers/why holds a NUL character"},
        {"index": 3, "detail": "/agent holds a NUL character; /answers/why holds a NUL character"},
    ]

    raw = orjson.dumps({"past_answers": [said(4), said(5, why="HALF"), said(6) | {"properties": {"n": 1}}]})
    raw = raw.replace(b"HALF", b"\\ud83d").replace(b'"n":1', b'"n":1e999')
    answer = caller.client.post(
        "/api/v1/past-answers", data=raw, headers={**caller.headers, "Content-Type": "application/json"}
    )
    assert (answer.json["accepted"], [one["index"] for one in answer.json["refused"]]) == (1, [1, 2])
    assert caller.get("/metrics/nps").json["responses"] == 3

    elsewhere = caller.post("/past-answers", {"past_answers": [said(7)], "\0": 1})
    assert elsewhere.status_code == 422
    assert caller.post("/past-answers", {"past_answers": {"0": {"a": "\0"}}}).status_code == 422, "no list"
    deep: Any = "\0"
    for _ in range(30):
        deep = [deep]
    assert caller.post("/past-answers", {"past_answers": [said(8, why=deep)]}).status_code == 400
