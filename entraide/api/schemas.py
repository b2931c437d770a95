"""What the API takes and gives: the words of the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field

from entraide.tickets.form_of import visible_answers
from entraide.tickets.models import Mode


def _storable(value: str) -> str:
    # PostgreSQL keeps neither, and nobody means one.
    if "\x00" in value:
        raise ValueError(_("A NUL character is not allowed."))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(_("Half of a surrogate pair is not a character.")) from error
    return value


def _within_the_calendar(value: datetime) -> datetime:
    try:
        return (value if value.tzinfo else make_aware(value)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError(_("This moment is outside the calendar.")) from error


Text = Annotated[str, AfterValidator(_storable), Field(max_length=500_000)]
Line = Annotated[str, AfterValidator(_storable), Field(max_length=300)]
# What an upload answers: signed, and with the file's name in it, it is longer than a line.
UploadToken = Annotated[str, AfterValidator(_storable), Field(max_length=2000)]
Tag = Annotated[str, AfterValidator(_storable), Field(min_length=1, max_length=60)]
Tags = Annotated[list[Tag], Field(max_length=50)]
Uploads = Annotated[list[UploadToken], Field(max_length=50)]
Key = Annotated[int, Field(ge=1, le=9_000_000_000_000_000_000)]
Step = Annotated[int, Field(ge=1, le=3)]
Instant = Annotated[datetime, AfterValidator(_within_the_calendar)]
InstantToCome = Annotated[AwareDatetime, AfterValidator(_within_the_calendar)]


Answers = Annotated[dict[Tag, Any], Field(max_length=60)]


class OrganisationOut(Schema):
    id: int
    name: str
    mail_domains: list[str]
    language: str
    time_zone: str
    country: str
    region: str
    supports: bool
    is_active: bool


class ContractOut(Schema):
    id: int
    organisation_id: int
    reference: str
    name: str
    type: str
    site_ids: list[int]
    starts_on: date
    ends_on: date | None
    notice_days: int
    notice_by: date | None
    renewal_months: int | None
    is_in_force: bool
    agreement_id: int | None
    price: Decimal | None
    currency: str | None
    price_period: str | None
    contact_id: int | None
    note: str | None


class OrganisationIn(Schema):
    name: Line
    mail_domains: list[Line] = []
    language: Line = "fr"
    time_zone: Line = "Europe/Zurich"
    country: Line = "CH"
    region: Line = ""


class SiteOut(Schema):
    id: int
    organisation_id: int
    name: str
    address: str
    time_zone: str
    country: str
    region: str


class TeamOut(Schema):
    id: int
    name: str
    level: int
    is_active: bool


class CategoryOut(Schema):
    id: int
    name: str
    parent_id: int | None


class PersonBrief(Schema):
    id: int
    name: str


class PersonOut(PersonBrief):
    organisation_id: int
    job_title: str
    site_id: int | None
    language: str
    is_vip: bool
    absent_until: date | None
    is_active: bool
    addresses: list[str]
    phones: list[str]

    @staticmethod
    def resolve_addresses(person: Any) -> list[str]:
        return [each.email for each in person.addresses.all()]

    @staticmethod
    def resolve_phones(person: Any) -> list[str]:
        return [each.number for each in person.phones.all()]


class PersonIn(Schema):
    organisation_id: Key
    name: Line
    email: Line
    job_title: Line = ""


class PersonPatch(Schema):
    name: Line = Field(default_factory=str)
    job_title: Line = Field(default_factory=str)
    is_vip: bool = Field(default_factory=bool)
    absent_until: date | None = None


class AttachmentOut(Schema):
    id: int
    name: str
    mime: str
    size_bytes: int
    is_inline: bool
    held: str = Field(
        "", description="Why it cannot be had: waiting (not scanned yet), infected or failed; empty if it can."
    )


class MajorOut(Schema):
    """How a major incident stands. Who leads and who has a stake in it is null for those who see no internals."""

    since: datetime
    text: str
    lead_id: int | None = None
    team_ids: list[int] | None = None
    contact_ids: list[int] | None = None
    rhythm_minutes: int | None = None
    reviewed_at: datetime | None = None


class LinkOut(Schema):
    """`number` is the ticket that is this one's `relation`."""

    relation: str
    number: int


class TicketOut(Schema):
    number: int
    reference: str
    kind: str
    subject: str
    description: str
    organisation_id: int
    requester: PersonBrief
    on_behalf_of: PersonBrief | None
    site_id: int | None
    category_id: int | None
    channel: str
    mode: str
    tags: list[str]
    impact: int
    urgency: int
    priority: int
    priority_reason: str
    level: int
    team_id: int | None
    assignee: PersonBrief | None
    awaits_acceptance: bool
    escalations: int
    returns: int
    status: str
    pending_reason: str
    waiting_until: datetime | None
    resolution_code: str
    resolution: str
    reopenings: int
    opened_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    awaits_answer: bool
    next_due_at: datetime | None
    next_due_metric: str
    major: MajorOut | None
    follows: int | None
    form_version_id: int | None
    fields: dict[str, Any]
    merged_into: int | None
    is_confidential: bool
    links: list[LinkOut]
    version: int

    @staticmethod
    def resolve_fields(ticket: Any, context: Any) -> dict[str, Any]:
        is_desk = context["request"].actor.may("ticket.see_internal", ticket)
        return visible_answers(ticket, audience="desk" if is_desk else "everyone")

    @staticmethod
    def resolve_major(ticket: Any, context: Any) -> dict[str, Any] | None:
        if ticket.major_since is None:
            return None
        major = {"since": ticket.major_since, "text": ticket.major_text}
        if context["request"].actor.may("ticket.see_internal", ticket):
            for name in ("lead_id", "team_ids", "contact_ids", "rhythm_minutes", "reviewed_at"):
                major[name] = getattr(ticket, f"major_{name}")
        return major

    @staticmethod
    def resolve_follows(ticket: Any) -> int | None:
        return ticket.follows.number if ticket.follows_id else None

    @staticmethod
    def resolve_merged_into(ticket: Any) -> int | None:
        return ticket.merged_into.number if ticket.merged_into_id else None

    @staticmethod
    def resolve_links(ticket: Any, context: Any) -> list[dict[str, Any]]:
        # They may be about other people's tickets.
        if not context["request"].actor.may("ticket.see_internal", ticket):
            return []
        return [{"relation": relation, "number": number} for relation, _other_id, number in ticket.links]

    @staticmethod
    def resolve_next_due_at(ticket: Any) -> datetime | None:
        due: datetime | None = ticket.client_due_at if hasattr(ticket, "client_due_at") else ticket.next_due
        return due

    @staticmethod
    def resolve_next_due_metric(ticket: Any) -> str:
        is_for_client = hasattr(ticket, "client_due_metric")
        metric: str = (ticket.client_due_metric or "") if is_for_client else ticket.next_due_metric
        return metric


class SegmentOut(Schema):
    """A stretch of the ticket's life as one clock sees it; `entry` is the number of the entry that caused it."""

    kind: str
    start: datetime
    end: datetime
    entry: int
    reason: str


class ClockOut(Schema):
    """One promise on the ticket at the moment of asking. Durations are in seconds of open time; `paused_s` of any time.

    `due_at` is null while the clock pauses, and for what was kept; `promised_at` then says when it would have fallen due.
    """

    metric: str
    level: int | None
    began: int
    is_internal: bool
    state: str
    target_minutes: int
    calendar_id: int
    priority: int
    elapsed_s: int
    paused_s: int
    remaining_s: int
    due_at: datetime | None
    promised_at: datetime | None
    warn_at: datetime | None
    breached_at: datetime | None
    ended_at: datetime | None
    segments: list[SegmentOut]


class StayOut(Schema):
    """One stay of the ticket at a level."""

    level: int
    team_id: int | None
    began: int
    started_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    ending: str


class EntryOut(Schema):
    number: int
    kind: str
    at: datetime
    actor: PersonBrief | None
    is_public: bool
    sentence: str
    text: str
    html: str
    attachments: list[AttachmentOut]
    mentioned_ids: list[int]


class TicketIn(Schema):
    """A new ticket: name the requester by id or by mail address (an unknown one is enrolled in `organisation_id`)."""

    subject: Line
    text: Text
    requester_id: Key | None = None
    requester_email: Line = ""
    requester_name: Line = ""
    organisation_id: Key | None = None
    kind: Line = "incident"
    category_id: Key | None = None
    site_id: Key | None = None
    on_behalf_of_id: Key | None = None
    mode: Mode = Mode.REMOTE
    impact: Step = 3
    urgency: Step = 2
    tags: Tags = []
    attachments: Uploads = []
    # Answers to the form of the category, by the codes of its fields; null: it is not filled in.
    fields: Answers | None = None


class TicketPatch(Schema):
    """The plain fields of a ticket; those left out stay as they are."""

    # A factory, because these may be left out but not null; what is left out is never read.
    kind: Line = Field(default_factory=str)
    subject: Line = Field(default_factory=str)
    category_id: Key | None = None
    site_id: Key | None = None
    requester_id: Key = Field(default_factory=int)
    on_behalf_of_id: Key | None = None
    impact: Step = Field(default_factory=int)
    urgency: Step = Field(default_factory=int)
    mode: Mode = Field(default_factory=lambda: Mode.REMOTE)
    tags: Tags = Field(default_factory=list)


class MessageIn(Schema):
    """`attachments` are the tokens that uploads gave; `seen` the newest message read (see 409)."""

    text: Text
    attachments: Uploads = []
    seen: int | None = None


class AssignmentIn(Schema):
    team_id: Key
    assignee_id: Key | None = None


class EscalationIn(Schema):
    team_id: Key
    observed: Text
    tried: Text
    asked: Text
    why: Text = ""


class ReasonIn(Schema):
    reason: Text


class HoldIn(Schema):
    reason: Line
    until: InstantToCome | None = None


class ResolutionIn(Schema):
    code: Line
    text: Text


class PriorityIn(Schema):
    priority: int | None = None
    reason: Line = ""


class WatcherIn(Schema):
    person_id: Key


class UploadOut(Schema):
    """`token` is what a message names to carry this file."""

    token: str
    name: str
    mime: str
    size_bytes: int


class OutgoingOut(Schema):
    id: int
    ticket_number: int | None
    template: str
    recipient: str
    cc: list[str]
    sender: str
    reply_to: str
    subject: str
    text: str
    html: str
    message_id: str
    in_reply_to: str
    references: list[str]
    is_automatic: bool
    state: str
    attempts: int
    last_error: str
    created_at: datetime
    sent_at: datetime | None

    @staticmethod
    def resolve_ticket_number(mail: Any) -> int | None:
        return mail.ticket.number if mail.ticket else None


class IncomingOut(Schema):
    id: int
    ticket_number: int | None
    door: str
    envelope_from: str
    envelope_to: list[str]
    message_id: str
    sender: str
    subject: str
    size_bytes: int
    outcome: str
    reason: str
    received_at: datetime
    processed_at: datetime | None

    @staticmethod
    def resolve_ticket_number(mail: Any) -> int | None:
        return mail.ticket.number if mail.ticket else None
