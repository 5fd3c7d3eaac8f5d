"""What a helpdesk tells of the alerts that live there, too."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from vocapp.domain import helpdesks
from vocapp.domain.alerts import STATUSES, VIAS
from vocapp.domain.helpdesks import Told
from vocapp.services import calling_back
from vocapp.services.calling_back import AlertNotFound, NotMoved
from vocapp.services.documents import external_document
from vocapp.services.helpdesks import hear
from vocapp.services.intake_values import EARLIEST, ValueRefused, read_line
from vocapp.web.api.frame import Call, Routes
from vocapp.web.problems import Problem, answer

OUTCOMES = ("taken", "resolved", "reopened", "noted", "unchanged", "duplicate", "older")

routes = Routes("helpdesks", "Alerts that live in another tool: it tells what becomes of them there.")


class Line(fields.String):
    """One line of text, without the blanks around it."""

    def __init__(self, longest: int, **said: Any) -> None:
        super().__init__(**said)
        self.longest = longest

    def _deserialize(self, value: Any, *more: Any, **said: Any) -> Any:
        try:
            line = read_line(super()._deserialize(value, *more, **said), self.longest)
        except ValueRefused as refused:
            raise ValidationError(str(refused)) from refused
        if line is None and self.required:
            raise ValidationError("must not be empty")
        return line


class Tool(Line):
    """The name of a tool, which is nobody's account."""

    def _deserialize(self, value: Any, *more: Any, **said: Any) -> Any:
        try:
            return helpdesks.read_tool(super()._deserialize(value, *more, **said))
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Link(fields.String):
    """The https address of a page."""

    def _deserialize(self, value: Any, *more: Any, **said: Any) -> Any:
        text = super()._deserialize(value, *more, **said)
        try:
            return helpdesks.read_link(text) if text else None
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Moment(fields.AwareDateTime):
    """A time with a zone. Helpdesks write them in their own ways: without seconds, or `+0000`."""

    def _deserialize(self, value: Any, *more: Any, **said: Any) -> datetime:
        try:
            at = super()._deserialize(value, *more, **said).astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("is no time that exists") from error
        if at < EARLIEST:
            raise ValidationError("is too long ago")
        return at


class ExternalOut(Schema):
    """An alert's life in another tool."""

    tool = fields.String(required=True)
    reference = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(helpdesks.STATUSES))
    at = fields.AwareDateTime(required=True)
    who = fields.String(required=True, allow_none=True, metadata={"description": "A display name there."})
    has_it = fields.Boolean(
        required=True, metadata={"description": "The alert is the tool's: `assignee` is its name, and no lease ends."}
    )


class ReportIn(Schema):
    alert = fields.UUID(required=True, metadata={"description": "Its id, as the webhook told it."})
    id = Line(
        helpdesks.LONGEST_ID,
        required=True,
        metadata={"description": "The tool's own, one for each change: the same again changes nothing."},
    )
    tool = Tool(
        helpdesks.LONGEST_TOOL,
        required=True,
        metadata={"description": "The tool's name, as staff read it, no address; upper and lower case are the same."},
    )
    reference = Line(
        helpdesks.LONGEST_REFERENCE, required=True, metadata={"description": "Under which number it is kept there."}
    )
    url = Link(load_default=None, allow_none=True, metadata={"description": "Its page there; https only."})
    status = fields.String(required=True, validate=validate.OneOf(helpdesks.STATUSES))
    at = Moment(
        required=True,
        metadata={"description": "When it was so there: what is older than the last is passed over. Future: now."},
    )
    who = Line(
        helpdesks.LONGEST_WHO,
        load_default=None,
        allow_none=True,
        metadata={"description": "Who did it there: a display name."},
    )
    cause = Line(
        calling_back.LONGEST_CAUSE,
        load_default=None,
        allow_none=True,
        metadata={"description": f"Of solved and closed: as `root_cause` of an alert; default `{helpdesks.CAUSE}`."},
    )
    reached = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(VIAS),
        metadata={"description": "The customer was spoken to there, and how: counts as a contact, keeps a promise."},
    )
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=calling_back.LONGEST_NOTE))


class ReportOut(Schema):
    outcome = fields.String(
        required=True,
        validate=validate.OneOf(OUTCOMES),
        metadata={
            "description": "taken, resolved, reopened: the alert was moved. noted: shown, nothing else follows. "
            "unchanged: known already. duplicate: this `id` was told before. older: a later status is known."
        },
    )
    alert = fields.UUID(required=True)
    alert_status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    external = fields.Nested(ExternalOut, required=True)


@routes.post(
    "/alerts/external",
    scopes=("helpdesk",),
    body=ReportIn,
    answers={200: ReportOut},
    refuses=(404, 409, 422),
    example={
        "alert": "01957f2a-0000-7000-8000-000000000001",
        "id": "35436-2026-03-10T09:00:00Z-solved",
        "tool": "Zendesk",
        "reference": "35436",
        "url": "https://maison.zendesk.com/agent/tickets/35436",
        "status": "solved",
        "at": "2026-03-10T09:00:00Z",
        "who": "Zoé M.",
    },
)
def report_external(call: Call) -> Any:
    """Tell what became of an alert in another tool.

    Open or pending there: the tool has it (`assignee` is its name) unless somebody here does. Solved or closed there:
    resolved here. Reopened there: reopened here. What the state does not allow is refused (409, `holder`) and moves
    nothing: somebody here has it in hand, a callback is still promised, the customer has another alert open. Solved or
    closed there is then kept and shown all the same, and a tool that has the alert gives it back to the queue.
    """
    given = dict(call.body)
    alert_id: UUID = given.pop("alert")
    try:
        heard = hear(workspace_id=call.workspace_id, alert_id=alert_id, told=Told(**given), now=call.now)
    except AlertNotFound as missing:
        raise Problem(404, "There is no such alert.") from missing
    except NotMoved as refused:
        raise _conflict(refused) from refused
    if heard.refused is not None:
        return answer(_conflict(heard.refused))  # not raised: what it told is kept
    alert = heard.alert
    external = external_document(alert)
    return {"outcome": heard.outcome, "alert": alert.id, "alert_status": alert.status, "external": external}


def _conflict(refused: NotMoved) -> Problem:
    return Problem(409, refused.detail, more={"holder": refused.holder, "alert_status": refused.status})
