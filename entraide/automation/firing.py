"""Escalation rules at work: what has come true is written into the timeline, once per rule, ticket and step."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from entraide.automation.candidates import candidates
from entraide.automation.documents import document_of, pure
from entraide.automation.life import facts_of, life_of
from entraide.automation.models import EscalationRule, Firing
from entraide.automation.recipients import Directory, Told
from entraide.automation.rules import Found, Rule, may_be_news, occasions, true_of
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
# (rule, since, ticket) → (version, of which steps): true since before the rule was, looked up in the timeline once.
_left_alone: dict[tuple[int, datetime, int], tuple[int, frozenset[Any]]] = {}


def fire_what_is_due() -> int:
    """Fire each active rule on each ticket of which it has come true; return how often. It may run at the same time elsewhere."""
    at, directory = now(), Directory()
    fired = 0
    with scoped(Scope.everything(reason="a rule of the desk looks at every organisation's tickets")):
        for rule in EscalationRule.objects.filter(is_active=True):
            asked = pure(document_of(rule), since=rule.active_since)
            done = Prefetch("firings", queryset=Firing.objects.filter(rule=rule), to_attr="fired")
            tickets = candidates(asked, rule_id=rule.pk, now=at).prefetch_related("clocks", done)
            for ticket in tickets.iterator(chunk_size=BATCH):
                fired += _fire_or_go_on(rule, asked, ticket, directory, at=at)
    return fired


def told_event(document: Mapping[str, Any], found: Found, told: Told, *, rule_id: int) -> HierarchicallyEscalated:
    """Return the event of a rule that fires: what came true when, and who is told."""
    first, *others = found.steps
    return HierarchicallyEscalated(
        rule_id=rule_id,
        rule_name=document["name"],
        trigger=document["trigger"],
        instant=found.at,
        recipient_ids=told.person_ids,
        on_call_ids=told.on_call_ids,
        metric=first.metric,
        level=first.level,
        also=tuple(f"{each.metric}:{each.level}" for each in others),
        since=found.since,
        percent=document["percent"],
        minutes=document["minutes"],
        in_coverage=document["in_coverage"],
        by_mail=document["by_mail"],
        is_fallback=told.is_fallback,
    )


def _fire_or_go_on(rule: EscalationRule, asked: Rule, ticket: Any, directory: Directory, *, at: datetime) -> int:
    try:
        return sum(_fire(rule, each, ticket, directory, at=at) for each in _found(rule, asked, ticket, at=at))
    except Exception:
        # One ticket on which a rule cannot fire must not keep all the others from it, nor the rules that follow.
        log.exception("A rule could not fire.", extra={"ticket": ticket.reference, "rule": rule.pk})
        return 0


def _fire(rule: EscalationRule, found: Found, ticket: Any, directory: Directory, *, at: datetime) -> bool:
    told = directory.told(rule.recipients, found.facts, ticket, at=at)
    columns = {
        "organisation_id": ticket.organisation_id,
        "rule_name": rule.name,
        "since": found.since,
        "instant": found.at,
        "fired_at": at,
    }
    try:
        # Another worker that fires the same waits here for the unique row, then finds it. The steps stand in one order for all.
        with transaction.atomic():
            new = tuple(
                step
                for step in found.steps
                if Firing.objects.get_or_create(rule=rule, ticket=ticket, step=step.key, defaults=columns)[1]
            )
            if new:
                event = told_event(document_of(rule), replace(found, steps=new), told, rule_id=rule.pk)
                actions.escalate_to(ticket, told=event, once=f"rule:{rule.pk}:{ticket.pk}:{new[0].key}")
    except Refused:
        # Resolved in this very moment.
        return False
    reach("rule-fired")
    return bool(new)


def _found(rule: EscalationRule, asked: Rule, ticket: Any, *, at: datetime) -> list[Found]:
    """Return of which steps the rule has come true, is true now and has not spoken.

    When it came true is asked of the whole timeline, as in a dry run.
    """
    clocks = [clock_of(row) for row in ticket.clocks.all()]
    facts = facts_of(ticket, clocks, at=ticket.updated_at, silent_since=ticket.silent_since)
    fired = {each.step for each in ticket.fired}
    true_now = {step: since for step, since in true_of(asked, facts, now=at).items() if step.key not in fired}
    if not may_be_news(asked, facts, true_now):
        return []
    key, seen = (rule.pk, rule.active_since, ticket.pk), (ticket.version, frozenset(true_now))
    if _left_alone.get(key) == seen:
        return []
    life = life_of(ticket)
    # Somebody may have answered since the tickets were read; what has passed by now needs nobody's attention.
    still = true_of(asked, life[-1], now=at).keys() & true_now.keys()
    told_until = max((each.since for each in ticket.fired if not each.step), default=None)
    found = [
        # Whom it concerns is what holds now: the team or the assignee may be others than when it came true.
        replace(each, steps=steps, facts=life[-1])
        for each in occasions(asked, life, now=at)
        if (steps := tuple(step for step in each.steps if step in still))
        and (told_until is None or each.at > told_until)
    ]
    if not found:
        if len(_left_alone) >= REMEMBERED:
            _left_alone.clear()
        _left_alone[key] = seen
    return found


def forget() -> None:
    """Forget what was left alone: for tests, whose keys come again."""
    _left_alone.clear()
