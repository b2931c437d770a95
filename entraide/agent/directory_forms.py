"""The forms of the directory: what is wrong is said beside the field, and nothing is half-saved."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from zoneinfo import available_timezones

import phonenumbers
from django import forms
from django.utils.translation import gettext_lazy as _

from entraide.core.scope import Scope
from entraide.people.members import set_members
from entraide.people.models import MailAddress, Organisation, Person, Phone, RoleGrant, Site, Team
from entraide.people.queries import organisations_in_scope, technicians
from entraide.people.rights import ROLE_RIGHTS, STAFF_ROLES, Role

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")


class PlaceForm(forms.ModelForm):  # type: ignore[type-arg]
    """What organisations and sites have in common: where they are."""

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone not in available_timezones():
            raise forms.ValidationError(_("This is not a time zone; write it as in Europe/Zurich."))
        return zone

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].strip().upper()
        if country not in phonenumbers.SUPPORTED_REGIONS:
            raise forms.ValidationError(_("This is not a country; write its two letters, as in CH."))
        return country


class OrganisationForm(PlaceForm):
    mail_domains = forms.CharField(
        label=_("mail domains"), required=False, help_text=_("Separated by commas, as in example.ch, example.com.")
    )

    class Meta:
        model = Organisation
        fields: ClassVar = [
            "name",
            "mail_domains",
            "language",
            "time_zone",
            "country",
            "region",
            "supports",
            "is_active",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["mail_domains"] = ", ".join(self.instance.mail_domains)

    def clean_mail_domains(self) -> list[str]:
        typed = [domain.strip().lower().lstrip("@") for domain in self.cleaned_data["mail_domains"].split(",")]
        domains = list(dict.fromkeys(domain for domain in typed if domain))
        for domain in domains:
            if not _DOMAIN.match(domain):
                raise forms.ValidationError(_("“%(domain)s” is not a domain.") % {"domain": domain})
        taken = Organisation.objects.filter(mail_domains__overlap=domains).exclude(pk=self.instance.pk).first()
        if domains and taken is not None:
            raise forms.ValidationError(_("%(name)s has one of these domains already.") % {"name": taken.name})
        return domains


class SiteForm(PlaceForm):
    class Meta:
        model = Site
        fields: ClassVar = ["name", "address", "time_zone", "country", "region", "on_site_rules"]


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    email = forms.EmailField(label=_("mail address"), max_length=254)
    phone = forms.CharField(label=_("telephone"), max_length=30, required=False, help_text=_("As in +41 22 555 01 01"))

    class Meta:
        model = Person
        fields: ClassVar = [
            "name",
            "organisation",
            "job_title",
            "site",
            "manager",
            "language",
            "is_vip",
            "absent_until",
            "is_active",
        ]
        widgets: ClassVar = {"absent_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.instance if self.instance.pk else None
        reached = scope.organisations
        choices: Any = self.fields["organisation"]
        choices.queryset = (
            Organisation.objects.all() if reached is None else Organisation.objects.filter(pk__in=reached)
        )
        for name in ("site", "manager"):
            field: Any = self.fields[name]
            field.queryset = field.queryset.filter(organisation=known.organisation) if known else field.queryset.none()
        if known is not None:
            # Their tickets belong to their organisation: who changes employer is a new person.
            self.fields["organisation"].disabled = True
            self._address = known.addresses.order_by("-is_main", "pk").first()
            self._phone = known.phones.order_by("pk").first()
            self.initial["email"] = self._address.email if self._address else ""
            self.initial["phone"] = self._phone.number if self._phone else ""
        else:
            self._address = self._phone = None

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip()
        from entraide.core.scope import scoped

        with scoped(Scope.everything(reason="an address is one person's, whatever their organisation")):
            owner = MailAddress.objects.filter(email__iexact=email).select_related("person").first()
        if owner is not None and owner.person_id != self.instance.pk:
            raise forms.ValidationError(_("Somebody has this mail address already."))
        return email

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        organisation = self.cleaned_data.get("organisation") or self.instance.organisation
        try:
            number = phonenumbers.parse(typed, organisation.country)
        except phonenumbers.NumberParseException as error:
            raise forms.ValidationError(
                _("This is not a telephone number; write it as in +41 22 555 01 01.")
            ) from error
        if not phonenumbers.is_possible_number(number):
            raise forms.ValidationError(_("This telephone number has too many or too few digits."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def save(self, commit: bool = True) -> Person:
        person: Person = super().save(commit)
        email, number = self.cleaned_data["email"], self.cleaned_data["phone"]
        if self._address is None:
            MailAddress.objects.create(organisation_id=person.organisation_id, person=person, email=email, is_main=True)
        elif self._address.email != email:
            # A mended address has not bounced.
            self._address.email, self._address.bounced_at, self._address.bounce_reason = email, None, ""
            self._address.save()
        if self._phone is not None and self._phone.number != number:
            self._phone.delete()
        if number:
            Phone.objects.get_or_create(organisation_id=person.organisation_id, person=person, number=number)
        return person


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    members = forms.MultipleChoiceField(label=_("members"), required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = Team
        fields: ClassVar = ["name", "level", "is_default", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["members"]
        field.choices = [(str(person.pk), person.name) for person in technicians()]
        if self.instance.pk:
            self.initial["members"] = [str(key) for key in self.instance.members.values_list("pk", flat=True)]

    def clean_is_default(self) -> bool:
        chosen: bool = self.cleaned_data["is_default"]
        if chosen and Team.objects.filter(is_default=True).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another team takes what no rule routes; take that from it first."))
        return chosen

    def save(self, commit: bool = True) -> Team:
        team: Team = super().save(commit)
        set_members(team, [int(key) for key in self.cleaned_data["members"]])
        return team


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = RoleGrant
        fields: ClassVar = ["role", "organisation"]
        help_texts: ClassVar = {"organisation": _("Empty: in every organisation (for those who give support).")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation: Any = self.fields["organisation"]
        organisation.queryset = organisations_in_scope()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("role") not in STAFF_ROLES and cleaned.get("organisation") is None:
            raise forms.ValidationError(_("A client's role holds in one organisation: choose it."))
        return cleaned

    def grants_more_than(self, actor: Any) -> bool:
        """Tell whether this role, where it would hold, has rights that `actor` does not have there."""
        organisation = self.cleaned_data["organisation"]
        return exceeds(actor, role=self.cleaned_data["role"], organisation_id=organisation.pk if organisation else None)


def exceeds(actor: Any, *, role: str, organisation_id: int | None) -> bool:
    """Tell whether `role` in this organisation (None: in all) reaches beyond what `actor` may there.

    Nobody gives, or takes away, more than they have; an administrator of the whole desk may do either.
    """
    if _holds(actor, "settings.edit", None):
        return False
    # What their own contract costs is the client's to know, whoever names the contact.
    of_their_own = {"contract.see_money"} if role == Role.CLIENT_CONTACT else set()
    rights = ROLE_RIGHTS[role].items()
    return any(
        reach == "any" and not _holds(actor, right, organisation_id)
        for right, reach in rights
        if right not in of_their_own
    ) or not _holds(actor, "directory.edit", organisation_id)


def _holds(actor: Any, right: str, organisation_id: int | None) -> bool:
    return any(
        grant.right == right and grant.reach == "any" and grant.organisation_id in (None, organisation_id)
        for grant in actor.granted
    )
