"""The monthly report as a PDF, read back: text with its accents, title, language, outline, letters embedded."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from pypdf import PdfReader

from vocapp.adapters.mail import Attachment, MailRefused, OutgoingMail
from vocapp.adapters.mail.sendgrid import payload
from vocapp.adapters.mail.wire import as_bytes
from vocapp.adapters.pdf import PdfMissing
from vocapp.services import composing_report
from vocapp.services.report_pdf import file_name, pdf_of
from vocapp.services.report_sheet import FigureLine, QuoteLine, Sheet, ThemeLine, Todo
from vocapp.services.report_words import WORDS

AT = datetime(2026, 11, 1, 7, tzinfo=UTC)
LONG = "Une attente interminable, puis plus personne. " * 6


def sheet(**fields) -> Sheet:
    plain = {
        "language": "fr",
        "words": WORDS["fr"],
        "subject": "Octobre 2026",
        "preview": "",
        "house": "Maison Lumière & Cie",
        "heading": "Lyon Part-Dieu – Łódź, Αθήνα",
        "period": "Octobre 2026",
        "figures": (FigureLine("Recommandation (NPS)", "\u221212", "entre \u221230 et 8, 120 réponses", "", ""),),
        "counts": (("Taux de réponse", "12\u00a0% des 340 e-mails"),),
        "todo": (Todo("Rappelez d’abord les 3 clients\u202f!", "", ""),),
        "quotes": tuple(QuoteLine("Ce qui a plu", f"«\u00a0{LONG}\u00a0»", "Note 9", "fr") for _ in range(8)),
        "themes": (ThemeLine("Livraison", "12, dont 8 négatives"),),
        "callbacks": (("Résolues", "4"),),
        "causes": (("Livraison – En retard", "3 sur 4"),),
        "drivers": (),
    }
    return Sheet(**plain | fields)


def test_it_reads_back_with_title_language_and_outline() -> None:
    content = pdf_of(sheet(), made_at=AT)
    read = PdfReader(io.BytesIO(content))
    text = " ".join(page.extract_text() for page in read.pages).replace("\u00a0", " ")
    for said in (
        "Łódź, Αθήνα",
        "\u221212",
        "12 % des 340",
        "3 clients !",
        "Livraison – En retard",
        "Maison Lumière & Cie",
    ):
        assert said in text, said
    assert read.trailer["/Root"]["/Lang"] == "fr"
    assert read.metadata.title == "Lyon Part-Dieu – Łódź, Αθήνα, Octobre 2026"
    assert [one.title for one in read.outline[1]][:3] == ["Les chiffres", "À faire", "À lire"]
    assert len(read.pages) > 1
    assert f"1 / {len(read.pages)}" in text
    fonts = [font.get_object() for font in read.pages[0]["/Resources"]["/Font"].values()]
    assert all("+DejaVuSans" in font["/BaseFont"] for font in fonts)  # cut to what is used, and inside
    assert len(content) < 60_000
    assert pdf_of(sheet(), made_at=AT) == content  # the same again, byte for byte


def test_what_the_letters_cannot_show_is_seen_to_be_missing() -> None:
    read = PdfReader(io.BytesIO(pdf_of(sheet(heading="店 Nantes"), made_at=AT)))
    assert "\ufffd Nantes" in read.pages[0].extract_text()
    assert file_name(sheet(heading="店")) == "octobre-2026.pdf"


def test_a_mail_carries_it_by_every_way_out() -> None:
    content = bytes(range(256)) * 20
    mail = OutgoingMail(
        message_id=UUID(int=1),
        to_address="lea@maison.test",
        to_name=None,
        sender="a@maison.test",
        subject="Octobre",
        text="Élan",
        html="<p>Élan</p>",
        attachments=(Attachment("octobre-2026.pdf", "application/pdf", content),),
    )
    for eight_bit in (True, False):
        data = as_bytes(mail, sent_at=AT, eight_bit=eight_bit)
        assert max(map(len, data.split(b"\r\n"))) < 998
        read = message_from_bytes(data, policy=policy.default)
        assert not read.defects
        assert read.get_body(("plain",)).get_content().strip() == "Élan"
        assert "Élan" in read.get_body(("html",)).get_content()
        [file] = read.iter_attachments()
        assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
            "octobre-2026.pdf",
            "application/pdf",
            content,
        )
    assert payload(mail)["attachments"][0]["filename"] == "octobre-2026.pdf"
    with pytest.raises(MailRefused):
        OutgoingMail(
            UUID(int=1), "a@b.test", None, "a@b.test", "s", "t", attachments=(Attachment('a"\r\nX: y', "", b""),)
        )


def test_without_the_library_the_mail_goes_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_sheet: Sheet, **_: object) -> bytes:
        raise PdfMissing

    monkeypatch.setattr(composing_report, "pdf_of", missing)
    files, note = composing_report._files(sheet(), AT)
    assert files == ()
    assert note == WORDS["fr"]["no_pdf"]
