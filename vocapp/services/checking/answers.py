"""Every accepted answer stands once, belongs where it says, and says the same in its scores as in its answers."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text, differs, questions

METRICS = ("nps", "csat", "ces")


def _not_once(d: Dialect) -> str:
    return f"""
        select workspace_id, min({as_text(d, "id")}) as id from responses where {among(d)}
        group by workspace_id, invitation_id having count(*) > 1
    """


def _out_of_place(d: Dialect) -> str:
    """Of another customer or survey than it was asked of, or neither finished nor unfinished."""
    return f"""
        select r.workspace_id, {as_text(d, "r.id")} as id from responses r
        left join invitations i on i.workspace_id = r.workspace_id and i.id = r.invitation_id
        where {among(d, "r.workspace_id")} and (
            i.id is null or i.customer_id <> r.customer_id or i.survey_key <> r.survey_key
            or i.survey_version <> r.survey_version
            or r.status not in ('partial', 'completed')
            or (r.status = 'completed') <> (r.completed_at is not null)
            or (r.status = 'completed' and r.counted_on is null))
    """


def scores_told(d: Dialect, which: str = "true") -> str:
    """Write the table of the scores that responses (`r`) tell: `nps`, `csat`, `ces`, each modulo 1000.

    The score of a metric is the answer that counts to the first question of it.
    """
    value = "(r.answers -> q.question)" if d.postgresql else "json_extract(r.answers, '$.\"' || q.question || '\"')"
    number = (
        f"case when jsonb_typeof({value}) = 'number' then cast(cast({value} as text) as numeric) else 999 end"
        if d.postgresql
        else f"case when typeof({value}) = 'integer' then {value} else 999 end"
    )
    void = (
        "jsonb_exists(r.void, q.question)"
        if d.postgresql
        else "exists (select 1 from json_each(r.void) v where v.value = q.question)"
    )
    # the number of the question stands before the answer, so that the least of them is the first question's
    told = ", ".join(
        f"min(case when q.metric = '{each}' then q.place * 1000 + {number} end) as {each}" for each in METRICS
    )
    return f"""
        select r.workspace_id, r.id, {told} from responses r
        join {questions(d)} on q.workspace_id = r.workspace_id and q.survey_key = r.survey_key
            and q.survey_version = r.survey_version
        where {among(d, "r.workspace_id")} and {which} and q.metric is not null and {value} is not null and not {void}
        group by r.workspace_id, r.id
    """


def _scored_otherwise(d: Dialect) -> str:
    """Before it is counted, a response has no score."""
    wrong = " or ".join(
        differs(d, f"r.{each}", f"case when r.counted_on is not null then told.{each} % 1000 end") for each in METRICS
    )
    return f"""
        select r.workspace_id, {as_text(d, "r.id")} as id from responses r
        left join ({scores_told(d)}) as told on told.workspace_id = r.workspace_id and told.id = r.id
        where {among(d, "r.workspace_id")} and ({wrong})
    """


ONCE = Check(
    "answered_once",
    promise="every accepted answer is stored once: one response per invitation",
    advice="Two responses share an invitation: a unique constraint is missing or its index is broken. Run `REINDEX` "
    "(PostgreSQL) or `PRAGMA integrity_check` (SQLite), and compare the two rows before one is removed.",
    sql=_not_once,
)
IN_PLACE = Check(
    "responses_in_place",
    promise="every response belongs to its invitation's customer and survey, and is finished or not",
    advice="These rows were changed by hand or by a restore that was cut short. Compare them with a backup.",
    sql=_out_of_place,
)
SCORES = Check(
    "scores_as_answered",
    promise="the scores of every response are those of its answers",
    advice="The answers are what people said: correct the columns nps, csat and ces by them, then run "
    "`python -m vocapp counters rebuild`.",
    sql=_scored_otherwise,
)
