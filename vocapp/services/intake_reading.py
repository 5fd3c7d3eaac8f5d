"""Reading customers and events as they come from outside: by hand, since a thousand may come at once.

The API, the import of files and whatever brings such documents in read them here, so that one rule is one rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vocapp.domain import consent
from vocapp.domain.purchases import Order
from vocapp.domain.rules import Fault, escaped
from vocapp.services.intake_values import (
    LONGEST_ID,
    LONGEST_KEY,
    ValueRefused,
    read_attribute_value,
    read_email,
    read_id,
    read_line,
    read_locale,
    read_past,
    read_phone,
    read_place,
    read_time,
    read_timezone,
    region_of,
    size_of,
)
from vocapp.services.json_reading import Unkept

CORE = ("email", "phone", "first_name", "last_name", "locale", "timezone")
CUSTOMER_FIELDS = frozenset((*CORE, "attributes", "consents", "observed_at", "external_id"))
ATTRIBUTE_FIELDS = frozenset(("value", "source", "observed_at", "expires_at"))
CONSENT_FIELDS = frozenset(("purpose", "granted", "source", "text_version", "at"))
EVENT_FIELDS = frozenset(("id", "event", "occurred_at", "customer", "place", "agent", "properties"))

MOST_ATTRIBUTES = 500
MOST_CONSENTS = 100
MOST_PROPERTIES_BYTES = 32_768


@dataclass(slots=True)
class AttributeInput:
    value: Any
    source: str
    observed_at: datetime
    expires_at: datetime | None


@dataclass(slots=True)
class ConsentInput:
    purpose: str
    granted: bool
    source: str
    text_version: str | None
    at: datetime


@dataclass(slots=True)
class CustomerInput:
    """What was said of one customer. `core` holds only the fields that were named; None there deletes."""

    external_id: str
    observed_at: datetime
    core: dict[str, str | None] = field(default_factory=dict)
    core_seen: dict[str, datetime] = field(default_factory=dict)
    """When a core field was observed, where not at `observed_at`: after several inputs were folded into one."""
    attributes: dict[str, AttributeInput] = field(default_factory=dict)
    consents: list[ConsentInput] = field(default_factory=list)


@dataclass(slots=True)
class EventInput:
    id: str
    name: str
    occurred_at: datetime
    customer: CustomerInput
    place: str | None
    agent: str | None
    properties: dict[str, Any]
    order: Order | None = None
    """What it tells of a purchase (`intake_orders.py`)."""


class InputRefused(ValueError):
    """A document that can't be taken; each fault has its JSON pointer."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{f.pointer or '(the whole)'} {f.detail}" for f in faults[:5]))


def read_customer(
    document: Any,
    *,
    now: datetime,
    external_id: str | None = None,
    observed_at: datetime | None = None,
    source: str = "api",
) -> CustomerInput:
    """Read a customer. `external_id` where it stands elsewhere; `observed_at` where the document names none: else now.

    Raises InputRefused.
    """
    if isinstance(document, Unkept):
        raise InputRefused(document.faults)
    reader = _Reader(now, source)
    read = reader.customer(document, "", external_id, observed_at or now)
    if reader.faults or read is None:
        raise InputRefused(reader.faults)
    return read


def read_event(document: Any, *, now: datetime, source: str = "api") -> EventInput:
    """Read an event. What it says of the customer counts as observed when it happened. Raises InputRefused."""
    try:
        return _plain_event(document, now)
    except _NotPlain:
        return _any_event(document, now, source)


_NOTHING: dict[str, Any] = {}


class _NotPlain(Exception):
    """An event that says more than most, or something wrong."""


def _plain_event(document: Any, now: datetime) -> EventInput:
    """Read what most events are, in one go: they come by the thousand, and every call counts. Raises _NotPlain."""
    try:
        key, name, said = document["id"], document["event"], document["customer"]
        external_id, when = said["external_id"], document["occurred_at"]
        properties = document.get("properties", _NOTHING)
        place, agent = document.get("place"), document.get("agent")
        if not (
            len(said) == 1
            and type(key) is type(name) is type(external_id) is type(when) is str
            and 0 < len(key) <= LONGEST_ID
            and 0 < len(name) <= LONGEST_ID
            and 0 < len(external_id) <= LONGEST_ID
            and (key + name + external_id).isprintable()
            and when[-1:] == "Z"
            and len(when) == 20
            and EVENT_FIELDS.issuperset(document)
            and (properties is _NOTHING or type(properties) is dict)
            and agent is None
        ):
            raise _NotPlain
        if place is not None:
            read_place(place)
        if properties and size_of(properties) > MOST_PROPERTIES_BYTES:
            raise _NotPlain
        at = read_time(when)
    except (KeyError, TypeError, AttributeError, ValueRefused) as error:
        raise _NotPlain from error
    at = min(at, now)
    return EventInput(key, name, at, CustomerInput(external_id, at), place, None, properties or {})


def _any_event(document: Any, now: datetime, source: str) -> EventInput:
    if isinstance(document, Unkept):
        raise InputRefused(document.faults)
    if type(document) is not dict:
        raise InputRefused([Fault("", "must be a JSON object")])
    reader = _Reader(now, source)
    if not EVENT_FIELDS.issuperset(document):
        reader.unknown(document, EVENT_FIELDS, "")
    key = reader.value(read_id, document.get("id"), "/id")
    name = reader.value(read_id, document.get("event"), "/event")
    occurred_at = reader.value(read_time, document.get("occurred_at"), "/occurred_at")
    at = now if occurred_at is None or occurred_at > now else occurred_at
    place = document.get("place")
    if place is not None:
        place = reader.value(read_place, place, "/place")
    agent = document.get("agent")
    if agent is not None:
        agent = reader.value(read_line, agent, "/agent")
    properties = document.get("properties")
    if properties is None:
        properties = {}
    elif type(properties) is not dict:
        reader.fault("/properties", "must be a JSON object")
    elif size_of(properties) > MOST_PROPERTIES_BYTES:
        reader.fault("/properties", "must take 32 kB at most")
    customer = reader.customer(document.get("customer"), "/customer", None, at)
    if reader.faults or customer is None or key is None or name is None:
        raise InputRefused(reader.faults)
    return EventInput(key, name, at, customer, place, agent, properties)


class _Reader:
    """Collects faults, so that the sender hears of all of them at once."""

    __slots__ = ("faults", "now", "source")

    def __init__(self, now: datetime, source: str) -> None:
        self.now = now
        self.source = source
        self.faults: list[Fault] = []

    def fault(self, pointer: str, detail: str) -> None:
        self.faults.append(Fault(pointer, detail))

    def value(self, read: Callable[..., Any], value: Any, pointer: str, *more: Any) -> Any:
        try:
            return read(value, *more)
        except ValueRefused as refused:
            self.faults.append(Fault(pointer, str(refused)))
            return None

    def unknown(self, document: Mapping[str, Any], known: frozenset[str], pointer: str) -> None:
        for name in document.keys() - known:
            self.fault(f"{pointer}/{escaped(name)}", "is no field of this document")

    def customer(
        self, document: Any, pointer: str, external_id: str | None, observed_at: datetime
    ) -> CustomerInput | None:
        if not isinstance(document, dict):
            self.fault(pointer, "must be a JSON object")
            return None
        if not CUSTOMER_FIELDS.issuperset(document):
            self.unknown(document, CUSTOMER_FIELDS, pointer)
        if external_id is None:
            external_id = self.value(read_id, document.get("external_id"), f"{pointer}/external_id")
        elif document.get("external_id", external_id) != external_id:
            self.fault(f"{pointer}/external_id", "is another one than the address names")
        if document.get("observed_at") is not None:
            observed_at = (
                self.value(read_past, document["observed_at"], f"{pointer}/observed_at", self.now) or observed_at
            )
        customer = CustomerInput(external_id or "", observed_at)
        self.core(document, pointer, customer)
        if document.get("attributes") is not None:
            self.attributes(document["attributes"], f"{pointer}/attributes", customer)
        if document.get("consents") is not None:
            self.consents(document["consents"], f"{pointer}/consents", customer)
        return customer

    def core(self, document: Mapping[str, Any], pointer: str, customer: CustomerInput) -> None:
        core = customer.core
        if "locale" in document:
            core["locale"] = self.value(read_locale, document["locale"], f"{pointer}/locale")
        if "email" in document:
            core["email"] = self.value(read_email, document["email"], f"{pointer}/email")
        if "phone" in document:
            core["phone"] = self.value(read_phone, document["phone"], f"{pointer}/phone", region_of(core.get("locale")))
        for name in ("first_name", "last_name"):
            if name in document:
                core[name] = self.value(read_line, document[name], f"{pointer}/{name}")
        if "timezone" in document:
            core["timezone"] = self.value(read_timezone, document["timezone"], f"{pointer}/timezone")

    def attributes(self, given: Any, pointer: str, customer: CustomerInput) -> None:
        if not isinstance(given, dict):
            self.fault(pointer, "must be a JSON object")
            return
        if len(given) > MOST_ATTRIBUTES:
            self.fault(pointer, f"must hold {MOST_ATTRIBUTES} attributes at most")
            return
        for key, value in given.items():
            place = f"{pointer}/{escaped(key)}"
            if not key.strip() or len(key) > LONGEST_KEY or (not key.isprintable()):
                self.fault(place, f"an attribute's name has 1 to {LONGEST_KEY} printable characters")
            elif isinstance(value, dict):
                self.attribute(key, value, place, customer)
            else:
                read = self.value(read_attribute_value, value, place)
                customer.attributes[key] = AttributeInput(read, self.source, customer.observed_at, None)

    def attribute(self, key: str, given: Mapping[str, Any], pointer: str, customer: CustomerInput) -> None:
        if "value" not in given:
            self.fault(pointer, "an object here needs a `value`: {value, source, observed_at, expires_at}")
            return
        self.unknown(given, ATTRIBUTE_FIELDS, pointer)
        value = self.value(read_attribute_value, given["value"], f"{pointer}/value")
        source = self.value(read_line, given.get("source"), f"{pointer}/source", LONGEST_KEY) or self.source
        observed_at, expires_at = customer.observed_at, None
        if given.get("observed_at") is not None:
            observed_at = self.value(read_past, given["observed_at"], f"{pointer}/observed_at", self.now)
        if given.get("expires_at") is not None:
            expires_at = self.value(read_time, given["expires_at"], f"{pointer}/expires_at")
        customer.attributes[key] = AttributeInput(value, source, observed_at, expires_at)

    def consents(self, given: Any, pointer: str, customer: CustomerInput) -> None:
        if not isinstance(given, list):
            self.fault(pointer, "must be a list")
            return
        if len(given) > MOST_CONSENTS:
            self.fault(pointer, f"must hold {MOST_CONSENTS} consents at most")
            return
        for index, said in enumerate(given):
            place = f"{pointer}/{index}"
            if isinstance(said, dict):
                self.consent(said, place, customer)
            else:
                self.fault(place, "must be a JSON object")

    def consent(self, said: Mapping[str, Any], pointer: str, customer: CustomerInput) -> None:
        self.unknown(said, CONSENT_FIELDS, pointer)
        purpose = self.value(read_line, said.get("purpose"), f"{pointer}/purpose", LONGEST_KEY)
        if purpose is None and not any(fault.pointer == f"{pointer}/purpose" for fault in self.faults):
            self.fault(f"{pointer}/purpose", "must be a text that is not empty")
        granted = said.get("granted")
        if not isinstance(granted, bool):
            self.fault(f"{pointer}/granted", "must be true or false")
            return
        source = self.value(read_line, said.get("source"), f"{pointer}/source") or self.source
        text_version = self.value(read_line, said.get("text_version"), f"{pointer}/text_version")
        at = customer.observed_at
        if said.get("at") is not None:
            at = self.value(read_past, said["at"], f"{pointer}/at", self.now)
        if purpose is not None:
            name = consent.purpose(purpose)[:LONGEST_KEY]
            customer.consents.append(ConsentInput(name, granted, source, text_version, at))
