"""The form of a rota with its people in turn, and the form of an override."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.access import typed_number
from entraide.agent.calendar_words import day_name
from entraide.agent.rule_words import answering_people
from entraide.automation.models import Rota, RotaOverride
from entraide.automation.rota import Override, overlapping
from entraide.core.clock import now
from entraide.core.events import Conflict
from entraide.core.scope import Scope, scoped
from entraide.look.dates import date_format
from entraide.people.models import Level, Person
from entraide.sla.calendar_json import WEEKDAYS
from entraide.sla.problems import CoverageError
from entraide.sla.wall_time import from_wall_reading

# Buttons that change the order in the form and save nothing.
ARRANGING = ("up", "down", "remove", "add")
MOST_PEOPLE = 50
FACTS = ("name", "level", "time_zone", "starts_on", "handover_weekday", "handover_time", "is_active")
YEARS = range(2000, 2100)
_MINUTE = "%Y-%m-%dT%H:%M"


class RotaForm(forms.Form):
    """A rota as typed; the people come as a list in their order, beside the fields."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=120)
    level = forms.TypedChoiceField(label=gettext_lazy("level"), choices=Level.choices, coerce=int)
    time_zone = forms.CharField(
        label=gettext_lazy("time zone"),
        max_length=60,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    starts_on = forms.DateField(
        label=gettext_lazy("first day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        help_text=gettext_lazy("The first person begins on this day, at the hour of the hand-over."),
    )
    handover_weekday = forms.TypedChoiceField(label=gettext_lazy("hand over on"), coerce=int)
    handover_time = forms.TimeField(
        label=gettext_lazy("hand over at"),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=gettext_lazy("By the clock of the time zone."),
    )
    is_active = forms.BooleanField(label=gettext_lazy("active"), required=False)

    def __init__(self, data: Any, *, known: Rota | None, stored: Rota) -> None:
        super().__init__(data, initial={name: getattr(stored, name) for name in FACTS})
        self.known = known
        days: Any = self.fields["handover_weekday"]
        days.choices = [(number, day_name(day)) for number, day in enumerate(WEEKDAYS)]
        self.person_ids = _arranged(data) if data is not None else list(stored.person_ids)
        self.choosable = answering_people()
        found = {each.pk: each for each in [*_people(stored.person_ids), *self.choosable]}
        self.people = [found[key] for key in self.person_ids if key in found]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Rota.objects.filter(name=name)
        if self.known is not None:
            others = others.exclude(pk=self.known.pk)
        if others.exists():
            raise ValidationError(name_taken())
        return name

    def clean_time_zone(self) -> str:
        typed: str = self.cleaned_data["time_zone"]
        try:
            ZoneInfo(typed)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValidationError(_("There is no time zone “%(name)s”.") % {"name": typed}) from None
        return typed

    def clean_starts_on(self) -> date:
        typed: date = self.cleaned_data["starts_on"]
        if typed.year not in YEARS:
            raise ValidationError(_("Choose a day of this century."))
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.people:
            self.add_error(None, _("Choose at least one person to be on call."))
        elif len(self.people) > MOST_PEOPLE:
            self.add_error(None, _("At most %(n)d people take turns.") % {"n": MOST_PEOPLE})
        return cleaned

    def fill(self, rota: Rota) -> Rota:
        """Put what was typed into a rota; it is not saved."""
        for name in FACTS:
            setattr(rota, name, self.cleaned_data[name])
        rota.person_ids = [each.pk for each in self.people]
        return rota


class OverrideForm(forms.Form):
    """Somebody else for a while, in the wall clock of the rota."""

    person = forms.TypedChoiceField(label=gettext_lazy("person"), coerce=int)
    starts_at = forms.CharField(
        label=gettext_lazy("from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.CharField(label=gettext_lazy("until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def __init__(self, data: Any, *, rota: Rota) -> None:
        super().__init__(data, prefix="override")
        self.rota = rota
        self.people = {each.pk: each for each in answering_people()}
        people: Any = self.fields["person"]
        people.choices = [("", _("Choose…")), *((key, each.name) for key, each in self.people.items())]

    def clean_person(self) -> Person:
        return self.people[self.cleaned_data["person"]]

    def clean_starts_at(self) -> datetime:
        return self._instant("starts_at")

    def clean_ends_at(self) -> datetime:
        return self._instant("ends_at")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("The end has to come after the beginning."))
        elif end and end <= now():
            self.add_error("ends_at", _("This is past: who was on call then cannot be changed any more."))
        return cleaned

    def _instant(self, name: str) -> datetime:
        typed = self.cleaned_data[name].strip().replace(" ", "T")[:16]
        try:
            reading = datetime.strptime(typed, _MINUTE)  # noqa: DTZ007 - the wall clock of the rota
            return from_wall_reading(reading, zone=ZoneInfo(self.rota.time_zone))
        except (ValueError, CoverageError):
            raise ValidationError(_("Write date and time, as in 2026-12-24 18:00.")) from None


def add_override(rota: Rota, *, person: Person, starts_at: datetime, ends_at: datetime) -> RotaOverride:
    """Put somebody on call for a while. Raises Refused where somebody already stands in for a part of it."""
    with transaction.atomic():
        # Two people may add one at once: the second waits here and then sees the first's.
        if Rota.objects.select_for_update().filter(pk=rota.pk).first() is None:
            raise Conflict(_("The rota has been deleted meanwhile."))
        known = rota.overrides.filter(ends_at__gt=starts_at, starts_at__lt=ends_at).select_related("person")
        taken = [Override(each.starts_at, each.ends_at, each.person_id) for each in known]
        if (other := overlapping(Override(starts_at, ends_at, person.pk), taken)) is not None:
            raise Conflict(
                _already(other, {each.person_id: each.person.name for each in known}, rota), field="starts_at"
            )
        return RotaOverride.objects.create(rota=rota, person=person, starts_at=starts_at, ends_at=ends_at)


def name_taken() -> str:
    return _("There is a rota of this name already.")


def _people(ids: list[int]) -> list[Person]:
    with scoped(Scope.everything(reason="those on call are known to every organisation they serve")):
        return list(Person.objects.filter(pk__in=ids))


def _arranged(data: Any) -> list[int]:
    """Return the people as the pressed button leaves them; one who is chosen but not added yet counts as added."""
    order = [key for each in data.getlist("person") if (key := typed_number(each)) is not None]
    place = next((typed_number(data.get(button)) for button in ("up", "down", "remove") if button in data), None)
    if place is not None and place < len(order):
        if "remove" in data:
            del order[place]
        else:
            _swap(order, place, place - 1 if "up" in data else place + 1)
    added = typed_number(data.get("add_person"))
    return [*order, added] if added is not None else order


def _swap(order: list[int], one: int, other: int) -> None:
    if 0 <= other < len(order):
        order[one], order[other] = order[other], order[one]


def _already(other: Override, names: dict[int, str], rota: Rota) -> str:
    zone = ZoneInfo(rota.time_zone)
    start, end = (each.astimezone(zone) for each in (other.starts_at, other.ends_at))
    return _("%(person)s already stands in from %(start)s until %(end)s: remove that one first, or choose other times.") % {
        "person": names[other.person_id],
        "start": date_format(start, "j M Y, H:i"),
        "end": date_format(end, "j M Y, H:i"),
    }  # fmt: skip
