"""Tags on verbatims: by hand, on one or on all that are found; and by a rule, which is a search.

What a rule put goes where it no longer holds; what a hand put stays; what a hand took off, no rule puts again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from vocapp.domain.searching import read_query
from vocapp.domain.wording import words_in
from vocapp.models import Tag, Tagging, Verbatim, Workspace, db, new_id, on_postgresql
from vocapp.models.types import UtcTime
from vocapp.services import auditing
from vocapp.services.staff import Scope
from vocapp.services.verbatims.filters import VerbatimFilter, as_written, conditions, read_filters

MOST_TAGS: Final = 200
LONGEST_NAME: Final = 60
_NOT_IN_A_RULE: Final = ("tag", "segment", "period")
"""A rule is asked when something is said: what changes without a word being said is no part of it."""


class TagRefused(ValueError):
    """A tag that can't be made or changed so; `code` says why: name, taken, many, rule, words."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the tag can't be kept: {code}")


@dataclass(frozen=True, slots=True)
class Counted:
    """A tag, and how many verbatims of those that may be seen have it."""

    row: Tag
    verbatims: int
    told: bool
    """Whoever asks may know the rule."""

    @property
    def rule(self) -> Mapping[str, str] | None:
        """The rule; None: by hand only, as far as whoever asks may know."""
        return self.row.rule if self.told else None

    @property
    def up_to_date(self) -> bool:
        """Say whether the rule was asked of everything that was said before it."""
        return not self.told or self.row.applied_version == self.row.version


def list_tags(*, scope: Scope) -> list[Tag]:
    """Return the tags by name.

    Who sees a part only is shown none whose rule is about another place, unless it is on something that they see.
    """
    rows = db.session.scalars(select(Tag).where(Tag.workspace_id == scope.workspace_id)).all()
    if not all(_keeps_within(tag, scope) for tag in rows):
        seen = _count(scope)
        rows = [tag for tag in rows if tag.id in seen or _keeps_within(tag, scope)]
    return sorted(rows, key=lambda tag: tag.known_as)


def count_tags(*, scope: Scope) -> list[Counted]:
    """Return the tags by name, each with its verbatims within the scope, and its rule where that is about the scope."""
    counts = _count(scope)
    return [Counted(tag, counts.get(tag.id, 0), _keeps_within(tag, scope)) for tag in list_tags(scope=scope)]


def _count(scope: Scope) -> dict[UUID, int]:
    query = (
        select(Tagging.tag_id, func.count())
        .where(Tagging.workspace_id == scope.workspace_id, Tagging.how != "off")
        .group_by(Tagging.tag_id)
    )
    if scope.places is not None:
        query = query.join(Verbatim, Verbatim.number == Tagging.verbatim).where(Verbatim.place.in_(scope.places))
    return dict(db.session.execute(query).all())


def _keeps_within(tag: Tag, scope: Scope) -> bool:
    """Say whether a tag's rule names no place outside the scope; segments are no part of a rule."""
    rule = tag.rule or {}
    return "place" not in rule or scope.within(rule["place"])


def tags_of(*, workspace_id: int, numbers: Collection[int]) -> dict[int, list[Tag]]:
    """Return the tags of verbatims by their numbers, each by name."""
    found: dict[int, list[Tag]] = {number: [] for number in numbers}
    rows = db.session.execute(
        select(Tagging.verbatim, Tag)
        .join(Tag, (Tag.workspace_id == Tagging.workspace_id) & (Tag.id == Tagging.tag_id))
        .where(Tagging.workspace_id == workspace_id, Tagging.verbatim.in_(list(numbers)), Tagging.how != "off")
    )
    for number, tag in rows:
        found[number].append(tag)
    return {number: sorted(tags, key=lambda tag: tag.known_as) for number, tags in found.items()}


def told_of(*, workspace_id: int, customer_id: UUID, most: int) -> list[dict[str, Any]]:
    """Return what staff put to one person's words, for that person, the newest first."""
    rows = db.session.execute(
        select(Tag.name, Tagging.at, Tagging.how, Verbatim.question, Verbatim.answered_at)
        .join(Tagging, (Tagging.workspace_id == Tag.workspace_id) & (Tagging.tag_id == Tag.id))
        .join(Verbatim, Verbatim.number == Tagging.verbatim)
        .where(Verbatim.workspace_id == workspace_id, Verbatim.customer_id == customer_id, Tagging.how != "off")
        .order_by(Tagging.at.desc())
        .limit(most)
    )
    return [
        {"tag": name, "put_at": at, "by_rule": how == "rule", "question": question, "answered_at": answered_at}
        for name, at, how, question, answered_at in rows
    ]


# ── the tags themselves


def make(*, workspace_id: int, name: str, by: str, now: datetime, rule: Mapping[str, str] | None = None) -> Tag:
    """Make a tag. Raises TagRefused."""
    shown, known_as = _read_name(name)
    _one_writer(workspace_id)
    if len(list_tags(scope=Scope(workspace_id))) >= MOST_TAGS:
        raise TagRefused("many")
    _free(workspace_id, known_as)
    tag = Tag(
        workspace_id=workspace_id,
        id=new_id(),
        name=shown,
        known_as=known_as,
        rule=None,
        version=0,
        applied_version=0,
        made_by=by[:320],
        made_at=now,
    )
    _set_rule(tag, rule)
    db.session.add(tag)
    db.session.flush()
    auditing.note(
        workspace_id=workspace_id,
        by=by,
        action="tag.made",
        subject=shown,
        after={"rule": _said(tag.rule)} if tag.rule else None,
        now=now,
    )
    return tag


def rename(*, workspace_id: int, tag_id: UUID, name: str, by: str, now: datetime) -> Tag | None:
    """Give a tag another name; None: there is none. Raises TagRefused."""
    shown, known_as = _read_name(name)
    _one_writer(workspace_id)
    tag = _find(workspace_id, tag_id)
    if tag is not None and shown != tag.name:
        if known_as != tag.known_as:
            _free(workspace_id, known_as)
        auditing.note(
            workspace_id=workspace_id,
            by=by,
            action="tag.renamed",
            subject=tag.name,
            before={"name": tag.name},
            after={"name": shown},
            now=now,
        )
        tag.name, tag.known_as = shown, known_as
        db.session.flush()
    return tag


def rule(*, workspace_id: int, tag_id: UUID, filters: Mapping[str, str] | None, by: str, now: datetime) -> Tag | None:
    """Let a search put a tag from now on, and to what was said before; None for `filters`: by hand only.

    None: there is no such tag. Raises TagRefused.
    """
    _one_writer(workspace_id)
    tag = _find(workspace_id, tag_id)
    if tag is not None:
        before = _said(tag.rule)
        _set_rule(tag, filters)
        db.session.flush()
        auditing.note_change(
            workspace_id=workspace_id,
            by=by,
            action="tag.ruled",
            subject=tag.name,
            before={"rule": before},
            after={"rule": _said(tag.rule)},
            now=now,
        )
    return tag


def remove(*, workspace_id: int, tag_id: UUID, by: str, now: datetime) -> bool:
    """Remove a tag from everything; say whether there was one."""
    tag = _find(workspace_id, tag_id)
    if tag is None:
        return False
    name = tag.name
    db.session.delete(tag)
    db.session.flush()
    auditing.note(workspace_id=workspace_id, by=by, action="tag.removed", subject=name, now=now)
    return True


# ── on verbatims


def put(
    *, scope: Scope, tag_id: UUID, wanted: VerbatimFilter | None, numbers: Collection[int] = (), by: str, now: datetime
) -> int | None:
    """Put a tag by hand to all that is found, or to some verbatims; return to how many, None: there is no such tag."""
    tag = _seen(scope, tag_id)
    if tag is None:
        return None
    n = _write(_these(scope, wanted, numbers), scope.workspace_id, tag_id, "hand", by, now)
    if wanted is not None:
        _note(tag, action="tag.put", n=n, by=by, now=now)
    return n


def take_off(
    *, scope: Scope, tag_id: UUID, wanted: VerbatimFilter | None, numbers: Collection[int] = (), by: str, now: datetime
) -> int | None:
    """Take a tag off all that is found, or off some; return off how many, None: there is no such tag."""
    tag = _seen(scope, tag_id)
    if tag is None:
        return None
    found = db.session.execute(
        update(Tagging)
        .where(
            Tagging.workspace_id == scope.workspace_id,
            Tagging.tag_id == tag_id,
            Tagging.how != "off",
            Tagging.verbatim.in_(select(Verbatim.number).where(*_these(scope, wanted, numbers))),
        )
        .values(how="off", at=now, by=by[:320])
        .execution_options(synchronize_session=False)
    )
    n = int(found.rowcount)  # type: ignore[attr-defined]
    if wanted is not None:
        _note(tag, action="tag.taken_off", n=n, by=by, now=now)
    return n


def tag_by_rules(*, workspace_id: int, numbers: Sequence[int], now: datetime) -> None:
    """Ask every rule of verbatims that are new or were corrected."""
    if numbers:
        for tag in db.session.scalars(select(Tag).where(Tag.workspace_id == workspace_id, Tag.rule.is_not(None))):
            _apply(tag, now, Verbatim.number.in_(list(numbers)))


def list_to_apply(*, workspace_id: int) -> list[UUID]:
    """Return the tags whose rule was not yet asked of what was said before."""
    return list(
        db.session.scalars(select(Tag.id).where(Tag.workspace_id == workspace_id, Tag.applied_version != Tag.version))
    )


def apply(*, workspace_id: int, tag_id: UUID, now: datetime) -> None:
    """Ask a tag's rule of everything that was said; who calls this holds the lock of who lays it out."""
    tag = db.session.scalars(
        select(Tag).where(Tag.workspace_id == workspace_id, Tag.id == tag_id).with_for_update()
    ).one_or_none()
    if tag is None:
        return
    _apply(tag, now, Verbatim.workspace_id == workspace_id)
    tag.applied_version = tag.version
    db.session.flush()


def _apply(tag: Tag, now: datetime, among: ColumnElement[bool]) -> None:
    scope = Scope(tag.workspace_id)
    found: list[ColumnElement[bool]] = [literal(value=False)]
    if tag.rule is not None:
        zone = db.session.get_one(Workspace, tag.workspace_id).timezone
        found = [among, *conditions(scope, read_filters(tag.rule, zone=zone, now=now))]
    of_rule = (Tagging.workspace_id == tag.workspace_id, Tagging.tag_id == tag.id, Tagging.how == "rule")
    db.session.execute(
        delete(Tagging)
        .where(
            *of_rule,
            Tagging.verbatim.in_(select(Verbatim.number).where(among)),
            Tagging.verbatim.not_in(select(Verbatim.number).where(*found)),
        )
        .execution_options(synchronize_session=False)
    )
    if tag.rule is not None:
        _write(found, tag.workspace_id, tag.id, "rule", None, now)


def _write(
    found: Sequence[ColumnElement[bool]], workspace_id: int, tag_id: UUID, how: str, by: str | None, now: datetime
) -> int:
    insert = postgresql.insert if on_postgresql() else sqlite.insert
    columns: Any = select(
        Verbatim.workspace_id,
        literal(tag_id, Tagging.tag_id.type),
        Verbatim.number,
        literal(how, Tagging.how.type),
        literal(now, UtcTime()),
        literal(by, Tagging.by.type),
    ).where(Verbatim.workspace_id == workspace_id, *found)
    statement = insert(Tagging).from_select(["workspace_id", "tag_id", "verbatim", "how", "at", "by"], columns)
    if how == "rule":
        statement = statement.on_conflict_do_nothing()
    else:  # by hand: also what a rule put, or a hand took off
        statement = statement.on_conflict_do_update(
            index_elements=["workspace_id", "tag_id", "verbatim"],
            set_={"how": how, "at": now, "by": by},
            where=Tagging.how != how,
        )
    counted = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    return int(counted.rowcount)  # type: ignore[attr-defined]


def _note(tag: Tag, *, action: str, n: int, by: str, now: datetime) -> None:
    """Write down what was done to many at once."""
    after = {"verbatims": n}
    auditing.note(workspace_id=tag.workspace_id, by=by, action=action, subject=tag.name, after=after, now=now)


def _these(scope: Scope, wanted: VerbatimFilter | None, numbers: Collection[int]) -> list[ColumnElement[bool]]:
    if wanted is None:
        return [*conditions(scope, VerbatimFilter()), Verbatim.number.in_(list(numbers))]
    return conditions(scope, wanted)


def _find(workspace_id: int, tag_id: UUID) -> Tag | None:
    return db.session.get(Tag, (workspace_id, tag_id))


def _seen(scope: Scope, tag_id: UUID) -> Tag | None:
    """Return a tag that is listed within the scope."""
    tag = _find(scope.workspace_id, tag_id)
    listed = tag is None or _keeps_within(tag, scope) or tag_id in _count(scope)
    return tag if listed else None


def _one_writer(workspace_id: int) -> None:
    """Of two who make a tag of one name at a time, the second is told so."""
    db.session.execute(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update(key_share=True))


def _read_name(name: str) -> tuple[str, str]:
    shown = " ".join(name.split())
    known_as = " ".join(word.form for word in words_in(shown))
    if not known_as or len(shown) > LONGEST_NAME or not shown.isprintable():
        raise TagRefused("name")
    return shown, known_as[:120]


def _free(workspace_id: int, known_as: str) -> None:
    taken = select(Tag.id).where(Tag.workspace_id == workspace_id, Tag.known_as == known_as)
    if db.session.scalar(taken) is not None:
        raise TagRefused("taken")


def _set_rule(tag: Tag, filters: Mapping[str, str] | None) -> None:
    kept = None
    if filters is not None:
        kept = {name: value for name, value in as_written(filters).items() if name not in _NOT_IN_A_RULE}
        if not kept:
            raise TagRefused("rule")
        if read_query(kept.get("q", "")).wordless:
            raise TagRefused("words")
    if kept != tag.rule:
        tag.rule, tag.version = kept, tag.version + 1


def _said(rule_: Mapping[str, str] | None) -> str | None:
    return None if rule_ is None else ", ".join(f"{name}={value}" for name, value in rule_.items())
