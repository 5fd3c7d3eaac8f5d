"""Tell the team: by whatever notifier, until it is told or a day of trying is over.

    claim ── committed ──► the calls (no transaction) ──► told.conclude ── committed

An alert must never be missed, so it is marked *after* the call: what died in between is told again, under the same id.
Until then `calling_until` keeps other workers away: a queue may hold a fact twice, and a lease may run out.
Which alerts go together in one message is fixed before the call, so that the repeat of a digest is that same digest.
The first of them carries the others: their facts are settled, and its own is the one that is tried again or given up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from vocapp.adapters import sealing
from vocapp.adapters.notifiers import KINDS, Later, Never, News, NotTold, Route
from vocapp.domain import alerts, notices
from vocapp.models import Alert, Fact, Notice, NotifierRow, Workspace, db
from vocapp.models.outbox import give_up, hold, postpone, settle
from vocapp.services import halting, news, news_of_holds
from vocapp.services.noticing_whose import reach_of


@dataclass(frozen=True, slots=True)
class Call:
    """One message that is to go out now, or what makes it impossible."""

    fact_id: int
    workspace_id: int
    notice_id: UUID
    kind: str
    news: News | None = None
    route: Route | None = None
    error: NotTold | None = None
    left_out: frozenset[UUID] = frozenset()
    """Notices that go with it by right, but whose alerts are over: nobody need hear of them."""


@dataclass(frozen=True, slots=True)
class House:
    """What an installation puts into every message."""

    secret: bytes
    public_url: str
    sender: str
    mail_account: str


def claim(*, fact_ids: Sequence[int], house: House, now: datetime) -> list[Call]:
    """Return the messages that are to go now, in the order of their facts as given.

    Facts of what is told, over or switched off are ended.
    """
    calls = {fact.id: _claim(fact, house, now) for fact in hold(fact_ids)}
    return [call for fact_id in fact_ids if (call := calls.get(fact_id)) is not None]


def make_call(call: Call, tell: Callable[[News, Route], None]) -> NotTold | None:
    """Make a call; return what went wrong."""
    if call.error is not None or call.news is None or call.route is None:
        return call.error or Never("nothing to tell")
    try:
        tell(call.news, call.route)
    except NotTold as error:
        return error
    return None


def _claim(fact: Fact, house: House, now: datetime) -> Call | None:
    notice = db.session.get(Notice, (fact.workspace_id, fact.subject_id), with_for_update=True, populate_existing=True)
    if notice is None or notice.status in {"told", "dropped", "refused"} or _is_carried(notice):
        settle([fact.id], now=now)
        return None
    if notice.status == "failed":  # given up once, and taken up again by hand
        for one in (notice, *_carried_by(notice)):
            one.status, one.attempts, one.unknown, one.failing_since = "waiting", 0, 0, None
    notifier = _notifier_of(notice)
    kind = notifier.kind if notifier is not None else "email"
    if notifier is not None and notifier.disabled_at is not None and notice.event != notices.TEST:
        why = f"the notifier is switched off: {notifier.disabled_reason or 'by hand'}"
        for one in (notice, *_carried_by(notice)):
            one.status, one.error = "failed", why[:300]
        give_up(fact.id, now=now, error=why)
        return None
    if _must_wait(fact, notice, notifier, kind, house, now):
        return None
    together = _together(notice, notifier, now)
    worth = _still_worth_telling(together, for_machines=KINDS[kind].for_machines)
    if not worth:
        for one in together:
            one.status = "dropped"
        settle([fact.id], now=now)
        return None
    notice.calling_until = now + notices.CALLED_WITHIN
    try:
        route = _route(notice, notifier, kind, house.secret, now)
    except sealing.Unreadable as error:
        return Call(fact.id, notice.workspace_id, notice.id, kind, error=Later(str(error)))
    message = _news(notice, notifier, kind, worth, house, now)
    for one, alert in _with_alerts(worth):
        one.priority = alert.priority  # which is what they hear now
    left_out = frozenset(one.id for one in together) - {one.id for one in worth}
    return Call(fact.id, notice.workspace_id, notice.id, kind, message, route, left_out=left_out)


def _must_wait(
    fact: Fact, notice: Notice, notifier: NotifierRow | None, kind: str, house: House, now: datetime
) -> bool:
    """Put a fact off where it is too early, or where nothing goes this way at the moment; say whether it was."""
    later = max(notice.due_at, notice.calling_until or notice.due_at)
    if later > now:
        postpone(fact.id, until=later)
        return True
    if KINDS[kind].by_mail:
        return halting.park(fact=fact, account=house.mail_account, now=now)
    if notifier is not None and notifier.waits_until is not None and notifier.waits_until > now:
        notice.failing_since = notice.failing_since or now  # its day of trying has begun: what fails is its receiver
        postpone(fact.id, until=notifier.waits_until + timedelta(microseconds=fact.id % 1_000_000 + 1))
        return True
    return False


def _news(
    notice: Notice, notifier: NotifierRow | None, kind: str, worth: Sequence[Notice], house: House, now: datetime
) -> News:
    workspace = db.session.get_one(Workspace, notice.workspace_id)
    if notice.event == notices.SURVEY_HELD:
        return news_of_holds.write(
            workspace=workspace, kind=kind, notice=notice, public_url=house.public_url, sender=house.sender
        )
    if notice.alert_id is None:
        return news.write_test(
            workspace=workspace,
            name=notifier.name if notifier is not None else "",
            kind=kind,
            notice=notice,
            public_url=house.public_url,
            sender=house.sender,
        )
    return news.write(
        workspace=workspace,
        kind=kind,
        notices=worth,
        alerts={one.id: one for one in _alerts_of(worth)},
        public_url=house.public_url,
        sender=house.sender,
        now=now,
        places=reach_of(notice, notifier),
    )


def _route(notice: Notice, notifier: NotifierRow | None, kind: str, secret: bytes, now: datetime) -> Route:
    if notifier is None or KINDS[kind].by_mail:
        return Route(notice.recipient, now)
    kept = [notifier.secret]
    if notifier.old_secret_until is not None and notifier.old_secret_until > now:
        kept.append(notifier.old_secret)
    return Route(
        sealing.unseal(notifier.target, secret=secret),
        now,
        tuple(sealing.unseal(one, secret=secret) for one in kept if one is not None),
    )


def _together(notice: Notice, notifier: NotifierRow | None, now: datetime) -> list[Notice]:
    """Return the notices that go as one message, this one first; decided once, at the first attempt."""
    gathered = notices.GATHERED if notifier is not None else notices.TOGETHER & {notice.event}
    if notice.event not in gathered:
        return [notice]
    mine = (
        Notice.workspace_id == notice.workspace_id,
        Notice.notifier_id == notifier.id if notifier is not None else Notice.notifier_id.is_(None),
        Notice.id != notice.id,
    )
    if notice.message_id is None and (notifier is None or notifier.digest_minutes):
        others = db.session.scalars(
            select(Notice)
            .where(
                *mine,
                Notice.recipient == notice.recipient,
                Notice.status == "waiting",
                Notice.event.in_(gathered),
                Notice.message_id.is_(None),
                Notice.due_at <= now,
            )
            .order_by(Notice.due_at, Notice.id)
            .limit(notices.MOST_TOGETHER - 1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
        for one in (notice, *others):
            one.message_id = notice.id
        db.session.flush()
        _settle_carried(notice.workspace_id, [one.id for one in others], now)
    return [notice, *(_carried_by(notice) if notice.message_id is not None else ())]


def _carried_by(notice: Notice) -> list[Notice]:
    carried = (Notice.workspace_id == notice.workspace_id, Notice.message_id == notice.id, Notice.id != notice.id)
    return list(db.session.scalars(select(Notice).where(*carried).order_by(Notice.created_at, Notice.id)))


def _settle_carried(workspace_id: int, notice_ids: Sequence[UUID], now: datetime) -> None:
    """Settle the facts of carried notices; one that another job holds finds out by itself that it is carried."""
    if notice_ids:
        free = (
            select(Fact.id)
            .where(Fact.workspace_id == workspace_id, Fact.subject_id.in_(notice_ids), Fact.kind == "NoticeDue")
            .where(Fact.done_at.is_(None), Fact.failed_at.is_(None))
            .with_for_update(skip_locked=True)
        )
        settle(list(db.session.scalars(free)), now=now)


def _is_carried(notice: Notice) -> bool:
    return notice.message_id is not None and notice.message_id != notice.id


def _still_worth_telling(together: Sequence[Notice], *, for_machines: bool) -> list[Notice]:
    """Leave out what people need not know any more: alerts that are over, and reminders of what somebody has taken."""
    found = {one.id: one for one in _alerts_of(together)}

    def is_worth(notice: Notice) -> bool:
        if notice.event == notices.SURVEY_HELD:
            return news_of_holds.stands(notice)
        if notice.alert_id is None:
            return True
        alert = found.get(notice.alert_id)
        if alert is None or (notice.event in notices.WHILE_NEW and alert.status != "new"):
            return False
        if notice.event in notices.GIVEN and (alert.status, alert.assignee) != ("claimed", notice.recipient):
            return False  # they have begun, or somebody else has it
        return for_machines or alert.status in alerts.OPEN

    return [notice for notice in together if is_worth(notice)]


def _alerts_of(told: Sequence[Notice]) -> list[Alert]:
    ids = [one.alert_id for one in told if one.alert_id is not None]
    if not ids:
        return []
    query = select(Alert).where(Alert.workspace_id == told[0].workspace_id, Alert.id.in_(ids))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _with_alerts(told: Sequence[Notice]) -> list[tuple[Notice, Alert]]:
    found = {one.id: one for one in _alerts_of(told)}
    return [(one, found[one.alert_id]) for one in told if one.alert_id is not None]


def _notifier_of(notice: Notice) -> NotifierRow | None:
    if notice.notifier_id is None:
        return None
    return db.session.get_one(NotifierRow, (notice.workspace_id, notice.notifier_id), populate_existing=True)
