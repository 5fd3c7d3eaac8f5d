"""`suppression list|add|remove` and `mail status|resume`."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import NO_RESTS, House
from tests.cli.conftest import Command
from vocapp.adapters.mail import MailBlocked
from vocapp.models import Fact

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
    assert command("suppression", "add", "no address", *HERE) == 1


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
    from vocapp import jobs
    from vocapp.jobs import mail

    jobs.bind(house.app, most_attempts={})
    mail.send([fact_id])
