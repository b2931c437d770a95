"""Adding to the directory."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from entraide.core.scope import Scope, scoped
from entraide.people.models import MailAddress, Organisation, Person
from entraide.people.queries import person_with_address


def enrol(organisation: Organisation, *, name: str, email: str) -> Person:
    """Return the person with this address, added to `organisation` if nobody has it yet.

    Safe when two mails of a newcomer arrive at once. An address that somebody of another
    organisation has stays theirs.
    """
    with scoped(Scope.everything(reason="an address is one person's, whatever their organisation")):
        known = person_with_address(email)
        if known is not None:
            return known
        try:
            with transaction.atomic():
                person = Person.objects.create(organisation=organisation, name=name.strip() or email)
                MailAddress.objects.create(organisation=organisation, person=person, email=email.strip(), is_main=True)
                return person
        except IntegrityError:
            winner = person_with_address(email)
            if winner is None:
                raise
            return winner
