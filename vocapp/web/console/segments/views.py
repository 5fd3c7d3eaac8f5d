"""Looking at segments: the list, one with its members, who came and went, and a file of the members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from flask import Response, abort, request, stream_with_context

from vocapp.adapters.spreadsheets import Cell, write_csv
from vocapp.domain.rules import moment
from vocapp.domain.segments.rows import WITH_DAY, WITHOUT_VALUE, Row, Sketch, sketch_of
from vocapp.domain.survey import Rule, in_language
from vocapp.models import SegmentRow, database_now, transaction
from vocapp.services import auditing, purchasing
from vocapp.services.browsing import segments
from vocapp.services.browsing.segments import Counted, Line
from vocapp.services.segmenting import is_active
from vocapp.services.staff import Membership
from vocapp.web.console import assets, cursors, frame, guard, ready_made
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.formats import Formats
from vocapp.web.console.segments import forms, values
from vocapp.web.console.segments.offers import MONEY, Offers, offers_of
from vocapp.web.console.words import Words

DAYS: Final = 7


class Shown(NamedTuple):
    seen: Counted
    name: str
    description: str
    amounts: str
    """What the rule asks of purchases, in the company's currency: no description can know that."""


@blueprint.get("/console/segments", endpoint="segments")
def segment_list() -> Response:
    found = segments.list_segments(scope=guard.scope(), since=_since())
    currency = purchasing.settings_of(workspace_id=guard.membership().workspace_id)[0].currency
    rows = [
        Shown(one, name_of(one.row), description_of(one.row), amounts_in_words(one.row.definition["when"], currency))
        for one in found
    ]
    return frame.page(
        "segments.html",
        section="segments",
        rows=sorted(rows, key=lambda row: (not is_active(row.seen.row.definition), row.name.casefold())),
        is_counting=any(map(_is_counting, found)),
        counting_js=assets.url("counting.js"),
        closed=segments.count_closed(scope=guard.scope()),
        ready_made=ready_made.list_shown(segments=True, note=lambda one: amounts_in_words(one["when"], currency)),
        may_shape=may_shape(guard.membership()),
        days=DAYS,
    )


@blueprint.get("/console/segments/<segment_key>")
def segment(segment_key: str) -> Response:
    scope, seen = guard.scope(), _find(segment_key)
    before = cursors.read_feed(request.args.get("before"))
    members, sketch = None, sketch_of(seen.row.definition["when"])
    if guard.membership().sees_names:
        members = segments.list_members(scope=scope, key=segment_key, before=before)
    return frame.page(
        "segment.html",
        section="segments",
        seen=seen,
        name=name_of(seen.row),
        description=description_of(seen.row),
        active=is_active(seen.row.definition),
        is_counting=_is_counting(seen),
        counting_js=assets.url("counting.js"),
        says=in_words(sketch, offers_of(scope=scope, words=frame.words()), _formats()) if sketch else None,
        outer=sketch.join if sketch else None,
        rule=forms.written(seen.row.definition["when"]),
        members=members.members if members else [],
        next=cursors.write_feed(members.next) if members and members.next else None,
        is_first=before is None,
        may_shape=may_shape(guard.membership()),
        days=DAYS,
    )


@blueprint.get("/console/segments/<segment_key>/moves")
def segment_moves(segment_key: str) -> Response:
    _needs_names()
    seen, before = _find(segment_key), cursors.read_feed(request.args.get("before"))
    found = segments.list_moves(scope=guard.scope(), key=segment_key, before=before)
    return frame.page(
        "segment_moves.html",
        section="segments",
        seen=seen,
        name=name_of(seen.row),
        moves=found.moves,
        next=cursors.write_feed(found.next) if found.next else None,
        is_first=before is None,
        days=DAYS,
    )


@blueprint.post("/console/segments/<segment_key>/members.csv")
def segment_file(segment_key: str) -> Response:
    """A POST, because what leaves the product is written down."""
    _needs_names()
    seen, member, scope = _find(segment_key), guard.membership(), guard.scope()
    with transaction():
        auditing.note(
            workspace_id=scope.workspace_id,
            by=guard.me().email,
            action="segment.exported",
            subject=segment_key,
            after={"members": seen.members},
            now=database_now(),
        )
    batches = segments.read_members(scope=scope, key=segment_key)
    written = _csv(batches, frame.words(), zone=ZoneInfo(member.timezone), contact=member.sees_contact)
    return Response(
        stream_with_context(written),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{segment_key}.csv"'},
    )


def may_shape(member: Membership) -> bool:
    """Say whether a member makes and changes segments: they are the whole company's, and a count is of everybody."""
    return member.role in {"owner", "analyst"} and member.place_key is None


def name_of(row: SegmentRow) -> str:
    return said(row.definition["name"]) or row.key


def description_of(row: SegmentRow) -> str:
    return said(row.definition.get("description") or "")


def said(text: Any) -> str:
    """Return a text in the reader's language."""
    return in_language(text, frame.language(), "")[0] if isinstance(text, dict) else str(text)


def in_words(sketch: Sketch, offers: Offers, formats: Formats) -> list[tuple[str, list[str]]]:
    """Say a rule in words: for each group how its rows are joined, and each row."""
    return [(group.join, [_row_in_words(row, offers, formats) for row in group.rows]) for group in sketch.groups]


def amounts_in_words(rule: Rule, currency: str) -> str:
    """Say the amounts that a checked rule compares purchases with; nothing where there are none."""
    sketch, offers = sketch_of(rule), Offers(frame.words(), currency, {}, (), {})
    rows = [row for group in sketch.groups for row in group.rows if row.name in MONEY] if sketch else []
    return ", ".join(_row_in_words(row, offers, _formats()) for row in rows)


def _row_in_words(row: Row, offers: Offers, formats: Formats) -> str:
    name, how = offers.name(row.name), offers.comparison(row.name, row.comparison, said=True)
    if row.comparison in WITHOUT_VALUE:
        return f"{name} {how}"
    *first, last = [
        _value_in_words(row, one, offers, formats)
        for one in (row.value if isinstance(row.value, tuple) else (row.value,))
    ]
    told = f" {offers.words['or_word']} ".join([", ".join(first), last]) if first else last
    return f"{name} {how.format(value=told)}" if "{value}" in how else f"{name} {how} {told}"


def _value_in_words(row: Row, value: Any, offers: Offers, formats: Formats) -> str:
    if row.comparison in WITH_DAY and (read := moment(value)) and read.instant is None:
        return formats.short_date(read.day)
    if row.name in MONEY:
        return formats.money(value, offers.currency)
    chosen = dict(offers.choices(row.name, row.comparison, ()) or ()).get(values.choice_of(value), "").strip()
    said = chosen or values.write_value(row.name, "is", value, currency=offers.currency, comma=formats.locale == "fr")
    return f"{said}\u00a0{unit}" if (unit := offers.unit(row.name)) else said


def _find(key: str) -> Counted:
    found = segments.find_segment(scope=guard.scope(), key=key, since=_since())
    if found is None:
        abort(404)
    return found


def _is_counting(seen: Counted) -> bool:
    """Say whether who belongs is still being found out."""
    return is_active(seen.row.definition) and not seen.up_to_date


def _formats() -> Formats:
    return Formats(frame.words(), guard.membership().timezone, database_now())


def _since() -> datetime:
    return database_now() - timedelta(days=DAYS)


def _needs_names() -> None:
    if not guard.membership().sees_names:
        abort(403)


def _csv(batches: Iterable[list[Line]], words: Words, *, zone: ZoneInfo, contact: bool) -> Iterator[str]:
    """Write the members as a spreadsheet of the reader's language takes them, times on the workspace's clock."""
    hidden = set() if contact else {"email", "phone"}
    shown = [name for name in Line._fields if name not in hidden]

    def cell(line: Line, name: str) -> Cell:
        value = getattr(line, name)
        if isinstance(value, datetime):
            return value.astimezone(zone).replace(tzinfo=None)
        told: Cell = words.of("stage_names", value) if name == "stage" else value
        return told

    return write_csv(
        head=[words["member_columns"][name] for name in shown],
        batches=([[cell(line, name) for name in shown] for line in batch] for batch in batches),
        between=";" if words.language == "fr" else ",",
    )
