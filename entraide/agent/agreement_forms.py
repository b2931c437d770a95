"""The forms of agreements: the facts, and the table of promises with durations typed as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.access import clean, typed_number
from entraide.agent.agreement_places import assign
from entraide.agent.agreement_words import in_words, promise_name
from entraide.agent.calendar_words import open_days
from entraide.core.events import Conflict, Refused
from entraide.people.models import Organisation, Site
from entraide.sla.durations import DurationError, read_duration, say_duration
from entraide.sla.metrics import EVERY_CLOCK
from entraide.sla.models import Agreement, CalendarVersion, CoverageCalendar
from entraide.sla.promises import DEFAULT_MATRIX, DEFAULT_WARN_PERCENT, PRIORITIES, STEPS, Target, read_targets
from entraide.tickets.kinds import kinds
from entraide.tickets.priority import Impact, Priority, Urgency

SHOWN_AT_MOST = 40


class AgreementForm(forms.ModelForm):  # type: ignore[type-arg]
    """All of an agreement but its promises: a calendar per priority, the matrix, VIPs, the warning."""

    reason = forms.CharField(
        label=gettext_lazy("reason of the change"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Stands in the list of versions, for whoever asks later."),
    )
    vip_raise = forms.TypedChoiceField(
        label=gettext_lazy("A VIP raises the priority by"),
        coerce=int,
        choices=[(0, gettext_lazy("nothing")), (1, gettext_lazy("1 step")), (2, gettext_lazy("2 steps")), (3, gettext_lazy("3 steps"))],
    )  # fmt: skip
    warn_percent = forms.IntegerField(
        label=gettext_lazy("Warn when this percentage of a promise is used up"), min_value=1, max_value=99
    )

    class Meta:
        model = Agreement
        fields: ClassVar = ["name", "description", "is_active"]
        error_messages: ClassVar = {"name": {"unique": gettext_lazy("There is an agreement of this name already.")}}
        widgets: ClassVar = {"description": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, data: Any, *, instance: Agreement | None, document: Mapping[str, Any]) -> None:
        super().__init__(data, instance=instance)
        targets = read_targets(document)
        used = {priority: _calendar_of(targets, priority) for priority in PRIORITIES}
        choosable = CoverageCalendar.objects.filter(
            Q(is_active=True) | Q(pk__in=[key for key in used.values() if key]), versions__isnull=False
        ).distinct()
        for priority in PRIORITIES:
            self.fields[f"calendar_{priority}"] = forms.ModelChoiceField(
                choosable, label=f"P{priority}", initial=used[priority]
            )
        for impact in STEPS:
            for urgency in STEPS:
                self.fields[_cell(impact, urgency)] = forms.TypedChoiceField(
                    label=f"{Impact(impact).label} × {Urgency(urgency).label}",
                    choices=Priority.choices,
                    coerce=int,
                    initial=document["matrix"][impact - 1][urgency - 1],
                )
        self.initial.update({"vip_raise": document["vip_raise"], "warn_percent": document["warn_percent"]})

    def clean_is_active(self) -> bool:
        is_active: bool = self.cleaned_data["is_active"]
        if not is_active and self.instance.is_default:
            raise forms.ValidationError(still_needed())
        return is_active

    def calendars(self) -> list[Any]:
        return [self[f"calendar_{priority}"] for priority in PRIORITIES]

    def calendar_ids(self) -> dict[int, int]:
        """Return the chosen calendar of each priority for which a known one was chosen."""
        chosen = {priority: self.cleaned_data.get(f"calendar_{priority}") for priority in PRIORITIES}
        return {priority: calendar.pk for priority, calendar in chosen.items() if calendar is not None}

    def matrix_rows(self) -> list[tuple[str, list[Any]]]:
        return [(str(Impact(i).label), [self[_cell(i, u)] for u in STEPS]) for i in STEPS]

    def matrix(self) -> list[list[int]]:
        return [[self.cleaned_data[_cell(impact, urgency)] for urgency in STEPS] for impact in STEPS]


@dataclass(frozen=True)
class Cell:
    """One duration: `name` is the input's, `typed` what stands in it, `instead` what holds while it is empty."""

    name: str
    priority: int
    typed: str
    minutes: int | None
    error: str
    instead: str


@dataclass(frozen=True)
class Row:
    """The promises of one metric at one level for one kind of ticket ("" for every kind)."""

    metric: str
    level: int
    kind: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return promise_name(self.metric, self.level)

    @property
    def kind_name(self) -> str:
        return str(kinds.get(self.kind).name) if self.kind in kinds else self.kind


class PromiseTable:
    """The table of promises, as it is stored or as it was typed."""

    def __init__(self, document: Mapping[str, Any], typed: Mapping[str, str] | None) -> None:
        days = open_days_of_chosen(typed) if typed is not None else {}
        stored = {(each.metric, each.level, each.kind, each.priority): each.minutes for each in read_targets(document)}
        known = dict.fromkeys([*kinds.codes(), *(kind for _metric, _level, kind, _priority in stored if kind)])
        self.rows: list[Row] = []
        self.addable: list[tuple[str, str]] = []
        for metric, level in EVERY_CLOCK:
            general = _row(metric.code, level, "", stored, typed, days, instead=("",) * len(PRIORITIES))
            self.rows.append(general)
            for kind in known:
                instead = tuple(cell.typed for cell in general.cells)
                row = _row(metric.code, level, kind, stored, typed, days, instead=instead)
                key = f"{metric.code}-{level}-{kind}"
                is_shown = (
                    any(cell.name in typed for cell in row.cells) or typed.get("add_row") == key
                    if typed is not None
                    else any(cell.typed for cell in row.cells)
                )
                if is_shown:
                    self.rows.append(row)
                elif kind in kinds:
                    self.addable.append((key, f"{row.name} · {row.kind_name}"))

    @property
    def to_client(self) -> list[Row]:
        return [row for row in self.rows if not row.level]

    @property
    def between_levels(self) -> list[Row]:
        return [row for row in self.rows if row.level]

    def is_readable(self) -> bool:
        return not any(cell.error for row in self.rows for cell in row.cells)

    def targets(self, calendar_ids: Mapping[int, int]) -> list[Target]:
        """Return what is promised, in the calendar of each priority."""
        return [
            Target(row.metric, cell.priority, cell.minutes, calendar_ids[cell.priority], row.kind, row.level)
            for row in self.rows
            for cell in row.cells
            if cell.minutes is not None
        ]


class AssignmentForm(forms.Form):
    """An assignment, refused in words where it cannot be."""

    def assign_or_refuse(self, **place: Any) -> int:
        """Assign what was chosen; return the status to answer with, 200 when it was done."""
        if not self.is_valid():
            return 422
        try:
            assign(**{**self.cleaned_data, **place})
        except Refused as refused:
            self.add_error(refused.field if refused.field in self.fields else None, refused.message)
            return 409 if isinstance(refused, Conflict) else 422
        return 200


class PlaceForm(AssignmentForm):
    """Whom an agreement is for: an organisation, or one of its sites alone."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("organisation"))
    site: Any = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("site"), empty_label=gettext_lazy("the whole organisation")
    )

    def __init__(self, data: Any, *, organisations: Any) -> None:
        super().__init__(data)
        reached: Any = self.fields["organisation"]
        reached.queryset = organisations
        sites: Any = self.fields["site"]
        sites.queryset = Site.objects.select_related("organisation").filter(organisation__in=organisations).order_by(
            "organisation__name", "name"
        )  # fmt: skip
        sites.label_from_instance = lambda site: f"{site.organisation.name} · {site.name}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        organisation, site = cleaned.get("organisation"), cleaned.get("site")
        if organisation is not None and site is not None and site.organisation_id != organisation.pk:
            names = {"site": site.name, "organisation": organisation.name}
            self.add_error("site", _("%(site)s is not a site of %(organisation)s.") % names)
        return cleaned


class ChoiceForm(AssignmentForm):
    """Which agreement an organisation or one of its sites has, seen from the organisation."""

    agreement = forms.ModelChoiceField(
        Agreement.objects.filter(is_active=True, versions__isnull=False).distinct(), label=gettext_lazy("agreement")
    )
    site: Any = forms.ModelChoiceField(
        None, required=False, label=gettext_lazy("for"), empty_label=gettext_lazy("the whole organisation")
    )

    def __init__(self, data: Any, *, organisation: Organisation) -> None:
        super().__init__(data)
        sites: Any = self.fields["site"]
        sites.queryset = Site.objects.filter(organisation=organisation)


def empty_document() -> dict[str, Any]:
    """Return what a new agreement starts from: nothing promised yet, the usual matrix."""
    return {
        "matrix": [list(row) for row in DEFAULT_MATRIX],
        "vip_raise": 0,
        "warn_percent": DEFAULT_WARN_PERCENT,
        "targets": [],
        "calendars": {},
    }


def open_days_of_chosen(typed: Mapping[str, str]) -> dict[int, list[int]]:
    """Return the open minutes of each weekday that opens, in the calendar that is chosen for each priority."""
    chosen = {priority: typed_number(typed.get(f"calendar_{priority}")) for priority in PRIORITIES}
    newest = CalendarVersion.objects.filter(calendar_id__in=filter(None, chosen.values()))
    hours = {
        each.calendar_id: open_days(each.document.get("hours", {}))
        for each in newest.order_by("calendar_id", "-number").distinct("calendar_id")
    }
    return {priority: hours.get(key, []) for priority, key in chosen.items() if key}


def still_needed() -> str:
    """Return why the default agreement stays as it is."""
    return _("This agreement holds for everybody whom none is assigned to: make another one the default first.")


def _calendar_of(targets: tuple[Target, ...], priority: int) -> int | None:
    return next((each.calendar for each in targets if each.priority == priority), None)


def _cell(impact: int, urgency: int) -> str:
    return f"matrix_{impact}_{urgency}"


def _row(
    metric: str,
    level: int,
    kind: str,
    stored: Mapping[tuple[str, int, str, int], int],
    typed: Mapping[str, str] | None,
    days: Mapping[int, list[int]],
    *,
    instead: tuple[str, ...],
) -> Row:
    cells = []
    for priority in PRIORITIES:
        name = f"promise-{metric}-{level}-{kind}-{priority}"
        if typed is None:
            minutes = stored.get((metric, level, kind, priority))
            text, error = (say_duration(minutes) if minutes else ""), ""
        else:
            text = clean(typed.get(name, ""))[:SHOWN_AT_MOST].strip()
            minutes, error = _read(text, days.get(priority, []))
        cells.append(Cell(name, priority, text, minutes, error, instead[priority - 1]))
    return Row(metric, level, kind, tuple(cells))


def _read(text: str, open_days: list[int]) -> tuple[int | None, str]:
    if not text:
        return None, ""
    try:
        return read_duration(text, open_days=open_days), ""
    except DurationError as refused:
        return None, " ".join(in_words(refused))
