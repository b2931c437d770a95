"""What in a mail may tell which ticket it belongs to, and its subject without such marks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from entraide.channels.email.parsing.addresses import addresses
from entraide.channels.email.parsing.message import ParsedMail

DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
# Re, Fwd and their like in the languages of the mailers around here; `RE[2]:` and `RE : ` too.
REPLY_MARK = re.compile(
    r"^\s*+(?:re|ré|réf|fw|fwd|tr|rép|aw|antw|antwort|wg|wtr|rv|r|i|sv|vs|vb|doorst|bls|odp|pd)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]\s*+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ThreadClues:
    """`message_ids`: what it answers, the surest first. `plus_tags`: what stands behind the + of our address.

    `subject_number` is no proof: anyone can type [ENT-42].
    """

    message_ids: tuple[str, ...]
    plus_tags: tuple[str, ...]
    subject_number: int | None


def clues(
    mail: ParsedMail, *, local_part: str, domain: str, prefix: str, envelope_to: Iterable[str] = ()
) -> ThreadClues:
    """Return what `mail` refers to.

    Our address is `local_part`@`domain`; the recipients of the envelope count before those that the mail names.
    `prefix` is that of the ticket numbers, "ENT".
    """
    recipients = [*envelope_to]
    recipients += [
        found.email for name in DELIVERED_TO for value in mail.all_headers(name) for found in addresses(value)
    ]
    recipients += [address.email for address in (*mail.to, *mail.cc)]
    ours = re.compile(rf"{re.escape(local_part)}\+([^@\s]{{1,200}})@{re.escape(domain)}", re.IGNORECASE)
    tags = dict.fromkeys(match[1] for each in recipients if (match := ours.fullmatch(each.strip().strip("<>"))))
    number = _tag(prefix).search(mail.subject)
    return ThreadClues(
        message_ids=tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references)))),
        plus_tags=tuple(tags),
        subject_number=int(number[1]) if number else None,
    )


def _tag(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"\[\s?#?{re.escape(prefix)}-0{{0,5}}([1-9]\d{{0,8}})\s?\]", re.IGNORECASE | re.ASCII)
