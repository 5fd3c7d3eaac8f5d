"""No finished response that is unhappy without its signal, no signal without its alert."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text


def _without_signal(d: Dialect) -> str:
    label = "r.sentiment ->> 'label'" if d.postgresql else "json_extract(r.sentiment, '$.label')"
    share = (
        "cast(r.sentiment -> 'probabilities' ->> 'negative' as float)"
        if d.postgresql
        else "json_extract(r.sentiment, '$.probabilities.negative')"
    )
    # compared as text on both: a parameter has no type of its own
    return f"""
        select r.workspace_id, {as_text(d, "r.id")} as id from responses r
        left join signals s on s.workspace_id = r.workspace_id and s.response_id = r.id
        where {among(d, "r.workspace_id")} and r.status = 'completed' and s.response_id is null and (
            r.nps in {d.values("unhappy_nps", "int")} or r.csat in {d.values("unhappy_csat", "int")}
            or ({label} = 'negative' and {share} >= :clearly))
    """


def _without_alert(d: Dialect) -> str:
    """Between the answer and its alert lies one job: a signal may be without one while its fact is still open."""
    return f"""
        select s.workspace_id, {as_text(d, "s.response_id")} as id from signals s
        left join alerts a on a.workspace_id = s.workspace_id and a.id = s.alert_id
        where {among(d, "s.workspace_id")} and (
            (s.alert_id is null and (s.raised_at < {d.time("late")} or not exists (
                select 1 from outbox f where f.workspace_id = s.workspace_id and f.subject_id = s.response_id
                    and f.kind = 'SignalRaised' and f.done_at is null and f.failed_at is null)))
            or (s.alert_id is not null and (a.id is null or a.customer_id <> s.customer_id)))
    """


def _without_reason(d: Dialect) -> str:
    return f"""
        select a.workspace_id, {as_text(d, "a.id")} as id from alerts a
        where {among(d, "a.workspace_id")} and not exists (
            select 1 from signals s where s.workspace_id = a.workspace_id and s.alert_id = a.id)
    """


SIGNALLED = Check(
    "unhappy_signalled",
    promise="every finished response that is unhappy has its signal",
    advice="Nobody will be told of these responses. Open each customer in the console, call them back, and report "
    "this: the signal is written in the same transaction as the answer.",
    sql=_without_signal,
)
ALERTED = Check(
    "signals_alerted",
    promise="every signal has led to its customer's alert",
    advice="See that the relay and a worker of the queue `alert` run (console, Operation). Where they do and it stays, "
    "the fact is missing: call the customers of these responses back.",
    sql=_without_alert,
)
REASONED = Check(
    "alerts_signalled",
    promise="every alert stands on an unhappy response",
    advice="Nothing tells why these customers should be called. Compare with a backup.",
    sql=_without_reason,
)
