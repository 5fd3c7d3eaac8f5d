"""Past answers: what was answered to an earlier tool, with the days of then."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from vocapp.services.past_answers import LONGEST_ID, MOST, take_past_answers
from vocapp.web.api.customers import NamedCustomerIn, RefusedItem, list_in
from vocapp.web.api.events import said_of
from vocapp.web.api.frame import Call, Reply, Routes

routes = Routes("past answers", "What was answered to an earlier tool, so that no curve begins at zero.")


class PastAnswerIn(Schema):
    id = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_ID),
        metadata={"description": "The earlier tool's own id: the same again, for the same survey, changes nothing."},
    )
    survey = fields.String(required=True, metadata={"description": "The key of a published survey here."})
    answered_at = fields.AwareDateTime(
        required=True,
        metadata={"description": "It counts on the workspace's day of this. More than a day ahead is refused."},
    )
    customer = fields.Nested(NamedCustomerIn, required=True)
    answers = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "By question, as in a response; six at most, and no consent."},
    )
    language = fields.String(validate=validate.Length(2, 35))
    event = fields.String(allow_none=True, metadata={"description": "The name of what it was about."})
    place = fields.String(
        allow_none=True,
        metadata={"description": "A place's key. One that nobody made yet is made: a site, called by its key."},
    )
    agent = fields.String(allow_none=True, validate=validate.Length(max=200))
    properties = fields.Dict(
        keys=fields.String(), allow_none=True, metadata={"description": "Of what it was about; 32 kB at most."}
    )


class PastAnswersIn(Schema):
    past_answers = fields.List(fields.Nested(PastAnswerIn), required=True, validate=validate.Length(max=MOST))


class PastAnswersTaken(Schema):
    accepted = fields.Integer(required=True)
    duplicates = fields.Integer(required=True, metadata={"description": "Told before; nothing changed."})
    refused = fields.List(fields.Nested(RefusedItem), required=True)


@routes.post(
    "/past-answers",
    scopes=("ingest",),
    body=PastAnswersIn,
    read_by_view=True,
    apart="past_answers",
    bulk=True,
    creates=True,
    answers={200: PastAnswersTaken},
    example={
        "past_answers": [
            {
                "id": "old-4711",
                "survey": "post_delivery",
                "answered_at": "2025-03-10T09:00:00Z",
                "customer": {"external_id": "C-1001"},
                "place": "lyon-1",
                "answers": {"nps": 9},
            }
        ]
    },
)
def post_past_answers(call: Call) -> Any:
    """Tell of up to 1,000 answers that were given to an earlier tool.

    Each is counted on its own day, is exported, and is erased with its person, like any other response; its channel is
    `import`. Nobody is alerted by it and nothing is sent. What can't be taken is refused one by one; people who were
    erased do not come back.
    """
    documents = list_in(call.body, "past_answers", MOST)
    outcome = take_past_answers(workspace_id=call.workspace_id, documents=documents, secret=call.secret, now=call.now)
    return Reply(
        {
            "accepted": outcome.accepted,
            "duplicates": outcome.duplicates,
            "refused": [said_of(one) for one in outcome.refused],
        }
    )
