"""The forms of a contract: what it says, its renewal, its end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from entraide.agent.access import clean, typed_number
from entraide.contracts.kinds import Period, types
from entraide.contracts.models import Contract
from entraide.contracts.terms import Terms
from entraide.people.models import Organisation, Person, Site
from entraide.sla.models import Agreement


class DayField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class ContactChoice(forms.Widget):
    """A field that finds people of one organisation, as a new ticket finds its requester."""

    template_name = "agent/contract_contact.html"
    organisation_id = 0

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        chosen = Person.objects.filter(organisation_id=self.organisation_id, pk=typed_number(str(value or "")) or 0)
        context = super().get_context(name, value, attrs)
        return {**context, "organisation": self.organisation_id, "chosen": chosen.first(), "found": []}


class ContractForm(forms.Form):
    """Everything that a contract says; what may be said is decided by its terms."""

    reference = forms.CharField(label=_("reference"), max_length=60)
    name = forms.CharField(label=_("name"), max_length=200)
    type = forms.ChoiceField(label=_("type"))
    starts_on = DayField(label=_("first day"))
    ends_on = DayField(label=_("last day"), required=False, help_text=_("Empty: without end."))
    notice_days = forms.IntegerField(label=_("notice, in days"), min_value=0, max_value=1095, initial=0)
    renewal_months = forms.IntegerField(
        label=_("renewed by itself for, in months"), min_value=1, max_value=120, required=False,
        help_text=_("Empty: it ends on its last day unless somebody renews it."),
    )  # fmt: skip
    site_ids = forms.TypedMultipleChoiceField(
        label=_("sites"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: the whole organisation."),
    )  # fmt: skip
    agreement_id = forms.TypedChoiceField(label=_("agreement"), coerce=int, empty_value=None, required=False)
    price = forms.DecimalField(label=_("price"), max_digits=12, decimal_places=2, min_value=0, required=False)
    currency = forms.CharField(label=_("currency"), max_length=3, required=False, initial="CHF")
    price_period = forms.ChoiceField(label=_("paid"), choices=[("", "—"), *Period.choices], required=False)
    contact_id = forms.IntegerField(label=_("contact of the client"), required=False, widget=ContactChoice)
    note = forms.CharField(label=_("note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, organisation: Organisation, known: Contract | None = None, **kwargs: Any) -> None:
        if known is not None:
            kwargs["initial"] = {each: getattr(known, each) for each in self.base_fields}
        super().__init__(*args, **kwargs)
        agreements = Agreement.objects.filter(is_active=True)
        if known is not None and known.agreement_id:
            agreements |= Agreement.objects.filter(pk=known.agreement_id)
        self._choose("type", [(each.code, each.name) for each in types])
        self._choose("site_ids", Site.objects.filter(organisation=organisation).values_list("pk", "name"))
        self._choose("agreement_id", [("", _("none")), *agreements.values_list("pk", "name")])
        contact: Any = self.fields["contact_id"]
        contact.widget.organisation_id = organisation.pk
        self.organisation, self.known = organisation, known

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"].strip().upper()
        return currency

    def clean_contact_id(self) -> int | None:
        key: int | None = self.cleaned_data["contact_id"]
        if key is None or (self.known is not None and key == self.known.contact_id):
            return key
        # Typed by hand it can be any number.
        theirs = Person.objects.filter(organisation=self.organisation, is_active=True)
        if not 0 < key < 2**63 or not theirs.filter(pk=key).exists():
            raise forms.ValidationError(_("The contact is somebody of the client."))
        return key

    def clean_note(self) -> str:
        return clean(self.cleaned_data["note"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("price") is None:
            # Without a price neither says anything.
            cleaned["currency"] = cleaned["price_period"] = ""
        return cleaned

    def terms(self) -> Terms:
        """Return what was typed as the terms of a contract."""
        return Terms(**{**self.cleaned_data, "site_ids": tuple(sorted(self.cleaned_data["site_ids"]))})

    def _choose(self, name: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = list(choices)


class RenewalForm(forms.Form):
    ends_on = DayField(label=_("new last day"))


class EndForm(forms.Form):
    ends_on = DayField(label=_("last day"))
    reason = forms.CharField(label=_("reason"), max_length=500)
