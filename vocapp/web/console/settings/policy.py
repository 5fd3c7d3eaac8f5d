"""The contact policy: what is set, and in words what will happen."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from vocapp.domain.consent import LEGAL_BASES
from vocapp.domain.contact_policy import SURVEYS
from vocapp.domain.policy_settings import DAYS_AND_COUNTS, PolicySettings, faults_of
from vocapp.models import database_now, transaction
from vocapp.services import workspaces
from vocapp.web.console import guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.settings import frame
from vocapp.web.console.settings.forms import Form

_TIMES = ("quiet_from", "quiet_to")
_FIELDS = (*DAYS_AND_COUNTS, *_TIMES, "basis")


@blueprint.get("/console/settings/policy")
@frame.owners
def settings_policy() -> Response:
    kept = _kept()
    form = Form.of(
        {
            **{name: getattr(kept, name) for name in DAYS_AND_COUNTS},
            **{name: at and at.strftime("%H:%M") for name in _TIMES for at in [getattr(kept, name)]},
            "basis": kept.legal_basis(SURVEYS),
        }
    )
    return _page(form, kept)


@blueprint.post("/console/settings/policy")
@frame.owners
def save_policy() -> ResponseReturnValue:
    form, kept = Form.sent(*_FIELDS), _kept()
    wanted = _read(form, kept)
    for field, code in faults_of(wanted).items():
        low, high = DAYS_AND_COUNTS.get(field, (0, 0))
        form.refuse("basis" if field == "legal_bases" else field, code, low=low, high=high)
    if form.errors:
        return _page(form, kept, status=422)
    if request.form.get("do") == "preview":
        return _page(form, PolicySettings.read(wanted), preview=True)
    with transaction():
        workspaces.change_settings(
            workspace_id=guard.membership().workspace_id,
            changes={"contact_policy": wanted},
            by=guard.me().email,
            now=database_now(),
        )
    return frame.saved("settings_saved", "console.settings_policy")


def _kept() -> PolicySettings:
    document = workspaces.settings_document(workspace_id=guard.membership().workspace_id)
    return PolicySettings.read(document["contact_policy"])


def _read(form: Form, kept: PolicySettings) -> dict[str, Any]:
    """Read a form into the document that the policy reads; what is no number stays what it is, and is refused there."""
    numbers = {name: _number(form[name].strip()) for name in DAYS_AND_COUNTS}
    times = {name: form[name].strip()[:5] or None for name in _TIMES}
    return {**numbers, **times, "legal_bases": {**kept.legal_bases, SURVEYS: form["basis"]}}


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _page(form: Form, shown: PolicySettings, *, preview: bool = False, status: int = 200) -> Response:
    return frame.page(
        "policy.html",
        "policy",
        status=status,
        form=form,
        bounds=DAYS_AND_COUNTS,
        bases=LEGAL_BASES,
        sentences=_sentences(shown),
        preview=preview,
    )


def _sentences(policy: PolicySettings) -> list[str]:
    """Say in words what will happen."""
    said = frame.words()["policy_says"]
    cap = {0: "nothing", 1: "cap_one"}.get(policy.cap, "cap")
    texts = [said[cap].format(n=policy.cap, days=policy.window_days)]
    for name in ("rest_same_answered_days", "rest_same_invited_days", "rest_any_days"):
        days = getattr(policy, name)
        texts.append(said[name].format(days=days) if days else said[f"no_{name}"])
    if policy.quiet_from is None or policy.quiet_to is None:
        texts.append(said["no_quiet"])
    else:
        texts.append(said["quiet"].format(start=f"{policy.quiet_from:%H:%M}", end=f"{policy.quiet_to:%H:%M}"))
    texts.append(said[policy.legal_basis(SURVEYS)])
    texts.append(said["link"].format(days=policy.link_life_days, closes=policy.partial_closes_after_days))
    texts.append(said["unfinished"].format(minutes=policy.partial_alerts_after_minutes))
    texts.append(said["sample"])
    return texts
