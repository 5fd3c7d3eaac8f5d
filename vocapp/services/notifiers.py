"""The notifiers of a workspace: set up, changed, tried out, taken away. Secrets are shown once, and kept sealed.

Where a webhook may go is judged before a transaction is open (`check_target`): a name is looked up for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, select, update

from vocapp.adapters import webhooks
from vocapp.adapters.notifiers import KINDS
from vocapp.adapters.notifiers.webhook import make_secret
from vocapp.adapters.sealing import Unreadable, seal, unseal
from vocapp.adapters.webhooks import TargetRefused
from vocapp.adapters.webhooks.targets import Network
from vocapp.domain import alerts
from vocapp.domain.helpdesks import LONGEST_TOOL, read_tool
from vocapp.domain.rules import Fault
from vocapp.domain.urgency import HIGHEST_PRIORITY
from vocapp.models import Fact, Notice, NotifierRow, Place, db, new_id
from vocapp.services import auditing, noticing, replaying
from vocapp.services.intake_values import ValueRefused, read_email, read_line

BOTH_FOR = timedelta(days=2)
"""For so long both secrets sign, once one was replaced."""
MOST = 50
MOST_MAILBOXES = 50
LONGEST_MINUTES = 1440
TEST_EVERY = timedelta(seconds=10)
_PLAIN = ("name", "kinds", "least_priority", "place", "digest_minutes", "repeat_minutes", "tool")


class NotifierNotFound(LookupError):
    """There is no such notifier in this workspace."""


class NotifierMade(Exception):
    """A notifier of this id is there already: a form was sent twice."""


class NotifierRefused(ValueError):
    """What can't be set up; the fault has its JSON pointer. `code` stands for the reason in forms."""

    def __init__(self, field: str, detail: str, code: str = "choose") -> None:
        self.field, self.code = field, code
        self.faults = [Fault(f"/{field}", detail)]
        super().__init__(detail)


def check_target(kind: str, target: str, *, allowed: Sequence[Network]) -> str:
    """Return a target as it is kept. Raises NotifierRefused. Looks a name up: never inside a transaction."""
    if KINDS[kind].by_mail:
        return _mailboxes(target)
    try:
        webhooks.check(webhooks.read_target(target), allowed=allowed)
    except TargetRefused as refused:
        raise NotifierRefused("target", str(refused), f"target_{refused.code}") from refused
    except OSError as error:
        raise NotifierRefused("target", "has a name that is not known", "target_name") from error
    return target


def list_notifiers(*, workspace_id: int) -> list[NotifierRow]:
    """Return the notifiers, the oldest first."""
    query = select(NotifierRow).where(NotifierRow.workspace_id == workspace_id).order_by(NotifierRow.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def get_notifier(*, workspace_id: int, notifier_id: UUID, lock: bool = False) -> NotifierRow:
    """Return a notifier. Raises NotifierNotFound."""
    row = db.session.get(NotifierRow, (workspace_id, notifier_id), populate_existing=True, with_for_update=lock or None)
    if row is None:
        raise NotifierNotFound(str(notifier_id))
    return row


def create(
    *,
    workspace_id: int,
    kind: str,
    target: str,
    given: Mapping[str, Any],
    secret: bytes,
    by: str,
    now: datetime,
    notifier_id: UUID | None = None,
) -> tuple[NotifierRow, str | None]:
    """Set a notifier up; return it with its signing secret, where it has one: not to be seen again.

    `target` has been checked. Raises NotifierRefused, NotifierMade.
    """
    there = list_notifiers(workspace_id=workspace_id)
    if any(one.id == notifier_id for one in there):
        raise NotifierMade(str(notifier_id))
    if len(there) >= MOST:
        raise NotifierRefused("name", f"would be one more than {MOST} notifiers", "too_many")
    values = {
        "kinds": [],
        "least_priority": 1,
        "place": None,
        "digest_minutes": 0,
        "repeat_minutes": 0,
        "tool": None,
        **given,
    }
    shown = make_secret() if KINDS[kind].signs else None
    row = NotifierRow(
        workspace_id=workspace_id,
        id=notifier_id or new_id(),
        kind=kind,
        secret=seal(shown, secret=secret) if shown else None,
        created_at=now,
        failures=0,
        **_target(kind, target, secret),
        **_read(workspace_id, kind, values),
    )
    db.session.add(row)
    db.session.flush()
    after = {**_said(row), "kind": kind}
    auditing.note(workspace_id=workspace_id, by=by, action="notifier.created", subject=row.name, after=after, now=now)
    return row, shown


def change(
    *, row: NotifierRow, given: Mapping[str, Any], target: str | None, secret: bytes, by: str, now: datetime
) -> None:
    """Change what is given; `enabled` switches on and off. A new target has been checked. Raises NotifierRefused."""
    before = _said(row)
    values = _read(row.workspace_id, row.kind, given)
    if target is not None:
        values |= _target(row.kind, target, secret)
    mended = target is not None or given.get("enabled")
    if mended:
        values |= {"failures": 0, "waits_until": None, "error": None}
    was_enabled, enabled = row.disabled_at is None, given.get("enabled")
    if enabled is True:
        values |= {"disabled_at": None, "disabled_reason": None}
    elif enabled is False and was_enabled:
        values |= {"disabled_at": now, "disabled_reason": None}
    for name, value in values.items():
        setattr(row, name, value)
    db.session.flush()
    if mended:
        _hurry(row, now)
    if enabled is not None and enabled != was_enabled:
        action = "notifier.enabled" if enabled else "notifier.disabled"
        auditing.note(workspace_id=row.workspace_id, by=by, action=action, subject=row.name, now=now)
    auditing.note_change(
        workspace_id=row.workspace_id, by=by, action="notifier.changed", subject=row.name, before=before,
        after=_said(row), now=now,
    )  # fmt: skip


def replace_secret(*, row: NotifierRow, secret: bytes, by: str, now: datetime) -> str:
    """Make a new signing secret and return it; the old one signs along for two days, where it can still be read.

    Raises NotifierRefused.
    """
    if not KINDS[row.kind].signs:
        raise NotifierRefused("kind", "has no secret")
    shown = make_secret()
    signs_along = _is_readable(row.secret, secret)
    row.old_secret, row.old_secret_until = (row.secret, now + BOTH_FOR) if signs_along else (None, None)
    row.secret = seal(shown, secret=secret)
    auditing.note(workspace_id=row.workspace_id, by=by, action="notifier.secret_replaced", subject=row.name, now=now)
    return shown


def try_out(*, row: NotifierRow, by: str, now: datetime) -> list[UUID]:
    """Send a message that only shows that messages arrive; return the ids of its notices; none: one just went."""
    last = auditing.last_at(workspace_id=row.workspace_id, action="notifier.tested")
    if last is not None and now - last < TEST_EVERY:
        return []
    row.waits_until = None
    auditing.note(workspace_id=row.workspace_id, by=by, action="notifier.tested", subject=row.name, now=now)
    return noticing.plan_test(notifier=row, event_id=new_id(), now=now)


def replay(*, row: NotifierRow, by: str, now: datetime) -> int:
    """Take up again, at once, what was given up; return how many messages it were."""
    row.waits_until = None
    _hurry(row, now)
    own = select(Notice.id).where(Notice.workspace_id == row.workspace_id, Notice.notifier_id == row.id)
    return replaying.replay_about(workspace_id=row.workspace_id, kind="NoticeDue", subjects=own, by=by, now=now)


def remove(*, row: NotifierRow, by: str, now: datetime) -> None:
    """Take a notifier away, with what waits for it; what was told stands in the alerts' histories."""
    own = (Notice.workspace_id == row.workspace_id, Notice.notifier_id == row.id)
    db.session.execute(delete(Notice).where(*own).execution_options(synchronize_session=False))
    auditing.note(workspace_id=row.workspace_id, by=by, action="notifier.removed", subject=row.name, now=now)
    db.session.delete(row)
    db.session.flush()


def document(row: NotifierRow) -> dict[str, Any]:
    """Return a notifier as the API gives it: without its secret, and with no more than a hint of its target."""
    return {
        "id": row.id,
        "kind": row.kind,
        **_said(row),
        "enabled": row.disabled_at is None,
        "disabled_reason": row.disabled_reason,
        "failures": row.failures,
        "error": row.error,
        "waits_until": row.waits_until,
        "told_at": row.told_at,
        "created_at": row.created_at,
    }


def _said(row: NotifierRow) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in _PLAIN}, "target": row.target_hint}


def _target(kind: str, target: str, secret: bytes) -> dict[str, Any]:
    if KINDS[kind].by_mail:
        return {"target": target, "target_hint": target.replace(",", ", ")[:300]}
    return {"target": seal(target, secret=secret), "target_hint": f"{urlsplit(target).hostname}/…"[:300]}


def _is_readable(sealed: str | None, secret: bytes) -> bool:
    try:
        return sealed is not None and bool(unseal(sealed, secret=secret))
    except Unreadable:
        return False


def _hurry(row: NotifierRow, now: datetime) -> None:
    """Let what waits for another attempt go at once: why it failed may be mended. What a worker is at, it ends."""
    due = select(Notice.id).where(
        Notice.workspace_id == row.workspace_id,
        Notice.notifier_id == row.id,
        Notice.status == "waiting",
        Notice.due_at <= now,
    )
    free = (
        select(Fact.id)
        .where(Fact.workspace_id == row.workspace_id, Fact.kind == "NoticeDue", Fact.subject_id.in_(due))
        .where(Fact.done_at.is_(None), Fact.failed_at.is_(None), Fact.due_at > now)
        .with_for_update(skip_locked=True)
    )
    here = Fact.id.in_(list(db.session.scalars(free)))
    db.session.execute(update(Fact).where(here).values(due_at=now).execution_options(synchronize_session=False))


def _mailboxes(text: str) -> str:
    try:
        found = noticing.each_once(read_email(one) or "" for one in text.replace(";", ",").split(","))
    except ValueRefused as refused:
        raise NotifierRefused("target", str(refused), "recipients") from refused
    if not 0 < len(found) <= MOST_MAILBOXES:
        raise NotifierRefused("target", f"must be 1 to {MOST_MAILBOXES} addresses, with commas between", "recipients")
    return ",".join(found)


def _read(workspace_id: int, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: given[name] for name in _PLAIN if name in given}
    if "name" in values:
        values["name"] = _line(values["name"])
    if values.get("tool") is not None:
        values["tool"] = _tool(kind, values["tool"])
    unknown = [kind for kind in values.get("kinds", ()) if kind not in alerts.KINDS]
    if unknown:
        raise NotifierRefused("kinds", f"must be among {', '.join(alerts.KINDS)}")
    if values.get("place") is not None and db.session.get(Place, (workspace_id, values["place"])) is None:
        raise NotifierRefused("place", "is no place of this workspace")
    for name, (lowest, highest) in BOUNDS.items():
        if name in values and not lowest <= values[name] <= highest:
            raise NotifierRefused(name, f"must be from {lowest} to {highest}", "number")
    return values


BOUNDS: Mapping[str, tuple[int, int]] = {
    "least_priority": (1, HIGHEST_PRIORITY),
    "digest_minutes": (0, LONGEST_MINUTES),
    "repeat_minutes": (0, LONGEST_MINUTES),
}


def _tool(kind: str, text: str) -> str | None:
    try:
        tool = read_line(text, LONGEST_TOOL)
    except ValueRefused as refused:
        raise NotifierRefused("tool", str(refused), "line") from refused
    if tool is not None and not KINDS[kind].for_machines:
        raise NotifierRefused("tool", "is for webhooks: a program at the other end", "tool")
    try:
        return None if tool is None else read_tool(tool)
    except ValueError as refused:  # nothing could ever report by that name
        raise NotifierRefused("tool", str(refused), "tool_name") from refused


def _line(text: str) -> str:
    try:
        name = read_line(text)
    except ValueRefused as refused:
        raise NotifierRefused("name", str(refused), "line") from refused
    if name is None:
        raise NotifierRefused("name", "must not be empty", "missing")
    return name
