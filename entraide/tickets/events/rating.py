from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import PERSONAL, Conflict, Event, Moment, NotAllowed, Refused, event
from entraide.tickets.models import Rating, Ticket, TicketEntry
from entraide.tickets.names import Names
from entraide.tickets.status import Status

WORST, BEST = 1, 5
WORDS_AT_MOST = 2000
# So long after the closing there is still something to remember, and so long a mark may be thought over.
RATED_WITHIN = timedelta(days=30)
CHANGED_WITHIN = timedelta(days=7)


@event
@dataclass(frozen=True)
class Rated(Event):
    """Somebody who asked says how it went: `mark` from 1 (bad) to 5 (very good). `source` is where they said so.

    Given again it replaces what they said before. For the desk alone.
    """

    kind: ClassVar[str] = "rated"
    right: ClassVar[str] = "ticket.rate"

    person_id: int
    mark: int
    words: str = field(default="", metadata=PERSONAL)
    source: str = "portal"

    def check(self, subject: Ticket, actor: Actor) -> None:
        if actor.person_id != self.person_id or self.person_id not in (subject.requester_id, subject.on_behalf_of_id):
            raise NotAllowed(_("Only those who asked say how it went."))
        if self.person_id == subject.assignee_id:
            raise NotAllowed(_("Nobody rates their own work."))
        if subject.status not in (Status.RESOLVED, Status.CLOSED):
            raise Conflict(_("You can say how it went once the request is solved."))
        if not WORST <= self.mark <= BEST:
            raise Refused(_("Choose a mark from 1 to 5."), field="mark")
        if len(self.words) > WORDS_AT_MOST:
            raise Refused(
                ngettext(
                    "Say it with %(most)d character at most.", "Say it with %(most)d characters at most.", WORDS_AT_MOST
                )
                % {"most": WORDS_AT_MOST},
                field="words",
            )
        earlier = earlier_rating(subject, self.person_id)
        if earlier is not None and now() > earlier.rated_at + CHANGED_WITHIN:
            raise Conflict(
                _("Your mark has been counted and can no longer be changed. Write to us if there is more to say.")
            )
        if earlier is None and subject.closed_at is not None and now() > subject.closed_at + RATED_WITHIN:
            raise Conflict(_("This request was closed too long ago to be rated."))

    def apply(self, subject: Ticket, moment: Moment) -> None:
        """What is said of the work does not change the work."""

    def saved(self, subject: Ticket, entry: TicketEntry) -> None:
        earlier = earlier_rating(subject, self.person_id)
        Rating.objects.update_or_create(
            ticket=subject,
            person_id=self.person_id,
            defaults={
                "organisation_id": subject.organisation_id,
                "entry": entry,
                "team_id": subject.team_id,
                "assignee_id": subject.assignee_id,
                "mark": self.mark,
                "words": self.words,
                "rated_at": earlier.rated_at if earlier else entry.at,
            },
        )

    def describe(self, names: Names) -> str:
        if not self.words:
            return _("gave %(mark)d of 5") % {"mark": self.mark}
        return _("gave %(mark)d of 5: “%(words)s”") % {"mark": self.mark, "words": self.words}


def earlier_rating(ticket: Ticket, person_id: int) -> Rating | None:
    """Return what this person said of the last resolution, or None: what they said of one before is another matter."""
    since: datetime | None = ticket.resolved_at
    if since is None:
        return None
    found: Rating | None = Rating.objects.filter(ticket=ticket, person_id=person_id, rated_at__gte=since).first()
    return found
