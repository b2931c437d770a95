"""What the API takes and gives: the words of the desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, Field


def _without_nul(value: str) -> str:
    # PostgreSQL keeps no NUL, and nobody means one.
    if "\x00" in value:
        raise ValueError("A NUL character is not allowed.")
    return value


Text = Annotated[str, AfterValidator(_without_nul), Field(max_length=500_000)]
Line = Annotated[str, AfterValidator(_without_nul), Field(max_length=300)]
Key = Annotated[int, Field(ge=1, le=9_000_000_000_000_000_000)]


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
    name: Line | None = None
    job_title: Line | None = None
    is_vip: bool | None = None
    absent_until: date | None = None


class AttachmentOut(Schema):
    id: int
    name: str
    mime: str
    size_bytes: int
    is_inline: bool


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
    version: int


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
    mode: Line = "remote"
    impact: int = 3
    urgency: int = 2
    tags: list[Line] = []
    attachments: list[Line] = []


class TicketPatch(Schema):
    """The plain fields of a ticket; those left out stay as they are."""

    kind: Line | None = None
    subject: Line | None = None
    category_id: Key | None = None
    site_id: Key | None = None
    requester_id: Key | None = None
    on_behalf_of_id: Key | None = None
    impact: int | None = None
    urgency: int | None = None
    mode: Line | None = None
    tags: list[Line] | None = None


class MessageIn(Schema):
    """`attachments` are the tokens that uploads gave; `seen` the newest message read (see 409)."""

    text: Text
    attachments: list[Line] = []
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
    until: datetime | None = None


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
