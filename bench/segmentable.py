"""Customers by the million, with their portraits: put into the product's tables by one statement a table."""

from __future__ import annotations

import psycopg


def fill(database: str, *, workspace_id: int, rows: int) -> None:
    """Put `rows` customers in, each with a portrait as `services/portraits.py` would draw it."""
    given = {"workspace": workspace_id, "rows": rows}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys: they hold by how it is made
        connection.execute(_CUSTOMERS, given)
        connection.execute(_PORTRAITS, given)
        connection.execute("vacuum (freeze, analyze)")
        connection.execute("checkpoint")


_CUSTOMERS = """
    insert into customers (workspace_id, id, external_id, email, first_name, last_name, locale, core_observed_at,
        contact_key, created_at, updated_at)
    select %(workspace)s, cast('0195001000007000a000' || lpad(to_hex(n), 12, '0') as uuid), 'S-' || n,
        's-' || n || '@example.test', 'Zoé', 'Durand', 'fr', '{}', 's-' || n, now(), now()
    from generate_series(1, cast(%(rows)s as int)) as n
"""
_PORTRAITS = """
    insert into portraits (workspace_id, customer_id, facts, moments, nps, persona_key, place_key, stage, orders,
        revenue_minor, basket_minor, nps_at, sentiment_at, persona_at, last_order_at)
    select %(workspace)s, cast('0195001000007000a000' || lpad(to_hex(n), 12, '0') as uuid),
        jsonb_build_object(
            'external_id', 'S-' || n, 'email', 's-' || n || '@example.test', 'first_name', 'Zoé',
            'last_name', 'Durand', 'locale', 'fr', 'nps', n %% 11, 'nps.at', at,
            'nps.category', (array['detractor', 'passive', 'promoter'])[1 + (n %% 11 + 2) / 9 + (n %% 11) / 9],
            'sentiment', (array['negative', 'neutral', 'positive'])[1 + n %% 3], 'sentiment.at', at,
            'persona', 'persona-' || n / 11 %% 100, 'persona.at', at, 'place', 'store-' || n / 11 %% 300,
            'place.path', '/brand/store-' || n / 11 %% 300 || '/', 'c:surveys', n %% 5 > 0,
            'a:plan', 'plan-' || n / 13 %% 200, 'a:points', n %% 1000, 'a:renewal_on', renewal
        ) || jsonb_build_object(
            'v.orders', orders, 'v.basket_minor', basket, 'v.revenue_minor', orders * basket, 'v.last.at', at,
            'v.stage', stage
        ) || case when n %% 10 = 0
            then '{"a:buys_again": "within_month", "a:next_occasion": "end_of_year"}' else '{}' end::jsonb,
        jsonb_build_object('a:renewal_on', jsonb_build_array(719163 + (renewal - date '1970-01-01'), null)),
        n %% 11, 'persona-' || n / 11 %% 100, 'store-' || n / 11 %% 300, stage, orders, orders * basket, basket, at,
        at, at, at
    from (
        select n, 1 + n %% 9 as orders, n %% 10000 * 2 as basket,
            (array['customer', 'regular', 'ambassador', 'lapsed'])[1 + n %% 4] as stage,
            cast(extract(epoch from now()) * 1000000 as bigint) - n * 86400000000 %% 31536000000000 as at,
            date '2026-01-01' + cast(n %% 365 as int) as renewal
        from generate_series(1, cast(%(rows)s as bigint)) as n
    ) as each
"""
