"""No unhappy response, finished or left, without its signal; no signal without its alert."""

from __future__ import annotations

from vocapp.models.journey import IMPORTED
from vocapp.models.sql import Dialect
from vocapp.services.checking.answers import METRICS, scores_told
from vocapp.services.checking.base import Check, among, as_text, unhappy


def _without_signal(d: Dialect) -> str:
    label = "r.sentiment ->> 'label'" if d.postgresql else "json_extract(r.sentiment, '$.label')"
    share = (
        "cast(r.sentiment -> 'probabilities' ->> 'negative' as float)"
        if d.postgresql
        else "json_extract(r.sentiment, '$.probabilities.negative')"
    )
    given = " or ".join(f"(u.metric = '{each}' and u.value = r.{each})" for each in METRICS)
    told = " or ".join(f"(u.metric = '{each}' and u.value = told.{each} % 1000)" for each in METRICS)
    return f"""
        select r.workspace_id, {as_text(d, "r.id")} as id from responses r
        left join signals s on s.workspace_id = r.workspace_id and s.response_id = r.id
        where {among(d, "r.workspace_id")} and r.counted_on is not null and s.response_id is null
            and r.channel <> '{IMPORTED}' and exists (
            select 1 from {unhappy(d)} where u.workspace_id = r.workspace_id and r.answered_at >= u.since and ({given}
                or (u.metric = 'words' and r.status = 'completed' and {label} = 'negative' and {share} >= :clearly)))
        union all
        select told.workspace_id, {as_text(d, "told.id")} as id from ({scores_told(d, _left(d))}) as told
        join responses r on r.workspace_id = told.workspace_id and r.id = told.id
        left join signals s on s.workspace_id = told.workspace_id and s.response_id = told.id
        where s.response_id is null and exists (
            select 1 from {unhappy(d)} where u.workspace_id = r.workspace_id and r.answered_at >= u.since and ({told}))
    """


def _left(d: Dialect) -> str:
    """Nobody came back to it within the grace time of its workspace, and it is not closed yet."""
    policies = d.rows("policies", "p", workspace_id="int", left_before="timestamptz")
    return f"""r.status = 'partial' and r.counted_on is null and exists (
        select 1 from {policies} where p.workspace_id = r.workspace_id and r.answered_at < p.left_before)"""


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


def _neither(d: Dialect) -> str:
    """A survey that was not sent because the event tells enough stands beside what the event led to.

    One that was planned first, and withdrawn because of another event, does not name that.
    """
    decided = f"json{'b' if d.postgresql else ''}_array_length(i.decisions)"
    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from invitations i
        join events e on e.workspace_id = i.workspace_id and e.key = i.occasion
        where {among(d, "i.workspace_id")} and i.reason = 'by_event' and {decided} = 1 and not exists (
            select 1 from signals s where s.workspace_id = e.workspace_id and s.response_id = e.id
                and s.event_id is not null)
        and not exists (
            select 1 from invitations a where a.workspace_id = i.workspace_id and a.customer_id = i.customer_id
                and a.occasion = i.occasion and a.kind = 'recovery'
                and (a.status in ('scheduled', 'sending', 'sent')
                    or (a.status = 'cancelled' and a.sent_at is not null)))
    """


def _without_reason(d: Dialect) -> str:
    return f"""
        select a.workspace_id, {as_text(d, "a.id")} as id from alerts a
        where {among(d, "a.workspace_id")} and not exists (
            select 1 from signals s where s.workspace_id = a.workspace_id and s.alert_id = a.id)
    """


SIGNALLED = Check(
    "unhappy_signalled",
    promise="every unhappy response has its signal: a finished one at once, one left unfinished after the grace time",
    advice="Nobody is told of these responses. Where they are unfinished, see that the relay and a worker of the queue "
    "`alert` run: the sweep comes every 15 seconds. A finished one gets its signal in the same transaction as the "
    "answer: open each customer in the console, call them back, and report this.",
    sql=_without_signal,
)
ALERTED = Check(
    "signals_alerted",
    promise="every signal has led to its customer's alert",
    advice="See that the relay and a worker of the queue `alert` run (console, Operation). Where they do and it stays, "
    "the fact is missing: call the customers of these responses back.",
    sql=_without_alert,
)
ACTED_ON = Check(
    "events_acted_on",
    promise="where an event alone told enough and nobody was asked, an alert or an apology followed",
    advice="These customers were not asked, and nothing was done for them: open each in the console and call them.",
    sql=_neither,
)
REASONED = Check(
    "alerts_signalled",
    promise="every alert stands on an unhappy response, or on an event",
    advice="Nothing tells why these customers should be called. Compare with a backup.",
    sql=_without_reason,
)
