"""What customers agreed to: as it stands now, and as they say it in a survey."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from vocapp.domain.consent import SURVEYS, purpose
from vocapp.models import Consent, Contact, Customer, Response, db, new_id
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.services import surveying
from vocapp.services.counting import effective_answers
from vocapp.services.withdrawing import withdraw_invitations

TYPE = "consent"


def latest_consents(*, workspace_id: int, customer_ids: Collection[UUID]) -> dict[tuple[UUID, str], bool]:
    """Return, per customer and purpose, what was said last; of two at one moment, the refusal.

    What a person refused on their own pages only they grant again: a yes that others report since does not count. Nor
    does one from before somebody was erased under the address.
    """
    rows = db.session.execute(
        select(Consent.customer_id, Consent.purpose, Consent.granted, Consent.own)
        .join(Customer, (Customer.workspace_id == Consent.workspace_id) & (Customer.id == Consent.customer_id))
        .outerjoin(Contact, (Contact.workspace_id == Customer.workspace_id) & (Contact.key == Customer.contact_key))
        .where(Consent.workspace_id == workspace_id, Consent.customer_id.in_(list(customer_ids)))
        .where(or_(Consent.granted.is_(False), Contact.erased_at.is_(None), Consent.at > Contact.erased_at))
        .order_by(Consent.at, Consent.granted.desc(), Consent.id)
    )
    said: dict[tuple[UUID, str], bool] = {}
    refused: set[tuple[UUID, str]] = set()
    for customer_id, purpose_, granted, own in rows:
        key = (customer_id, purpose_)
        if own:
            (refused.discard if granted else refused.add)(key)
        said[key] = granted and key not in refused
    return said


def keep_consents(*, workspace_id: int, responses: Iterable[Response], now: datetime) -> set[UUID]:
    """Write down what completed responses agree to or refuse: when, where, to which text. A second time adds nothing.

    The purpose is the question's attribute, or its key; the text's version is the survey's. A no to surveys takes back
    what is open. Returns the customers heard, whose lines in the feed the caller writes with its own, in one order.
    """
    rows = [row for response in responses for row in _said(response, now)]
    if not rows:
        return set()
    insert_many(Consent, rows, passing_over=True)
    refusing = {row["customer_id"] for row in rows if row["purpose"] == SURVEYS and not row["granted"]}
    heed_refusals(workspace_id=workspace_id, customer_ids=refusing, now=now)
    kept = db.session.scalars(
        select(Consent.id).where(Consent.workspace_id == workspace_id, Consent.id.in_([row["id"] for row in rows]))
    )
    changed("consents", list(kept), workspace_id=workspace_id)
    return {row["customer_id"] for row in rows}


def heed_refusals(*, workspace_id: int, customer_ids: Collection[UUID], now: datetime) -> None:
    """Take back what is open of those among these customers whose last word about surveys is a no."""
    if customer_ids:
        said = latest_consents(workspace_id=workspace_id, customer_ids=customer_ids)
        unwilling = [customer_id for customer_id in customer_ids if said.get((customer_id, SURVEYS)) is False]
        withdraw_invitations(workspace_id=workspace_id, customer_ids=unwilling, reason="no_consent", now=now)


def _said(response: Response, now: datetime) -> list[dict[str, Any]]:
    survey = surveying.load_version(
        workspace_id=response.workspace_id, key=response.survey_key, version=response.survey_version
    )
    answers = effective_answers(response)
    return [
        {
            "workspace_id": response.workspace_id,
            "id": new_id(),
            "customer_id": response.customer_id,
            "purpose": purpose(question.attribute or question.key),
            "granted": answers[question.key],
            "source": f"survey:{survey.key}",
            "text_version": f"{survey.key}@{survey.version}#{question.key}",
            "at": response.completed_at or response.answered_at,
            "recorded_at": now,
        }
        for question in survey.questions
        if question.type == TYPE and question.key in answers
    ]
