"""Adding tallies to the counters moves no figure, whoever answers or adds meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.builders import NPS, House
from tests.erased import counters, differences
from tests.migrating import down_and_up
from tests.watching import at_once
from vocapp.app import add_doors
from vocapp.models import Tally
from vocapp.models.summaries import MAIL
from vocapp.services import counting, counting_mails

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


def test_messages_are_counted_anew_after_an_upgrade_that_writes_none_of_their_rows(crowd: House) -> None:
    """The tables are locked meanwhile: who answers would wait until every row is written."""
    crowd.survey(layout="page", questions=[NPS])
    for number in range(3):
        crowd.customer(f"c{number}")
        crowd.invite(f"c{number}")
    count_messages(crowd)
    before, rows = counters(crowd), written(crowd)
    assert sum(n for (*_, question, bucket), n in before.items() if (question, bucket) == (MAIL, "sent")) == 3
    with crowd.app.app_context():
        down_and_up("answered_in_time")
    assert written(crowd) == rows
    assert not any(question == MAIL for *_, question, _ in counters(crowd))
    count_messages(crowd)
    assert (counters(crowd), differences(crowd)) == (before, [])


def count_messages(house: House) -> None:
    with house.writing():
        counting_mails.count_some(now=house.now)
        counting.add_up()


def written(house: House) -> list[tuple[str, str]]:
    """Return the invitations, each with the transaction that wrote its row."""
    with house.reading() as session:
        rows = session.execute(text("select cast(id as text), cast(xmin as text) from invitations order by 1"))
        return [tuple(row) for row in rows]
