"""For how long words are kept, what is kept of a person, and the erasing of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entraide.agent.access import clean, needs, sentence
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.people.models import Organisation, Person
from entraide.privacy.erasing import begin_erasing, kept_of
from entraide.privacy.exporting import export_person
from entraide.privacy.models import Erasure, RetentionRule, RetentionRun
from entraide.privacy.retention import due_by, rule_of


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RetentionRule
        fields = ("words_months", "originals_days", "is_held", "hold_reason")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("is_held") and not cleaned.get("hold_reason", "").strip():
            self.add_error("hold_reason", _("Say why nothing may be erased, so that somebody knows when it may again."))
        return cleaned


@needs("privacy.see")
def rules(request: Any) -> HttpResponse:
    """The rule for everybody, those of single organisations, the last nights, and the people who were erased."""
    own = RetentionRule.objects.filter(for_organisation__in=_reached(request)).select_related(
        "for_organisation", "changed_by"
    )
    context = {
        "everybody": rule_of(None),
        "own": own,
        "runs": RetentionRun.objects.all()[:7],
        "erasures": Erasure.objects.select_related("asked_by", "organisation")[:50],
        "may_everybody": request.actor.may_everywhere("privacy.edit"),
        "section": "privacy",
    }
    return render(request, "agent/privacy.html", context)


@needs("privacy.see", to_write="privacy.edit")
def rule(request: Any, key: int | None = None) -> HttpResponse:
    """How long the words of one organisation are kept (without one: of those that have no rule of their own)."""
    organisation = _reached(request).filter(pk=key).first() if key is not None else None
    if key is not None and organisation is None:
        raise Http404
    if not _may_edit(request, organisation):
        return render(request, "look/error.html", {"status": 403}, status=403)
    known = RetentionRule.objects.filter(for_organisation=organisation).first()
    if request.method == "POST" and "remove" in request.POST and organisation is not None:
        for rule in RetentionRule.objects.filter(for_organisation=organisation):
            rule.delete()
        messages.success(request, _("The rule for everybody holds here again."))
        return redirect("agent:privacy")
    # What is not its own yet begins as what holds now.
    initial = None if known else forms.model_to_dict(rule_of(organisation), RuleForm.Meta.fields)
    form = RuleForm(request.POST or None, instance=known, initial=initial)
    wanted = None
    if request.method == "POST" and form.is_valid():
        wanted = form.save(commit=False)
        wanted.for_organisation, wanted.changed_at, wanted.changed_by = organisation, now(), request.person
        if "confirmed" in request.POST:
            wanted.save()
            messages.success(request, _("Saved: it holds from tonight on."))
            return redirect("agent:privacy")
    context = {
        "form": form,
        "organisation": organisation,
        "known": known,
        "due": _due(wanted, organisation) if wanted else None,
        "section": "privacy",
    }
    return render(request, "agent/privacy_rule.html", context, status=422 if form.errors else 200)


@needs("privacy.see", to_write="privacy.edit")
def person(request: Any, key: int) -> HttpResponse:
    """What is kept of one person; on POST, the erasing of it."""
    known = _person(request, key)
    refused = None
    if request.method == "POST":
        typed = clean(request.POST.get("name", "")).strip()
        try:
            if typed != known.name:
                raise Refused(_("Type the name exactly as it stands here: it is the last question."), field="name")
            begin_erasing(known, reason=clean(request.POST.get("reason", "")), actor=request.actor)
            messages.success(
                request, _("They can no longer sign in. What is kept of them is erased now, in the background.")
            )
            return redirect("agent:person-privacy", key=key)
        except Refused as error:
            refused = sentence(error)
    erasure = Erasure.objects.filter(person=known).select_related("asked_by").first()
    context = {
        "known": known,
        "erasure": erasure,
        "kept": None if erasure else kept_of(known),
        "typed": request.POST,
        "refused": refused,
        "may_erase": request.actor.may_on_anything("privacy.edit", known.organisation_id)
        and known.pk != request.person.pk,
        "section": "people",
    }
    return render(request, "agent/person_privacy.html", context, status=422 if refused else 200)


@require_POST
@needs("privacy.see")
def person_export(request: Any, key: int) -> HttpResponseBase:
    """Everything that is kept of a person, as a ZIP archive."""
    known = _person(request, key)
    archive = export_person(known, with_internal="internal" in request.POST)
    return FileResponse(archive, as_attachment=True, filename=f"{slugify(known.name) or known.pk}.zip")


def _person(request: Any, key: int) -> Person:
    known = Person.objects.select_related("organisation").prefetch_related("addresses").filter(pk=key).first()
    if known is None or not request.actor.may_on_anything("privacy.see", known.organisation_id):
        raise Http404
    return known


def _reached(request: Any) -> QuerySet[Organisation]:
    """Return the organisations of which this person may see how long words are kept."""
    if request.actor.may_everywhere("privacy.see"):
        return Organisation.objects.all()
    held = {each.organisation_id for each in request.actor.granted if each.right == "privacy.see"}
    return Organisation.objects.filter(pk__in=held)


def _may_edit(request: Any, organisation: Organisation | None) -> bool:
    if organisation is None:
        everywhere: bool = request.actor.may_everywhere("privacy.edit")
        return everywhere
    here: bool = request.actor.may_on_anything("privacy.edit", organisation.pk)
    return here


def _due(rule: RetentionRule, organisation: Organisation | None) -> dict[str, int]:
    """Count what the rule would take away at once, over all organisations for which it would hold."""
    concerned = [organisation] if organisation else Organisation.objects.filter(retention=None)
    found = due_by(rule, concerned, at=now())
    return {"tickets": found.tickets, "mails": found.mails_in + found.mails_out}
