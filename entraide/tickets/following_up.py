"""What comes after a ticket that is closed for good: a new one that refers to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict
from entraide.people.models import Person
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from entraide.tickets.linking import link
from entraide.tickets.merging import people_of
from entraide.tickets.models import FollowUpRule, Ticket
from entraide.tickets.status import Status

DAYS_UNLESS_SAID = 30


def is_over(ticket: Ticket) -> bool:
    """Tell whether the ticket was closed so long ago that an answer is about something new."""
    if ticket.status != Status.CLOSED or ticket.closed_at is None:
        return False
    return ticket.closed_at < now() - timedelta(days=days_for(ticket.organisation_id))


def days_for(organisation_id: int) -> int:
    """Return after how many days an answer no longer reopens a closed ticket of this organisation."""
    rules = FollowUpRule.objects.filter(Q(for_organisation=organisation_id) | Q(for_organisation=None))
    own_first = sorted(rules, key=lambda rule: rule.for_organisation_id is None)
    return own_first[0].days if own_first else DAYS_UNLESS_SAID


def follow_up(
    ticket: Ticket, *, text: str, actor: Actor, channel: str, subject: str = "", html: str = "",
    requester: Person | None = None, attachments: Iterable[FileRef] = (), source: str = "", once: str | None = None,
) -> Ticket:  # fmt: skip
    """Open a ticket that follows up a closed one, for its requester or who else writes, and return it."""
    if ticket.status != Status.CLOSED or ticket.merged_into_id is not None:
        raise Conflict(_("This ticket is not closed: go on with it."), field="status")
    requester = requester or ticket.requester
    with transaction.atomic():
        opened = actions.open_ticket(
            ticket.organisation,
            requester=requester,
            subject=subject.strip() or ticket.subject,
            text=text,
            html=html,
            channel=channel,
            actor=actor,
            kind=ticket.kind,
            is_confidential=ticket.is_confidential,
            on_behalf_of=ticket.on_behalf_of,
            site_id=ticket.site_id,
            category=ticket.category,
            mode=ticket.mode,
            impact=ticket.impact,
            urgency=ticket.urgency,
            tags=ticket.tags,
            watcher_ids=[each for each in people_of(ticket) if each != requester.pk],
            attachments=attachments,
            source=source,
            follows_up=ticket.number,
            once=once,
        )
        # Who writes as a requester ties nothing together; the desk does.
        by = actor if actor.may("ticket.link", ticket) else Actor.system("follow-up")
        link(opened, other=ticket, relation="follow_up_of", actor=by, once=f"{once}:link" if once else None)
    return opened
