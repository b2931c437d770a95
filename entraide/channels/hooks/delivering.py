"""Sending messages to endpoints: each until it arrived, or for about a day."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from procrastinate.contrib.django import app

from entraide.channels.hooks.models import Delivery, Endpoint
from entraide.channels.hooks.outcome import Outcome
from entraide.channels.hooks.payload import TEST
from entraide.channels.hooks.transports import send, way_to
from entraide.channels.hooks.wanted import listeners
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person
from entraide.tickets.models import TicketEntry

log = logging.getLogger("entraide.hooks")

# Between attempts: eight of them within a day.
PAUSES = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=8), timedelta(hours=8),
)  # fmt: skip
SWITCHED_OFF_AFTER = timedelta(days=5)
WAIT_AT_MOST = timedelta(hours=8)
STILL_TO_SEND = (Delivery.State.WAITING, Delivery.State.FAILING)
DELIVERY_LOCK = 0x686F6F6B
# One endpoint, however slow, keeps a worker no longer than this.
RUN_AT_MOST = timedelta(seconds=20)
KEPT_FOR = timedelta(days=30)


def tell_of(entry: TicketEntry) -> None:
    """Write a message for each endpoint that is told of `entry`, and queue the sending; once, however often this is called."""
    for endpoint in listeners(entry):
        message = way_to(endpoint).message_of(entry, endpoint)
        with transaction.atomic():
            _delivery, is_new = Delivery.objects.get_or_create(
                endpoint=endpoint,
                entry=entry,
                defaults={
                    "organisation_id": entry.organisation_id,
                    "type": message.type,
                    "body": message.body,
                    "created_at": now(),
                    "next_attempt_at": now(),
                },
            )
            if is_new:
                _queue(endpoint.pk)


def send_test(endpoint: Endpoint, *, by: Person) -> None:
    """Queue a message about nothing, which goes before all others, also where the endpoint is inactive; it is tried once."""
    with transaction.atomic():
        Delivery.objects.create(
            organisation_id=by.organisation_id,
            endpoint=endpoint,
            type=TEST,
            body=way_to(endpoint).test_message(endpoint),
            created_at=now(),
            next_attempt_at=now(),
        )
        _queue(endpoint.pk)


def send_due(endpoint_id: int) -> int:
    """Send what is due to one endpoint, the oldest first; return how many went out.

    One worker at a time does this for an endpoint, and stops at the first failure: one that is dead costs one time-out a run.
    """
    sent, spent = 0, timedelta()
    while spent < RUN_AT_MOST:
        with _alone_with(endpoint_id) as is_ours:
            delivery = _due(endpoint_id) if is_ours else None
            if delivery is None:
                return sent
            went = _attempt(delivery)
            spent += timedelta(milliseconds=delivery.duration_ms or 0)
            if not went:
                return sent
            sent += 1
    _queue(endpoint_id)
    return sent


def endpoints_with_due() -> list[int]:
    """Return the keys of the endpoints to which something should go now."""
    with scoped(Scope.everything(reason="messages are sent for every organisation")):
        return sorted(set(_all_due().values_list("endpoint_id", flat=True)))


def replay(delivery: Delivery) -> None:
    """Send a message again, whatever became of it, under the same id."""
    _replay(delivery.endpoint_id, [delivery.pk])


def replay_failed(endpoint: Endpoint, *, since: datetime) -> int:
    """Send again what was given up or still fails of the messages written since; return how many."""
    failed = (Delivery.State.GIVEN_UP, Delivery.State.FAILING)
    found = Delivery.objects.filter(endpoint=endpoint, created_at__gte=since, state__in=failed).exclude(type=TEST)
    keys = list(found.values_list("pk", flat=True))
    _replay(endpoint.pk, keys)
    return len(keys)


def forget_old() -> int:
    """Delete the messages of more than thirty days ago; return how many."""
    with scoped(Scope.everything(reason="old messages are deleted for every organisation")):
        deleted, _of_which = Delivery.objects.filter(created_at__lt=now() - KEPT_FOR).delete()
    return deleted


def _replay(endpoint_id: int, keys: list[int]) -> None:
    with transaction.atomic():
        Delivery.objects.filter(pk__in=keys).update(
            state=Delivery.State.WAITING, attempts=0, next_attempt_at=now(), error=""
        )
        _queue(endpoint_id)


def _queue(endpoint_id: int, *, at: datetime | None = None) -> None:
    from entraide.channels.hooks.jobs import send_to_endpoint

    send_to_endpoint.configure(schedule_at=at).defer(endpoint_id=endpoint_id)


@contextmanager
def _alone_with(endpoint_id: int) -> Iterator[bool]:
    """Within a transaction over all organisations, tell whether this worker alone sends to the endpoint now."""
    with scoped(Scope.everything(reason="messages are sent for every organisation")), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [DELIVERY_LOCK, endpoint_id])
            row = cursor.fetchone()
        yield bool(row and row[0])


def _due(endpoint_id: int) -> Delivery | None:
    due = _all_due().filter(endpoint_id=endpoint_id)
    locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint")
    # A test has no entry: somebody waits for it.
    return locked.order_by(F("entry_id").asc(nulls_first=True), "pk").first()


def _all_due() -> QuerySet[Delivery]:
    is_on = Q(endpoint__is_active=True) | Q(type=TEST)
    return Delivery.objects.filter(is_on, state__in=STILL_TO_SEND, next_attempt_at__lte=now())


def _attempt(delivery: Delivery) -> bool:
    """Send a message and note how it went; return whether it arrived.

    A crash between the receiver's yes and the note sends it twice, with the same id.
    """
    outcome = send(delivery)
    reach("hook.sent")
    delivery.status, delivery.duration_ms = outcome.status, outcome.duration_ms
    delivery.answer, delivery.error = outcome.said, outcome.error[:500]
    delivery.attempts += 1
    delivery.attempted_at = now()
    if outcome.went:
        delivery.state, delivery.next_attempt_at = Delivery.State.DELIVERED, None
    else:
        _note_failure(delivery, outcome)
    delivery.save()
    _note_on_endpoint(delivery, outcome)
    return outcome.went


def _note_failure(delivery: Delivery, outcome: Outcome) -> None:
    if delivery.type == TEST or delivery.attempts > len(PAUSES) or outcome.is_gone:
        delivery.state, delivery.next_attempt_at = Delivery.State.GIVEN_UP, None
        return
    delivery.state = Delivery.State.FAILING
    asked = min(outcome.wait, WAIT_AT_MOST)
    delivery.next_attempt_at = now() + max(PAUSES[delivery.attempts - 1], asked)
    _queue(delivery.endpoint_id, at=delivery.next_attempt_at)


def _note_on_endpoint(delivery: Delivery, outcome: Outcome) -> None:
    """Note since when an endpoint fails; one that failed for days, or says that it is gone, is told nothing any more."""
    endpoints = Endpoint.objects.filter(pk=delivery.endpoint_id)
    if outcome.went:
        endpoints.exclude(failing_since=None).update(failing_since=None)
        return
    if delivery.type == TEST:
        # Somebody looks on; it says nothing of what should have arrived.
        return
    endpoints.filter(failing_since=None).update(failing_since=now())
    too_long = endpoints.filter(is_active=True)
    if not outcome.is_gone:
        too_long = too_long.filter(failing_since__lte=now() - SWITCHED_OFF_AFTER)
    is_off = too_long.update(is_active=False, switched_off_at=now())
    log.warning("A message could not be delivered.", extra={"endpoint": delivery.endpoint_id, "delivery": delivery.pk})
    if is_off or delivery.state == Delivery.State.GIVEN_UP:
        # By its name: who is told is decided in a room above (notifications/endpoints.py).
        app.configure_task("entraide.tell_of_endpoint", queue="notifications").defer(endpoint_id=delivery.endpoint_id)
