"""The rig itself: what the other tests stand on."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import psycopg
import pytest
import redis
from flask import Flask
from sqlalchemy import text

from tests.rig.browser import Visitor
from tests.rig.network import OutsideRefused
from tests.rig.postgres import Postgres
from tests.rig.redis import RedisServer
from tests.rig.run import Run, born
from tests.rig.smtp import SmtpPeer


def letter(to: str = "ada@example.test") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "vocapp@example.test", to, "Été"
    message.set_content("Bonjour")
    return message


def test_tests_stay_on_this_machine() -> None:
    with pytest.raises(OutsideRefused):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(OutsideRefused):
        socket.getaddrinfo("example.com", 80)


def test_each_test_has_a_migrated_database_of_its_own(db: Any) -> None:
    db.session.execute(text("select count(*) from workspaces"))
    db.session.execute(text("create table left_by_a_test (id integer)"))
    db.session.commit()


def test_nothing_of_another_test_is_left(db: Any) -> None:
    with pytest.raises(Exception, match="left_by_a_test"):
        db.session.execute(text("select 1 from left_by_a_test"))


def test_the_products_login_is_no_superuser(postgres: Postgres, postgres_url: str) -> None:
    with psycopg.connect(postgres.conninfo(postgres_url.rpartition("/")[2], "vocapp")) as connection:
        assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)


def test_a_clients_request_sees_nothing_of_the_tests_context(app: Flask, db: Any) -> None:
    from tests.conftest import _StrangerClient

    app.add_url_rule("/session", view_func=lambda: str(id(db.session())))
    assert _StrangerClient(app, app.response_class).get("/session").text != str(id(db.session()))


def test_a_redis_keeps_its_rows_over_a_restart_and_its_port(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as connection:
        connection.set("a", "1")
    own_redis.stop()
    assert not own_redis.answers()
    own_redis.start()
    with redis.Redis.from_url(own_redis.url) as connection:
        assert connection.get("a") == b"1"
    own_redis.kill()
    assert not own_redis.running


def test_the_smtp_peer_keeps_refuses_and_drops(smtp_peer: SmtpPeer) -> None:
    smtp_peer.refuse_next(code=451)
    smtp_peer.refuse_address("gone@example.test")
    with smtplib.SMTP("127.0.0.1", smtp_peer.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            client.send_message(letter())
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.send_message(letter("gone@example.test"))
        client.send_message(letter())
    smtp_peer.accept_then_drop()
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        smtplib.SMTP("127.0.0.1", smtp_peer.port, timeout=10).send_message(letter("late@example.test"))
    assert [mail.recipients for mail in smtp_peer.wait_for(2)] == [("ada@example.test",), ("late@example.test",)]
    assert smtp_peer.received[0].message["Subject"] == "Été"
    assert smtp_peer.attempts == 3


def test_a_process_is_stopped_by_its_number_and_its_birth(run: Run) -> None:
    process = run.start(["sleep", "60"], name="sleeper")
    assert born(process.pid)
    run.stop(process)
    assert born(process.pid) is None


def test_the_browser_shows_a_page_in_french(visitor: Visitor) -> None:
    visitor.page.set_content("<h1>Bonjour</h1>")
    assert visitor.page.inner_text("h1") == "Bonjour"
    assert visitor.page.evaluate("navigator.language") == "fr-FR"


def test_a_visitor_without_javascript(new_visitor: Callable[..., Visitor]) -> None:
    page = new_visitor(java_script_enabled=False, locale="en-GB").page
    page.set_content("<noscript>plain</noscript>")
    assert page.inner_text("body") == "plain"
