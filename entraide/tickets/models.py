"""The ticket, its timeline, and what the desk sorts tickets by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from entraide.audit.audited import Audited
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, Event, Moment
from entraide.core.owned import Owned
from entraide.core.story import Entry, Story
from entraide.core.words import Folded, Words
from entraide.forms.models import Form, FormVersion
from entraide.people.models import Level, Organisation, Person, Site, Team
from entraide.sla.models import AgreementVersion, CoverageCalendar
from entraide.tickets.priority import Impact, Priority, Urgency
from entraide.tickets.status import OPEN, Status

# Of five: who gives no more is not content.
LOW_MARK = 2
# The reason for which a ticket waits until an approval is decided.
APPROVAL = "approval"
NO_PROMISE = datetime(9000, 1, 1, tzinfo=UTC)
# What happens long after, and must not bring a ticket to the top of a list.
QUIET = frozenset({"words_erased"})
# What can still happen to a ticket that is part of another one.
WHEN_MERGED = frozenset(
    {
        "unmerged",
        "mail_bounced",
        "linked",
        "unlinked",
        "clock_breached",
        "file_held_back",
        "held_file_taken",
        "marked_confidential",
        "confidentiality_lifted",
        "passage_redacted",
        "file_taken_away",
        "words_erased",
    }
)


class Channel(models.TextChoices):
    MAIL = "mail", _("Mail")
    PORTAL = "portal", _("Portal")
    CHAT = "chat", _("Chat")
    PHONE = "phone", _("Phone")
    DESK = "desk", _("Desk")
    API = "api", _("API")
    FORM = "form", _("Contact form")


class Mode(models.TextChoices):
    REMOTE = "remote", _("Remote")
    ON_SITE = "on_site", _("On site")


class ResolutionCode(models.TextChoices):
    SOLVED = "solved", _("Solved")
    WORKAROUND = "workaround", _("Workaround given")
    ADVICE = "advice", _("Advice given")
    THIRD_PARTY = "third_party", _("Solved by a third party")
    NOT_REPRODUCED = "not_reproduced", _("Could not be reproduced")
    NO_ANSWER = "no_answer", _("No answer from the requester")
    DUPLICATE = "duplicate", _("Duplicate")
    DECLINED = "declined", _("Declined")
    # Set by a merge alone; nobody chooses it, and it does not count as solved.
    MERGED = "merged", _("Merged")

    @classmethod
    def chosen(cls) -> list[tuple[str, Any]]:
        """Return those by which a person resolves a ticket."""
        return [choice for choice in cls.choices if choice[0] != cls.MERGED]


class Category(Audited):
    """What a ticket is about; a tree that all organisations share."""

    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("under")
    )
    form = models.ForeignKey(
        Form, on_delete=models.PROTECT, null=True, blank=True, related_name="categories", verbose_name=_("form"),
        help_text=_("What is asked in addition. Categories under this one that have no form of their own ask it, too."),
    )  # fmt: skip
    description_fr = models.CharField(
        _("description in French"), max_length=300, blank=True,
        help_text=_("For requesters, in plain words: what they get, or when they choose this."),
    )  # fmt: skip
    description_en = models.CharField(_("description in English"), max_length=300, blank=True)
    approval = models.CharField(
        _("approval"), max_length=10, blank=True,
        choices=[("any", _("by one of the client contacts")), ("all", _("by all client contacts"))],
        help_text=_("A request of this category, or of one under it, waits until the contacts of its organisation approve it."),
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="one_category_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def description(self, language: str) -> str:
        """Return what requesters read, in the other language where this one has no words."""
        if language.startswith("en"):
            return self.description_en or self.description_fr
        return self.description_fr or self.description_en


class PendingReason(Audited):
    """Why a ticket waits. Whether that pauses the resolution clock is a property of the reason."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    pauses_resolution = models.BooleanField(_("pauses the resolution clock"), default=True)
    needs_date = models.BooleanField(_("needs a date"), default=False)
    ends_on_answer = models.BooleanField(_("ends when the requester answers"), default=True)
    ends_on_third_party = models.BooleanField(_("ends when a third party answers"), default=False)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        from django.utils.translation import get_language

        return self.name_fr if (get_language() or "fr").startswith("fr") else self.name_en


class RoutingRule(Audited):
    """Sends new tickets to a team; see routing.py for what the conditions mean."""

    position = models.PositiveSmallIntegerField(_("position"), default=10)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, verbose_name=_("team"))
    for_organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("category"))
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices, blank=True)
    words = ArrayField(
        models.CharField(max_length=80), verbose_name=_("words"), default=list, blank=True,
        help_text=_("Any one of them in the subject or the description."),
    )  # fmt: skip

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return f"{self.position} → {self.team_id}"


class FollowUpRule(Audited):
    """How long an answer reopens a closed ticket: later it opens a new one (following_up.py)."""

    for_organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("organisation"),
        help_text=_("Empty: every organisation without a rule of its own."),
    )  # fmt: skip
    days = models.PositiveSmallIntegerField(
        _("days after the closing"), default=30,
        help_text=_("An answer that comes later opens a follow-up ticket; before, it reopens the closed one."),
    )  # fmt: skip

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["for_organisation"], nulls_distinct=False, name="one_follow_up_rule_of_an_organisation"
            ),
        ]

    def __str__(self) -> str:
        return ngettext("%(days)d day", "%(days)d days", self.days) % {"days": self.days}


class TicketEntry(Entry):
    """One entry in the timeline of a ticket."""

    story_field = "ticket"

    # The merged ticket from which an entry comes, where it is read in the timeline of another one.
    origin: Ticket | None = None

    ticket = models.ForeignKey("Ticket", on_delete=models.PROTECT, related_name="entries")

    class Meta(Entry.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "number"], name="one_entry_of_a_number"),
        ]
        indexes: ClassVar = [
            GinIndex(Words(KT("data__text")), name="entry_by_words"),
        ]


class Ticket(Story):
    """One piece of work. Written by record() alone: call a verb in actions.py."""

    entry_model = TicketEntry
    across: ClassVar[dict[str, str]] = {
        "assignee": "technicians belong to the organisation that supports, not to the one that is supported",
        "previous_assignee": "as the assignee",
        "major_lead": "as the assignee",
        "follows": "a major incident of the provider may strike several clients",
        # Not "merged_into", nor links: tickets that belong together are of one organisation.
    }

    number = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    requester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="tickets")
    on_behalf_of = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=20, choices=Channel.choices)
    mode = models.CharField(max_length=20, choices=Mode.choices, default=Mode.REMOTE)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    # An array rather than a table: replay compares it as one column.
    watcher_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)

    impact = models.PositiveSmallIntegerField(choices=Impact.choices, default=Impact.LOW)
    urgency = models.PositiveSmallIntegerField(choices=Urgency.choices, default=Urgency.MEDIUM)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.P3)
    priority_reason = models.CharField(max_length=500, blank=True)

    priority_raise = models.PositiveSmallIntegerField(default=0)
    agreement_version = models.ForeignKey(
        AgreementVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.N1)
    level_since = models.DateTimeField(default=now)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    unassigned_since = models.DateTimeField(null=True, blank=True)
    awaits_acceptance = models.BooleanField(default=False)
    previous_level = models.PositiveSmallIntegerField(choices=Level.choices, null=True, blank=True)
    previous_team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    previous_assignee = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    escalations = models.PositiveSmallIntegerField(default=0)
    returns = models.PositiveSmallIntegerField(default=0)

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    pending_reason = models.CharField(max_length=40, blank=True)
    waiting_until = models.DateTimeField(null=True, blank=True)
    pauses_clocks = models.BooleanField(default=False)
    arrived_at = models.DateTimeField(null=True, blank=True)
    resolution_code = models.CharField(max_length=30, choices=ResolutionCode.choices, blank=True)
    resolution = models.TextField(blank=True)
    reopenings = models.PositiveSmallIntegerField(default=0)

    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    first_response_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Which entry was the newest message, and whose turn it is.
    last_message_number = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(null=True, blank=True)
    awaits_answer = models.BooleanField(default=True)
    # The desk's newest public word.
    last_word_number = models.PositiveIntegerField(default=0)
    last_word_at = models.DateTimeField(null=True, blank=True)

    # The nearest promise that runs; NO_PROMISE where none does, so that the list can be sorted and paged by it.
    next_due_at = models.DateTimeField(default=NO_PROMISE)
    next_due_metric = models.CharField(max_length=30, blank=True)

    # What was answered to the form of its category, by the codes of that version's fields.
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answers = models.JSONField(default=dict, blank=True)

    # What is asked to be approved and not decided yet: [entry, rule, [asked], [approved]] (events/approving.py).
    open_approvals = models.JSONField(default=list, blank=True)

    # What was logged and counts (events/working.py).
    worked_minutes = models.PositiveIntegerField(default=0)

    # A major incident is a P1 that is led as one (events/majors.py); other tickets may follow it.
    major_since = models.DateTimeField(null=True, blank=True)
    major_lead = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    major_team_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    major_contact_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    major_rhythm_minutes = models.PositiveIntegerField(null=True, blank=True)
    major_text = models.TextField(blank=True)
    # The newest public update: the declaration, an update, the resolution. A reply to one requester is none.
    last_update_number = models.PositiveIntegerField(default=0)
    major_reviewed_at = models.DateTimeField(null=True, blank=True)
    # When its words were erased and its figures kept (events/forgetting.py).
    words_erased_at = models.DateTimeField(null=True, blank=True)
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="followers")

    # What it has to do with others of its organisation: [relation, id, number] (events/linking.py), on both sides.
    links = models.JSONField(default=list, blank=True)
    # Shown to those alone whom is_closed_to() lets in (events/confiding.py).
    is_confidential = models.BooleanField(default=False, db_default=False)
    # The ticket of which this one is a part (events/merging.py).
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")

    class Meta(Story.Meta):
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(fields=["priority", "opened_at", "id"], name="ticket_open_work", condition=Q(status__in=OPEN)),
            models.Index(fields=["next_due_at", "id"], name="ticket_open_by_promise", condition=Q(status__in=OPEN)),
            models.Index(
                fields=["major_since"],
                name="ticket_open_major",
                condition=Q(status__in=OPEN, major_since__isnull=False),
            ),
            models.Index(
                fields=["team", "priority", "opened_at"], name="ticket_open_by_team", condition=Q(status__in=OPEN)
            ),
            models.Index(
                fields=["assignee", "priority", "opened_at"],
                name="ticket_open_by_assignee",
                condition=Q(status__in=OPEN),
            ),
            models.Index(fields=["status", "resolved_at"], name="ticket_to_close", condition=Q(status="resolved")),
            models.Index(
                fields=["organisation", "closed_at"],
                name="ticket_with_words",
                condition=Q(status="closed") & (Q(words_erased_at=None) | Q(words_erased_at__lt=F("closed_at"))),
            ),
            models.Index(fields=["organisation", "-updated_at", "-id"], name="ticket_by_organisation"),
            models.Index(fields=["requester", "-updated_at", "-id"], name="ticket_by_requester"),
            models.Index(fields=["-updated_at", "-id"], name="ticket_by_change"),
            GinIndex(fields=["watcher_ids"], name="ticket_by_watcher"),
            GinIndex(OpClass(Folded(F("subject")), name="gin_trgm_ops"), name="ticket_by_subject"),
            GinIndex(Words("subject"), name="ticket_by_subject_words"),
            GinIndex(fields=["tags"], name="ticket_by_tag"),
            models.Index(
                fields=["updated_at"],
                name="ticket_awaiting_approval",
                condition=Q(status__in=OPEN) & ~Q(open_approvals=[]),
            ),
            models.Index(fields=["-updated_at", "-id"], name="ticket_confidential", condition=Q(is_confidential=True)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number as people say it: ENT-1042."""
        return reference_of(self.number)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def concerns(self, person_id: int) -> bool:
        return person_id in (self.requester_id, self.on_behalf_of_id) or person_id in self.watcher_ids

    def is_closed_to(self, actor: Actor) -> bool:
        """Tell whether it is confidential and this actor neither works on it, follows it, asked for it nor answers for the desk.

        The same in SQL is `open_to` in queries.py. Who is asked for an approval may give it without reading the ticket.
        """
        if not self.is_confidential or actor.may_on_anything("ticket.see_confidential", self.organisation_id):
            return False
        person_id = actor.person_id
        if person_id is None:
            return True
        if person_id == self.assignee_id or self.concerns(person_id):
            return False
        if any(person_id in asked for _entry, _rule, asked, _approved in self.open_approvals):
            return False
        return not Team.members.through.objects.filter(team_id=self.team_id, person_id=person_id).exists()

    @property
    def next_due(self) -> datetime | None:
        """When the nearest promise that runs falls due, or None."""
        return None if self.next_due_at == NO_PROMISE else self.next_due_at

    def after(self, event: Event, moment: Moment, before: Mapping[str, Any]) -> None:
        from entraide.tickets import clocks

        if event.kind not in QUIET:
            self.updated_at = moment.at
        clocks.bring_along(self, moment, before)

    def admit(self, event: Event) -> None:
        if self.merged_into_id is not None and event.kind not in WHEN_MERGED:
            whole = Ticket.objects.get(pk=self.merged_into_id)
            raise Conflict(
                _now("This ticket is part of %(reference)s now: go on there, or undo the merge.")
                % {"reference": whole.reference},
                field="merged_into",
            )

    def keep(self) -> None:
        from entraide.tickets import clocks

        clocks.keep(self)


class ClockRow(Owned):
    """A clock of a ticket as queries see it: a cache of what sla.clocks computes from the timeline.

    `changes` is [[instant, entry, phase, reason], …]; `state` is as of the last of them, so that a clock which has
    run past `due_at` since is still "running" here.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="clocks")
    metric = models.CharField(max_length=30)
    level = models.PositiveSmallIntegerField(default=0)
    began = models.PositiveIntegerField()
    changes = models.JSONField()
    agreement_version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, blank=True)
    priority = models.PositiveSmallIntegerField()
    target_minutes = models.PositiveIntegerField()
    calendar = models.ForeignKey(CoverageCalendar, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    warn_at = models.DateTimeField(null=True, blank=True)
    elapsed_s = models.PositiveBigIntegerField(default=0)
    warned_for = models.DateTimeField(null=True, blank=True)
    breach_told_for = models.DateTimeField(null=True, blank=True)
    # When the sweep has to look at it next.
    next_alarm_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        db_table = "sla_clock"
        ordering = ("ticket_id", "began", "metric", "level")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "metric", "level", "began"], name="one_clock_of_a_promise"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_alarm_at"], name="clock_to_tell", condition=Q(next_alarm_at__isnull=False)),
            models.Index(fields=["agreement_version", "ended_at"], name="clock_by_agreement"),
            # The two halves of a month's report: what was kept, by when; what was not, by when it was due.
            models.Index(fields=["ended_at"], name="clock_kept_in", condition=Q(state="met")),
            models.Index(
                fields=["due_at"], name="clock_missed_in", condition=Q(state__in=["missed", "running", "paused"])
            ),
            models.Index(
                fields=["metric", "due_at"], name="clock_running", condition=Q(state__in=["running", "paused"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.began}"


class LevelStay(Owned):
    """One stay of a ticket at a level, from its arrival until it leaves: derived from the timeline like the clocks."""

    class Ending(models.TextChoices):
        ESCALATED = "escalated", _("escalated")
        RETURNED = "returned", _("sent back")
        MOVED = "moved", _("given to another level")
        RESOLVED = "resolved", _("resolved")
        MERGED = "merged", _("merged")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="stays")
    began = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)

    class Meta(Owned.Meta):
        ordering = ("ticket_id", "began")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "began"], name="one_stay_of_a_beginning"),
        ]
        indexes: ClassVar = [models.Index(fields=["level", "started_at"], name="stay_by_level")]

    def __str__(self) -> str:
        return f"N{self.level} {self.began}"


class Attachment(Owned):
    """A file that came with an entry; its content is in the file store under `digest`."""

    across: ClassVar[dict[str, str]] = {}
    files_in: ClassVar[tuple[str, ...]] = ("digest",)

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="attachments")
    entry = models.ForeignKey(TicketEntry, on_delete=models.PROTECT, related_name="attachments")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    mime = models.CharField(max_length=127)
    size_bytes = models.BigIntegerField()
    is_inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=255, blank=True)

    # Why it cannot be had now, where it was asked for (verdicts.mark): a state of ScannedFile, and the same in words.
    held = ""
    held_words = ""

    class Meta(Owned.Meta):
        ordering = ("pk",)
        indexes: ClassVar = [
            GinIndex(OpClass(Folded(F("name")), name="gin_trgm_ops"), name="attachment_by_name"),
            models.Index(fields=["digest"], name="attachment_by_digest"),
        ]

    def __str__(self) -> str:
        return self.name


class ScannedFile(models.Model):
    """What the virus scanner says of a content; see verdicts.py. Files with the same bytes have the same verdict."""

    class State(models.TextChoices):
        WAITING = "waiting", _("not scanned yet")
        CLEAN = "clean", _("clean")
        INFECTED = "infected", _("harmful")
        FAILED = "failed", _("could not be scanned")

    digest = models.CharField(max_length=64, primary_key=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # What was found in it, or why it could not be scanned.
    found = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    scanned_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="file_to_scan", condition=Q(next_at__isnull=False)),
            models.Index(fields=["state"], name="file_held_back", condition=Q(state__in=("infected", "failed"))),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.state}"


class FieldValue(Owned):
    """One value of one answer, typed, for search and reports: derived from Ticket.answers, which is what counts.

    An answer with several choices has a row each. Of the columns, the kind of the field fills one.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="values")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(null=True)  # noqa: DJ001 (which column is filled says what it is)
    option = models.CharField(max_length=80, null=True)  # noqa: DJ001
    number = models.FloatField(null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    # The id of a person or a site.
    reference = models.BigIntegerField(null=True)

    class Meta(Owned.Meta):
        ordering = ("ticket_id", "code", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "code", "position"], name="one_value_of_a_position"),
        ]
        indexes: ClassVar = [
            GinIndex(Words("text"), name="value_by_words"),
            GinIndex(
                OpClass(Folded(F("text")), name="gin_trgm_ops"), name="value_by_text", condition=Q(text__isnull=False)
            ),
            models.Index(fields=["code", "option"], name="value_by_option", condition=Q(option__isnull=False)),
            models.Index(fields=["code", "number"], name="value_by_number", condition=Q(number__isnull=False)),
            models.Index(fields=["code", "day"], name="value_by_day", condition=Q(day__isnull=False)),
            models.Index(fields=["code", "moment"], name="value_by_moment", condition=Q(moment__isnull=False)),
            models.Index(fields=["code", "reference"], name="value_by_reference", condition=Q(reference__isnull=False)),
            models.Index(fields=["form", "code"], name="value_by_form"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.position}"


class ThirdParty(Owned):
    """An address outside to which the desk wrote about tickets of an organisation, so that it can be offered again."""

    email = models.EmailField(max_length=254)
    written_at = models.DateTimeField()

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "email"], name="one_third_party_of_an_address"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-written_at"], name="third_party_newest"),
        ]

    def __str__(self) -> str:
        return self.email


class Activity(models.TextChoices):
    """What kind of work it was; contracts may price it apart."""

    REMOTE = "remote", _("remote work")
    ON_SITE = "on_site", _("work on site")
    TRAVEL = "travel", _("travel")
    PHONE = "phone", _("telephone")
    ANALYSIS = "analysis", _("analysis and writing")


class Work(Owned):
    """Time that somebody of the desk spent on a ticket on one day: the entry as queries see it."""

    across: ClassVar[dict[str, str]] = {"person": "technicians work on their clients' tickets"}

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="work")
    entry = models.OneToOneField(TicketEntry, on_delete=models.PROTECT, related_name="work")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    minutes = models.PositiveIntegerField()
    activity = models.CharField(max_length=20, choices=Activity.choices)
    text = models.TextField(blank=True)
    is_withdrawn = models.BooleanField(default=False)

    class Meta(Owned.Meta):
        ordering = ("ticket_id", "day", "pk")
        indexes: ClassVar = [
            models.Index(fields=["day", "organisation"], name="work_by_day", condition=Q(is_withdrawn=False)),
            models.Index(fields=["person", "day"], name="work_by_person", condition=Q(is_withdrawn=False)),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.minutes}"


class Approval(Owned):
    """One question that people are asked to approve: what the timeline tells of it, as queries see it.

    `number` is that of the entry by which it was asked, `decided_number` that of the one by which it ended.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("not answered in time")

    across: ClassVar[dict[str, str]] = {"asked_by": "technicians ask on their clients' tickets"}

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="approvals")
    entry = models.OneToOneField(TicketEntry, on_delete=models.PROTECT, related_name="approval")
    number = models.PositiveIntegerField()
    question = models.TextField(blank=True)
    rule = models.CharField(max_length=10)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    # None once they were reminded.
    remind_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_number = models.PositiveIntegerField(null=True, blank=True)

    class Meta(Owned.Meta):
        ordering = ("ticket_id", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "number"], name="one_approval_of_an_entry"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["until"], name="approval_to_end", condition=Q(state="open", until__isnull=False)),
            models.Index(
                fields=["remind_at"], name="approval_to_remind", condition=Q(state="open", remind_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.number} {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Approver(Owned):
    """Somebody who is asked to approve, and their answer."""

    class Answer(models.TextChoices):
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    across: ClassVar[dict[str, str]] = {"person": "people of the desk may be asked, too"}

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="approvers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    text = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        ordering = ("approval_id", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["approval", "person"], name="one_answer_of_a_person"),
        ]
        indexes: ClassVar = [models.Index(fields=["person", "approval"], name="approver_by_person")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.answer}"


class Rating(Owned):
    """What somebody who asked says of how their ticket was dealt with, once each: the entry as queries see it.

    `team` and `assignee` are those of then.
    """

    across: ClassVar[dict[str, str]] = {
        "person": "who rated a ticket that was moved since is of the organisation that it left",
        "assignee": "technicians belong to the organisation that supports",
    }

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="ratings")
    entry = models.OneToOneField(TicketEntry, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mark = models.PositiveSmallIntegerField()
    words = models.TextField(blank=True)
    # When it was first given since the resolution that it is about; a change of mind does not move it to another month.
    rated_at = models.DateTimeField()

    class Meta(Owned.Meta):
        ordering = ("-rated_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ticket", "person"], name="one_rating_of_a_person_and_ticket"),
            models.CheckConstraint(condition=Q(mark__gte=1, mark__lte=5), name="rating_from_one_to_five"),
        ]
        indexes: ClassVar = [models.Index(fields=["rated_at", "id"], name="rating_by_moment")]

    def __str__(self) -> str:
        return f"{self.mark}/5"

    @property
    def is_low(self) -> bool:
        return self.mark <= LOW_MARK


class Timer(Owned):
    """Somebody's timer on a ticket; see timers.py. It has counted `seconds` before it began to run."""

    across: ClassVar[dict[str, str]] = {"person": "technicians work on their clients' tickets"}

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    seconds = models.PositiveIntegerField(default=0)
    running_since = models.DateTimeField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "ticket"], name="one_timer_of_a_person_and_ticket"),
            models.UniqueConstraint(fields=["person"], name="one_timer_runs", condition=Q(running_since__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.seconds}"


class Presence(Owned):
    """One tab of somebody of the desk in which a ticket is open; see presence.py. The table is unlogged."""

    across: ClassVar[dict[str, str]] = {"person": "technicians look at their clients' tickets"}

    tab = models.CharField(max_length=40, primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    doing = models.CharField(max_length=10)
    seen_at = models.DateTimeField(db_index=True)

    class Meta(Owned.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.person_id} {self.doing}"


def reference_of(number: int) -> str:
    """Return the number of a ticket as people say it: ENT-1042."""
    return f"{settings.ENTRAIDE.ticket_prefix}-{number}"


__all__: list[Any] = [
    "APPROVAL", "LOW_MARK", "NO_PROMISE", "Activity", "Approval", "Approver", "Attachment", "Category", "Channel", "ClockRow", "FieldValue", "FollowUpRule", "LevelStay", "Mode", "PendingReason", "Presence", "Rating", "ResolutionCode", "RoutingRule", "ScannedFile", "ThirdParty", "Ticket",
    "TicketEntry", "Timer", "Work", "reference_of",
]  # fmt: skip
