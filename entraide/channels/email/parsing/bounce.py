"""What a mail that came back says: for whom it was, why it failed, which mail of ours it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from entraide.channels.email.parsing.addresses import clean_email
from entraide.channels.email.parsing.charsets import guess, sound
from entraide.channels.email.parsing.head import read_head, text_of
from entraide.channels.email.parsing.message import MESSAGE_ID, ParsedMail
from entraide.channels.email.parsing.words import one_line

DELIVERY_STATUS = ("message/delivery-status", "message/global-delivery-status")
RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)
LOOK_AT_CHARS = 20_000
LONGEST_DIAGNOSTIC = 1_000
MOST_RECIPIENTS = 200
EMAIL = r"[^\s<>@,;:\"'()\[\]]{1,128}@[a-zA-Z0-9.-]{1,253}"
# Postfix, qmail, Exim, Exchange: `<address>:` or `  address` at the start of a line, the reason behind or below.
RECIPIENT_LINE = re.compile(
    rf"^[ \t>*]{{0,8}}(?:<(?P<angled>{EMAIL})>|(?P<bare>{EMAIL}))[ \t]*(?:\(.{{0,200}}\))?:?[ \t]*(?P<rest>.{{0,500}})$",
    re.MULTILINE,
)
# Where the copy of our own mail begins: addresses below are not failed recipients.
COPY_BELOW = re.compile(
    r"below this line is a copy|copy of the (?:original )?message|original message (?:headers|follows)|"
    r"message (?:d'origine|original)|^-{3,} ?(?:original|ursprüngliche)|en-têtes? (?:du message|d'origine)|"
    r"urspr[uü]ngliche (?:nachrichtenkopfzeilen|nachricht)|^(?:received|return-path):",
    re.IGNORECASE | re.MULTILINE,
)
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
SMTP_CODE = re.compile(r"(?<![\d.])([245])\d\d(?=[ -])")
FAILED_FOR_GOOD = re.compile(
    r"permanent (?:fatal )?error|fatal error|permanent|user unknown|unknown user|no such user|does not exist|n'existe pas|"
    r"unbekannt|existiert nicht|mailbox unavailable|no mailbox here|introuvable|wasn't found|nicht gefunden",
    re.IGNORECASE,
)
OUR_ID = re.compile(r"^[ \t>]*Message-ID:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{3,990})>", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BouncedRecipient:
    """One address that was not reached.

    `email` is as we wrote it where the report tells. `status` as in RFC 3463 ("5.1.1") or "". `permanent`: writing
    there again is of no use; False for a delay, for a full mailbox and the like.
    """

    email: str
    status: str
    diagnostic: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class Bounce:
    """The recipients that a report names, possibly none, and the Message-ID of the mail that it is about."""

    recipients: tuple[BouncedRecipient, ...]
    original_message_id: str | None


def bounce_details(mail: ParsedMail) -> Bounce:
    """Return what `mail`, a bounce or a note of delay, says. Never raises."""
    named = {found.email.lower(): found for found in _reported(mail)}
    if not named:
        named = {found.email.lower(): found for found in _told_in_words(mail)}
    return Bounce(tuple(named.values())[:MOST_RECIPIENTS], _original(mail))


def actions_in(mail: ParsedMail) -> tuple[str, ...]:
    """Return the Action of each recipient of a delivery report, in lower case: "failed", "delayed", "relayed" …"""
    return tuple(fields["action"].lower().split()[0] for fields in _groups(mail) if fields.get("action", "").strip())


def _groups(mail: ParsedMail) -> Iterator[dict[str, str]]:
    """Yield the fields of each recipient in the machine-readable part (RFC 3464)."""
    for file in mail.attachments:
        if file.mime in DELIVERY_STATUS:
            for group in re.split(r"\n[ \t]*\n", sound(guess(file.content[:200_000])))[: MOST_RECIPIENTS * 2]:
                yield _fields(group)


def _fields(group: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in group.split("\n"):
        if line[:1] in (" ", "\t") and name:
            fields[name] += " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields.setdefault(name, value.strip())
    return fields


def _reported(mail: ParsedMail) -> Iterator[BouncedRecipient]:
    for fields in _groups(mail):
        email = _typed_address(fields.get("original-recipient", "")) or _typed_address(
            fields.get("final-recipient", "")
        )
        action = fields.get("action", "").lower()
        if email is None or action.startswith(("delivered", "relayed", "expanded")):
            continue
        diagnostic = one_line(fields.get("diagnostic-code", "").partition(";")[2] or fields.get("diagnostic-code", ""))
        found = STATUS.search(fields.get("status", "")) or STATUS.search(diagnostic)
        status = found[1] if found else ""
        permanent = not action.startswith("delayed") and _is_permanent(status, diagnostic)
        yield BouncedRecipient(email, status, diagnostic[:LONGEST_DIAGNOSTIC], permanent)


def _typed_address(value: str) -> str | None:
    """Return the address of `rfc822;ana@x.example`, as some write it in brackets or without its type."""
    kind, semicolon, address = value.partition(";")
    if semicolon and kind.strip().lower() not in ("rfc822", "utf-8", "smtp"):
        return None
    return clean_email((address if semicolon else value).strip().strip("<>"))


def _told_in_words(mail: ParsedMail) -> Iterator[BouncedRecipient]:
    text = mail.body_text[:LOOK_AT_CHARS]
    failed = [clean_email(part.strip("<> ")) for part in mail.header("x-failed-recipients").split(",")]
    copy = COPY_BELOW.search(text)
    text = text[: copy.start()] if copy else text
    for email in failed:
        if email is not None:
            yield _told(email, _passage(text, text.find(email)) if email in text else text)
    if any(failed):
        return
    senders = {mail.sender.email.lower()} if mail.sender else set()
    own = senders | {address.email.lower() for address in mail.to}
    for line in RECIPIENT_LINE.finditer(text):
        email = clean_email(line["angled"] or line["bare"])
        # A bare address with words behind it is prose, unless a colon tells otherwise.
        is_marked = line["angled"] is not None or not line["rest"].strip() or f"{line['bare']}:" in line[0]
        if email is not None and email.lower() not in own and is_marked:
            yield _told(email, _passage(text, line.start()))


def _passage(text: str, start: int) -> str:
    end = text.find("\n\n", start)
    passage = text[max(start, 0) : end if end > 0 else None]
    # Some leave a blank line between the address and its reason.
    return passage if len(passage.split()) > 2 else text[max(start, 0) : start + 600]


def _told(email: str, passage: str) -> BouncedRecipient:
    diagnostic = one_line(passage)[:LONGEST_DIAGNOSTIC]
    found = STATUS.search(diagnostic)
    status = found[1] if found else ""
    code = SMTP_CODE.search(diagnostic)
    permanent = _is_permanent(status, diagnostic) if status or code else bool(FAILED_FOR_GOOD.search(diagnostic))
    return BouncedRecipient(email, status, diagnostic, permanent)


def _is_permanent(status: str, diagnostic: str) -> bool:
    if status:
        # 5.2.2 is a full mailbox, which its owner may empty; 5.4.7 and 5.7.x tell of the mail or the way, not the address.
        return status.startswith("5.") and status not in ("5.2.2", "5.4.7") and not status.startswith("5.7.")
    code = SMTP_CODE.search(diagnostic)
    return code is None or code[1] == "5"


def _original(mail: ParsedMail) -> str | None:
    for file in mail.attachments:
        if file.mime in RETURNED:
            for name, value in read_head(file.content, 0, len(file.content)).fields:
                found = MESSAGE_ID.search(text_of(value)) if name == "message-id" else None
                if found is not None:
                    return "<" + "".join(found[1].split()) + ">"
    for fields in _groups(mail):
        found = MESSAGE_ID.search(fields.get("x-original-message-id", ""))
        if found is not None:
            return f"<{found[1]}>"
    told = OUR_ID.search(mail.body_text[: LOOK_AT_CHARS * 5])
    if told is not None:
        return f"<{told[1]}>"
    return next(iter((*mail.in_reply_to, *reversed(mail.references))), None)
