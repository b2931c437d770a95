"""The form of an escalation rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entraide.agent.agreement_words import in_words
from entraide.agent.rule_words import promise_choices, recipient_choices, recipient_names
from entraide.automation.models import EscalationRule, Trigger
from entraide.people.models import Level, Team
from entraide.sla.durations import DurationError, read_duration, say_duration
from entraide.tickets.kinds import kinds
from entraide.tickets.priority import Priority

FIELDS = (
    "name", "is_active", "position", "trigger", "metric", "percent", "minutes", "in_coverage", "priorities", "levels", "kinds",
    "organisation_ids", "team_ids", "recipients", "by_mail",
)  # fmt: skip
# What each trigger looks at; whatever else is typed does not count and is not complained about.
LOOKS_AT: dict[str, set[str]] = {
    Trigger.PERCENT: {"metric", "percent"},
    Trigger.MISSED: {"metric"},
    Trigger.UNASSIGNED: {"duration"},
    Trigger.UNACCEPTED: {"duration"},
    Trigger.SILENT: {"duration"},
}
ONLY_FOR_SOME = {"metric", "percent", "duration"}
HIGHEST_POSITION = 32767

Groups = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Box:
    """One recipient to tick."""

    code: str
    words: str
    is_ticked: bool

    @property
    def id(self) -> str:
        return "recipient-" + self.code.replace(":", "-")


class RuleForm(forms.Form):
    """Everything of a rule, typed; `rule_fields` is what it makes once the form is valid."""

    name = forms.CharField(label=gettext_lazy("name"), max_length=120)
    is_active = forms.BooleanField(label=gettext_lazy("active"), required=False)
    position = forms.IntegerField(
        label=gettext_lazy("position"),
        min_value=0,
        max_value=HIGHEST_POSITION,
        help_text=gettext_lazy("Rules stand in the list by this number, the smallest first."),
    )
    trigger = forms.ChoiceField(
        label=gettext_lazy("when"),
        choices=Trigger.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the rule waits for.")},
    )
    metric = forms.ChoiceField(label=gettext_lazy("promise"), required=False)
    percent = forms.IntegerField(
        label=gettext_lazy("percent of the promise"),
        required=False,
        min_value=1,
        max_value=200,
        help_text=gettext_lazy("From 1 to 200; more than 100 is after the promise was missed."),
    )
    duration = forms.CharField(
        label=gettext_lazy("for how long"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("As in 10 min, 2 h or 1 h 30."),
    )
    in_coverage = forms.BooleanField(
        label=gettext_lazy("counts open time only"),
        required=False,
        help_text=gettext_lazy("The hours in which support is owed for the ticket; otherwise nights and weekends count, too."),
    )  # fmt: skip
    priorities = forms.TypedMultipleChoiceField(
        label=gettext_lazy("priorities"), choices=Priority.choices, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    levels = forms.TypedMultipleChoiceField(
        label=gettext_lazy("levels"), choices=Level.choices, coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("kinds of ticket"), required=False, widget=forms.CheckboxSelectMultiple
    )
    organisation_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("organisations"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    team_ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("teams"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    recipients = forms.MultipleChoiceField(
        label=gettext_lazy("who is told"),
        error_messages={"required": gettext_lazy("Choose at least one who is told.")},
    )
    by_mail = forms.BooleanField(label=gettext_lazy("by mail, too"), required=False)

    def __init__(
        self, data: Any, *, known: EscalationRule | None, stored: Mapping[str, Any], organisations: Any
    ) -> None:
        super().__init__(data, initial={**stored, "duration": say_duration(stored["minutes"])})
        self.known, self.stored = known, stored
        self.groups = _with_stored(recipient_choices(), stored["recipients"])
        served = [(each.pk, each.name) for each in organisations]
        teams = [(each.pk, f"{each.name} (N{each.level})") for each in Team.objects.filter(is_active=True)]
        choices: dict[str, Any] = {
            "metric": promise_choices(),
            "kinds": _with_gone([(each, str(kinds.get(each).name)) for each in kinds.codes()], stored["kinds"]),
            "organisation_ids": _with_gone(served, stored["organisation_ids"]),
            "team_ids": _with_gone(teams, stored["team_ids"]),
            "recipients": [pair for _group, pairs in self.groups for pair in pairs],
        }
        for name, found in choices.items():
            field: Any = self.fields[name]
            field.choices = found

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = EscalationRule.objects.filter(name=name)
        if self.known is not None:
            others = others.exclude(pk=self.known.pk)
        if others.exists():
            raise forms.ValidationError(name_taken())
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        looked_at = LOOKS_AT.get(cleaned.get("trigger", ""), ONLY_FOR_SOME)
        for name in ONLY_FOR_SOME - looked_at:
            self.errors.pop(name, None)
        if "percent" in looked_at and cleaned.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Say how much of the promise, in percent."))
        if "duration" in looked_at:
            cleaned["minutes"] = self._minutes(cleaned.get("duration", ""))
        return cleaned

    def rule_fields(self) -> dict[str, Any]:
        """Return the fields of the rule as typed; what its trigger does not look at stays as it was."""
        looked_at = LOOKS_AT[self.cleaned_data["trigger"]]
        ignored = ONLY_FOR_SOME - looked_at
        kept: dict[str, Any] = {name: self.stored[name] for name in ("metric", "percent") if name in ignored}
        if "duration" in ignored:
            kept["minutes"] = self.stored["minutes"]
        return {name: kept[name] if name in kept else self.cleaned_data[name] for name in FIELDS}

    def recipient_groups(self) -> list[tuple[str, list[Box]]]:
        """Return who can be told, in groups, ticked as stored or typed."""
        ticked = set(self["recipients"].value() or ())
        return [
            (group, [Box(code, said, code in ticked) for code, said in pairs]) for group, pairs in self.groups if pairs
        ]

    def _minutes(self, typed: str) -> int | None:
        if not typed:
            self.add_error("duration", _("Say for how long."))
            return None
        if not typed.strip("0 :,.hmin"):
            self.add_error("duration", _("A rule waits for one minute at least."))
            return None
        try:
            return read_duration(typed)
        except DurationError as refused:
            for each in in_words(refused):
                self.add_error("duration", each)
            return None


def stored_fields(rule: EscalationRule) -> dict[str, Any]:
    """Return what a rule says, by the names of its fields."""
    return {name: getattr(rule, name) for name in FIELDS}


def name_taken() -> str:
    return _("There is a rule of this name already.")


def _with_stored(groups: Groups, codes: list[str]) -> Groups:
    """Return the groups with those who are told now but could no longer be chosen, so that they can be taken away."""
    known = {code for _group, pairs in groups for code, _words in pairs}
    gone = [code for code in codes if code not in known]
    if not gone:
        return groups
    name_of = recipient_names(gone)
    return [*groups, (_("No longer there"), [(code, name_of(code)) for code in gone])]


def _with_gone(pairs: list[tuple[Any, str]], keys: list[Any]) -> list[tuple[Any, str]]:
    """Return the choices with what is stored but could no longer be chosen."""
    known = dict(pairs)
    return pairs + [(key, f"#{key}") for key in keys if key not in known]
