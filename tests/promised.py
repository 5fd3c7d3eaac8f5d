"""A company whose team calls back, and unhappy customers to whom calls are promised: on a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tests.builders import NO_RESTS, House
from tests.unhappy import SURVEY, complain
from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.domain.promises import Means
from vocapp.models import Alert, AlertMove, CallbackSlot, Fact, Promise, Response, Workspace
from vocapp.services import alerting, calling_back, keeping_promises, promising
from vocapp.services.apologising import APOLOGIES
from vocapp.services.sending_once import Call, Once, Press

TEAM: dict[str, Any] = {"agents": 1, "calls_per_hour": 1}
"""Two calls in a slot of two hours."""


def company(app: Any, now: datetime, *, policy: dict[str, Any] | None = None, **team: Any) -> House:
    """Make a company with one survey, whose team calls back."""
    house = House(app, now=now, policy={**NO_RESTS, **(policy or {})})
    house.survey("post_delivery", questions=SURVEY["questions"])
    with house.writing() as session:
        workspace = session.get_one(Workspace, house.id)
        workspace.settings = {**workspace.settings, "callback_team": {**TEAM, **team}}
    return house


@dataclass
class Customer:
    """One unhappy customer, from the answer on."""

    house: House
    name: str
    invitation_id: UUID

    @classmethod
    def complain(cls, house: House, name: str, *, now: datetime, alerted: bool = True, **fields: Any) -> Customer:
        place = fields.pop("place", None)
        customer_id = house.customer(name, **{"phone": "+33612345678", **fields})
        with house.app.app_context():
            complain(house.id, customer_id, now, nps=1, place=place)
        [response] = house.rows(Response, Response.customer_id == customer_id)
        invitation_id = response.invitation_id
        if alerted:
            open_alerts(house, now)
        return cls(house, name, invitation_id)

    def offered(self, now: datetime) -> list[datetime]:
        with self.house.reading():
            offer = promising.find(invitation_id=self.invitation_id, now=now)
            assert offer is not None
            return [slot.start for slot in offer.slots]

    def choose(self, start: datetime, now: datetime, means: Means = "phone", number: str | None = None) -> Promise:
        with self.house.writing() as session:
            made = promising.promise(invitation_id=self.invitation_id, start=start, means=means, now=now, number=number)
            assert made is not None
            session.flush()
            session.expunge(made)
            return made

    def decline(self, now: datetime) -> None:
        with self.house.writing():
            assert promising.decline(invitation_id=self.invitation_id, now=now)

    @property
    def promises(self) -> list[Promise]:
        [response] = self.house.rows(Response, Response.invitation_id == self.invitation_id)
        return self.house.rows(Promise, Promise.response_id == response.id)

    @property
    def alert(self) -> Alert:
        [response] = self.house.rows(Response, Response.invitation_id == self.invitation_id)
        [alert] = self.house.rows(Alert, Alert.customer_id == response.customer_id)
        return alert

    def call(self, now: datetime, outcome: Any = "reached", agent: str = "Ana", via: Any = "phone") -> None:
        where = {"workspace_id": self.house.id, "alert_id": self.alert.id, "now": now}
        with self.house.writing():
            calling_back.claim(agent=agent, **where)
            calling_back.contact(outcome=outcome, note=None, by=agent, via=via, **where)

    def resolve(self, now: datetime, agent: str = "Ana") -> None:
        with self.house.writing():
            calling_back.resolve(
                workspace_id=self.house.id, alert_id=self.alert.id, root_cause="late", note=None, by=agent, now=now
            )

    def history(self) -> list[str]:
        lines = self.house.rows(AlertMove, AlertMove.alert_id == self.alert.id)
        return [line.action for line in sorted(lines, key=lambda line: (line.at, line.id))]


def open_alerts(house: House, now: datetime) -> None:
    with house.reading() as session:
        facts = list(session.scalars(select(Fact.id).where(Fact.kind == "SignalRaised", Fact.done_at.is_(None))))
    with house.writing():
        alerting.open_or_join(fact_ids=facts, now=now)


def sweep(house: House, now: datetime) -> None:
    """Do what the clock does with promises."""
    with house.reading():
        silenced = keeping_promises.list_silenced(now=now)
        over = keeping_promises.list_to_mind(now=now)
    for mind, found in ((keeping_promises.silence, silenced), (keeping_promises.mind, over)):
        for workspace_id, promise_id in found:
            with house.writing():
                mind(workspace_id=workspace_id, promise_id=promise_id, now=now)


def apologise(house: House, now: datetime) -> None:
    """Send the apologies that are due."""
    send_once(house, now, APOLOGIES)


def send_once(house: House, now: datetime, once: Once[Any]) -> None:
    """Send the mails of one kind that are due."""
    with house.reading() as session:
        kind = "ApologyDue" if once is APOLOGIES else "LetterDue"
        due = (Fact.kind == kind, Fact.done_at.is_(None), Fact.failed_at.is_(None), Fact.due_at <= now)
        facts = list(session.scalars(select(Fact.id).where(*due)))
    for fact_id in facts:
        mail = claim_once(house, now, once, fact_id)
        if mail is None:
            continue
        error: MailError | None = None
        try:
            house.mailer.send(mail)
        except MailError as raised:
            error = raised
        call = Call(fact_id, house.id, mail.message_id, "", now)
        with house.writing():
            if error is None:
                once.confirm(call, provider_id=None)
            else:
                once.give_back(call, error=error)


def claim_once(house: House, now: datetime, once: Once[Any], fact_id: int) -> OutgoingMail | None:
    """Mark a mail, as a worker does before its call."""
    with house.writing():
        press = Press(
            mailer=house.mailer,
            account="",
            secret=house.secret,
            public_url="http://vocapp.test",
            sender="Maison <care@maison.test>",
            now=now,
        )
        return once.claim(fact_id=fact_id, press=press)


def slots(house: House) -> dict[datetime, tuple[int, int]]:
    return {slot.starts_at: (slot.taken, slot.capacity) for slot in house.rows(CallbackSlot)}
