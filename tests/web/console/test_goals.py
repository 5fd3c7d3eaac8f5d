"""Goals in the settings: a number with its unit each, an empty field is what ships, and dashboards follow."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from tests.web.console.changing import journal, save, workspace
from tests.web.console.conftest import World
from vocapp.domain.boards import GOALS
from vocapp.web.console.words import LANGUAGES, settings_words_in


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def goals(world: World) -> Any:
    return workspace(world).settings.get("goals")


def test_goals_are_set_and_taken_back_and_the_journal_says_so(world: World) -> None:
    browser = world.log_in("owner")
    page = unescape(browser.get("/console/settings/goals").text)
    assert page.count("Si le champ est vide\u00a0: ") == 3
    assert "Si le champ est vide\u00a0: 70." in page
    assert "En points, de −100 à 100." in page
    given = {
        "nps": "−12,5",
        "csat": " 85 % ",
        "seconds": "90",
        "retention": "",
        "ces": "",
        "answered": "",
        "completion": "",
    }
    assert save(browser, "/goals", **given).status_code == 303
    assert goals(world) == {"nps": -12.5, "csat": 85, "seconds": 90}
    assert 'value="−12,5"' in browser.get("/console/settings/goals").text
    assert save(browser, "/goals", **(given | {"seconds": ""})).status_code == 303
    assert goals(world) == {"nps": -12.5, "csat": 85}
    first, last = journal(world)
    assert (first.action, first.after) == ("goals.changed", {"nps": -12.5, "csat": 85, "seconds": 90})
    assert (last.before, last.after) == ({"seconds": 90}, None)
    assert "temps de réponse (secondes)" in unescape(browser.get("/console/settings/journal").text)


@pytest.mark.parametrize(
    ("field", "said"), [("nps", "101"), ("nps", "x"), ("csat", "-1"), ("seconds", "0"), ("ces", "1e2"), ("csat", "NaN")]
)
def test_what_is_no_goal_is_refused_beside_its_field(world: World, field: str, said: str) -> None:
    answer = save(world.log_in("owner"), "/goals", **{field: said})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert goals(world) is None


def test_only_owners_set_goals_and_each_has_its_words(world: World) -> None:
    browser = world.log_in("analyst")
    assert browser.get("/console/settings/goals").status_code == 403
    assert save(browser, "/goals", nps="10").status_code == 403
    for words in map(settings_words_in, LANGUAGES):
        assert set(GOALS) == words["goal_names"].keys()
        assert set(GOALS) <= words["audited"].keys()
