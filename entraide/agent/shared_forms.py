"""What the forms of macros, templates and saved views have in common: whose it is, tags, and two people at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core.clock import now
from entraide.people.models import Person
from entraide.routines.models import Shared
from entraide.routines.reach import keeps_order, teams_to_share_with
from entraide.tickets.models import Category

TAG_LENGTH = 60


class SharedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that says for whom its row is. `actor` decides with whom it may be shared."""

    place = forms.ChoiceField(label=gettext_lazy("for whom"))
    # When the row was changed last, as this person has it before them.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        row = self.instance
        choice: Any = self.fields["place"]
        choice.choices = self._places()
        if row.pk:
            self.initial["place"] = "owner" if row.owner_id else f"team:{row.team_id}" if row.team_id else "all"
            # Who may read it and not move it sees where it stands, rather than the first place of their own.
            if self.initial["place"] not in dict(choice.choices) or row.owner_id not in (None, actor.person_id):
                choice.choices = [(self.initial["place"], self._true_place())]
            self.initial["seen"] = self._stamp()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.instance.pk and cleaned.get("seen") != self._stamp():
            raise forms.ValidationError(
                _("Somebody else has just changed this. Open it again to see how it is now, then save.")
            )
        return cleaned

    def row(self) -> Any:
        """Return the row as it was typed, not saved."""
        row = self.instance
        where = self.cleaned_data.get("place", "owner")
        row.owner_id = self.actor.person_id if where == "owner" else None
        row.team_id = int(where.removeprefix("team:")) if where.startswith("team:") else None
        return row

    def keep(self, by: Person) -> Shared:
        """Save the row and who changed it."""
        row: Shared = self.row()
        row.changed_at, row.changed_by = now(), by
        row.save()
        return row

    def _stamp(self) -> str:
        return self.instance.changed_at.isoformat() if self.instance.changed_at else ""

    def _true_place(self) -> str:
        row = self.instance
        if row.owner_id:
            return str(row.owner.name)
        return _("the team %(team)s") % {"team": row.team} if row.team_id else _("everybody at the desk")

    def _places(self) -> list[tuple[str, str]]:
        # Somebody else's own is nobody's to give away, so an owner is always the person who types.
        teams = [
            (f"team:{team.pk}", _("the team %(team)s") % {"team": team.name})
            for team in teams_to_share_with(self.actor)
        ]
        everybody = [("all", _("everybody at the desk"))] if keeps_order(self.actor) else []
        return [("owner", _("me alone")), *teams, *everybody]


class TaggedForm(SharedForm):
    """A form of something that gives a ticket its category and its tags."""

    tags = forms.CharField(
        label=gettext_lazy("tags"), required=False, max_length=600, help_text=gettext_lazy("Separated by commas.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category: Any = self.fields["category"]
        category.queryset = Category.objects.filter(is_active=True).select_related("parent")
        self.initial["tags"] = ", ".join(self.instance.tags)

    def clean_tags(self) -> list[str]:
        typed = [tag.strip().lower() for tag in self.cleaned_data["tags"].split(",")]
        return list(dict.fromkeys(tag[:TAG_LENGTH] for tag in typed if tag))

    def row(self) -> Any:
        row = super().row()
        row.tags = self.cleaned_data.get("tags", [])
        return row
