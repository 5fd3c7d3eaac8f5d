"""Segments as staff look at them: how many of whom they may see belong, who came and went, and who belongs.

Who works for a part of the company sees those segments whose rule keeps to the customer's record: of another, that
somebody belongs to it tells what they said elsewhere (docs/decisions/016). To them it is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import and_, exists, func, literal, select, tuple_, union_all

from vocapp.models import Attribute, Customer, CustomerValue, Membership, PortraitRow, SegmentRow, db
from vocapp.models.types import UtcTime, Uuid
from vocapp.services.browsing import feed, felt, people
from vocapp.services.browsing.names import Names
from vocapp.services.browsing.voices import Score, scores_of
from vocapp.services.segmenting import open_to
from vocapp.services.staff import Scope

PAGE_SIZE: Final = 50
A_BATCH: Final = 1000
MOST_ATTRIBUTES: Final = 100
_LOOKED_AT: Final = 5000
"""Attributes in which the names that a workspace uses are looked for."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A segment, with the part of it that may be seen."""

    row: SegmentRow
    members: int
    joined: int
    """Since a moment, and still there."""
    left: int
    """Since the same moment, and not back."""

    @property
    def up_to_date(self) -> bool:
        """Say whether everybody was asked by the rule as it is now."""
        return self.row.renewed_version == self.row.version


@dataclass(frozen=True, slots=True)
class Member:
    names: Names
    scores: tuple[Score, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class MemberPage:
    members: list[Member]
    next: feed.Place | None


class Move(NamedTuple):
    names: Names
    at: datetime
    what: Literal["joined", "left"]


@dataclass(frozen=True, slots=True)
class MovePage:
    moves: list[Move]
    next: feed.Place | None


class Line(NamedTuple):
    """A member as a file has them."""

    external_id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    nps: int | None
    """The last, as far as this part of the company was told."""
    stage: str | None
    last_purchase_at: datetime | None
    since: datetime


def list_segments(*, scope: Scope, since: datetime) -> list[Counted]:
    """Return every segment that may be seen by key, in a constant number of statements."""
    rows = db.session.scalars(select(SegmentRow).where(*open_to(scope)).order_by(SegmentRow.key)).all()
    return _counted(scope, rows, since)


def count_closed(*, scope: Scope) -> int:
    """Return how many segments there are that may not be seen from this part."""
    if scope.places is None:
        return 0
    closed = (SegmentRow.workspace_id == scope.workspace_id, SegmentRow.company_only.is_(True))
    return db.session.scalar(select(func.count()).select_from(SegmentRow).where(*closed)) or 0


def find_segment(*, scope: Scope, key: str, since: datetime) -> Counted | None:
    """Return one segment; None: there is none of this key that may be seen."""
    row = db.session.scalar(select(SegmentRow).where(*open_to(scope), SegmentRow.key == key))
    return None if row is None else _counted(scope, [row], since)[0]


def list_names(*, scope: Scope, keys: Collection[str] | None = None) -> dict[str, Any]:
    """Return what segments that may be seen are called, by key: a text, or one by language. `keys` None: of all."""
    query = select(SegmentRow.key, SegmentRow.definition).where(*open_to(scope))
    if keys is not None:
        query = query.where(SegmentRow.key.in_(keys))
    return {key: definition["name"] for key, definition in db.session.execute(query.order_by(SegmentRow.key))}


def list_members(*, scope: Scope, key: str, before: feed.Place | None) -> MemberPage:
    """Return a page of who belongs to a segment, who joined last first, behind `before`."""
    query = people.visible(
        _with_customer(
            select(*_NAMES, felt.last_nps(scope).label("nps"), Membership.joined_at, Membership.id).where(
                Membership.left_at.is_(None)
            ),
            scope,
            key,
        ),
        scope,
    )
    if before is not None:
        query = query.where(tuple_(Membership.joined_at, Membership.id) < _end(before))
    rows = db.session.execute(
        query.order_by(Membership.joined_at.desc(), Membership.id.desc()).limit(PAGE_SIZE + 1)
    ).all()
    shown = rows[:PAGE_SIZE]
    return MemberPage(
        [Member(Names(*row[:4]), scores_of(nps=row.nps, csat=None, ces=None), row.joined_at) for row in shown],
        feed.Place(shown[-1].joined_at, shown[-1].id) if len(rows) > PAGE_SIZE else None,
    )


def list_moves(*, scope: Scope, key: str, before: feed.Place | None) -> MovePage:
    """Return a page of who joined a segment and who left it, the last first. Of each, the last time only."""
    found = [
        people.visible(
            _with_customer(select(*_NAMES, at.label("at"), Membership.id.label("row_id"), literal(what)), scope, key),
            scope,
        ).where(at.is_not(None))
        for what, at in (("joined", Membership.joined_at), ("left", Membership.left_at))
    ]
    if before is not None:
        # in each part by itself, which its index answers
        found = [
            one.where(tuple_(at, Membership.id) < _end(before))
            for one, at in zip(found, (Membership.joined_at, Membership.left_at), strict=True)
        ]
    newest = [
        select(
            one.order_by(one.selected_columns.at.desc(), one.selected_columns.row_id.desc())
            .limit(PAGE_SIZE + 1)
            .subquery()
        )
        for one in found
    ]
    both = union_all(*newest).subquery()
    rows = db.session.execute(select(both).order_by(both.c.at.desc(), both.c.row_id.desc()).limit(PAGE_SIZE + 1)).all()
    shown = rows[:PAGE_SIZE]
    return MovePage(
        [Move(Names(*row[:4]), row.at, row[6]) for row in shown],
        feed.Place(shown[-1].at, shown[-1].row_id) if len(rows) > PAGE_SIZE else None,
    )


def read_members(*, scope: Scope, key: str) -> Iterator[list[Line]]:
    """Read who belongs to a segment, in batches, in the order in which they first joined."""
    after: UUID | None = None
    while True:
        columns = (
            Customer.external_id, Customer.first_name, Customer.last_name, Customer.email, Customer.phone,
            felt.last_nps(scope).label("nps"), PortraitRow.stage, CustomerValue.last_at, Membership.joined_at,
            Membership.id,
        )  # fmt: skip
        belonging = select(*columns).select_from(Membership).where(Membership.left_at.is_(None))
        query = people.visible(_with_customer(belonging, scope, key), scope)
        for known in (PortraitRow, CustomerValue):
            theirs = and_(known.workspace_id == Membership.workspace_id, known.customer_id == Membership.customer_id)
            query = query.outerjoin(known, theirs)
        if after is not None:
            query = query.where(Membership.id > after)
        rows = db.session.execute(query.order_by(Membership.id).limit(A_BATCH)).all()
        db.session.rollback()  # nothing is held while somebody reads on slowly
        if rows:
            yield [Line(*row[:-1])._replace(stage=felt.stage_for(scope, row.stage, row.nps)) for row in rows]
        if len(rows) < A_BATCH:
            return
        after = rows[-1].id


def list_attributes(*, workspace_id: int) -> list[str]:
    """Return names of attributes that are in use: of some thousands of them."""
    some = select(Attribute.key).where(Attribute.workspace_id == workspace_id).limit(_LOOKED_AT).subquery()
    return list(db.session.scalars(select(some.c.key).distinct().order_by(some.c.key).limit(MOST_ATTRIBUTES)))


_NAMES: Final = (Customer.id, Customer.external_id, Customer.first_name, Customer.last_name)


def _end(place: feed.Place) -> Any:
    return tuple_(literal(place.at, UtcTime()), literal(place.id, Uuid()))


def _with_customer(query: Any, scope: Scope, key: str) -> Any:
    return query.join(
        Customer, and_(Customer.workspace_id == Membership.workspace_id, Customer.id == Membership.customer_id)
    ).where(
        Membership.workspace_id == scope.workspace_id,
        Membership.segment_key == key,
        exists().where(*open_to(scope), SegmentRow.key == Membership.segment_key),
    )


def _counted(scope: Scope, rows: Collection[SegmentRow], since: datetime) -> list[Counted]:
    keys = [row.key for row in rows]
    belongs = Membership.left_at.is_(None)
    members, joined, left = (
        _count(scope, keys, condition)
        for condition in (belongs, and_(belongs, Membership.joined_at >= since), Membership.left_at >= since)
    )
    return [Counted(row, members.get(row.key, 0), joined.get(row.key, 0), left.get(row.key, 0)) for row in rows]


def _count(scope: Scope, keys: Collection[str], condition: Any) -> dict[str, int]:
    query = select(Membership.segment_key, func.count()).where(
        Membership.workspace_id == scope.workspace_id, Membership.segment_key.in_(keys), condition
    )
    if scope.places is not None:
        query = people.visible(
            query.join(
                Customer, and_(Customer.workspace_id == Membership.workspace_id, Customer.id == Membership.customer_id)
            ),
            scope,
        )
    return dict(db.session.execute(query.group_by(Membership.segment_key)).all())
