"""What ships with vocapp and a workspace does not have yet: offered on the pages of segments and of surveys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vocapp.config import CATALOGUE
from vocapp.domain.survey import in_language
from vocapp.models import database_now, transaction
from vocapp.services import catalogue
from vocapp.services.catalogue import PERSONAS, Offer
from vocapp.services.staff import Membership
from vocapp.web.console import frame, guard
from vocapp.web.console.blueprint import blueprint

EVERYTHING: Final = "*"


class Shown(NamedTuple):
    name: str
    """As a form sends it."""
    title: str
    description: str
    renews: bool
    note: str = ""


def list_shown(*, segments: bool, note: Callable[[Mapping[str, Any]], str] | None = None) -> list[Shown]:
    """Return what this member may take over, in their language: nothing for who does not shape the whole company.

    `note` says more of a definition.
    """
    member = guard.membership()
    if not may_take(member):
        return []
    offers = catalogue.list_offers(workspace_id=member.workspace_id, catalogue=CATALOGUE, segments=segments)
    shown = [_shown(one)._replace(note=note(one.definition) if note else "") for one in offers]
    return sorted(shown, key=lambda one: (one.name == PERSONAS, one.title.casefold()))


def may_take(member: Membership) -> bool:
    """Say whether a member brings in what ships: it is the whole company's."""
    return member.role in {"owner", "analyst"} and member.place_key is None


@blueprint.post("/console/ready-made/<kind>")
def take_ready_made(kind: str) -> ResponseReturnValue:
    """Bring in what was chosen, or everything that is offered."""
    member = guard.membership()
    if kind not in {"segments", "surveys"}:
        abort(404)
    if not may_take(member):
        abort(403)
    wanted = request.form.get("which", "")
    offered = [one.name for one in list_shown(segments=kind == "segments")]
    with transaction():
        taken = catalogue.take(
            workspace_id=member.workspace_id,
            catalogue=CATALOGUE,
            names=offered if wanted == EVERYTHING else [one for one in offered if one == wanted],
            by=guard.me().email,
            now=database_now(),
        )
    flash("ready_made_taken" if taken else "ready_made_none")
    return redirect(url_for(f"console.{kind}"), 303)


def _shown(offer: Offer) -> Shown:
    if offer.name == PERSONAS:
        return Shown(offer.name, str(frame.words()["ready_made_personas"]), "", offer.renews)
    texts = offer.definition
    return Shown(
        offer.name,
        _said(texts.get("name") or texts.get("title")) or offer.name,
        _said(texts.get("description")),
        offer.renews,
    )


def _said(text: Any) -> str:
    return in_language(text, frame.language(), "")[0] if isinstance(text, dict) else str(text or "")
