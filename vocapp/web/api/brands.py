"""Brands: how a place of that kind shows itself to its customers, and how it speaks to them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields, pre_load, validate

from vocapp.domain.rules import Fault
from vocapp.domain.voice import FORMALITIES
from vocapp.models import Place
from vocapp.services import brands, places
from vocapp.services.brands import BrandRefused, Look
from vocapp.services.documents.brands import brand_document
from vocapp.web.api.frame import Call, Routes
from vocapp.web.api.surveys import WarningOut
from vocapp.web.problems import Problem, refusal

routes = Routes("places", "Where things happen: counters, filters and staff rights go by place.")

_LOGO = re.compile(r"(?:data:image/(?:png|jpeg|webp);base64,)?([A-Za-z0-9+/]+={0,2})", re.ASCII)
_POINTERS: Final = {
    "sender_name": "/sender/name", "sender_address": "/sender/address", "reply_to": "/sender/reply_to",
}  # fmt: skip
_DETAILS: Final = {
    "line": f"must be one line of {brands.LONGEST_NAME} characters at most",
    "email": "must be an e-mail address that a mail can come from",
    "colour": "must be a colour such as #1d5fbf",
    "logo_large": f"must be {brands.MOST_BYTES} bytes at most",
    "logo_kind": "must be a PNG, JPEG or WebP image",
    "logo_sides": f"must have sides of {brands.SMALLEST} to {brands.LARGEST} pixels",
}
STANDING: Final = frozenset(("place", "logo_url", "in_force", "contrast", "warnings"))
"""What GET adds to a brand, so that what was got can be put back."""


def _texts(about: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        allow_none=True,
        metadata={
            "description": f"Language → text, with Liquid over `customer` (no attributes), `event`, `brand`. {about}"
        },
    )


class VoiceSettings(Schema):
    """How one speaks. What is not set is as above: the next brand, the workspace, our own words."""

    formality = fields.String(
        allow_none=True,
        validate=validate.OneOf(FORMALITIES),
        metadata={"description": "Whether « tu » is said where a language has the choice; default formal."},
    )
    greeting = _texts("One line, where a mail's text is ours: `Hello {{ customer.first_name | default: 'there' }},`.")
    closing = _texts("One line at the end of mails.")
    signature = _texts("Who signs: 4 lines at most; default: the name.")
    thanks = _texts("At the end of a survey that has none of its own; it may name attributes and answers, too.")


class SenderSettings(Schema):
    name = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    reply_to = fields.String(allow_none=True, metadata={"description": "Where an answer to a mail goes."})


class BrandFields(Schema):
    name = fields.String(allow_none=True, metadata={"description": "Shown to customers."})
    accent = fields.String(allow_none=True, metadata={"description": "#rrggbb; shaded where it could not be read."})
    sender = fields.Nested(SenderSettings, allow_none=True)
    voice = fields.Nested(VoiceSettings, allow_none=True)


class BrandIn(BrandFields):
    logo = fields.String(
        allow_none=True,
        metadata={
            "description": "A PNG, JPEG or WebP image in base64, 200,000 bytes at most; null: none. Left out, it stays."
        },
    )

    @pre_load
    def _pass_over(self, document: Mapping[str, Any], **_more: Any) -> dict[str, Any]:
        return {name: value for name, value in document.items() if name not in STANDING}


class BrandHolds(BrandFields):
    logo_url = fields.String(required=True, allow_none=True)


class Shade(Schema):
    ratio = fields.Float(required=True, metadata={"description": "Of the colour as chosen, 1 to 21; 4.5 is enough."})
    shown = fields.String(required=True, metadata={"description": "The colour that is shown there."})
    as_chosen = fields.Boolean(required=True)


class Contrast(Schema):
    light = fields.Nested(Shade, required=True)
    dark = fields.Nested(Shade, required=True)


class BrandOut(BrandHolds):
    place = fields.String(required=True)
    in_force = fields.Nested(
        BrandHolds, required=True, metadata={"description": "With what is inherited, from the nearest that sets it."}
    )
    contrast = fields.Nested(
        Contrast, required=True, allow_none=True, metadata={"description": "Of the colour in force."}
    )
    warnings = fields.List(
        fields.Nested(WarningOut),
        required=True,
        metadata={"description": "Texts of its voice that name what a customer may lack, with nothing in its place."},
    )


@routes.get("/places/<key>/brand", scopes=("admin", "export"), answers={200: BrandOut}, refuses=(404,))
def get_brand(call: Call, key: str) -> Any:
    """Read how a brand shows itself: what it sets, and what holds for it with what it inherits."""
    return brand_document(_find(call, key))


@routes.put(
    "/places/<key>/brand",
    scopes=("admin",),
    body=BrandIn,
    answers={200: BrandOut},
    refuses=(404, 409),
    example={
        "name": "Maison Lune",
        "accent": "#2255aa",
        "sender": {"name": "Maison Lune", "reply_to": "bonjour@lune.example"},
        "voice": {"formality": "informal", "signature": {"fr": "Claire, de la Maison Lune"}},
    },
)
def put_brand(call: Call, key: str) -> Any:
    """Set how a brand shows itself and speaks, for all that is below it.

    What is left out or null is as above it: the next brand up the tree, then the workspace. Invitations made from now
    on show it; those that were made by this brand before do, too. What GET gives can be put back: `logo_url` and
    whatever else it adds is passed over.
    """
    place, said = _find(call, key), call.body
    if place.kind != "brand":
        raise Problem(409, f"Only a place of the kind brand shows itself; this one is a {place.kind}.")
    sender = said.get("sender") or {}
    try:
        brands.change_look(
            workspace_id=call.workspace_id,
            place=key,
            look=Look(
                name=said.get("name"),
                accent=said.get("accent"),
                logo_url=_logo_url(call, key),
                sender_name=sender.get("name"),
                sender_address=sender.get("address"),
                reply_to=sender.get("reply_to"),
                voice=said.get("voice"),
            ),
            default_sender=call.settings.mail_from,
            by=call.by,
            now=call.now,
        )
    except BrandRefused as refused:
        pointer = _POINTERS.get(refused.field, "/" + refused.field.replace(".", "/"))
        raise refusal([Fault(pointer, _DETAILS.get(refused.code, refused.code))]) from refused
    return brand_document(place)


def _find(call: Call, key: str) -> Place:
    place = places.find_place(workspace_id=call.workspace_id, key=key)
    if place is None:
        raise Problem(404, "There is no such place.")
    return place


def _logo_url(call: Call, key: str) -> str | None:
    if "logo" not in call.body:
        return brands.kept_look(workspace_id=call.workspace_id, place=key).logo_url
    if call.body["logo"] is None:
        return None
    found = _LOGO.fullmatch(call.body["logo"])
    try:
        content = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error as error:
        raise BrandRefused("logo", "must be an image in base64") from error
    if not content:
        raise BrandRefused("logo", "must be an image in base64")
    return brands.keep_logo(workspace_id=call.workspace_id, content=content, now=call.now)
