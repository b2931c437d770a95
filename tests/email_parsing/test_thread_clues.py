"""Which ticket a mail may belong to, and its bare subject."""

from __future__ import annotations

import pytest

from entraide.channels.email.parsing.message import parse
from entraide.channels.email.parsing.thread_clues import ThreadClues, clues
from tests.email_parsing.reading import mail


def clues_of(raw: bytes, *, envelope_to: tuple[str, ...] = ()) -> ThreadClues:
    return clues(parse(raw), local_part="support", domain="desk.example", prefix="ENT", envelope_to=envelope_to)


def test_the_mail_answered_comes_first_then_those_before_it_from_the_last() -> None:
    found = clues_of(mail(In_Reply_To="<3@x>", References="<1@x> <2@x> <3@x>"))
    assert found.message_ids == ("<3@x>", "<2@x>", "<1@x>")


def test_the_tag_of_our_address_is_read_from_the_envelope_and_from_the_fields() -> None:
    raw = mail(
        To="Support <Support+abc.def@Desk.example>, other+x@desk.example",
        Cc="support@desk.example",
        Delivered_To="support+env@desk.example",
    )
    assert clues_of(raw, envelope_to=("support+first@desk.example",)).plus_tags == ("first", "env", "abc.def")


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Re: [ENT-1042] VPN", 1042),
        ("AW: [ent-7] VPN", 7),
        ("[#ENT-7] VPN", 7),
        ("[ENT-0] VPN", None),
        ("ENT-1042 VPN", None),
        ("[XENT-1042] VPN", None),
        ("[ENT-10422222222222] VPN", None),
        ("[ENT-1] et [ENT-2]", 1),
    ],
)
def test_the_number_in_the_subject_is_read(subject: str, number: int | None) -> None:
    assert clues_of(mail(Subject=subject)).subject_number == number
