"""`suppression list|add|remove` and `mail status|resume`."""

from __future__ import annotations

import io
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.bounced import notification
from tests.builders import NO_RESTS, House
from tests.cli.conftest import Command
from vocapp import jobs
from vocapp.adapters.mail import MailBlocked
from vocapp.jobs import mail, mail_reports
from vocapp.models import Contact, Fact

Said = pytest.CaptureFixture[str]
HERE = ("--workspace", "maison")


@pytest.fixture
def house(app: Flask) -> House:
    house = House(app, policy=NO_RESTS)
    house.survey()
    house.customer("ada")
    return house


def test_an_address_is_suppressed_shown_without_being_named_and_allowed_again(
    house: House, client: FlaskClient, command: Command, capsys: Said
) -> None:
    def contact() -> dict[str, object]:
        headers = {"Authorization": f"Bearer {house.api_key()}"}
        return client.get("/api/v1/customers/ada", headers=headers).json["contact"]

    assert command("suppression", "add", "ADA@example.test", "gone@example.test", "--reason", "bounce", *HERE) == 0
    assert (contact()["allowed"], contact()["reason"]) == (False, "suppressed_bounce")
    assert command("suppression", "add", "ada@example.test", *HERE) == 0
    assert "0 suppressed, 1 were so already" in capsys.readouterr().out
    assert command("suppression", "list", *HERE) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert len(lines) == 2
    assert "@" not in said
    [mine] = [line for line in lines if line.endswith("ada")]
    assert "bounce" in mine
    assert "command" in mine
    assert command("suppression", "remove", mine.split()[0], *HERE) == 0
    assert contact()["allowed"]
    assert command("suppression", "remove", "ada@example.test", *HERE) == 1
    assert command("suppression", "list", "ada@example.test", *HERE) == 1


def test_another_tools_list_comes_from_standard_input(
    house: House, command: Command, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    addresses = "".join(f"p{number}@example.test\n" for number in range(2500))
    monkeypatch.setattr("sys.stdin", io.StringIO(addresses + "\n"))
    assert command("suppression", "add", "-", "--reason", "complaint", *HERE) == 0
    assert "2500 addresses: 2500 suppressed" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["add", "remove", "list"])
def test_what_only_looks_like_an_address_is_refused_and_not_said_again(
    house: House, command: Command, capsys: Said, action: str
) -> None:
    for wrong in ("no address", "ada@", "ada@example", "zoraide@example..test", "ada@exa mple.test"):
        assert command("suppression", action, "ada@example.test", wrong, *HERE) == 1
        said = capsys.readouterr()
        assert "number 2 of 2 is no e-mail address" in said.err
        assert wrong not in said.out + said.err
    assert not [one for one in house.rows(Contact) if one.suppressed_at]


def test_what_stops_the_mail_is_said_and_ended(house: House, command: Command, capsys: Said, app: Flask) -> None:
    assert command("mail", "status", *HERE) == 0
    assert command("mail", "resume", *HERE) == 0
    assert "nothing stopped" in capsys.readouterr().out
    invitation_id = house.invite("ada", channel="email")
    [due] = house.rows(Fact, Fact.subject_id == invitation_id)
    house.mailer.failures = [MailBlocked("SendGrid answered 401")]
    _send(house, due.id)
    assert command("mail", "status", *HERE) == 1
    assert "maison: was turned away" in capsys.readouterr().out
    calls = len(house.mailer.attempts)
    _send(house, due.id)
    assert len(house.mailer.attempts) == calls
    assert command("mail", "resume", *HERE) == 0
    assert command("mail", "status", *HERE) == 0
    _send(house, due.id)
    assert house.invitation(invitation_id).status == "sent"


def test_the_figures_show_mails_by_outcome_and_what_stops_them(house: House, client: FlaskClient) -> None:
    invitation_id = house.invite("ada", channel="email")
    [due] = house.rows(Fact, Fact.subject_id == invitation_id)
    figures = client.get("/metrics").text
    assert 'vocapp_mails{outcome="scheduled"} 1.0' in figures
    assert 'vocapp_mail_halted{reason="turned_away"} 0.0' in figures
    house.mailer.failures = [MailBlocked("SendGrid answered 401")]
    _send(house, due.id)
    assert 'vocapp_mail_halted{reason="turned_away"} 1.0' in client.get("/metrics").text


def _send(house: House, fact_id: int) -> None:
    jobs.bind(house.app, most_attempts={})
    mail.send([fact_id])


def _sent(house: House) -> str:
    invitation_id = house.invite("ada", channel="email")
    [due] = house.rows(Fact, Fact.subject_id == invitation_id)
    _send(house, due.id)
    return str(invitation_id)


@pytest.mark.parametrize("shape", ["file", "mbox", "maildir", "pipe"])
def test_a_mail_that_came_back_suppresses_the_address(
    house: House, command: Command, capsys: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    mail_id = _sent(house)
    raw = notification(mail_id)
    source = tmp_path / "bounces"
    if shape == "file":
        source.write_bytes(raw)
    elif shape == "mbox":
        letter = raw.replace(b"\r\n", b"\n")
        source.write_bytes(
            b"".join(b"From MAILER-DAEMON Tue Mar 10 09:00:00 2026\n" + letter + b"\n" for _ in range(2))
        )
    elif shape == "maildir":
        (source / "new").mkdir(parents=True)
        (source / "new" / "1.host").write_bytes(raw)
    else:
        piped = io.TextIOWrapper(io.BytesIO(b"From MAILER-DAEMON Tue Mar 10 09:00:00 2026\n" + raw))
        monkeypatch.setattr("sys.stdin", piped)
    assert command("mail", "bounces", "-" if shape == "pipe" else str(source), *HERE) == 0
    said = capsys.readouterr().out
    assert "1 bounced" in said
    assert ("1 known already" in said) == (shape == "mbox")
    if shape == "maildir":
        assert [one.name for one in (source / "cur").iterdir()] == ["1.host:2,S"]
    house.work("MailReported")
    assert (house.invitation(UUID(mail_id)).status, house.invitation(UUID(mail_id)).reason) == ("failed", "bounced")
    [contact] = [one for one in house.rows(Contact) if one.suppressed_at]
    assert (contact.suppressed_reason, contact.suppressed_by) == ("bounce", "bounce_mail")


def test_a_forged_bounce_suppresses_nobody(house: House, command: Command, capsys: Said, tmp_path: Path) -> None:
    mail_id = _sent(house)
    forged = tmp_path / "forged.eml"
    for raw in (
        notification("ada@example.test"),
        notification(uuid4()),
        notification(mail_id, original_recipient="rfc822;ben@example.test"),
    ):
        forged.write_bytes(raw)
        assert command("mail", "bounces", str(forged), *HERE) == 0
    apply_all(house)
    assert not [one for one in house.rows(Contact) if one.suppressed_at]
    assert house.invitation(UUID(mail_id)).status == "sent"
    assert command("mail", "bounces", str(tmp_path / "nowhere"), *HERE) == 1
    assert "can't be read" in capsys.readouterr().err


def apply_all(house: House) -> None:
    with house.reading() as session:
        waiting = [fact.id for fact in session.query(Fact).filter(Fact.kind == "MailReported")]
    jobs.bind(house.app, most_attempts={})
    mail_reports.apply(waiting)
