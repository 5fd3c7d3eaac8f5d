"""Personas: the kinds of customers that answers and profiles support."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from vocapp.services import surveying
from vocapp.services.surveying import SurveyRefused
from vocapp.web.api.frame import Call, Routes
from vocapp.web.problems import refusal

routes = Routes("personas", "Kinds of customers, each with the rules that speak for it.")


class CriterionIn(Schema):
    when = fields.Raw(required=True, metadata={"description": "A rule."})
    weight = fields.Float(required=True)
    because = fields.Raw(required=True, metadata={"description": "Told as a reason where the rule holds."})


class PersonaIn(Schema):
    key = fields.String(required=True)
    name = fields.Raw(required=True)
    description = fields.Raw(allow_none=True)
    needs = fields.Raw(allow_none=True)
    pains = fields.Raw(allow_none=True)
    criteria = fields.List(fields.Nested(CriterionIn), required=True)


class PersonasIn(Schema):
    personas = fields.List(fields.Nested(PersonaIn), required=True)
    minimum_confidence = fields.Float(metadata={"description": "Below it nobody is given a persona. Default 0.5."})


class PersonasOut(PersonasIn):
    version = fields.Integer(required=True, allow_none=True)


@routes.get("/personas", scopes=("surveys",), answers={200: PersonasOut})
def get_personas(call: Call) -> Any:
    """Read the personas in force."""
    return _document(call)


@routes.put(
    "/personas",
    scopes=("surveys",),
    body=PersonasIn,
    read_by_view=True,
    answers={200: PersonasOut},
    example={
        "personas": [
            {
                "key": "gift_giver",
                "name": "Gift giver",
                "criteria": [
                    {"when": {"==": [{"var": "answers.buys_for"}, "gift"]}, "weight": 2, "because": "buys for others"}
                ],
            }
        ],
        "minimum_confidence": 0.5,
    },
)
def put_personas(call: Call) -> Any:
    """Replace the personas: the next version, used for answers from now on."""
    # GET's document can be put back as it came
    definition = {name: value for name, value in call.body.items() if name != "version"}
    try:
        surveying.put_personas(workspace_id=call.workspace_id, definition=definition, now=call.now)
    except SurveyRefused as refused:
        raise refusal(refused.faults) from refused
    return _document(call)


def _document(call: Call) -> dict[str, Any]:
    found = surveying.find_personas(workspace_id=call.workspace_id)
    if found is None:
        return {"version": None, "personas": []}
    version, definition = found
    return {"version": version, **definition}
