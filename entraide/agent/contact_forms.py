"""Contact forms for the pages of an organisation: where they may stand, what they offer, and what to put there."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.access import needs
from entraide.channels.web.models import ContactForm
from entraide.core.clock import now
from entraide.people.brands import base_url_of
from entraide.people.models import Organisation
from entraide.tickets.models import Category

ORIGINS_AT_MOST = 10
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


class ContactFormForm(forms.ModelForm):  # type: ignore[type-arg]
    origins = forms.CharField(
        label=gettext_lazy("Pages on which it may stand"), widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("One origin a line, as in https://intranet.example.ch. No other page can show the form."),
    )  # fmt: skip
    categories = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Categories to choose from"), required=False,
        queryset=Category.objects.filter(is_active=True).order_by("name"), widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("None: nothing is asked."),
    )  # fmt: skip

    class Meta:
        model = ContactForm
        fields: ClassVar = ["name", "origins", "categories", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["origins"] = "\n".join(self.instance.origins)

    def clean_origins(self) -> list[str]:
        found = list(dict.fromkeys(filter(None, map(_origin, self.cleaned_data["origins"].split()))))
        if not found:
            raise forms.ValidationError(_("Name at least one page."))
        if len(found) > ORIGINS_AT_MOST:
            raise forms.ValidationError(_("At most %(most)d pages.") % {"most": ORIGINS_AT_MOST})
        return found


@needs("settings.edit")
def contact_form(request: Any, key: int, form_key: int | None = None) -> HttpResponse:
    """One form: what it may do, and the lines to put into a page."""
    owner = _owner(request, key)
    known = ContactForm(organisation=owner)
    if form_key is not None:
        stored = ContactForm.objects.filter(organisation=owner, pk=form_key).first()
        if stored is None:
            raise Http404
        known = stored
    form = ContactFormForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        if known.pk is None:
            known.made_at, known.made_by = now(), request.person
        saved = form.save()
        messages.success(request, _("Saved."))
        return redirect("agent:contact-form", key=key, form_key=saved.pk)
    address = f"{base_url_of(owner.pk)}{reverse('portal:embed', args=[known.key])}" if known.pk else ""
    context = {
        "form": form,
        "known": known,
        "owner": owner,
        "address": address,
        "snippet": _snippet(address) if address else "",
        "section": "organisations",
    }
    return render(request, "agent/contact_form.html", context, status=422 if form.errors else 200)


def forms_of(organisation: Organisation) -> list[ContactForm]:
    return list(ContactForm.objects.filter(organisation=organisation))


def _owner(request: Any, key: int) -> Organisation:
    found = Organisation.objects.filter(pk=key).first()
    if (
        found is None
        or not request.actor.may_on_anything("settings.edit", found.pk)
        or not request.reach.covers(found.pk)
    ):
        raise Http404
    return found


def _origin(typed: str) -> str:
    """Return an origin as browsers write it. Raises ValidationError for what is none."""
    wrong = forms.ValidationError(
        _("“%(typed)s” is not an origin: write scheme and host alone, as in https://intranet.example.ch.")
        % {"typed": typed[:80]}
    )
    try:
        parts = urlsplit(typed.lower().rstrip("/"))
        port = parts.port
    except ValueError as error:
        raise wrong from error
    has_more = parts.path or parts.query or parts.fragment or parts.username is not None
    if parts.scheme not in ("http", "https") or has_more or not _HOST.fullmatch(parts.hostname or ""):
        raise wrong
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")


def _snippet(address: str) -> str:
    title = _("IT support")
    return format_html(
        '<iframe src="{}" title="{}" width="100%" height="760" loading="lazy" referrerpolicy="no-referrer"></iframe>',
        address,
        title,
    )
