"""Adding tallies to the counters moves no figure, whoever answers or adds meanwhile."""

from __future__ import annotations

import pytest

from tests.builders import NPS, House
from tests.erased import counters, differences
from tests.watching import at_once
from vocapp.app import add_doors
from vocapp.models import Tally
from vocapp.services import counting

pytestmark = pytest.mark.postgres


def test_figures_are_exact_while_tallies_are_added_up(crowd: House) -> None:
    add_doors(crowd.app)
    crowd.survey(layout="page", questions=[NPS])
    paths = []
    for number in range(12):
        crowd.customer(f"c{number}")
        paths.append(crowd.link(crowd.invite(f"c{number}")))

    def add_up() -> None:
        for _ in range(6):
            with crowd.writing():
                counting.add_up()

    def answered(path: str) -> int:
        return crowd.app.test_client().post(path, data={"_page": "0", "nps": "9"}).status_code

    assert at_once(add_up, add_up, *[lambda path=path: answered(path) for path in paths])[2:] == [200] * 12
    assert nines(crowd) == 12
    with crowd.writing():
        assert not counting.add_up()
    assert crowd.rows(Tally) == []
    assert (nines(crowd), differences(crowd)) == (12, [])


def nines(house: House) -> int:
    return sum(n for (*_, question, bucket), n in counters(house).items() if (question, bucket) == ("@nps", "9"))
