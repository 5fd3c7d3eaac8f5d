"""What a workspace sets for itself."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from vocapp.services import workspaces
from vocapp.services.documents.brands import voice_warnings
from vocapp.services.workspaces import WorkspaceRefused
from vocapp.web.api.brands import VoiceSettings
from vocapp.web.api.frame import Call, Routes
from vocapp.web.api.surveys import WarningOut
from vocapp.web.problems import refusal

routes = Routes("settings", "The workspace's name, clock, language, look, and its rules of contact.")


class BrandSettings(Schema):
    name = fields.String(allow_none=True, metadata={"description": "Shown to customers; default: the workspace's."})
    accent = fields.String(allow_none=True, metadata={"description": "#rrggbb"})
    logo_url = fields.String(allow_none=True)
    voice = fields.Nested(
        VoiceSettings, allow_none=True, metadata={"description": "Where no brand says otherwise; each text by itself."}
    )


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
    partial_alerts_after_minutes = fields.Integer(
        metadata={
            "description": "How long after the last answer an unhappy response that is not finished becomes an alert: "
            "1 to 1440; default 15."
        }
    )


class CallbackSettings(Schema):
    """How long a callback stays with who took it, from what they did to it last. What is not set has its default."""

    claim_minutes = fields.Integer(allow_none=True, metadata={"description": "5 to 1440; default 30."})
    assigned_minutes = fields.Integer(
        allow_none=True, metadata={"description": "Of one who was given it: 5 to 2880; default 240."}
    )
    contacted_hours = fields.Integer(
        allow_none=True, metadata={"description": "Once the customer was reached: 1 to 720; default 24."}
    )


class PlaceHours(Schema):
    week = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


class AbsenceSettings(Schema):
    since = fields.String(data_key="from", required=True, metadata={"description": "The first day."})
    until = fields.String(data_key="to", required=True, metadata={"description": "The last day."})
    agents = fields.Integer(required=True, metadata={"description": "How many are away."})


class CallbackTeamSettings(Schema):
    """Who calls back, and when: due times are counted in their hours. What is not set has its default."""

    week = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        allow_none=True,
        metadata={
            "description": 'mon to sun → hours such as ["09:00-12:30", "14:00-18:00"], by the workspace\'s clock; '
            "default Monday to Saturday, 09:00-18:00."
        },
    )
    holidays = fields.String(
        allow_none=True, metadata={"description": "fr (default), fr-alsace-moselle or none: days without anybody."}
    )
    closed = fields.List(fields.String(), allow_none=True, metadata={"description": "Further days without anybody."})
    places = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(PlaceHours),
        allow_none=True,
        metadata={"description": "Place → hours of its own, which hold for the places below it, too."},
    )
    agents = fields.Integer(
        allow_none=True,
        metadata={"description": "How many call back; default 0: no time of a call is promised to anybody."},
    )
    calls_per_hour = fields.Integer(
        allow_none=True, metadata={"description": "Calls that each may promise an hour; default 4."}
    )
    absences = fields.List(fields.Nested(AbsenceSettings), allow_none=True)
    value_attribute = fields.String(
        allow_none=True,
        metadata={"description": "The attribute by which a customer's value is judged; default orders_count."},
    )
    value_regular = fields.Float(allow_none=True, metadata={"description": "A regular customer from here on; 3."})
    value_best = fields.Float(allow_none=True, metadata={"description": "One of the best from here on; 10."})


class NoticeSettings(Schema):
    quoted_in = fields.List(
        fields.String(),
        allow_none=True,
        metadata={
            "description": "The kinds of notifiers that say what a customer said and who it is: email, slack, teams, "
            'webhook; default ["email"].'
        },
    )
    assignees = fields.Boolean(
        truthy={True},
        falsy={False},
        allow_none=True,
        metadata={"description": "Whether who is given an alert hears of it by mail; default true."},
    )


class EscalationStep(Schema):
    after_minutes = fields.Integer(
        required=True, metadata={"description": "Past the due time, in the hours of those who call back."}
    )
    to = fields.String(metadata={"description": "Whose it is from then on: stay (the usual), above, central."})
    tell = fields.List(fields.String(), metadata={"description": "Mailboxes told beside the notifiers."})


class EscalationSettings(Schema):
    steps = fields.List(
        fields.Nested(EscalationStep),
        allow_none=True,
        metadata={"description": "Each later than the one before; default: after 540 minutes to the central team."},
    )


class HandingOutSettings(Schema):
    """Whose an alert is, and who gets it. What is not set has its default."""

    teams = fields.List(
        fields.String(),
        allow_none=True,
        metadata={"description": "Places that call back themselves, for all below them; the rest is central."},
    )
    by = fields.String(
        allow_none=True, metadata={"description": "hand (the usual): all take what they want; round_robin."}
    )
    most_each = fields.Integer(allow_none=True, metadata={"description": "Alerts one holds when handed out; 5."})


class OverflowSettings(Schema):
    """The letter to those whom nobody can call in time. What is not set has its default."""

    on = fields.Boolean(
        allow_none=True, metadata={"description": "Default false: nobody is written to until it is true."}
    )
    margin_minutes = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Past the due time, in the hours of those who call back: 0 to 10080; default 540. Where the "
            "calls ahead take all that the team can make, nobody waits for it."
        },
    )
    help_url = fields.String(allow_none=True, metadata={"description": "https:, named in the letter."})
    help_phone = fields.String(allow_none=True, metadata={"description": "A number, named in the letter."})


class CauseChoice(Schema):
    key = fields.String(required=True)
    label = fields.Raw(required=True, metadata={"description": "A text, or one for each language."})


class CauseGroup(CauseChoice):
    causes = fields.List(fields.Nested(CauseChoice), required=True)


class ResolutionSettings(Schema):
    """From what a resolution's cause and remedy are chosen. What is not set has its default."""

    causes = fields.List(
        fields.Nested(CauseGroup),
        allow_none=True,
        metadata={"description": "Two levels: a cause is kept as GROUP.CAUSE, such as `delivery.late`."},
    )
    remedies = fields.List(fields.Nested(CauseChoice), allow_none=True)


class ValueSettings(Schema):
    """How the worth of customers is counted. What is not set has its default."""

    currency = fields.String(
        allow_none=True,
        metadata={
            "description": "ISO 4217; default EUR. Amounts in another are kept apart and never added. Changing it "
            "counts every customer's value anew."
        },
    )
    regular_months = fields.Integer(
        allow_none=True,
        metadata={"description": "Months in a row with a purchase each make a regular customer: 2 to 24; default 3."},
    )
    lapsed_after_days = fields.Integer(
        allow_none=True, metadata={"description": "Without a purchase: 90 to 3650; default 365."}
    )


class AdviserSettings(Schema):
    """Figures by adviser. What is not set has its default."""

    smallest = fields.Integer(
        allow_none=True,
        metadata={"description": "Answers from which on an adviser is named: 10 to 1000; default 10."},
    )


class GoalSettings(Schema):
    """From where on a figure is as the company wants it: the colours of dashboards. What is not set has its default."""

    nps = fields.Float(allow_none=True, metadata={"description": "Points, -100 to 100; default 70."})
    csat = fields.Float(allow_none=True, metadata={"description": "Percent who gave 4 or 5; default 90."})
    ces = fields.Float(allow_none=True, metadata={"description": "Percent who gave 5 to 7; none by default."})
    answered = fields.Float(
        allow_none=True, metadata={"description": "Percent of delivered messages and links; none by default."}
    )
    completion = fields.Float(allow_none=True, metadata={"description": "Percent of responses; none by default."})
    seconds = fields.Float(allow_none=True, metadata={"description": "At most, 1 to 3600; none by default."})
    retention = fields.Float(
        allow_none=True, metadata={"description": "Percent of a cohort (80, not 0.8); default 80."}
    )


class MailOpensSettings(Schema):
    """Whether opens of invitations are measured: by an invisible image, where mail goes by SendGrid."""

    measured = fields.Boolean(
        allow_none=True,
        truthy={True},
        falsy={False},
        metadata={"description": "Default false: it watches people, who must be told and in many countries asked."},
    )


class MailLimitSettings(Schema):
    """Percent of messages, 0.01 to 100: from where on the mails' health warns, and is too bad (`…_over`, where sure).

    What is not set has its default.
    """

    unsubscribed = fields.Float(allow_none=True, metadata={"description": "Default 0.5."})
    unsubscribed_over = fields.Float(allow_none=True, metadata={"description": "Default 0.5."})
    complained = fields.Float(allow_none=True, metadata={"description": "Default 0.08."})
    complained_over = fields.Float(allow_none=True, metadata={"description": "Default 0.1."})
    complained_held = fields.Float(
        allow_none=True,
        metadata={"description": "Default 0.25: from here on three complaints hold a survey."},
    )
    undelivered = fields.Float(allow_none=True, metadata={"description": "Default 2."})
    undelivered_over = fields.Float(allow_none=True, metadata={"description": "Default 5."})
    opened = fields.Float(
        allow_none=True, metadata={"description": "Warns below it, where opens are measured; default 25."}
    )
    opened_over = fields.Float(allow_none=True, metadata={"description": "Too few surely below it; default 20."})


class SettingsIn(Schema):
    name = fields.String()
    timezone = fields.String()
    default_language = fields.String()
    contact_policy = fields.Nested(ContactPolicySettings)
    brand = fields.Nested(BrandSettings)
    alert_recipients = fields.List(fields.String(), metadata={"description": "Who is told of an alert, by mail."})
    callbacks = fields.Nested(CallbackSettings)
    callback_team = fields.Nested(CallbackTeamSettings)
    notices = fields.Nested(NoticeSettings)
    resolutions = fields.Nested(ResolutionSettings)
    escalation = fields.Nested(EscalationSettings)
    handing_out = fields.Nested(HandingOutSettings)
    overflow = fields.Nested(OverflowSettings)
    value = fields.Nested(ValueSettings)
    advisers = fields.Nested(AdviserSettings)
    goals = fields.Nested(GoalSettings)
    mail_limits = fields.Nested(MailLimitSettings)
    mail_opens = fields.Nested(MailOpensSettings)


class SettingsOut(Schema):
    key = fields.String(required=True)
    name = fields.String(required=True)
    timezone = fields.String(required=True)
    default_language = fields.String(required=True)
    contact_policy = fields.Nested(ContactPolicySettings, required=True)
    brand = fields.Nested(BrandSettings, required=True)
    alert_recipients = fields.List(fields.String(), required=True)
    callbacks = fields.Nested(CallbackSettings, required=True)
    callback_team = fields.Nested(CallbackTeamSettings, required=True)
    notices = fields.Nested(NoticeSettings, required=True)
    resolutions = fields.Nested(ResolutionSettings, required=True)
    escalation = fields.Nested(EscalationSettings, required=True)
    handing_out = fields.Nested(HandingOutSettings, required=True)
    overflow = fields.Nested(OverflowSettings, required=True)
    value = fields.Nested(ValueSettings, required=True)
    advisers = fields.Nested(AdviserSettings, required=True)
    goals = fields.Nested(GoalSettings, required=True)
    mail_limits = fields.Nested(MailLimitSettings, required=True)
    mail_opens = fields.Nested(MailOpensSettings, required=True)
    warnings = fields.List(
        fields.Nested(WarningOut),
        required=True,
        metadata={"description": "Texts of the voice that name what a customer may lack, with nothing in its place."},
    )


@routes.get("/settings", scopes=("admin",), answers={200: SettingsOut})
def get_settings(call: Call) -> Any:
    """Read what the workspace has set."""
    return _warned(workspaces.settings_document(workspace_id=call.workspace_id))


@routes.patch(
    "/settings",
    scopes=("admin",),
    body=SettingsIn,
    read_by_view=True,
    answers={200: SettingsOut},
    example={"contact_policy": {"cap": 1, "quiet_from": "19:00"}, "alert_recipients": ["care@example.com"]},
)
def patch_settings(call: Call) -> Any:
    """Change what is named; null inside an object takes a value back to its default.

    The texts of a voice are changed language by language; null there takes a language away.
    """
    try:
        changed = workspaces.change_settings(
            workspace_id=call.workspace_id, changes=call.body, by=call.by, now=call.now
        )
    except WorkspaceRefused as refused:
        raise refusal(refused.faults) from refused
    return _warned(changed)


def _warned(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "warnings": voice_warnings(document["brand"].get("voice") or {}, "/brand/voice")}
