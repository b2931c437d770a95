"""What mail keeps of a person: what they sent, as they sent it, and what was sent to them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.email.oblivion import drop_originals, forget_sent
from entraide.core.personal import About, Piece, lets_go, tells_of_people


@tells_of_people
def tell_of_mails(about: About, with_internal: bool) -> Iterator[Piece]:
    """Give each message that came from them whole, and a list of those that went to them."""
    for mail in _from(about).filter(erased_at=None).order_by("pk").iterator(chunk_size=20):
        yield Piece(f"mails/{mail.pk}.eml", content=bytes(mail.raw))
    sent = _to(about).order_by("pk").values("created_at", "sent_at", "recipient", "subject", "text")
    yield Piece("mails/sent_to_you.json", data=list(sent))


@lets_go
def forget_mails_of(about: About) -> None:
    """Keep that mail came and went, and nothing of what it said or of whose it was."""
    drop_originals(_from(about), with_sender=True)
    forget_sent(_to(about), with_recipient=True)


def _from(about: About) -> QuerySet[IncomingMail]:
    theirs = IncomingMail.objects.filter(sender__in=about.addresses) | IncomingMail.objects.filter(
        envelope_from__in=about.addresses
    )
    # Somebody of another organisation may have had the same address before.
    return theirs.filter(Q(ticket=None) | Q(ticket__organisation=about.organisation_id))


def _to(about: About) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(Q(person=about.person_id) | Q(recipient__in=about.addresses))
