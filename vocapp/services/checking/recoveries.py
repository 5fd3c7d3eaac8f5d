"""Who is asked whether a call helped was called, about their own alert, and resolved it was."""

from __future__ import annotations

from vocapp.models.sql import Dialect
from vocapp.services.checking.base import Check, among, as_text
from vocapp.services.recovering import PREFIX, SPOKEN_TO


def _about_nothing(d: Dialect) -> str:
    """A recovery survey without its alert, of somebody else, or about no resolution after which they were spoken to."""
    spoken_to = "m.details ->> 'resolution'" if d.postgresql else "json_extract(m.details, '$.resolution')"
    return f"""
        select i.workspace_id, {as_text(d, "i.id")} as id from invitations i
        where {among(d, "i.workspace_id")} and i.alert_id is not null and not exists (
            select 1 from alerts a
            join alert_moves m on m.workspace_id = a.workspace_id and m.alert_id = a.id and m.action = 'resolve'
            where a.workspace_id = i.workspace_id and a.id = i.alert_id and a.customer_id = i.customer_id
                and i.occasion = '{PREFIX}' || {as_text(d, "m.id")} and {spoken_to} = '{SPOKEN_TO}')
    """


ASKED = Check(
    "recoveries_asked",
    promise="who is asked whether a callback helped was called about their own alert, which was resolved then",
    advice="These customers were asked about a call that nobody made them, or their answers will open nothing. Rows of "
    "`alert_moves` or `invitations` were changed by hand: compare with a backup.",
    sql=_about_nothing,
)
