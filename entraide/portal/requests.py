"""Asking for something."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.forms.asking import typed_from
from entraide.people.models import Site
from entraide.portal.forms_once import ChosenFiles, chosen_files, new_key, once_of
from entraide.tickets.filling import open_with_form
from entraide.tickets.form_of import form_of
from entraide.tickets.form_page import VERSION, asked_on_page, sent_answers
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
        "kind": "request" if request.GET.get("kind") == "request" else "incident",
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


def asked(request: Any) -> HttpResponse:
    """What the category that was chosen asks in addition, with what was answered already."""
    if request.method != "POST":
        return redirect("portal:new")
    return render(request, "portal/new.html#asked", _asked(request, request.POST.get("category", "")))


FIELDS = ("subject", "text", "consequence", "kind", "category", "site")


def _open(request: Any, typed: dict[str, str], chosen: ChosenFiles) -> Any:
    if not typed["subject"].strip():
        raise Refused(_("Say in a few words what you need."), field="subject")
    if typed["consequence"] not in CONSEQUENCES:
        raise Refused(_("Say how much it hinders you."), field="consequence")
    impact, urgency = CONSEQUENCES[typed["consequence"]]
    files = chosen.require()
    organisation = request.person.organisation
    category = _category(typed["category"])
    version = form_of(category)
    answers = (
        sent_answers(request.POST, version, organisation_id=organisation.pk, audience="everyone") if version else {}
    )
    site = _chosen(Site.objects.filter(organisation=organisation), typed["site"])
    words = [*(typed[name] for name in FIELDS), *(f"{code}={answers[code]}" for code in sorted(answers))]
    return open_with_form(
        organisation,
        requester=request.person,
        version=version,
        answers=answers,
        subject=typed["subject"],
        text=typed["text"].strip() or typed["subject"],
        channel=Channel.PORTAL,
        actor=request.actor,
        kind=typed["kind"] or "incident",
        category=category,
        site_id=site.pk if site else None,
        impact=impact,
        urgency=urgency,
        attachments=files,
        once=once_of(request, request.person, about="new", words=words, files=files),
    )


def _category(key: str) -> Category | None:
    category: Category | None = _chosen(Category.objects.filter(is_active=True).select_related("parent"), key)
    return category


def _asked(request: Any, key: str, refused: Refused | None = None) -> dict[str, Any]:
    """Return the fields that the chosen category asks, and what it is for."""
    category = _category(key)
    version = form_of(category)
    fields = asked_on_page(
        version, organisation_id=request.person.organisation_id, audience="everyone",
        typed=typed_from(request.POST) if request.method == "POST" else {},
        refused=refused,
    )  # fmt: skip
    about = category.description(get_language() or "fr") if category else ""
    return {"asked": fields, "asked_version": version, "version_name": VERSION, "asked_about": about}


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
        **_asked(request, typed["category"], refused),
    }
    return render(request, "portal/new.html", context, status=422 if refused else 200)
