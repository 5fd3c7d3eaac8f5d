"""Does what the mail job does, at a given time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Event as Signal
from threading import Thread
from typing import Any
from uuid import UUID

from tests.builders import House
from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.models import Customer, Fact, database_now
from vocapp.services import sending


def invited(house: House, *, name: str = "ada", **customer: Any) -> tuple[UUID, int]:
    """Invite somebody by mail; return the invitation and the fact that it is due."""
    if not house.rows(Customer, Customer.external_id == name):
        house.survey()
        house.customer(name, **customer)
    invitation_id = house.invite(name, channel="email")
    [due] = house.rows(Fact, Fact.subject_id == invitation_id)
    return invitation_id, due.id


ACCOUNT = "an account"


def claim(
    house: House, fact_id: int, at: datetime, mailer: Any = None, *, account: str = ACCOUNT
) -> OutgoingMail | None:
    with house.writing():
        return sending.claim(
            fact_id=fact_id,
            mailer=mailer or house.mailer,
            secret=house.secret.decode(),
            public_url="http://vocapp.test",
            sender="Maison X <hello@maison.test>",
            account=account,
            now=at,
        )


def send(
    house: House, fact_id: int, at: datetime, mailer: Any = None, *, account: str = ACCOUNT
) -> OutgoingMail | None:
    """Do what the job does, at a given time."""
    mail = claim(house, fact_id, at, mailer, account=account)
    if mail is None:
        return None
    told = {
        "fact_id": fact_id, "workspace_id": house.id, "message_id": mail.message_id, "account": account, "now": at
    }  # fmt: skip
    try:
        receipt = (mailer or house.mailer).send(mail)
    except MailError as error:
        with house.writing():
            sending.give_back(**told, error=error)
    else:
        with house.writing():
            sending.confirm(**told, provider_id=receipt.provider_message_id)
    return mail


def stands(house: House, invitation_id: UUID) -> tuple[str, str | None]:
    found = house.invitation(invitation_id)
    return found.status, found.reason


def fact(house: House, fact_id: int) -> Fact:
    return house.rows(Fact, Fact.id == fact_id)[0]


def claimed_behind(crowd: House, fact_id: int, change: Callable[[datetime], object]) -> list[Any]:
    """Let a claim wait for the lock of the address that `change` holds until it is committed; return what it got."""
    with crowd.reading():
        now = database_now()
    about_to_commit, claimed = Signal(), []

    def sender() -> None:
        about_to_commit.wait(10)
        claimed.append(claim(crowd, fact_id, now))

    thread = Thread(target=sender)
    thread.start()
    with crowd.writing() as session:
        change(now)
        session.flush()
        about_to_commit.set()
        thread.join(0.5)
        assert thread.is_alive()  # it waits for us
    thread.join(20)
    return claimed
