"""Responses left unfinished: after the time the workspace gives them, they are closed and counted as they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from vocapp.domain.contact_policy import PolicySettings
from vocapp.models import Response, Workspace, db
from vocapp.models.feed import changed
from vocapp.services import counting, surveying

AT_ONCE = 500


def close_partial_responses(*, workspace_id: int, now: datetime) -> int:
    """Count the partial responses that nobody came back to; return how many were closed, at most 500."""
    workspace = db.session.get_one(Workspace, workspace_id)
    settings = PolicySettings.read(workspace.settings.get("contact_policy") or {})
    responses = db.session.scalars(
        select(Response)
        .where(
            Response.workspace_id == workspace_id,
            Response.status == "partial",
            Response.counted_on.is_(None),
            Response.answered_at < now - timedelta(days=settings.partial_closes_after_days),
        )
        .order_by(Response.answered_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    day = now.astimezone(ZoneInfo(workspace.timezone)).date()
    for response in responses:
        survey = surveying.load_version(
            workspace_id=workspace_id, key=response.survey_key, version=response.survey_version
        )
        scores = counting.scores_of(survey, counting.effective_answers(response))
        # what is counted stands on the row, or the export would tell other figures than the metrics
        response.nps, response.csat, response.ces = scores.get("nps"), scores.get("csat"), scores.get("ces")
        response.counted_on = day
        response.revision += 1
    db.session.flush()
    counting.add(workspace_id=workspace_id, responses=responses)
    changed("responses", [response.id for response in responses], workspace_id=workspace_id)
    return len(responses)
