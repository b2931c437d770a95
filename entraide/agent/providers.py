"""Where the people of an organisation sign in: its own provider."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entraide.agent.access import needs
from entraide.agent.provider_forms import ProviderForm
from entraide.core.secrets import SecretLost, conceal, reveal
from entraide.entrance.models import IdentityProvider, Provisioning
from entraide.entrance.provisioning import new_token
from entraide.people.brands import base_url_of
from entraide.people.models import Organisation

SHOWN_ONCE = "directory_token"


@needs("settings.edit")
def provider(request: Any, key: int) -> HttpResponse:
    """The form; on POST, the change. `delete` takes the provider away."""
    owner = _owner(request, key)
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
        "directory": Provisioning.objects.filter(organisation=owner).first(),
        "directory_address": settings.ENTRAIDE.base_url + reverse("api:scim-users").removesuffix("/Users"),
        "token": _shown_once(request, owner),
        "section": "organisations",
    }
    return render(request, "agent/provider.html", context, status=422 if form.errors else 200)


@require_POST
@needs("settings.edit")
def provisioning(request: Any, key: int) -> HttpResponse:
    """Make another token for the directory of an organisation, or end the one that it has."""
    owner = _owner(request, key)
    if "end" in request.POST:
        for row in Provisioning.objects.filter(organisation=owner):
            row.delete()
        messages.success(request, _("The token has ended: the directory changes nothing here any more."))
    else:
        request.session[SHOWN_ONCE] = [owner.pk, conceal(new_token(owner), purpose=SHOWN_ONCE)]
    return redirect("agent:organisation-provider", key=key)


def _owner(request: Any, key: int) -> Organisation:
    owner = Organisation.objects.filter(pk=key).first()
    # Groups can give roles at the whole desk.
    if owner is None or not request.actor.may_everywhere("settings.edit"):
        raise Http404
    return owner


def _shown_once(request: Any, owner: Organisation) -> str:
    kept = request.session.get(SHOWN_ONCE)
    if request.method != "GET" or not kept or kept[0] != owner.pk:
        return ""
    del request.session[SHOWN_ONCE]
    try:
        return reveal(kept[1], purpose=SHOWN_ONCE)
    except SecretLost:
        return ""
