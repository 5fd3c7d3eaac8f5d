"""Counters equal the rows: the sums against the answers, and against the scores that the export gives."""

from __future__ import annotations

from vocapp.domain.answering_time import EDGES
from vocapp.models.sql import Dialect
from vocapp.models.summaries import MAIL, PEOPLE, SECONDS, UNSCORED, question_of, unlike
from vocapp.services.checking.base import Check, among, questions
from vocapp.services.counting_mails import BITS, day_of

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
    return _compared(d, rows, "question <> '' and question not like '@%'")


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


def _unlike_circumstances(d: Dialect) -> str:
    """Seconds, personas, segments and messages, as `counting.circumstances` and `counting_mails` make them."""
    pages = "jsonb_array_length(r.pages)" if d.postgresql else "json_array_length(r.pages)"
    took = d.microseconds("r.completed_at", "r.started_at")
    steps = " ".join(f"when {took} >= {edge * 1_000_000} then '{edge}'" for edge in reversed(EDGES))
    counted_on = f"{among(d, 'r.workspace_id')} and r.counted_on is not null"
    rows = f"""
        select {_ROW}, '{SECONDS}', case {steps} else '0' end, -count(*) from responses r
        where {counted_on} and r.status = 'completed' and {pages} > 1 group by 1, 2, 3, 4, 5, 6, 7, 8
        union all
        {_of_people(d)}
        union all
        select i.workspace_id, i.survey_key, i.survey_version, {day_of(d, "i.mailed_on", "f.bit")},
            coalesce(i.place, ''), i.channel, '{MAIL}', f.name, -count(*)
        from invitations i join ({BITS}) f on (i.mail_counted & f.bit) > 0
        where {among(d, "i.workspace_id")} and i.mail_counted <> 0 group by 1, 2, 3, 4, 5, 6, 7, 8
    """
    people = " or ".join(f"question like '@{kind}%'" for kind in PEOPLE)
    return _compared(d, rows, f"(question in ('{MAIL}', '{SECONDS}') or {people})")


def _of_people(d: Dialect) -> str:
    """One line for each persona and each segment of an answer, and for its scores there (`counting.people_pairs`)."""
    if d.postgresql:
        of = {
            "persona": ("r.persona ->> 'key'", ""),
            "segment": ("e.value", "cross join lateral jsonb_array_elements_text(r.segments) as e(value)"),
        }
    else:
        of = {
            "persona": ("json_extract(r.persona, '$.key')", ""),
            "segment": ("e.value", "cross join json_each(r.segments) as e"),
        }
    counted_on = f"{among(d, 'r.workspace_id')} and r.counted_on is not null"
    lines = []
    for kind, (key, each) in of.items():
        named = {what: question_of(kind, "nps", what) for what in (UNSCORED, "promoter", "passive", "detractor")}
        category = f"""case when r.nps is null then '{named[UNSCORED]}' when r.nps >= 9 then '{named["promoter"]}'
            when r.nps >= 7 then '{named["passive"]}' else '{named["detractor"]}' end"""
        scored = {"nps": category} | {
            metric: f"'{question_of(kind, metric, '')}' || r.{metric}" for metric in ("csat", "ces")
        }
        lines += [
            f"""select {_ROW}, {question}, {key}, -count(*) from responses r {each}
                where {counted_on} and {key} is not null and {question} is not null group by 1, 2, 3, 4, 5, 6, 7, 8"""
            for question in scored.values()
        ]
    return " union all ".join(lines)


def _unlike_folded(d: Dialect) -> str:
    start = "cast(start as text)" if d.postgresql else "start"
    return f"""
        select workspace_id, survey_key || ' v' || survey_version || ' ' || unit || ' ' || {start} as id
        from ({unlike(d, among(d))}) as unlike_sums
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
        week = "coalesce(cast(e.value ->> 2 as date), a.week)"
    else:
        each = "json_each(a.counted) as e"
        question, bucket = "json_extract(e.value, '$[0]')", "json_extract(e.value, '$[1]')"
        week = "coalesce(json_extract(e.value, '$[2]'), a.week)"
    return f"""
        select workspace_id, survey_key, survey_version, week, question, bucket, count(*) as n from (
            select a.workspace_id, a.survey_key, a.survey_version, {week} as week, {question} as question,
                {bucket} as bucket
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
CIRCUMSTANCES = Check(
    "counters_equal_circumstances",
    promise="every counter of seconds, personas and messages is what responses and invitations say",
    advice=_REBUILD,
    sql=_unlike_circumstances,
)
FOLDED = Check(
    "summaries_equal_counters",
    promise="every sum that dashboards read is that of its counters",
    advice=_REBUILD,
    sql=_unlike_folded,
)
