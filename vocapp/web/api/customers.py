"""Customers: who they are and what is known of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from vocapp.domain.preferences import FREQUENCIES
from vocapp.models import Erasure
from vocapp.services import erasing, intake
from vocapp.services.documents import customer_documents
from vocapp.services.intake_reading import InputRefused, read_customer
from vocapp.services.intake_values import ValueRefused, read_id
from vocapp.web.api.frame import Call, Reply, Routes
from vocapp.web.api.values import ValueOut
from vocapp.web.problems import Problem, refusal, unprocessable

routes = Routes("customers", "One profile per customer, merged from whatever source tells of them.")

MOST_CUSTOMERS = 1000


class ConsentIn(Schema):
    purpose = fields.String(required=True, metadata={"description": "`surveys` covers every invitation."})
    granted = fields.Boolean(
        required=True,
        metadata={
            "description": "false is an objection; it is respected at once. true does not undo "
            "what the person refused on their own preferences page: only they do, there."
        },
    )
    source = fields.String(metadata={"description": "Where it was given; default `api`."}, allow_none=True)
    text_version = fields.String(metadata={"description": "Which wording was agreed to."}, allow_none=True)
    at = fields.AwareDateTime(metadata={"description": "Default: when it was observed."}, allow_none=True)


class ObservedAttribute(Schema):
    value = fields.Raw(
        required=True, metadata={"description": "Text, number, boolean, or a list of these."}, allow_none=True
    )
    source = fields.String(allow_none=True)
    observed_at = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)


class CustomerIn(Schema):
    """What is left out stays as it is; null deletes."""

    email = fields.String(metadata={"description": "An address; two customers may share one."}, allow_none=True)
    phone = fields.String(
        metadata={"description": "E.164, or national if `locale` names the region; kept as E.164."}, allow_none=True
    )
    first_name = fields.String(validate=validate.Length(max=200), allow_none=True)
    last_name = fields.String(validate=validate.Length(max=200), allow_none=True)
    locale = fields.String(metadata={"description": "BCP 47, such as fr-CA."}, allow_none=True)
    timezone = fields.String(metadata={"description": "IANA name, such as Europe/Paris."}, allow_none=True)
    attributes = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 64)),
        values=fields.Raw(allow_none=True),
        metadata={
            "description": "Open names. A value is a text, number, boolean or a list of these; null deletes. "
            "`{value, source, observed_at, expires_at}` says more of it."
        },
        allow_none=True,
    )
    consents = fields.List(
        fields.Nested(ConsentIn),
        metadata={"description": "Only ever added to; the same again adds nothing."},
        allow_none=True,
    )
    observed_at = fields.AwareDateTime(
        metadata={"description": "When all this was true. Default now; the future becomes now. The latest wins."},
        allow_none=True,
    )


class NamedCustomerIn(CustomerIn):
    external_id = fields.String(required=True, validate=validate.Length(1, 200))


class CustomersIn(Schema):
    customers = fields.List(fields.Nested(NamedCustomerIn), required=True, validate=validate.Length(max=MOST_CUSTOMERS))


class RefusedItem(Schema):
    index = fields.Integer(required=True, metadata={"description": "Its place in the list, from 0."})
    detail = fields.String(required=True)


class CustomersTaken(Schema):
    created = fields.Integer(required=True)
    merged = fields.Integer(required=True)
    refused = fields.List(fields.Nested(RefusedItem), required=True)


class AttributeOut(Schema):
    value = fields.Raw(required=True)
    source = fields.String(required=True)
    observed_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)


class ConsentOut(Schema):
    purpose = fields.String(required=True)
    granted = fields.Boolean(required=True)
    source = fields.String(required=True)
    text_version = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)


class LatestNps(Schema):
    value = fields.Integer(required=True)
    category = fields.String(required=True, validate=validate.OneOf(("detractor", "passive", "promoter")))
    at = fields.AwareDateTime(required=True)


class LatestScore(Schema):
    value = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)


class LatestScores(Schema):
    nps = fields.Nested(LatestNps, required=True, allow_none=True)
    csat = fields.Nested(LatestScore, required=True, allow_none=True)
    ces = fields.Nested(LatestScore, required=True, allow_none=True)


class LatestSentiment(Schema):
    label = fields.String(required=True, validate=validate.OneOf(("negative", "neutral", "positive")))
    score = fields.Float(required=True, validate=validate.Range(-1, 1))
    at = fields.AwareDateTime(required=True)


class LatestPersona(Schema):
    key = fields.String(required=True)
    confidence = fields.Float(required=True, metadata={"description": "Support, not a probability."}, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)


class ContactOut(Schema):
    allowed = fields.Boolean(required=True)
    reason = fields.String(required=True, metadata={"description": "Why not."}, allow_none=True)
    next_allowed_at = fields.AwareDateTime(required=True, allow_none=True)
    sent_last_7_days = fields.Integer(required=True)
    paused_until = fields.AwareDateTime(required=True, allow_none=True)
    frequency = fields.String(
        required=True,
        metadata={
            "enum": list(FREQUENCIES),
            "description": "The customer's own limit: one mail in 7, 31 or 92 days; usual: the workspace's cap alone.",
        },
    )
    unsubscribed_at = fields.AwareDateTime(required=True, allow_none=True)


class BelongsTo(Schema):
    key = fields.String(required=True)
    since = fields.AwareDateTime(required=True)


class CustomerOut(Schema):
    id = fields.UUID(required=True)
    external_id = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    first_name = fields.String(required=True, allow_none=True)
    last_name = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True, allow_none=True)
    timezone = fields.String(required=True, allow_none=True)
    attributes = fields.Dict(keys=fields.String(), values=fields.Nested(AttributeOut), required=True)
    consents = fields.List(fields.Nested(ConsentOut), required=True)
    scores = fields.Nested(LatestScores, required=True)
    sentiment = fields.Nested(LatestSentiment, required=True, allow_none=True)
    persona = fields.Nested(LatestPersona, required=True, allow_none=True)
    value = fields.Nested(ValueOut, required=True)
    segments = fields.List(
        fields.Nested(BelongsTo),
        required=True,
        metadata={"description": "Those they belong to: seconds behind what is known of them."},
    )
    contact = fields.Nested(ContactOut, required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class ErasureOut(Schema):
    id = fields.UUID(required=True)
    requested_at = fields.AwareDateTime(required=True)
    due_at = fields.AwareDateTime(required=True, metadata={"description": "One calendar month later."})
    done_at = fields.AwareDateTime(
        required=True,
        metadata={"description": "When the last of it was cleared away; null: under way."},
        allow_none=True,
    )


EXAMPLE: dict[str, Any] = {
    "email": "camille@example.com",
    "first_name": "Camille",
    "locale": "fr-FR",
    "timezone": "Europe/Paris",
    "attributes": {
        "plan": "gold",
        "buys_for": {"value": "self", "source": "crm", "expires_at": "2027-01-01T00:00:00Z"},
    },
    "consents": [{"purpose": "surveys", "granted": True, "source": "checkout", "text_version": "2026-01"}],
}


@routes.put(
    "/customers/<anything:external_id>",
    scopes=("ingest",),
    body=CustomerIn,
    read_by_view=True,
    answers={200: CustomerOut, 201: CustomerOut},
    example=EXAMPLE,
)
def put_customer(call: Call, external_id: str) -> Any:
    """Create or merge a customer.

    Each attribute and field keeps the value observed last; what is left out stays, null deletes.
    """
    try:
        external_id = read_id(external_id)
        customer = read_customer(call.body, now=call.now, external_id=external_id)
    except ValueRefused as refused:
        raise unprocessable("/external_id", str(refused)) from refused
    except InputRefused as refused:
        raise refusal(refused.faults) from refused
    taken = intake.take_customers(
        workspace_id=call.workspace_id, customers=[customer], secret=call.secret, now=call.now
    )[external_id]
    document = customer_documents(workspace_id=call.workspace_id, ids=[taken.id], now=call.now)[taken.id]
    return Reply(document, 201 if taken.created else 200)


@routes.get(
    "/customers/<anything:external_id>",
    scopes=("ingest", "alerts", "export"),
    answers={200: CustomerOut},
    refuses=(404,),
)
def get_customer(call: Call, external_id: str) -> Any:
    """Read one customer's profile."""
    customer_id = intake.find_customer_id(workspace_id=call.workspace_id, external_id=external_id)
    documents = (
        customer_documents(workspace_id=call.workspace_id, ids=[customer_id], now=call.now) if customer_id else {}
    )
    if customer_id is None or customer_id not in documents:
        raise Problem(404, "There is no such customer.")
    return documents[customer_id]


@routes.delete(
    "/customers/<anything:external_id>",
    scopes=("ingest", "admin"),
    answers={202: ErasureOut},
    refuses=(404,),
)
def delete_customer(call: Call, external_id: str) -> Any:
    """Erase the person: at once for every reader, and soon from files too.

    Figures stay as they are; the export tells the deletion. The same again is answered the same.
    """
    erasure = erasing.erase(
        workspace_id=call.workspace_id,
        external_id=external_id,
        by=f"key:{call.bearer.key_id}",
        secret=call.secret,
        now=call.now,
    )
    if erasure is None:
        raise Problem(404, "There is no such customer.")
    return Reply(_erasure_document(erasure), 202)


@routes.get(
    "/erasures/<uuid:erasure_id>", scopes=("ingest", "admin", "export"), answers={200: ErasureOut}, refuses=(404,)
)
def get_erasure(call: Call, erasure_id: UUID) -> Any:
    """See whether an erasure is done, and by when the law wants it."""
    erasure = erasing.find(workspace_id=call.workspace_id, erasure_id=erasure_id)
    if erasure is None:
        raise Problem(404, "There is no such erasure.")
    return _erasure_document(erasure)


@routes.post(
    "/customers",
    scopes=("ingest",),
    body=CustomersIn,
    read_by_view=True,
    apart="customers",
    bulk=True,
    creates=True,
    answers={200: CustomersTaken},
    example={"customers": [{"external_id": "C-1001", **EXAMPLE}]},
)
def post_customers(call: Call) -> Any:
    """Create or merge up to 1,000 customers.

    Those that can't be taken are refused one by one, the others are kept.
    """
    documents = list_in(call.body, "customers", MOST_CUSTOMERS)
    read, refused = [], []
    for index, document in enumerate(documents):
        try:
            read.append(read_customer(document, now=call.now))
        except InputRefused as error:
            refused.append({"index": index, "detail": str(error)})
    taken = intake.take_customers(workspace_id=call.workspace_id, customers=read, secret=call.secret, now=call.now)
    created = sum(one.created for one in taken.values())
    return {"created": created, "merged": len(read) - created, "refused": refused}


def _erasure_document(erasure: Erasure) -> dict[str, Any]:
    return {
        "id": erasure.id,
        "requested_at": erasure.requested_at,
        "due_at": erasure.due_at,
        "done_at": erasure.done_at,
    }


def list_in(body: dict[str, Any], name: str, most: int) -> list[Any]:
    """Return the list that a bulk body holds under `name`, and nothing else. Raises Problem (422)."""
    for other in body.keys() - {name}:
        raise unprocessable(f"/{other}", "is no field of this document")
    items = body.get(name)
    if not isinstance(items, list):
        raise unprocessable(f"/{name}", "must be a list")
    if len(items) > most:
        raise unprocessable(f"/{name}", f"holds {len(items)}; {most} at most go into one call")
    return items
