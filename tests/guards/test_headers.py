"""Every answer has the headers of its audience, and no page holds a script or a style that its policy must excuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from tests.guards.source import at, own_files
from vocapp.app import add_doors, create_app
from vocapp.config import Settings

NONCE = r"'nonce-[\w-]{16,}'"
OF_ITS_OWN = re.compile(
    r"<script\b[^>]*>|<style\b[^>]*>|<link\b[^>]*>|\sstyle\s*=|\son[a-z]+\s*=|javascript:", re.IGNORECASE
)
HASH = r"'sha256-[\w+/]{43}='"


@dataclass(frozen=True)
class Audience:
    """Whose pages begin so, what their policy looks like, and what their headers say."""

    prefixes: tuple[str, ...]
    scripts: str = ""
    styles: str = ""
    says: dict[str, str] = field(default_factory=dict)
    stored: bool = False
    """Caches may keep it."""


AUDIENCES = {
    "customers": Audience(
        ("/s/", "/p/", "/unsubscribe/", "/preferences/", "/callback/", "/d/", "/reports/"),
        styles=HASH,
        says={"Referrer-Policy": "no-referrer"},
    ),
    "staff": Audience(
        ("/console", "/login", "/logout"),
        scripts=NONCE,
        styles=NONCE,
        says={"Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"},
    ),
    "machines": Audience(("/api/v1/", "/v1/", "/webhooks/"), says={"Referrer-Policy": "no-referrer"}),
    "readers of the API": Audience(("/api/",), styles=HASH, says={"Referrer-Policy": "no-referrer"}, stored=True),
    "everybody": Audience(("/",), stored=True),
}

App = Callable[..., Flask]


@pytest.fixture
def app(make_settings: Callable[..., Settings], sqlite_url: str) -> App:
    def make(public_url: str) -> Flask:
        return add_doors(create_app(make_settings(database_url=sqlite_url, public_url=public_url)))

    return make


@pytest.mark.parametrize("public_url", ["http://vocapp.test", "https://vocapp.test"])
def test_every_route_answers_with_the_headers_of_its_audience(app: App, public_url: str) -> None:
    made = app(public_url)
    wrong = [
        f"{method} {rule.rule} ({audience}): {fault}"
        for rule in made.url_map.iter_rules()
        for method in sorted((rule.methods or set()) | {"PATCH"})
        for audience in [_audience_of(rule)]
        for fault in _faults(made, rule, method, AUDIENCES[audience], over_tls=public_url.startswith("https"))
    ]
    assert not wrong, "\n".join(wrong)


def test_what_nobody_serves_has_headers_too(app: App) -> None:
    client = app("http://vocapp.test").test_client()
    for path in ("/nowhere", "/s/", "/console/nowhere/at/all", "/static/x.css", "/api/v1/nowhere", "/wp-login.php"):
        answer = client.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path


@pytest.mark.parametrize("host", ["evil.test", "evil.test:8000", "evil.test:80", "vocapp.test.evil.test"])
def test_no_answer_repeats_the_host_that_was_asked_for(app: App, host: str) -> None:
    made = app("http://vocapp.test")
    paths = {re.sub(r"<[^>]+>", "x", rule.rule) for rule in made.url_map.iter_rules()}
    paths |= {path.rstrip("/") for path in paths if path.endswith("/")} | {"//evil.test//", "/login/", "/console//x"}
    for path in sorted(paths - {""}):
        answer = made.test_client().get(
            environ_overrides={"PATH_INFO": path}, headers={"Host": host, "X-Forwarded-Host": host}
        )
        assert "evil" not in f"{answer.headers}{answer.text}".replace(path, ""), path
        assert not answer.headers.get("Location", "").startswith(("http:", "https:", "//")), path


def test_no_template_holds_a_script_a_style_or_a_handler_of_its_own() -> None:
    """Pages only: a mail has nowhere else to keep its styles."""
    found = [
        f"{at(path, text.count(chr(10), 0, match.start()) + 1)}: {match[0][:60]}"
        for path in own_files(".html")
        if "vocapp" in path.parts and "mail" not in path.parts
        for text in [path.read_text("utf-8")]
        for match in re.finditer(
            r"<script\b[^>]*>|<style\b[^>]*>|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<link\b[^>]*>", text
        )
        if not _is_excused(match[0], path.name)
    ]
    assert not found


def _is_excused(text: str, file: str) -> bool:
    if text.startswith(("<script", "<style", "<link")):
        icon = 'rel="icon" href="data:,"' in text
        return 'nonce="{{ nonce }}"' in text or icon or (file == "api_docs.html" and text == "<style>")  # by its hash
    return False


def _audience_of(rule: Rule) -> str:
    return next(name for name, one in AUDIENCES.items() if rule.rule.startswith(one.prefixes))


def _faults(app: Flask, rule: Rule, method: str, audience: Audience, *, over_tls: bool) -> list[str]:
    headers = _knock(app.test_client(), rule, method)
    policy = dict(part.strip().partition(" ")[::2] for part in headers.get("Content-Security-Policy", "").split(";"))
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000" if over_tls else None,
        **(audience.says if _has_content(headers) else {}),
    }
    said = [f"{name}: {headers.get(name)}" for name, value in wanted.items() if headers.get(name) != value]
    said += [f"{name} twice" for name, _ in headers if len(headers.getlist(name)) > 1 and name != "Set-Cookie"]
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        said.append("no Permissions-Policy")
    if policy.get("default-src") != "'none'" or policy.get("frame-ancestors") != "'none'":
        said.append(f"policy {policy}")
    for what, allowed in (("script-src", audience.scripts), ("style-src", audience.styles)):
        if not re.fullmatch(f"(|'none'|{allowed or chr(0)})", policy.get(what, "")):
            said.append(f"{what} {policy[what]}")
    if not audience.stored and "no-store" not in headers.get("Cache-Control", "") and _has_content(headers):
        said.append(f"Cache-Control {headers.get('Cache-Control')}")
    if "Set-Cookie" in headers and audience is not AUDIENCES["staff"]:
        said.append("a cookie")
    return said


def _has_content(headers: Headers) -> bool:
    """A refusal of the method itself comes before any door, and says nothing but which methods there are."""
    return "Allow" not in headers


def _knock(client: FlaskClient, rule: Rule, method: str) -> Headers:
    path = re.sub(r"<[^>]+>", "00000000-0000-0000-0000-000000000000", rule.rule)
    return client.open(path, method=method).headers
