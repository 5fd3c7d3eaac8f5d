"""What holds for every list: what may stand in its query, how long a page is, and where the next one begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.altered import one_letter_off
from tests.web.api.calling import Machine
from tests.web.api.test_frame import is_problem
from vocapp.models import transaction
from vocapp.services import places, workspaces


@pytest.mark.parametrize(
    "query",
    [
        "places?cursor=&limit=",
        "places?limit=1001",
        "places?limit=9223372036854775808",
        "alerts?status=&assignee=&place=",
        "metrics/nps?from=&to=&survey=&place=&persona=&segment=&group_by=",
        "metrics/alerts?from=&to=&place=&group_by=",
        "responses?survey=&status=&customer=&place=&from=&to=&cursor=&limit=",
        "invitations?survey=&status=&reason=&channel=&customer=",
        "export/customers?cursor=&limit=",
    ],
)
def test_what_is_left_empty_counts_as_left_out_and_a_page_has_its_most(caller: Machine, query: str) -> None:
    path = query.partition("?")[0]
    plain, answer = (caller.client.get(f"/api/v1/{given}", headers=caller.headers) for given in (path, query))
    assert (answer.status_code, answer.json) == (200, plain.json)


def test_a_page_holds_a_thousand_at_most(caller: Machine) -> None:
    with transaction():
        places.register_places(workspace_id=caller.workspace_id, keys={f"p{number}" for number in range(1001)})
    page = caller.get("/places", limit=5000).json
    assert (len(page["data"]), len(caller.read_all("/places", limit=5000))) == (1000, 1001)


def test_a_cursor_is_of_one_list_of_one_workspace(
    caller: Machine, new_machine: Callable[..., Machine], now: Any
) -> None:
    for key in ("a", "b", "c"):
        caller.put(f"/places/{key}", {"name": key, "kind": "brand"})
    first = caller.get("/places", limit=2)
    cursor = first.json["next_cursor"]
    assert [place["key"] for place in first.json["data"]] == ["a", "b"]
    assert f"cursor={cursor}" in first.headers["Link"]
    rest = caller.get("/places", limit=2, cursor=cursor).json
    assert ([place["key"] for place in rest["data"]], rest["next_cursor"]) == (["c"], None)
    assert caller.get("/places", limit=1, cursor=cursor).status_code == 200, "the size of a page may change"
    with transaction():
        other = workspaces.create(key="other", now=now)[0].id
    assert is_problem(new_machine(workspace_id=other).get("/places", cursor=cursor), 400)
    assert is_problem(caller.get("/surveys", cursor=cursor), 400)
    for index in range(len(cursor)):
        altered = one_letter_off(cursor, index)
        assert caller.get("/places", cursor=altered).status_code == 400 or altered.rstrip("AB") == cursor.rstrip("AB")
