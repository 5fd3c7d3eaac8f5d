"""A large company as migration 0027 left it: rows by the million, put straight into its tables of that time.

The columns are those of that migration: whoever measures from a later one writes them anew.
"""

from __future__ import annotations

from random import Random
from typing import Final

import psycopg

from bench.explorable import OFTEN, SEED, SELDOM
from vocapp.domain.wording import stem, words_in
from vocapp.models.verbatims import lexemes

REVISION: Final = "0027"
TEXTS: Final = 20_000
"""So many are written; each is said by several people."""


def fill(database: str, *, rows: int) -> None:
    """Put in `rows` each of invitations, responses, verbatims, orders and lines of alerts, of half as many customers.

    With their themes, counters and folded sums, portraits, and a fiftieth of erased people, who count on.
    """
    texts = min(TEXTS, rows)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys: they hold by how it is made
        connection.execute("create temporary table said (k int primary key, t text, stems text, words tsvector)")
        with connection.cursor().copy("copy said from stdin") as copy:
            for row in _texts(texts):
                copy.write_row(row)
        connection.execute("analyze said")
        for step in _STEPS:
            connection.execute(step.replace(":rows", str(rows)).replace(":texts", str(texts)).encode())
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


def _texts(rows: int) -> list[tuple[int, str, str, str]]:
    chance, found = Random(SEED), []
    for n in range(rows):
        text = f"{chance.choice(OFTEN)}. {' '.join(chance.choices(SELDOM, k=4))} {chance.choice(OFTEN)}"
        forms = [word.form for word in words_in(text)]
        stems = [stem(form, "fr") for form in forms]
        found.append((n, text, " ".join(stems), lexemes(forms, stems)))
    return found


def _id(kind: str, number: str) -> str:
    """Write an id such as the product makes: rows written together lie together."""
    return f"cast('0195{kind}00007000a000' || lpad(to_hex({number}), 12, '0') as uuid)"


_EACH: Final = """(
    select n, now() - interval '365 days' + (n / cast(:rows as float8)) * interval '365 days' as at
    from generate_series(0, cast(:rows as bigint) - 1) as n
) as each"""
_CUSTOMER: Final = _id("000c", "n / 2")
_SURVEY: Final = "(array['after_delivery', 'store_visit'])[1 + n % 2]"
_CHANNEL: Final = "(array['email', 'link'])[1 + n / 7 % 2]"
_PLACE: Final = "'store-' || n / 5 % 50"
_DAY: Final = "cast(at at time zone 'Europe/Paris' as date)"
_TONE: Final = "(array['detractor', 'passive', 'promoter'])[1 + (n % 11 + 2) / 9 + (n % 11) / 9]"
_LABEL: Final = "(array['negative', 'neutral', 'positive'])[1 + n / 3 % 3]"
_THEME: Final = "(array['delivery', 'price', 'product', 'service'])[1 + n % 11 % 4]"
_SUMS: Final = (
    *("completed", "unfinished", "promoters", "passives", "detractors", "csat_top", "csat_n", "ces_top", "ces_n"),
    *(f"mail_{one}" for one in ("sent", "undelivered", "answered", "completed", "unsubscribed", "complained")),
    *(f"seconds_{one}" for one in (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800)),
)
_STEPS: Final = (
    """
    insert into workspaces (id, key, name, timezone, default_language, settings, created_at)
    values (1, 'default', 'Bench', 'Europe/Paris', 'fr', '{}', now())
    """,
    """
    insert into surveys (workspace_id, key, draft, published_version, updated_at)
    select 1, key, '{}', 1, now() from unnest(array['after_delivery', 'store_visit']) as key
    """,
    """
    insert into survey_versions (workspace_id, key, version, definition, published_at)
    select 1, key, 1, '{}', now() from surveys
    """,
    """
    insert into places (workspace_id, key, name, kind, path)
    select 1, 'store-' || n, 'Store ' || n, 'store', '/store-' || n || '/' from generate_series(0, 49) as n
    """,
    """
    insert into segments (workspace_id, key, version, definition, created_at, updated_at)
    select 1, 'segment-' || n, 1, '{"name": "Segment", "when": true}', now(), now() from generate_series(0, 9) as n
    """,
    f"""
    insert into customers (workspace_id, id, external_id, email, first_name, last_name, locale, core_observed_at,
        contact_key, created_at, updated_at)
    select 1, {_id("000c", "n")}, 'M-' || n, 'm-' || n || '@example.test', 'Zoé', 'Durand', 'fr', '{{}}', 'm-' || n,
        now(), now()
    from generate_series(0, cast(:rows as bigint) / 2) as n
    """,
    f"""
    insert into portraits (workspace_id, customer_id, facts, moments, nps, persona_key, place_key, stage)
    select 1, {_id("000c", "n")}, jsonb_build_object('locale', 'fr', 'nps', n % 11, 'nps.at', 1700000000000000 + n,
        'persona', 'persona-' || n % 6, 'place', {_PLACE}, 'c:surveys', n % 4 > 0, 'a:loyalty', 'gold')
        || jsonb_build_object(
        'v.orders', n % 9, 'v.basket_minor', n % 10000, 'v.last.at', 1700000000000000 + n, 'v.stage', 'regular'),
        '{{}}', n % 11, 'persona-' || n % 6, {_PLACE}, 'active'
    from generate_series(0, cast(:rows as bigint) / 2) as n
    """,
    f"""
    insert into invitations (workspace_id, id, survey_key, survey_version, customer_id, occasion, channel, language,
        context, place, first_page, skipped_known, status, decisions, contact_key, priority, occurred_at, sent_at,
        expires_at, created_at, mail_heard, mail_counted)
    select 1, {_id("000d", "n")}, {_SURVEY}, 1, {_CUSTOMER}, 'order-' || n, {_CHANNEL}, 'fr',
        jsonb_build_object('event', 'order.delivered', 'event_id', 'order-' || n, 'occurred_at', at, 'place', {_PLACE},
            'properties', jsonb_build_object('late', n % 7 = 0, 'carrier', 'post')),
        {_PLACE}, '["nps"]', '[]', 'sent', '[{{"at": "2025-01-01T08:00:00Z", "status": "sent"}}]', 'm-' || n / 2, 50,
        at, at, at + interval '30 days', at, 12, 13
    from {_EACH}
    """,
    f"""
    insert into responses (workspace_id, id, invitation_id, customer_id, survey_key, survey_version, channel, place,
        language, status, revision, weighed, pages, position, answers, void, skipped_known, nps, csat, ces, sentiment,
        persona, started_at, answered_at, completed_at, counted_on)
    select 1, {_id("000e", "n")}, {_id("000d", "n")}, {_CUSTOMER}, {_SURVEY}, 1, {_CHANNEL}, {_PLACE}, 'fr',
        'completed', 2, 2, '[["nps"], ["csat", "ces", "why"]]', 2,
        jsonb_build_object('nps', n % 11, 'csat', 1 + n % 5, 'ces', 1 + n % 7, 'why', t), '[]', '[]', n % 11,
        1 + n % 5, 1 + n % 7, jsonb_build_object('label', {_LABEL}, 'score', 0.7, 'model', 'bench'),
        jsonb_build_object('key', 'persona-' || n % 6, 'confidence', 0.6, 'reasons', '[]'::jsonb),
        at, at + interval '41 seconds', at + interval '41 seconds', {_DAY}
    from {_EACH} join said on k = n % :texts
    """,
    f"""
    insert into verbatims (workspace_id, id, response_id, question, customer_id, survey_key, survey_version, place,
        language, answered_at, nps, tone, sentiment, persona, themes, text, hurts, stems, words)
    select 1, {_id("000f", "n")}, {_id("000e", "n")}, 'why', {_CUSTOMER}, {_SURVEY}, 1, {_PLACE}, 'fr', at, n % 11,
        {_TONE}, {_LABEL}, 'persona-' || n % 6, {_THEME} || ' store', t, '[]', stems, words
    from {_EACH} join said on k = n % :texts
    """,
    f"""
    insert into theme_mentions (workspace_id, response_id, question, theme, label, score)
    select 1, {_id("000e", "n")}, 'why', theme, {_LABEL}, 0.5
    from {_EACH} cross join lateral (values ({_THEME}), ('store')) as m(theme)
    """,
    f"""
    insert into alerts (workspace_id, id, customer_id, status, priority, kinds, place, reason, assignee, misses,
        root_cause, opened_at, due_at, updated_at, version)
    select 1, {_id("0012", "n / 4")}, {_id("000c", "n / 4")}, 'resolved', 4, '["detractor"]', {_PLACE}, 'NPS 2', 'ana',
        0, 'delivery.late', at, at + interval '4 hours', at + interval '2 days', 4
    from {_EACH} where n % 4 = 0
    """,
    f"""
    insert into alert_moves (workspace_id, id, alert_id, at, action, by, status, details)
    select 1, {_id("0013", "n")}, {_id("0012", "n / 4")}, at,
        (array['opened', 'claim', 'contact', 'resolve'])[1 + n % 4], 'ana',
        (array['new', 'claimed', 'contacted', 'resolved'])[1 + n % 4],
        case when n % 4 > 1 then jsonb_build_object('outcome', 'reached', 'root_cause', 'delivery.late', 'due_at',
            to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')) else '{{}}'::jsonb end
    from {_EACH}
    """,
    f"""
    insert into purchases (workspace_id, id, order_key, customer_id, place, ordered_at, day, currency, total_minor,
        refunded_minor, refunds, told_at)
    select 1, {_id("0010", "n")}, 'order-' || n, {_CUSTOMER}, {_PLACE}, at, {_DAY}, 'EUR', 4900, 0,
        case when n % 50 = 0 then jsonb_build_object('cancelled', jsonb_build_array(null, 'EUR', at))
            else '{{}}'::jsonb end, at
    from {_EACH}
    """,
    """
    insert into counters (workspace_id, survey_key, survey_version, day, place, channel, question, bucket, n)
    select 1, survey_key, 1, counted_on, place, channel, question, bucket, count(*)
    from responses cross join lateral (values ('', status), ('@nps', cast(nps as text)), ('@csat', cast(csat as text)),
        ('@ces', cast(ces as text)), ('@seconds', '30'), ('@mail', 'sent'), ('@mail', 'answered'),
        ('@mail', 'completed'), (case when nps >= 9 then '@persona:promoter' when nps >= 7 then '@persona:passive'
            else '@persona:detractor' end, persona ->> 'key')) as e(question, bucket)
    group by 1, 2, 3, 4, 5, 6, 7, 8
    """,
    f"""
    insert into summaries (workspace_id, unit, slice, start, survey_key, survey_version, place, channel,
        {", ".join(_SUMS)})
    select 1, unit, slice, cast(date_trunc(unit, counted_on) as date) as start, survey_key, 1, place, channel,
        count(*), 0, {", ".join("count(*)" for _ in _SUMS[2:])}
    from responses
    cross join unnest(array['day', 'week', 'month']) as unit
    cross join lateral (values (''), ('persona:' || (persona ->> 'key'))) as s(slice)
    group by unit, slice, start, survey_key, place, channel
    """,
    f"""
    insert into tallies (workspace_id, survey_key, survey_version, day, place, channel, counted)
    select 1, {_SURVEY}, 1, current_date, {_PLACE}, {_CHANNEL},
        case when n % 4 = 0 then '[["@mail", "sent", "2026-03-02"]]' else '[["", "completed"], ["@nps", "9"]]' end
            ::jsonb
    from generate_series(0, 3999) as n
    """,
    f"""
    insert into anonymous_responses (workspace_id, id, survey_key, survey_version, week, place, counted)
    select 1, {_id("0011", "n")}, {_SURVEY}, 1, cast(date_trunc('week', at) as date), {_PLACE},
        jsonb_build_array('["", "completed"]'::jsonb, '["@nps", "9"]'::jsonb,
            jsonb_build_array('@mail', 'sent', cast(date_trunc('week', at) as date)),
            jsonb_build_array('@mail', 'answered', cast(date_trunc('week', at) as date)))
    from {_EACH} where n % 50 = 0
    """,
    """
    insert into followings (workspace_id, stream, epoch, xid, number) values (1, 'verbatims.2', 'bench', 3, 0)
    """,
)
