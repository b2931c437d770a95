"""From a notification to the browsers of whom it tells: when, whether still, and how often it is tried."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from entraide.channels.push import sending
from entraide.channels.push.models import Browser
from entraide.channels.push.sending import Message
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.notifications.choices import preferences_of
from entraide.notifications.kinds import kinds
from entraide.notifications.models import Notification
from entraide.notifications.news import is_over, readers
from entraide.notifications.preferences import when_to_push
from entraide.notifications.wording import sentence_of
from entraide.people.models import Person
from entraide.people.sessions import is_signed_in
from entraide.tickets.names import Names

log = logging.getLogger("entraide.push")

# How long a push service keeps it for a browser that is closed: what presses is no news the next morning.
KEPT_FOR = timedelta(hours=24)
KEPT_FOR_IF_PRESSING = timedelta(hours=4)
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
WAIT_AT_MOST = timedelta(hours=4)
MOST_PRESSING = 1
TEST = "test"


def queue(notification: Notification, browser_ids: Iterable[int], *, at: datetime | None) -> None:
    """Queue a notification for each of these browsers from `at` on; None is for not at all."""
    from entraide.notifications.jobs import push

    if at is None:
        return
    for browser_id in browser_ids:
        job = push.configure(schedule_at=at if at > now() else None)
        job.defer(notification_id=notification.pk, browser_id=browser_id, attempt=1)


def push_to(notification_id: int, browser_id: int, attempt: int) -> None:
    """Send a notification to a browser if it is still news to somebody who may see it; twice after a crash, which replaces the first."""
    from entraide.notifications.jobs import push

    with _everybodys():
        browser = Browser.objects.select_related("person__organisation").filter(pk=browser_id).first()
        found = Notification.objects.select_related(
            "ticket", "contract__organisation", "endpoint", "verification", "entry__actor_person"
        )
        line = found.filter(pk=notification_id, read_at=None).first()
        if browser is None or line is None or not _may_be_told(browser, line):
            return
        preference = preferences_of([browser.person], kind=kinds.get(line.kind))[browser.person_id]
        at = when_to_push(preference, now=now(), urgent=line.is_urgent)
        if at is None:
            return
        wait = at - now()
        if wait <= timedelta():
            with translation.override(browser.person.spoken_language):
                outcome = sending.send(browser, _message(line, browser.person))
            if outcome.went or not outcome.error:
                return
            if not outcome.is_worth_another or attempt > len(PAUSES):
                log.warning("A message to a browser was given up.", extra={"browser": browser.pk, "attempts": attempt})
                sending.give_up(browser, outcome.error)
                return
            wait = max(PAUSES[attempt - 1], min(outcome.wait, WAIT_AT_MOST))
            attempt += 1
        with transaction.atomic():
            again = push.configure(schedule_at=now() + wait)
            again.defer(notification_id=line.pk, browser_id=browser.pk, attempt=attempt)


def ask_for_test(browser: Browser) -> None:
    """Queue a message about nothing to this browser; it is tried once."""
    from entraide.notifications.jobs import push_test

    push_test.defer(browser_id=browser.pk)


def push_test_to(browser_id: int) -> None:
    """Send a message about nothing, or note why it did not arrive."""
    with _everybodys():
        browser = Browser.objects.select_related("person__organisation").filter(pk=browser_id).first()
        if browser is None or not is_signed_in(browser.person, browser.session_key):
            return
        with translation.override(browser.person.spoken_language):
            page = reverse("agent:notification-settings")
            words = _("This is how you will be told.")
            message = Message(_("Entraide"), words, page, page, TEST, True, KEPT_FOR_IF_PRESSING)
            outcome = sending.send(browser, message)
            if outcome.error:
                sending.give_up(browser, outcome.error)


def _may_be_told(browser: Browser, line: Notification) -> bool:
    """Tell whether this browser is still its reader's: signed in there, active, and with the right to see what it is about."""
    is_theirs = browser.person_id == line.person_id and is_signed_in(browser.person, browser.session_key)
    return is_theirs and not is_over(line) and bool(readers([line.person_id], line.about))


def _message(line: Notification, person: Person) -> Message:
    about = line.about
    ticket = line.ticket
    is_pressing = (
        line.is_urgent or kinds.get(line.kind).is_pressing or (ticket is not None and ticket.priority == MOST_PRESSING)
    )
    with timezone.override(ZoneInfo(person.organisation.time_zone)):
        return Message(
            title=about.name if line.endpoint or line.verification else about.reference,
            body=sentence_of(line, names=Names(), now=now()),
            url=reverse("agent:notification", args=[line.pk]),
            page=_page(line),
            topic=f"{about._meta.label}:{about.pk}",
            is_pressing=is_pressing,
            keep_for=KEPT_FOR_IF_PRESSING if is_pressing else KEPT_FOR,
        )


def _page(line: Notification) -> str:
    if line.ticket is not None:
        return reverse("agent:ticket", args=[line.ticket.number])
    if line.contract is not None:
        return reverse("agent:contract", args=[line.contract.pk])
    return reverse("agent:hook", args=[line.about.pk])


def _everybodys() -> AbstractContextManager[Scope]:
    return scoped(Scope.everything(reason="a job finds its notification and its browser by their ids"))
