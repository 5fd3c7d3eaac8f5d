"""What an erasure leaves of promises: that they came due, and whether they were kept, without the person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from vocapp.domain.promises import COUNTED
from vocapp.models import Promise, db
from vocapp.models.erasures import drawn_id
from vocapp.services import promising


def forget_promises(*, workspace_id: int, customer_id: UUID, now: datetime) -> None:
    """Free what is still promised, delete what never came due, and leave of the rest its slot and how it ended.

    A row of the rest gets another id, too: its own is that of the mail of apology, in whatever names that.
    """
    own = (Promise.workspace_id == workspace_id, Promise.customer_id == customer_id)
    standing = db.session.scalars(select(Promise).where(*own, Promise.status == "made").with_for_update()).all()
    for one in standing:
        promising.cancel(one, reason="erased", now=now)
    db.session.flush()
    db.session.execute(
        delete(Promise).where(*own, Promise.status.not_in(COUNTED)).execution_options(synchronize_session=False)
    )
    nothing = dict.fromkeys(("customer_id", "invitation_id", "response_id", "alert_id", "place", "means"))
    nothing |= dict.fromkeys(("reason", "contact_key", "provider_id", "marked_at"))
    nothing |= {"language": "", "attempts": 0, "made_at": Promise.ends_at, "settled_at": Promise.ends_at}
    for promise_id in db.session.scalars(select(Promise.id).where(*own)).all():
        its = update(Promise).where(Promise.workspace_id == workspace_id, Promise.id == promise_id)
        db.session.execute(its.values(id=drawn_id(), **nothing).execution_options(synchronize_session=False))
    db.session.expire_all()
