"""What stands for and against writing to people, read from the database as the contact policy looks at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_

from vocapp.domain import contact_policy
from vocapp.domain.consent import kind_purpose
from vocapp.domain.preferences import LIMITS, read_pauses, strictest
from vocapp.models import Contact, Customer, LedgerEntry, Response, Workspace, db
from vocapp.services import holding


def policy_standing(
    workspace: Workspace,
    customer: Customer,
    contact: Contact,
    consents: Mapping[tuple[UUID, str], bool],
    *,
    survey_key: str | None = None,
) -> contact_policy.Standing:
    """Return what stands for and against writing to a customer, with one survey or any, as the policy reads it."""
    wishes = (customer, contact)
    kind = kind_purpose(survey_key) if survey_key is not None else None
    return contact_policy.Standing(
        consent=consents.get((customer.id, contact_policy.SURVEYS)),
        must_consent=contact.erased_at is not None,
        unsubscribed_at=customer.unsubscribed_at or contact.unsubscribed_at,
        suppressed_reason=contact.suppressed_reason if contact.suppressed_at else None,
        kind_refused=kind is not None and consents.get((customer.id, kind)) is False,
        paused_until=max((one.paused_until for one in wishes if one.paused_until is not None), default=None),
        pauses=tuple(pause for one in wishes for pause in read_pauses(one.pauses)),
        limit=LIMITS.get(strictest(*(one.frequency for one in wishes))),
        has_address=customer.email is not None,
        zone=customer.timezone,
        workspace_zone=workspace.timezone,
    )


def ledger_of(*, workspace_id: int, keys: Iterable[str], since: datetime) -> dict[str, list[contact_policy.Contact]]:
    """Return the contacts of addresses since a time, planned ones included, but for those that a hold keeps back."""
    ledger: dict[str, list[contact_policy.Contact]] = defaultdict(list)
    for entry in db.session.scalars(
        select(LedgerEntry).where(
            LedgerEntry.workspace_id == workspace_id,
            LedgerEntry.contact_key.in_(list(keys)),
            LedgerEntry.at > since,
            holding.takes_place(),
        )
    ):
        ledger[entry.contact_key].append(
            contact_policy.Contact(
                entry.id, entry.at, entry.survey_key, entry.priority, sent=entry.made, kind=entry.kind
            )
        )
    return ledger


def last_answers(*, workspace_id: int, pairs: set[tuple[UUID, str]]) -> dict[tuple[UUID, str], datetime]:
    """When each customer last answered each survey."""
    rows = db.session.execute(
        select(Response.customer_id, Response.survey_key, func.max(Response.answered_at))
        .where(
            Response.workspace_id == workspace_id,
            tuple_(Response.customer_id, Response.survey_key).in_(list(pairs)),
        )
        .group_by(Response.customer_id, Response.survey_key)
    )
    return {(customer_id, survey_key): at for customer_id, survey_key, at in rows}
