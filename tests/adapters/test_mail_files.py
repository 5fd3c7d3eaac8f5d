from __future__ import annotations

import os
import threading
from email import message_from_bytes, policy
from uuid import uuid4

import pytest

from tests.adapters.test_mail_wire import a_mail
from vocapp.adapters.mail import MailDeferred, make_mailer


@pytest.fixture
def outbox(tmp_path):
    return tmp_path / "outbox"


def test_a_mail_becomes_a_file_of_its_own_name(outbox):
    mailer = make_mailer(backend="files", outbox_dir=outbox)
    mail = a_mail()
    assert mailer.left(mail.message_id) is False
    mailer.send(mail)
    assert mailer.left(mail.message_id) is True
    (file,) = outbox.glob("*.eml")
    assert file.name == f"{mail.message_id}.eml"
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"] == mail.subject


def test_the_same_mail_again_changes_nothing(outbox):
    mailer = make_mailer(backend="files", outbox_dir=outbox)
    mailer.send(a_mail())
    before = [(file.read_bytes(), file.stat().st_mtime_ns) for file in outbox.glob("*.eml")]
    mailer.send(a_mail(subject="another"))
    assert [(file.read_bytes(), file.stat().st_mtime_ns) for file in outbox.glob("*.eml")] == before


def test_whoever_looks_sees_whole_messages_only(outbox):
    mailer = make_mailer(backend="files", outbox_dir=outbox)
    whole, seen, done = [], [], threading.Event()

    def look() -> None:
        while not done.is_set():
            for file in outbox.glob("*.eml"):
                seen.append(file)
                whole.append(file.read_bytes().endswith(b"--\r\n"))

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(60):
        mailer.send(a_mail(message_id=uuid4(), html="<p>é</p>" * 20_000))
    done.set()
    watcher.join()
    assert seen
    assert all(whole)
    assert sorted(path.name for path in outbox.iterdir() if not path.name.endswith(".eml")) == [".tmp"]
    assert not list((outbox / ".tmp").iterdir())


def test_drafts_of_killed_attempts_are_cleared_away(outbox):
    drafts = outbox / ".tmp"
    drafts.mkdir(parents=True)
    old, young = drafts / "old", drafts / "young"
    for draft in (old, young):
        draft.write_text("To: marie@example.test")
    os.utime(old, (1, 1))
    make_mailer(backend="files", outbox_dir=outbox).send(a_mail())
    assert list(drafts.iterdir()) == [young]


def test_a_folder_that_cannot_be_made_defers(tmp_path):
    (tmp_path / "outbox").write_text("a file stands here")
    with pytest.raises(MailDeferred):
        make_mailer(backend="files", outbox_dir=tmp_path / "outbox").send(a_mail())


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"backend": "pigeon"}, "MAIL_BACKEND"),
        ({"backend": "smtp"}, "SMTP_URL"),
        ({"backend": "smtp", "smtp_url": "http://x"}, "SMTP_URL"),
        ({"backend": "smtp", "smtp_url": "smtp://x:port"}, "SMTP_URL"),
        ({"backend": "sendgrid"}, "SENDGRID_API_KEY"),
        ({"backend": "sendgrid", "sendgrid_api_key": "k", "sendgrid_host": "file:///etc"}, "SENDGRID_HOST"),
    ],
)
def test_a_missing_or_wrong_setting_is_named(tmp_path, settings, word):
    with pytest.raises(ValueError, match=word):
        make_mailer(outbox_dir=tmp_path, **settings)
