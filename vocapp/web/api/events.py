"""Events: what happened to customers, told one at a time or a thousand at once."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from vocapp.services.intake_events import MOST_EVENTS, Refused, take_events
from vocapp.web.api.customers import NamedCustomerIn, RefusedItem, list_in
from vocapp.web.api.frame import Call, Reply, Routes
from vocapp.web.problems import refusal

MOST_UNHEARD: Final = 20

routes = Routes("events", "What happened to a customer; some of it triggers a survey.")


class EventIn(Schema):
    id = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "The teller's own id: the same again in a workspace changes nothing."},
    )
    event = fields.String(required=True, validate=validate.Length(1, 200), metadata={"description": "Its name."})
    occurred_at = fields.AwareDateTime(required=True, metadata={"description": "The future becomes now."})
    customer = fields.Nested(
        NamedCustomerIn,
        required=True,
        metadata={"description": "`external_id` is enough; what else is said counts as observed at `occurred_at`."},
    )
    place = fields.String(
        allow_none=True,
        metadata={"description": "A place's key. One that nobody made yet is made: a site, called by its key."},
    )
    agent = fields.String(allow_none=True, validate=validate.Length(max=200))
    properties = fields.Dict(keys=fields.String(), allow_none=True, metadata={"description": "32 kB at most."})


class EventsIn(Schema):
    """Either one event, or a list of them under `events`."""

    id = fields.String(validate=validate.Length(1, 200))
    event = fields.String(validate=validate.Length(1, 200))
    occurred_at = fields.AwareDateTime()
    customer = fields.Nested(NamedCustomerIn)
    place = fields.String(allow_none=True)
    agent = fields.String(allow_none=True)
    properties = fields.Dict(keys=fields.String(), allow_none=True)
    events = fields.List(fields.Nested(EventIn), validate=validate.Length(max=MOST_EVENTS))


class EventsTaken(Schema):
    accepted = fields.Integer(required=True)
    duplicates = fields.Integer(required=True, metadata={"description": "Told before; nothing changed."})
    refused = fields.List(fields.Nested(RefusedItem), required=True)
    not_counted = fields.List(
        fields.Nested(RefusedItem),
        metadata={"description": "Where there are any: kept, but of no value that is counted, and why."},
    )
    unheard = fields.List(
        fields.String(),
        metadata={
            "description": "A hint, where there are any: names of kept events after which no survey is sent, for which "
            "no rule of alerts looks, and which tell of no purchase; 20 at most."
        },
    )


@routes.post(
    "/events",
    scopes=("ingest",),
    body=EventsIn,
    read_by_view=True,
    apart="events",
    bulk=True,
    creates=True,
    answers={202: EventsTaken},
    example={
        "id": "order-77-delivered",
        "event": "order.delivered",
        "occurred_at": "2026-03-10T09:00:00Z",
        "customer": {"external_id": "C-1001"},
        "place": "lyon-1",
        "properties": {"channel": "web", "total": 59.9},
    },
)
def post_events(call: Call) -> Any:
    """Tell of one event, or of up to 1,000 under `events`.

    The same id again changes nothing and is counted under `duplicates`. In a list, those that can't be taken are
    refused one by one and the others are kept; a single one that can't be taken is 422.

    `Order Completed`, `Order Updated`, `Order Refunded` and `Order Cancelled` of Segment's e-commerce specification
    tell of a purchase by `order_id`, `total` and `currency` (a refund: with `refund_id`, or it is known by its moment
    and amount; without `total`, all is given back). Told in any order and however often, they come to the same; of two
    words about one order the later counts, by `updated_at` where it is given.
    """
    single = "events" not in call.body
    documents = [call.body] if single else list_in(call.body, "events", MOST_EVENTS)
    outcome = take_events(workspace_id=call.workspace_id, documents=documents, secret=call.secret, now=call.now)
    if single and outcome.refused:
        raise refusal(outcome.refused[0].faults)
    told: dict[str, Any] = {
        "accepted": outcome.accepted,
        "duplicates": outcome.duplicates,
        "refused": [said_of(one) for one in outcome.refused],
    }
    if outcome.not_counted:
        told["not_counted"] = [said_of(one) for one in outcome.not_counted]
    if outcome.unheard:
        told["unheard"] = sorted(outcome.unheard)[:MOST_UNHEARD]
    return Reply(told, 202)


def said_of(refused: Refused) -> dict[str, Any]:
    """Return a refusal as its item of an answer."""
    words = (f"{fault.pointer} {fault.detail}".strip() for fault in refused.faults[:5])
    return {"index": refused.index, "detail": "; ".join(words)}
