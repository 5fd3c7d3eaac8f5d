"""No message goes twice, none is stuck, none is forgotten, and none goes to somebody who said no."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text
from vocapp.services.happenings import APOLOGY

COMMIT_SECONDS = 10
"""A no and a call that was begun before it may wait for the same lock: which clock was read first says nothing."""


def _twice(d: Dialect) -> str:
    """A call was begun after one that left or may have left, or two of them left: the record of decisions tells."""
    if d.postgresql:
        each = "jsonb_array_elements(i.decisions) with ordinality as e(value, place)"
        length, status, place = "jsonb_array_length(i.decisions)", "e.value ->> 'status'", "e.place"
    else:
        each = "json_each(i.decisions) as e"
        length, status, place = "json_array_length(i.decisions)", "json_extract(e.value, '$.status')", "e.key"
    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from invitations i
        where {among(d, "i.workspace_id")} and i.channel = 'email' and {length} > 2 and (
            select max(case when {status} = 'sending' then {place} end)
                    > min(case when {status} in ('sent', 'unknown') then {place} end)
                or count(case when {status} = 'sent' then 1 end) > 1
            from {each})
    """


def _stuck(d: Dialect) -> str:
    return f"""
        select workspace_id, {as_text(d, "id")} as id from invitations
        where {among(d)} and status = 'sending' and (marked_at is null or marked_at < {d.time("late")})
    """


def _forgotten(d: Dialect) -> str:
    """Planned, held or under way, with no open fact to bring it to an end."""
    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from invitations i
        where {among(d, "i.workspace_id")} and i.status in ('scheduled', 'held', 'sending') and not exists (
            select 1 from outbox f where f.workspace_id = i.workspace_id and f.subject_id = i.id
                and f.kind = 'InvitationDue' and f.done_at is null and f.failed_at is null)
    """


def _after_a_no(d: Dialect) -> str:
    """What a person said themselves; of a suppression is only known when its cause was, not when we heard of it."""

    def after(column: str) -> str:
        if d.postgresql:
            return f"i.marked_at > {column} + interval '{COMMIT_SECONDS} seconds'"
        return f"i.marked_at > strftime('%Y-%m-%dT%H:%M:%f000Z', {column}, '+{COMMIT_SECONDS} seconds')"

    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from invitations i
        left join contacts k on k.workspace_id = i.workspace_id and k.key = i.contact_key
        left join customers c on c.workspace_id = i.workspace_id and c.id = i.customer_id
        where {among(d, "i.workspace_id")} and i.marked_at is not null and i.channel = 'email'
            and ({after("k.unsubscribed_at")} or {after("c.unsubscribed_at")})
    """


def _in_a_pause(d: Dialect) -> str:
    """Every pause of the last year is kept, also those that were ended early, until the moment they really ended."""

    def within(pauses: str) -> str:
        if d.postgresql:
            return f"""exists (select 1 from jsonb_array_elements({pauses}) as p(pause)
                where i.marked_at > cast(p.pause ->> 0 as timestamptz) + interval '{COMMIT_SECONDS} seconds'
                    and i.marked_at < cast(p.pause ->> 1 as timestamptz))"""
        since = f"strftime('%Y-%m-%dT%H:%M:%f000Z', json_extract(p.value, '$[0]'), '+{COMMIT_SECONDS} seconds')"
        return f"""exists (select 1 from json_each({pauses}) as p
            where i.marked_at > {since} and i.marked_at < json_extract(p.value, '$[1]'))"""

    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from invitations i
        left join contacts k on k.workspace_id = i.workspace_id and k.key = i.contact_key
        left join customers c on c.workspace_id = i.workspace_id and c.id = i.customer_id
        where {among(d, "i.workspace_id")} and i.marked_at is not null and i.channel = 'email'
            and ({within("k.pauses")} or {within("c.pauses")})
    """


def _in_a_hold(d: Dialect) -> str:
    """A mail's call was begun while its survey was held; an apology is owed all the same."""
    after = (
        f"i.marked_at > h.held_at + interval '{COMMIT_SECONDS} seconds'"
        if d.postgresql
        else f"i.marked_at > strftime('%Y-%m-%dT%H:%M:%f000Z', h.held_at, '+{COMMIT_SECONDS} seconds')"
    )
    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from survey_holds h
        join invitations i on i.workspace_id = h.workspace_id and i.survey_key = h.survey_key
        where {among(d, "h.workspace_id")} and i.channel = 'email' and {after}
            and (h.resumed_at is null or i.marked_at < h.resumed_at)
            and not (i.kind = '{APOLOGY}' and i.alert_id is null)
    """


ONCE = Check(
    "mailed_once",
    promise="no message was sent twice",
    advice="Their decisions stand in the console (customer, invitations). Whoever got two may be told you are sorry; "
    "then report this: a message that may have left is never handed over again.",
    sql=_twice,
)
NOT_STUCK = Check(
    "none_stuck_sending",
    promise="no invitation is stuck in `sending`",
    advice="See that a worker of the queue `mail` runs: it resolves them, by asking the back end or as `unknown`, "
    "within two minutes. None of them is sent again by hand.",
    sql=_stuck,
)
NOT_FORGOTTEN = Check(
    "planned_will_go",
    promise="every planned invitation has the fact that will bring it on its way",
    advice="These will never go by themselves, and hold a place under the cap. Rows of `outbox` were removed by hand "
    "or left out of a restore.",
    sql=_forgotten,
)
HEEDED = Check(
    "no_is_heeded",
    promise="nobody was written to after they unsubscribed",
    advice="The law is concerned: note the invitations, tell your data protection officer, and report this.",
    sql=_after_a_no,
)
PAUSED = Check(
    "pauses_are_kept",
    promise="nobody was written to during a pause they asked for",
    advice="Tell whoever answers for contact with customers, and report this: a pause is looked at before every call.",
    sql=_in_a_pause,
)
HELD = Check(
    "held_surveys_wait",
    promise="no survey was mailed while it was held",
    advice="Your provider may cut you off: hold the survey by taking its trigger away, and report this: a hold is "
    "looked at before every call.",
    sql=_in_a_hold,
)
