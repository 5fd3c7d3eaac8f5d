"""Mails that came back, as mail servers write them: invented, after the shapes of Postfix, Exchange and others."""

from __future__ import annotations

from uuid import UUID


def notification(
    mail_id: UUID | str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ada@example.test>: Recipient address rejected: User unknown",
    to: str = "avis@maison.test",
    returned: str = "message/rfc822",
    original_recipient: str | None = "rfc822;ada@example.test",
) -> bytes:
    """Write a delivery status notification about a mail of ours."""
    headers = (
        f"From: Maison X <avis@maison.test>\nTo: ada@example.test\nMessage-ID: <{mail_id}@maison.test>\nSubject: Hi"
    )
    original = f"Original-Recipient: {original_recipient}\n" if original_recipient else ""
    text = f"""Return-Path: <>
Delivered-To: {to}
Date: Tue, 10 Mar 2026 09:00:00 +0000
From: MAILER-DAEMON@mx.example.test (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
Message-Id: <20260310090000.1@mx.example.test>

This is a MIME-encapsulated message.

--b1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.test
X-Postfix-Queue-ID: 4F0A
Arrival-Date: Tue, 10 Mar 2026 08:59:58 +0000

Final-Recipient: rfc822; ada@example.test
{original}Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.test
Diagnostic-Code: {diagnostic}

--b1
Content-Description: Undelivered Message
Content-Type: {returned}

{headers}

Bonjour

--b1--
"""
    return text.replace("\n", "\r\n").encode()


def complaint(mail_id: UUID | str, feedback: str = "abuse") -> bytes:
    """Write a complaint as a mailbox provider reports it."""
    return f"""From: <feedback@example.test>
To: <avis@maison.test>
Subject: complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an abuse report.
--b2
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: SomeProvider/1.0
Version: 1

--b2
Content-Type: text/rfc822-headers

From: Maison X <avis@maison.test>
Message-ID: <{mail_id}@maison.test>

--b2--
""".encode()
