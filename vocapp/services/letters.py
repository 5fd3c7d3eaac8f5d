"""The letter in place of a call that cannot come in time: planned once an alert, and sent once, as an apology is.

    plan (by the sweep, `overflowing.py`) ──► fact LetterDue ──► the way of a mail that goes once (`sending_once.py`)
    (waiting, in the ledger; or dropped)      (sent, unknown, or dropped)

The alert stays open, and says in its history that the letter went. A letter that nobody needs any more, as somebody has
the alert, or a call was promised meanwhile, leaves nothing behind: it may be planned anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, exists, select

from vocapp.adapters.mail import MailRefused, OutgoingMail
from vocapp.domain.links import Purpose, make_token
from vocapp.domain.overflow import Overflow, after
from vocapp.models import Alert, AlertMove, Customer, Invitation, Letter, Promise, Response, Signal, Workspace, db
from vocapp.models.outbox import announce
from vocapp.services import alert_lines, attempting, promising
from vocapp.services.composing_letter import Ways, compose_letter
from vocapp.services.senders import sender_of
from vocapp.services.sending_once import Held, Once, Press, forget_contact

CARED_FOR: Final = "cared_for"
_MAY_HAVE_LEFT: Final = frozenset({"given_up", "no_verdict", "worker_lost"})


class Letters(Once[Letter]):
    """The mails to those whom nobody can call in time."""

    model = Letter
    final = frozenset({"paused"})

    def put_out(self, row: Letter, at: datetime) -> None:
        announce("LetterDue", row.id, workspace_id=row.workspace_id, due_at=at)

    def waits(self, row: Letter) -> bool:
        return row.status == "waiting"

    def since(self, row: Letter) -> datetime | None:
        return row.planned_at

    def needless(self, held: Held[Letter]) -> str | None:
        return None if held.alert is not None and is_left_alone(held.alert) else CARED_FOR

    def compose(self, held: Held[Letter], workspace: Workspace, press: Press) -> OutgoingMail:
        invitation = db.session.get_one(Invitation, (workspace.id, held.row.invitation_id))

        def link(path: str, purpose: Purpose) -> str:
            return f"{press.public_url}/{path}/{make_token(press.secret, purpose, invitation.id)}"

        ways = ways_of(
            workspace=workspace,
            invitation_id=invitation.id,
            callback_url=link("callback", "callback"),
            now=press.now,
        )
        if not ways.any:  # all that could be offered is gone since it was planned
            raise MailRefused("there is nothing left to offer")
        return compose_letter(
            letter_id=held.row.id,
            customer=held.customer,
            asked=_has_answered(invitation),
            language=held.customer.language or held.customer.locale or invitation.language,
            workspace_name=workspace.name,
            ways=ways,
            stop_url=link("unsubscribe", "unsubscribe"),
            preferences_url=link("preferences", "preferences"),
            sender=press.sender,
        )

    def went(self, held: Held[Letter], now: datetime) -> None:
        held.row.status, held.row.settled_at = after(held.row.status, "send"), now  # type: ignore[arg-type]
        db.session.flush()
        if held.alert is not None:
            alert_lines.note(held.alert, "written", now=now)

    def ends(self, held: Held[Letter], reason: str, now: datetime) -> None:
        row = held.row
        if row.marked_at is None:
            forget_contact(row)
        if reason == CARED_FOR and row.marked_at is None:
            db.session.execute(delete(Letter).where(Letter.workspace_id == row.workspace_id, Letter.id == row.id))
            return
        lost = row.marked_at is not None and reason in _MAY_HAVE_LEFT
        row.status, row.reason = after(row.status, "lose" if lost else "drop"), reason[:64]  # type: ignore[arg-type]
        row.settled_at = now
        db.session.flush()
        if held.alert is not None:
            alert_lines.note(held.alert, "not_written", now=now, why=reason)


LETTERS: Final = Letters()


def reached_nobody(*, workspace_id: int, letter_id: UUID, now: datetime) -> None:
    """Note that the provider could not deliver a letter."""
    held = LETTERS.lock(workspace_id, letter_id)
    if held is not None and held.row.status != "dropped":
        LETTERS.ends(held, "bounced", now)


def is_left_alone(alert: Alert) -> bool:
    """Say whether nobody cares for a locked alert: nobody has it or tried, nothing is promised, a call is wanted."""
    if alert.status != "new" or alert.misses:
        return False
    own = (AlertMove.workspace_id == alert.workspace_id, AlertMove.alert_id == alert.id)
    spoken_to = exists().where(*own, AlertMove.action == "contact")
    promised = exists().where(
        Promise.workspace_id == alert.workspace_id,
        Promise.customer_id == alert.customer_id,
        Promise.status == "made",
    )
    if db.session.scalar(select(spoken_to | promised)):
        return False
    return not attempting.list_declined(workspace_id=alert.workspace_id, alert_ids=[alert.id])


def invitation_behind(*, alert: Alert) -> UUID | None:
    """Return by which invitation's links the customer of an alert is written to: of what was said last, else the last.

    None: there is none, and no link by which they could say no.
    """
    said = (
        select(Response.invitation_id)
        .join(Signal, (Signal.workspace_id == Response.workspace_id) & (Signal.response_id == Response.id))
        .where(Signal.workspace_id == alert.workspace_id, Signal.alert_id == alert.id)
        .order_by(Signal.raised_at.desc(), Response.id)
        .limit(1)
    )
    last = (
        select(Invitation.id)
        .where(Invitation.workspace_id == alert.workspace_id, Invitation.customer_id == alert.customer_id)
        .order_by(Invitation.created_at.desc(), Invitation.id)
        .limit(1)
    )
    return db.session.scalar(said) or db.session.scalar(last)


def ways_of(*, workspace: Workspace, invitation_id: UUID, callback_url: str, now: datetime) -> Ways:
    """Return how a customer can be helped though nobody calls."""
    overflow = Overflow.read(workspace.settings.get("overflow") or {})
    offer = promising.find(invitation_id=invitation_id, now=now)
    return Ways(
        callback_url=callback_url if offer is not None and offer.slots else None,
        reply=sender_of(workspace.settings).reply_to is not None,
        help_url=overflow.help_url,
        help_phone=overflow.help_phone,
    )


def plan(alert: Alert, customer: Customer, invitation_id: UUID | None, *, letter_id: UUID, now: datetime) -> None:
    """Plan the letter of a locked alert, whose address is locked, or note why none may go."""
    row = Letter(
        workspace_id=alert.workspace_id,
        id=letter_id,
        customer_id=customer.id,
        invitation_id=invitation_id,
        alert_id=alert.id,
        status="waiting",
        planned_at=now,
    )
    db.session.add(row)
    db.session.flush()
    why_not = LETTERS.plan(row, customer, now=now)
    if why_not is not None:
        row.status, row.reason, row.settled_at = after("waiting", "drop"), why_not[:64], now
        db.session.flush()
        alert_lines.note(alert, "not_written", now=now, why=why_not)


def _has_answered(invitation: Invitation) -> bool:
    own = (Response.workspace_id == invitation.workspace_id, Response.invitation_id == invitation.id)
    return bool(db.session.scalar(select(exists().where(*own))))
