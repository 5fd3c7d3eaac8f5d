"""One POST to a receiver that behaves, and to those that don't."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.rig.receiver import LOOPBACK, Receiver
from vocapp.adapters.webhooks import Answer, Unreachable, post, read_target


@pytest.fixture
def peer() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def test_a_post_arrives_as_it_was_given(peer: Receiver) -> None:
    url = f"http://127.0.0.1:{peer.port}/hook?token=a%2Fb"
    assert post(read_target(url), b'{"a":1}', {"X-One": "1"}, allowed=LOOPBACK) == Answer(204, None)
    [got] = peer.received
    assert (got.path, got.json, got.headers["X-One"]) == ("/hook?token=a%2Fb", {"a": 1}, "1")
    assert got.headers["Host"] == f"127.0.0.1:{peer.port}"


def test_what_it_answers_comes_back_and_a_redirect_is_not_followed(peer: Receiver) -> None:
    inside = {"Location": f"http://127.0.0.1:{peer.port}/inside"}
    peer.script = [(302, inside), (307, inside), (429, {"Retry-After": "30"}), (503, {"Retry-After": "soon"}), 500]
    answers = [post(read_target(peer.url), b"", {}, allowed=LOOPBACK) for _ in range(5)]
    assert answers == [Answer(302, None), Answer(307, None), Answer(429, 30), Answer(503, None), Answer(500, None)]
    assert {one.path for one in peer.received} == {"/hook"}


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_the_whole_is_bounded_in_time(peer: Receiver, way: str) -> None:
    peer.script = [getattr(peer, way)]
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="no answer in time"):
        post(read_target(peer.url), b"", {}, allowed=LOOPBACK, seconds=0.5)
    assert time.monotonic() - begun < 5


def test_what_is_no_http_and_who_is_not_there_are_told_apart_from_an_answer(peer: Receiver) -> None:
    peer.script = [lambda handler: handler.wfile.write(b"hello\r\n\r\n"), lambda handler: handler.connection.close()]
    for _ in range(2):
        with pytest.raises(Unreachable):
            post(read_target(peer.url), b"", {}, allowed=LOOPBACK)
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        post(read_target("http://127.0.0.1:1/"), b"", {}, allowed=LOOPBACK)


def test_the_name_stays_the_names_while_the_judged_address_is_called(tmp_path: Path) -> None:
    server, client = _certificate(tmp_path, "hooks.example.com")
    with Receiver(tls=server) as peer:
        target = read_target(f"https://hooks.example.com:{peer.port}/x")
        answer = post(target, b"{}", {}, allowed=LOOPBACK, resolve=_here, tls=lambda: client)
        assert answer.status == 204
        assert peer.received[0].headers["Host"] == f"hooks.example.com:{peer.port}"
        other = read_target(f"https://other.example.com:{peer.port}/x")
        with pytest.raises(Unreachable, match="certificate"):
            post(other, b"{}", {}, allowed=LOOPBACK, resolve=_here, tls=lambda: client)
        with pytest.raises(Unreachable, match="certificate"):
            post(target, b"{}", {}, allowed=LOOPBACK, resolve=_here)
        assert len(peer.received) == 1


def _here(_host: str, port: int, *_: Any) -> Any:
    return [(None, None, None, "", (str(ip_address("127.0.0.1")), port))]


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "peer.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cafile=str(file))
    return server, client
