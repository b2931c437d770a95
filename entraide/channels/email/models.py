"""Mail as it came in, mail as it goes out, the mailboxes between, and the words that are sent by themselves."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.core.owned import Owned
from entraide.people.models import Organisation, Person
from entraide.tickets.models import Ticket, TicketEntry


class IncomingMail(models.Model):
    """One message as it arrived, whole, kept before anything was answered.

    Nobody's own: which organisation it belongs to is what its processing finds out. Only people
    who handle mail see it.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting to be read")
        TICKET = "ticket", _("Became a ticket")
        FOLLOWUP = "followup", _("Went to its ticket")
        IGNORED = "ignored", _("Kept aside")
        QUARANTINED = "quarantined", _("In quarantine")

    fingerprint = models.CharField(max_length=64, unique=True)
    # Empty once its words were erased (oblivion.py).
    raw = models.BinaryField()
    size_bytes = models.PositiveBigIntegerField()
    received_at = models.DateTimeField()
    door = models.CharField(max_length=20)  # smtp, imap, ingest
    envelope_from = models.CharField(max_length=320, blank=True)  # "<>": the null sender, "": nobody told
    # Every address to which a copy was delivered, in lower case, plus-parts kept.
    envelope_to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    message_id = models.CharField(max_length=998, blank=True)
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    # Whom its sender wrote to besides the desk (To and Cc), in lower case: they may answer, too.
    copied_to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    # A person wrote it, so a machine may answer.
    may_be_answered = models.BooleanField(default=False)

    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.WAITING)
    reason = models.CharField(max_length=500, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    erased_at = models.DateTimeField(null=True, blank=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="incoming_mails")
    entry = models.ForeignKey(TicketEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], name="mail_to_look_at", condition=Q(outcome__in=("waiting", "quarantined"))
            ),
            models.Index(fields=["message_id"], name="incoming_by_message_id"),
            models.Index(fields=["-received_at", "-id"], name="incoming_by_time"),
            GinIndex(fields=["envelope_to"], name="incoming_by_recipient"),
            models.Index(
                fields=["received_at"],
                name="incoming_with_original",
                condition=Q(erased_at=None) & ~Q(outcome="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.door} {self.pk}"


class OutgoingMail(Owned):
    """One mail to one address, written once per entry and recipient, sent until it has gone."""

    across: ClassVar[dict[str, str]] = {"person": "technicians are told, too"}

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        SENT = "sent", _("Sent")
        FAILING = "failing", _("Failing, will be tried again")
        FAILED = "failed", _("Given up")
        BOUNCED = "bounced", _("Came back")

    # `entry:<id>:<address>`: what makes it the same mail, however often the job runs.
    key = models.CharField(max_length=400, unique=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="outgoing_mails")
    entry = models.ForeignKey(
        TicketEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="outgoing_mails"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    template = models.CharField(max_length=60)
    recipient = models.EmailField(max_length=320)
    cc = ArrayField(models.EmailField(max_length=320), default=list, blank=True)
    sender = models.CharField(max_length=400)
    reply_to = models.CharField(max_length=400, blank=True)
    subject = models.CharField(max_length=998)
    text = models.TextField()
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=255, unique=True)
    in_reply_to = models.CharField(max_length=998, blank=True)
    references = ArrayField(models.CharField(max_length=998), default=list, blank=True)
    is_automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=1000, blank=True)

    class Meta(Owned.Meta):
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"], name="mail_to_send", condition=Q(state__in=("waiting", "failing"))
            ),
            models.Index(fields=["-created_at", "-id"], name="outgoing_by_time"),
        ]

    def __str__(self) -> str:
        return self.message_id


class ThreadLink(Owned):
    """A Message-ID, ours or another's, and the ticket to which it leads."""

    message_id = models.CharField(max_length=998)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="thread_links")

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message_id", "ticket"], name="one_link_of_a_message"),
        ]

    def __str__(self) -> str:
        return self.message_id


class Mailbox(Audited):
    """An IMAP mailbox that the desk empties."""

    audit: ClassVar = Policy(
        hidden=frozenset({"secret"}), ignored=frozenset({"checked_at", "last_error", "uid_validity", "last_uid"})
    )

    class After(models.TextChoices):
        SEEN = "seen", _("Mark as read")
        MOVE = "move", _("Move to a folder")

    name = models.CharField(_("name"), max_length=120, unique=True)
    address = models.EmailField(_("address"), max_length=254)
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(
        _("security"),
        max_length=10,
        default="tls",
        choices=[("tls", "TLS"), ("starttls", "STARTTLS"), ("none", _("none"))],
    )
    username = models.CharField(_("user name"), max_length=254)
    # Encrypted with the desk's own key; see channels/email/secrets.py.
    secret = models.TextField(_("password or token"), blank=True)
    uses_oauth = models.BooleanField(_("XOAUTH2"), default=False)
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    after = models.CharField(_("after reading"), max_length=10, choices=After.choices, default=After.SEEN)
    move_to = models.CharField(_("folder to move to"), max_length=200, blank=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("organisation"), help_text=_("For senders whom nobody knows. Empty: the house."),
    )  # fmt: skip
    is_active = models.BooleanField(_("active"), default=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=1000, blank=True)
    # How far it was read: what somebody else opened first is no longer unseen, but it is newer than this.
    uid_validity = models.BigIntegerField(null=True, blank=True, editable=False)
    last_uid = models.BigIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return self.name


class MailTemplate(Audited):
    """The desk's own words for a mail that is sent by itself; without a row the built-in words are used."""

    code = models.CharField(max_length=60)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"))
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "language"], name="one_template_a_language"),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.language})"
