"""From a contact form to a ticket: whose it is, as for a mail, which proves no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from entraide.channels.email.senders import LONGEST_ADDRESS, LONGEST_NAME, UNKNOWN_SENDER, sender_of
from entraide.channels.web.models import ContactForm
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for, find_person
from entraide.people.directory import enrol
from entraide.people.models import Organisation
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.models import Category, Channel, Ticket

SUBJECT_AT_MOST = 90
TEXT_AT_MOST = 20_000


@dataclass(frozen=True)
class Said:
    """What was typed into the form."""

    name: str
    email: str
    text: str
    category: str = ""

    def require(self) -> None:
        """Raise Refused for what is missing or wrong, with its field."""
        if not self.name:
            raise Refused(_("Write your name."), field="name")
        try:
            validate_email(self.email)
        except ValidationError as error:
            raise Refused(
                _("Write your mail address, as in ada@example.ch: our answer goes there."), field="email"
            ) from error
        if len(self.email) > LONGEST_ADDRESS:
            raise Refused(_("This mail address is too long."), field="email")
        if not self.text:
            raise Refused(_("Say what you need."), field="text")
        if len(self.text) > TEXT_AT_MOST:
            raise Refused(_("This is too long for a form. Put the long part into a file."), field="text")


def ask(form: ContactForm, said: Said, *, mark: str, files: Sequence[FileRef] = ()) -> Ticket:
    """Open a ticket for what was said, and return it; the same form sent twice is one ticket.

    Like a mail it is of whoever has the address, else of the organisation that has its domain, else of the form's
    organisation, where its author is added to the directory. Nothing else is shown to whoever sends it.
    """
    said.require()
    category = _category(form, said.category)
    sender = sender_of(name=said.name[:LONGEST_NAME], email=said.email)
    home = sender.organisation or Organisation.objects.get(pk=form.organisation_id)
    requester = sender.person or enrol(home, name=said.name[:LONGEST_NAME], email=said.email)
    found = find_person(requester.pk) or requester
    with scoped(Scope.of(found.organisation_id)):
        return actions.open_ticket(
            found.organisation,
            requester=found,
            subject=_subject(said.text),
            text=said.text,
            channel=Channel.FORM,
            actor=actor_for(found),
            kind="request",
            category=category,
            tags=[UNKNOWN_SENDER] if sender.organisation is None else [],
            attachments=files,
            source=f"form:{form.pk}",
            once=_once(form, said, mark, files),
        )


def _category(form: ContactForm, key: str) -> Category | None:
    if not key.isdecimal() or len(key) >= 18:
        return None
    chosen: Category | None = form.categories.filter(pk=int(key), is_active=True).first()
    return chosen


def _subject(text: str) -> str:
    first = next(line for line in text.splitlines() if line.strip())
    return Truncator(" ".join(first.split())).chars(SUBJECT_AT_MOST)


def _once(form: ContactForm, said: Said, mark: str, files: Sequence[FileRef]) -> str:
    # What it says is part of it: the same form sent again with other words (after "back") is another request.
    words = [said.name, said.email.lower(), said.text, said.category, *(each.digest for each in files)]
    return f"form:{form.pk}:{mark}:{sha256(chr(0).join(words).encode()).hexdigest()[:24]}"
