"""What a segment's rule may look at: each name, and where a portrait holds it.

To give segments a new variable: its line here, and its value among the facts (`services/portraits.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from vocapp.domain.rules import variables

Kind = Literal["number", "text", "boolean", "anything", "time", "days"]
"""`time`: a text to rules, kept as microseconds; `days`: how many whole days ago such a time was."""

ATTRIBUTES: Final = "customer.attributes."
CONSENTS: Final = "consent."


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    kind: Kind
    key: str
    """Under which a portrait's facts hold it."""
    column: str | None = None
    """Of a portrait, which holds it, too: to look a key up among the facts takes seven times as long. Each number and
    each time of ours has one (docs/decisions/014)."""
    indexed: bool = False
    """That column has an index. What has none, and equals a literal, is asked of the index over all facts."""
    of_record: bool = False
    """It stands in the one record of the customer, which whoever sees them may read; anything else was said or happened
    at some place, and belongs to that (docs/decisions/016)."""


def _timed(root: str, key: str, column: str, *, of_record: bool = False) -> tuple[Variable, Variable]:
    return (
        Variable(f"{root}.at", "time", f"{key}.at", column, of_record=of_record),
        Variable(f"{root}.days", "days", f"{key}.at", column, of_record=of_record),
    )


def _score(name: str, *, indexed: bool = False) -> Iterator[Variable]:
    for spelling in (f"scores.{name}", f"scores.{name}.value"):
        yield Variable(spelling, "number", name, name, indexed)
    yield from _timed(f"scores.{name}", name, f"{name}_at")


VARIABLES: Final[dict[str, Variable]] = {
    variable.name: variable
    for variable in (
        *(
            Variable(f"customer.{field}", "text", field, of_record=True)
            for field in ("external_id", "email", "phone", "first_name", "last_name", "locale", "timezone")
        ),
        *_score("nps", indexed=True),
        Variable("scores.nps.category", "text", "nps.category"),
        *_score("csat"),
        *_score("ces"),
        Variable("sentiment.label", "text", "sentiment"),
        Variable("sentiment.score", "number", "sentiment.score", "sentiment_score"),
        *_timed("sentiment", "sentiment", "sentiment_at"),
        # not of the record either: a persona may be one by a score, and is chosen as something is answered, anywhere
        Variable("persona.key", "text", "persona", "persona_key", indexed=True),
        Variable("persona.confidence", "number", "persona.confidence", "persona_confidence"),
        *_timed("persona", "persona", "persona_at"),
        Variable("place.key", "text", "place", "place_key", indexed=True),
        Variable("place.path", "text", "place.path"),
        # amounts in the currency's smallest unit, net of refunds; `months`: in a row, up to the last purchase's
        *(
            Variable(f"value.{name}", "number", f"v.{name}", name, of_record=True)
            for name in ("orders", "months", "revenue_minor", "refunded_minor", "basket_minor")
        ),
        # not of the record: an ambassador is one by the score that was given last, anywhere
        Variable("value.stage", "text", "v.stage", "stage", indexed=True),
        *_timed("value.first", "v.first", "first_order_at", of_record=True),
        *_timed("value.last", "v.last", "last_order_at", of_record=True),
    )
}
"""Name → where it stands; below `customer.attributes` and `consent` names are open."""
COLUMNS: Final = {variable.column: variable.key for variable in VARIABLES.values() if variable.column}
"""What a portrait holds twice: column → the key among its facts."""


def find_variable(name: str) -> Variable:
    """Return what a checked rule means by a name."""
    if name.startswith(ATTRIBUTES):
        return Variable(name, "anything", f"a:{name.removeprefix(ATTRIBUTES)}", of_record=True)
    if name.startswith(CONSENTS):
        return Variable(name, "boolean", f"c:{name.removeprefix(CONSENTS)}", of_record=True)
    return VARIABLES[name]


def looks_at_time(rule: Any) -> bool:
    """Say whether time alone can change what a checked rule says of somebody."""
    return any(find_variable(name).kind == "days" for name in variables(rule))


def keeps_to_record(rule: Any) -> bool:
    """Say whether a checked rule looks at the record of a customer only, and at nothing that was said or happened."""
    return all(find_variable(name).of_record for name in variables(rule))


def microseconds(at: datetime) -> int:
    """Return a time as a portrait keeps it: whole microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def age_in_days(at: datetime, now: datetime) -> int:
    """Return how many whole days ago that was; 0 for what is yet to come."""
    return max(0, (now - at) // timedelta(days=1))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
