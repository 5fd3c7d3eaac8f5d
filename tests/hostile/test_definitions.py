"""Definitions that can't be asked: refused by the API with the place and the reason, and the draft stays as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.hostile.conftest import SURVEY, Stranger


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def forward(one: dict[str, Any]) -> None:
    one["questions"][0]["ask_if"] = {"known": "answers.why"}


def twice(one: dict[str, Any]) -> None:
    one["questions"][2]["key"] = "nps"


def untranslated(one: dict[str, Any]) -> None:
    del one["questions"][3]["choices"][1]["text"]["en"]


def useless(one: dict[str, Any]) -> None:
    one["questions"][1]["uses"] = []


def demanding(one: dict[str, Any]) -> None:
    one["questions"] = [{"key": f"q{n}", "type": "nps", "text": "?", "must_ask": True} for n in range(7)]
    one["title"] = "?"


def unknown_type(one: dict[str, Any]) -> None:
    one["questions"][4]["type"] = "rating"


def unknown_operator(one: dict[str, Any]) -> None:
    one["questions"][4]["ask_if"] = {"method": [{"var": "answers.nps"}, "__class__"]}


def unknown_field(one: dict[str, Any]) -> None:
    one["questions"][4]["score"] = 10


@pytest.mark.parametrize(
    ("spoil", "pointer", "word"),
    [
        (forward, "/questions/0/ask_if", "why"),
        (twice, "/questions/2/key", "nps"),
        (untranslated, "/questions/3/choices/1/text", '"en"'),
        (useless, "/questions/1/uses", ""),
        (demanding, "/questions", "6"),
        (unknown_type, "/questions/4/type", "rating"),
        (unknown_operator, "/questions/4/ask_if", "method"),
        (unknown_field, "/questions/4/score", "score"),
    ],
)
def test_a_definition_is_refused_with_its_place(
    stranger: Stranger,
    company: dict[str, str],
    everything: Callable[[], Any],
    spoil: Callable[[dict[str, Any]], None],
    pointer: str,
    word: str,
) -> None:
    spoilt = deepcopy(SURVEY)
    spoil(spoilt)
    before = everything()
    done = stranger.send("PUT", "/surveys/hostile", json.dumps(spoilt))
    assert done.status_code == 422, done.text
    told = [one for one in done.json["errors"] if one["pointer"].startswith(pointer)]
    assert told, done.json
    assert any(word in one["detail"] + one["pointer"] for one in told), done.json
    assert everything() == before
