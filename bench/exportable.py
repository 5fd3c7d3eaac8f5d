"""Responses by the hundred thousand, to be exported: put into the product's tables by one statement a table."""

from __future__ import annotations

from typing import LiteralString

import psycopg


def fill(database: str, *, workspace_id: int, survey_key: str, rows: int) -> None:
    """Put `rows` complete responses in, each with its invitation, its customer and its line in the feed."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys: they hold by how it is made
        for step in (_CUSTOMERS, _INVITATIONS, _RESPONSES, _CHANGES):
            connection.execute(step, {"workspace": workspace_id, "survey": survey_key, "rows": rows})
        connection.execute("vacuum (freeze, analyze)")
        connection.execute("checkpoint")


def _id(kind: LiteralString, number: LiteralString) -> LiteralString:
    """Write an id such as the product makes: rows written together lie together."""
    return "cast('0195" + kind + "00007000a000' || lpad(to_hex(" + number + "), 12, '0') as uuid)"


_AT: LiteralString = "timestamptz '2025-01-01 08:00:00.123Z' + n * interval '31.7 seconds'"
_CUSTOMERS = (
    """
    insert into customers (workspace_id, id, external_id, email, first_name, locale, core_observed_at, contact_key,
        created_at, updated_at)
    select %(workspace)s, """
    + _id("000c", "n")
    + """, 'E-' || n, 'e-' || n || '@example.test', 'Zoé', 'fr', '{}', 'e-' || n, now(), now()
    from generate_series(0, cast(%(rows)s as int) / 10) as n
    """
)
"""One for every ten responses."""
_INVITATIONS = (
    """
    insert into invitations (workspace_id, id, survey_key, survey_version, customer_id, occasion, channel, language,
        context, place, first_page, skipped_known, status, decisions, contact_key, priority, occurred_at, sent_at,
        expires_at, created_at)
    select %(workspace)s, """
    + _id("000d", "n")
    + ", %(survey)s, 1, "
    + _id("000c", "n / 10")
    + """, 'order-' || n, 'email', 'fr',
        jsonb_build_object('event', 'order.delivered', 'event_id', 'order-' || n, 'occurred_at', '2025-01-01T08:00:00Z',
            'place', 'store-' || n %% 300, 'agent', null,
            'properties', jsonb_build_object('late', n %% 7 = 0, 'carrier', 'post', 'total', n %% 9000 / 100.0)),
        'store-' || n %% 300, '["nps"]', '[]', 'sent', '[{"at": "2025-01-01T08:00:00Z", "status": "sent"}]',
        'e-' || n / 10, 50, at, at, at + interval '30 days', at
    from (select n, """
    + _AT
    + """ as at from generate_series(1, cast(%(rows)s as int)) as n) as each
    """
)
_RESPONSES = (
    """
    insert into responses (workspace_id, id, invitation_id, customer_id, survey_key, survey_version, channel, place,
        language, status, revision, pages, position, answers, void, skipped_known, nps, csat, ces, sentiment, persona,
        started_at, answered_at, completed_at, counted_on)
    select %(workspace)s, """
    + _id("000e", "n")
    + ", "
    + _id("000d", "n")
    + ", "
    + _id("000c", "n / 10")
    + """, %(survey)s, 1, 'email', 'store-' || n %% 300, 'fr', 'completed', 1,
        '[["nps", "csat", "ces", "buys_for", "again", "why"]]', 0,
        jsonb_build_object('nps', n %% 11, 'csat', 1 + n %% 5, 'ces', 1 + n %% 7, 'buys_for', 'gift',
            'again', n %% 3 > 0,
            'why', (array['Livré trois jours trop tard, et personne au téléphone.', 'Très bien, merci !',
                'Le colis était "abîmé".' || chr(10) || 'Le livreur est resté poli.', 'It came when you said it would.']
                )[1 + n %% 4]),
        '[]', '[]', n %% 11, 1 + n %% 5, 1 + n %% 7,
        '{"label": "positive", "score": 0.73, "language": "fr", "model": "bench"}',
        '{"key": "gift_giver", "confidence": 0.6, "reasons": ["answered buys_for"]}',
        at, at + interval '41 seconds', at + interval '41 seconds', cast(at as date)
    from (select n, """
    + _AT
    + """ as at from generate_series(1, cast(%(rows)s as int)) as n) as each
    """
)
_CHANGES = (
    """
    insert into changes (workspace_id, stream, row_id, op, xid, number, at)
    select %(workspace)s, 'responses', """
    + _id("000e", "n")
    + ", 'upsert', pg_current_xact_id(), nextval('changes_number'), "
    + _AT
    + """
    from generate_series(1, cast(%(rows)s as int)) as n
    """
)
