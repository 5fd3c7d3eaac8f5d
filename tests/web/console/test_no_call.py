"""The page of a callback says when to try again, why it is urgent, and where nobody calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.console.conftest import World


@pytest.mark.parametrize(
    ("language", "next_attempt", "wrong", "why"),
    [
        ("fr", "Prochain essai, aux heures du client", "Ce numéro n’est pas celui du client", "Gravité × 3"),
        ("en", "Next attempt, in the customer’s hours", "This number is not the customer’s", "How bad × 3"),
    ],
)
def test_what_follows_a_call_that_came_to_nothing_stands_on_the_page(
    world: World, log_in: Callable[..., Any], language: str, next_attempt: str, wrong: str, why: str
) -> None:
    agent, path = log_in("agent", language), f"/console/alerts/{world.ours.stories['ada'].alert}"
    agent.post(f"{path}/claim")
    agent.post(f"{path}/contact", outcome="voicemail")
    page = agent.get(path).text
    assert next_attempt in page
    assert "tel:" in page
    assert why in page
    agent.post(f"{path}/contact", outcome="wrong_number")
    page = agent.get(path).text
    assert wrong in page
    assert "tel:" not in page
    assert agent.post(f"{path}/contact", outcome="voicemail").status_code == 409
    assert agent.post(f"{path}/contact", outcome="reached", via="email").status_code == 303
