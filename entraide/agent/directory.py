"""Organisations, sites, people, teams and roles."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entraide.agent.access import clean, needs, typed_number
from entraide.agent.agreement_forms import ChoiceForm
from entraide.agent.agreement_places import agreements_of, reached_organisations, take_away
from entraide.agent.contact_forms import forms_of
from entraide.agent.contracts import rows_of
from entraide.agent.directory_forms import OrganisationForm, PersonForm, RoleForm, SiteForm, TeamForm, exceeds
from entraide.agent.paging import page
from entraide.contracts import queries as queries_of_contracts
from entraide.people.models import Organisation, Person, RoleGrant, Site, Team
from entraide.privacy.retention import rule_of
from entraide.sla.models import AgreementAssignment
from entraide.tickets import queries

BY_NAME = ("pk",)


@needs("directory.see")
def people(request: Any) -> HttpResponse:
    """People, by name, address, telephone or organisation."""
    words = clean(request.GET.get("q", "")).strip()
    found = Person.objects.select_related("organisation", "site").prefetch_related("addresses", "phones", "roles")
    if words:
        matching = (
            Q(name__icontains=words) | Q(addresses__email__istartswith=words) | Q(organisation__name__icontains=words)
        )
        found = found.filter(Q(pk__in=Person.objects.filter(matching).values("pk")))
    if key := typed_number(request.GET.get("organisation")):
        found = found.filter(organisation_id=key)
    rows, following = page(found, order=BY_NAME, after=request.GET.get("after", ""))
    context = {"rows": rows, "next_cursor": following, "words": words, "section": "people"}
    return render(request, "agent/people.html", context)


@needs("directory.see", to_write="directory.edit")
def person(request: Any, key: int | None = None) -> HttpResponse:
    """One person: what is known, their roles, their tickets; the form for whoever may edit."""
    known = None
    if key is not None:
        known = (
            Person.objects.select_related("organisation")
            .prefetch_related("addresses", "phones", "roles__organisation")
            .filter(pk=key)
            .first()
        )
        if known is None:
            raise Http404
    may_edit = _may_edit(request, known.organisation_id) if known else _may_edit(request)
    form = PersonForm(request.POST or None, instance=known, scope=request.reach)
    if request.method == "POST" and not may_edit:
        return _refused(request)
    if request.method == "POST" and form.is_valid():
        if not _may_edit(request, form.cleaned_data["organisation"].pk):
            return _refused(request)
        with transaction.atomic():
            saved = form.save()
        messages.success(request, _("Saved."))
        return redirect("agent:person", key=saved.pk)
    tickets = queries.visible_to(request.actor).filter(requester=known).order_by("-updated_at")[:10] if known else []
    context = {
        "form": form,
        "known": known,
        "tickets": tickets,
        "section": "people",
        "role_form": RoleForm(),
        "may_edit": may_edit and not (known and known.erased_at),
        "may_see_privacy": known and request.actor.may_on_anything("privacy.see", known.organisation_id),
    }
    return render(request, "agent/person.html", context, status=422 if form.errors else 200)


@require_POST
@needs("directory.see", to_write="directory.edit")
def roles(request: Any, key: int) -> HttpResponse:
    """Give a role, or take one away."""
    known = Person.objects.filter(pk=key).first()
    if known is None:
        raise Http404
    if removed := typed_number(request.POST.get("remove")):
        grant = RoleGrant.objects.filter(person=known, pk=removed).first()
        if grant is not None and not exceeds(request.actor, role=grant.role, organisation_id=grant.organisation_id):
            grant.delete()
        else:
            messages.error(request, _("This role reaches further than yours: an administrator takes it away."))
        return redirect("agent:person", key=key)
    form = RoleForm(request.POST)
    if form.is_valid() and not form.grants_more_than(request.actor):
        RoleGrant.objects.get_or_create(
            person=known, role=form.cleaned_data["role"], organisation=form.cleaned_data["organisation"]
        )
    else:
        messages.error(
            request,
            _(
                "This role cannot be given here: a client's role needs an organisation, and nobody gives more rights than they have."
            ),
        )
    return redirect("agent:person", key=key)


@needs("directory.see")
def organisations(request: Any) -> HttpResponse:
    """Organisations with their people and sites counted."""
    words = clean(request.GET.get("q", "")).strip()
    found = _organisations(request)
    if words:
        found = found.filter(name__icontains=words)
    rows, following = page(found, order=BY_NAME, after=request.GET.get("after", ""))
    people_in = dict(
        Person.objects.filter(organisation__in=rows).order_by().values_list("organisation_id").annotate(n=Count("pk"))
    )
    sites_in = dict(
        Site.objects.filter(organisation__in=rows).order_by().values_list("organisation_id").annotate(n=Count("pk"))
    )
    counted = [(row, people_in.get(row.pk, 0), sites_in.get(row.pk, 0)) for row in rows]
    context = {
        "rows": counted,
        "next_cursor": following,
        "words": words,
        "section": "organisations",
        "may_edit": _may_edit_all(request),
    }
    return render(request, "agent/organisations.html", context)


@needs("directory.see", to_write="directory.edit")
def organisation(request: Any, key: int | None = None) -> HttpResponse:
    """One organisation with its sites; the form for whoever may edit."""
    known = _organisation(request, key) if key is not None else None
    # A new organisation is nobody's yet: only who may edit them all adds one.
    may_edit = _may_edit(request, known.pk) if known else _may_edit_all(request)
    if request.method == "POST" and not may_edit:
        return _refused(request)
    form = OrganisationForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, _("Saved."))
        return redirect("agent:organisation", key=saved.pk)
    return _organisation_page(request, known, form, status=422 if form.errors else 200)


@require_POST
@needs("settings.edit")
def agreement(request: Any, key: int) -> HttpResponse:
    """Choose the agreement of an organisation or of one of its sites, or take one away."""
    known = reached_organisations(request).filter(pk=key).first()
    if known is None:
        raise Http404
    if "remove" in request.POST:
        take_away(request, AgreementAssignment.objects.filter(organisation=known))
        return redirect("agent:organisation", key=key)
    choice = ChoiceForm(request.POST, organisation=known)
    status = choice.assign_or_refuse(organisation=known)
    if status != 200:
        return _organisation_page(request, known, OrganisationForm(instance=known), choice=choice, status=status)
    messages.success(request, _("Assigned: it holds for tickets opened there from now on."))
    return redirect("agent:organisation", key=key)


@needs("directory.see", to_write="directory.edit")
def site(request: Any, key: int, site_key: int | None = None) -> HttpResponse:
    """A site of an organisation."""
    owner = _organisation(request, key)
    known = Site.objects.filter(organisation=owner, pk=site_key).first() if site_key else Site(organisation=owner)
    if known is None:
        raise Http404
    may_edit = _may_edit(request, owner.pk)
    if request.method == "POST" and not may_edit:
        return _refused(request)
    form = SiteForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("agent:organisation", key=owner.pk)
    context = {
        "form": form,
        "known": owner,
        "title": known.name or _("New site"),
        "section": "organisations",
        "may_edit": may_edit,
    }
    return render(request, "agent/form.html", context, status=422 if form.errors else 200)


@needs("directory.see")
def teams(request: Any) -> HttpResponse:
    """Teams by level, with their people."""
    context = {"rows": Team.objects.prefetch_related("members"), "section": "teams", "may_edit": _may_edit_all(request)}
    return render(request, "agent/teams.html", context)


@needs("directory.see", to_write="directory.edit")
def team(request: Any, key: int | None = None) -> HttpResponse:
    """A team and who is in it."""
    known = Team.objects.filter(pk=key).first() if key is not None else None
    if key is not None and known is None:
        raise Http404
    # A team serves many organisations.
    may_edit = _may_edit_all(request)
    if request.method == "POST" and not may_edit:
        return _refused(request)
    form = TeamForm(request.POST or None, instance=known)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, _("Saved."))
        return redirect("agent:teams")
    context = {
        "form": form,
        "title": known.name if known else _("New team"),
        "section": "teams",
        "may_edit": may_edit,
    }
    return render(request, "agent/form.html", context, status=422 if form.errors else 200)


def _organisations(request: Any) -> Any:
    reached = request.reach.organisations
    return Organisation.objects.all() if reached is None else Organisation.objects.filter(pk__in=reached)


def _organisation(request: Any, key: int) -> Organisation:
    found = _organisations(request).filter(pk=key).first()
    if found is None:
        raise Http404
    known: Organisation = found
    return known


def _organisation_page(
    request: Any, known: Organisation | None, form: OrganisationForm, *, choice: ChoiceForm | None = None, status: int
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "known": known,
        "section": "organisations",
        "may_edit": _may_edit(request, known.pk) if known else _may_edit_all(request),
    }
    if known is not None:
        its_contracts = queries_of_contracts.visible_to(request.actor).filter(organisation=known)
        its_contracts = its_contracts.select_related("organisation")
        context |= {
            "sites": Site.objects.filter(organisation=known),
            "contact_forms": forms_of(known),
            "may_see_privacy": request.actor.may_on_anything("privacy.edit", known.pk),
            "retention": rule_of(known),
            "may_agree": request.actor.may_on_anything("settings.edit", known.pk),
            "choice": choice or ChoiceForm(None, organisation=known),
            **agreements_of(known),
            "contracts": rows_of(request, queries_of_contracts.by_end(its_contracts)),
            "may_edit_contracts": request.actor.may_on_anything("contract.edit", known.pk),
        }
    return render(request, "agent/organisation.html", context, status=status)


def _may_edit(request: Any, organisation_id: int | None = None) -> bool:
    """Tell whether the directory of this organisation (without one: of any) may be edited."""
    may: bool = request.actor.may_on_anything("directory.edit", organisation_id)
    return may


def _may_edit_all(request: Any) -> bool:
    return any(
        grant[:2] == ("directory.edit", "any") and grant.organisation_id is None for grant in request.actor.granted
    )


def _refused(request: Any) -> HttpResponse:
    return render(request, "look/error.html", {"status": 403}, status=403)
