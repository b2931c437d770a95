"""What comes back in a person's name, and the lists that are their own."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from entraide.core.personal import About, lets_go, stands_in_the_way
from entraide.routines.models import ListLook, Macro, RecurringTicket, SavedView, TicketTemplate


@stands_in_the_way
def nothing_comes_back(about: About) -> Iterator[str]:
    """Name the recurring tickets that would open in the name of nobody."""
    for recurring in RecurringTicket.objects.filter(requester=about.person_id, removed_at=None):
        yield _("The recurring ticket “%(name)s” opens in their name: choose another requester first.") % {
            "name": recurring.name
        }


@lets_go
def forget_own_things(about: About) -> None:
    """Let go of what nobody else can use."""
    ListLook.objects.filter(person=about.person_id).delete()
    for model in (Macro, TicketTemplate, SavedView):
        model.objects.filter(owner=about.person_id).update(is_active=False)
