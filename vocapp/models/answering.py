"""The SQL of one answer: one statement reads all that a survey page needs, one accepts a page with all that follows.

On PostgreSQL accepting is one CTE in one round trip, its own transaction; on SQLite the same fragments run one after
another under `BEGIN IMMEDIATE`. Nothing follows unless the first step won: the revision was still the one read.
"""

from __future__ import annotations

import time
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Engine, Integer, String
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from vocapp.models.base import WRITES, db
from vocapp.models.feed import note_from
from vocapp.models.sql import Dialect, Statement, statement
from vocapp.models.types import Json, UtcTime, Uuid

_TRIES = 5
_DEADLOCK = "40P01"
_NO_LONGER_THERE = "23503"
_LOOKS = (0.0, 0.2, 0.8, 1.5, 2.5)
"""Seconds before each look for a page whose reply was lost.

A server that comes back from a crash is there in two; where others want its machine, in five.
"""


class Visit(NamedTuple):
    """All that is known when a person stands at a survey page; before the first POST there is no response: None."""

    workspace_id: int
    invitation_id: UUID
    survey_key: str
    survey_version: int
    customer_id: UUID
    channel: str
    language: str
    context: dict[str, Any]
    place: str | None
    first_page: list[str]
    first_skipped_known: list[dict[str, Any]]
    invitation_status: str
    occurred_at: datetime
    expires_at: datetime
    created_at: datetime
    response_id: UUID | None
    response_status: str | None
    revision: int | None
    pages: list[list[str]] | None
    position: int | None
    answers: dict[str, Any] | None
    started_at: datetime | None
    counted_on: date | None
    """Set while it is partial: it was closed unfinished, and stays as it was counted."""
    external_id: str
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    locale: str | None
    customer_timezone: str | None
    workspace_name: str
    workspace_timezone: str
    settings: dict[str, Any]
    personas_version: int | None
    attributes: list[list[Any]] | None
    """`[key, value, source, observed_at, expires_at]` each, times as text; a null value is deleted."""
    now: datetime
    """The database's clock."""


def find_visit(engine: Engine, *, invitation_id: UUID) -> Visit | None:
    """Read everything about one invitation, in one statement, by primary keys.

    Where the connection was lost since it was last used (the server was restarted), it is read once more on a new one.
    """
    try:
        row = _visit.first(engine, id=invitation_id)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        row = _visit.first(engine, id=invitation_id)
    return None if row is None else Visit._make(row)


class Consequences(NamedTuple):
    """What an accepted page brings about, beside the response itself."""

    opening: bool
    """It is the first page: there is no response yet."""
    completing: bool
    unhappy: bool
    learning: bool
    correcting: bool


def accept(engine: Engine, *, consequences: Consequences, parameters: dict[str, Any]) -> bool:
    """Store one accepted page and all that follows from it, or nothing; say whether this writer won.

    Where the person was erased since their visit was read, nobody wins.
    """
    steps = _steps_taken(consequences)
    try:
        if engine.dialect.name == "postgresql":
            return _accept_at_once(engine, steps, parameters)
        return _accept_in_turn(steps, parameters)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == _NO_LONGER_THERE or "FOREIGN KEY" in str(error.orig):
            return False
        raise


def _accept_in_turn(steps: tuple[Any, ...], parameters: dict[str, Any]) -> bool:
    with db.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        first, *rest = steps
        if _alone(first).run(connection, **parameters).first() is None:
            return False
        for step in rest:
            _alone(step).run(connection, **parameters)
    return True


def _accept_at_once(engine: Engine, steps: tuple[Any, ...], parameters: dict[str, Any]) -> bool:
    for tried in range(1, _TRIES + 1):
        try:
            return _cte(steps).first(engine, **parameters) is not None
        except OperationalError as error:
            if error.connection_invalidated:
                if _was_kept(engine, parameters):
                    return True
                raise
            # undone whole, only because another writer stood in the way
            if tried == _TRIES or getattr(error.orig, "sqlstate", None) != _DEADLOCK:
                raise
    raise AssertionError("unreachable")


def _was_kept(engine: Engine, parameters: dict[str, Any]) -> bool:
    """Look by a fresh connection whether a page was kept whose own connection ended before the server's reply.

    Not sent again: the look alone tells what the person must hear. Where nobody can be asked, it is not known.
    """
    for wait in _LOOKS:
        time.sleep(wait)
        try:
            visit = find_visit(engine, invitation_id=parameters["invitation_id"])
        except DBAPIError:
            continue
        return visit is not None and (
            (visit.response_id, visit.revision, visit.pages, visit.position, visit.answers)
            == (
                parameters["response_id"],
                parameters["revision"] + 1,
                [list(page) for page in parameters["pages"]],
                parameters["position"],
                parameters["answers"],
            )
        )
    return False


@statement(
    workspace_id=Integer(),
    invitation_id=Uuid(),
    survey_key=String(),
    survey_version=Integer(),
    customer_id=Uuid(),
    channel=String(),
    language=String(),
    context=Json(),
    place=String(),
    first_page=Json(),
    first_skipped_known=Json(),
    invitation_status=String(),
    occurred_at=UtcTime(),
    expires_at=UtcTime(),
    created_at=UtcTime(),
    response_id=Uuid(),
    response_status=String(),
    revision=Integer(),
    pages=Json(),
    position=Integer(),
    answers=Json(),
    started_at=UtcTime(),
    counted_on=Date(),
    external_id=String(),
    email=String(),
    phone=String(),
    first_name=String(),
    last_name=String(),
    locale=String(),
    customer_timezone=String(),
    workspace_name=String(),
    workspace_timezone=String(),
    settings=Json(),
    personas_version=Integer(),
    attributes=Json(),
    now=UtcTime(),
)
def _visit(d: Dialect) -> str:
    row = "a.key, a.value, a.source, a.observed_at, a.expires_at"
    attributes = (
        f"jsonb_agg(jsonb_build_array({row}))"
        if d.postgresql
        else f"json_group_array(json_array({row.replace('a.value', 'json(a.value)')}))"
    )
    return f"""
        select i.workspace_id, i.id as invitation_id, i.survey_key, i.survey_version, i.customer_id, i.channel,
            i.language, i.context, i.place, i.first_page, i.skipped_known as first_skipped_known,
            i.status as invitation_status, i.occurred_at, i.expires_at, i.created_at,
            r.id as response_id, r.status as response_status, r.revision, r.pages, r.position, r.answers, r.started_at,
            r.counted_on,
            c.external_id, c.email, c.phone, c.first_name, c.last_name, c.locale, c.timezone as customer_timezone,
            w.name as workspace_name, w.timezone as workspace_timezone, w.settings,
            (select max(p.version) from persona_versions p where p.workspace_id = i.workspace_id) as personas_version,
            (select {attributes} from attributes a
                where a.workspace_id = i.workspace_id and a.customer_id = i.customer_id) as attributes,
            {d.now} as now
        from invitations i
        join customers c on c.workspace_id = i.workspace_id and c.id = i.customer_id
        join workspaces w on w.id = i.workspace_id
        left join responses r on r.invitation_id = i.id
        where i.id = :id
    """


def _opened(d: Dialect) -> str:
    """The response of a first page; none where another request has made it meanwhile."""
    return f"""
        insert into responses (workspace_id, id, invitation_id, customer_id, survey_key, survey_version, channel, place,
            language, status, revision, pages, position, answers, void, skipped_known, nps, csat, ces, persona,
            started_at, answered_at, completed_at, counted_on)
        values (:workspace_id, :response_id, :invitation_id, :customer_id, :survey_key, :survey_version, :channel,
            :place, :language, :status, 1, {d.json("pages")}, :position, {d.json("answers")}, {d.json("void")},
            {d.json("skipped_known")}, :nps, :csat, :ces, {d.json("persona")},
            :now, :now, {d.time("completed_at")}, {_day(d)})
        on conflict (invitation_id) do nothing returning id
    """


def _continued(d: Dialect) -> str:
    """The response of a later page; none where another request has changed or closed it since it was read."""

    def score(name: str) -> str:
        return f"cast(:{name} as smallint)" if d.postgresql else f":{name}"

    return f"""
        update responses set status = {_text(d, "status")}, revision = revision + 1, pages = {d.json("pages")},
            position = :position, answers = {d.json("answers")}, void = {d.json("void")},
            skipped_known = {d.json("skipped_known")}, nps = {score("nps")}, csat = {score("csat")},
            ces = {score("ces")}, persona = {d.json("persona")}, answered_at = {d.time("now")},
            completed_at = {d.time("completed_at")}, counted_on = {_day(d)}
        where workspace_id = :workspace_id and id = {d.uuid("response_id")} and revision = :revision
            and status = 'partial' and counted_on is null
        returning id
    """


def _noted(d: Dialect) -> str:
    return note_from(d, "'responses'", f"(select id as row_id from {_source(d)})")


def _noted_both(d: Dialect) -> str:
    """The customer's line before the response's: everybody locks them in this order."""
    return note_from(
        d,
        "s.stream",
        f"(select 'customers' as stream, {d.uuid('customer_id')} as row_id from {_source(d)}"
        f" union all select 'responses', id from {_source(d)})",
    )


def _learnt(d: Dialect) -> str:
    """What the answers tell goes into the profile; a value observed later stays."""
    rows = d.rows("attributes", key="text", value="jsonb")
    return f"""
        insert into attributes (workspace_id, customer_id, key, value, source, observed_at)
        select :workspace_id, {d.uuid("customer_id")}, r.key, r.value, {_text(d, "source")}, {d.time("now")}
        from {rows}, {_source(d)} where true
        on conflict (workspace_id, customer_id, key) do update set value = excluded.value, source = excluded.source,
            observed_at = excluded.observed_at, expires_at = null
        where attributes.observed_at <= excluded.observed_at
    """


def _corrected(d: Dialect) -> str:
    """What this response told, and no longer tells so, goes out of the profile; what others told since stays."""
    rows = d.rows("corrections", key="text", value="jsonb")
    return f"""
        update attributes set value = r.value, observed_at = {d.time("now")}, expires_at = null
        from {rows}, {_source(d)}
        where attributes.workspace_id = :workspace_id and attributes.customer_id = {d.uuid("customer_id")}
            and attributes.key = r.key and attributes.source = {_text(d, "source")}
    """


def _counted(d: Dialect) -> str:
    return f"""
        insert into tallies (workspace_id, survey_key, survey_version, day, place, channel, counted)
        select :workspace_id, {_text(d, "survey_key")}, :survey_version, {_day(d)}, {_text(d, "counted_place")},
            {_text(d, "channel")}, {d.json("counted")}
        from {_source(d)}
    """


def _scored(d: Dialect) -> str:
    """The customer's latest scores and persona."""

    def latest(column: str, parameter: str, kind: str) -> str:
        value = f"cast(:{parameter} as {kind})" if d.postgresql else f":{parameter}"
        return (
            f"{column} = coalesce({value}, {column}), "
            f"{column.removesuffix('_value').removesuffix('_key')}_at = case when {value} is null "
            f"then {column.removesuffix('_value').removesuffix('_key')}_at else {d.time('now')} end"
        )

    confidence = "cast(:persona_confidence as float)" if d.postgresql else ":persona_confidence"
    return f"""
        update customers set {latest("nps_value", "nps", "smallint")}, {latest("csat_value", "csat", "smallint")},
            {latest("ces_value", "ces", "smallint")}, {latest("persona_key", "persona_key", "text")},
            persona_confidence = coalesce({confidence}, persona_confidence)
        {f"from {_source(d)}" if d.postgresql else ""}
        where customers.workspace_id = :workspace_id and customers.id = {d.uuid("customer_id")}
    """


def _signalled(d: Dialect) -> str:
    kinds = d.json("kinds")
    return f"""
        insert into signals (workspace_id, response_id, customer_id, kinds, place, raised_at)
        select :workspace_id, won.id, {d.uuid("customer_id")}, {kinds}, {_text(d, "place")}, {d.time("now")}
        from {_source(d)} where true
        on conflict (workspace_id, response_id) do nothing
    """


def _announced(d: Dialect) -> str:
    return f"""
        insert into outbox (workspace_id, kind, subject_id, due_at)
        select :workspace_id, r.kind, won.id, {d.time("now")} from {d.rows("facts", kind="text")}, {_source(d)}
    """


def _source(d: Dialect) -> str:
    return "won" if d.postgresql else "(select :response_id as id) as won"


def _day(d: Dialect) -> str:
    return "cast(:counted_on as date)" if d.postgresql else ":counted_on"


def _text(d: Dialect, parameter: str) -> str:
    return f"cast(:{parameter} as text)" if d.postgresql else f":{parameter}"


def _steps_taken(what: Consequences) -> tuple[Any, ...]:
    """Name the steps in the order in which everybody locks: customer, attributes, the feed's lines."""
    return (
        _opened if what.opening else _continued,
        *((_scored,) if what.completing else ()),
        *((_learnt,) if what.learning else ()),
        *((_corrected,) if what.correcting else ()),
        _noted_both if what.completing or what.learning or what.correcting else _noted,
        *((_signalled,) if what.unhappy else ()),
        *((_announced, _counted) if what.completing else ()),
    )


@lru_cache
def _alone(step: Any) -> Statement:
    return Statement(step, {})


@lru_cache
def _cte(steps: tuple[Any, ...]) -> Statement:
    """Write the steps as one statement; each has its name, which the others may read."""

    def write(d: Dialect) -> str:
        # PostgreSQL runs those that nobody reads from the last to the first
        first, *rest = steps
        named = ", ".join(f"{step.__name__.removeprefix('_')} as ({step(d)})" for step in reversed(rest))
        return f"with won as ({first(d)}){', ' if named else ''}{named} select id from won"

    return Statement(write, {})
