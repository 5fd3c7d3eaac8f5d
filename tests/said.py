"""Verbatims as they stand once they were laid out to be searched: said by customers, without the pages of a survey."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.builders import House
from vocapp.jobs.verbatims import follow_all
from vocapp.models import Invitation, Response, new_id
from vocapp.models.feed import changed

_numbers = itertools.count(1)


def say(house: House, text: str | None, *, who: str = "ada", survey: str = "delivery", **fields: Any) -> UUID:
    """Let somebody answer `why`; `fields` are those of the response: nps, place, answered_at, sentiment, persona…"""
    number = next(_numbers)
    place, nps = fields.pop("place", None), fields.pop("nps", None)
    invitation_id = house.invite(who, survey, event_id=f"said-{number}", place=place)
    at: datetime = fields.pop("answered_at", house.now - timedelta(minutes=1000 - number))
    given = {"why": text} if text is not None else {}
    with house.writing() as session:
        invitation = session.get_one(Invitation, (house.id, invitation_id))
        response = Response(
            workspace_id=house.id,
            id=new_id(),
            invitation_id=invitation_id,
            customer_id=invitation.customer_id,
            survey_key=survey,
            survey_version=invitation.survey_version,
            place=place,
            status="completed",
            answers=given if nps is None else {"nps": nps, **given},
            nps=nps,
            started_at=at,
            answered_at=at,
            completed_at=at,
            **{
                "channel": "link",
                "language": "fr",
                "revision": 1,
                "weighed": 1,
                "pages": [["nps", "why"]],
                "position": 1,
                "void": [],
                "skipped_known": [],
            }
            | fields,
        )
        session.add(response)
        session.flush()
        response_id = response.id
        changed("responses", [response_id], workspace_id=house.id)
    return response_id


def lay_out(house: House) -> None:
    """Let what was said be laid out, and tagged by rules: what the worker does every few seconds."""
    house.wait_for_feed()
    with house.app.app_context():
        follow_all(until=float("inf"))
