"""Counters equal the rows: the sums against the answers, and against the scores that the export gives."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, questions

_KEY = "workspace_id, survey_key, survey_version, day, place, channel, question, bucket"
_ROW = "r.workspace_id, r.survey_key, r.survey_version, r.counted_on, coalesce(r.place, ''), r.channel"
_OWN = "('@nps', '@csat', '@ces', '@sentiment', '@themes')"


def _unlike_answers(d: Dialect) -> str:
    """One line for each answer that counts and each of its buckets, as `counting.count` makes them."""
    if d.postgresql:
        answers = "cross join lateral jsonb_each(r.answers) as a(key, value)"
        buckets = """cross join lateral jsonb_array_elements_text(
            case when q.counted_as = 'answered' then '["answered"]'
                when q.counted_as = 'each' and jsonb_typeof(a.value) = 'array' then a.value
                else jsonb_build_array(a.value) end) as e(value)"""
        bucket, void = "e.value", "jsonb_exists(r.void, a.key)"
    else:
        answers = "cross join json_each(r.answers) as a"
        buckets = """cross join json_each(
            case when q.counted_as = 'answered' then '["answered"]'
                when q.counted_as = 'each' and a.type = 'array' then a.value
                when a.type in ('true', 'false') then json_array(a.type)
                else json_array(a.value) end) as e"""
        bucket, void = "cast(e.value as text)", "exists (select 1 from json_each(r.void) v where v.value = a.key)"
    rows = f"""
        select {_ROW}, a.key, {bucket} as bucket, -count(*) as n from responses r {answers}
        join {questions(d)} on q.workspace_id = r.workspace_id and q.survey_key = r.survey_key
            and q.survey_version = r.survey_version and q.question = a.key
        {buckets}
        where {among(d, "r.workspace_id")} and r.counted_on is not null and not {void}
        group by {_ROW}, a.key, {bucket}
    """
    return _compared(d, rows, f"question <> '' and question not in {_OWN}")


def _unlike_scores(d: Dialect) -> str:
    scores = " union all ".join(
        f"""select {_ROW}, '@{each}', cast(r.{each} as text), -count(*) from responses r
            where {among(d, "r.workspace_id")} and r.counted_on is not null and r.{each} is not null
            group by {_ROW}, r.{each}"""
        for each in ("nps", "csat", "ces")
    )
    rows = f"""
        select {_ROW}, '', r.status, -count(*) from responses r
        where {among(d, "r.workspace_id")} and r.counted_on is not null group by {_ROW}, r.status
        union all {scores} union all {_understood(d)}
    """
    return _compared(d, rows, f"(question = '' or question in {_OWN})")


def _understood(d: Dialect) -> str:
    """One line for each sentiment and each theme of a text, as `counting.count_understood` makes them."""
    if d.postgresql:
        label, looked_for = "r.sentiment ->> 'label'", "jsonb_typeof(r.sentiment -> 'themes') = 'array'"
        each = "cross join lateral jsonb_array_elements(r.sentiment -> 'themes') as e(value)"
        theme = "(e.value ->> 'key') || ':' || (e.value ->> 'label')"
    else:
        label, looked_for = "json_extract(r.sentiment, '$.label')", "json_type(r.sentiment, '$.themes') = 'array'"
        each = "cross join json_each(r.sentiment, '$.themes') as e"
        theme = "json_extract(e.value, '$.key') || ':' || json_extract(e.value, '$.label')"
    counted = f"{among(d, 'r.workspace_id')} and r.counted_on is not null and {label} is not null and {looked_for}"
    return f"""
        select {_ROW}, '@sentiment', {label}, -count(*) from responses r where {counted} group by {_ROW}, {label}
        union all
        select {_ROW}, '@themes', {theme}, -count(*) from responses r {each} where {counted} group by {_ROW}, {theme}
    """


def _compared(d: Dialect, rows: str, which: str) -> str:
    """What is counted less what stands in the rows: whatever is not nothing is wrong. No name holds a bucket.

    What erased people counted is known by its week only: there, what is counted above the rows must come to as much.
    """
    week = "cast(date_trunc('week', day) as date)" if d.postgresql else "date(day, 'weekday 0', '-6 days')"
    same = " and ".join(
        f"w.{name} = e.{name}"
        for name in ("workspace_id", "survey_key", "survey_version", "week", "question", "bucket")
    )
    return f"""
        with sums as (
            select {_KEY}, {week} as week, sum(n) as n from (
                select {_KEY}, sum(n) as n from counted where {among(d)} and {which} group by {_KEY}
                union all {rows}
            ) as each_sum
            group by {_KEY} having sum(n) <> 0
        ), erased as ({_erased(d, which)})
        select w.workspace_id, {_named(d, "w", "day")} as id from sums w
        where w.n < 0 or not exists (select 1 from erased e where {same})
        union all
        select e.workspace_id, {_named(d, "e", "week")} from erased e
        where e.n <> coalesce((select sum(w.n) from sums w where {same} and w.n > 0), 0)
    """


def _erased(d: Dialect, which: str) -> str:
    if d.postgresql:
        each, question, bucket = "jsonb_array_elements(a.counted) as e(value)", "e.value ->> 0", "e.value ->> 1"
    else:
        each = "json_each(a.counted) as e"
        question, bucket = "json_extract(e.value, '$[0]')", "json_extract(e.value, '$[1]')"
    return f"""
        select workspace_id, survey_key, survey_version, week, question, bucket, count(*) as n from (
            select a.workspace_id, a.survey_key, a.survey_version, a.week, {question} as question, {bucket} as bucket
            from anonymous_responses a cross join {each} where {among(d, "a.workspace_id")}
        ) as counted
        where {which} group by workspace_id, survey_key, survey_version, week, question, bucket
    """


def _named(d: Dialect, of: str, day: str) -> str:
    day = f"cast({of}.{day} as text)" if d.postgresql else f"{of}.{day}"
    return (
        f"{of}.survey_key || ' v' || {of}.survey_version || ' ' || {day} || ' ' "
        f"|| case when {of}.question = '' then 'responses' else {of}.question end"
    )


_REBUILD = (
    "`python -m vocapp counters rebuild --verify` names each difference, `counters rebuild` writes the sums anew "
    "(with `--workspace KEY`)."
)

ANSWERS = Check(
    "counters_equal_answers",
    promise="every counter of a question is what the answers say",
    advice=_REBUILD,
    sql=_unlike_answers,
)
SCORES = Check(
    "counters_equal_scores",
    promise="every counter of responses and scores is what the responses say",
    advice=_REBUILD,
    sql=_unlike_scores,
)
