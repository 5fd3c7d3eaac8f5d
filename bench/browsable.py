"""A company that staff look at all day: a hundred thousand customers and answers, and a queue of alerts."""

from __future__ import annotations

from typing import Final

import psycopg

from bench import boardable

OPEN: Final = 400
"""Alerts that wait to be handled; a fifth of all customers had one that is closed."""


def fill(database: str, *, workspace_id: int, rows: int) -> None:
    """Put in `rows` answers as for dashboards, as many customers with their consents, and alerts with their signals."""
    boardable.fill(database, workspace_id=workspace_id, rows=rows)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys: they hold by how it is made
        for step in _STEPS:
            of_this = step.replace(":workspace", str(workspace_id)).replace(":rows", str(rows))
            connection.execute(of_this.replace(":open", str(OPEN)).encode())
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


_CUSTOMER: Final = "cast('0195000c00007000a000' || lpad(to_hex(n), 12, '0') as uuid)"
_ALERT: Final = "cast('0195001200007000a000' || lpad(to_hex(n), 12, '0') as uuid)"
_RESPONSE: Final = "cast('0195000e00007000a000' || lpad(to_hex(n * 10), 12, '0') as uuid)"
_STEPS: Final = (
    f"""
    insert into customers (workspace_id, id, external_id, email, first_name, last_name, locale, core_observed_at,
        contact_key, nps_value, nps_at, created_at, updated_at)
    select :workspace, {_CUSTOMER}, 'B-' || n, 'b-' || n || '@example.test',
        (array['Zoé', 'Inès', 'Léo', 'Hugo', 'Ana'])[1 + n % 5], (array['Durand', 'Martin', 'Petit'])[1 + n % 3], 'fr',
        '{{}}', 'b-' || n, n % 11, now(), now(), now() - n * interval '1 minute'
    from generate_series(0, :rows - 1) as n
    on conflict do nothing
    """,
    f"""
    insert into alerts (workspace_id, id, customer_id, status, priority, severity, value, age, kinds, place, reason,
        misses, opened_at, due_at, updated_at, version)
    select :workspace, {_ALERT}, {_CUSTOMER}, case when n < :open then 'new' else 'resolved' end, 1 + n % 60,
        1 + n % 3, 1 + n % 3, 1 + n % 3, '["low_nps"]', 'store-' || n % 24, 'low_nps', 0,
        now() - n * interval '9 minutes', now() - n * interval '9 minutes' + interval '4 hours',
        now() - n * interval '5 minutes', 1
    from generate_series(0, :rows / 10 - 1) as n
    """,
    f"""
    insert into signals (workspace_id, response_id, customer_id, kinds, place, raised_at, alert_id)
    select :workspace, {_RESPONSE}, {_CUSTOMER}, '["low_nps"]', 'store-' || n % 24, now() - n * interval '9 minutes',
        {_ALERT}
    from generate_series(0, :rows / 10 - 1) as n
    """,
)
