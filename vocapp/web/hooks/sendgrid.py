"""`POST /webhooks/sendgrid/events`: what became of our messages. Verified, stored, answered; a job applies it."""

from __future__ import annotations

import structlog
from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue

from vocapp.adapters.mail import sendgrid_events
from vocapp.config import EXTENSION, Settings
from vocapp.models import database_now, transaction
from vocapp.models.again import run_again
from vocapp.services import hearing_back
from vocapp.services.hearing_back import Taken
from vocapp.web import body as bodies
from vocapp.web.problems import Problem

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"

log = structlog.get_logger("vocapp.hooks")


def take_events() -> ResponseReturnValue:
    """Take what SendGrid tells, once each; every answer but 2xx makes it call again."""
    raw = bodies.read_body(request, most_bytes=bodies.MOST_BYTES_BULK)
    settings: Settings = current_app.extensions[EXTENSION]
    if not settings.sendgrid_webhook_public_keys:
        raise Problem(403, "No public key is set (SENDGRID_WEBHOOK_PUBLIC_KEY): nothing can be verified.")
    try:
        signed_at = sendgrid_events.sent_at(
            keys=settings.sendgrid_webhook_public_keys,
            signature=request.headers.get(SIGNATURE),
            timestamp=request.headers.get(TIMESTAMP),
            body=raw,
        )
    except sendgrid_events.NotSigned as refused:
        log.warning("webhook_refused", why=str(refused))
        raise Problem(403, "This was not signed with our key.") from refused
    now = database_now()
    if signed_at > now + sendgrid_events.FUTURE:
        log.warning("webhook_refused", why="signed in the future")
        raise Problem(403, "This was signed in the future.")
    try:
        reports, ignored = sendgrid_events.read_reports(raw, now=now)
    except ValueError as error:
        raise Problem(400, "The body is no JSON list of events.") from error
    if signed_at < now - sendgrid_events.OLDEST:
        log.warning("webhook_stale", events=len(reports) + ignored)
        return _answer(Taken(stored=0, duplicates=0), len(reports) + ignored)
    secret = settings.secret_key.encode()

    def once() -> Taken:
        with transaction():
            return hearing_back.take_in(reports=reports, told_by="sendgrid", secret=secret, now=now)

    return _answer(run_again(once), ignored)


def _answer(taken: Taken, ignored: int) -> ResponseReturnValue:
    return jsonify(accepted=taken.stored, duplicates=taken.duplicates, ignored=ignored)
