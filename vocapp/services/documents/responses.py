"""Responses as documents."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select

from vocapp.domain.scores import nps_category
from vocapp.models import Invitation, Response, db
from vocapp.services.documents.people import name_customers

SENTIMENT_FIELDS = ("label", "score", "language")


def response_documents(*, workspace_id: int, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return responses with what they were asked about; answers that the final path left stand under `void`."""
    rows = db.session.execute(
        select(Response, Invitation.context)
        .join(
            Invitation,
            (Invitation.workspace_id == Response.workspace_id) & (Invitation.id == Response.invitation_id),
        )
        .where(Response.workspace_id == workspace_id, Response.id.in_(list(ids)))
    ).all()
    people = name_customers(workspace_id=workspace_id, customer_ids={response.customer_id for response, _ in rows})
    return {response.id: _document(response, context, people.get(response.customer_id)) for response, context in rows}


def score_document(response: Response) -> dict[str, Any]:
    """Return a response's scores; one that was not given is null."""
    nps = response.nps
    return {
        "nps": None if nps is None else {"value": nps, "category": nps_category(nps)},
        "csat": response.csat,
        "ces": response.ces,
    }


def themes_said(response: Response) -> list[dict[str, Any]]:
    """Return what a response says of each theme that it mentions: `[{key, label, score}]`; [] until it is scored."""
    return (response.sentiment or {}).get("themes") or []


def _document(response: Response, context: dict[str, Any], customer: dict[str, Any] | None) -> dict[str, Any]:
    void = set(response.void)
    return {
        "id": response.id,
        "survey": response.survey_key,
        "survey_version": response.survey_version,
        "invitation_id": response.invitation_id,
        "customer": customer,
        "context": {
            key: context.get(key) for key in ("event", "event_id", "occurred_at", "place", "agent", "properties")
        },
        "status": response.status,
        "language": response.language,
        "answers": {key: value for key, value in response.answers.items() if key not in void},
        "void": {key: value for key, value in response.answers.items() if key in void},
        "asked": [key for page in response.pages for key in page],
        "skipped_known": response.skipped_known,
        "scores": score_document(response),
        "sentiment": response.sentiment and {key: response.sentiment.get(key) for key in SENTIMENT_FIELDS},
        "themes": themes_said(response),
        "persona": response.persona,
        "callback_wish": response.callback_wish,
        "channel": response.channel,
        "started_at": response.started_at,
        "completed_at": response.completed_at,
    }
