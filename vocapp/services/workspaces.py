"""Workspaces: sealed from one another, each with its name, clock, language and settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from vocapp.adapters.notifiers import KINDS
from vocapp.domain.advisers import AdviserSettings
from vocapp.domain.alerts import Hold
from vocapp.domain.boards import Goals
from vocapp.domain.callback_team import CallbackTeam
from vocapp.domain.contact_policy import PolicySettings
from vocapp.domain.escalation import Escalation
from vocapp.domain.handing_out import HandingOut
from vocapp.domain.mail_health import MailLimits, MailOpens
from vocapp.domain.overflow import Overflow
from vocapp.domain.resolutions import Resolutions
from vocapp.domain.rules import Fault, escaped
from vocapp.domain.value import ValueSettings
from vocapp.domain.voice import changed
from vocapp.models import Workspace, database_now, db, on_postgresql
from vocapp.services import auditing, purchasing, report_planning
from vocapp.services.brands import BrandRefused, audited, read_voice
from vocapp.services.intake_values import ValueRefused, read_email, read_line, read_locale, read_timezone
from vocapp.services.portraits import look_again_at_buyers

DEFAULT = "default"
MOST_RECIPIENTS = 50
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)

_ACCENT = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_LOGO = re.compile(
    r"(https://[A-Za-z0-9.-]+(:[0-9]+)?(/[^\s\"'<>]*)?"
    r"|data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]+|/(?!/)[^\s\"'<>]*)"
)
_BRAND = frozenset(("name", "accent", "logo_url", "voice"))
_AUDITED = {
    "workspace": "workspace.changed",
    "brand": "brand.changed",
    "contact_policy": "policy.changed",
    "alert_recipients": "recipients.changed",
    "callbacks": "callbacks.changed",
    "callback_team": "callback_team.changed",
    "notices": "notices.changed",
    "resolutions": "resolutions.changed",
    "escalation": "escalation.changed",
    "handing_out": "handing_out.changed",
    "overflow": "overflow.changed",
    "value": "value.changed",
    "advisers": "advisers.changed",
    "goals": "goals.changed",
    "mail_limits": "mail_limits.changed",
    "mail_opens": "mail_opens.changed",
}
_READ_BY: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "resolutions": Resolutions.read,
    "escalation": Escalation.read,
    "handing_out": HandingOut.read,
    "overflow": Overflow.read,
    "value": ValueSettings.read,
    "advisers": AdviserSettings.read,
    "goals": Goals.read,
    "mail_limits": MailLimits.read,
    "mail_opens": MailOpens.read,
}
_COLUMNS = ("name", "timezone", "default_language")


class WorkspaceNotFound(LookupError):
    """No workspace has this key."""


class WorkspaceRefused(ValueError):
    """Settings or a key that can't be kept; each fault has its JSON pointer."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer} {fault.detail}" for fault in faults))


def find_workspace(*, key: str) -> Workspace | None:
    """Return the workspace of this key; None: there is none."""
    return db.session.scalar(select(Workspace).where(Workspace.key == key))


def get_workspace(*, key: str) -> Workspace:
    """Return the workspace of this key. Raises WorkspaceNotFound."""
    workspace = find_workspace(key=key)
    if workspace is None:
        raise WorkspaceNotFound(f"there is no workspace {key}")
    return workspace


def list_workspaces() -> list[Workspace]:
    """Return every workspace, by key."""
    return list(db.session.scalars(select(Workspace).order_by(Workspace.key)))


def create(
    *, key: str, now: datetime, name: str | None = None, timezone: str = "Europe/Paris", default_language: str = "fr"
) -> tuple[Workspace, bool]:
    """Return (the workspace, whether it is new): one that stands already stays as it is. Raises WorkspaceRefused."""
    if not KEY.fullmatch(key):
        raise WorkspaceRefused(
            [Fault("/key", "must be 1 to 64 of a-z, 0-9, - and _, beginning with a letter or digit")]
        )
    columns, _ = _read({"name": name or key, "timezone": timezone, "default_language": default_language})
    insert = postgresql.insert if on_postgresql() else sqlite.insert
    made = db.session.execute(
        insert(Workspace)
        .values(key=key, settings={}, created_at=now, **columns)
        .on_conflict_do_nothing()
        .returning(Workspace.id)
    ).first()
    return get_workspace(key=key), made is not None


def settings_document(*, workspace_id: int) -> dict[str, Any]:
    """Return what a workspace has set, as `GET /settings` gives it; what is empty or missing has its default."""
    return _document(db.session.get_one(Workspace, workspace_id, populate_existing=True))


def resolutions_of(*, workspace_id: int, to_change: bool = False) -> Resolutions:
    """Return from what the causes and remedies of a workspace's alerts are chosen; `to_change`: behind their lock."""
    query = select(Workspace.settings).where(Workspace.id == workspace_id)
    settings = db.session.scalar(query.with_for_update(key_share=True) if to_change else query) or {}
    return Resolutions.read(settings.get("resolutions") or {})


def change_settings(
    *, workspace_id: int, changes: Mapping[str, Any], by: str | None = None, now: datetime | None = None
) -> dict[str, Any]:
    """Change what is named and return the whole. In an object null takes a key back to its default.

    Raises WorkspaceRefused.
    """
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    columns, settings = _read(changes, workspace.settings)
    before = _document(workspace)
    for column, value in columns.items():
        setattr(workspace, column, value)
    workspace.settings = {**workspace.settings, **settings}
    db.session.flush()
    after = _document(workspace)
    if (currency := ValueSettings.read(after["value"]).currency) != ValueSettings.read(before["value"]).currency:
        purchasing.rebuild_values(workspace_id=workspace_id, currency=currency)
    if any(before[part] != after[part] for part in ("value", "timezone")):
        moved = before["timezone"] != after["timezone"]
        look_again_at_buyers(workspace_id=workspace_id, now=now or database_now(), everybody=moved)
    if before["timezone"] != after["timezone"]:
        report_planning.follow_clock(workspace_id=workspace_id)
    if by is not None and now is not None:
        for part, action in _AUDITED.items():
            auditing.note_change(
                workspace_id=workspace_id,
                by=by,
                action=action,
                before=_flat(part, before),
                after=_flat(part, after),
                now=now,
            )
    return after


def _flat(part: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return what an audit line compares: the fields of the part, or the part as one field."""
    if part == "workspace":
        return {column: document[column] for column in _COLUMNS}
    if part == "brand":
        return audited(document[part])
    return dict(document[part]) if isinstance(document[part], dict) else {part: document[part]}


def _document(workspace: Workspace) -> dict[str, Any]:
    kept = workspace.settings
    return {
        "key": workspace.key,
        **{column: getattr(workspace, column) for column in _COLUMNS},
        "contact_policy": kept.get("contact_policy") or {},
        "brand": {key: value for key, value in (kept.get("brand") or {}).items() if key != "logo"},
        "alert_recipients": kept.get("alert_recipients") or [],
        "callbacks": kept.get("callbacks") or {},
        "callback_team": kept.get("callback_team") or {},
        "notices": kept.get("notices") or {},
        **{part: kept.get(part) or {} for part in _READ_BY},
    }


def _read(changes: Mapping[str, Any], kept: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check changes; return (columns, settings)."""
    faults: list[Fault] = []
    columns: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    readers = {"name": read_line, "timezone": read_timezone, "default_language": read_locale}
    for name, value in changes.items():
        try:
            if name in _COLUMNS:
                columns[name] = _needed(readers[name](value))
            elif name == "contact_policy":
                settings[name] = _policy(value, (kept or {}).get(name) or {})
            elif name == "callbacks":
                settings[name] = _callbacks(value, (kept or {}).get(name) or {}, faults)
            elif name == "callback_team":
                settings[name] = _team(value, (kept or {}).get(name) or {}, faults)
            elif name == "notices":
                settings[name] = _notices(value, (kept or {}).get(name) or {}, faults)
            elif name in _READ_BY:
                settings[name] = _object(name, value, (kept or {}).get(name) or {}, faults)
            elif name == "brand":
                settings[name] = _brand(value, (kept or {}).get(name) or {}, faults)
            elif name == "alert_recipients":
                settings[name] = _recipients(value, faults)
            else:
                raise ValueRefused("is no setting")  # noqa: TRY301 - collected with the others
        except ValueRefused as refused:
            faults.append(Fault(f"/{escaped(name)}", str(refused)))
    if faults:
        raise WorkspaceRefused(faults)
    return columns, settings


def _needed(value: str | None) -> str:
    if value is None:
        raise ValueRefused("must not be empty")
    return value


def _policy(value: Any, kept: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueRefused("must be a JSON object")
    whole = {**kept, **value}
    both = ("quiet_from", "quiet_to")  # null there is a value: no quiet hours
    whole = {key: item for key, item in whole.items() if item is not None or key in both}
    try:
        PolicySettings.read(whole)
    except ValueError as error:
        raise ValueRefused(str(error)) from error
    return whole


def _callbacks(value: Any, kept: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueRefused("must be a JSON object")
    whole = {key: item for key, item in {**kept, **value}.items() if item is not None}
    for key, item in whole.items():
        try:
            Hold.read({key: item})
        except ValueError as error:
            faults.append(Fault(f"/callbacks/{escaped(key)}", str(error).partition(": ")[2]))
    return whole


def _team(value: Any, kept: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueRefused("must be a JSON object")
    whole = {key: item for key, item in {**kept, **value}.items() if item is not None}
    try:
        CallbackTeam.read(whole)
    except ValueError as error:
        where, _, why = str(error).partition(": ")
        faults.append(Fault("/callback_team/" + "/".join(map(escaped, where.split("."))), why))
    return whole


def _object(name: str, value: Any, kept: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueRefused("must be a JSON object")
    whole = {key: item for key, item in {**kept, **value}.items() if item is not None}
    try:
        _READ_BY[name](whole)
    except ValueError as error:
        where, _, why = str(error).partition(": ")
        faults.append(Fault(f"/{name}/" + "/".join(map(escaped, where.split("."))), why))
        return whole
    if name == "escalation":
        for number, step in enumerate(whole.get("steps", [])):
            _check_addresses(f"/escalation/steps/{number}/tell", step, faults)
    return whole


def _check_addresses(pointer: str, step: Mapping[str, Any], faults: list[Fault]) -> None:
    for index, item in enumerate(step.get("tell", [])):
        try:
            _needed(read_email(item))
        except ValueRefused as refused:
            faults.append(Fault(f"{pointer}/{index}", str(refused)))


def _notices(value: Any, kept: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueRefused("must be a JSON object")
    faults.extend(
        Fault(f"/notices/{escaped(key)}", "is no setting") for key in value.keys() - {"assignees", "quoted_in"}
    )
    named = value.get("quoted_in")
    if named is not None and not (isinstance(named, list) and all(one in [*KINDS] for one in named)):
        faults.append(Fault("/notices/quoted_in", f"must be a list of {', '.join(KINDS)}"))
    if not isinstance(value.get("assignees"), bool | None):
        faults.append(Fault("/notices/assignees", "must be true or false"))
    return {key: item for key, item in {**kept, **value}.items() if item is not None}


def _brand(value: Any, kept: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueRefused("must be a JSON object")
    faults.extend(Fault(f"/brand/{escaped(key)}", "is no field of a brand") for key in value.keys() - _BRAND)
    if value.get("accent") is not None and not (
        isinstance(value["accent"], str) and _ACCENT.fullmatch(value["accent"])
    ):
        faults.append(Fault("/brand/accent", "must be a colour such as #1d5fbf"))
    logo = value.get("logo_url")
    if logo is not None and not (isinstance(logo, str) and len(logo) <= 50_000 and _LOGO.fullmatch(logo)):
        faults.append(
            Fault("/brand/logo_url", "must be an https address, a data URL of an image, or a path of this server")
        )
    try:
        read_line(value.get("name"))
    except ValueRefused as refused:
        faults.append(Fault("/brand/name", str(refused)))
    voice = _voice(value.get("voice"), kept.get("voice") or {}, faults) if "voice" in value else kept.get("voice")
    return {key: item for key, item in {**kept, **value, "voice": voice}.items() if item}


def _voice(value: Any, kept: Mapping[str, Any], faults: list[Fault]) -> dict[str, Any] | None:
    """Read a voice on top of what is kept, each text in each language by itself; null: none."""
    if value is not None and not isinstance(value, Mapping):
        faults.append(Fault("/brand/voice", "must be a JSON object"))
        return None
    try:
        return read_voice(None if value is None else changed(kept, value))
    except BrandRefused as refused:
        faults.append(Fault("/brand/" + "/".join(map(escaped, refused.field.split("."))), refused.code))
    return None


def _recipients(value: Any, faults: list[Fault]) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_RECIPIENTS:
        raise ValueRefused(f"must be a list of {MOST_RECIPIENTS} addresses at most")
    addresses = []
    for index, item in enumerate(value):
        try:
            addresses.append(_needed(read_email(item)))
        except ValueRefused as refused:
            faults.append(Fault(f"/alert_recipients/{index}", str(refused)))
    return list(dict.fromkeys(addresses))
