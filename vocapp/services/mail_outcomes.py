"""What became of invitations that were to be sent, written down for many at once: a constant number of statements.

Of each: the decision with its reason, its place in the ledger, what its fact waits for, the customer's line in the
feed, and for an apology that goes no more, the alert instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from vocapp.models import Invitation, LedgerEntry, db
from vocapp.models.feed import changed
from vocapp.models.mailing import decide_each, plan_each
from vocapp.models.outbox import follow_each
from vocapp.services import happenings
from vocapp.services.decisions import decision


class Outcomes:
    """Of one workspace, in one transaction: collected first, and then written."""

    def __init__(self, workspace_id: int, now: datetime) -> None:
        self._workspace_id = workspace_id
        self._now = now
        self._decided: list[dict[str, Any]] = []
        self._planned: list[dict[str, Any]] = []
        self._forgotten: list[UUID] = []
        self._apologies: list[UUID] = []
        self._touched: set[UUID] = set()
        self._followed: dict[int, dict[str, Any]] = {}

    def settle(self, fact_id: int, *, error: str | None = None) -> None:
        """Have a fact followed up."""
        self._followed[fact_id] = {"id": fact_id, "done_at": self._now, "error": error}

    def postpone(self, fact_id: int, *, until: datetime, error: str | None = None) -> None:
        """Take a fact up again later; no failure."""
        self._followed[fact_id] = {"id": fact_id, "due_at": until, "error": error}

    def touch(self, customer_id: UUID) -> None:
        """Tell the feed of a customer."""
        self._touched.add(customer_id)

    def again(
        self, invitation: Invitation, *, at: datetime, reason: str, key: str | None = None, attempts: int | None = None
    ) -> None:
        """Send it later: it certainly has not left. `key`: of the address that it would go to by now."""
        self._decide(invitation, "scheduled", reason, key, send_at=at, attempts=attempts, unmark=True)
        self._planned.append({"id": invitation.id, "contact_key": key or invitation.contact_key, "at": at})

    def hold(self, invitation: Invitation, *, reason: str, key: str) -> None:
        """Send it later, or never: meanwhile it takes no place in the ledger."""
        self._decide(invitation, "held", reason, key, unmark=True)
        self._forgotten.append(invitation.id)
        self.touch(invitation.customer_id)

    def end(
        self,
        invitation: Invitation,
        *,
        status: str,
        reason: str | None,
        reached_nobody: bool,
        key: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Send it never (again). What reached nobody takes no place in the ledger."""
        self._decide(invitation, status, reason, key, detail=detail)
        if reached_nobody:
            self._forgotten.append(invitation.id)
        if invitation.kind == happenings.APOLOGY:  # nobody apologised by mail, so let somebody call
            self._apologies.append(invitation.id)
        self.touch(invitation.customer_id)

    def sent(self, invitation: Invitation, *, at: datetime | None, unsubscribed: bool) -> None:
        """It has left; a link of somebody who has unsubscribed meanwhile opens no more."""
        if invitation.status != "sent":
            self._decide(invitation, "sent", None, sent_at=at)
        if unsubscribed:
            self._decide(invitation, "cancelled", "unsubscribed")
        self.touch(invitation.customer_id)

    def write(self) -> None:
        """Write all of it; the feed's lines and the facts come last, as everywhere."""
        workspace_id = self._workspace_id
        for rows in _one_each(self._decided):
            decide_each(workspace_id=workspace_id, rows=rows)
        plan_each(workspace_id=workspace_id, rows=self._planned)
        if self._forgotten:
            db.session.execute(
                delete(LedgerEntry).where(LedgerEntry.workspace_id == workspace_id, LedgerEntry.id.in_(self._forgotten))
            )
        if self._apologies:
            happenings.alert_instead(workspace_id=workspace_id, invitation_ids=self._apologies, now=self._now)
        changed("customers", self._touched, workspace_id=workspace_id)
        follow_each([self._followed[fact_id] for fact_id in sorted(self._followed)])

    def _decide(
        self,
        invitation: Invitation,
        status: str,
        reason: str | None,
        key: str | None = None,
        *,
        detail: str | None = None,
        **columns: Any,
    ) -> None:
        made: Mapping[str, Any] = decision(status=status, reason=reason, now=self._now)
        self._decided.append(
            {
                "id": invitation.id,
                "status": status,
                "reason": reason,
                "decision": {**made, "detail": detail} if detail else made,
                "contact_key": key or invitation.contact_key,
                "send_at": None,
                "sent_at": None,
                "attempts": None,
                "unmark": False,
                **columns,
            }
        )


def _one_each(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Part decisions so that each part has one of an invitation at most, the first ones first."""
    parts: list[dict[UUID, dict[str, Any]]] = []
    for row in rows:
        part = next((one for one in parts if row["id"] not in one), None)
        if part is None:
            parts.append(part := {})
        part[row["id"]] = row
    return [list(part.values()) for part in parts]
