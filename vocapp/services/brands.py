"""The brands of one company: each with its own name, logo, colour, sender and voice, over one record of every customer.

A brand is a place. What is set there holds for what is below it, down to the next brand, which may say otherwise field
by field; what no brand says is the workspace's. An invitation freezes by which brands its place stands, outermost
first, as it freezes the place: pages and mails find them in the workspace's settings, which they read anyway.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from vocapp.adapters.mail import MailError
from vocapp.domain.images import read_image
from vocapp.domain.voice import Voice, inherited, tidied
from vocapp.models import Logo, Place, Workspace, db
from vocapp.services import auditing, senders
from vocapp.services.intake_values import ValueRefused, read_email, read_line

KEY: Final = "brands"
"""In the workspace's settings: by the place's key."""
FROZEN: Final = "brands"
"""In an invitation's context."""
LONGEST_NAME: Final = 100
MOST_BYTES: Final = 200_000
"""Of a logo."""
SMALLEST, LARGEST = 16, 2000
"""Of a logo's sides, in pixels."""
LOGOS: Final = "/logos/"

_ACCENT = re.compile(r"#[0-9a-f]{6}", re.ASCII)


class BrandRefused(ValueError):
    """A field of a brand that can't stand, and a code of the reason."""

    def __init__(self, field: str, code: str) -> None:
        self.field = field
        self.code = code
        super().__init__(f"{field}: {code}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a brand sets itself; None: what is above it holds."""

    name: str | None = None
    accent: str | None = None
    """`#rrggbb`."""
    logo_url: str | None = None
    """Where the product serves it."""
    sender_name: str | None = None
    sender_address: str | None = None
    reply_to: str | None = None
    voice: Mapping[str, Any] | None = None
    """As `domain/voice.py` reads it."""


def look_of(*, settings: Mapping[str, Any], place: str) -> Look:
    """Return what a brand sets."""
    kept = (settings.get(KEY) or {}).get(place) or {}
    return Look(**{name: kept.get(name) for name in Look.__dataclass_fields__})


def kept_look(*, workspace_id: int, place: str) -> Look:
    """Return what a brand of a workspace sets."""
    return look_of(settings=db.session.get_one(Workspace, workspace_id).settings, place=place)


def branded(settings: Mapping[str, Any], context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a workspace's settings with `brand` and `sender` as the brands of an invitation have them."""
    frozen, known = context.get(FROZEN), settings.get(KEY)
    if not frozen or not known:
        return settings
    brand, sender = {**(settings.get("brand") or {})}, {**(settings.get(senders.KEY) or {})}
    for key in frozen:
        own = known.get(key) or {}
        brand |= {name: own[name] for name in ("name", "accent") if own.get(name)}
        if own.get("logo_url"):
            brand |= {"logo_url": own["logo_url"], "logo": own.get("logo")}
        if own.get("voice"):
            brand["voice"] = inherited(brand.get("voice") or {}, own["voice"])
        sender |= {ours: own[theirs] for theirs, ours in _SENDER if own.get(theirs)}
    return {**settings, "brand": brand, senders.KEY: sender}


def house_name(settings: Mapping[str, Any], context: Mapping[str, Any], default: str) -> str:
    """Return as what a company speaks to the person of an invitation: its brand's name, as on their pages."""
    return str((branded(settings, context).get("brand") or {}).get("name") or default)


def brands_over(*, workspace: Workspace, places: Collection[str | None]) -> dict[str, list[str]]:
    """Return by which brands each of these places stands, outermost first; no statement where there is no brand."""
    known = workspace.settings.get(KEY)
    wanted = sorted({place for place in places if place is not None})
    if not known or not wanted:
        return {}
    rows = db.session.execute(
        select(Place.key, Place.path).where(Place.workspace_id == workspace.id, Place.key.in_(wanted))
    )
    over = {row.key: [one for one in row.path.strip("/").split("/") if one in known] for row in rows}
    return {key: found for key, found in over.items() if found}


def change_look(*, workspace_id: int, place: str, look: Look, default_sender: str, by: str, now: datetime) -> Look:
    """Set what a brand says itself; what is empty is again as above it. Raises BrandRefused."""
    told = _read(look)
    workspace = db.session.get_one(Workspace, workspace_id, populate_existing=True, with_for_update={"key_share": True})
    known = workspace.settings.get(KEY) or {}
    before = look_of(settings=workspace.settings, place=place)
    own = _as_kept(told, workspace_id)
    brands = {**{key: value for key, value in known.items() if key != place}, **({place: own} if own else {})}
    settings = {**workspace.settings, KEY: brands}
    try:
        senders.compose_test(
            settings=branded(settings, {FROZEN: [place]}), to_address="somebody@vocapp.test",
            default=default_sender, language="en", workspace_name="",
        )  # fmt: skip
    except MailError as error:
        raise BrandRefused("sender_address", "email") from error
    workspace.settings = settings
    auditing.note_change(
        workspace_id=workspace_id, by=by, action="brand.changed", subject=place, before=audited(asdict(before)),
        after=audited(asdict(told)), now=now,
    )  # fmt: skip
    return told


def tried(*, workspace: Workspace, place: str, look: Look) -> Mapping[str, Any]:
    """Return a workspace's settings cut to a brand, as if this look of it had been kept. Raises BrandRefused."""
    own = _as_kept(_read(look), workspace.id)
    known = {**(workspace.settings.get(KEY) or {}), place: own}
    path = db.session.scalar(select(Place.path).where(Place.workspace_id == workspace.id, Place.key == place)) or ""
    over = [one for one in path.strip("/").split("/") if one in known]
    return branded({**workspace.settings, KEY: known}, {FROZEN: over})


def tried_voice(*, workspace: Workspace, voice: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a workspace's settings as if this voice had been kept. Raises BrandRefused."""
    brand = {**(workspace.settings.get("brand") or {}), "voice": read_voice(voice) or {}}
    return {**workspace.settings, "brand": brand}


def _read(look: Look) -> Look:
    """Return a look as it is kept. Raises BrandRefused."""
    name, sender_name = _line("name", look.name), _line("sender_name", look.sender_name)
    address, reply_to = _address("sender_address", look.sender_address), _address("reply_to", look.reply_to)
    accent = (look.accent or "").strip().lower() or None
    if accent is not None and not _ACCENT.fullmatch(accent):
        raise BrandRefused("accent", "colour")
    return Look(
        name=name, accent=accent, logo_url=look.logo_url, sender_name=sender_name, sender_address=address,
        reply_to=reply_to, voice=read_voice(look.voice),
    )  # fmt: skip


def _as_kept(told: Look, workspace_id: int) -> dict[str, Any]:
    own = {field: value for field, value in asdict(told).items() if value is not None}
    if told.logo_url is not None:
        own["logo"] = box_of(workspace_id=workspace_id, logo_url=told.logo_url)
    return own


def read_voice(voice: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a voice as it is kept; None: nothing of it is set. Raises BrandRefused, its code “where: why”."""
    tidy = tidied(voice or {})
    try:
        Voice.read(tidy)
    except ValueError as error:
        where, _, why = str(error).partition(": ")
        raise BrandRefused(f"voice.{where}", why) from error
    return tidy or None


def box_of(*, workspace_id: int, logo_url: str) -> dict[str, Any]:
    """Return what is kept beside a logo's address, so that a page or mail need not look at the image: its size."""
    row = db.session.execute(
        select(Logo.media_type, Logo.width, Logo.height).where(
            Logo.workspace_id == workspace_id, Logo.digest == logo_url.removeprefix(LOGOS)
        )
    ).first()
    if row is None:
        raise BrandRefused("logo", "logo_kind")
    return {"type": row.media_type, "width": row.width, "height": row.height}


def audited(brand: Mapping[str, Any]) -> dict[str, Any]:
    """Return a brand as a line of the journal compares it: its voice field by field."""
    flat = {key: value for key, value in brand.items() if key not in ("voice", "logo")}
    return {**flat, **(brand.get("voice") or {})}


def keep_logo(*, workspace_id: int, content: bytes, now: datetime) -> str:
    """Keep an image and return where it is served. Raises BrandRefused for what is none, too large or too small."""
    if len(content) > MOST_BYTES:
        raise BrandRefused("logo", "logo_large")
    image = read_image(content)
    if image is None:
        raise BrandRefused("logo", "logo_kind")
    if not all(SMALLEST <= side <= LARGEST for side in (image.width, image.height)):
        raise BrandRefused("logo", "logo_sides")
    digest = hashlib.sha256(content).hexdigest()[:32]
    if db.session.get(Logo, (workspace_id, digest)) is None:
        logo = Logo(workspace_id=workspace_id, digest=digest, content=content, created_at=now, **image._asdict())
        db.session.add(logo)
        db.session.flush()
    return f"{LOGOS}{digest}"


def find_logo(*, digest: str) -> tuple[str, bytes] | None:
    """Return (media type, content) of a logo; whoever kept it, the same name is the same image."""
    row = db.session.execute(select(Logo.media_type, Logo.content).where(Logo.digest == digest).limit(1)).first()
    return None if row is None else (row.media_type, row.content)


_SENDER: Sequence[tuple[str, str]] = (("sender_name", "name"), ("sender_address", "address"), ("reply_to", "reply_to"))


def _line(field: str, text: str | None) -> str | None:
    try:
        return read_line(text or "", LONGEST_NAME)
    except ValueRefused as refused:
        raise BrandRefused(field, "line") from refused


def _address(field: str, text: str | None) -> str | None:
    try:
        return read_email(text or "")
    except ValueRefused as refused:
        raise BrandRefused(field, "email") from refused
