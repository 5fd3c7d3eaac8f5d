"""A closer look at a survey: who of those written to answered, how long it took, and who felt how."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import BUYS_FOR, NPS, WHY, House, answer
from vocapp.models import Invitation, Response, db
from vocapp.services import counting_mails, finding_drivers


def test_mails_and_answers_make_rates_seconds_and_groups(app: Flask, client: FlaskClient) -> None:
    house = House(app)
    house.survey("asked", trigger=None, questions=[NPS, WHY, BUYS_FOR])
    house.personas(
        {
            "personas": [
                {
                    "key": "giver",
                    "name": "Giver",
                    "criteria": [
                        {"when": {"==": [{"var": "answers.buys_for"}, "gift"]}, "weight": 1, "because": "gives"}
                    ],
                }
            ]
        }
    )
    for number in range(24):
        house.customer(f"c{number}")
    invited = [house.invite(f"c{number}", "asked") for number in range(24)]
    for number, invitation_id in enumerate(invited[:14]):
        given = {"nps": "10", "buys_for": "gift"} if number < 12 else {"nps": "3", "buys_for": "self"}
        answer(client, house.link(invitation_id), {**given, "why": "Parfait."})
    house.work()
    now = house.now
    with house.writing():
        values = {"channel": "email", "sent_at": now - timedelta(days=8)}
        db.session.execute(update(Invitation).values(values))
        gone = Invitation.id.in_(invited[22:])
        db.session.execute(update(Invitation).where(gone).values(delivery="bounced"))
        late = now - timedelta(hours=1)  # eight days after their message: too late to be of its answers
        for which, at in ((Response.nps == 10, now - timedelta(days=7)), (Response.nps == 3, late)):
            db.session.execute(update(Response).where(which).values(started_at=at, completed_at=at))
        for _ in range(2):
            counting_mails.count_some(now=now)
        finding_drivers.want(workspace_id=house.id, survey="asked", metric="nps", now=now)
    with house.reading():
        wish = finding_drivers.find_wish()
        found = finding_drivers.think(finding_drivers.read(wish=wish, now=now + timedelta(minutes=1)))
    told = found["reach"]
    assert (told["sent"], told["delivered"], told["delivery_told"]) == (24, 22, 2)
    assert (told["answered"]["hits"], told["answered"]["n"], told["completed"]["hits"]) == (12, 22, 12)
    assert told["answered_of_visited"]["hits"] == 12
    assert (found["seconds"]["median"], found["seconds"]["n"]) == (0.0, 14)
    groups = {(one["by"], one["key"]): one for one in found["groups"]}
    assert (groups["persona", "giver"]["value"], groups["persona", "giver"]["n"]) == (100.0, 12)
    assert groups["persona", "giver"]["others"] == {"value": None, "interval": None, "n": 2}
    assert groups["sentiment", "positive"]["n"] == 14
