"""The SQL of sending: what messages were judged by, the mark before each call, and many outcomes at once.

A batch is judged at once, and its messages are called one after the other; meanwhile anybody may say no. So what the
contact policy looks at is read as one text, and a message is marked only while the same text is read: under the lock of
its address, which all who change something about writing to it hold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import String

from vocapp.models.base import WRITES, autocommit, db, on_postgresql
from vocapp.models.sql import Dialect, Statement, last_row, statement
from vocapp.models.types import Uuid

_STANDING = """
    i.language, c.contact_key, c.unsubscribed_at, c.paused_until, c.pauses, c.frequency, c.timezone,
    k.unsubscribed_at, k.suppressed_at, k.suppressed_reason, k.paused_until, k.pauses, k.frequency, k.erased_at,
    w.timezone, w.settings -> {policy},
    (select count(*) from consents s where s.workspace_id = i.workspace_id and s.customer_id = i.customer_id),
    (select max(r.answered_at) from responses r where r.workspace_id = i.workspace_id
        and r.customer_id = i.customer_id and r.survey_key = i.survey_key),
    (select count(*) from ledger l where l.workspace_id = i.workspace_id and l.contact_key = c.contact_key
        and l.made and l.id <> i.id),
    case when i.alert_id is not null then (select sum(a.version) from alerts a where a.workspace_id = i.workspace_id
        and a.customer_id = i.customer_id) end,
    (select count(*) from survey_holds h where h.workspace_id = i.workspace_id and h.survey_key = i.survey_key
        and h.resumed_at is null)
"""
"""What people and staff said, and what was sent; of a mail about a call, every move of the customer's alerts; and
whether the survey is held."""


def read_standing(*, workspace_id: int, invitation_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return all that stands for and against sending these invitations now, each as one text: to be compared."""
    ids = [str(one) for one in invitation_ids]
    rows = _read_standing.run(db.session.connection(), workspace_id=workspace_id, ids=ids)
    return dict(rows.all())


def mark(
    *, contact_key: str, invitation: Mapping[str, Any], halts: Mapping[str, Any], before: Mapping[str, Any] | None
) -> bool:
    """Mark an invitation as being sent, if nothing has changed since it was judged; say whether it was.

    A transaction of its own, in which the message `before` it, whose call is over, is written down as sent.
    `invitation`: workspace_id, id, status, marked_at (as they were found), standing, now, tracked, decision. `halts`:
    account, and whether they are passed over (trying). `before`: as `note_sent` takes it.
    """
    given = {"contact_key": contact_key, **invitation, **halts}
    if on_postgresql():  # what others changed while we waited for the lock, only a new statement sees
        noted = {f"before_{name}": before[name] if before is not None else None for name in _SENT}
        return last_row(autocommit(), (_hold, given), (_mark_at_once, {**given, **noted})) is not None
    with db.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if before is not None:
            _note_sent.run(connection, workspace_id=given["workspace_id"], **before)
        marked = _mark.run(connection, **given).first() is not None
        if marked:
            _place.run(connection, **given)
    return marked


def note_sent(*, workspace_id: int, sent: Mapping[str, Any]) -> None:
    """Write down that the provider took a message (id, provider_id, at, decision).

    If it has told of it before us, only its name for it is new.
    """
    _note_sent.run(db.session.connection(), workspace_id=workspace_id, **sent)


def decide_each(*, workspace_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Decide about many invitations: id, status, reason, decision, contact_key; send_at, sent_at and attempts stay
    as they are where they are None; `unmark`: no call is under way any more.
    """
    if rows:
        _decide_each.run(db.session.connection(), workspace_id=workspace_id, rows=rows)


def plan_each(*, workspace_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enter many invitations in the ledger as planned for `at` (with id, contact_key), those of held surveys anew."""
    if rows:
        _plan_each.run(db.session.connection(), workspace_id=workspace_id, rows=rows)


_SENT = ("id", "provider_id", "at", "decision")


@statement(id=Uuid(), standing=String())
def _read_standing(d: Dialect) -> str:
    return f"""
        select i.id, {_standing(d)} as standing from {_JOINED}
        where i.workspace_id = :workspace_id and i.id in {d.values("ids", "uuid")}
    """


@statement()
def _hold(_d: Dialect) -> str:
    return "select 1 from contacts where workspace_id = :workspace_id and key = :contact_key for update"


def _marked(d: Dialect) -> str:
    halted = "h.account = :account and h.workspace_id in (:workspace_id, 0) and h.until > " + d.time("now")
    return f"""
        update invitations set status = 'sending', reason = null, marked_at = {d.time("now")},
            contact_key = :contact_key, decisions = {_appended(d, d.json("decision"))},
            mail_tracked = {"cast(:tracked as boolean)" if d.postgresql else ":tracked"}
        where workspace_id = :workspace_id and id = {d.uuid("id")} and status = {_text(d, "status")}
            and marked_at is not distinct from {d.time("marked_at")}
            and (select {_standing(d)} from {_JOINED}
                where i.workspace_id = :workspace_id and i.id = {d.uuid("id")}) = {_text(d, "standing")}
            and ({"cast(:trying as boolean)" if d.postgresql else ":trying"}
                or not exists (select 1 from mail_halts h where {halted}))
        returning id
    """


def _placed(d: Dialect) -> str:
    of_marked = "id in (select id from marked)" if d.postgresql else "id = :id"
    return f"""
        update ledger set made = {"true" if d.postgresql else "1"}, at = {d.time("now")}, contact_key = :contact_key
        where workspace_id = :workspace_id and {of_marked}
    """


def _at_once(d: Dialect) -> str:
    return f"""
        with marked as ({_marked(d)}), placed as ({_placed(d)}), noted as ({_noted_sent(d, "before_")})
        select id from marked
    """


@statement()
def _decide_each(d: Dialect) -> str:
    rows = d.rows(
        "rows",
        id="uuid",
        status="text",
        reason="text",
        decision="jsonb",
        contact_key="text",
        send_at="timestamptz",
        sent_at="timestamptz",
        attempts="int",
        unmark="boolean",
    )
    return f"""
        update invitations set status = r.status, reason = r.reason, contact_key = r.contact_key,
            decisions = {_appended(d, "r.decision")}, send_at = coalesce(r.send_at, invitations.send_at),
            sent_at = coalesce(r.sent_at, invitations.sent_at), attempts = coalesce(r.attempts, invitations.attempts),
            marked_at = case when r.unmark then null else invitations.marked_at end
        from {rows}
        where invitations.workspace_id = :workspace_id and invitations.id = r.id
    """


@statement()
def _plan_each(d: Dialect) -> str:
    rows = d.rows("rows", id="uuid", contact_key="text", at="timestamptz")
    return f"""
        insert into ledger (workspace_id, id, contact_key, at, kind, survey_key, priority, made)
        select i.workspace_id, i.id, r.contact_key, r.at, i.kind, i.survey_key, i.priority,
            {"false" if d.postgresql else "0"}
        from {rows} join invitations i on i.workspace_id = :workspace_id and i.id = r.id
        where true order by i.id
        on conflict (workspace_id, id) do update
            set made = excluded.made, at = excluded.at, contact_key = excluded.contact_key
    """


def _noted_sent(d: Dialect, name: str = "") -> str:
    def while_sending(value: str, otherwise: str) -> str:
        return f"case when status = 'sending' then {value} else {otherwise} end"

    return f"""
        update invitations set provider_id = coalesce(provider_id, {_text(d, name + "provider_id")}),
            sent_at = {while_sending(d.time(name + "at"), "sent_at")},
            decisions = {while_sending(_appended(d, d.json(name + "decision")), "decisions")},
            status = {while_sending("'sent'", "status")}
        where workspace_id = :workspace_id and id = {d.uuid(name + "id")}
    """


_JOINED = """invitations i
    join customers c on c.workspace_id = i.workspace_id and c.id = i.customer_id
    join contacts k on k.workspace_id = c.workspace_id and k.key = c.contact_key
    join workspaces w on w.id = i.workspace_id"""


def _standing(d: Dialect) -> str:
    listed = _STANDING.format(policy="'contact_policy'" if d.postgresql else "'$.contact_policy'")
    return f"cast(jsonb_build_array({listed}) as text)" if d.postgresql else f"json_array({listed})"


def _appended(d: Dialect, decision: str) -> str:
    if d.postgresql:
        return f"invitations.decisions || {decision}"
    return f"json_insert(invitations.decisions, '$[#]', json({decision}))"


def _text(d: Dialect, parameter: str) -> str:
    return f"cast(:{parameter} as text)" if d.postgresql else f":{parameter}"


_mark = Statement(_marked, {})
_place = Statement(_placed, {})
_note_sent = Statement(_noted_sent, {})
_mark_at_once = Statement(_at_once, {})
