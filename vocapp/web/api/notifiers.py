"""Notifiers: how the team is told of alerts, beside the mails to `alert_recipients`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app
from marshmallow import Schema, ValidationError, fields, post_load, validate

from vocapp.adapters.notifiers import KINDS
from vocapp.config import EXTENSION, Settings
from vocapp.models import NotifierRow
from vocapp.services import notifiers
from vocapp.services.browsing import notices
from vocapp.services.notifiers import NotifierNotFound, NotifierRefused
from vocapp.web.api.frame import Call, Reply, Routes
from vocapp.web.problems import Problem, refusal, unprocessable

routes = Routes("notifiers", "How the team is told of alerts: by mail, Slack, Teams, or a webhook that is signed.")


class _Wishes(Schema):
    name = fields.String()
    kinds = fields.List(fields.String(), metadata={"description": "Of alerts; none: all."})
    least_priority = fields.Integer(strict=True, metadata={"description": "Of an alert, 1 to 27; default 1."})
    place = fields.String(allow_none=True, metadata={"description": "With what is below it; null: everywhere."})
    digest_minutes = fields.Integer(
        strict=True, metadata={"description": "Alerts of so long go as one message; 0: each by itself."}
    )
    repeat_minutes = fields.Integer(
        strict=True,
        metadata={"description": "The most urgent (priority 6 and above) are told again until claimed; 0: never."},
    )
    tool = fields.String(
        allow_none=True,
        metadata={
            "description": "Of `webhook`: the helpdesk at the other end, by the `tool` by which it reports to "
            "/alerts/external. It is told of every move of an alert, but for its own."
        },
    )


class NotifierIn(_Wishes):
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    target = fields.String(
        required=True,
        metadata={"description": "The webhook's https address; of `email`: addresses, with commas between."},
    )

    @post_load
    def judge(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Look where the target leads while no transaction is open."""
        return {**data, "target": _checked(data["kind"], data["target"])}


class NotifierChanges(_Wishes):
    target = fields.String(metadata={"description": "As above; its kind stays."})
    enabled = fields.Boolean()

    @post_load
    def judge(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Look where a new target leads while no transaction is open."""
        if "target" in data:
            kind = "email" if "://" not in data["target"] else "webhook"
            data = {**data, "target": _checked(kind, data["target"]), "_by_mail": KINDS[kind].by_mail}
        return data


class NotifierOut(_Wishes):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    target = fields.String(required=True, metadata={"description": "Its host only: the whole of it is a secret."})
    enabled = fields.Boolean(required=True)
    disabled_reason = fields.String(required=True, allow_none=True)
    failures = fields.Integer(required=True, metadata={"description": "In a row."})
    error = fields.String(required=True, allow_none=True)
    waits_until = fields.AwareDateTime(required=True, allow_none=True)
    told_at = fields.AwareDateTime(required=True, allow_none=True)
    given_up = fields.Integer(required=True, metadata={"description": "Messages that did not go, to be sent again."})
    created_at = fields.AwareDateTime(required=True)


class NotifierMade(NotifierOut):
    secret = fields.String(
        required=True, allow_none=True, metadata={"description": "`whsec_…`, of `webhook` only; shown this once."}
    )


class NotifierList(Schema):
    data = fields.List(fields.Nested(NotifierOut), required=True)


class ReplayOut(Schema):
    replayed = fields.Integer(required=True, metadata={"description": "How many messages."})


class SecretOut(Schema):
    secret = fields.String(required=True, metadata={"description": "Shown this once; the old one signs two days on."})


class TestOut(Schema):
    notices = fields.List(fields.UUID(), required=True)


@routes.get("/notifiers", scopes=("admin",), answers={200: NotifierList})
def list_notifiers(call: Call) -> Any:
    """List the notifiers."""
    dead = notices.count_dead(workspace_id=call.workspace_id)
    rows = notifiers.list_notifiers(workspace_id=call.workspace_id)
    return {"data": [notifiers.document(row) | {"given_up": dead.get(row.id, 0)} for row in rows]}


@routes.post(
    "/notifiers",
    scopes=("admin",),
    body=NotifierIn,
    answers={201: NotifierMade},
    refuses=(422,),
    example={"name": "Desk", "kind": "webhook", "target": "https://93.184.216.34/hook", "least_priority": 3},
)
def create_notifier(call: Call) -> Any:
    """Set a notifier up. The secret in the answer is shown this once."""
    given = dict(call.body)
    try:
        row, secret = notifiers.create(
            workspace_id=call.workspace_id,
            kind=given.pop("kind"),
            target=given.pop("target"),
            given=given,
            secret=call.secret,
            by=call.by,
            now=call.now,
        )
    except NotifierRefused as refused:
        raise refusal(refused.faults) from refused
    return Reply({**_document(row), "secret": secret}, 201)


@routes.get("/notifiers/<uuid:notifier_id>", scopes=("admin",), answers={200: NotifierOut}, refuses=(404,))
def get_notifier(call: Call, notifier_id: UUID) -> Any:
    """Read one notifier, with how its last call went."""
    return _document(_find(call, notifier_id))


@routes.patch(
    "/notifiers/<uuid:notifier_id>",
    scopes=("admin",),
    body=NotifierChanges,
    answers={200: NotifierOut},
    refuses=(404, 422),
    example={"digest_minutes": 15, "enabled": True},
)
def change_notifier(call: Call, notifier_id: UUID) -> Any:
    """Change what is named."""
    row, given = _find(call, notifier_id, lock=True), dict(call.body)
    target = given.pop("target", None)
    if target is not None and given.pop("_by_mail") != KINDS[row.kind].by_mail:
        raise unprocessable("/target", f"is no target of a notifier of the kind {row.kind}")
    try:
        notifiers.change(row=row, given=given, target=target, secret=call.secret, by=call.by, now=call.now)
    except NotifierRefused as refused:
        raise refusal(refused.faults) from refused
    return _document(row)


@routes.delete("/notifiers/<uuid:notifier_id>", scopes=("admin",), answers={204: None}, refuses=(404,))
def delete_notifier(call: Call, notifier_id: UUID) -> Any:
    """Take a notifier away, with what waits for it."""
    notifiers.remove(row=_find(call, notifier_id, lock=True), by=call.by, now=call.now)
    return Reply(None, 204)


@routes.post("/notifiers/<uuid:notifier_id>/test", scopes=("admin",), answers={202: TestOut}, refuses=(404, 429))
def test_notifier(call: Call, notifier_id: UUID) -> Any:
    """Send a message that only shows that messages arrive; how it went stands on the notifier a moment later."""
    made = notifiers.try_out(row=_find(call, notifier_id, lock=True), by=call.by, now=call.now)
    if not made:
        raise Problem(429, "A test has just been sent.", headers={"Retry-After": "10"})
    return Reply({"notices": made}, 202)


@routes.post("/notifiers/<uuid:notifier_id>/secret", scopes=("admin",), answers={200: SecretOut}, refuses=(404, 422))
def replace_secret(call: Call, notifier_id: UUID) -> Any:
    """Make a new signing secret; the old one signs along for two days."""
    try:
        row = _find(call, notifier_id, lock=True)
        return {"secret": notifiers.replace_secret(row=row, secret=call.secret, by=call.by, now=call.now)}
    except NotifierRefused as refused:
        raise refusal(refused.faults) from refused


@routes.post("/notifiers/<uuid:notifier_id>/replay", scopes=("admin",), answers={200: ReplayOut}, refuses=(404,))
def replay_notices(call: Call, notifier_id: UUID) -> Any:
    """Take up again, at once, what was given up."""
    row = _find(call, notifier_id, lock=True)
    return {"replayed": notifiers.replay(row=row, by=call.by, now=call.now)}


def _document(row: NotifierRow) -> dict[str, Any]:
    dead = notices.count_dead(workspace_id=row.workspace_id)
    return notifiers.document(row) | {"given_up": dead.get(row.id, 0)}


def _find(call: Call, notifier_id: UUID, *, lock: bool = False) -> Any:
    try:
        return notifiers.get_notifier(workspace_id=call.workspace_id, notifier_id=notifier_id, lock=lock)
    except NotifierNotFound as missing:
        raise Problem(404, "There is no such notifier.") from missing


def _checked(kind: str, target: str) -> str:
    settings: Settings = current_app.extensions[EXTENSION]
    try:
        return notifiers.check_target(kind, target, allowed=settings.webhook_allow_networks)
    except NotifierRefused as refused:
        raise ValidationError({"target": [str(refused)]}) from refused
