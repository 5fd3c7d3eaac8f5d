"""What goes with a person, table by table, and what stays and why. A new table must stand in one of the two lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, delete, or_, select, union_all, update

from vocapp.models import (
    Alert,
    AlertMove,
    Attribute,
    Consent,
    Customer,
    CustomerValue,
    Event,
    IdempotentCall,
    Invitation,
    LedgerEntry,
    Letter,
    MailReport,
    Membership,
    Notice,
    PortraitRow,
    Promise,
    Purchase,
    ReportMail,
    ReportQuote,
    Response,
    Signal,
    ThemeMention,
    Verbatim,
    db,
)
from vocapp.models.outbox import announce_many
from vocapp.services import staging
from vocapp.services.forgetting_promises import forget_promises

CAP_REMEMBERS = timedelta(days=7)

OF_THE_PERSON: dict[str, str] = {
    "customers": "the profile, deleted last",
    "attributes": "what is known of them",
    "portraits": "what the rules of segments see of them",
    "memberships": "which segments they belong to, or did",
    "consents": "what they agreed to; that they must not be written to stays on `contacts`",
    "events": "what happened to them, with its properties",
    "invitations": "with context, decisions and what was skipped as known",
    "responses": "with every answer",
    "theme_mentions": "what their answers are about",
    "verbatims": "what they said in their own words, as it is searched; with the tags on it",
    "taggings": "tags on what they said",
    "signals": "that they were unhappy, or something went wrong for them",
    "alerts": "with reason, holder and cause",
    "alert_moves": "with the notes of calls",
    "promises": "what was promised to them; that one came due, and whether it was kept, stays without the person",
    "letters": "that they were written to in place of a call",
    "notices": "that the team was told of their alerts",
    "report_quotes": "that a report to staff quotes them; its mail goes from our folder",
    "idempotent_calls": "answers of ours that name them, and keys that do",
    "ledger": "all but the contacts of the last week, which the cap counts by the hash of the address",
    "mail_reports": "what the mail provider told of messages to them",
    "purchases": "what they bought; what it added to the sums stays without the person",
    "customer_values": "what their purchases come to",
    "stage_moves": "when they became what; they are no longer counted in any stage",
    "buyers": "where and when they first bought, and how much in which month; they are in no cohort any longer",
    "outbox": "facts about what is gone, as soon as no job holds them",
}
"""Tables with rows of a person, which are deleted → what goes."""

STAYS: dict[str, str] = {
    "contacts": "a keyed hash of the address, and what stands against writing to it",
    "callback_slots": "how many calls were promised in a time of the team's",
    "logos": "images of brands",
    "changes": "ids of what is gone and where it was, so that readers of the export learn of it",
    "counters": "sums",
    "summaries": "the same sums, folded",
    "tallies": "what is about to be added to the sums, without the person; clearing away adds it",
    "anonymous_responses": "what was counted, without the person",
    "driver_reports": "shares among twenty people and more",
    "sales": "sums",
    "stage_counts": "how many became what on a day",
    "stages_by_place": "the same of those who first bought at a place",
    "cohort_sums": "how many of a cohort and place bought when, and for how much",
    "anonymous_purchases": "what was added to these sums, without the person",
    "anonymous_callbacks": "what callbacks came to, without the person",
    "erasures": "keyed hashes, who asked and when",
    "told_before": "keyed hashes of ids of events and orders, none of which leads to another",
    "mail_halts": "when the mail provider takes nothing",
    "checkups": "what was found wrong, by ids of rows",
    "notifiers": "how the team is told",
    "report_subscriptions": "staff",
    "report_mails": "which report went to which of the staff, and when; not what it said",
    "replays": "which facts were taken up again by hand",
    "followings": "how far portraits have followed the change feed",
    "installation": "the lives of the database",
    "workspaces": "the company's",
    "places": "the company's",
    "surveys": "the company's",
    "survey_versions": "the company's",
    "survey_holds": "how many complained, without who",
    "persona_versions": "the company's",
    "alert_rule_versions": "the company's",
    "theme_stretches": "how far the company's work has come",
    "theme_versions": "the company's",
    "public_links": "the company's",
    "publications": "the company's",
    "published_figures": "shares among ten people and more, rounded",
    "segments": "the company's",
    "tags": "names that staff give to what is said",
    "verbatim_views": "searches that staff keep",
    "api_keys": "the company's",
    "users": "staff",
    "members": "staff",
    "staff_sessions": "staff",
    "audit": "what staff changed, by names of the company's own things",
    "alembic_version": "the tables' number",
}
"""Tables that hold nothing by which a customer could be found → what they hold."""


class Ids(NamedTuple):
    """The ids of a person's rows: the feed and what is still to be cleared away need them."""

    customer_id: UUID
    consents: list[UUID]
    events: dict[UUID, str]
    """With the teller's id of each."""
    invitations: list[UUID]
    responses: list[UUID]
    memberships: list[UUID]
    alerts: list[UUID]
    promises: list[UUID]
    letters: list[UUID]
    calls: list[UUID]
    """Lines of their alerts' histories under which the ledger holds that they were reached."""
    notices: list[UUID]
    """Of what the team was told of these alerts."""
    messages: list[UUID]
    """Mails that speak of them beside others: under the ids of other people's notices, and reports that quote them."""
    places: dict[UUID, str]
    """Where events, responses and alerts happened, where that is known."""


def lock(*, workspace_id: int, customer_id: UUID) -> Customer | None:
    """Lock what belongs to a customer, in the order in which everybody else does, and the customer last.

    From then on nothing can be added: what refers to the customer waits, and finds nobody. None: erased meanwhile.
    """
    alerts = select(Alert.id).where(*_of(Alert, workspace_id, customer_id))
    for query in (
        select(Invitation.id).where(*_of(Invitation, workspace_id, customer_id)).order_by(Invitation.id),
        select(Response.id).where(*_of(Response, workspace_id, customer_id)).order_by(Response.id),
        select(Signal.response_id).where(*_of(Signal, workspace_id, customer_id)).order_by(Signal.response_id),
        alerts.order_by(Alert.id),
    ):
        db.session.execute(query.with_for_update()).all()
    return db.session.scalars(
        select(Customer)
        .where(Customer.workspace_id == workspace_id, Customer.id == customer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def read_ids(*, workspace_id: int, customer_id: UUID) -> Ids:
    """Return the ids of everything of a customer."""
    alerts = list(db.session.scalars(select(Alert.id).where(*_of(Alert, workspace_id, customer_id))))
    notices = _notices(workspace_id, alerts)
    return Ids(
        customer_id=customer_id,
        consents=list(db.session.scalars(select(Consent.id).where(*_of(Consent, workspace_id, customer_id)))),
        events=dict(
            db.session.execute(select(Event.id, Event.key).where(*_of(Event, workspace_id, customer_id))).all()
        ),
        invitations=list(db.session.scalars(select(Invitation.id).where(*_of(Invitation, workspace_id, customer_id)))),
        responses=list(db.session.scalars(select(Response.id).where(*_of(Response, workspace_id, customer_id)))),
        memberships=list(db.session.scalars(select(Membership.id).where(*_of(Membership, workspace_id, customer_id)))),
        alerts=alerts,
        promises=list(db.session.scalars(select(Promise.id).where(*_of(Promise, workspace_id, customer_id)))),
        letters=list(db.session.scalars(select(Letter.id).where(*_of(Letter, workspace_id, customer_id)))),
        calls=list(db.session.scalars(_calls(workspace_id, alerts))),
        notices=list(notices),
        messages=sorted((set(filter(None, notices.values())) - notices.keys()) | _quoting(workspace_id, customer_id)),
        places=_places(workspace_id, customer_id),
    )


def _quoting(workspace_id: int, customer_id: UUID) -> set[UUID]:
    """Return the reports to staff that quote them."""
    return set(
        db.session.scalars(
            select(ReportQuote.mail_id).where(
                ReportQuote.workspace_id == workspace_id,
                ReportQuote.response_id.in_(select(Response.id).where(*_of(Response, workspace_id, customer_id))),
            )
        )
    )


def _places(workspace_id: int, customer_id: UUID) -> dict[UUID, str]:
    rows = db.session.execute(
        union_all(
            *(
                select(model.id, model.place).where(*_of(model, workspace_id, customer_id), model.place.is_not(None))
                for model in (Event, Response, Alert)
            )
        )
    )
    return {row.id: row.place for row in rows}


def delete_rows(*, workspace_id: int, customer: Customer, ids: Ids, now: datetime) -> None:
    """Delete every row of a locked customer, whatever refers to another before that other."""
    customer_id = customer.id
    alerts = select(Alert.id).where(*_of(Alert, workspace_id, customer_id))
    _delete(Signal, *_of(Signal, workspace_id, customer_id))
    _free_carried(workspace_id, ids.notices, now)
    _delete(Notice, Notice.workspace_id == workspace_id, Notice.alert_id.in_(alerts))
    forget_promises(workspace_id=workspace_id, customer_id=customer_id, now=now)
    _delete(Letter, *_of(Letter, workspace_id, customer_id))
    _delete(AlertMove, AlertMove.workspace_id == workspace_id, AlertMove.alert_id.in_(alerts))
    _delete(Alert, *_of(Alert, workspace_id, customer_id))
    _delete(ThemeMention, ThemeMention.workspace_id == workspace_id, ThemeMention.response_id.in_(ids.responses))
    _delete(Verbatim, *_of(Verbatim, workspace_id, customer_id))
    _forget_quotes(workspace_id, ids, now)
    _delete(Response, *_of(Response, workspace_id, customer_id))
    _forget_contacts(workspace_id, [*ids.invitations, *ids.promises, *ids.letters, *ids.calls], now)
    _forget_calls(workspace_id, customer)
    told = (
        MailReport.mail_id.in_([*ids.invitations, *ids.promises, *ids.letters, *ids.notices]),
        MailReport.address_key == customer.contact_key,
    )
    _delete(MailReport, or_(MailReport.workspace_id == workspace_id, MailReport.workspace_id.is_(None)), or_(*told))
    staging.forget(workspace_id=workspace_id, customer_id=customer_id)
    for model in (Invitation, Event, Consent, Attribute, Purchase, CustomerValue, Membership, PortraitRow):
        _delete(model, *_of(model, workspace_id, customer_id))
    db.session.expunge(customer)
    _delete(Customer, Customer.workspace_id == workspace_id, Customer.id == customer_id)


def _forget_quotes(workspace_id: int, ids: Ids, now: datetime) -> None:
    """Forget which reports quote them. One whose call is under way is not made again, though its file will be gone."""
    db.session.execute(
        update(ReportMail)
        .where(
            ReportMail.workspace_id == workspace_id,
            ReportMail.id.in_(ids.messages),
            ReportMail.status == "waiting",
            ReportMail.marked_at.is_not(None),
        )
        .values(status="unknown", reason="erased", settled_at=now)
        .execution_options(synchronize_session=False)
    )
    _delete(ReportQuote, ReportQuote.workspace_id == workspace_id, ReportQuote.response_id.in_(ids.responses))


def _free_carried(workspace_id: int, notice_ids: list[UUID], now: datetime) -> None:
    """Let other people's notices, which would have gone in one message with these, go by themselves."""
    free = db.session.scalars(
        update(Notice)
        .where(
            Notice.workspace_id == workspace_id,
            Notice.message_id.in_(notice_ids),
            Notice.id.not_in(notice_ids),
            Notice.status.in_(("waiting", "failed")),
        )
        .values(message_id=None)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    ).all()
    announce_many("NoticeDue", sorted(free), workspace_id=workspace_id, due_at=now)


def _forget_contacts(workspace_id: int, mails: list[UUID], now: datetime) -> None:
    """Forget what was planned and what is long past; a contact of this week counts for the cap, by its hash alone."""
    own = (LedgerEntry.workspace_id == workspace_id, LedgerEntry.id.in_(mails))
    _delete(LedgerEntry, *own, or_(LedgerEntry.made.is_(False), LedgerEntry.at < now - CAP_REMEMBERS))
    db.session.execute(
        update(LedgerEntry).where(*own).values(survey_key=None).execution_options(synchronize_session=False)
    )


def _forget_calls(workspace_id: int, customer: Customer) -> None:
    """Forget calls whose answer or key names the person; the same call again is a new one."""
    body = cast(IdempotentCall.body, Text)
    named = [
        IdempotentCall.key.contains(word, autoescape=True) for word in (customer.external_id, customer.email) if word
    ]
    _delete(
        IdempotentCall,
        IdempotentCall.workspace_id == workspace_id,
        or_(body.contains(str(customer.id), autoescape=True), *named),
    )


def _calls(workspace_id: int, alert_ids: list[UUID]) -> Any:
    return select(AlertMove.id).where(
        AlertMove.workspace_id == workspace_id, AlertMove.alert_id.in_(alert_ids), AlertMove.action == "contact"
    )


def _notices(workspace_id: int, alert_ids: list[UUID]) -> dict[UUID, UUID | None]:
    """Return what the team was told, or is about to be, of these alerts: the id → the one under which it went."""
    if not alert_ids:
        return {}
    own = (Notice.workspace_id == workspace_id, Notice.alert_id.in_(alert_ids))
    rows = db.session.execute(select(Notice.id, Notice.message_id).where(*own).order_by(Notice.id))
    return dict(rows.all())


def _of(model: Any, workspace_id: int, customer_id: UUID) -> tuple[Any, Any]:
    return model.workspace_id == workspace_id, model.customer_id == customer_id


def _delete(model: Any, *where: Any) -> None:
    db.session.execute(delete(model).where(*where).execution_options(synchronize_session=False))
