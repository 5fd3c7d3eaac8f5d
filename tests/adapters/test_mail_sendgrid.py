from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.adapters.test_mail_wire import a_mail
from tests.rig.run import free_port
from tests.rig.waiting import seconds_of
from vocapp.adapters.mail import (
    MailBlocked,
    MailDeferred,
    MailOutcomeUnknown,
    MailRefused,
    Receipt,
    make_mailer,
)
from vocapp.adapters.mail.sendgrid import SendGridMailer, payload, wait_seconds

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


class Peer:
    """Something that speaks SendGrid's API; `act` answers each request by hand."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], dict]] = []
        self.act: Callable[[BaseHTTPRequestHandler], None] = lambda handler: answer(
            handler, 202, {"X-Message-Id": "sg-1"}
        )
        self.over = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                peer.requests.append((self.path, dict(self.headers), json.loads(body)))
                peer.act(self)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.block_on_close = True
        self.host = f"http://127.0.0.1:{self.http.server_address[1]}"

    def mailer(self, seconds: float = 5.0) -> SendGridMailer:
        return SendGridMailer(api_key="SG.secret", host=self.host, seconds_in_all=seconds, now=lambda: AT)


def answer(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str] | None = None, body: bytes = b""
) -> None:
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    thread = threading.Thread(target=peer.http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield peer
    peer.over.set()
    peer.http.shutdown()
    peer.http.server_close()
    thread.join()


def test_a_mail_is_handed_over_with_its_id_and_without_tracking(peer, tmp_path):
    mailer = make_mailer(
        backend="sendgrid", outbox_dir=tmp_path, sendgrid_api_key="SG.secret", sendgrid_host=peer.host + "/"
    )
    mail = a_mail(
        headers={"List-Unsubscribe": "<https://a.test/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    )
    assert mailer.send(mail) == Receipt("sg-1")
    ((path, headers, body),) = peer.requests
    assert path == "/v3/mail/send"
    assert headers["Authorization"] == "Bearer SG.secret"
    assert body["personalizations"] == [
        {"to": [{"email": "marie@example.test", "name": "Marie"}], "custom_args": {"vocapp_id": str(mail.message_id)}}
    ]
    assert body["from"] == {"email": "avis@maison.test", "name": "Maison Lumière"}
    assert body["headers"]["List-Unsubscribe"] == "<https://a.test/u>"
    assert body["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [content["type"] for content in body["content"]] == ["text/plain", "text/html"]
    tracking = body["tracking_settings"]
    assert not any(setting["enable"] for setting in tracking.values())
    assert tracking["click_tracking"]["enable_text"] is False
    asked = payload(replace(mail, tracks_opens=True))["tracking_settings"]
    assert [name for name, setting in asked.items() if setting["enable"]] == ["open_tracking"]
    assert mailer.left(mail.message_id) is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, MailRefused),
        (413, MailRefused),
        (401, MailBlocked),
        (403, MailBlocked),
        (404, MailDeferred),
        (500, MailDeferred),
        (503, MailDeferred),
        (504, MailOutcomeUnknown),
    ],
)
def test_each_status_has_one_meaning(peer, status, error):
    peer.act = lambda handler: answer(handler, status, body=b'{"errors": [{"message": "bad marie@example.test"}]}')
    with pytest.raises(error) as failure:
        peer.mailer().send(a_mail())
    assert type(failure.value) is error
    assert "marie@" not in failure.value.detail
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": "Tue, 10 Mar 2026 09:02:00 GMT"}, 120.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "1e400"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None),
        ({"Retry-After": "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"}, None),
        ({"Retry-After": "999999999"}, 86400.0),
        ({"X-RateLimit-Reset": str(int(AT.timestamp()) + 45)}, 45.0),
        ({}, None),
    ],
)
def test_a_rate_limit_says_how_long_to_wait(peer, headers, wait):
    peer.act = lambda handler: answer(handler, 429, headers)
    with pytest.raises(MailDeferred) as failure:
        peer.mailer().send(a_mail())
    assert failure.value.retry_after == wait


def test_the_wait_is_read_without_an_answer_too():
    assert wait_seconds(Message(), now=AT) is None


def test_nobody_listening_defers():
    with pytest.raises(MailDeferred):
        SendGridMailer(api_key="k", host=f"http://127.0.0.1:{free_port()}").send(a_mail())


def test_a_reset_after_the_body_leaves_the_outcome_unknown(peer):
    peer.act = lambda handler: handler.connection.close()
    with pytest.raises(MailOutcomeUnknown):
        peer.mailer().send(a_mail())


def test_a_202_counts_even_if_the_connection_breaks_behind_it(peer):
    def accept_and_break(handler):
        handler.wfile.write(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: sg-2\r\nContent-Length: 100\r\n\r\nhalf")
        handler.close_connection = True

    peer.act = accept_and_break
    assert peer.mailer().send(a_mail()) == Receipt("sg-2")


def test_a_peer_that_hangs_holds_nobody_beyond_the_deadline(peer):
    peer.act = lambda handler: peer.over.wait()
    took_too_long(peer)


@pytest.mark.parametrize(
    "at_once", [b"", b"HTTP/1.1 202 Accepted\r\n", b"HTTP/1.1 202 Accepted\r\nX-Message-Id: sg-2\r\nX-"]
)
def test_a_peer_that_drips_its_head_holds_nobody_beyond_the_deadline(peer, at_once):
    peer.act = dripping(peer, at_once)
    took_too_long(peer)


def test_a_202_counts_even_if_what_is_behind_it_drips_beyond_the_deadline(peer):
    peer.act = dripping(peer, b"HTTP/1.1 202 Accepted\r\nX-Message-Id: sg-2\r\nContent-Length: 100\r\n\r\n")
    assert peer.mailer(seconds=1).send(a_mail()) == Receipt("sg-2")


def dripping(peer, at_once):
    def drip(handler):
        handler.wfile.write(at_once)
        for byte in b"HTTP/1.1 202 Accepted\r\n":
            handler.wfile.write(bytes([byte]))
            if peer.over.wait(0.2):
                return

    return drip


def took_too_long(peer):
    def send():
        with pytest.raises(MailOutcomeUnknown):
            peer.mailer(seconds=1).send(a_mail())

    assert seconds_of(send, most=2) < 2


def test_a_redirect_is_not_followed_with_the_key(peer):
    peer.act = lambda handler: answer(handler, 302, {"Location": peer.host + "/elsewhere"})
    with pytest.raises(MailDeferred):
        peer.mailer().send(a_mail())
    assert [path for path, _, _ in peer.requests] == ["/v3/mail/send"]


def test_a_body_that_nobody_reads_is_not_handed_over():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        mailer = SendGridMailer(
            api_key="k", host=f"http://127.0.0.1:{listener.getsockname()[1]}", seconds_in_all=0.5, now=lambda: AT
        )
        with pytest.raises(MailDeferred):
            mailer.send(a_mail(html="x" * 20_000_000))
