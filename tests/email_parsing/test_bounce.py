"""Which address was not reached, why, and which mail of ours it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entraide.channels.email.parsing.bounce import bounce_details
from entraide.channels.email.parsing.message import parse
from tests.email_parsing.reading import NAMES, mail, sample


@pytest.mark.parametrize(
    ("name", "email", "status", "permanent", "original"),
    [
        ("bounce_postfix", "Jean@client.example", "5.1.1", True, "<ticket-1042.7@desk.example>"),
        ("bounce_exchange_fr", "jean@client.example", "5.1.10", True, "<ticket-1042.7@desk.example>"),
        ("bounce_qmail", "paul@old.example", "5.1.1", True, "<ticket-77.2@desk.example>"),
        ("bounce_exim", "paul@exim.example", "", False, "<ticket-78.2@desk.example>"),
        ("bounce_gmail", "nobody@gmail.example", "5.1.1", True, "<ticket-79.1@desk.example>"),
        ("bounce_fr_plain", "luc@ville.example", "5.2.2", False, "<ticket-80.1@desk.example>"),
        ("bounce_de_gmx", "eva@gmx.example", "", True, None),
        ("delay_postfix", "jean@client.example", "4.4.1", False, "<ticket-1042.7@desk.example>"),
    ],
)
def test_a_bounce_tells_whom_it_did_not_reach(
    name: str, email: str, status: str, permanent: bool, original: str | None
) -> None:
    bounce = bounce_details(sample(name))
    (recipient,) = bounce.recipients
    assert (recipient.email, recipient.status, recipient.permanent) == (email, status, permanent)
    assert recipient.diagnostic
    assert "\n" not in recipient.diagnostic
    assert bounce.original_message_id == original


def test_several_recipients_are_told_apart() -> None:
    body = (
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "Final-Recipient: rfc822; c@b.example\r\nAction: failed\r\nStatus: 4.2.2\r\n\r\n"
        "Final-Recipient: rfc822; d@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n--B--\r\n"
    )
    found = bounce_details(parse(mail(body, Content_Type="multipart/report; report-type=delivery-status; boundary=B")))
    assert [(each.email, each.permanent) for each in found.recipients] == [
        ("a@b.example", True),
        ("c@b.example", False),
    ]


def test_our_own_address_is_no_failed_recipient() -> None:
    text = "Undelivered:\n\n<support@desk.example>:\nsender\n\n<a@b.example>:\n550 no such user\n"
    found = bounce_details(parse(mail(text, To="support@desk.example", From="MAILER-DAEMON@b.example")))
    assert [each.email for each in found.recipients] == ["a@b.example"]


def test_a_spam_filter_does_not_make_an_address_bad() -> None:
    text = "<a@b.example>: host b said: 550 5.7.1 Message rejected as spam\n"
    (recipient,) = bounce_details(parse(mail(text, From="MAILER-DAEMON@b.example"))).recipients
    assert not recipient.permanent


@pytest.mark.parametrize("name", NAMES)
def test_no_mail_stops_the_search(name: str) -> None:
    bounce_details(sample(name))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=500))
def test_no_report_stops_the_search(data: bytes) -> None:
    body = b"--B\r\nContent-Type: message/delivery-status\r\n\r\n" + data + b"\r\n--B--\r\n"
    bounce_details(parse(mail(body, Content_Type="multipart/report; boundary=B")))
