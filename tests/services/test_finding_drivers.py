"""A closer look at a survey: who of those written to answered, how long it took, and who felt how."""

from __future__ import annotations

import io
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import update

from tests.builders import BUYS_FOR, NPS, WHY, House, answer
from vocapp.domain.drivers import Occasion, find
from vocapp.models import Invitation, Response, db
from vocapp.services import counting_mails, finding_drivers, places, report_preview
from vocapp.services.composing_report import html_of, text_of
from vocapp.services.report_pdf import pdf_of
from vocapp.services.staff import Scope


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


def looked_at(house: House, metric: str, *bad: tuple[str, str]) -> None:
    """Keep what is found among occasions of which a third has all of `bad`, and the others nothing of it."""
    occasions = [
        Occasion(who, who % (2 if bad_one else 10) == 0, {f: frozenset((on if bad_one else "other",)) for f, on in bad})
        for who in range(900)
        for bad_one in [who < 300]
    ]
    with house.writing():
        finding_drivers.want(workspace_id=house.id, survey="asked", metric=metric, now=house.now)
        wish = finding_drivers.find_wish()
        finding_drivers.keep(wish=wish, findings=find(occasions).document(), now=house.now)


ALWAYS = {
    "fr": (
        "Va toujours de pair avec : carrier « slow », Région « Nord » et 2 autres. Rien ne permet de les distinguer.",
        "Va toujours de pair avec : Thème « Livraison ». Rien ne permet de distinguer les deux.",
    ),
    "en": (
        "Always goes together with: carrier “slow”, Region “Nord” and 2 others. Nothing can tell them apart.",
        "Always goes together with: Theme “Delivery”. Nothing can tell the two apart.",
    ),
}


def test_a_report_says_of_its_drivers_what_nothing_can_tell_them_apart_from(app: Flask) -> None:
    house = House(app)
    with house.writing():
        places.put_place(workspace_id=house.id, key="north", name="Nord", kind="region")
    looked_at(house, "nps", ("delivered_at after promised_at", "yes"), ("properties.carrier", "slow"),
              ("region", "north"), ("theme", "delivery"), ("till", "7"))  # fmt: skip
    looked_at(house, "csat", ("region", "north"), ("theme", "delivery"))
    for language, (several, one) in ALWAYS.items():
        with house.reading():
            asked = {"scope": Scope(house.id), "place": "", "timezone": "Europe/Paris", "now": house.now}
            sheet = report_preview.sheet(
                **asked, kind="weekly", language=language, public_url="https://v.test", handles=True
            )
        assert [plain(driver.remark) for driver in sheet.drivers] == [one, several]
        pages = PdfReader(io.BytesIO(pdf_of(sheet, made_at=house.now))).pages
        for said in (
            text_of(sheet, leave_url="", settings_url=""),
            html_of(sheet, leave_url="", settings_url=""),
            "".join(page.extract_text() for page in pages),
        ):
            for remark in (several, one):
                assert remark in plain(said)


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())
