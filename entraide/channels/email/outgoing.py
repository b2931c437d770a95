"""The outbox: each mail is written once per entry and recipient, then sent by a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.html import escape

from entraide.channels.email.addresses import is_ours, ticket_address
from entraide.channels.email.message_ids import Thread, message_id_of, thread_of
from entraide.channels.email.models import IncomingMail, OutgoingMail, ThreadLink
from entraide.channels.email.parsing.sanitise import safe_html
from entraide.channels.email.templates import Rendered, Said, render
from entraide.contracts.models import Contract
from entraide.core.clock import now
from entraide.look.punctuation import labelled
from entraide.people.brands import base_url_of
from entraide.people.models import Organisation, Person
from entraide.people.queries import house
from entraide.tickets.links import url_for
from entraide.tickets.models import Ticket, TicketEntry

AUTOMATIC_AN_HOUR = 8


@dataclass(frozen=True)
class Letter:
    """One mail to one person about one entry.

    `facts` and `links` fill placeholders that a ticket does not know of; `message` stands where the entry's own words would. `once`
    makes it another mail than those that go to the same person about the same entry.
    """

    template: str
    person: Person
    is_automatic: bool
    to_staff: bool = False
    cc: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None
    once: str = ""


@dataclass(frozen=True)
class Outside:
    """One mail to people outside about one entry: of the ticket it says nothing but what was written to them."""

    template: str
    to: tuple[str, ...]
    subject: str
    reference: str
    reply_to: str
    thread: Thread


def post(entry: TicketEntry, letter: Letter) -> OutgoingMail | None:
    """Write a mail into the outbox and queue its sending; once, however often this is called.

    Returns None when there is nobody to write to: no address, a bounced one, or one of our own.
    """
    recipient = letter.person.address if letter.to_staff else _address(letter.person, entry)
    if recipient is None or is_ours(recipient):
        return None
    key = ":".join(part for part in ("entry", str(entry.pk), letter.once, recipient.lower()) if part)
    return _keep(key, _columns(entry, letter, recipient, key))


def post_about_contract(contract: Contract, letter: Letter) -> OutgoingMail | None:
    """Write a mail about a contract into the outbox, for somebody of the desk; once for each `once` of the letter.

    No ticket stands behind it: its message and its facts say everything, and an answer opens a ticket.
    """
    recipient = letter.person.address
    if recipient is None or is_ours(recipient):
        return None
    key = ":".join(("contract", str(contract.pk), letter.once, recipient.lower()))
    return _keep(key, _contract_columns(contract, letter, recipient, key))


def post_about_endpoint(endpoint_id: int, name: str, letter: Letter) -> OutgoingMail | None:
    """Write a mail about an endpoint into the outbox, for an administrator; once for each `once` of the letter."""
    recipient = letter.person.address
    if recipient is None or is_ours(recipient):
        return None
    key = ":".join(("endpoint", str(endpoint_id), letter.once, recipient.lower()))
    links = {"hook_link": f"{settings.ENTRAIDE.base_url}/desk/settings/hooks/{endpoint_id}/"}
    facts = {"subject": name, "recipient": letter.person.name, "desk": _desk_name(), **letter.facts}
    return _keep(
        key, _desk_columns(letter, recipient, key, facts, links, organisation_id=letter.person.organisation_id)
    )


def post_about_backup(letter: Letter) -> OutgoingMail | None:
    """Write a mail about the backups into the outbox, for an administrator; once for each `once` of the letter."""
    recipient = letter.person.address
    if recipient is None or is_ours(recipient):
        return None
    key = ":".join(("backup", letter.once, recipient.lower()))
    facts = {"recipient": letter.person.name, "desk": _desk_name(), **letter.facts}
    return _keep(key, _desk_columns(letter, recipient, key, facts, {}, organisation_id=letter.person.organisation_id))


def post_about_audit(verification_id: int, letter: Letter) -> OutgoingMail | None:
    """Write a mail about the audit into the outbox, for whoever reads it; once for each `once` of the letter."""
    recipient = letter.person.address
    if recipient is None or is_ours(recipient):
        return None
    key = ":".join(("audit", str(verification_id), letter.once, recipient.lower()))
    links = {"audit_link": f"{settings.ENTRAIDE.base_url}/desk/audit/"}
    facts = {"recipient": letter.person.name, "desk": _desk_name(), **letter.facts}
    return _keep(
        key, _desk_columns(letter, recipient, key, facts, links, organisation_id=letter.person.organisation_id)
    )


def post_outside(entry: TicketEntry, outside: Outside) -> OutgoingMail:
    """Write a mail to people outside into the outbox; once for each entry."""
    key = f"entry:{entry.pk}:outside"
    return _keep(key, _outside_columns(entry, outside, key))


def retry(mail_id: int) -> None:
    """Try a mail again now that was given up or is waiting for its next attempt."""
    from entraide.channels.email.outbox_jobs import send_mail

    again = (OutgoingMail.State.FAILED, OutgoingMail.State.FAILING, OutgoingMail.State.BOUNCED)
    with transaction.atomic():
        changed = OutgoingMail.objects.filter(pk=mail_id, state__in=again).update(
            state=OutgoingMail.State.WAITING, next_attempt_at=now(), attempts=0
        )
        if changed:
            send_mail.defer(mail_id=mail_id)


def within_limit(person: Person) -> bool:
    """Tell whether one more automatic mail may go to `person` now: two machines that answer each other must fall silent."""
    recent = OutgoingMail.objects.filter(person=person, is_automatic=True, created_at__gte=now() - timedelta(hours=1))
    return recent.count() < AUTOMATIC_AN_HOUR


def _keep(key: str, columns: dict[str, Any]) -> OutgoingMail:
    """Write a mail and queue its sending, both or neither; what its ticket is called by stands in the thread."""
    with transaction.atomic():
        mail, is_new = OutgoingMail.objects.get_or_create(key=key, defaults=columns)
        if is_new:
            if mail.ticket is not None:
                ThreadLink.objects.get_or_create(
                    message_id=mail.message_id, ticket=mail.ticket, defaults={"organisation_id": mail.organisation_id}
                )
            from entraide.channels.email.outbox_jobs import send_mail

            send_mail.defer(mail_id=mail.pk)
    return mail


def _address(person: Person, entry: TicketEntry) -> str | None:
    """Return the address from which `person` had last written to the ticket, else their main one; none that bounced."""
    usable = {each.email.lower(): each.email for each in person.addresses.all() if not each.bounced_at}
    # Up to this entry: the same job run again later must find the same address.
    written = IncomingMail.objects.filter(
        ticket_id=entry.ticket_id, received_at__lte=entry.at, entry__actor_person=person
    )
    senders = written.order_by("-received_at", "-pk").values_list("sender", flat=True)
    return next((usable[each.lower()] for each in senders if each.lower() in usable), person.address)


def _columns(entry: TicketEntry, letter: Letter, recipient: str, key: str) -> dict[str, Any]:
    ticket = entry.ticket
    language = letter.person.spoken_language
    with translation.override(language):
        rendered = render(
            letter.template,
            language,
            facts=_facts(ticket, entry, letter),
            links={**_links(ticket, letter), **letter.links},
            said=_said(entry, is_quoted=letter.template != "reply", files_are_named=letter.is_automatic)
            if letter.message is None
            else Said(letter.message),
        )
    thread = thread_of(ticket, reader=letter.person)
    again = "Re: " if thread.references else ""
    return {
        **_rendered_columns(letter, rendered, recipient, key),
        "organisation_id": entry.organisation_id,
        "ticket": ticket,
        "entry": entry,
        "cc": list(letter.cc),
        "sender": _sender(_signed(entry, letter)),
        "reply_to": ticket_address(ticket),
        "subject": f"{again}[{ticket.reference}] {rendered.subject}"[:900],
        "in_reply_to": thread.in_reply_to,
        "references": list(thread.references),
    }


def _contract_columns(contract: Contract, letter: Letter, recipient: str, key: str) -> dict[str, Any]:
    facts = {
        "reference": contract.reference,
        "subject": contract.name,
        "recipient": letter.person.name,
        "organisation": contract.organisation.name,
        "desk": _desk_name(),
        **letter.facts,
    }
    links = {"contract_link": f"{settings.ENTRAIDE.base_url}/desk/contracts/{contract.pk}/"}
    return _desk_columns(letter, recipient, key, facts, links, organisation_id=contract.organisation_id)


def _desk_columns(
    letter: Letter,
    recipient: str,
    key: str,
    facts: Mapping[str, str],
    links: Mapping[str, str],
    *,
    organisation_id: int,
) -> dict[str, Any]:
    """Return the columns of a mail behind which no ticket stands."""
    language = letter.person.spoken_language
    with translation.override(language):
        said = Said(letter.message or "", is_quoted=False)
        rendered = render(letter.template, language, facts=facts, links=links, said=said)
    return {
        **_rendered_columns(letter, rendered, recipient, key),
        "organisation_id": organisation_id,
        "sender": _sender(_desk_name()),
        "reply_to": settings.ENTRAIDE.support_address,
        "subject": rendered.subject[:900],
    }


def _outside_columns(entry: TicketEntry, outside: Outside, key: str) -> dict[str, Any]:
    author = entry.actor_person
    language = author.spoken_language if author else settings.ENTRAIDE.language
    facts = {
        "reference": outside.reference,
        "subject": outside.subject,
        "actor": author.name if author else "",
        "desk": _desk_name(),
    }
    with translation.override(language):
        said = _said(entry, is_quoted=False, files_are_named=False)
        rendered = render(outside.template, language, facts=facts, links={}, said=said)
    first, *others = outside.to
    again = "Re: " if outside.thread.references else ""
    return {
        "organisation_id": entry.organisation_id,
        "ticket": entry.ticket,
        "entry": entry,
        "template": outside.template,
        "recipient": first,
        "cc": others,
        "sender": _sender(f"{author.name} ({_desk_name()})" if author else _desk_name()),
        "reply_to": outside.reply_to,
        "subject": f"{again}[{outside.reference}] {rendered.subject}"[:900],
        "text": rendered.text,
        "html": rendered.html,
        "message_id": message_id_of(key),
        "in_reply_to": outside.thread.in_reply_to,
        "references": list(outside.thread.references),
        "created_at": now(),
        "next_attempt_at": now(),
    }


def _rendered_columns(letter: Letter, rendered: Rendered, recipient: str, key: str) -> dict[str, Any]:
    """Return the columns that every mail has, whatever it is about."""
    return {
        "person": letter.person,
        "template": letter.template,
        "recipient": recipient,
        "text": rendered.text,
        "html": rendered.html,
        "message_id": message_id_of(key),
        "is_automatic": letter.is_automatic,
        "created_at": now(),
        "next_attempt_at": now(),
    }


def _facts(ticket: Ticket, entry: TicketEntry, letter: Letter) -> Mapping[str, str]:
    return {
        "reference": ticket.reference,
        "subject": ticket.subject,
        "recipient": letter.person.name,
        "requester": ticket.requester.name,
        "actor": _author(entry),
        "organisation": ticket.organisation.name,
        "team": ticket.team.name if ticket.team else "",
        "priority": f"P{ticket.priority}",
        "desk": _desk_name(),
        "days": str(settings.ENTRAIDE.auto_close_days),
        **letter.facts,
    }


def _links(ticket: Ticket, letter: Letter) -> Mapping[str, str]:
    if letter.to_staff:
        return {"desk_link": f"{settings.ENTRAIDE.base_url}/desk/tickets/{ticket.number}/"}
    base = base_url_of(letter.person.organisation_id)
    return {
        "link": url_for(ticket.pk, letter.person.pk, purpose="see", base=base),
        "confirm_link": url_for(ticket.pk, letter.person.pk, purpose="confirm", base=base),
        "reopen_link": url_for(ticket.pk, letter.person.pk, purpose="reopen", base=base),
    }


def _said(entry: TicketEntry, *, is_quoted: bool, files_are_named: bool) -> Said:
    """Return what was said; with the names of the files, where they do not go along."""
    event: Any = entry.event
    if entry.kind == "escalated":
        parts = (
            ("Constaté", event.observed),
            ("Essayé", event.tried),
            ("Demandé", event.asked),
            ("Pourquoi", event.why),
        )
        if translation.get_language() == "en":
            parts = (("Observed", event.observed), ("Tried", event.tried), ("Asked", event.asked), ("Why", event.why))
        return Said("\n".join(labelled(title, text) for title, text in parts if text), is_quoted=is_quoted)
    text = getattr(event, "text", "") or getattr(event, "reason", "")
    markup = getattr(event, "html", "")
    clean = safe_html(markup, allow_remote_images=False, cid_urls={}).html if markup else ""
    if names := ", ".join(each.name for each in getattr(event, "attachments", ()) if files_are_named):
        line = ("Files: " if translation.get_language() == "en" else "Fichiers : ") + names
        text = f"{text}\n\n{line}".strip()
        clean = clean and f"{clean}<p>{escape(line)}</p>"
    return Said(text, clean, is_quoted=is_quoted)


def _author(entry: TicketEntry) -> str:
    event: Any = entry.event
    if entry.actor_person is not None:
        return entry.actor_person.name
    return getattr(event, "from_name", "") or getattr(event, "from_email", "") or _desk_name()


def _signed(entry: TicketEntry, letter: Letter) -> str:
    name = _desk_name()
    if not letter.is_automatic and entry.actor_person is not None:
        name = f"{entry.actor_person.name} ({name})"
    return name


def _sender(name: str) -> str:
    return str(Address(display_name=" ".join(name.split()), addr_spec=settings.ENTRAIDE.support_address))


def _desk_name() -> str:
    desk: Organisation | None = house()
    return desk.name if desk else "Entraide"
