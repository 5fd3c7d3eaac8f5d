"""The rows of the invented company while they are made, and how they are written: one statement a table."""

from __future__ import annotations

from collections import Counter as Sums
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from vocapp.domain.purchases import Order
from vocapp.models import (
    Alert,
    AlertMove,
    Attribute,
    Consent,
    Contact,
    Counter,
    Customer,
    Event,
    Fact,
    Invitation,
    LedgerEntry,
    Response,
    Signal,
    ThemeMention,
    db,
)
from vocapp.models.base import Base
from vocapp.models.bulk import insert_many
from vocapp.models.feed import changed
from vocapp.models.summaries import fill
from vocapp.services.counting import circumstances

Row = dict[str, Any]


@dataclass(slots=True)
class Book:
    """Everything that is to be written, by table. Rows may lack what is null."""

    workspace_id: int
    customers: list[Row] = field(default_factory=list)
    attributes: list[Row] = field(default_factory=list)
    consents: list[Row] = field(default_factory=list)
    contacts: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    invitations: list[Row] = field(default_factory=list)
    ledger: list[Row] = field(default_factory=list)
    responses: list[Row] = field(default_factory=list)
    mentions: list[Row] = field(default_factory=list)
    signals: list[Row] = field(default_factory=list)
    alerts: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)
    facts: list[Row] = field(default_factory=list)
    bought: list[Order] = field(default_factory=list)
    """Not rows yet: they are taken in as a file of them would be."""
    counts: Sums[tuple[Any, ...]] = field(default_factory=Sums)
    """By survey, version, day, place, channel, question, bucket."""

    def write(self) -> None:
        """Write it all in the running transaction, and note it in the feed."""
        self._count_circumstances()
        for model, rows in (
            (Customer, self.customers),
            (Attribute, self.attributes),
            (Consent, self.consents),
            (Contact, self.contacts),
            (Event, self.events),
            (Invitation, self.invitations),
            (LedgerEntry, self.ledger),
            (Response, self.responses),
            (ThemeMention, self.mentions),
            (Alert, self.alerts),
            (Signal, self.signals),
            (AlertMove, self.moves),
            (Fact, self.facts),
            (Counter, self._counters()),
        ):
            self._insert(model, rows)
        fill.run(db.session.connection(), workspace_id=self.workspace_id)
        for stream, rows in (
            ("customers", self.customers),
            ("events", self.events),
            ("consents", self.consents),
            ("responses", self.responses),
            ("alerts", self.alerts),
        ):
            changed(stream, [row["id"] for row in rows], workspace_id=self.workspace_id)

    def _insert(self, model: type[Base], rows: list[Row]) -> None:
        """Insert rows, those of one shape together: a null in JSON is not SQL's NULL, so nulls are left out."""
        shapes: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows:
            kept = {"workspace_id": self.workspace_id, **{key: one for key, one in row.items() if one is not None}}
            shapes[tuple(sorted(kept))].append(kept)
        for alike in shapes.values():
            insert_many(model, alike)

    def _count_circumstances(self) -> None:
        """Count what responses count beside their answers; messages are counted by the clock."""
        for row in self.responses:
            if row.get("counted_on") is None:
                continue
            pairs = circumstances(
                started_at=row["started_at"],
                completed_at=row.get("completed_at"),
                pages=len(row["pages"]),
                persona=row.get("persona"),
                scores={one: row[one] for one in ("nps", "csat", "ces") if row.get(one) is not None},
            )
            base = (row["survey_key"], row["survey_version"], row["counted_on"], row["place"] or "", row["channel"])
            self.counts.update((*base, *pair) for pair in pairs)

    def _counters(self) -> list[Row]:
        names = ("survey_key", "survey_version", "day", "place", "channel", "question", "bucket")
        return [{**dict(zip(names, key, strict=True)), "n": n} for key, n in sorted(self.counts.items(), key=str)]
