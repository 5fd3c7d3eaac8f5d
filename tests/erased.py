"""Somebody who has been through everything, to be erased; and what tests look at afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.builders import BUYS_FOR, NPS, WHY, House, answer
from vocapp.models import (
    Erasure,
    Fact,
    counted,
)
from vocapp.models.looking import looking
from vocapp.services import counting, erasing, exporting, intake
from vocapp.services.checking import base, examining
from vocapp.services.intake_reading import read_customer

QUESTIONS = [NPS, WHY, BUYS_FOR]
SECRETS = ("zoraide", "kerguelen", "+33199001234", "mille sabords")
"""What leads to her: names, address, number, words."""


def zoraide(house: House) -> UUID:
    """One who has been through everything: asked, answered, called, written about."""
    customer_id = house.customer(
        "c-zoraide",
        email="zoraide.k@example.test",
        first_name="Zoraïde",
        last_name="Kerguelen",
        phone="+33199001234",
        attributes={"street": "rue Kerguelen", "plan": "gold"},
    )
    house.event(customer_id, "order-7", place="nantes", agent="k.leroy", properties={"gift_for": "Zoraide"})
    return customer_id


def answered(house: House, client: FlaskClient, who: str = "c-zoraide", **answers: Any) -> UUID:
    given = {"nps": "1", "why": "Mille sabords, inadmissible", "buys_for": "gift", **answers}
    invitation_id = house.invite(who, event_id=f"of-{who}")
    answer(client, house.link(invitation_id), given)
    return invitation_id


def erase(house: House, who: str = "c-zoraide", *, at: datetime | None = None) -> Erasure:
    with house.writing() as session:
        erasure = erasing.erase(
            workspace_id=house.id, external_id=who, by="command", secret=house.secret, now=at or house.now
        )
        assert erasure is not None
        session.expunge(erasure)
    return erasure


def told(house: House, stream: str) -> list[dict[str, Any]]:
    house.wait_for_feed()
    with house.reading():
        page = exporting.read_page(
            workspace_id=house.id, stream=stream, after=exporting.START, limit=1000, now=house.now
        )
        return page.entries


def counters(house: House) -> dict[Any, int]:
    with house.reading() as session:
        columns = [counted.c.survey_key, counted.c.day, counted.c.place, counted.c.question, counted.c.bucket]
        rows = session.execute(
            select(*columns, func.sum(counted.c.n)).where(counted.c.workspace_id == house.id).group_by(*columns)
        )
        return {tuple(key): int(n) for *key, n in rows}


STREAMS = ("customers", "responses", "alerts", "events", "consents", "memberships")


def found_in(house: House, word: str) -> list[str]:
    """Name the tables in which a word stands, whatever its case and accents."""
    folded = word.casefold()
    return [
        name
        for name, rows in house.dump().items()
        if any(folded in row.casefold().replace("ï", "i").replace("\\xef", "i") for row in rows)
    ]


def take(house: House, external_id: str, *, from_file: bool = False, **fields: Any) -> dict[str, intake.Taken]:
    with house.writing():
        read = read_customer({"external_id": external_id, **fields}, now=house.now)
        return intake.take_customers(
            workspace_id=house.id, customers=[read], secret=house.secret, now=house.now, refusing_erased=from_file
        )


def differences(house: House) -> list[counting.Difference]:
    with house.reading():
        return counting.verify(workspace_id=house.id)


def run_clearing(house: House) -> None:
    from vocapp import jobs
    from vocapp.jobs.erase import clear_away

    jobs.bind(house.app, most_attempts={})
    clear_away([fact.id for fact in house.rows(Fact, Fact.kind == "CustomerErased")])


def client_alerts(house: House, client: FlaskClient) -> list[dict[str, Any]]:
    reply = client.get("/api/v1/alerts", headers={"Authorization": f"Bearer {house.api_key()}"})
    assert reply.status_code == 200
    data: list[dict[str, Any]] = reply.json["data"]
    return data


def call(house: House, alert: dict[str, Any], *, note: str) -> None:
    client = house.app.test_client()
    bearer = {"Authorization": f"Bearer {house.api_key()}"}
    for move, said in (("claim", {"agent": "Ines"}), ("contact", {"outcome": "reached", "note": note})):
        reply = client.post(f"/api/v1/alerts/{alert['id']}/{move}", json=said, headers=bearer)
        assert reply.status_code == 200, reply.text


def doctor(house: House) -> list[str]:
    """Name the promises that are broken."""
    with house.app.app_context(), looking():
        look = base.prepare(workspace_ids=None, now=house.now)
        found = list(examining.examine(look=look, seconds=60, monotonic=lambda: 0.0))
    assert not [one.why_unknown for one in found if one.why_unknown]
    return [one.check.key for one in found if one.status == "wrong"]
