"""Apologise for a promise that was missed: by a personal mail, once, or in person where no mail may go.

    plan (with the miss) ──► fact ApologyDue ──► the way of a mail that goes once (`sending_once.py`)
    (missed, in the ledger; or owed)             (apologised, or owed)

What died in between, or may never go, is owed in person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from vocapp.domain.promises import after
from vocapp.models import Alert, Customer, Invitation, Promise, Workspace, db
from vocapp.models.outbox import announce
from vocapp.services import alert_lines
from vocapp.services.composing_apology import apology
from vocapp.services.composing_once import Said
from vocapp.services.houses import House
from vocapp.services.sending_once import Held, Once, Press, forget_contact

IN_PERSON: Final = "in_person"


class Apologies(Once[Promise]):
    """The mails for promises that were missed."""

    model = Promise

    def put_out(self, row: Promise, at: datetime) -> None:
        announce("ApologyDue", row.id, workspace_id=row.workspace_id, due_at=at)

    def waits(self, row: Promise) -> bool:
        return row.status == "missed"

    def since(self, row: Promise) -> datetime | None:
        return row.settled_at

    def say(self, held: Held[Promise], workspace: Workspace, press: Press, house: House) -> Said:
        invitation = db.session.get_one(Invitation, (workspace.id, held.row.invitation_id))
        return apology(
            missed=held.row,
            zone=held.customer.timezone or workspace.timezone,
            house=house,
            callback_url=press.link("callback", "callback", invitation.id),
        )

    def went(self, held: Held[Promise], now: datetime) -> None:
        missed = held.row
        missed.status, missed.settled_at = after("missed", "apologise"), now
        db.session.flush()
        if held.alert is not None:
            alert_lines.note(held.alert, "apologised", now=now, via="email")

    def ends(self, held: Held[Promise], reason: str, now: datetime) -> None:
        _owe(held.row, held.alert, reason, now)


APOLOGIES: Final = Apologies()


def plan(missed: Promise, alert: Alert | None, customer: Customer, *, now: datetime) -> None:
    """Plan the mail for a promise that was just missed, or owe the apology; its address is locked, and its alert."""
    why_not = APOLOGIES.plan(missed, customer, now=now)
    if why_not is not None:
        _owe(missed, alert, why_not, now)


def in_person(missed: Promise, alert: Alert, *, by: str | None, now: datetime) -> None:
    """Note that somebody who reached the customer apologised; a mail that did not go yet never goes."""
    missed.status, missed.reason = after(missed.status, "apologise"), IN_PERSON  # type: ignore[arg-type]
    missed.settled_at = now
    if missed.marked_at is None:
        forget_contact(missed)
    alert_lines.note(alert, "apologised", now=now, by=by, via=IN_PERSON)


def reached_nobody(*, workspace_id: int, promise_id: UUID, now: datetime) -> None:
    """Owe in person what the provider could not deliver; whoever has apologised in person meanwhile owes nothing."""
    held = APOLOGIES.lock(workspace_id, promise_id)
    if held is None or held.row.status not in {"missed", "apologised"} or held.row.reason == IN_PERSON:
        return
    _owe(held.row, held.alert, "bounced", now)


def _owe(missed: Promise, alert: Alert | None, reason: str, now: datetime) -> None:
    """Leave the apology to whoever reaches the customer; a mail that did not leave takes no place."""
    missed.status, missed.reason = after(missed.status, "owe"), reason[:64]  # type: ignore[arg-type]
    missed.settled_at = now
    db.session.flush()
    if missed.marked_at is None:
        forget_contact(missed)
    if alert is not None:
        alert_lines.note(alert, "apology_owed", now=now, why=reason)
