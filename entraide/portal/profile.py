"""One's own data: language and telephone."""

from __future__ import annotations

from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from entraide.forms.kinds.telephone import spaced
from entraide.people.models import Person, Phone
from entraide.privacy.exporting import export_person


class ProfileForm(forms.Form):
    """What people may change themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("As my organisation")), *settings.LANGUAGES],
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    phone = forms.CharField(label=_("Telephone"), max_length=30, required=False, help_text=_("As in +41 22 555 01 01"))

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        if not typed:
            return ""
        try:
            number = phonenumbers.parse(typed, self.country)
        except phonenumbers.NumberParseException as error:
            raise forms.ValidationError(
                _("This is not a telephone number; write it as in +41 22 555 01 01.")
            ) from error
        if not phonenumbers.is_possible_number(number):
            raise forms.ValidationError(_("This telephone number has too many or too few digits."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def profile(request: Any) -> HttpResponse:
    """The form; on POST, the change."""
    person: Person = Person.objects.prefetch_related("phones", "addresses").get(pk=request.person.pk)
    known = person.phones.order_by("pk").first()
    initial = {"language": person.language, "phone": spaced(known.number) if known else ""}
    country = request.person.organisation.country
    form = ProfileForm(request.POST or None, initial=initial, country=country)
    if request.method == "POST" and form.is_valid():
        person.language = form.cleaned_data["language"]
        person.save(update_fields=["language"])
        _keep_phone(person, known, form.cleaned_data["phone"])
        # In the language that was just chosen.
        with override(person.spoken_language):
            messages.success(request, str(_("Your data has been saved.")))
        answer = redirect("portal:profile")
        # The choice holds from now on, over one made before signing in.
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return answer
    return render(request, "portal/profile.html", {"form": form, "known": person}, status=422 if form.errors else 200)


@require_POST
def copy(request: Any) -> FileResponse:
    """Everything that the desk keeps of whoever asks, as a ZIP archive; internal notes are the desk's own."""
    person = Person.objects.prefetch_related("addresses").get(pk=request.person.pk)
    archive = export_person(person, with_internal=False)
    return FileResponse(archive, as_attachment=True, filename=f"{slugify(person.name) or person.pk}.zip")


def _keep_phone(person: Person, known: Phone | None, number: str) -> None:
    if known is not None and known.number == number:
        return
    if known is not None:
        known.delete()
    if number:
        Phone.objects.get_or_create(organisation_id=person.organisation_id, person=person, number=number)
