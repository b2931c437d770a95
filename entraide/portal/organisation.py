"""The requests of one's organisation, for its contacts: who asked, where it stands, what is promised next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render

from entraide.core.words import Folded, among, folded
from entraide.people.models import Person, Site
from entraide.portal.conversation import state_for
from entraide.tickets import finding, queries
from entraide.tickets.models import Ticket
from entraide.tickets.status import OPEN, Status

PAGE = 30


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; each is as it was typed."""

    shown: str = "open"
    words: str = ""
    site: str = ""
    who: str = ""

    @classmethod
    def read(cls, typed: QueryDict) -> Wanted:
        said = {name: typed.get(key, "").replace("\x00", "").strip()[:200] for name, key in KEYS.items()}
        said["shown"] = said["shown"] if said["shown"] in ("open", "all") else "open"
        return cls(**said)

    def address(self) -> str:
        """Return it as the query of an address."""
        said = {key: getattr(self, name) for name, key in KEYS.items()}
        return urlencode({key: value for key, value in said.items() if value})

    def address_of_all(self) -> str:
        """Return the same among all requests."""
        return replace(self, shown="all").address()

    @property
    def is_narrow(self) -> bool:
        return bool(self.words or self.site or self.who)


KEYS = {"shown": "shown", "words": "q", "site": "site", "who": "who"}


def organisation(request: Any) -> HttpResponse:
    """The list; what was changed last comes first."""
    where = queries.own_organisations(request.actor)
    if not where:
        raise Http404
    wanted = Wanted.read(request.GET)
    found = _narrowed(queries.visible_to(request.actor).filter(organisation_id__in=where), wanted, request)
    found = queries.with_client_promise(found).select_related("requester", "assignee", "site", "organisation")
    page = Paginator(found.order_by("-updated_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(ticket, state_for(ticket, request.person.pk)) for ticket in page],
        "wanted": wanted,
        "sites": Site.objects.filter(organisation_id__in=where),
        "shows_organisation": len(where) > 1,
        "nav": "organisation",
    }
    return render(request, "portal/organisation.html", context)


def _narrowed(tickets: QuerySet[Ticket], wanted: Wanted, request: Any) -> QuerySet[Ticket]:
    if wanted.shown == "open":
        tickets = tickets.filter(status__in=[*OPEN, Status.RESOLVED])
    if wanted.site:
        is_key = wanted.site.isdecimal() and len(wanted.site) < 18
        tickets = tickets.filter(site_id=int(wanted.site)) if is_key else tickets.none()
    if wanted.who:
        named = Person.objects.order_by().alias(folded_name=Folded("name"))
        tickets = tickets.filter(
            among("requester_id", named.filter(folded_name__contains=folded(wanted.who)).values("pk"))
        )
    return finding.search(tickets, wanted.words, actor=request.actor) if wanted.words else tickets
