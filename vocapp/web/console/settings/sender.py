"""Who the mails are from; a test through the real way out; what the domain must hold, which nobody here can check."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr

from flask import Response, current_app
from flask.typing import ResponseReturnValue

from vocapp.adapters.mail import MailError, make_mailer
from vocapp.config import EXTENSION, Settings
from vocapp.models import database_now, transaction
from vocapp.services import auditing, senders, workspaces
from vocapp.services.senders import SenderRefused
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

TEST_EVERY = timedelta(seconds=30)
"""A button that sends mail is no way to send much of it."""

TESTED = "sender.tested"


@blueprint.get("/console/settings/sender")
@frame.owners
def settings_sender() -> Response:
    sender = senders.sender_of(_kept())
    return _page(Form.of({"name": sender.name, "address": sender.address, "reply_to": sender.reply_to}))


@blueprint.post("/console/settings/sender")
@frame.owners
def save_sender() -> ResponseReturnValue:
    form = Form.sent("name", "address", "reply_to")
    try:
        with transaction():
            senders.change_sender(
                workspace_id=guard.membership().workspace_id,
                name=form["name"],
                address=form["address"].strip(),
                reply_to=form["reply_to"].strip(),
                default=_settings().mail_from,
                by=guard.me().email,
                now=database_now(),
            )
    except SenderRefused as refused:
        form.refuse(refused.field, refused.code)
        return _page(form, status=422)
    return frame.saved("settings_saved", "console.settings_sender")


@blueprint.post("/console/settings/sender/test")
@frame.owners
def test_sender() -> ResponseReturnValue:
    """Send a mail to whoever asks, and wait for the verdict: no transaction is open meanwhile."""
    member, me, settings = guard.membership(), guard.me(), _settings()
    with transaction():
        now = database_now()
        before = auditing.last_at(workspace_id=member.workspace_id, action=TESTED)
        if before is not None and now - before < TEST_EVERY:
            return frame.saved("test_too_soon", "console.settings_sender")
        auditing.note(workspace_id=member.workspace_id, by=me.email, action=TESTED, subject=me.email, now=now)
        kept = _kept()
    try:
        mail = senders.compose_test(
            settings=kept,
            to_address=me.email,
            default=settings.mail_from,
            language=frame.words().language,
            workspace_name=member.workspace_name,
        )
        make_mailer(
            backend=settings.mail_backend,
            outbox_dir=settings.outbox_dir,
            smtp_url=settings.smtp_url,
            sendgrid_api_key=settings.sendgrid_api_key,
            sendgrid_host=settings.sendgrid_host,
        ).send(mail)
    except MailError as error:
        sender = senders.sender_of(kept)
        form = Form.of({"name": sender.name, "address": sender.address, "reply_to": sender.reply_to})
        return _page(form, failed=error.detail, status=502)
    return frame.saved("test_sent", "console.settings_sender")


def _page(form: Form, *, failed: str | None = None, status: int = 200) -> Response:
    settings = _settings()
    line = senders.line_of(_kept(), settings.mail_from)
    return frame.page(
        "sender.html",
        "sender",
        status=status,
        form=form,
        default=settings.mail_from,
        line=line,
        domain=parseaddr(line)[1].rpartition("@")[2],
        backend=settings.mail_backend,
        failed=failed,
    )


def _kept() -> dict[str, object]:
    return dict(workspaces.get_workspace(key=guard.membership().workspace_key).settings)


def _settings() -> Settings:
    found: Settings = current_app.extensions[EXTENSION]
    return found
