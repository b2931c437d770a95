"""What is said, done and looked at often: macros, templates of tickets, tickets on a schedule, saved views."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.core.clock import now
from entraide.core.owned import Owned
from entraide.people.models import Organisation, Person, Team
from entraide.routines.bulk_models import BulkRun, BulkStep
from entraide.routines.schedule import Schedule
from entraide.sla.models import CoverageCalendar
from entraide.tickets.models import Category, ResolutionCode, Ticket
from entraide.tickets.priority import Impact, Urgency


class Shared(Audited):
    """Somebody's own (`owner`), of the people of a team (`team`), or everybody's (neither)."""

    audit: ClassVar = Policy(ignored=frozenset({"changed_at", "changed_by_id"}))

    owner = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Macro(Shared):
    """A text with variables and what is done with it. What is empty is left as it is."""

    class Writes(models.TextChoices):
        REPLY = "reply", _("to the requester")
        NOTE = "note", _("an internal note")

    class Assigns(models.TextChoices):
        ME = "me", _("to whoever uses it")
        TEAM = "team", _("to a team")

    writes = models.CharField(_("writes"), max_length=10, choices=Writes.choices, default=Writes.REPLY)
    text_fr = models.TextField(_("text in French"), blank=True)
    text_en = models.TextField(_("text in English"), blank=True)
    hold_reason = models.CharField(_("puts on hold"), max_length=40, blank=True)
    hold_days = models.PositiveSmallIntegerField(_("for how many days"), null=True, blank=True)
    resolution_code = models.CharField(_("resolves"), max_length=30, choices=ResolutionCode.chosen(), blank=True)
    assigns = models.CharField(_("assigns"), max_length=10, choices=Assigns.choices, blank=True)
    to_team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("to the team")
    )
    impact = models.PositiveSmallIntegerField(_("impact"), choices=Impact.choices, null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency.choices, null=True, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(owner=None) | Q(team=None), name="macro_of_one_or_of_a_team"),
        ]

    @property
    def acts(self) -> bool:
        """Tell whether it does more than write."""
        return bool(
            self.hold_reason or self.resolution_code or self.assigns or self.impact or self.urgency or self.category_id or self.tags
        )  # fmt: skip


class MacroUse(Owned):
    """That somebody sent something with a macro: once per message, whoever presses twice."""

    across: ClassVar[dict[str, str]] = {"person": "technicians belong to the organisation that supports"}

    macro = models.ForeignKey(Macro, on_delete=models.CASCADE, related_name="uses")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField()

    class Meta(Owned.Meta):
        indexes: ClassVar = [models.Index(fields=["macro", "used_at"], name="macro_use_by_time")]

    def __str__(self) -> str:
        return f"{self.macro_id} → {self.ticket_id}"


class TicketTemplate(Shared):
    """What a new ticket begins with. What is empty is left to whoever opens it."""

    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    kind = models.CharField(_("kind"), max_length=30, default="request")
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("category")
    )
    impact = models.PositiveSmallIntegerField(_("impact"), choices=Impact.choices, default=Impact.LOW)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency.choices, default=Urgency.MEDIUM)
    to_team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("to the team"),
        help_text=_("Empty: the routing rules decide."),
    )  # fmt: skip
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list, blank=True)
    for_organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("only for"),
    )  # fmt: skip

    class Meta(Shared.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(owner=None) | Q(team=None), name="template_of_one_or_of_a_team"),
        ]


class SavedView(Shared):
    """A list of tickets that somebody wants back: its view, filters and words as its address has them (`asks`)."""

    asks = models.JSONField(default=dict)
    # Empty: whoever looks has their own.
    columns = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    class Meta(Shared.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(owner=None) | Q(team=None), name="view_of_one_or_of_a_team"),
        ]


class ListLook(Owned):
    """How somebody wants their lists of tickets to look: which columns (none: the usual ones), and how close the rows stand."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="+")
    columns = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    is_compact = models.BooleanField(default=False)

    class Meta(Owned.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.person_id}: {', '.join(self.columns)}"


class Unit(models.TextChoices):
    DAY = "day", _("days")
    WEEK = "week", _("weeks")
    MONTH = "month", _("months")


class MonthRule(models.TextChoices):
    DAY = "day", _("on a day of the month")
    WEEKDAY = "weekday", _("on a weekday")
    LAST_WORKING_DAY = "last_working_day", _("on the last working day")


class OffDays(models.TextChoices):
    AS_IS = "as_is", _("open it all the same")
    BEFORE = "before", _("open it on the working day before")
    AFTER = "after", _("open it on the working day after")
    SKIP = "skip", _("leave it out")


class RecurringTicket(Audited, Owned):
    """A template that becomes a ticket of one organisation by itself, on a schedule (schedule.py)."""

    audit: ClassVar = Policy(ignored=frozenset({"version", "done_until", "next_at", "last_ticket_id", "last_error"}))

    across: ClassVar[dict[str, str]] = {
        "assignee": "technicians belong to the organisation that supports",
        "last_ticket": "it may have been moved since",
    }

    name = models.CharField(_("name"), max_length=120)
    template = models.ForeignKey(
        TicketTemplate, on_delete=models.PROTECT, related_name="recurring", verbose_name=_("template")
    )
    requester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("requester"))
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    assignee = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("assignee")
    )

    every = models.PositiveSmallIntegerField(_("every"), default=1)
    unit = models.CharField(_("unit"), max_length=5, choices=Unit.choices, default=Unit.MONTH)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("weekdays"), default=list, blank=True)
    month_rule = models.CharField(_("in the month"), max_length=20, choices=MonthRule.choices, default=MonthRule.DAY)
    month_day = models.PositiveSmallIntegerField(_("day"), default=1)
    month_nth = models.SmallIntegerField(_("which one"), default=1)
    month_weekday = models.PositiveSmallIntegerField(_("weekday"), default=0)
    at = models.TimeField(_("at"), default=time(8))
    zone = models.CharField(_("time zone"), max_length=60, default="Europe/Zurich")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    calendar = models.ForeignKey(
        CoverageCalendar, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("calendar")
    )
    off_days = models.CharField(
        _("on a day that is not worked"), max_length=10, choices=OffDays.choices, default=OffDays.AS_IS
    )

    is_active = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    # Up to here every date has been dealt with: opened, or left out.
    done_until = models.DateTimeField(default=now)
    # The first date after it; None: the schedule has ended.
    next_at = models.DateTimeField(null=True, blank=True)
    last_ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta(Owned.Meta):
        ordering = ("next_at", "name")
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], name="recurring_to_open", condition=Q(is_active=True, removed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def schedule(self) -> Schedule:
        """When it comes, as plain data."""
        unit: Any = self.unit
        month_rule: Any = self.month_rule
        off_days: Any = self.off_days
        return Schedule(
            every=self.every, unit=unit, starts_on=self.starts_on, at=self.at, zone=self.zone, weekdays=tuple(self.weekdays),
            month_rule=month_rule, month_day=self.month_day, month_nth=self.month_nth, month_weekday=self.month_weekday,
            ends_on=self.ends_on, off_days=off_days,
        )  # fmt: skip


class RecurringChange(Owned):
    """Who changed a recurring ticket, when, and what: `changes` maps fields to what they were and are, in words."""

    across: ClassVar[dict[str, str]] = {"by": "technicians belong to the organisation that supports"}

    class Act(models.TextChoices):
        CREATED = "created", _("created it")
        EDITED = "edited", _("changed it")
        PAUSED = "paused", _("paused it")
        RESUMED = "resumed", _("resumed it")
        REMOVED = "removed", _("removed it")

    recurring = models.ForeignKey(RecurringTicket, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    act = models.CharField(max_length=10, choices=Act.choices)
    changes = models.JSONField(default=dict)

    class Meta(Owned.Meta):
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.act} {self.recurring_id}"


class RecurringOpening(Owned):
    """One date of a recurring ticket and the ticket that it became. `missed` counts the earlier dates left out with it."""

    recurring = models.ForeignKey(RecurringTicket, on_delete=models.PROTECT, related_name="openings")
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="+")
    missed = models.PositiveIntegerField(default=0)

    class Meta(Owned.Meta):
        ordering = ("-due_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recurring", "due_at"], name="one_ticket_of_a_date"),
        ]

    def __str__(self) -> str:
        return f"{self.recurring_id} {self.due_at:%Y-%m-%d}"


__all__: list[Any] = [
    "BulkRun", "BulkStep", "ListLook", "Macro", "MacroUse", "MonthRule", "OffDays", "RecurringChange", "RecurringOpening", "RecurringTicket",
    "SavedView", "Shared", "TicketTemplate", "Unit",
]  # fmt: skip
