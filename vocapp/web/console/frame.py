"""A page of the console: its words, its navigation, and the headers it is sent with."""

from __future__ import annotations

import secrets
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import Response, g, get_flashed_messages, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vocapp.services.browsing import queue
from vocapp.web.console import assets, guard, navigation
from vocapp.web.console.formats import Formats
from vocapp.web.console.words import LANGUAGES, Words, words_in

LANGUAGE_COOKIE = "vocapp_language"

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_environment.globals["pairs"] = lambda keys, texts: [(key, texts[key]) for key in keys]
_environment.globals["persona_pairs"] = lambda personas: [(key, one.name) for key, one in personas.items()]
_environment.globals["by_day"] = lambda steps, formats: [
    (day, list(found)) for day, found in groupby(steps, key=lambda step: formats.day_of(step.at))
]
_environment.globals["named"] = lambda keys, texts: [(key, texts.get(key, key)) for key in keys]


def language() -> str:
    """Return the language chosen, else the browser's, else French."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def words() -> Words:
    return words_in(language())


def page(template: str, *, status: int = 200, beat: queue.Beat | None = None, **values: Any) -> Response:
    """Return a page for somebody who works in a workspace; `beat`: the queue's, read before what the page shows."""
    member = guard.membership()
    beat = beat or queue.beat_of(scope=guard.scope())
    frame = {
        "me": guard.me(),
        "member": member,
        "menu": navigation.entries(member),
        "open_alerts": beat.open,
        "mark": beat.mark,
        "several_workspaces": len(guard.me().memberships) > 1,
        "said": get_flashed_messages(),
        "f": Formats(words(), member.timezone, guard.now()),
    }
    return _send(template, status, here=_here(), **frame, **values)


def plain_page(template: str, *, status: int = 200, here: str | None = None, **values: Any) -> Response:
    """Return a page that needs no workspace and no database: logging in, an error."""
    return _send(template, status, me=None, member=None, here=here, **values)


def error_page(status: int, heading: str, sentence: str) -> Response:
    """Return a page that says what happened and what to do: the same bytes, but for tokens, wherever it happened."""
    inside = "membership" in g or (status != 503 and guard.sitting() is not None)
    return plain_page("error.html", status=status, heading=heading, sentence=sentence, inside=inside)


def send_headers(response: Response, nonce: str = "") -> Response:
    """Add the headers of every answer of the console."""
    source = f"'nonce-{nonce}'" if nonce else "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {source}; style-src {source}; connect-src 'self'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Vary"] = "Cookie, Accept-Language"
    return response


def finish(response: Response) -> Response:
    """Give what is no page (a redirect, a figure) the headers of one; what said its own keeps them."""
    if response.headers.get("Cache-Control") is None:
        send_headers(response)
    return response


def _send(template: str, status: int, **values: Any) -> Response:
    nonce = secrets.token_urlsafe(16)
    html = _environment.get_template(f"console/{template}").render(
        w=words(),
        nonce=nonce,
        css=assets.url("console.css"),
        scripts=[assets.url("console.js"), assets.url("live.js")],
        csrf=generate_csrf(),
        url=url_for,
        **values,
    )
    return send_headers(Response(html, status=status, mimetype="text/html"), nonce)


def _here() -> str:
    """Return where one comes back to after the language was changed: only a page that a GET gives again."""
    if request.method != "GET":
        return url_for("console.home")
    return request.full_path.rstrip("?")
