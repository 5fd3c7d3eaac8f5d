"""Half a year of a company's answers, by the million: rows, and the sums that the product would have made of them."""

from __future__ import annotations

from typing import Final, LiteralString

import psycopg

from vocapp.models.sql import Dialect
from vocapp.models.summaries import add_folded

DAYS: Final = 182
"""Thirteen weeks, and as many before them: whatever the number of answers."""
SURVEYS: Final = ("bench", "bench_b", "bench_c", "bench_d")
STORES: Final = 24
REGIONS: Final = 4


def fill(database: str, *, workspace_id: int, rows: int) -> None:
    """Put `rows` answers to messages in, each with its invitation, spread over DAYS up to this week, and count them."""
    given = {"workspace": workspace_id, "rows": rows, "days": DAYS}
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys: they hold by how it is made
        for step in (_SURVEYS, _VERSIONS, _PLACES, _INVITATIONS, _RESPONSES, _COUNTERS, _MAILS):
            connection.execute(step, given)
        folded = add_folded(Dialect("postgresql"), "(select * from counters) as e").replace("%", "%%")
        connection.execute(folded.encode())
        connection.execute("vacuum (freeze, analyze)")
        connection.execute("checkpoint")


_KEYS: LiteralString = "(array['bench', 'bench_b', 'bench_c', 'bench_d'])"
_SURVEYS: LiteralString = (
    """
    insert into surveys select (jsonb_populate_record(s, jsonb_build_object('key', k))).*
    from surveys s cross join unnest("""
    + _KEYS
    + """) as k where s.key = 'bench' and k <> 'bench'
    """
)
_VERSIONS: LiteralString = (
    """
    insert into survey_versions
    select (jsonb_populate_record(s, jsonb_build_object('key', k,
        'definition', jsonb_set(s.definition, '{key}', to_jsonb(k))))).*
    from survey_versions s cross join unnest("""
    + _KEYS
    + """) as k where s.key = 'bench' and k <> 'bench'
    """
)
_PLACES: LiteralString = """
    insert into places (workspace_id, key, name, kind, parent_key, path)
    select %(workspace)s, 'region-' || n, 'Region ' || n, 'region', null, '/region-' || n || '/'
    from generate_series(0, 3) as n
    union all
    select %(workspace)s, 'store-' || n, 'Store ' || n, 'store', 'region-' || n %% 4,
        '/region-' || n %% 4 || '/store-' || n || '/'
    from generate_series(0, 23) as n
"""
_EACH: LiteralString = """(
    select n, date_trunc('week', now()) + interval '7 days' - %(days)s * interval '1 day'
            + (n / cast(%(rows)s as float8)) * (%(days)s - 7) * interval '1 day' as at
    from generate_series(0, cast(%(rows)s as bigint) - 1) as n
) as each"""
_INVITATIONS: LiteralString = (
    """
    insert into invitations (workspace_id, id, survey_key, survey_version, customer_id, occasion, channel, language,
        context, place, first_page, skipped_known, status, decisions, contact_key, priority, occurred_at, sent_at,
        expires_at, created_at, mail_counted, mailed_on)
    select %(workspace)s, cast('0195000d00007000a000' || lpad(to_hex(n), 12, '0') as uuid),
        """
    + _KEYS
    + """[1 + n %% 4], 1,
        cast('0195000c00007000a000' || lpad(to_hex(n / 10), 12, '0') as uuid), 'order-' || n,
        (array['email', 'link'])[1 + n / 7 %% 2], 'fr', '{}', 'store-' || n / 5 %% 24, '["nps"]', '[]', 'sent', '[]',
        'e-' || n / 10, 50, at, at, at + interval '30 days', at,
        case when at < now() - interval '7 days' then 1 + 32 + 64 + 128 + 256 else 1 end,
        cast(at at time zone 'Europe/Paris' as date)
    from """
    + _EACH
)
_RESPONSES: LiteralString = (
    """
    insert into responses (workspace_id, id, invitation_id, customer_id, survey_key, survey_version, channel, place,
        language, status, revision, pages, position, answers, void, skipped_known, nps, csat, ces, persona,
        started_at, answered_at, completed_at, counted_on)
    select %(workspace)s, cast('0195000e00007000a000' || lpad(to_hex(n), 12, '0') as uuid),
        cast('0195000d00007000a000' || lpad(to_hex(n), 12, '0') as uuid),
        cast('0195000c00007000a000' || lpad(to_hex(n / 10), 12, '0') as uuid), """
    + _KEYS
    + """[1 + n %% 4], 1,
        (array['email', 'link'])[1 + n / 7 %% 2], 'store-' || n / 5 %% 24, 'fr', 'completed', 2,
        '[["nps"], ["csat", "ces"]]', 2,
        jsonb_build_object('nps', n * 7919 %% 11, 'csat', 1 + n * 104729 %% 5, 'ces', 1 + n * 1299709 %% 7), '[]', '[]',
        n * 7919 %% 11, 1 + n * 104729 %% 5, 1 + n * 1299709 %% 7,
        jsonb_build_object('key', 'persona-' || n %% 5, 'confidence', 0.6, 'reasons', '[]'::jsonb),
        at, at + n * 31 %% 400 * interval '1 second', at + n * 31 %% 400 * interval '1 second',
        cast(at at time zone 'Europe/Paris' as date)
    from """
    + _EACH
)
STEP: LiteralString = """case when took >= 1800 then '1800' when took >= 600 then '600' when took >= 300 then '300'
    when took >= 180 then '180' when took >= 120 then '120' when took >= 90 then '90' when took >= 60 then '60'
    when took >= 45 then '45' when took >= 30 then '30' when took >= 20 then '20' when took >= 15 then '15'
    when took >= 10 then '10' when took >= 5 then '5' else '0' end"""
_COUNTERS: LiteralString = (
    """
    insert into counters (workspace_id, survey_key, survey_version, day, place, channel, question, bucket, n)
    select workspace_id, survey_key, survey_version, counted_on, place, channel, question, bucket, count(*)
    from (select *, extract(epoch from completed_at - started_at) as took from responses) as r
    cross join lateral (values ('', status), ('@nps', cast(nps as text)), ('@csat', cast(csat as text)),
        ('@ces', cast(ces as text)), ('@seconds', """
    + STEP
    + """), (case when nps >= 9 then '@persona:promoter' when nps >= 7 then '@persona:passive'
            else '@persona:detractor' end, persona ->> 'key')) as e(question, bucket)
    group by 1, 2, 3, 4, 5, 6, 7, 8
    """
)
_MAILS: LiteralString = """
    insert into counters (workspace_id, survey_key, survey_version, day, place, channel, question, bucket, n)
    select workspace_id, survey_key, survey_version, mailed_on + days, place, channel, '@mail', bucket, count(*)
    from invitations cross join (values (1, 'sent', 0), (64, 'due', 7), (128, 'answered', 7), (256, 'completed', 7))
        as b(bit, bucket, days)
    where place is not null and (mail_counted & bit) > 0
    group by 1, 2, 3, 4, 5, 6, 7, 8
"""
