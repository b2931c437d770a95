"""Telling people of the desk: a line in the console at once, a mail and a message to their browsers when they want it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from entraide.channels.email.outgoing import Letter, post, post_about_audit, post_about_contract, post_about_endpoint
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.notifications import pushing
from entraide.notifications.choices import preferences_of
from entraide.notifications.kinds import kinds
from entraide.notifications.models import Notification
from entraide.notifications.news import is_over, readers
from entraide.notifications.preferences import Preference, when_to_mail, when_to_push
from entraide.notifications.wording import mail_facts
from entraide.people.models import Person
from entraide.tickets.models import Ticket, TicketEntry

ONCE_AT_MOST = 60


def tell(
    person_ids: Iterable[int | None],
    *,
    kind: str,
    ticket: Ticket,
    entry: TicketEntry | None,
    words: Mapping[str, Any] | None = None,
    urgent: bool = False,
    by_mail: bool = True,
    template: str | None = None,
    once: str = "",
    same: str = "",
) -> list[Notification]:
    """Tell each of these people of `ticket` and return the notifications that are new; calling again tells nobody twice.

    Passed over: whoever did it themselves (the actor of `entry`), is not active, or may not read what is internal
    to the ticket. `kind` is a code of kinds.py. `words` are plain data: `promise` (the code of a metric), `level`, `also` (more promises, as "in_hand:1"), `due`
    (ISO instant), `team` (id), `rule` (its name), `message` (stands in the mail where the entry's own words would).
    `same` names one event in the world of which several entries of the ticket tell: they are one telling, by the first of them.
    `urgent` goes at once by every channel, whatever was chosen; without `by_mail` it stays in the console. `template` is
    another mail than the kind's.

    The same person is told once per kind, entry and `once`, which is needed where there is no entry (at most 60
    characters). Raises KeyError for an unknown kind, ValueError without both or with a longer `once`.
    """
    if len(once) > ONCE_AT_MOST or not (entry or once):
        raise ValueError("Tell of an entry, or say with `once` (60 characters at most) what makes it the same telling.")
    chosen = kinds.get(kind)
    people = [person for person in readers(person_ids, ticket) if not (entry and person.pk == entry.actor_person_id)]
    preferences = preferences_of(people, kind=chosen)
    about = f"entry:{entry.pk}" if entry and not same else f"ticket:{ticket.pk}"
    told = []
    for person in people:
        key = ":".join(part for part in (kind, about, same, once, str(person.pk)) if part)
        columns = {
            "organisation_id": ticket.organisation_id,
            "ticket": ticket,
            "entry": entry,
            "kind": kind,
            "words": dict(words or {}),
            "template": template or chosen.template,
            "is_urgent": urgent,
        }
        if line := keep(key, columns, person=person, preference=preferences[person.pk], by_mail=by_mail):
            told.append(line)
    return told


def keep(
    key: str, columns: Mapping[str, Any], *, person: Person, preference: Preference, by_mail: bool = True
) -> Notification | None:
    """Write the line that `columns` say for `person`, and its mail or the later job of it, and those of browsers; None where it is there already."""
    urgent = bool(columns.get("is_urgent"))
    written = {
        **columns,
        "person": person,
        "in_console": urgent or preference.in_console,
        "created_at": now(),
    }
    # In one transaction: both, or neither.
    with scoped(Scope.of(columns["organisation_id"])), transaction.atomic():
        line, is_new = Notification.objects.get_or_create(key=key, defaults=written)
        if not is_new:
            return None
        if by_mail:
            _mail(line, person, at=when_to_mail(preference, now=now(), urgent=urgent))
            pushing.queue(line, preference.browser_ids, at=when_to_push(preference, now=now(), urgent=urgent))
        return line


def mail_if_unread(notification_id: int) -> None:
    """Send the mail that waited for the end of somebody's quiet hours, if they still want and need it."""
    with scoped(Scope.everything(reason="a job finds its notification by its id before it knows the organisation")):
        found = Notification.objects.select_related(
            "ticket", "contract__organisation", "endpoint", "verification", "entry"
        )
        notification = found.filter(pk=notification_id).first()
        if notification is None or notification.read_at is not None or is_over(notification):
            return
    for person in readers([notification.person_id], notification.about):
        preference = preferences_of([person], kind=kinds.get(notification.kind))[person.pk]
        with scoped(Scope.of(notification.organisation_id)), transaction.atomic():
            _mail(notification, person, at=when_to_mail(preference, now=now(), urgent=notification.is_urgent))


def _mail(notification: Notification, person: Person, *, at: datetime | None) -> None:
    """Put the mail into the outbox, or queue that for later; `at` is None for no mail at all."""
    from entraide.notifications.jobs import mail_later

    if at is None:
        return
    if at > now():
        mail_later.configure(schedule_at=at).defer(notification_id=notification.pk)
        return
    if notification.contract is not None:
        post_about_contract(notification.contract, _letter(notification, person, message=None))
        return
    if notification.endpoint is not None:
        letter = _letter(notification, person, message=notification.words["message"])
        post_about_endpoint(notification.endpoint.pk, notification.endpoint.name, letter)
        return
    if notification.verification is not None:
        letter = _letter(notification, person, message=notification.words["message"])
        post_about_audit(notification.verification.pk, letter)
        return
    # Without an entry of its own the mail stands in the thread of the newest, whose words it does not repeat.
    entry = notification.entry or TicketEntry.objects.filter(ticket=notification.ticket).latest("number")
    message = notification.words.get("message", None if notification.entry else "")
    post(entry, _letter(notification, person, message=message))


def _letter(notification: Notification, person: Person, *, message: str | None) -> Letter:
    facts = mail_facts(notification.words, person=person)
    return Letter(
        notification.template,
        person,
        is_automatic=True,
        to_staff=True,
        facts=facts,
        message=facts["then"] or message,
        once=f"notification:{notification.pk}",
    )
