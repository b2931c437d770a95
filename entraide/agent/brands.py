"""How the portal looks to the people of an organisation: the form, what it comes to, who changed it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, typed_number
from entraide.agent.brand_forms import BrandForm
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.people.brand_colours import DARK, LIGHT, read_colour, shades, stylesheet, write_colour
from entraide.people.brands import base_url_of, brand_of, changes_of, save_brand
from entraide.people.models import Brand, BrandChange, Organisation


@needs("directory.see", to_write="directory.edit")
def brand(request: Any, key: int) -> HttpResponse:
    """The form; on POST, the change."""
    owner = _owner(request, key)
    known = brand_of(owner.pk) or Brand(organisation=owner)
    may_edit = request.actor.may_on_anything("directory.edit", owner.pk)
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = BrandForm(data, files, brand=known, may_host=request.actor.may_on_anything("settings.edit", owner.pk))
    status = 200
    if data is not None and not may_edit:
        return render(request, "look/error.html", {"status": 403}, status=403)
    if data is not None and form.is_valid():
        try:
            seen = typed_number(request.POST.get("version"))
            save_brand(owner, facts=form.facts(), seen=-1 if seen is None else seen, actor=request.actor)
        except NotAllowed:
            return render(request, "look/error.html", {"status": 403}, status=403)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            status = 409 if isinstance(refused, Conflict) else 422
        else:
            messages.success(request, _("Saved."))
            return redirect("agent:brand", key=key)
    elif data is not None:
        status = 422
    context = {
        "form": form,
        "known": known,
        "owner": owner,
        "may_edit": may_edit,
        "address": base_url_of(owner.pk) if known.host else "",
        "changes": [(each, _changed(each)) for each in changes_of(owner)],
        "section": "organisations",
        **_preview(form["name"].value() or "", form["accent"].value() or ""),
    }
    return render(request, "agent/brand.html", context, status=status)


@needs("directory.see")
def preview(request: Any, key: int) -> HttpResponse:
    """What it comes to while it is typed."""
    owner = _owner(request, key)
    context = {
        "known": brand_of(owner.pk),
        "owner": owner,
        **_preview(clean(request.GET.get("name", "")), clean(request.GET.get("accent", ""))),
    }
    return render(request, "agent/brand.html#preview", context)


@needs("directory.see")
def preview_colours(request: Any) -> HttpResponse:
    """The colours of the preview, each theme beside the other."""
    colour = read_colour(clean(request.GET.get("accent", "")))
    rules = stylesheet(colour, light=".brand-light", dark=".brand-dark") if colour else ""
    return HttpResponse(rules, content_type="text/css; charset=utf-8")


def _owner(request: Any, key: int) -> Organisation:
    found = Organisation.objects.filter(pk=key).first()
    if found is None or not request.reach.covers(found.pk):
        raise Http404
    return found


def _preview(name: str, accent: str) -> dict[str, Any]:
    colour = read_colour(accent)
    moved = []
    if colour is not None:
        for theme, words in (
            (LIGHT, _("In light it becomes %(colour)s.")),
            (DARK, _("In dark it becomes %(colour)s.")),
        ):
            found = shades(colour, theme)
            if not found.is_chosen:
                moved.append(words % {"colour": write_colour(found.accent)})
    return {"shown_name": name[:60], "shown_accent": write_colour(colour) if colour else "", "moved": moved}


def _changed(change: BrandChange) -> list[str]:
    names = {"name": _("name"), "accent": _("colour"), "host": _("host name")}
    lines = []
    for field, (before, after) in change.changes.items():
        if field == "logo_digest":
            lines.append(_("logo: another one") if after else _("logo: taken away"))
        else:
            said = {"field": names.get(field, field), "before": before or "–", "after": after or "–"}
            lines.append(_("%(field)s: %(before)s → %(after)s") % said)
    return lines
