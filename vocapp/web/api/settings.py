"""What a workspace sets for itself."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from vocapp.services import workspaces
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.api.frame import Call, Routes
from vocapp.web.problems import refusal

routes = Routes("settings", "The workspace's name, clock, language, look, and its rules of contact.")


class BrandSettings(Schema):
    name = fields.String(allow_none=True, metadata={"description": "Shown to customers; default: the workspace's."})
    accent = fields.String(allow_none=True, metadata={"description": "#rrggbb"})
    logo_url = fields.String(allow_none=True)


class ContactPolicySettings(Schema):
    """What is not set has its default."""

    cap = fields.Integer(metadata={"description": "Mails per window; default 2."})
    window_days = fields.Integer(metadata={"description": "Default 7."})
    rest_same_answered_days = fields.Integer(metadata={"description": "Default 90."})
    rest_same_invited_days = fields.Integer(metadata={"description": "Default 30."})
    rest_any_days = fields.Integer(metadata={"description": "Default 3."})
    quiet_from = fields.String(allow_none=True, metadata={"description": "HH:MM; default 20:00."})
    quiet_to = fields.String(allow_none=True, metadata={"description": "HH:MM; default 08:00."})
    legal_bases = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "Purpose → consent, legitimate_interest or contract; default consent."},
    )
    link_life_days = fields.Integer(metadata={"description": "Default 60."})
    partial_closes_after_days = fields.Integer(metadata={"description": "Default 7."})


class CallbackSettings(Schema):
    """How long a callback stays with who took it, from what they did to it last. What is not set has its default."""

    claim_minutes = fields.Integer(allow_none=True, metadata={"description": "5 to 1440; default 30."})
    contacted_hours = fields.Integer(
        allow_none=True, metadata={"description": "Once the customer was reached: 1 to 720; default 24."}
    )


class SettingsIn(Schema):
    name = fields.String()
    timezone = fields.String()
    default_language = fields.String()
    contact_policy = fields.Nested(ContactPolicySettings)
    brand = fields.Nested(BrandSettings)
    alert_recipients = fields.List(fields.String(), metadata={"description": "Who is told of an alert, by mail."})
    callbacks = fields.Nested(CallbackSettings)


class SettingsOut(Schema):
    key = fields.String(required=True)
    name = fields.String(required=True)
    timezone = fields.String(required=True)
    default_language = fields.String(required=True)
    contact_policy = fields.Nested(ContactPolicySettings, required=True)
    brand = fields.Nested(BrandSettings, required=True)
    alert_recipients = fields.List(fields.String(), required=True)
    callbacks = fields.Nested(CallbackSettings, required=True)


@routes.get("/settings", scopes=("admin",), answers={200: SettingsOut})
def get_settings(call: Call) -> Any:
    """Read what the workspace has set."""
    return workspaces.settings_document(workspace_id=call.workspace_id)


@routes.patch(
    "/settings",
    scopes=("admin",),
    body=SettingsIn,
    read_by_view=True,
    answers={200: SettingsOut},
    example={"contact_policy": {"cap": 1, "quiet_from": "19:00"}, "alert_recipients": ["care@example.com"]},
)
def patch_settings(call: Call) -> Any:
    """Change what is named; null inside `contact_policy`, `brand` and `callbacks` takes a value back to its default."""
    try:
        return workspaces.change_settings(workspace_id=call.workspace_id, changes=call.body, by=call.by, now=call.now)
    except WorkspaceRefused as refused:
        raise refusal(refused.faults) from refused
