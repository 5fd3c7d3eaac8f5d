"""The rules by which answers and events become alerts."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from vocapp.domain.alerts import KINDS
from vocapp.services import alert_rules
from vocapp.services.alert_rules import AlertRulesRefused
from vocapp.web.api.frame import Call, Routes
from vocapp.web.problems import refusal

routes = Routes("alert rules", "What becomes an alert: rules over answers, and over events alone.")


class AlertRuleIn(Schema):
    key = fields.String(required=True)
    name = fields.Raw(required=True, metadata={"description": "A text, or one per language."})
    kind = fields.String(
        required=True, validate=validate.OneOf(KINDS), metadata={"description": "What its alerts are about."}
    )
    when = fields.Raw(required=True, metadata={"description": "A rule."})
    active = fields.Boolean(metadata={"description": "Default true."})
    event = fields.String(
        allow_none=True,
        metadata={"description": "The name of the event it is about, which is then not asked about; none: answers."},
    )
    within = fields.String(
        allow_none=True, metadata={"description": "How far back `event.count` counts, such as P30D; P365D at most."}
    )
    then = fields.String(
        validate=validate.OneOf(("alert", "apology")),
        metadata={"description": "Default alert. An apology is the invitation mail of `survey`."},
    )
    survey = fields.String(allow_none=True, metadata={"description": "Not published: an alert instead."})


class AlertRulesIn(Schema):
    alerts = fields.List(fields.Nested(AlertRuleIn), required=True)
    urgent_words = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Language → words that cannot wait; a * at an entry's end goes on to the word's end."},
    )


class AlertRulesOut(AlertRulesIn):
    version = fields.Integer(
        required=True, allow_none=True, metadata={"description": "null: the workspace follows the rules that ship."}
    )


@routes.get("/alert-rules", scopes=("admin",), answers={200: AlertRulesOut})
def get_alert_rules(call: Call) -> Any:
    """Read the rules in force."""
    return _document(call)


@routes.put(
    "/alert-rules",
    scopes=("admin",),
    body=AlertRulesIn,
    read_by_view=True,
    answers={200: AlertRulesOut},
    example={
        "alerts": [
            {
                "key": "detractor",
                "name": {"fr": "Détracteur", "en": "Detractor"},
                "kind": "detractor",
                "when": {"<=": [{"var": "scores.nps"}, 6]},
            },
            {
                "key": "order_lost",
                "name": "Order lost",
                "kind": "lost",
                "event": "order.lost",
                "when": {"==": [{"var": "event.name"}, "order.lost"]},
            },
        ],
        "urgent_words": {"en": ["allergic", "lawyer*"]},
    },
)
def put_alert_rules(call: Call) -> Any:
    """Replace the rules: the next version, which decides about answers and events from now on."""
    # GET's document can be put back as it came
    definition = {name: value for name, value in call.body.items() if name != "version"}
    try:
        alert_rules.put(workspace_id=call.workspace_id, definition=definition, now=call.now, by=call.by)
    except AlertRulesRefused as refused:
        raise refusal(refused.faults) from refused
    return _document(call)


def _document(call: Call) -> dict[str, Any]:
    version, definition = alert_rules.find_definition(workspace_id=call.workspace_id)
    return {"version": version, **definition}
