"""Does what the mail job does, at a given time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event as Signal
from threading import Thread
from typing import Any
from uuid import UUID

from tests.builders import House
from vocapp.adapters.mail import MailError, OutgoingMail
from vocapp.models import Customer, Fact, database_now
from vocapp.services import halting, preparing, sending
from vocapp.services.preparing import Prepared


def invited(house: House, *, name: str = "ada", **customer: Any) -> tuple[UUID, int]:
    """Invite somebody by mail; return the invitation and the fact that it is due."""
    if not house.rows(Customer, Customer.external_id == name):
        house.survey()
        house.customer(name, **customer)
    invitation_id = house.invite(name, channel="email")
    [due] = house.rows(Fact, Fact.subject_id == invitation_id)
    return invitation_id, due.id


ACCOUNT = "an account"


def prepare(
    house: House, fact_ids: Sequence[int], at: datetime, mailer: Any = None, *, account: str = ACCOUNT
) -> list[Prepared]:
    with house.writing():
        return preparing.prepare(
            workspace_id=house.id, fact_ids=fact_ids, mailer=mailer or house.mailer, account=account, now=at
        )


def begin(
    house: House, one: Prepared, at: datetime, *, account: str = ACCOUNT, before: sending.Sent | None = None
) -> OutgoingMail | None:
    """Mark one right before its call."""
    mail = sending.compose(
        one, secret=house.secret.decode(), public_url="http://vocapp.test", sender="Maison X <hello@maison.test>"
    )
    with house.reading():
        return mail if sending.begin(one, now=at, account=account, before=before) else None


def claim(
    house: House, fact_id: int, at: datetime, mailer: Any = None, *, account: str = ACCOUNT
) -> OutgoingMail | None:
    """Do what stands before a call."""
    prepared = prepare(house, [fact_id], at, mailer, account=account)
    return begin(house, prepared[0], at, account=account) if prepared else None


def confirm(house: House, one: Prepared, provider_id: str | None, at: datetime) -> None:
    """Write down that the provider took a message."""
    sent = sending.Sent(one, provider_id, at)
    with house.writing():
        sending.finish(workspace_id=house.id, sent=[sent], unnoted=sent, again=[], now=at)


def send(
    house: House, fact_id: int, at: datetime, mailer: Any = None, *, account: str = ACCOUNT
) -> OutgoingMail | None:
    """Do what the job does, at a given time."""
    prepared = prepare(house, [fact_id], at, mailer, account=account)
    mail = begin(house, prepared[0], at, account=account) if prepared else None
    if mail is None:
        return None
    try:
        receipt = (mailer or house.mailer).send(mail)
    except MailError as error:
        with house.writing():
            sending.give_back(
                fact_id=fact_id,
                workspace_id=house.id,
                invitation_id=mail.message_id,
                account=account,
                now=at,
                error=error,
            )
    else:
        confirm(house, prepared[0], receipt.provider_message_id, at)
        with house.writing():
            halting.went_through(account=account, workspace_id=house.id, now=at)
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
