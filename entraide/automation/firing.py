"""Escalation rules at work: what has come true is written into the timeline, once per rule and ticket."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from entraide.automation.candidates import candidates
from entraide.automation.documents import document_of, pure
from entraide.automation.life import facts_of, life_of
from entraide.automation.models import EscalationRule, Firing
from entraide.automation.recipients import Directory, Told
from entraide.automation.rules import Found, Rule, may_be_news, true_of, when
from entraide.core.clock import now
from entraide.core.crash import reach
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.tickets import actions
from entraide.tickets.clocks import clock_of
from entraide.tickets.events.rules import HierarchicallyEscalated

BATCH = 500
REMEMBERED = 20_000
log = logging.getLogger("entraide.rules")
# (rule, since, ticket) → (version, by which clocks): true since before the rule was, looked up in the timeline once.
_left_alone: dict[tuple[int, datetime, int], tuple[int, frozenset[Any]]] = {}


def fire_what_is_due() -> int:
    """Fire each active rule on each ticket of which it has come true; return how often. It may run at the same time elsewhere."""
    at, directory = now(), Directory()
    fired = 0
    with scoped(Scope.everything(reason="a rule of the desk looks at every organisation's tickets")):
        for rule in EscalationRule.objects.filter(is_active=True):
            asked = pure(document_of(rule), since=rule.active_since)
            tickets = candidates(asked, rule_id=rule.pk, now=at).prefetch_related("clocks")
            for ticket in tickets.iterator(chunk_size=BATCH):
                fired += _fire_or_go_on(rule, asked, ticket, directory, at=at)
    return fired


def told_event(document: Mapping[str, Any], found: Found, told: Told, *, rule_id: int) -> HierarchicallyEscalated:
    """Return the event of a rule that fires: what came true when, and who is told."""
    return HierarchicallyEscalated(
        rule_id=rule_id,
        rule_name=document["name"],
        trigger=document["trigger"],
        instant=found.at,
        recipient_ids=told.person_ids,
        on_call_ids=told.on_call_ids,
        metric=found.metric,
        level=found.level,
        percent=document["percent"],
        minutes=document["minutes"],
        in_coverage=document["in_coverage"],
        by_mail=document["by_mail"],
        is_fallback=told.is_fallback,
    )


def _fire_or_go_on(rule: EscalationRule, asked: Rule, ticket: Any, directory: Directory, *, at: datetime) -> bool:
    try:
        return _fire(rule, asked, ticket, directory, at=at)
    except Exception:
        # One ticket on which a rule cannot fire must not keep all the others from it, nor the rules that follow.
        log.exception("A rule could not fire.", extra={"ticket": ticket.reference, "rule": rule.pk})
        return False


def _fire(rule: EscalationRule, asked: Rule, ticket: Any, directory: Directory, *, at: datetime) -> bool:
    found = _found(rule, asked, ticket, at=at)
    if found is None:
        return False
    document = document_of(rule)
    told = directory.told(rule.recipients, found.facts, ticket, at=at)
    event = told_event(document, found, told, rule_id=rule.pk)
    columns = {
        "organisation_id": ticket.organisation_id,
        "rule_name": rule.name,
        "instant": found.at,
        "fired_at": at,
    }
    try:
        # Another worker that fires the same waits here for the unique row, then finds it.
        with transaction.atomic():
            _firing, is_first = Firing.objects.get_or_create(rule=rule, ticket=ticket, defaults=columns)
            if is_first:
                actions.escalate_to(ticket, told=event, once=f"rule:{rule.pk}:{ticket.pk}")
    except Refused:
        # Resolved in this very moment.
        return False
    reach("rule-fired")
    return is_first


def _found(rule: EscalationRule, asked: Rule, ticket: Any, *, at: datetime) -> Found | None:
    """Return when the rule came true, if it is true now: the instant is asked of the whole timeline, as in a dry run."""
    clocks = [clock_of(row) for row in ticket.clocks.all()]
    facts = facts_of(ticket, clocks, at=ticket.updated_at, silent_since=ticket.silent_since)
    true_now = true_of(asked, facts, now=at)
    if not may_be_news(asked, facts, true_now):
        return None
    key, seen = (rule.pk, rule.active_since, ticket.pk), (ticket.version, frozenset(true_now))
    if _left_alone.get(key) == seen:
        return None
    life = life_of(ticket)
    found = when(asked, life, now=at)
    if found is None:
        if len(_left_alone) >= REMEMBERED:
            _left_alone.clear()
        _left_alone[key] = seen
        return None
    # Whom it concerns is what holds now: the team or the assignee may be others than when it came true.
    return Found(found.at, found.metric, found.level, life[-1])


def forget() -> None:
    """Forget what was left alone: for tests, whose keys come again."""
    _left_alone.clear()
