"""Responses left unfinished: after the time the workspace gives them, they are closed and counted as they are.

What was not weighed yet (an unhappy score raises its signal, `weighing.py`) is weighed first: nothing is closed that
nobody was told of. What is counted stands on the row, or the export would tell other figures than the metrics, and in
the profile, which shows the scores given last.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from vocapp.domain.contact_policy import PolicySettings
from vocapp.models import Customer, Response, Workspace, db
from vocapp.models.feed import changed
from vocapp.models.journey import TO_CLOSE
from vocapp.services import counting, weighing

AT_ONCE = 500


def close_partial_responses(*, workspace_id: int, now: datetime) -> int:
    """Count the partial responses that nobody came back to; return how many were closed, at most 500."""
    workspace = db.session.get_one(Workspace, workspace_id)
    settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    weighing.weigh(workspace_id=workspace_id, now=now, limit=AT_ONCE)
    responses = db.session.scalars(
        select(Response)
        .where(
            Response.workspace_id == workspace_id,
            text(TO_CLOSE),
            Response.answered_at < now - timedelta(days=settings.partial_closes_after_days),
        )
        .order_by(Response.answered_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    customers = {
        customer.id: customer
        for customer in db.session.scalars(
            select(Customer)
            .where(Customer.workspace_id == workspace_id, Customer.id.in_({one.customer_id for one in responses}))
            .order_by(Customer.id)
            .with_for_update(key_share=True)  # consents and events only refer to their customer
        )
    }
    day = now.astimezone(ZoneInfo(workspace.timezone)).date()
    moved = set()
    for response in responses:
        scores = counting.scores_given(response)
        response.nps, response.csat, response.ces = scores.get("nps"), scores.get("csat"), scores.get("ces")
        response.counted_on = day
        response.revision += 1
        shown = _follow(customers[response.customer_id], scores, response.answered_at)
        if shown or "nps" in scores:  # which may move an earlier stage of their life
            moved.add(response.customer_id)
    db.session.flush()
    changed("customers", moved, workspace_id=workspace_id)
    changed("responses", [response.id for response in responses], workspace_id=workspace_id)
    counting.add(responses=responses)  # last, as everywhere
    return len(responses)


def _follow(customer: Customer, scores: Mapping[str, int], at: datetime) -> bool:
    """Let the profile show these scores, each unless one was given since; say whether it changed."""
    newer = {name: value for name, value in scores.items() if (getattr(customer, f"{name}_at") or at) <= at}
    for name, value in newer.items():
        setattr(customer, f"{name}_value", value)
        setattr(customer, f"{name}_at", at)
    return bool(newer)
