"""The form of the rules for signing in: which roles need a second factor, and how long a sign-in lasts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _

from entraide.entrance import sessions
from entraide.entrance.models import FactorRule, SessionRule
from entraide.people.rights import Role

GRACE_DAYS = 14
GRACE_AT_MOST_DAYS = 90
# The cookie itself lasts 30 days from its last use.
IDLE_AT_MOST_HOURS = 30 * 24
LIMIT_AT_MOST_DAYS = 365


class SignInRulesForm(forms.Form):
    """A tick and a number for each role; two numbers for each group of people."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(FactorRule.objects.values_list("role", "grace_days"))
        for role in Role:
            tick = forms.BooleanField(label=role.label, required=False, initial=role.value in known)
            tick.widget.attrs["class"] = "form-check-input"
            self.fields[f"needs_{role.value}"] = tick
            days = _number(known.get(role.value, GRACE_DAYS), 0, GRACE_AT_MOST_DAYS)
            days.label = _("Days of grace: %(role)s") % {"role": role.label}
            self.fields[f"days_{role.value}"] = days
        for group in SessionRule.Group:
            rule = sessions.rule_of(group)
            idle = _number(rule.idle_hours, 1, IDLE_AT_MOST_HOURS)
            idle.label = _("Hours without use: %(group)s") % {"group": group.label}
            limit = _number(rule.limit_days, 1, LIMIT_AT_MOST_DAYS)
            limit.label = _("Days at the most: %(group)s") % {"group": group.label}
            self.fields[f"idle_{group.value}"], self.fields[f"limit_{group.value}"] = idle, limit

    def save(self) -> None:
        """Keep all of it, each change by itself (the audit names it)."""
        typed = self.cleaned_data
        with transaction.atomic():
            known = {each.role: each for each in FactorRule.objects.select_for_update()}
            for role in Role.values:
                rule = known.get(role)
                if not typed[f"needs_{role}"]:
                    if rule is not None:
                        rule.delete()
                    continue
                rule = rule or FactorRule(role=role)
                rule.grace_days = typed[f"days_{role}"]
                rule.save()
            for group in SessionRule.Group.values:
                lasts = SessionRule.objects.filter(group=group).first() or SessionRule(group=group)
                lasts.idle_hours, lasts.limit_days = typed[f"idle_{group}"], typed[f"limit_{group}"]
                lasts.save()


def _number(initial: int, least: int, most: int) -> forms.IntegerField:
    field = forms.IntegerField(min_value=least, max_value=most, initial=initial)
    field.widget.attrs["class"] = "form-control"
    return field
