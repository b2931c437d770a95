"""The form of a recurring ticket: what, for whom, and when."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.access import typed_number
from entraide.agent.recurring_words import NTH
from entraide.people.models import Person, Team
from entraide.people.queries import technicians
from entraide.routines.models import RecurringTicket, TicketTemplate
from entraide.routines.reach import usable
from entraide.sla.models import CoverageCalendar

YEARS = range(2000, 2100)
MOST_OFTEN_EVERY = 99


class RecurringForm(forms.ModelForm):  # type: ignore[type-arg]
    """A recurring ticket, typed. Whose it is follows from the requester."""

    every = forms.IntegerField(label=gettext_lazy("every"), min_value=1, max_value=MOST_OFTEN_EVERY)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("on"), coerce=int, choices=list(WEEKDAYS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    month_day = forms.IntegerField(
        label=gettext_lazy("day"), min_value=1, max_value=31, required=False,
        help_text=gettext_lazy("A shorter month takes its last day."),
    )  # fmt: skip
    month_nth = forms.TypedChoiceField(label=gettext_lazy("which one"), coerce=int, choices=list(NTH.items()))
    month_weekday = forms.TypedChoiceField(
        label=gettext_lazy("weekday"), coerce=int, choices=list(WEEKDAYS.items())
    )  # fmt: skip
    assignment = forms.ChoiceField(label=gettext_lazy("goes to"), required=False)

    class Meta:
        model = RecurringTicket
        fields: ClassVar = [
            "name", "template", "every", "unit", "weekdays", "month_rule", "month_day", "month_nth", "month_weekday", "at",
            "zone", "starts_on", "ends_on", "calendar", "off_days",
        ]  # fmt: skip
        widgets: ClassVar = {
            "month_rule": forms.RadioSelect,
            "at": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "starts_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "ends_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "zone": forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, data: Any, *, instance: RecurringTicket, actor: Any) -> None:
        super().__init__(data, instance=instance)
        fields: Any = self.fields
        templates = usable(TicketTemplate.objects.filter(is_active=True), actor)
        if instance.pk:
            templates = templates | TicketTemplate.objects.filter(pk=instance.template_id)
        fields["template"].queryset = templates.distinct()
        fields["calendar"].queryset = CoverageCalendar.objects.filter(is_active=True)
        fields["calendar"].empty_label = _("Monday to Friday")
        fields["assignment"].choices = self._assignments()
        if instance.team_id:
            person = f":{instance.assignee_id}" if instance.assignee_id else ""
            self.initial["assignment"] = f"{instance.team_id}{person}"
        self.requester = self._requester(data)

    def clean_zone(self) -> str:
        typed: str = self.cleaned_data["zone"]
        try:
            ZoneInfo(typed)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise forms.ValidationError(_("There is no time zone “%(name)s”.") % {"name": typed}) from None
        return typed

    def clean_month_day(self) -> int:
        return self.cleaned_data["month_day"] or 1

    def clean_starts_on(self) -> date:
        typed: date = self.cleaned_data["starts_on"]
        if typed.year not in YEARS:
            raise forms.ValidationError(_("Choose a day of this century."))
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("This is before the first day."))
        if cleaned.get("unit") == "week" and not cleaned.get("weekdays"):
            self.add_error("weekdays", _("Choose at least one day."))
        return cleaned

    def row(self) -> RecurringTicket:
        """Return the row as it was typed, not saved."""
        row: RecurringTicket = self.instance
        team, _colon, person = self.cleaned_data.get("assignment", "").partition(":")
        row.team_id, row.assignee_id = typed_number(team), typed_number(person)
        if self.requester is not None:
            row.requester = self.requester
            row.organisation_id = self.requester.organisation_id
        return row

    def _requester(self, data: Any) -> Person | None:
        typed = data.get("requester") if data is not None else self.instance.requester_id
        key = typed_number(str(typed or "")) or 0
        return Person.objects.select_related("organisation").filter(pk=key, is_active=True).first()

    def _assignments(self) -> list[tuple[str, Any]]:
        people = technicians()
        found: list[tuple[str, Any]] = [("", _("as the template says"))]
        for team in Team.objects.filter(is_active=True):
            members = [
                (f"{team.pk}:{each.pk}", each.name)
                for each in people
                if any(theirs.pk == team.pk for theirs in each.teams.all())
            ]
            found.append((f"N{team.level} · {team.name}", [(str(team.pk), _("the queue of %(team)s") % {"team": team.name}), *members]))  # fmt: skip
        return found
