"""One alert, from the first look to its root cause."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.domain.alerts import MISSES_TO_GIVE_UP, OPEN, OUTCOMES, VIAS, NoCall, Via
from vocapp.domain.helpdesks import External
from vocapp.domain.resolutions import Resolutions
from vocapp.models import Alert, Customer, database_now, db, transaction
from vocapp.services import assigning, attempting, calling_back, claims, workspaces
from vocapp.services.browsing import felt, people, personas, promises, queue
from vocapp.services.calling_back import LONGEST_CAUSE, LONGEST_NOTE, AlertNotFound, NotMoved
from vocapp.web.console import assets, filters, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.customers import row_id
from vocapp.web.console.words import LANGUAGES, words_in

MOST_EVENTS = 5
MOST_EARLIER = 3
ONLY_BY_PHONE = frozenset({"voicemail", "wrong_number"})
"""Outcomes of calls, whatever is chosen beside them."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class FieldRefused(Exception):
    """A field can't be taken; `key` names the words that say why."""

    def __init__(self, field: str, key: str) -> None:
        super().__init__(key)
        self.field = field
        self.key = key


@blueprint.get("/console/alerts/<alert_id>")
def alert(alert_id: str) -> Response:
    wanted = row_id(alert_id)
    _keep_in_hand(wanted)
    return _alert_page(wanted)


@blueprint.post("/console/alerts/<alert_id>/claim")
@guard.acting
def claim(alert_id: str) -> ResponseReturnValue:
    return _act(alert_id, "claim", lambda **who: calling_back.claim(agent=who.pop("by"), **who))


@blueprint.post("/console/alerts/<alert_id>/assign")
@guard.acting
def assign(alert_id: str) -> ResponseReturnValue:
    def give(**who: Any) -> None:
        to, scope = request.form.get("to", ""), guard.scope()
        found = queue.find_alert(scope=scope, alert_id=row_id(alert_id))
        if found is None:
            abort(404)
        if to not in assigning.list_callers(workspace_id=scope.workspace_id, place=found.place):
            raise FieldRefused("to", "colleague_missing")
        calling_back.assign(to=to, for_holder=guard.membership().role == "owner", **who)

    return _act(alert_id, "assign", give)


@blueprint.post("/console/alerts/<alert_id>/release")
@guard.acting
def release(alert_id: str) -> ResponseReturnValue:
    for_holder = guard.membership().role == "owner"
    return _act(alert_id, "release", lambda **who: calling_back.release(for_holder=for_holder, **who))


@blueprint.post("/console/alerts/<alert_id>/contact")
@guard.acting
def contact(alert_id: str) -> ResponseReturnValue:
    def note_it(**who: Any) -> None:
        outcome = request.form.get("outcome", "")
        if outcome not in OUTCOMES:
            raise FieldRefused("outcome", "outcome_missing")
        via: Via = next((one for one in VIAS if one == request.form.get("via")), "phone")
        if outcome in ONLY_BY_PHONE:
            via = "phone"
        calling_back.contact(outcome=outcome, note=_text("note", LONGEST_NOTE), via=via, **who)

    return _act(alert_id, "contact", note_it)


@blueprint.post("/console/alerts/<alert_id>/resolve")
@guard.acting
def resolve(alert_id: str) -> ResponseReturnValue:
    def conclude(**who: Any) -> None:
        cause = _text("root_cause", LONGEST_CAUSE)
        if cause is None:
            raise FieldRefused("root_cause", "cause_missing")
        remedy = request.form.get("remedy") or None
        if remedy is not None and not _resolutions().has_remedy(remedy):
            raise FieldRefused("remedy", "remedy_missing")
        calling_back.resolve(root_cause=cause, remedy=remedy, note=_text("resolve_note", LONGEST_NOTE), **who)

    return _act(alert_id, "resolve", conclude)


@blueprint.post("/console/alerts/<alert_id>/reopen")
@guard.acting
def reopen(alert_id: str) -> ResponseReturnValue:
    return _act(alert_id, "reopen", lambda **who: calling_back.reopen(note=_text("reopen_note", LONGEST_NOTE), **who))


def _act(alert_id: str, said: str, move: Callable[..., None]) -> ResponseReturnValue:
    """Make one move in one transaction; a lost race and a bad field are answered on the alert's page."""
    wanted, scope = row_id(alert_id), guard.scope()
    try:
        with transaction():
            move(
                workspace_id=scope.workspace_id,
                alert_id=wanted,
                by=guard.me().email,
                now=database_now(),
                places=scope.places,
            )
    except AlertNotFound:
        abort(404)
    except NotMoved as refused:
        return _alert_page(wanted, status=409, lost=refused)
    except FieldRefused as refused:
        return _alert_page(wanted, status=422, error=refused)
    flash(said)
    return redirect(url_for("console.alert", alert_id=wanted), 303)


def _keep_in_hand(alert_id: UUID) -> None:
    """Looking at one's own alert holds it longer: who reads it is about to call."""
    scope, agent = guard.scope(), guard.me().email
    found = queue.find_alert(scope=scope, alert_id=alert_id)
    if found is None or found.assignee != agent or not guard.membership().may_act:
        return
    if (
        request.method != "GET"
        or guard.looks_by_itself()
        or not claims.is_worth_renewing(found, claims.hold_of(workspace_id=scope.workspace_id), database_now())
    ):
        return
    with transaction():
        claims.keep_in_hand(
            workspace_id=scope.workspace_id, alert_id=alert_id, agent=agent, now=database_now(), places=scope.places
        )


def _alert_page(
    alert_id: UUID, *, status: int = 200, lost: NotMoved | None = None, error: FieldRefused | None = None
) -> Response:
    scope, language = guard.scope(), frame.language()
    story = queue.find_story(scope=scope, alert_id=alert_id, language=language)
    if story is None:
        abort(404)
    customer_id = story.customer.id
    profile = db.session.get_one(Customer, (scope.workspace_id, customer_id))
    choices = filters.place_choices(scope)
    now = database_now()
    no_call = attempting.why_no_call(workspace_id=scope.workspace_id, alerts=[story.alert], now=now).get(alert_id)
    return frame.page(
        "alert.html",
        status=status,
        section="alerts",
        alerts_css=assets.url("alerts.css"),
        story=story,
        profile=profile,
        persona=felt.felt_by(scope=scope, customers=[profile])[customer_id].persona,
        events=people.list_events(scope=scope, customer_id=customer_id, limit=MOST_EVENTS),
        earlier=people.list_earlier_voices(
            scope=scope,
            customer_id=customer_id,
            but=[voice.id for voice in story.voices],
            language=language,
            limit=MOST_EARLIER,
        ),
        external=External.read(story.alert.external),
        reasons=story.part.reasons_of(story.alert),
        no_call=no_call,
        promised=promises.of_alerts(
            scope=scope, alert_ids=[alert_id], zone=guard.membership().timezone, language=language
        ).get(alert_id),
        steps=_steps(story.alert, now, no_call),
        resolutions=(chosen := _resolutions()),
        causes=[one for one in queue.list_root_causes(scope=scope) if chosen.cause(one, language) == one],
        spoken=(spoken := _spoken(story, profile)),
        their=words_in(spoken) if spoken in LANGUAGES else None,
        callers=[
            one
            for one in assigning.list_callers(workspace_id=scope.workspace_id, place=story.alert.place)
            if one != story.alert.assignee
        ],
        company=guard.membership().workspace_name,
        misses_to_give_up=MISSES_TO_GIVE_UP,
        place_names={choice.key: choice.label.strip() for choice in choices},
        personas=personas.list_personas(workspace_id=scope.workspace_id, language=language),
        lost=lost,
        error=error,
        typed=request.form if error else {},
    )


def _resolutions() -> Resolutions:
    return workspaces.resolutions_of(workspace_id=guard.scope().workspace_id)


def _spoken(story: queue.AlertStory, profile: Customer) -> str:
    """Return the customer's language: of their answer, else what is known of them; ours, where nothing is."""
    known = story.voices[0].language if story.voices else profile.language or profile.locale
    return re.split("[-_]", known, maxsplit=1)[0].lower() if known else frame.language()


def _steps(alert: Alert, now: datetime, no_call: NoCall | None) -> dict[str, bool]:
    """Say which moves this person may make now."""
    member, holder = guard.membership(), alert.assignee
    mine = member.may_act and holder == guard.me().email
    spoken = alert.status == "contacted"
    return {
        "claim": member.may_act and not mine and (alert.status == "new" or claims.is_over(alert, now)),
        "contact": mine and alert.status in {"claimed", "contacted"},
        "resolve": mine
        and (spoken or (alert.status == "claimed" and (alert.misses >= MISSES_TO_GIVE_UP or no_call is not None))),
        "release": alert.status in {"claimed", "contacted"} and (mine or member.role == "owner"),
        "assign": alert.status in OPEN and member.may_act and (not holder or mine or member.role == "owner"),
        "reopen": member.may_act and alert.status not in OPEN,
        "mine": mine,
    }


def _text(name: str, longest: int) -> str | None:
    """Read a field of free text; left empty it is none. Raises FieldRefused."""
    text = request.form.get(name, "").replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise FieldRefused(name, "too_long")
    if _UNSTORABLE.search(text):
        raise FieldRefused(name, "unstorable")
    return text or None
