"""The letter in place of a call that cannot come in time: once each time that its alert is opened.

It is planned, and sent once, as an apology is:

    plan (by the sweep, `overflowing.py`) ──► fact LetterDue ──► the way of a mail that goes once (`sending_once.py`)
    (waiting, in the ledger; or dropped)      (sent, unknown, or dropped)

The alert stays open, and says in its history that the letter went. A letter that nobody needs any more, as somebody has
the alert, or a call was promised meanwhile, leaves nothing behind: it may be planned anew. So does one that the
workspace no longer wants to go, or that has no help to offer at the moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select

from vocapp.adapters.mail import MailDeferred
from vocapp.domain.overflow import LATEST, Overflow, after
from vocapp.models import Alert, Customer, Invitation, Letter, Promise, Response, Signal, Workspace, db
from vocapp.models.outbox import announce
from vocapp.services import alert_lines, attempting, openings, promising
from vocapp.services.composing_letter import Ways, letter
from vocapp.services.composing_once import Said
from vocapp.services.houses import House
from vocapp.services.senders import sender_of
from vocapp.services.sending_once import Held, Once, Press, forget_contact

CARED_FOR: Final = "cared_for"
OFF: Final = "off"
NO_WAY: Final = "no_way"
TOO_LATE: Final = "too_late"
_LEAVES_NOTHING: Final = frozenset({CARED_FOR, OFF, NO_WAY})
_MAY_HAVE_LEFT: Final = frozenset({"given_up", "no_verdict", "worker_lost"})


class Letters(Once[Letter]):
    """The mails to those whom nobody can call in time."""

    model = Letter
    final = frozenset({"paused"})

    def put_out(self, row: Letter, at: datetime) -> None:
        announce("LetterDue", row.id, workspace_id=row.workspace_id, due_at=at)

    def waits(self, row: Letter) -> bool:
        return row.status == "waiting"

    def is_in_doubt(self, row: Letter) -> bool:
        return row.status == "unknown"

    def since(self, row: Letter) -> datetime | None:
        return row.planned_at

    def needless(self, held: Held[Letter], now: datetime) -> str | None:
        if held.alert is None or held.row.opening != opening_of(held.alert):  # it was settled, and is open again
            return CARED_FOR
        workspace = db.session.get_one(Workspace, held.row.workspace_id, populate_existing=True)
        return why_needless(alert=held.alert, workspace=workspace, invitation_id=held.row.invitation_id, now=now)

    def say(self, held: Held[Letter], workspace: Workspace, press: Press, house: House) -> Said:
        invitation = db.session.get_one(Invitation, (workspace.id, held.row.invitation_id))
        callback_url = press.link("callback", "callback", invitation.id)
        ways = ways_of(workspace=workspace, invitation_id=invitation.id, callback_url=callback_url, now=press.now)
        if not ways.any:  # somebody took the last time in this moment: it is looked at again later
            raise MailDeferred("there is nothing to offer")
        return letter(
            asked=held.alert is not None and invitation.id == _said_last(held.alert),
            overdue=held.alert is not None and held.alert.due_at <= press.now,
            language=held.customer.language or held.customer.locale or invitation.language,
            house=house,
            ways=ways,
        )

    def went(self, held: Held[Letter], now: datetime) -> None:
        row = held.row
        row.status, row.reason, row.settled_at = after(row.status, "send"), None, now  # type: ignore[arg-type]
        db.session.flush()
        if held.alert is not None:
            alert_lines.note(held.alert, "written", now=now)

    def ends(self, held: Held[Letter], reason: str, now: datetime) -> None:
        row = held.row
        if row.marked_at is None:
            forget_contact(row)
        if reason in _LEAVES_NOTHING and row.marked_at is None:
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


def why_needless(*, alert: Alert, workspace: Workspace, invitation_id: UUID | None, now: datetime) -> str | None:
    """Return why nobody writes about a locked alert now; None: its customer is to be written to."""
    if not Overflow.read(workspace.settings.get("overflow") or {}).on:
        return OFF
    if alert.status != "new" or not _is_left_alone(alert, now):
        return CARED_FOR
    if alert.due_at <= now - LATEST:
        return TOO_LATE
    ways = standing_ways(workspace)
    if invitation_id is not None and not ways.any:
        ways = ways_of(workspace=workspace, invitation_id=invitation_id, callback_url="/", now=now)
    return None if ways.any else NO_WAY


def is_promised() -> ColumnElement[bool]:
    """Write as SQL that something is promised to the customer of an alert."""
    return exists().where(
        Promise.workspace_id == Alert.workspace_id, Promise.customer_id == Alert.customer_id, Promise.status == "made"
    )


def is_tried() -> ColumnElement[bool]:
    """Write as SQL that somebody has tried to reach the customer of an alert, since it was opened last."""
    return openings.has("contact")


def is_written() -> ColumnElement[bool]:
    """Write as SQL that the customer of an alert has a letter about it, since it was opened last."""
    return exists().where(
        Letter.workspace_id == Alert.workspace_id, Letter.alert_id == Alert.id, Letter.opening == openings.number()
    )


def opening_of(alert: Alert) -> int:
    """Return how often a locked alert was opened again."""
    own = (Alert.workspace_id == alert.workspace_id, Alert.id == alert.id)
    return db.session.scalar(select(openings.number()).where(*own)) or 0


def _is_left_alone(alert: Alert, now: datetime) -> bool:
    """Say whether nobody cares for a locked alert: nobody has it or tried, nothing is promised, a call is wanted."""
    own = (Alert.workspace_id == alert.workspace_id, Alert.id == alert.id)
    if alert.misses or db.session.scalar(select(is_tried() | is_promised()).select_from(Alert).where(*own)):
        return False
    return not attempting.why_no_call(workspace_id=alert.workspace_id, alerts=[alert], now=now)


def invitation_behind(*, alert: Alert) -> UUID | None:
    """Return by which invitation's links the customer of an alert is written to: of what was said last, else the last.

    None: there is none, and no link by which they could say no.
    """
    last = (
        select(Invitation.id)
        .where(Invitation.workspace_id == alert.workspace_id, Invitation.customer_id == alert.customer_id)
        .order_by(Invitation.created_at.desc(), Invitation.id)
        .limit(1)
    )
    return _said_last(alert) or db.session.scalar(last)


def ways_of(*, workspace: Workspace, invitation_id: UUID, callback_url: str, now: datetime) -> Ways:
    """Return how a customer can be helped though nobody calls."""
    offer = promising.find(invitation_id=invitation_id, now=now)
    ways = standing_ways(workspace)
    if offer is None:
        return ways
    reply = sender_of(offer.settings).reply_to is not None  # its brand's, which may be another
    return ways._replace(callback_url=callback_url if offer.slots else None, reply=reply)


def standing_ways(workspace: Workspace) -> Ways:
    """Return how all customers of a workspace can be helped, whether or not there is a time that they can choose."""
    overflow = Overflow.read(workspace.settings.get("overflow") or {})
    return Ways(
        callback_url=None,
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
        opening=opening_of(alert),
    )
    db.session.add(row)
    db.session.flush()
    why_not = LETTERS.plan(row, customer, now=now)
    if why_not is not None:
        row.status, row.reason, row.settled_at = after("waiting", "drop"), why_not[:64], now
        db.session.flush()
        alert_lines.note(alert, "not_written", now=now, why=why_not)


def _said_last(alert: Alert) -> UUID | None:
    """Return the invitation whose answer an alert is about; None: nobody said anything, something happened."""
    return db.session.scalar(
        select(Response.invitation_id)
        .join(Signal, (Signal.workspace_id == Response.workspace_id) & (Signal.response_id == Response.id))
        .where(Signal.workspace_id == alert.workspace_id, Signal.alert_id == alert.id)
        .order_by(Signal.raised_at.desc(), Response.id)
        .limit(1)
    )
