"""The ticket behind a signed link from a mail: no account is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from entraide.core.scope import Scope, scoped
from entraide.people.acting import actor_for, find_person
from entraide.people.origin import origin_of
from entraide.portal import conversation, files
from entraide.portal.conversation import Visit
from entraide.tickets import queries
from entraide.tickets.links import LinkExpired, LinkInvalid, open_link
from entraide.tickets.merging import whole_of
from entraide.tickets.models import Ticket

View = Callable[..., HttpResponse]


def by_link(view: Callable[..., HttpResponse]) -> View:
    """Open the link, enter the scope of the ticket's organisation alone, and pass the visit to the view."""

    @login_not_required
    @wraps(view)
    def answer(request: Any, token: str, **arguments: Any) -> HttpResponse:
        try:
            link = open_link(token)
        except (LinkExpired, LinkInvalid) as error:
            return render(request, "portal/link.html", {"sentence": error.message}, status=410)
        person = find_person(link.person_id)
        with scoped(Scope.everything(reason="the link names its ticket, not the organisation")):
            ticket = Ticket.objects.filter(pk=link.ticket_id).first()
        if person is None or ticket is None or not person.is_active:
            raise Http404
        with scoped(Scope.walled([ticket.organisation_id], reason="the organisation of the link's ticket")):
            actor = actor_for(person)
            found = queries.find(whole_of(ticket).number, actor=actor) or queries.find(ticket.number, actor=actor)
            if found is None:
                # No longer theirs: moved to another organisation, or they left the ticket.
                raise Http404
            if not getattr(request, "person", None):
                translation.activate(person.spoken_language)
                request.LANGUAGE_CODE = person.spoken_language
            request.visitor = person
            visit = Visit(
                found, person, actor, reverse("portal:link", args=[token]), by_link=True, purpose=link.purpose,
                came_from=ticket if found.pk != ticket.pk else None,
            )  # fmt: skip
            return view(request, visit, **arguments)

    return answer


@by_link
def ticket(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The page. Opening it changes nothing: mail scanners open every link."""
    return conversation.show(request, visit)


@by_link
def answers(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Write into it."""
    return conversation.answer(request, visit)


@by_link
def confirmation(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Confirm that it is solved."""
    return conversation.confirm(request, visit)


@by_link
def reopening(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say that it is not."""
    return conversation.reopen(request, visit)


@by_link
def rating(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say how it went."""
    return conversation.rate(request, visit)


@by_link
def attachment(request: HttpRequest, visit: Visit, attachment_id: int, name: str) -> HttpResponse:
    """A file of this ticket."""
    by = origin_of(request, visit.person)
    return files.serve(request, visit.ticket, visit.actor, attachment_id, by=by)
