"""The form of a macro."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.shared_forms import TaggedForm
from entraide.core.events import Refused
from entraide.people.models import Team
from entraide.routines.facts import check_variables
from entraide.routines.models import Macro
from entraide.tickets.models import PendingReason

LONGEST_HOLD_DAYS = 365


class MacroForm(TaggedForm):
    """A macro, typed."""

    hold_reason = forms.ChoiceField(label=gettext_lazy("put on hold"), required=False)
    hold_days = forms.IntegerField(
        label=gettext_lazy("for how many days"), required=False, min_value=1, max_value=LONGEST_HOLD_DAYS,
        help_text=gettext_lazy("It comes back by itself in the morning of that day."),
    )  # fmt: skip
    assignment = forms.ChoiceField(label=gettext_lazy("assign"), required=False)

    class Meta:
        model = Macro
        fields: ClassVar = [
            "name", "is_active", "writes", "text_fr", "text_en", "hold_reason", "hold_days", "resolution_code",
            "impact", "urgency", "category",
        ]  # fmt: skip
        widgets: ClassVar = {
            "writes": forms.RadioSelect,
            "text_fr": forms.Textarea(attrs={"rows": 7, "lang": "fr"}),
            "text_en": forms.Textarea(attrs={"rows": 5, "lang": "en"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unchanged = ("", _("leave as it is"))
        fields: Any = self.fields
        reasons = [(reason.code, str(reason)) for reason in PendingReason.objects.all()]
        fields["hold_reason"].choices = [("", _("no")), *reasons]
        fields["resolution_code"].choices = [("", _("no")), *list(fields["resolution_code"].choices)[1:]]
        teams = [(f"team:{team.pk}", f"N{team.level} · {team.name}") for team in Team.objects.filter(is_active=True)]
        fields["assignment"].choices = [unchanged, ("me", _("to whoever uses it")), *teams]
        for name in ("impact", "urgency"):
            fields[name].choices = [unchanged, *list(fields[name].choices)[1:]]
        fields["category"].empty_label = unchanged[1]
        row = self.instance
        if row.assigns:
            self.initial["assignment"] = "me" if row.assigns == Macro.Assigns.ME else f"team:{row.to_team_id}"

    def clean_text_fr(self) -> str:
        return self._text("text_fr")

    def clean_text_en(self) -> str:
        return self._text("text_en")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        said = cleaned.get("text_fr") or cleaned.get("text_en")
        acts = ("hold_reason", "resolution_code", "assignment", "impact", "urgency", "category", "tags")
        if not self.errors and not said and not any(cleaned.get(name) for name in acts):
            self.add_error("text_fr", _("Write a text, or choose something that the macro does."))
        reason = PendingReason.objects.filter(code=cleaned.get("hold_reason") or "").first()
        if reason is not None and cleaned.get("resolution_code"):
            self.add_error("hold_reason", _("A ticket is put on hold or resolved, not both."))
        if reason is not None and reason.needs_date and not cleaned.get("hold_days"):
            self.add_error("hold_days", _("Say for how many days: this reason needs a date."))
        if cleaned.get("resolution_code") and cleaned.get("writes") == Macro.Writes.NOTE:
            self.add_error("resolution_code", _("Who asked is told how it was resolved: let the macro write to them."))
        return cleaned

    def row(self) -> Macro:
        row: Macro = super().row()
        given = self.cleaned_data.get("assignment", "")
        row.assigns = Macro.Assigns.TEAM if given.startswith("team:") else given
        row.to_team_id = int(given.removeprefix("team:")) if given.startswith("team:") else None
        if not row.hold_reason:
            row.hold_days = None
        return row

    def _text(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        try:
            check_variables(text, field=name)
        except Refused as refused:
            raise forms.ValidationError(refused.message) from refused
        return text
