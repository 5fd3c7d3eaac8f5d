"""Send invitations, each once, whatever dies when.

    prepare ── committed ──► for each: begin ── committed ──► its call ──► noted with the next ──► finish ── committed
    (judged all at once)               (scheduled → sending)  (no transaction)  (sending → sent)   (facts, feed)

An invitation is marked right *before* its own call, and not before: what died in between is never called again, but
resolved: by asking the back end whether the message left, where it can tell; else it is `unknown`, and counts against
the cap. Of a batch whose worker dies, that is one message at most. See docs/decisions/013-batches-of-mail.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from vocapp.adapters.mail import MailBlocked, MailError, MailOutcomeUnknown, MailRefused, OutgoingMail
from vocapp.domain.links import make_token
from vocapp.domain.mail_health import MailOpens
from vocapp.models import Fact, db
from vocapp.models.mailing import mark, note_sent
from vocapp.models.outbox import lock_facts, workspaces_of
from vocapp.services import halting, senders
from vocapp.services.composing import InvitationLinks, compose_invitation
from vocapp.services.decisions import decision
from vocapp.services.houses import house_of
from vocapp.services.inviting import lock_contacts
from vocapp.services.mail_outcomes import Outcomes
from vocapp.services.preparing import STILL_UNDER_WAY, WAITING, Prepared, lock_invitations

__all__ = ["MOST_COUNTED", "STILL_UNDER_WAY", "Sent", "back_off", "begin", "compose", "finish", "give_back", "give_up"]

LONGEST_BACK_OFF_SECONDS = 300
LOOKED_AT_AGAIN_AFTER = timedelta(seconds=1)
"""What changed between the judgement and the mark is judged anew."""
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the provider took."""

    prepared: Prepared
    provider_id: str | None
    at: datetime


def compose(one: Prepared, *, secret: str, public_url: str, sender: str, opens_told: bool = False) -> OutgoingMail:
    """Write the mail. Raises MailError where it has an address or a sender that no message can have.

    `opens_told`: we would hear who opens it; so it asks for that, where the workspace wants it measured.
    """
    key, letter = secret.encode(), one.letter
    mail = compose_invitation(
        survey=letter.survey,
        first_page=letter.first_page,
        facts=letter.facts,
        language=letter.language,
        to_address=letter.to_address,
        to_name=letter.to_name,
        invitation_id=one.invitation_id,
        links=InvitationLinks(
            survey_url=f"{public_url}/s/{make_token(key, 'survey', one.invitation_id)}",
            unsubscribe_url=f"{public_url}/unsubscribe/{make_token(key, 'unsubscribe', one.invitation_id)}",
            preferences_url=f"{public_url}/preferences/{make_token(key, 'preferences', one.invitation_id)}",
        ),
        sender=senders.line_of(letter.settings, sender),
        house=house_of(letter.settings, letter.workspace_name, public_url),
    )
    measured = opens_told and MailOpens.read(letter.settings.get("mail_opens") or {}).measured
    return replace(senders.addressed(mail, letter.settings), tracks_opens=measured)


def begin(
    one: Prepared, *, now: datetime, account: str = "", before: Sent | None = None, tracked: bool = False
) -> bool:
    """Mark an invitation right before its call; False: something has changed since it was judged, and it must not go.

    A transaction of its own. `before`: the message that went before it in this batch, which it writes down as sent.
    `tracked`: it asks to be told who opens it.
    """
    if not one.may_go(now):
        return False
    return mark(
        contact_key=one.contact_key,
        invitation={
            "workspace_id": one.workspace_id,
            "id": one.invitation_id,
            "status": one.status,
            "marked_at": one.marked_at,
            "standing": one.standing,
            "now": now,
            "tracked": tracked,
            "decision": decision(status="sending", reason=None, now=now),
        },
        halts={"account": account, "trying": one.trying},
        before=_as_noted(before),
    )


def finish(
    *, workspace_id: int, sent: Sequence[Sent], unnoted: Sent | None, again: Sequence[int], now: datetime
) -> None:
    """Let follow what follows from messages that were taken; have those facts looked at `again` that did not go.

    `unnoted`: the last of those sent, whose invitation says `sending` still.
    """
    lock_facts([*(one.prepared.fact_id for one in sent), *again])  # before any address, as `prepare` does
    contacts = lock_contacts(workspace_id=workspace_id, keys={one.prepared.contact_key for one in sent})
    if (noted := _as_noted(unnoted)) is not None:
        note_sent(workspace_id=workspace_id, sent=noted)
    invitations = lock_invitations(workspace_id=workspace_id, ids=[one.prepared.invitation_id for one in sent])
    outcomes = Outcomes(workspace_id, now)
    for one in sent:
        invitation = invitations.get(one.prepared.invitation_id)
        if invitation is not None and invitation.status == "sent":
            unsubscribed = contacts[one.prepared.contact_key].unsubscribed_at is not None
            outcomes.sent(invitation, at=invitation.sent_at, unsubscribed=unsubscribed)
        outcomes.settle(one.prepared.fact_id)
    for fact_id in again:
        outcomes.postpone(fact_id, until=now + LOOKED_AT_AGAIN_AFTER)
    outcomes.write()


def give_back(
    *, fact_id: int, workspace_id: int, invitation_id: UUID, error: MailError, now: datetime, account: str = ""
) -> bool:
    """Note how a call went wrong: refused for good, to be tried again, or nobody knows. True: no other would go now."""
    lock_facts([fact_id])
    invitation = lock_invitations(workspace_id=workspace_id, ids=[invitation_id]).get(invitation_id)
    outcomes = Outcomes(workspace_id, now)
    until = None
    if invitation is None or invitation.status not in {*WAITING, "sending"}:
        outcomes.settle(fact_id)
    elif isinstance(error, MailOutcomeUnknown):
        outcomes.end(invitation, status="unknown", reason="no_verdict", reached_nobody=False)
        outcomes.settle(fact_id, error=error.detail)
    elif isinstance(error, MailRefused):
        outcomes.end(invitation, status="failed", reason="refused", reached_nobody=True, detail=error.detail)
        outcomes.settle(fact_id, error=error.detail)
    elif until := halting.heed(error=error, account=account, workspace_id=workspace_id, now=now):
        reason = "mail_stopped" if isinstance(error, MailBlocked) else "provider_deferred"
        outcomes.again(invitation, at=until, reason=reason)
        # no fault of this message: nothing is counted against it
        outcomes.postpone(fact_id, until=until, error=halting.PARKED)
        outcomes.touch(invitation.customer_id)
    else:
        attempts = min(invitation.attempts + 1, MOST_COUNTED)
        at = now + back_off(invitation.id, attempts)
        outcomes.again(invitation, at=at, reason="provider_deferred", attempts=attempts)
        outcomes.postpone(fact_id, until=at, error=error.detail)
        outcomes.touch(invitation.customer_id)
    outcomes.write()
    return until is not None


def give_up(*, fact_ids: Sequence[int], now: datetime) -> None:
    """Let the invitations of these facts rest for good: nobody tries any longer, and what never left takes no place."""
    for workspace_id, ids in workspaces_of(fact_ids).items():
        subjects = db.session.scalars(select(Fact.subject_id).where(Fact.id.in_(ids))).all()
        outcomes = Outcomes(workspace_id, now)
        for invitation in lock_invitations(workspace_id=workspace_id, ids=subjects).values():
            if invitation.status == "sending":  # marked: it may have left
                outcomes.end(invitation, status="unknown", reason="given_up", reached_nobody=False)
            elif invitation.status in WAITING:
                outcomes.end(invitation, status="failed", reason="given_up", reached_nobody=True)
        outcomes.write()


def back_off(invitation_id: UUID, attempts: int) -> timedelta:
    """Return how long to wait after so many failed calls: 2, 4, 8 … seconds, up to 5 minutes, spread by a quarter.

    The spread is the message's own, so that those which failed together do not come back together.
    """
    digest = hashlib.sha256(invitation_id.bytes + attempts.to_bytes(2, "big")).digest()
    spread = 0.75 + 0.5 * int.from_bytes(digest[:4], "big") / 2**32
    return timedelta(seconds=min(LONGEST_BACK_OFF_SECONDS, 2 ** min(attempts, 10)) * spread)


def _as_noted(sent: Sent | None) -> dict[str, object] | None:
    if sent is None:
        return None
    return {
        "id": sent.prepared.invitation_id,
        "provider_id": sent.provider_id,
        "at": sent.at,
        "decision": decision(status="sent", reason=None, now=sent.at),
    }
