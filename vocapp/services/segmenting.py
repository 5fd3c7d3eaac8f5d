"""Segments as somebody defines and asks for them: counted before they are kept, kept by key, and their members."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, func, select, text

from vocapp.domain import segments
from vocapp.domain.definitions import DefinitionRefused
from vocapp.domain.rules import Fault
from vocapp.models import Customer, Membership, PortraitRow, SegmentRow, Workspace, db
from vocapp.models.rule_sql import Condition, condition_of
from vocapp.models.segments import open_within
from vocapp.models.sql import Dialect
from vocapp.models.verbatims import asked_anew
from vocapp.services import auditing
from vocapp.services.staff import Scope

MOST_SEGMENTS: Final = 200
"""Active ones in a workspace: each is asked of everybody who changes."""
MOST_KEPT: Final = 1000
"""With those at rest: who left them when is kept for ever."""
EXAMPLES: Final = 5
_ROOM: Final = "8MB"
"""For what an index found of a million: with PostgreSQL's 4 MB it forgets which rows of a page, and reads them all.

With much more it takes an index where to look at everybody is quicker.
"""
MOST_APART: Final = 6
"""Parts of a rule that are counted each by itself, in one look at everybody."""
COUNTED_EVERY: Final = timedelta(minutes=1)
"""Everybody, beside those whom a rule holds for."""


class SegmentNotFound(LookupError):
    """The workspace has no segment of this key."""


class SegmentRefused(ValueError):
    """A segment that can't be kept; each fault has its JSON pointer."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer or 'the document'}: {fault.detail}" for fault in faults[:5]))


@dataclass(frozen=True, slots=True)
class Sized:
    """A segment with how many belong to it now."""

    row: SegmentRow
    members: int

    @property
    def up_to_date(self) -> bool:
        """Say whether everybody was asked by the rule as it is now."""
        return self.row.renewed_version == self.row.version


def put(
    *, workspace_id: int, key: str, definition: Mapping[str, Any], now: datetime, by: str | None = None
) -> tuple[SegmentRow, bool]:
    """Keep a segment; return it, and whether it is new. Who belongs to it is found out after (`following`).

    Raises SegmentRefused.
    """
    said = {name: value for name, value in definition.items() if value is not None}
    faults = [] if said.setdefault("key", key) == key else [Fault("/key", f"is another one than {key}")]
    try:
        segments.read(said, kept=said.get("when"))
    except DefinitionRefused as refused:
        faults += refused.faults
    if faults:
        raise SegmentRefused(faults)
    del said["key"]
    # one writer at a time: of two, each would make the same next version
    db.session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update(key_share=True))
    row = db.session.get(SegmentRow, (workspace_id, key), populate_existing=True)
    faults = segments.check_rule(said["when"], pointer="/when", kept=None if row is None else row.definition["when"])
    if faults:
        raise SegmentRefused(faults)
    if row is not None and row.definition == said:
        return row, False
    before = None if row is None else row.definition
    _check_room(workspace_id, before, said)
    if row is None:
        row = SegmentRow(workspace_id=workspace_id, key=key, version=0, created_at=now)
        db.session.add(row)
    row.definition, row.version, row.updated_at = said, row.version + 1, now
    # for good: who left because the rule was changed tells what it asked before
    row.company_only = bool(row.company_only) or not segments.keeps_to_record(said["when"])
    db.session.flush()
    if by is not None:
        auditing.note_change(
            workspace_id=workspace_id,
            by=by,
            action="segment.changed",
            subject=key,
            before=_as_written(before),
            after=_as_written(said),
            now=now,
        )
    return row, before is None


def put_all(*, workspace_id: int, definition: Mapping[str, Any], now: datetime, by: str | None = None) -> list[str]:
    """Keep the segments of a file that was checked; return their keys."""
    for one in definition["segments"]:
        put(workspace_id=workspace_id, key=one["key"], definition=one, now=now, by=by)
    return [one["key"] for one in definition["segments"]]


def find(*, workspace_id: int, key: str) -> Sized | None:
    """Return one segment; None: there is none of this key."""
    row = db.session.get(SegmentRow, (workspace_id, key))
    return None if row is None else Sized(row, _sizes(workspace_id, [key])[key])


def list_all(*, workspace_id: int, after: str = "", limit: int = MOST_SEGMENTS) -> list[Sized]:
    """Return segments by key, behind that of `after`."""
    rows = db.session.scalars(
        select(SegmentRow)
        .where(SegmentRow.workspace_id == workspace_id, SegmentRow.key > after)
        .order_by(SegmentRow.key)
        .limit(limit)
    ).all()
    sizes = _sizes(workspace_id, [row.key for row in rows])
    return [Sized(row, sizes[row.key]) for row in rows]


def open_to(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions on `SegmentRow` under which one may see who belongs to it (docs/decisions/016)."""
    return open_within(workspace_id=scope.workspace_id, places=scope.places)


def list_open(*, scope: Scope) -> frozenset[str]:
    """Return the keys of the segments of which one may know who belongs to them."""
    return frozenset(db.session.scalars(select(SegmentRow.key).where(*open_to(scope))))


def list_definitions(*, workspace_id: int) -> dict[str, dict[str, Any]]:
    """Return by key how each segment is defined, those at rest, too."""
    rows = select(SegmentRow.key, SegmentRow.definition).where(SegmentRow.workspace_id == workspace_id)
    return dict(db.session.execute(rows).all())


def is_active(definition: Mapping[str, Any]) -> bool:
    """Say whether anybody can belong to a segment that is defined so."""
    return definition.get("active", True) is True


@dataclass(frozen=True, slots=True)
class Member:
    membership_id: UUID
    customer_id: UUID
    external_id: str
    first_name: str | None
    last_name: str | None
    since: datetime


def list_members(*, workspace_id: int, key: str, after: UUID | None = None, limit: int) -> list[Member]:
    """Return who belongs to a segment, in the order in which they first joined, behind a membership."""
    query = (
        select(
            Membership.id,
            Membership.customer_id,
            Customer.external_id,
            Customer.first_name,
            Customer.last_name,
            Membership.joined_at,
        )
        .join(
            Customer,
            (Customer.workspace_id == Membership.workspace_id) & (Customer.id == Membership.customer_id),
        )
        .where(Membership.workspace_id == workspace_id, Membership.segment_key == key, Membership.left_at.is_(None))
        .order_by(Membership.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Membership.id > after)
    return [Member(*row) for row in db.session.execute(query)]


# ── before it is kept


@dataclass(frozen=True, slots=True)
class Preview:
    count: int
    of: int
    """All customers whom a rule can be asked of."""
    examples: list[tuple[UUID, str]]
    """(id, outside id) of a few."""


def preview(*, workspace_id: int, rule: Any, now: datetime, examples: int = EXAMPLES, kept: Any = None) -> Preview:
    """Count whom a rule holds for, as of the portraits. Raises SegmentRefused, its pointers beginning at `/when`.

    `kept`: the rule of the segment that is looked at, which may compare with what can't be.
    """
    faults = segments.check_rule(rule, pointer="/when", kept=kept)
    if faults:
        raise SegmentRefused(faults)
    condition = compile_rule(rule, now=now)
    found = count(workspace_id=workspace_id, condition=condition)
    some: Sequence[Any] = ()
    if found and examples:
        some = db.session.execute(
            text(f"""
                select cast(c.id as text), c.external_id from portraits p
                join customers c on c.workspace_id = p.workspace_id and c.id = p.customer_id
                where p.workspace_id = :workspace_id and {condition.sql} limit {int(examples)}
            """),
            {"workspace_id": workspace_id, **condition.parameters},
        ).all()
    return Preview(
        count=found,
        of=max(found, _total(workspace_id, now)),
        examples=[(UUID(one), external_id) for one, external_id in some],
    )


def count(*, workspace_id: int, condition: Condition) -> int:
    """Count the portraits that a condition holds for."""
    sql = text(f"select count(*) from portraits p where p.workspace_id = :workspace_id and {condition.sql}")
    with asked_anew(work_mem=_ROOM):
        return int(db.session.execute(sql, {"workspace_id": workspace_id, **condition.parameters}).scalar_one())


def count_apart(*, workspace_id: int, rules: Sequence[Any], now: datetime) -> list[int]:
    """Count whom each of some checked rules holds for by itself, of the first MOST_APART, in one statement."""
    conditions = [compile_rule(rule, now=now, prefix=f"part_{n}") for n, rule in enumerate(rules[:MOST_APART])]
    counts = ", ".join(f"count(*) filter (where {one.sql}) as n_{n}" for n, one in enumerate(conditions))
    parameters: dict[str, Any] = {"workspace_id": workspace_id}
    for one in conditions:
        parameters |= one.parameters
    sql = text(f"select {counts} from portraits p where p.workspace_id = :workspace_id")
    return [int(found) for found in db.session.execute(sql, parameters).one()]


def compile_rule(rule: Any, *, now: datetime, prefix: str = "rule") -> Condition:
    """Return a checked rule as SQL for the database that is spoken to."""
    return condition_of(rule, d=Dialect(db.session.get_bind().dialect.name), now=now, prefix=prefix)


_totals: dict[tuple[Any, int], tuple[datetime, int]] = {}


def _total(workspace_id: int, now: datetime) -> int:
    """Count whom a rule can be asked of; while somebody edits one, as of a minute ago."""
    name = (db.engine, workspace_id)
    at, total = _totals.get(name, (None, 0))
    if at is None or not at <= now < at + COUNTED_EVERY or not total:
        everybody = select(func.count()).select_from(PortraitRow).where(PortraitRow.workspace_id == workspace_id)
        total = db.session.scalar(everybody) or 0
        _totals[name] = (now, total)
    return total


def _check_room(workspace_id: int, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    """Raise SegmentRefused where there is no room for one more that is active, or at all."""
    if before is not None and (is_active(before) or not is_active(after)):
        return
    others = list_definitions(workspace_id=workspace_id)
    if is_active(after) and sum(map(is_active, others.values())) >= MOST_SEGMENTS:
        raise SegmentRefused([Fault("", f"there are {MOST_SEGMENTS} active segments already; put one of them to rest")])
    if before is None and len(others) >= MOST_KEPT:
        raise SegmentRefused([Fault("", f"there are {MOST_KEPT} segments already; take up one that is at rest")])


def _sizes(workspace_id: int, keys: Collection[str]) -> dict[str, int]:
    sizes = dict.fromkeys(keys, 0)
    rows = db.session.execute(
        select(Membership.segment_key, func.count())
        .where(
            Membership.workspace_id == workspace_id,
            Membership.segment_key.in_(list(keys)),
            Membership.left_at.is_(None),
        )
        .group_by(Membership.segment_key)
    )
    return sizes | dict(rows.all())


def _as_written(definition: Mapping[str, Any] | None) -> dict[str, Any]:
    """Each part by its name; a rule as its text."""
    return {
        name: orjson.dumps(said).decode() if isinstance(said, dict) else said
        for name, said in (definition or {}).items()
    }
