"""Where the people of an organisation sign in: its own provider."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from entraide.agent.access import needs
from entraide.agent.provider_forms import ProviderForm
from entraide.entrance.models import IdentityProvider
from entraide.people.brands import base_url_of
from entraide.people.models import Organisation


@needs("settings.edit")
def provider(request: Any, key: int) -> HttpResponse:
    """The form; on POST, the change. `delete` takes the provider away."""
    owner = Organisation.objects.filter(pk=key).first()
    # Its groups can give roles at the whole desk.
    if owner is None or not request.actor.may_everywhere("settings.edit"):
        raise Http404
    known = IdentityProvider.objects.filter(organisation=owner).first() or IdentityProvider(organisation=owner)
    if request.method == "POST" and "delete" in request.POST and known.pk:
        known.delete()
        messages.success(request, _("Taken away: its people sign in with a password or a code by mail from now on."))
        return redirect("agent:organisation", key=key)
    form = ProviderForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("agent:organisation-provider", key=key)
    context = {
        "form": form,
        "owner": owner,
        "known": known,
        "callback": base_url_of(owner.pk) + reverse("openid_connect_callback", args=[known.key]) if known.pk else "",
        "section": "organisations",
    }
    return render(request, "agent/provider.html", context, status=422 if form.errors else 200)
