"""Who wrote it, a person or a machine, and whether a machine of ours may answer."""

from __future__ import annotations

import pytest

from entraide.channels.email.parsing.automatic import classify
from entraide.channels.email.parsing.message import parse
from tests.email_parsing.reading import NAMES, mail, sample

KINDS = {
    "absence_de": "out_of_office",
    "absence_gmail_en": "out_of_office",
    "absence_outlook_fr": "out_of_office",
    "absence_without_marks_en": "out_of_office",
    "bounce_de_gmx": "bounce",
    "bounce_exchange_fr": "bounce",
    "bounce_exim": "bounce",
    "bounce_fr_plain": "bounce",
    "bounce_gmail": "bounce",
    "bounce_postfix": "bounce",
    "bounce_qmail": "bounce",
    "cron_job": "automatic",
    "delay_postfix": "delivery_delay",
    "list_mailman": "list",
    "newsletter": "bulk",
    "no_reply_fr": "automatic",
    "other_desk_otrs_reply": "other_desk",
    "other_desk_zendesk": "other_desk",
    "read_receipt_outlook": "read_receipt",
}


@pytest.mark.parametrize("name", NAMES)
def test_only_persons_may_be_answered_by_a_machine(name: str) -> None:
    nature = classify(sample(name))
    assert nature.kind == KINDS.get(name, "person")
    assert nature.may_auto_reply == (nature.kind == "person" and name != "no_headers")
    assert nature.is_bounce == (nature.kind in ("bounce", "delivery_delay"))
    assert nature.reason or nature.may_auto_reply


@pytest.mark.parametrize(
    "name", [name for name in KINDS if name.startswith("absence")] + ["read_receipt_outlook", "other_desk_otrs_reply"]
)
def test_an_answer_of_a_machine_is_known_as_such(name: str) -> None:
    assert classify(sample(name)).is_automatic_reply


@pytest.mark.parametrize("name", ["person_fr", "list_mailman", "other_desk_zendesk", "cron_job", "newsletter"])
def test_other_mails_are_not_answers_of_machines(name: str) -> None:
    assert not classify(sample(name)).is_automatic_reply


@pytest.mark.parametrize(
    ("headers", "kind", "may_auto_reply"),
    [
        ({}, "person", True),
        ({"Auto_Submitted": "no"}, "person", True),
        ({"Auto_Submitted": "auto-generated"}, "automatic", False),
        ({"Auto_Submitted": "Auto-Replied; owner-email=x"}, "automatic", False),
        ({"Auto_Submitted": "auto-notified"}, "automatic", False),
        ({"Precedence": "bulk"}, "bulk", False),
        ({"Precedence": "List"}, "list", False),
        ({"Precedence": "auto_reply"}, "automatic", False),
        ({"List_Id": "<x.list.example>"}, "list", False),
        ({"List_Unsubscribe": "<mailto:x@y.example>"}, "bulk", False),
        ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, "person", False),
        ({"X_Auto_Response_Suppress": "DR, RN, NRN"}, "person", True),
        ({"X_Autoreply": "yes"}, "automatic", False),
        ({"X_Entraide_Desk": "abc"}, "other_desk", False),
        ({"X_Mailer": "Zendesk Mailer"}, "other_desk", False),
        ({"From": "noreply@shop.example"}, "automatic", False),
        ({"From": "info-no-reply@shop.example"}, "automatic", False),
        ({"From": "do-not-reply+7@shop.example"}, "automatic", False),
        ({"From": "reply@shop.example"}, "person", True),
        ({"From": "postmaster@client.example", "Subject": "Notre serveur de messagerie"}, "person", True),
        ({"From": "postmaster@client.example", "Subject": "Unzustellbar: VPN"}, "bounce", False),
        ({"From": "MAILER-DAEMON@client.example"}, "bounce", False),
        ({"Subject": "Message non distribué : que faire ?"}, "person", True),
        ({"Subject": "Out of office: how do I set it?"}, "out_of_office", False),
        ({"Subject": "Je suis absent demain"}, "person", True),
    ],
)
def test_the_fields_of_rfc_3834_and_their_like_are_honoured(
    headers: dict[str, str], kind: str, may_auto_reply: bool
) -> None:
    nature = classify(parse(mail(**headers)), envelope_from="jean@client.example")
    assert (nature.kind, nature.may_auto_reply) == (kind, may_auto_reply)


@pytest.mark.parametrize("sender", ["", "<>", " <> "])
def test_the_null_sender_is_never_answered(sender: str) -> None:
    assert not classify(parse(mail()), envelope_from=sender).may_auto_reply


def test_the_null_sender_of_the_return_path_counts_where_the_envelope_is_lost() -> None:
    assert not classify(parse(mail(Return_Path="<>"))).may_auto_reply
    assert classify(parse(mail(Return_Path="<>")), envelope_from="jean@client.example").may_auto_reply


def test_a_report_of_success_is_no_bounce() -> None:
    body = (
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        "Final-Recipient: rfc822; a@b.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n--B--\r\n"
    )
    nature = classify(parse(mail(body, Content_Type="multipart/report; report-type=delivery-status; boundary=B")))
    assert (nature.kind, nature.is_bounce, nature.may_auto_reply) == ("automatic", False, False)
