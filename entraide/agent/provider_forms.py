"""The form of an organisation's own sign-in: where it is, how the desk is known there, and which groups give which roles."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.core import outside
from entraide.core.events import Refused
from entraide.entrance.models import IdentityProvider
from entraide.entrance.providers import keep_secret, roles_that_can_be_given
from entraide.people.rights import Role

GROUPS_AT_MOST = 50


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is wrong is said beside the field."""

    new_secret = forms.CharField(
        label=gettext_lazy("client secret"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted and never shown; empty: stays as it is."),
    )

    class Meta:
        model = IdentityProvider
        fields: ClassVar = [
            "name", "issuer", "client_id", "new_secret", "verifies_addresses", "makes_accounts", "asks_factor", "is_only_way",
            "groups_claim", "is_active",
        ]  # fmt: skip
        help_texts: ClassVar = {
            "issuer": gettext_lazy(
                "As in https://login.example.com/realms/company; what it publishes is found from there."
            ),
            "verifies_addresses": gettext_lazy("Only where nobody can enter any address there by themselves."),
            "asks_factor": gettext_lazy("Then a role that needs a second factor has one by this."),
            "is_only_way": gettext_lazy(
                "Neither password nor code nor passkey; administrators keep theirs, for the day when it is away."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles: list[Role] = roles_that_can_be_given(self.instance.organisation)
        for role in self.roles:
            groups = self.instance.role_groups.get(role.value, [])
            self.fields[f"groups_{role.value}"] = forms.CharField(
                label=_("Groups that give the role: %(role)s") % {"role": role.label},
                required=False,
                initial="\n".join(groups),
                widget=forms.Textarea(attrs={"rows": 2, "class": "form-control", "spellcheck": "false"}),
                help_text=_("One a line, as the provider names them."),
            )

    def clean_issuer(self) -> str:
        address: str = self.cleaned_data["issuer"].rstrip("/")
        try:
            outside.check(address)
        except Refused as refused:
            raise forms.ValidationError(refused.message) from refused
        return address

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        mapped: dict[str, list[str]] = {}
        for role in self.roles:
            groups = [each.strip() for each in cleaned.get(f"groups_{role.value}", "").splitlines()]
            groups = list(dict.fromkeys(filter(None, groups)))
            if len(groups) > GROUPS_AT_MOST:
                self.add_error(f"groups_{role.value}", _("At most %(n)d groups.") % {"n": GROUPS_AT_MOST})
            if groups:
                mapped[role.value] = groups
        self.instance.role_groups = mapped
        return cleaned

    def save(self, commit: bool = True) -> IdentityProvider:
        if secret := self.cleaned_data["new_secret"]:
            keep_secret(self.instance, secret)
        provider: IdentityProvider = super().save(commit)
        return provider
