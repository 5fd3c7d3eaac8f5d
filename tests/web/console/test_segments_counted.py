"""What the builder of segments asks for by script says what its page says, and of how much it says it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.web.console.conftest import World
from tests.web.console.test_segments import UNHAPPY, fields_of, follow, keep, said, send
from vocapp.models import SegmentRow, transaction


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_a_script_counts_a_kept_segment_as_the_page_does_and_says_of_how_many_conditions(world: World) -> None:
    keep(world, "old", UNHAPPY)
    follow(world)
    owner, path = world.log_in("owner"), "/console/segments/old/edit"

    def counts(when: Any) -> str:
        with world.app.app_context(), transaction() as session:
            row = session.get_one(SegmentRow, (world.ours.workspace_id, "old"))
            row.definition = {**row.definition, "when": when}  # as it was kept before bounds were looked at
        page = owner.get(path).text
        [address] = re.findall(r'data-count="([^"]+)"', page)
        return said(send(owner, html.unescape(address), fields_of(page), do="count").text)

    odd = {"<=": [{"var": "scores.nps"}, 12]}
    assert "sur 3 clients" in counts(odd)
    assert "va de 0 à 10" in said(
        send(owner, "/console/segments/count", fields_of(owner.get(path).text), do="count").text
    )
    none = {"==": [{"var": "customer.external_id"}, "nobody"]}
    assert "Une par une, elles trouvent" in counts({"and": [UNHAPPY, none]})
    many = [{"<=": [{"var": "scores.nps"}, n]} for n in range(3, 10)]
    assert "Une par une, les 6 premières trouvent" in counts({"and": [*many, none]})
