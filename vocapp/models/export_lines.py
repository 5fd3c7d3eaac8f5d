"""The lines of an NDJSON export, written by PostgreSQL itself: Python only hands them on.

A line is the same object as the entry of a JSON page (`services/documents/` is the original; a test holds the two
against each other). It is told here for the streams that grow without end; what a customer's profile says of contact is
decided in Python, and alerts are few: those two have no SQL.

One block is one statement: the lines of the feed and their documents are seen in one snapshot, its own, and nothing
stays open while a reader takes its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias, cast

import psycopg

from vocapp.models.base import db
from vocapp.models.feed import place_of


class Block(NamedTuple):
    """Some lines of a stream, one behind the other, each with its newline."""

    lines: bytes
    entries: int
    place: tuple[int, int]
    """(xid, number) of the last one."""


class Words(NamedTuple):
    """An SQL expression that is never null and gives text in which nothing must be escaped."""

    expression: str


Shape: TypeAlias = "str | Words | Mapping[str, Shape]"
"""A JSON value to be written: SQL that gives it as JSON and never null, or an object of such."""


def _text(column: str) -> str:
    return f"to_json({column})"


def _maybe(json: str) -> str:
    return f"coalesce(cast({json} as text), 'null')"


def _time(column: str) -> str:
    """A time as the API writes it: microseconds, where it has any."""
    iso = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""
    return f"replace(to_char({column} at time zone 'UTC', {iso}), '.000000Z', 'Z')"


def _maybe_time(column: str) -> str:
    return f"""coalesce('"' || {_time(column)} || '"', 'null')"""


def _picked(column: str, *keys: str) -> dict[str, Shape]:
    return {key: _maybe(f"{column} -> '{key}'") for key in keys}


class _Stream(NamedTuple):
    """How a stream's documents are found, and what they look like."""

    joins: str
    id: Words | str
    document: Mapping[str, Shape]


_CUSTOMER = """case when p.id is null then 'null'
    else '{"id":"' || p.id || '","external_id":' || to_json(p.external_id) || '}' end"""

_NPS = """case when d.nps is null then 'null'
    else '{"value":' || d.nps || ',"category":"'
        || case when d.nps >= 9 then 'promoter' when d.nps >= 7 then 'passive' else 'detractor' end || '"}' end"""

_STREAMS: Mapping[str, _Stream] = {
    "responses": _Stream(
        joins="""
            left join responses d on c.op = 'upsert' and d.workspace_id = c.workspace_id and d.id = c.row_id
            left join invitations i on i.workspace_id = d.workspace_id and i.id = d.invitation_id
            left join customers p on p.workspace_id = d.workspace_id and p.id = d.customer_id
        """,
        id=Words("d.id"),
        document={
            "id": Words("d.id"),
            "survey": _text("d.survey_key"),
            "survey_version": "d.survey_version",
            "invitation_id": Words("d.invitation_id"),
            "customer": _CUSTOMER,
            "context": _picked("i.context", "event", "event_id", "occurred_at", "place", "agent", "properties"),
            "status": _text("d.status"),
            "language": _text("d.language"),
            "answers": """case when d.void = '[]' then d.answers
                else d.answers - array(select jsonb_array_elements_text(d.void)) end""",
            "void": """case when d.void = '[]' then '{}'
                else d.answers - array(select jsonb_object_keys(d.answers - array(
                    select jsonb_array_elements_text(d.void)))) end""",
            "asked": "jsonb_path_query_array(d.pages, '$[*][*]')",
            "skipped_known": "d.skipped_known",
            "scores": {"nps": _NPS, "csat": _maybe("d.csat"), "ces": _maybe("d.ces")},
            "sentiment": f"""case when d.sentiment is null then 'null'
                else '{{"label":' || {_maybe("d.sentiment -> 'label'")} || ',"score":'
                    || {_maybe("d.sentiment -> 'score'")} || ',"language":'
                    || {_maybe("d.sentiment -> 'language'")} || '}}' end""",
            "themes": "coalesce(d.sentiment -> 'themes', '[]')",
            "persona": _maybe("d.persona"),
            "callback_wish": _maybe("d.callback_wish"),
            "channel": _text("d.channel"),
            "started_at": Words(_time("d.started_at")),
            "completed_at": _maybe_time("d.completed_at"),
        },
    ),
    "events": _Stream(
        joins="""
            left join events d on c.op = 'upsert' and d.workspace_id = c.workspace_id and d.id = c.row_id
            left join customers p on p.workspace_id = d.workspace_id and p.id = d.customer_id
        """,
        id=_text("d.key"),
        document={
            "id": _text("d.key"),
            "event": _text("d.name"),
            "occurred_at": Words(_time("d.occurred_at")),
            "received_at": Words(_time("d.received_at")),
            "customer": _CUSTOMER,
            "place": _maybe(_text("d.place")),
            "agent": _maybe(_text("d.agent")),
            "properties": "d.properties",
        },
    ),
    "consents": _Stream(
        joins="""
            left join consents d on c.op = 'upsert' and d.workspace_id = c.workspace_id and d.id = c.row_id
            left join customers p on p.workspace_id = d.workspace_id and p.id = d.customer_id
        """,
        id=Words("d.id"),
        document={
            "id": Words("d.id"),
            "customer": _CUSTOMER,
            "purpose": _text("d.purpose"),
            "granted": _text("d.granted"),
            "source": _text("d.source"),
            "text_version": _maybe(_text("d.text_version")),
            "at": Words(_time("d.at")),
            "recorded_at": Words(_time("d.recorded_at")),
        },
    ),
}

STREAMS = frozenset(_STREAMS)
"""The streams whose lines PostgreSQL writes."""


def read_block(*, workspace_id: int, stream: str, after: tuple[int, int], limit: int) -> Block:
    """Return the next lines behind a place, at most `limit`; none that a slower writer could still precede.

    Only on PostgreSQL. The lines come as one value: a row each would cost Python more than all the rest.
    """
    connection = cast("psycopg.Connection[Any]", db.session.connection().connection.driver_connection)
    given = {"workspace_id": workspace_id, "xid": str(after[0]), "number": after[1], "limit": limit}
    with connection.cursor(binary=True) as cursor:  # as text, every byte would travel as two digits
        # Never prepared: a plan for any limit would read whole tables.
        row = cursor.execute(_block_sql(stream).encode(), given, prepare=False).fetchone()
    lines, count, last = row or (None, 0, None)
    return Block(lines or b"", count, place_of(last) if last else after)


@cache
def lines_sql(stream: str) -> str:
    """Write the SELECT of (line, seq); its parameters are `workspace_id`, `xid`, `number`, `limit`."""
    of = _STREAMS[stream]
    at = Words(_time("c.at"))
    upsert = _written(
        {"op": "'\"upsert\"'", "seq": Words("c.seq"), "id": of.id, "at": at, "data": of.document},
    )
    delete = _written(
        {
            "op": "'\"delete\"'",
            "seq": Words("c.seq"),
            "id": "to_json(coalesce(c.known_as, cast(c.row_id as text)))",
            "at": at,
            "data": "'null'",
        },
    )
    return f"""
        select case when d.id is null then {delete} else {upsert} end as line, c.seq
        from (
            select workspace_id, row_id, op, at, known_as, xid, number,
                lpad(cast(xid as text), 20, '0') || lpad(cast(number as text), 19, '0') as seq
            from changes
            where workspace_id = %(workspace_id)s and stream = '{stream}'
                and (xid, number) > (cast(cast(%(xid)s as text) as xid8), cast(%(number)s as bigint))
                and xid < pg_snapshot_xmin(pg_current_snapshot())
            order by changes.xid, changes.number limit %(limit)s
        ) as c
        {of.joins}
        order by c.xid, c.number
    """


@cache
def _block_sql(stream: str) -> str:
    return f"""
        select convert_to(string_agg(l.line, chr(10)) || chr(10), 'UTF8'), count(*), max(l.seq collate "C")
        from ({lines_sql(stream)}) as l
    """


def _written(shape: Mapping[str, Shape]) -> str:
    """Write the `format()` that makes an object's text: it costs a third of `json_build_object()`."""
    template, values = _parts(shape)
    return f"format('{template.replace('%', '%%')}', {', '.join(values)})"


def _parts(shape: Shape) -> tuple[str, list[str]]:
    if isinstance(shape, str):
        return "%s", [shape]
    if isinstance(shape, Words):
        return '"%s"', [shape.expression]
    inner, values = [], []
    for key, value in shape.items():
        template, below = _parts(value)
        inner.append(f'"{key}":{template}')
        values += below
    return "{" + ",".join(inner) + "}", values
