"""The browsers in which somebody is told while no page of the desk is open, and the program that shows it there."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from entraide.agent.access import needs
from entraide.channels.push import keeping
from entraide.channels.push.models import Browser
from entraide.channels.push.subscription import Subscription
from entraide.channels.push.vapid import public_key
from entraide.core.events import Refused
from entraide.notifications.pushing import ask_for_test
from entraide.people.sessions import is_signed_in

PART = "agent/notifications_browsers.html"
# In the session: the browser need not say again that it is there.
KNOWN = "browser_is_known"


def shown_browsers(request: Any) -> dict[str, Any]:
    """Return what the part about browsers shows."""
    here = request.session.session_key
    browsers = list(keeping.browsers_of(request.person))
    return {
        "browsers": [
            (each, is_signed_in(request.person, each.session_key), each.session_key == here) for each in browsers
        ],
        "is_on_here": any(each.session_key == here for each in browsers),
        "push_key": public_key(),
    }


@require_safe
@needs("desk.use")
def service_worker(request: Any) -> HttpResponse:
    """The program that a browser keeps and wakes for a message; its place in the addresses is how far it reaches."""
    answer = render(request, "agent/service_worker.js", content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_POST
@needs("desk.use")
def browsers(request: Any) -> HttpResponse:
    """This browser subscribes; with `again` it only says that it still is there, after somebody signed in anew."""
    endpoint, session_key = request.POST.get("endpoint", ""), request.session.session_key
    if "again" in request.POST:
        keeping.meet_again(request.person, endpoint, session_key=session_key)
        request.session[KNOWN] = True
        return HttpResponse(status=204)
    given = Subscription(endpoint, request.POST.get("p256dh", ""), request.POST.get("auth", ""))
    try:
        keeping.subscribe(
            request.person, given, user_agent=request.headers.get("User-Agent", ""), session_key=session_key
        )
    except Refused as refused:
        return _part(request, refusal=refused.message, status=422)
    request.session[KNOWN] = True
    return _part(request)


@require_POST
@needs("desk.use")
def browser_removal(request: Any, key: int) -> HttpResponse:
    """One of one's browsers is told nothing any more."""
    _find(request, key).delete()
    return _part(request) if request.htmx else redirect("agent:notification-settings")


@require_POST
@needs("desk.use")
def browser_tests(request: Any, key: int) -> HttpResponse:
    """A message about nothing goes to one of one's browsers."""
    browser = _find(request, key)
    ask_for_test(browser)
    if not request.htmx:
        return redirect("agent:notification-settings")
    return _part(request, said=_("A message is on its way to “%(browser)s”. If nothing appears within a minute, look here again for the reason.") % {"browser": browser.name})  # fmt: skip


def _part(request: Any, *, status: int = 200, **words: str) -> HttpResponse:
    return render(request, PART, {**shown_browsers(request), **words}, status=status)


def _find(request: Any, key: int) -> Browser:
    found = keeping.browsers_of(request.person).filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found
