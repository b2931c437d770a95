"""The form of a saved view."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.columns import COLUMNS, shown
from entraide.agent.shared_forms import SharedForm
from entraide.routines.models import SavedView


class SavedViewForm(SharedForm):
    """The name of a saved view, for whom it is, and its columns."""

    class Meta:
        model = SavedView
        fields: ClassVar = ["name"]
        labels: ClassVar = {"name": gettext_lazy("name of the view")}
        widgets: ClassVar = {"name": forms.TextInput(attrs={"class": "form-control"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].widget.attrs["class"] = "form-select"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "name" in cleaned and "place" in cleaned:
            row = self.row()
            same = SavedView.objects.filter(owner=row.owner_id, team=row.team_id, name__iexact=cleaned["name"])
            if same.exclude(pk=row.pk).exists():
                self.add_error("name", _("There is a view with this name already: choose another one."))
        return cleaned


class SavedViewEditor(SavedViewForm):
    """As above, with the columns that it brings along."""

    columns = forms.MultipleChoiceField(
        label=gettext_lazy("columns"),
        required=False,
        choices=[(column.code, column.name) for column in COLUMNS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: whoever looks has the columns that they chose for all lists."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["columns"] = self.instance.columns

    def row(self) -> Any:
        row = super().row()
        chosen = self.cleaned_data.get("columns", [])
        row.columns = list(shown(chosen)) if chosen else []
        return row
