"""The SQL of taking in: each statement takes any number of rows as one JSON parameter, in the order of their keys.

The order matters: two batches that lock the same rows in opposite order would stand in each other's way for ever.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, String

from vocapp.models.feed import note_from
from vocapp.models.sql import Dialect, statement
from vocapp.models.types import Uuid

CORE = ("email", "phone", "first_name", "last_name", "locale", "timezone")


@statement(what=String(), key=String(), id=String())
def FIND_CUSTOMERS(d: Dialect) -> str:  # noqa: N802 - a statement, once decorated
    """Which of these customers there are."""
    return _found(_look("customer", d.each("external_ids"), _CUSTOMER))


@statement(what=String(), key=String(), id=String())
def LOOK_UP(d: Dialect) -> str:  # noqa: N802
    """All that a batch of events must know: its events, customers and places that are here; what was told of people
    erased since; what is in force.
    """
    return _found(
        _look("event", d.each("event_keys"), _EVENT),
        _look("customer", d.each("external_ids"), _CUSTOMER),
        _look("place", d.each("place_keys"), _PLACE),
        _look("told before", d.each("told_keys"), _TOLD_BEFORE),
        "select 'survey', s.key, cast(s.published_version as text) from surveys s where s.workspace_id = :workspace_id",
        f"select 'alert rules', '', {_set(d, 'alert_rules')} from workspaces w where w.id = :workspace_id",
    )


@statement(id=String(), external_id=String(), email=String(), contact_key=String())
def UPSERT_CUSTOMERS(d: Dialect) -> str:  # noqa: N802
    """Make or merge customers: each field keeps the value observed last, of two at one time the later arrival.

    Gives back only those that are new or changed. Of a customer whose address was just deleted, `contact_key` still is
    the address's: `SET_CONTACT_KEYS` follows.
    """
    rows = d.rows(
        "rows",
        "r",
        id="uuid",
        external_id="text",
        **dict.fromkeys(CORE, "text"),
        core_observed_at="jsonb",
        contact_key="text",
    )
    names = ", ".join(CORE)
    kept = ", ".join(
        f"{name} = case when {_wins(name)} then excluded.{name} else customers.{name} end" for name in CORE
    )
    changes = " or ".join(
        f"({_wins(name)} and ({_differ(d, f'excluded.{name}', f'customers.{name}')} "
        f"or {_differ(d, _seen('excluded', name), _seen('customers', name))}))"
        for name in CORE
    )
    return (
        f"insert into customers (workspace_id, id, external_id, {names}, core_observed_at, contact_key, "
        "created_at, updated_at) "
        f"select :workspace_id, r.id, r.external_id, {', '.join(f'r.{name}' for name in CORE)}, r.core_observed_at, "
        f"r.contact_key, {d.time('now')}, {d.time('now')} from {rows} where true order by r.external_id "
        f"on conflict (workspace_id, external_id) do update set {kept}, "
        f"contact_key = case when {_wins('email')} and excluded.email is not null "
        "then excluded.contact_key else customers.contact_key end, "
        f"core_observed_at = {_latest(d)}, updated_at = excluded.updated_at where {changes} "
        "returning cast(id as text) as id, external_id, email, contact_key"
    )


@statement()
def SET_CONTACT_KEYS(d: Dialect) -> str:  # noqa: N802
    rows = d.rows("rows", "r", id="uuid", contact_key="text")
    return (
        f"update customers set contact_key = r.contact_key from {rows} "
        "where customers.workspace_id = :workspace_id and customers.id = r.id"
    )


@statement()
def ENSURE_CONTACTS(d: Dialect) -> str:  # noqa: N802
    return (
        f"insert into contacts (workspace_id, key) select :workspace_id, k.value from {d.each('keys')} as k where true "
        "on conflict (workspace_id, key) do nothing"
    )


@statement(customer_id=String())
def UPSERT_ATTRIBUTES(d: Dialect) -> str:  # noqa: N802
    """Keep what was observed last; gives back the customers of whom something changed."""
    rows = d.rows(
        "rows",
        "r",
        customer_id="uuid",
        key="text",
        value="jsonb",
        source="text",
        observed_at="timestamptz",
        expires_at="timestamptz",
    )
    changes = " or ".join(
        _differ(d, f"excluded.{name}", f"attributes.{name}")
        for name in ("value", "source", "observed_at", "expires_at")
    )
    return (
        "insert into attributes (workspace_id, customer_id, key, value, source, observed_at, expires_at) "
        "select :workspace_id, r.customer_id, r.key, r.value, r.source, r.observed_at, r.expires_at "
        f"from {rows} where true order by r.customer_id, r.key "
        "on conflict (workspace_id, customer_id, key) do update set value = excluded.value, source = excluded.source, "
        "observed_at = excluded.observed_at, expires_at = excluded.expires_at "
        f"where excluded.observed_at >= attributes.observed_at and ({changes}) "
        "returning cast(customer_id as text) as customer_id"
    )


@statement(id=Uuid(), customer_id=String())
def INSERT_CONSENTS(d: Dialect) -> str:  # noqa: N802
    rows = d.rows(
        "rows",
        "r",
        id="uuid",
        customer_id="uuid",
        purpose="text",
        granted="boolean",
        source="text",
        text_version="text",
        at="timestamptz",
    )
    return (
        "insert into consents (workspace_id, id, customer_id, purpose, granted, source, text_version, at, recorded_at) "
        "select :workspace_id, r.id, r.customer_id, r.purpose, r.granted, r.source, r.text_version, r.at, "
        f"{d.time('now')} from {rows} where true order by r.customer_id, r.purpose, r.at "
        "on conflict do nothing returning id, cast(customer_id as text) as customer_id"
    )


def keep_events(
    connection: Connection, *, workspace_id: int, rows: str, triggers: Collection[str], now: datetime
) -> int:
    """Keep events that are not there yet, announce those that `triggers` name, note all in the feed; return how many.

    PostgreSQL does it in one round trip; SQLite, which has none to save, in three statements.
    """
    if connection.dialect.name == "postgresql":
        # without a trigger among them the outbox is left alone: even an insert of no rows would wake the relay
        keep = KEEP_AND_ANNOUNCE if triggers else KEEP
        more = {"triggers": sorted(triggers)} if triggers else {}
        return int(
            keep.run(connection, workspace_id=workspace_id, rows=rows, now=now, op="upsert", **more).scalar_one()
        )
    kept = INSERT_EVENTS.run(connection, workspace_id=workspace_id, rows=rows, now=now).all()
    due = [row.id for row in kept if row.name in triggers]
    if due:
        ANNOUNCE_EVENTS.run(connection, workspace_id=workspace_id, ids=due, now=now)
    if kept:
        NOTE_EVENTS.run(connection, workspace_id=workspace_id, ids=[row.id for row in kept], op="upsert")
    return len(kept)


@statement(id=String(), name=String())
def INSERT_EVENTS(d: Dialect) -> str:  # noqa: N802
    """Gives back those that were not there yet."""
    return _insert_events(d)


@statement(id=String())
def FIND_EVENTS(d: Dialect) -> str:  # noqa: N802
    """Which of these events, by the ids of their rows, are there."""
    found = "cast(e.id as text)" if d.postgresql else "e.id"
    ids = d.values("ids", "uuid")
    return f"select {found} as id from events e where e.workspace_id = :workspace_id and e.id in {ids}"


@statement()
def ANNOUNCE_EVENTS(d: Dialect) -> str:  # noqa: N802
    return f"""
        insert into outbox (workspace_id, kind, subject_id, due_at, attempts)
        select :workspace_id, 'EventAccepted', i.value, {d.time("now")}, 0 from json_each(:ids) as i
    """


@statement()
def NOTE_EVENTS(d: Dialect) -> str:  # noqa: N802
    return note_from(d, "'events'", "(select value as row_id from json_each(:ids))")


@statement()
def KEEP(d: Dialect) -> str:  # noqa: N802
    notes = note_from(d, "'events'", "(select id as row_id from kept order by id)", new=True)
    return f"with kept as ({_insert_events(d)}), notes as ({notes}) select count(*) from kept"


@statement()
def KEEP_AND_ANNOUNCE(d: Dialect) -> str:  # noqa: N802
    notes = note_from(d, "'events'", "(select id as row_id from kept order by id)", new=True)
    return f"""
        with kept as ({_insert_events(d)}), notes as ({notes}), facts as (
            insert into outbox (workspace_id, kind, subject_id, due_at, attempts)
            select :workspace_id, 'EventAccepted', kept.id, {d.time("now")}, 0
            from kept where kept.name in {d.values("triggers", "text")}
        )
        select count(*) from kept
    """


def _insert_events(d: Dialect) -> str:
    rows = d.rows(
        "rows",
        "r",
        id="uuid",
        key="text",
        name="text",
        occurred_at="timestamptz",
        customer_id="uuid",
        place="text",
        agent="text",
        properties="jsonb",
    )
    return f"""
        insert into events
            (workspace_id, id, key, name, occurred_at, received_at, customer_id, place, agent, properties)
        select :workspace_id, r.id, r.key, r.name, r.occurred_at, {d.time("now")}, r.customer_id, r.place, r.agent,
            r.properties
        from {rows} where true order by r.key
        on conflict (workspace_id, key) do nothing
        returning id, name
    """


_EVENT = "select '' from events e where e.workspace_id = :workspace_id and e.key = v.value"
_CUSTOMER = (
    "select cast(c.id as text) from customers c where c.workspace_id = :workspace_id and c.external_id = v.value"
)
_TOLD_BEFORE = "select '' from told_before t where t.workspace_id = :workspace_id and t.key = v.value"
_PLACE = "select '' from places p where p.workspace_id = :workspace_id and p.key = v.value"


def _look(what: str, keys: str, one: str) -> str:
    """Look every key up for itself, by its index.

    As a join, a table that has just been filled, and has no statistics yet, would be read from one end to the other.
    """
    return f"select '{what}' as what, v.value as key, ({one}) as id from {keys} as v"


def _set(d: Dialect, name: str) -> str:
    return f"w.settings ->> '{name}'" if d.postgresql else f"cast(w.settings ->> '$.{name}' as text)"


def _found(*looks: str) -> str:
    return f"with f as materialized ({' union all '.join(looks)}) select what, key, id from f where id is not null"


def _seen(table: str, name: str) -> str:
    return f"({table}.core_observed_at ->> '{name}')"


def _wins(name: str) -> str:
    """The value that arrives was named, and was observed no earlier than the one kept. Times are texts of one width."""
    return f"coalesce({_seen('excluded', name)} >= coalesce({_seen('customers', name)}, ''), false)"


def _differ(d: Dialect, left: str, right: str) -> str:
    return f"{left} is distinct from {right}" if d.postgresql else f"{left} is not {right}"


def _latest(d: Dialect) -> str:
    pairs = []
    for name in CORE:
        old, new = _seen("customers", name), _seen("excluded", name)
        later = (
            f"greatest({old}, {new})" if d.postgresql else f"nullif(max(coalesce({old}, ''), coalesce({new}, '')), '')"
        )
        pairs.append(f"'{name}', {later}")
    if d.postgresql:
        return f"jsonb_strip_nulls(jsonb_build_object({', '.join(pairs)}))"
    return f"json_patch('{{}}', json_object({', '.join(pairs)}))"
