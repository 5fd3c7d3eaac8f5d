"""The merge of customers: whatever order observations arrive in, what was observed last stays."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vocapp.domain.rules import Fault
from vocapp.models import Attribute, Customer, db, transaction
from vocapp.services import intake, workspaces
from vocapp.services.intake_reading import InputRefused, read_customer, read_event

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
SECRET = b"a secret of the tests"


@pytest.fixture
def workspace_id(db: Any) -> int:
    with transaction():
        return workspaces.create(key="intake", now=NOW)[0].id


def take(workspace_id: int, documents: list[dict[str, Any]]) -> None:
    with transaction():
        intake.take_customers(
            workspace_id=workspace_id,
            customers=[read_customer(document, now=NOW) for document in documents],
            secret=SECRET,
            now=NOW,
        )


_FIELDS = ("email", "first_name", "plan")


def observation(minutes: int, said: dict[str, str | None]) -> dict[str, Any]:
    at = (NOW - timedelta(minutes=1000 - minutes)).isoformat()
    document: dict[str, Any] = {"observed_at": at, "attributes": {}}
    for name, value in said.items():
        if name == "plan":
            document["attributes"]["plan"] = value
        else:
            document[name] = value
    return document


_SAID = st.dictionaries(
    st.sampled_from(_FIELDS),
    st.none() | st.sampled_from(["a@vocapp.test", "b@vocapp.test", "c@vocapp.test"]),
    max_size=3,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(_SAID, min_size=1, max_size=5),
    data=st.data(),
)
def test_the_order_of_arrival_and_of_batches_does_not_matter(
    workspace_id: int, said: list[dict[str, str | None]], data: st.DataObject
) -> None:
    observations = [observation(minutes, one) for minutes, one in enumerate(said)]
    order = data.draw(st.permutations(observations))
    cut = data.draw(st.integers(0, len(order)))
    name = uuid4().hex
    for batch in (order[:cut], order[cut:]):
        take(workspace_id, [{**document, "external_id": name} for document in batch])
    expected: dict[str, str | None] = dict.fromkeys(_FIELDS)
    for one in said:
        expected |= one
    db.session.rollback()
    customer = db.session.query(Customer).filter_by(external_id=name).one()
    held = db.session.get(Attribute, (workspace_id, customer.id, "plan"))
    assert (customer.email, customer.first_name) == (expected["email"], expected["first_name"])
    assert (held.value if held else None) == expected["plan"]


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(document=_JSON)
def test_reading_refuses_and_never_breaks(document: Any) -> None:
    for read in (read_customer, read_event):
        with suppress(InputRefused):
            read(document, now=NOW)


@given(
    document=st.fixed_dictionaries(
        {"external_id": st.just("C")},
        optional={
            "email": _JSON,
            "phone": _JSON,
            "locale": _JSON,
            "timezone": _JSON,
            "first_name": _JSON,
            "attributes": _JSON,
            "consents": st.lists(st.dictionaries(st.sampled_from(["purpose", "granted", "at", "source"]), _JSON)),
            "observed_at": _JSON,
        },
    )
)
def test_every_field_is_read_or_refused(document: Any) -> None:
    faults: list[Fault] = []
    try:
        read = read_customer(document, now=NOW)
    except InputRefused as refused:
        faults = refused.faults
    else:
        assert read.observed_at <= NOW
    assert all(fault.pointer.startswith("/") and fault.detail for fault in faults)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("2026-03-01T08:00:00Z", "2026-03-01T08:00:00.000000Z"),
        ("2026-03-01t08:00:00.5z", "2026-03-01T08:00:00.500000Z"),
        ("2026-03-01T08:00:00+02:00", "2026-03-01T06:00:00.000000Z"),
        ("2026-03-01 08:00:00.123456789-00:30", "2026-03-01T08:30:00.123456Z"),
    ],
)
def test_times_are_read_in_any_zone_and_written_in_one(text: str, normal: str) -> None:
    read = read_customer({"external_id": "C", "observed_at": text}, now=NOW)
    assert intake.time_text(read.observed_at) == normal
