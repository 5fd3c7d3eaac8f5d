from __future__ import annotations

import contextlib
import os
import socket
import threading
from functools import partial
from uuid import uuid4

import pytest

from tests.adapters.test_mail_wire import a_mail, text_of
from tests.rig.run import free_port
from tests.rig.waiting import seconds_of
from vocapp.adapters.mail import MailBlocked, MailDeferred, MailOutcomeUnknown, MailRefused, make_mailer
from vocapp.adapters.mail.smtp import SmtpMailer
from vocapp.adapters.mail.smtp_server import SmtpServer, read_smtp_url
from vocapp.domain.links import make_return_path, read_return_path

GREETING = {"": "220 peer", "EHLO": "250-peer\r\n250-8BITMIME\r\n250 SIZE 1000000"}
FINE = {**GREETING, "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", ".": "250 kept", "RSET": "250 ok"}


class ScriptedPeer:
    """Answers each command as told: a reply, `cut` (closes), `hang`, `drip` (a byte every tenth of a second)."""

    def __init__(self, **answers: str) -> None:
        self.answers = FINE | {"": answers.pop("greeting", FINE[""]), ".": answers.pop("dot", FINE["."])} | answers
        self.bodies: list[bytes] = []
        self.connections = 0
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.server = SmtpServer("127.0.0.1", self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _listen(self) -> None:
        threads = []
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            self.connections += 1
            threads.append(threading.Thread(target=self._serve, args=(connection,)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            self._answer(connection, "")
            for line in lines:
                verb = line.split()[0].decode().upper()
                self._answer(connection, verb)
                if verb == "DATA" and self.answers["DATA"].startswith("354"):
                    body = b"".join(iter(lines.readline, b".\r\n"))
                    self.bodies.append(body)
                    self._answer(connection, ".")

    def _answer(self, connection: socket.socket, verb: str) -> None:
        answer = self.answers.get(verb, "502 unknown")
        if answer == "cut":
            connection.shutdown(socket.SHUT_RDWR)
            raise OSError
        if answer == "hang":
            self._over.wait()
            raise OSError
        if answer == "drip":
            while not self._over.wait(0.1):
                connection.sendall(b"2")
            raise OSError
        connection.sendall(answer.encode() + b"\r\n")


def outcome(server: SmtpServer, seconds: float = 5.0):
    mailer = SmtpMailer(server, seconds_in_all=seconds)
    try:
        return mailer.send(a_mail())
    finally:
        mailer.close()


def test_a_mail_arrives_whole_and_the_connection_is_used_again(smtp_peer):
    mailer = SmtpMailer(read_smtp_url(smtp_peer.url))
    mailer.send(a_mail(text="first\n.\n..dots\nhéhé\nhttps://avis.test/s/abc\n"))
    mailer.send(a_mail(message_id=uuid4()))
    mailer.close()
    first, second = smtp_peer.received
    assert first.sender == "avis@maison.test"
    assert first.recipients == ("marie@example.test",)
    assert text_of(first.message, "plain") == "first\n.\n..dots\nhéhé\nhttps://avis.test/s/abc\n"
    assert second.message["Message-ID"] != first.message["Message-ID"]


def test_a_mail_comes_back_to_a_path_of_its_own_where_one_is_named(smtp_peer, tmp_path):
    made = partial(make_return_path, b"secret", "bounces@maison.test")
    mailer = make_mailer(backend="smtp", outbox_dir=tmp_path, smtp_url=smtp_peer.url, return_path=made)
    mail = a_mail()
    mailer.send(mail)
    mailer.close()
    [received] = smtp_peer.wait_for(1)
    assert read_return_path(b"secret", received.sender) == mail.message_id
    assert received.message["From"].endswith("<avis@maison.test>")


def test_one_connection_carries_many_mails():
    with ScriptedPeer() as peer:
        mailer = SmtpMailer(peer.server)
        for _ in range(3):
            mailer.send(a_mail(message_id=uuid4()))
        mailer.close()
        assert (peer.connections, len(peer.bodies)) == (1, 3)


def test_a_connection_that_went_stale_is_made_anew_once(smtp_peer):
    with ScriptedPeer() as peer:
        mailer = SmtpMailer(peer.server)
        mailer.send(a_mail())
        peer.answers["MAIL"] = "421 idle for too long"
        with pytest.raises(MailDeferred):
            mailer.send(a_mail(message_id=uuid4()))
        assert peer.connections == 2, "one new connection, not more"
        peer.answers["MAIL"] = "250 ok"
        mailer.send(a_mail(message_id=uuid4()))
        mailer._kept.connection.sock.shutdown(socket.SHUT_RDWR)
        mailer.send(a_mail(message_id=uuid4()))
        mailer.close()
        assert len(peer.bodies) == 3


def test_a_forked_child_makes_a_connection_of_its_own():
    with ScriptedPeer() as peer:
        mailer = SmtpMailer(peer.server)
        mailer.send(a_mail())
        object.__setattr__(mailer._kept, "pid", os.getpid() + 1)
        mailer.send(a_mail(message_id=uuid4()))
        mailer.close()
        assert peer.connections == 2


def test_nobody_listening_defers():
    with pytest.raises(MailDeferred):
        outcome(SmtpServer("127.0.0.1", free_port()))


def test_an_unknown_address_is_refused_for_good(smtp_peer):
    smtp_peer.refuse_address("marie@example.test")
    with pytest.raises(MailRefused) as refusal:
        outcome(read_smtp_url(smtp_peer.url))
    assert "550" in refusal.value.detail


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"greeting": "554 go away"}, MailDeferred),
        ({"greeting": "421 busy"}, MailDeferred),
        ({"greeting": "cut"}, MailDeferred),
        ({"EHLO": "cut"}, MailDeferred),
        ({"MAIL": "451 later"}, MailDeferred),
        ({"MAIL": "530 log in first"}, MailBlocked),
        ({"MAIL": "550 unknown sender"}, MailBlocked),
        ({"MAIL": "552 too big"}, MailRefused),
        ({"MAIL": "cut"}, MailDeferred),
        ({"RCPT": "450 greylisted"}, MailDeferred),
        ({"RCPT": "550 nobody"}, MailRefused),
        ({"RCPT": "nonsense"}, MailDeferred),
        ({"RCPT": "cut"}, MailDeferred),
        ({"DATA": "451 later"}, MailDeferred),
        ({"DATA": "554 no"}, MailRefused),
        ({"DATA": "cut"}, MailDeferred),
        ({"dot": "421 shutting down"}, MailDeferred),
        ({"dot": "452 disk full"}, MailDeferred),
        ({"dot": "554 spam"}, MailRefused),
        ({"dot": "nonsense"}, MailOutcomeUnknown),
        ({"dot": "cut"}, MailOutcomeUnknown),
    ],
)
def test_each_failure_is_told_by_its_phase(answers, error):
    with ScriptedPeer(**answers) as peer, pytest.raises(error) as failure:
        outcome(peer.server)
    assert type(failure.value) is error


@pytest.mark.parametrize("how", ["hang", "drip"])
@pytest.mark.parametrize(
    ("phase", "error"),
    [("greeting", MailDeferred), ("RCPT", MailDeferred), ("DATA", MailDeferred), ("dot", MailOutcomeUnknown)],
)
def test_a_peer_that_hangs_or_drips_holds_nobody_beyond_the_deadline(phase, error, how):
    seconds = 1.5 if phase == "dot" else 0.5  # enough to come so far on a busy machine

    def held() -> None:
        with pytest.raises(error) as failure:
            outcome(peer.server, seconds=seconds)
        assert type(failure.value) is error

    with ScriptedPeer(**{phase: how}) as peer:
        assert seconds_of(held, most=seconds + 1) < seconds + 1


def test_a_peer_that_keeps_the_mail_and_hangs_up_leaves_the_outcome_unknown(smtp_peer):
    smtp_peer.accept_then_drop()
    with pytest.raises(MailOutcomeUnknown):
        outcome(read_smtp_url(smtp_peer.url))
    assert len(smtp_peer.received) == 1


def test_starttls_that_is_asked_for_and_not_offered_blocks(smtp_peer):
    with pytest.raises(MailBlocked, match="STARTTLS"):
        outcome(read_smtp_url(smtp_peer.url + "?starttls=1"))


def test_a_login_that_is_refused_or_not_offered_blocks(smtp_peer):
    with pytest.raises(MailBlocked):
        outcome(read_smtp_url(smtp_peer.url.replace("//", "//vocapp:secret@")))
    refusing = {"EHLO": "250-peer\r\n250 AUTH PLAIN", "AUTH": "535 wrong password"}
    with ScriptedPeer(**refusing) as peer, pytest.raises(MailBlocked) as failure:
        outcome(SmtpServer(peer.server.host, peer.server.port, user="vocapp", password="secret"))
    assert "secret" not in failure.value.detail


def test_an_address_beyond_ascii_is_refused_where_the_server_cannot_write_to_it():
    with ScriptedPeer() as peer, pytest.raises(MailRefused):
        SmtpMailer(peer.server).send(a_mail(to_address="élodie@example.test"))


def test_an_smtp_url_is_read_whole():
    server = read_smtp_url("smtp://us%40er:p%2Fw@mail.test:2525?starttls=1")
    assert (server.host, server.port, server.security, server.user, server.password) == (
        "mail.test",
        2525,
        "starttls",
        "us@er",
        "p/w",
    )
    assert "p/w" not in repr(server)
    assert (read_smtp_url("smtps://mail.test").port, read_smtp_url("smtp://mail.test").port) == (465, 25)
