"""Bodies that only a real server meets: too large, chunked, compressed, nested. Who sends them hears why."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.altered import one_letter_off
from tests.rig.installed import installed_data_dir
from tests.rig.product import Product
from tests.rig.run import Run

TWELVE_MB = 12_000_000
KINDS = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def product(run: Run) -> Iterator[tuple[Product, str]]:
    with Product(run=run, data_dir=installed_data_dir(run)) as started:
        yield started, started.create_key()


@pytest.fixture
def open_link(product: tuple[Product, str]) -> str:
    machine = product[0].machine(product[1])
    who = {"consents": [{"purpose": "surveys", "granted": True}]}
    machine.put("/api/v1/customers/C-1", who).expect(200, 201)
    body = {"survey": "post_delivery", "customer": {"external_id": "C-1"}, "channel": "link"}
    return urlsplit(machine.post("/api/v1/invitations", body).expect(200, 201).json()["url"]).path


def send(
    product: tuple[Product, str], method: str, path: str, body: Any, kind: str = "json", **headers: str
) -> tuple[int, str, bytes]:
    """Send as a plain client does: everything first, then it listens. An iterable goes out in chunks."""
    place = urlsplit(product[0].base_url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    try:
        connection.request(
            method,
            path,
            body=body,
            headers={"Authorization": f"Bearer {product[1]}", "Content-Type": KINDS[kind], **headers},
            encode_chunked=not isinstance(body, bytes),
        )
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()
    finally:
        connection.close()


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 60_000):
        yield b"a" * 60_000


def test_a_body_too_large_is_read_off_and_answered(product: tuple[Product, str], open_link: str) -> None:
    for path, method in (("/api/v1/customers/C-2", "PUT"), ("/api/v1/events", "POST"), ("/api/v1/settings", "PATCH")):
        for body in (b"a" * TWELVE_MB, chunks(TWELVE_MB)):
            begun = time.monotonic()
            status, kind, said = send(product, method, path, body)
            assert (status, kind) == (413, "application/problem+json"), (path, type(body), said[:200])
            assert time.monotonic() - begun < 10
    for path in (open_link, one_letter_off(open_link), open_link.replace("/s/", "/unsubscribe/")):
        for body in (b"why=" + b"a" * TWELVE_MB, chunks(TWELVE_MB)):
            status, kind, said = send(product, "POST", path, body, "form")
            assert (status, kind) in {(413, "text/html"), (404, "text/html")}, (path, type(body), said[:200])
            assert b"<html lang=" in said


def test_what_is_no_plain_json_is_refused_as_such(product: tuple[Product, str]) -> None:
    bodies: list[tuple[bytes, dict[str, str], int]] = [
        (b"[" * 100_000, {}, 400),
        (b'{"attributes":' * 60_000 + b"1" + b"}" * 60_000, {}, 400),
        (b"\x1f\x8b\x08" + b"\0" * 5000, {"Content-Encoding": "gzip"}, 415),
        (b"{}", {"Content-Encoding": "deflate, gzip"}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"", {}, 400),
        (b"null", {}, 422),
        (b'{"first_name": "' + b"\xe9" + b'"}', {}, 400),
        (b'\xef\xbb\xbf{"first_name": "A"}', {}, 400),
        (json.dumps({"first_name": "A"}).encode("utf-16"), {}, 400),
        (b'{"attributes": {"a": NaN, "b": 1e400, "c": ' + b"9" * 5000 + b"}}", {}, 422),
        (b'{"first_name": "a\\u0000", "last_name": "\\udc00"}', {}, 422),
    ]
    for body, headers, expected in bodies:
        status, kind, said = send(product, "PUT", "/api/v1/customers/C-3", body, **headers)
        assert (status, kind) == (expected, "application/problem+json"), (body[:40], said[:200])
    assert send(product, "GET", "/api/v1/customers/C-3", b"")[0] == 404
    refused = json.loads(send(product, "PUT", "/api/v1/customers/C-3", bodies[-2][0])[2])
    assert {one["pointer"] for one in refused["errors"]} == {"/attributes/a", "/attributes/b", "/attributes/c"}


def test_a_wrong_key_is_a_plain_401_whatever_it_is_made_of(product: tuple[Product, str]) -> None:
    for value in ("Bearer", "Bearer ", "Bearer vk_", "Basic eDp5", "Bearer é", "Bearer " + "x" * 5000, "Bearer \t\t"):
        status, kind, said = send(
            product, "GET", "/api/v1/alerts", b"", Authorization=value.encode("latin-1").decode("latin-1")
        )
        assert (status, kind) == (401, "application/problem+json"), (value[:20], said[:200])
