"""Nobody is written to more often than the workspace allows; and the ledger, by which that is decided, is complete."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text


def _over(d: Dialect) -> str:
    """A mail is one too many where as many contacts as the cap allows were made in the window before it.

    A link is a contact like others, but is carried by its caller: it is never the one too many itself. Nor is a call.
    """
    policies = d.rows("policies", "p", workspace_id="int", cap="int", days="int")
    window = "p.days * interval '1 day'" if d.postgresql else "p.days"
    near = f"b.at > l.at - {window}" if d.postgresql else f"julianday(b.at) > julianday(l.at) - {window}"
    return f"""
        select l.workspace_id, {as_text(d, "l.id")} as id from (
            select *, row_number() over (partition by workspace_id, contact_key order by at, id) as place
            from ledger where {among(d)} and made
        ) as l
        join {policies} on p.workspace_id = l.workspace_id
        left join (
            select *, row_number() over (partition by workspace_id, contact_key order by at, id) as place
            from ledger where {among(d)} and made
        ) as b on b.workspace_id = l.workspace_id and b.contact_key = l.contact_key and b.place = l.place - p.cap
        left join invitations i on i.workspace_id = l.workspace_id and i.id = l.id
        where l.at > {d.time("weeks_from")} and (p.cap = 0 or (b.id is not null and {near}))
            and (i.channel = 'email' or (i.id is null and l.kind not in ('invitation', 'call')))
    """


def _unlike_invitations(d: Dialect) -> str:
    """What went or may have gone is entered as made, what is planned as planned; nothing else is planned."""
    made = "l.made" if d.postgresql else "l.made = 1"
    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from invitations i
        left join ledger l on l.workspace_id = i.workspace_id and l.id = i.id
        where {among(d, "i.workspace_id")} and (
            (i.status in ('sending', 'sent', 'unknown') and (l.id is null or not {made}))
            or (i.status = 'scheduled' and (l.id is null or {made})))
        union
        select l.workspace_id, {as_text(d, "l.id")} from ledger l
        join invitations i on i.workspace_id = l.workspace_id and i.id = l.id
        where {among(d, "l.workspace_id")} and not {made} and i.status not in ('scheduled', 'held')
    """


CAP = Check(
    "nobody_over_the_cap",
    promise="nobody was mailed more often than the contact policy allows in any window of the last 90 days",
    advice="These invitations were one too many. If the cap was lowered or the window widened lately, mails from "
    "before show here too, and nothing is to be done; otherwise report this.",
    sql=_over,
)
LEDGER = Check(
    "ledger_complete",
    promise="the ledger of contacts holds every invitation that went or is planned",
    advice="The cap is decided by the ledger: stop the workers of `mail`, and compare these invitations with a backup.",
    sql=_unlike_invitations,
)
