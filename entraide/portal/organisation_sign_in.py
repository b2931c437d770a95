"""From a mail address to the provider of its organisation."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import requests
from allauth.decorators import rate_limit
from allauth.socialaccount.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from entraide.entrance.providers import provider_for
from entraide.portal.organisation_adapter import refusal


@login_not_required
@never_cache
@require_POST
@rate_limit(action="login")  # type: ignore[untyped-decorator]
def lead(request: Any) -> HttpResponse:
    """Lead to the provider of this address, or back to the page that asks for the password."""
    email = request.POST.get("login", "").replace("\x00", "").strip()[:254]
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        onward = ""
    found = provider_for(email)
    if found is None:
        asked = urlencode({"login": email, **({"next": onward} if onward else {})})
        return redirect(f"{reverse('account_login')}?{asked}")
    provider = get_adapter(request).get_provider(request, provider=found.key)
    try:
        answer = provider.redirect(request, process="login", next_url=onward or None, auth_params={"login_hint": email})
    except (requests.RequestException, KeyError, ValueError):
        return refusal(request, found.name, _("Its sign-in does not answer. Try again in a few minutes."))
    if answer.status_code != 302:
        failed: HttpResponse = answer
        return failed
    # A page in between: a form may lead to this desk alone (Content-Security-Policy).
    return render(request, "portal/organisation_leading.html", {"name": found.name, "url": answer["Location"]})
