"""The form of an endpoint."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.hook_words import internal_kinds, public_kinds
from entraide.channels.hooks.models import Endpoint
from entraide.core import outside
from entraide.core.events import Refused


class EndpointForm(forms.Form):
    """Everything of an endpoint, typed; `fields_of` is what it makes once the form is valid."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=120)
    address = forms.CharField(
        label=gettext_lazy("address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Messages go there by POST, as JSON. It is kept encrypted."),
    )
    public_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What requesters see, too"), required=False, widget=forms.CheckboxSelectMultiple
    )
    internal_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What only the desk sees"), required=False, widget=forms.CheckboxSelectMultiple
    )
    organisation_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("organisations"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    with_internal = forms.BooleanField(
        label=gettext_lazy("internal entries, too"),
        required=False,
        help_text=gettext_lazy(
            "Notes, handovers, promises: what requesters never see. Without it, only public entries are sent."
        ),
    )
    with_words = forms.BooleanField(
        label=gettext_lazy("with names, subjects and texts"),
        required=False,
        help_text=gettext_lazy(
            "These are personal data: tick it only if the receiver may have them. Without it, it gets numbers and states, and can read the rest by the API."
        ),
    )
    is_active = forms.BooleanField(label=gettext_lazy("active"), required=False)

    def __init__(self, data: Any, *, known: Endpoint | None, initial: dict[str, Any], organisations: Any) -> None:
        super().__init__(data, initial=initial)
        self.known = known
        stored = known.kinds if known else []
        public, internal = public_kinds(), internal_kinds()
        named = {kind for kind, _name in public + internal}
        choices: dict[str, Any] = {
            "public_kinds": public,
            "internal_kinds": internal + [(kind, kind) for kind in stored if kind not in named],
            "organisation_ids": _with_gone([(each.pk, each.name) for each in organisations], known),
        }
        for name, found in choices.items():
            field: Any = self.fields[name]
            field.choices = found

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Endpoint.objects.filter(name=name)
        if self.known is not None:
            others = others.exclude(pk=self.known.pk)
        if others.exists():
            raise forms.ValidationError(name_taken())
        return name

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            outside.check(address)
        except Refused as refused:
            raise forms.ValidationError(refused.message) from None
        return address

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("internal_kinds") and not cleaned.get("with_internal"):
            self.add_error(
                "with_internal",
                _("Tick this, too, or choose nothing of what only the desk sees: it would not be sent."),
            )
        return cleaned

    def fields_of(self) -> dict[str, Any]:
        """Return the fields of the endpoint as typed, but for its address."""
        same = ("name", "organisation_ids", "with_internal", "with_words", "is_active")
        return {
            **{name: self.cleaned_data[name] for name in same},
            "kinds": self.cleaned_data["public_kinds"] + self.cleaned_data["internal_kinds"],
        }


def stored(endpoint: Endpoint, address: str) -> dict[str, Any]:
    """Return what an endpoint says, by the names of the form."""
    same = ("name", "organisation_ids", "with_internal", "with_words", "is_active")
    return {
        **{name: getattr(endpoint, name) for name in same},
        "address": address,
        "public_kinds": endpoint.kinds,
        "internal_kinds": endpoint.kinds,
    }


def name_taken() -> str:
    return _("There is an endpoint of this name already.")


def _with_gone(pairs: list[tuple[int, str]], known: Endpoint | None) -> list[tuple[int, str]]:
    """Return the organisations with those that are stored but could no longer be chosen."""
    ids = {key for key, _name in pairs}
    return pairs + [(key, f"#{key}") for key in (known.organisation_ids if known else []) if key not in ids]
