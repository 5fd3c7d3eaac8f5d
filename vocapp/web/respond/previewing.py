"""A survey's pages as somebody would see them, with nobody there: made by the very code of the public pages.

Nothing is read and nothing is stored: the visit is made up, and the engine is asked what such a person would be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from vocapp.domain import asking
from vocapp.domain.asking import Pages
from vocapp.domain.survey import Survey
from vocapp.models.answering import Visit
from vocapp.services.responding import Sitting
from vocapp.web.respond import pages as rendering
from vocapp.web.respond.views_of import brand_of_visit, question_page, thanks_page

NOWHERE = "#"
"""Where the forms of a preview go."""


class Walk:
    """One made-up person's way through a survey, from the first page to the thanks."""

    def __init__(self, survey: Survey, visit: Visit, answers: Mapping[str, Any]) -> None:
        self._survey, self._visit = survey, visit
        self._answers: dict[str, Any] = {}
        nobody = self._sitting((), 0)
        first = asking.first_page(survey, nobody.facts, {})
        self.first_page = first
        self.facts = nobody.facts
        self.pages: Pages = (first,) if first else ()
        position = 0 if first else None
        while position is not None:
            self._answers |= {key: answers[key] for key in self.pages[position] if key in answers}
            step = asking.after(
                survey, pages=self.pages, page=position, answers=self._answers, known={}, facts=nobody.facts
            )
            self.pages, position = step.pages, step.position

    def page(self, number: int) -> str:
        """Return a page as it looks before it is answered. Raises IndexError."""
        shown = self.pages[: number + 1]
        if not 0 <= number < len(self.pages):
            raise IndexError(number)
        before = {key: self._answers[key] for keys in shown[:-1] for key in keys if key in self._answers}
        sitting = self._sitting(shown, number, before)
        # What was typed is nothing: so the page is laid out afresh, and not kept for the customers of this process.
        return question_page(sitting, number, path=NOWHERE, typed=MultiDict())

    def thanks(self) -> str:
        return thanks_page(self._sitting(self.pages, len(self.pages), self._answers))

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that the public pages are sent with."""
        return rendering.page_headers(brand_of_visit(self._visit))

    def _sitting(self, pages: Pages, position: int, answers: Mapping[str, Any] | None = None) -> Sitting:
        asked = [list(keys) for keys in pages]
        visit = self._visit._replace(pages=asked, position=position, answers=dict(answers or {}))
        return Sitting(visit, self._survey)


def walk(
    survey: Survey,
    *,
    language: str,
    first_name: str,
    last_name: str,
    attributes: Mapping[str, Any],
    properties: Mapping[str, Any],
    answers: Mapping[str, Any],
    workspace_name: str,
    settings: Mapping[str, Any],
    now: datetime,
) -> Walk:
    """Send somebody who does not exist through a survey."""
    visit = Visit(
        workspace_id=0,
        invitation_id=UUID(int=0),
        survey_key=survey.key,
        survey_version=survey.version,
        customer_id=UUID(int=0),
        channel="link",
        language=language,
        context={"event": survey.trigger.event if survey.trigger else None, "properties": dict(properties)},
        place=None,
        first_page=[],
        first_skipped_known=[],
        invitation_status="sent",
        occurred_at=now,
        expires_at=now + timedelta(days=60),
        created_at=now,
        response_id=None,
        response_status=None,
        revision=None,
        pages=None,
        position=None,
        answers=None,
        started_at=None,
        counted_on=None,
        external_id="",
        email=None,
        phone=None,
        first_name=first_name,
        last_name=last_name,
        locale=language,
        customer_timezone=None,
        workspace_name=workspace_name,
        workspace_timezone="UTC",
        settings=dict(settings),
        personas_version=None,
        attributes=[[key, value, "sample", now.isoformat(), None] for key, value in attributes.items()],
        now=now,
    )
    return Walk(survey, visit, answers)
