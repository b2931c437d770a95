"""Templates of tickets: the list, the form, and what one puts into a new ticket."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import ProtectedError, Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from entraide.agent.access import needs, typed_number
from entraide.agent.shared_forms import TaggedForm
from entraide.core.events import Refused
from entraide.people.models import Team
from entraide.people.queries import organisations_in_scope
from entraide.routines.models import TicketTemplate
from entraide.routines.prefill import VARIABLES, check_variables, prefilled
from entraide.routines.reach import may_change, usable, visible
from entraide.tickets.kinds import kinds


class TemplateForm(TaggedForm):
    """A template, typed."""

    kind = forms.ChoiceField()

    class Meta:
        model = TicketTemplate
        fields: ClassVar = [
            "name", "is_active", "subject", "text", "kind", "category", "impact", "urgency", "to_team", "for_organisation",
        ]  # fmt: skip
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 8})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["kind"].label = _("kind")
        fields["kind"].choices = [(each.code, each.name) for each in kinds]
        fields["to_team"].queryset = Team.objects.filter(is_active=True)
        fields["for_organisation"].queryset = organisations_in_scope()
        fields["for_organisation"].empty_label = _("every organisation")

    def clean_subject(self) -> str:
        return self._words("subject")

    def clean_text(self) -> str:
        return self._words("text")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned.get("subject"):
            self.add_error("subject", _("Say in a few words what the ticket is about."))
        return cleaned

    def _words(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            check_variables(text, field=name)
        except Refused as refused:
            raise forms.ValidationError(refused.message) from refused
        return text


@needs("macro.use")
def templates(request: Any) -> HttpResponse:
    """All templates that one may use or keep in order."""
    rows = visible(TicketTemplate.objects.all(), request.actor)
    rows = rows.select_related("team", "owner", "category", "to_team", "for_organisation")
    return render(request, "agent/ticket_templates.html", {"rows": rows, "section": "ticket-templates"})


@needs("macro.use")
def template(request: Any, key: int | None = None) -> HttpResponse:
    """One template: its form; `delete` removes it unless a recurring ticket holds on to it."""
    known = _visible(request, key) if key is not None else None
    may = known is None or may_change(known, request.actor)
    if request.method == "POST" and not may:
        return render(request, "look/error.html", {"status": 403}, status=403)
    if request.method == "POST" and known is not None and "delete" in request.POST:
        try:
            known.delete()
            messages.success(request, _("Deleted."))
        except ProtectedError:
            messages.error(request, _("A recurring ticket uses it: make it inactive instead."))
        return redirect("agent:ticket-templates")
    data = request.POST if request.method == "POST" else None
    form = TemplateForm(data, instance=known or TicketTemplate(), actor=request.actor)
    if data is not None and form.is_valid():
        form.keep(request.person)
        messages.success(request, _("Saved."))
        return redirect("agent:ticket-templates")
    context = {
        "form": form,
        "known": known,
        "may_edit": may,
        "section": "ticket-templates",
        "variables": VARIABLES.items(),
    }
    return render(request, "agent/ticket_template.html", context, status=422 if form.errors else 200)


@needs("ticket.open")
def facts(request: Any, key: int) -> HttpResponse:
    """What a template puts into the form of a new ticket, by field."""
    found = usable_templates(request).filter(pk=key).first()
    if found is None:
        raise Http404
    return JsonResponse(facts_of(found))


def usable_templates(request: Any) -> Any:
    """Return the templates that this person may open a ticket with."""
    return usable(TicketTemplate.objects.filter(is_active=True), request.actor)


def offered(request: Any, *, organisation_id: int | None) -> Any:
    """Return the templates for a new ticket: those of this organisation and of all; of every one, where none is known yet."""
    rows = usable_templates(request).select_related("for_organisation")
    if organisation_id is not None:
        rows = rows.filter(Q(for_organisation=None) | Q(for_organisation=organisation_id))
    return rows


def asked_for(request: Any) -> dict[str, str]:
    """Return what the template that the address names puts into the form."""
    found = usable_templates(request).filter(pk=typed_number(request.GET.get("template")) or 0).first()
    return {"template": str(found.pk), **facts_of(found)} if found else {}


def facts_of(found: TicketTemplate) -> dict[str, str]:
    """Return the fields that a template fills, as the form writes them."""
    words = prefilled(found, on=localdate())
    return {
        "subject": words.subject,
        "text": words.text,
        "kind": found.kind,
        "category": str(found.category_id or ""),
        "impact": str(found.impact),
        "urgency": str(found.urgency),
        "team": str(found.to_team_id or ""),
        "tags": ", ".join(found.tags),
    }


def _visible(request: Any, key: int) -> TicketTemplate:
    found = visible(TicketTemplate.objects.filter(pk=key), request.actor).first()
    if found is None:
        raise Http404
    return found
