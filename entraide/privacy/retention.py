"""What is kept longer than it may be: found by rule, counted before, erased at night; ticket by ticket, so that a crash loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db.models import F, Q, QuerySet

from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.email.oblivion import drop_originals, forget_sent
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.people.models import Organisation
from entraide.privacy.models import RetentionRule, RetentionRun
from entraide.tickets.forgetting import erase_words
from entraide.tickets.models import Ticket

log = logging.getLogger("entraide.privacy")
BATCH = 500
RETENTION = Actor.system("retention")
Outgoing = OutgoingMail.State
DONE_WITH = (Outgoing.SENT, Outgoing.FAILED, Outgoing.BOUNCED)


@dataclass(frozen=True)
class Due:
    """How much is kept longer than a rule says."""

    tickets: int
    mails_in: int
    mails_out: int


def rule_of(organisation: Organisation | None) -> RetentionRule:
    """Return the rule that holds for an organisation (None: for mail that became nobody's); an unsaved one keeps everything."""
    own = RetentionRule.objects.filter(for_organisation=organisation).first() if organisation else None
    return own or RetentionRule.objects.filter(for_organisation=None).first() or RetentionRule()


def is_held(organisation: Organisation) -> bool:
    """Tell whether nothing of an organisation may be erased for now."""
    return rule_of(organisation).is_held


def due_by(rule: RetentionRule, organisations: Iterable[Organisation], *, at: datetime) -> Due:
    """Count what this rule would erase of these organisations, even while it is held; three queries whatever their number."""
    keys = [each.pk for each in organisations]
    return Due(
        _tickets(rule, at).filter(organisation__in=keys).count(),
        _came(rule, at).filter(ticket__organisation__in=keys).count(),
        _went(rule, at).filter(organisation__in=keys).count(),
    )


def erase_what_is_due() -> RetentionRun:
    """Erase what every rule says; return the account of it. What fails is passed over and tried again the next time."""
    run = RetentionRun.objects.create(started_at=now())
    for organisation in Organisation.objects.order_by("pk").iterator(chunk_size=200):
        rule = rule_of(organisation)
        if not rule.is_held:
            _erase(rule, organisation, run)
    everybody = rule_of(None)
    if not everybody.is_held:
        run.mails_in += drop_originals(_came(everybody, now()).filter(ticket=None))
    run.finished_at = now()
    run.save()
    return run


def _erase(rule: RetentionRule, organisation: Organisation, run: RetentionRun) -> None:
    with scoped(Scope.of(organisation.pk)):
        for ticket in _in_turn(_tickets(rule, now())):
            with _passed_over(ticket, run):
                erase_words(ticket, basis="retention", actor=RETENTION)
                run.tickets += 1
        run.mails_in += drop_originals(_came(rule, now()).filter(ticket__organisation=organisation))
        run.mails_out += forget_sent(_went(rule, now()))
    run.save()


def _in_turn(tickets: QuerySet[Ticket]) -> Iterator[Ticket]:
    """Give the tickets by their keys, a batch at a time: one that fails does not come again in this run."""
    after = 0
    while batch := list(tickets.filter(pk__gt=after).order_by("pk")[:BATCH]):
        yield from batch
        after = batch[-1].pk


@contextmanager
def _passed_over(ticket: Ticket, run: RetentionRun) -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("The words of a ticket could not be erased.", extra={"ticket": ticket.number})
        run.failed += 1


def _tickets(rule: RetentionRule, at: datetime) -> QuerySet[Ticket]:
    if rule.words_months is None:
        return Ticket.objects.none()
    since = at - relativedelta(months=rule.words_months)
    with_words = Q(words_erased_at=None) | Q(words_erased_at__lt=F("closed_at"))
    return Ticket.objects.filter(with_words, status="closed", closed_at__lte=since)


def _came(rule: RetentionRule, at: datetime) -> QuerySet[IncomingMail]:
    if rule.originals_days is None:
        return IncomingMail.objects.none()
    kept = IncomingMail.objects.filter(erased_at=None, received_at__lte=at - timedelta(days=rule.originals_days))
    return kept.exclude(outcome=IncomingMail.Outcome.WAITING)


def _went(rule: RetentionRule, at: datetime) -> QuerySet[OutgoingMail]:
    if rule.originals_days is None:
        return OutgoingMail.objects.none()
    since = at - timedelta(days=rule.originals_days)
    return OutgoingMail.objects.filter(state__in=DONE_WITH, created_at__lte=since).exclude(text="")
