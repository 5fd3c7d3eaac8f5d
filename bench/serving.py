"""What is measured, started: the product's web role, and the bare Flask beside it, served by the same gunicorn."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from bench import seeding
from bench.floors import flask_insert
from bench.turns import PROCESSES, PROOF, THREADS
from tests.rig.http import HttpClient
from tests.rig.product import ROOT, Product
from tests.rig.run import Run, free_port
from tests.rig.waiting import wait_until

SERVING = {"WEB_PROCESSES": str(PROCESSES), "WEB_THREADS": str(THREADS)}
SURVEY: dict[str, Any] = {
    "key": "bench",
    "title": {"fr": "Votre livraison", "en": "Your delivery"},
    "default_language": "fr",
    "layout": "page",
    "questions": [
        {
            "key": "nps",
            "type": "nps",
            "required": True,
            "text": {
                "fr": "{{ customer.first_name | default: 'Bonjour' }}, nous recommanderiez-vous ?",
                "en": "{{ customer.first_name | default: 'Hello' }}, would you recommend us?",
            },
        },
        {"key": "csat", "type": "csat", "text": {"fr": "Êtes-vous content de la livraison ?", "en": "Happy with it?"}},
        {"key": "ces", "type": "ces", "text": {"fr": "Était-ce facile ?", "en": "Was it easy?"}},
        {
            "key": "buys_for",
            "type": "single_choice",
            "attribute": "buys_for",
            "text": {"fr": "Pour qui était-ce ?", "en": "For whom was it?"},
            "choices": [
                {"key": "self", "text": {"fr": "Pour moi", "en": "For me"}},
                {"key": "gift", "text": {"fr": "Un cadeau", "en": "A gift"}},
            ],
        },
        {"key": "again", "type": "yes_no", "text": {"fr": "Reviendrez-vous ?", "en": "Will you come again?"}},
        {"key": "why", "type": "long_text", "text": {"fr": "Pourquoi ?", "en": "Why?"}},
    ],
}
_FORM = (
    "_page=0&nps={nps}&csat={csat}&ces=5&buys_for=gift&again=yes&why=Tout+s%27est+bien+pass%C3%A9%2C+merci+beaucoup."
)


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def form(nps: int, csat: int) -> bytes:
    """Fill the survey's page."""
    return _FORM.format(nps=nps, csat=csat).encode()


def forms(number: int) -> bytes:
    """Fill the page as the n-th person does: of eleven, each gives another score."""
    return form(number % 11, 1 + number % 5)


def serve_product(
    run: Run,
    database_url: str | None,
    *,
    wanted: int,
    redis_url: str | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
    **seeds: Any,
) -> tuple[Product, Server, list[str]]:
    """Start the web role with `wanted` people invited; return (product, its server, the paths of their links)."""
    product = Product(run=run, database_url=database_url, redis_url=redis_url, settings=SERVING | dict(settings))
    url = database_url or f"sqlite:///{product.data_dir / 'vocapp.db'}"
    paths = seeding.invite(database_url=url, data_dir=product.data_dir, definition=SURVEY, wanted=wanted, **seeds)
    process = product.start_role("web")
    product.wait_until_serving()
    return product, Server(product.port, process), paths


def keep_pages(product: Product, path: str) -> Path:
    """Take one survey, and keep its page and its thanks, so that the floor sends as much."""
    stranger = HttpClient(product.base_url)
    page = stranger.get(path).expect(200)
    fields = dict(pair.split("=") for pair in forms(9).decode().split("&"))
    thanks = stranger.submit(path, fields).expect(200)
    assert PROOF in thanks.body, thanks.text
    folder = product.home / "pages"
    folder.mkdir()
    (folder / "page.html").write_bytes(page.body)
    (folder / "thanks.html").write_bytes(thanks.body)
    return folder


def serve_floor(run: Run, database: str, *, wanted: int, pages: Path) -> tuple[Server, list[str]]:
    """Start bare Flask on a database of its own with `wanted` people; return (its server, the paths of their links)."""
    ids = [str(uuid4()) for _ in range(wanted)]
    flask_insert.prepare(database, ids)
    server = start_floor(run, database, pages)
    client = HttpClient(server.url)
    wait_until(lambda: _serves(client), 20, what=lambda: f"the floor serves:\n{run.log('floor-flask')}")
    return server, [f"/s/{one}" for one in ids]


def start_floor(run: Run, database: str, pages: Path) -> Server:
    """Start bare Flask, and do not wait."""
    port = free_port()
    given: dict[str, Any] = {
        "port": port,
        "database": database,
        "pages": pages,
        "processes": PROCESSES,
        "threads": THREADS,
    }
    process = run.start(
        [sys.executable, "-m", "bench.floors.flask_insert", *_options(given.items())], name="floor-flask", cwd=ROOT
    )
    return Server(port, process)


def _options(given: Iterable[tuple[str, Any]]) -> list[str]:
    return [word for name, value in given for word in (f"--{name}", str(value))]


def _serves(client: HttpClient) -> bool:
    try:
        return client.get("/").status == 404
    except OSError:
        return False
