"""Stored rules as the pure functions want them; a rule's document is what a dry run keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entraide.automation.models import EscalationRule
from entraide.automation.rules import Rule

CONDITIONS = ("priorities", "levels", "kinds", "organisation_ids", "team_ids")
FIELDS = ("name", "trigger", "metric", "percent", "minutes", "in_coverage", *CONDITIONS, "recipients", "by_mail")


def document_of(rule: EscalationRule) -> dict[str, Any]:
    """Return what decides when a rule fires and who is told, as JSON-able data."""
    return {name: getattr(rule, name) for name in FIELDS}


def pure(document: Mapping[str, Any], *, since: datetime) -> Rule:
    """Return the rule of a document, looking at what became true from `since` on."""
    metric, level = split_metric(document["metric"])
    return Rule(
        trigger=document["trigger"],
        metric=metric,
        level=level,
        percent=document["percent"],
        minutes=document["minutes"],
        in_coverage=document["in_coverage"],
        since=since,
        **{name: frozenset(document[name]) for name in CONDITIONS},
    )


def split_metric(text: str) -> tuple[str, int]:
    """Return the metric and its level: "take_over:2" is taking over at N2, level 0 is every one."""
    metric, _colon, level = text.partition(":")
    return metric, int(level or 0)
