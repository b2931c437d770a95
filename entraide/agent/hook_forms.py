"""The forms of endpoints."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.hook_words import internal_kinds, public_kinds
from entraide.channels.hooks import keeping
from entraide.channels.hooks.models import Endpoint, Transport
from entraide.channels.hooks.notices import notices
from entraide.core.events import Refused
from entraide.core.secrets import SecretLost
from entraide.people.models import Team

SAME = ("name", "organisation_ids", "with_words", "is_active")


class EndpointForm(forms.Form):
    """What every endpoint has; `fields_of` is what it makes once the form is valid."""

    transport = ""
    name = forms.CharField(label=gettext_lazy("name"), max_length=120)
    organisation_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("organisations"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.BooleanField(label=gettext_lazy("active"), required=False)

    def __init__(self, data: Any, *, known: Endpoint | None, organisations: Any) -> None:
        super().__init__(data, initial=self.initial_of(known) if known else {"is_active": True})
        self.known = known
        served = [(each.pk, each.name) for each in organisations]
        self.offer("organisation_ids", _with_gone(served, known.organisation_ids if known else []))

    def offer(self, name: str, choices: Any) -> None:
        """Let a field be chosen from these."""
        field: Any = self.fields[name]
        field.choices = choices

    def initial_of(self, known: Endpoint) -> dict[str, Any]:
        return {name: getattr(known, name) for name in SAME}

    def fields_of(self) -> dict[str, Any]:
        """Return the fields of the endpoint as typed, but for its address."""
        return {name: self.cleaned_data[name] for name in SAME}

    def address_of(self) -> str:
        """Return the address as typed."""
        address: str = self.cleaned_data["address"]
        return address

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Endpoint.objects.filter(name=name)
        if self.known is not None:
            others = others.exclude(pk=self.known.pk)
        if others.exists():
            raise forms.ValidationError(name_taken())
        return name

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"].strip()
        try:
            if address:
                keeping.as_kept(self.transport, address)
        except Refused as refused:
            raise forms.ValidationError(refused.message) from None
        return address


class WebhookForm(EndpointForm):
    """A program elsewhere."""

    transport = Transport.WEBHOOK
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

    def __init__(self, data: Any, **given: Any) -> None:
        super().__init__(data, **given)
        public, internal = public_kinds(), internal_kinds()
        named = {kind for kind, _name in public + internal}
        gone = [(kind, kind) for kind in (self.known.kinds if self.known else []) if kind not in named]
        self.offer("public_kinds", public)
        self.offer("internal_kinds", internal + gone)

    def initial_of(self, known: Endpoint) -> dict[str, Any]:
        try:
            address = keeping.address_of(known)
        except SecretLost:
            address = ""
        kinds = {"public_kinds": known.kinds, "internal_kinds": known.kinds}
        return {**super().initial_of(known), **kinds, "with_internal": known.with_internal, "address": address}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("internal_kinds") and not cleaned.get("with_internal"):
            self.add_error(
                "with_internal",
                _("Tick this, too, or choose nothing of what only the desk sees: it would not be sent."),
            )
        return cleaned

    def fields_of(self) -> dict[str, Any]:
        kinds = self.cleaned_data["public_kinds"] + self.cleaned_data["internal_kinds"]
        return {**super().fields_of(), "kinds": kinds, "with_internal": self.cleaned_data["with_internal"]}


class ChatForm(EndpointForm):
    """A chat of people."""

    transport = Transport.CHAT
    address = forms.CharField(
        label=gettext_lazy("address"),
        max_length=2000,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("The one that Slack, Teams (Workflows) or Discord gives out, or as Apprise writes it: mmosts://chat.example.ch/token. Kept encrypted and never shown; empty: stays as it is."),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(label=gettext_lazy("news"), required=False, widget=forms.CheckboxSelectMultiple)
    team_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("teams"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(label=gettext_lazy("language"))
    with_words = forms.BooleanField(
        label=gettext_lazy("with the subject of the ticket"),
        required=False,
        help_text=gettext_lazy("It may be personal. Without it, a message has the number, the priority, the organisation and the team."),
    )  # fmt: skip

    def __init__(self, data: Any, **given: Any) -> None:
        super().__init__(data, **given)
        teams = [(each.pk, f"{each.name} (N{each.level})") for each in Team.objects.filter(is_active=True)]
        self.offer("team_ids", _with_gone(teams, self.known.team_ids if self.known else []))
        self.offer("kinds", [(each.code, each.name) for each in notices])
        self.offer("language", settings.LANGUAGES)

    def initial_of(self, known: Endpoint) -> dict[str, Any]:
        more = {name: getattr(known, name) for name in ("kinds", "team_ids", "language")}
        return {**super().initial_of(known), **more}

    def clean_address(self) -> str:
        address = super().clean_address()
        if not address and self.known is None:
            raise forms.ValidationError(_("A new chat needs its address."))
        return address

    def address_of(self) -> str:
        typed = super().address_of()
        return typed or (keeping.address_of(self.known) if self.known else "")

    def fields_of(self) -> dict[str, Any]:
        more = {name: self.cleaned_data[name] for name in ("kinds", "team_ids", "language")}
        return {**super().fields_of(), **more}


FORMS: dict[str, type[EndpointForm]] = {form.transport: form for form in (WebhookForm, ChatForm)}


def name_taken() -> str:
    return _("There is an endpoint of this name already.")


def _with_gone(pairs: list[tuple[int, str]], keys: list[int]) -> list[tuple[int, str]]:
    """Return the choices with those that are stored but could no longer be chosen."""
    known = {key for key, _name in pairs}
    return pairs + [(key, f"#{key}") for key in keys if key not in known]
