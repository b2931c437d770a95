"""Asking for something."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.people.models import Site
from entraide.portal.forms_once import ChosenFiles, chosen_files, new_key, once_of
from entraide.tickets import actions
from entraide.tickets.models import Category, Channel

# What the requester is asked, in place of impact and urgency.
CONSEQUENCES = {
    "blocked": (3, 1),
    "hindered": (3, 2),
    "can_wait": (3, 3),
    "everybody": (1, 1),
}


def new(request: Any) -> HttpResponse:
    """The form; on POST, the ticket."""
    typed = {
        "subject": request.GET.get("question", "")[:300],
        "consequence": "hindered",
        "kind": "incident",
        "category": request.GET.get("category", ""),
    }
    if request.method != "POST":
        return _form(request, typed)
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in FIELDS}
    files = chosen_files(request, request.person)
    try:
        ticket = _open(request, typed, files)
    except Refused as refused:
        return _form(request, typed, files, refused=refused)
    messages.success(
        request, _("Thank you. Your request has the number %(reference)s.") % {"reference": ticket.reference}
    )
    return redirect("portal:ticket", number=ticket.number)


FIELDS = ("subject", "text", "consequence", "kind", "category", "site")


def _open(request: Any, typed: dict[str, str], chosen: ChosenFiles) -> Any:
    if not typed["subject"].strip():
        raise Refused(_("Say in a few words what you need."), field="subject")
    if typed["consequence"] not in CONSEQUENCES:
        raise Refused(_("Say how much it hinders you."), field="consequence")
    impact, urgency = CONSEQUENCES[typed["consequence"]]
    files = chosen.require()
    site = _chosen(Site.objects.filter(organisation=request.person.organisation), typed["site"])
    return actions.open_ticket(
        request.person.organisation,
        requester=request.person,
        subject=typed["subject"],
        text=typed["text"].strip() or typed["subject"],
        channel=Channel.PORTAL,
        actor=request.actor,
        kind=typed["kind"] or "incident",
        category=_chosen(Category.objects.filter(is_active=True), typed["category"]),
        site_id=site.pk if site else None,
        impact=impact,
        urgency=urgency,
        attachments=files,
        once=once_of(request, request.person, about="new", words=[typed[name] for name in FIELDS], files=files),
    )


def _chosen(rows: Any, key: str) -> Any:
    return rows.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 18 else None


def _form(
    request: Any, typed: dict[str, str], files: ChosenFiles | None = None, *, refused: Refused | None = None
) -> HttpResponse:
    categories = Category.objects.filter(is_active=True).select_related("parent").order_by("parent__name", "name")
    context = {
        "typed": typed,
        "refused": refused,
        "kept_files": files.named if files else (),
        "once": new_key(),
        "categories": categories,
        "sites": Site.objects.filter(organisation=request.person.organisation),
    }
    return render(request, "portal/new.html", context, status=422 if refused else 200)
