"""Rule 3 for addresses: nobody reads or changes what belongs to another organisation, wherever they ask for it.

Walked is every address of the router × everybody who belongs to one organisation, from nobody to its own administrator ×
the things of that organisation and of another one × reading and writing. What addresses are filled with stands in nouns.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction

from entraide.tickets.models import Ticket
from tests.access.conftest import Ground
from tests.access.nouns import missing
from tests.access.planted import SOUGHT
from tests.access.routes import Route, asked_names, operations, routes
from tests.access.visitors import Answer, Visitor
from tests.api.test_bad_input import fields_of

pytestmark = pytest.mark.django_db
# A stream never ends: what it says is listened to in test_streams.py.
ALL = [each for each in routes() if not iscoroutinefunction(each.view)]
# Refused, in whichever words: the point is that nothing was told and nothing happened.
# 204: a row of a list that is no longer there. 401: a token of another kind.
REFUSED = {204, 400, 401, 403, 404, 405, 409, 410, 422}
# Who may read what is another organisation's, and why. Whoever holds a link holds what it opens.
OPEN_TO_ALL = {
    "portal:brand-colours": "the colours of a portal are seen before anybody signs in",
    "portal:brand-logo": "the logo of a portal is seen before anybody signs in",
    "portal:embed": "the form stands on the client's own pages, for whoever reads them",
    "portal:link": "whoever holds a link from a mail reads its ticket; see test_signed_links.py",
    "portal:link-answers": "as portal:link",
    "portal:link-confirmation": "as portal:link",
    "portal:link-reopening": "as portal:link",
    "portal:link-rating": "as portal:link",
    "portal:link-attachment": "as portal:link",
    "portal:approval-link": "whoever holds a link from a mail reads the question; see test_signed_links.py",
    "portal:approval-link-decision": "as portal:approval-link",
}


# Answered as if it were not there, since it may have gone meanwhile.
ANSWERED_ANYWAY = {"agent:board-assignment": "the board is shown again, as it is"}
# Of which nothing can be asked in addition.
ASKED_NOTHING = {"api:openapi-json", "api:api-root", "api:nothing-here", "agent:service-worker", "portal:language"}


@pytest.mark.parametrize("route", ALL, ids=lambda route: f"{route.name} {route.path}")
def test_nobody_reads_or_changes_anothers(ground: Ground, route: Route) -> None:
    to_add = missing(route, ground.of(ground.ours))
    assert not to_add, to_add
    complaints = []
    has_things = any(each in ground.others.given for each in route.parameters)
    few = ground.visitors[::8] if route.room == "sign-in" or route.name in ASKED_NOTHING else ground.visitors
    for visitor in few if has_things else few[:3] + few[-1:]:
        for method in route.methods or ("GET", "POST"):
            body = _body(ground, route, method)
            if visitor in (*ground.visitors[:3], ground.visitors[-1]):
                complaints += _walk_ours(ground, route, visitor, method, body)
            complaints += _walk_others(ground, route, visitor, method, body)
    assert not complaints, "\n".join(complaints)


def _walk_ours(ground: Ground, route: Route, visitor: Visitor, method: str, body: Any) -> list[str]:
    address = route.address(ground.of(ground.ours))
    answer = visitor.ask(method, address, body)
    found = _faults(visitor, method, address, answer, ground)
    # What is open says so itself: it is on the view that Django's middleware looks.
    is_open = route.is_api or not getattr(route.view, "login_required", True)
    is_sent_to_sign_in = answer.status == 302 and answer.location.startswith("/account/login/")
    if visitor.person is None and not is_open and not is_sent_to_sign_in:
        found.append(f"nobody got {answer.status} at {method} {address} without signing in")
    if method == "GET" and visitor.person is not None:
        for query in _queries(ground, route):
            asked = visitor.ask("GET", address, **query)
            found += _faults(visitor, f"GET {query}", address, asked, ground)
    return found


def _walk_others(ground: Ground, route: Route, visitor: Visitor, method: str, body: Any) -> list[str]:
    found = []
    if route.name in OPEN_TO_ALL:
        return []
    for given in ground.swapped(route):
        address = route.address(given)
        answer = visitor.ask(method, address, body)
        found += _faults(visitor, method, address, answer, ground)
        if visitor.person is None and not route.is_api:
            is_refused = answer.status == 302 and answer.location.startswith("/account/login/")
        elif visitor.person is None:
            is_refused = answer.status == 401
        else:
            # An address that only takes what is sent leads whoever reads it to its page, unseen.
            is_refused = answer.status in REFUSED or (method == "GET" and answer.status == 302)
        if not is_refused and route.name not in ANSWERED_ANYWAY:
            found.append(f"{visitor.name} got {answer.status} at {method} {address}, which is another organisation's")
    return found


def _faults(visitor: Visitor, method: str, address: str, answer: Answer, ground: Ground) -> list[str]:
    if answer.status >= 500:
        return [f"{visitor.name} broke {method} {address}: {answer.status}"]
    # An address may be repeated to whoever typed it.
    if leaked := answer.says(*(word for word in ground.others.words if word not in address)):
        return [f"{visitor.name} reads {', '.join(leaked)} at {method} {address} ({answer.status})"]
    return []


def _queries(ground: Ground, route: Route) -> list[dict[str, str]]:
    """Return what is asked of a page in addition: a search, files, and everything that names a thing, with another's."""
    if route.is_api and route.name not in ASKED_NOTHING:
        return [{"q": SOUGHT, "organisation": str(ground.others.organisation.pk), "limit": "200"}]
    if route.parameters or route.room == "sign-in" or route.name in ASKED_NOTHING:
        return []
    named = {name: str(key) for name, key in _keys(ground).items() if name in asked_names()}
    return [{"q": SOUGHT}, {"as": "csv"}, {"as": "xlsx"}, named, {"organisation": named["organisation"]}]


def _keys(ground: Ground) -> dict[str, Any]:
    """Return another organisation's key for each word by which a page is asked about a thing."""
    theirs = ground.others
    ticket: Ticket = theirs.rows[Ticket]
    return {
        "organisation": theirs.organisation.pk, "requester": theirs.requester.pk, "contact_id": theirs.contact.pk,
        "ticket": ticket.number, "numbers": ticket.number, "to": ticket.number, "with": ticket.number,
        "question": ticket.pk, "open": ticket.number,
    }  # fmt: skip


def _body(ground: Ground, route: Route, method: str) -> dict[str, Any] | None:
    """Return what an operation of the API would take."""
    wanted = fields_of(operations(route.path).get(method, {}))
    return {name: value for name, value in ground.body.items() if name in wanted}
