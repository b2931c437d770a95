"""Who wrote, and to which organisation that belongs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from entraide.channels.email.models import Mailbox
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.acting import find_person, is_staff
from entraide.people.directory import enrol
from entraide.people.models import Organisation, Person
from entraide.people.queries import house, organisation_of_address, person_with_address

# What the directory takes; a longer address is nobody's (RFC 5321 ends at 254 characters).
LONGEST_ADDRESS = 254
LONGEST_NAME = 200
# The tag of a ticket whose author neither their address nor its domain names.
UNKNOWN_SENDER = "unknown-sender"


@dataclass(frozen=True)
class Sender:
    """Who wrote. `person` is None where the directory does not know them.

    `organisation` is None where neither the address nor its domain tells one.
    """

    name: str
    email: str
    person: Person | None
    organisation: Organisation | None

    @property
    def is_staff(self) -> bool:
        return self.person is not None and is_staff(self.person)


def sender_of(*, name: str, email: str) -> Sender:
    """Return whom this address belongs to. `email` may be empty."""
    with scoped(Scope.everything(reason="who wrote comes before which organisation it concerns")):
        known = person_with_address(email) if email else None
        person = find_person(known.pk) if known else None
    if person is not None:
        return Sender(name or person.name, email, person, person.organisation)
    return Sender(name, email, None, organisation_of_address(email) if email else None)


def requester_for(sender: Sender, *, recipients: Iterable[str]) -> Person:
    """Return the person in whose name a new ticket is opened, added to the directory if they are new.

    Whose domain nobody has comes under the organisation of the mailbox they wrote to, else under the house. Raises Refused
    for a sender without an address.
    """
    if sender.person is not None:
        return sender.person
    if not 0 < len(sender.email) <= LONGEST_ADDRESS:
        # One person for all such mails would show strangers each other's tickets.
        raise Refused(_("It names no sender to whom an answer could go."))
    organisation = sender.organisation or _organisation_of_mailbox(recipients) or _the_house()
    return enrol(organisation, name=(sender.name or sender.email)[:LONGEST_NAME], email=sender.email)


def _organisation_of_mailbox(recipients: Iterable[str]) -> Organisation | None:
    wanted = {each.lower() for each in recipients}
    mailboxes = Mailbox.objects.select_related("organisation").exclude(organisation=None)
    return next((each.organisation for each in mailboxes if each.address.lower() in wanted), None)


def _the_house() -> Organisation:
    """Return the house; on a desk where nobody has been entered yet, make it, so that no mail must wait for that."""
    found = house()
    if found is not None:
        return found
    made, _is_new = Organisation.objects.get_or_create(
        name=settings.ENTRAIDE.mail_domain, defaults={"supports": True, "language": settings.ENTRAIDE.language}
    )
    return made
