"""Loading the demo: the directory, then each ticket's story through the same verbs as in life."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta

from django.db import transaction

from entraide.automation.models import Rota
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.demo.approvals import tell_approvals
from entraide.demo.clock import telling_the_past
from entraide.demo.contracts import write_contracts
from entraide.demo.forms import add_forms
from entraide.demo.majors import tell_majors
from entraide.demo.people import Desk, populate
from entraide.demo.routines import add_macros, add_recurring, add_saved_views, count_uses
from entraide.demo.scenarios import CATEGORIES
from entraide.demo.stories import Standing, Teller
from entraide.people.models import Organisation
from entraide.tickets.models import Category, RoutingRule

DAYS = 90
# With the five of two major incidents and the two that need an approval it is 400.
TICKETS = 393
# How many of them are of the last hours and days, so that the desk has work on the first morning.
RECENT = 38
# Of the recent ones, counted back from now: which have come up to another level, and where they stand there.
HANDED_OVER: dict[int, tuple[int, Standing]] = {
    7: (2, "asked"), 10: (3, "asked"), 15: (3, "at work"), 19: (2, "asked"), 22: (3, "at work"), 27: (3, "on hold"),
}  # fmt: skip
WEIGHT_BY_HOUR = {7: 2, 8: 9, 9: 10, 10: 8, 11: 6, 12: 2, 13: 5, 14: 7, 15: 6, 16: 5, 17: 3, 18: 1, 21: 0.4, 23: 0.2}
WEIGHT_BY_DAY = (1.5, 1.1, 1.0, 1.05, 0.85, 0.06, 0.04)


class NotEmpty(Exception):
    """The desk has people already."""


def load(*, seed: int) -> None:
    """Fill an empty desk, in one transaction: it is whole or it is not there. Raises NotEmpty."""
    rng = random.Random(seed)
    with scoped(Scope.everything(reason="the demo makes every organisation")), transaction.atomic():
        if Organisation.objects.exists():
            raise NotEmpty("This desk has organisations already; the demo goes into an empty one.")
        end = now()
        desk = populate(rng, end.date())
        categories = _categories()
        _rules(desk, categories)
        add_forms(categories)
        write_contracts(desk, end)
        _on_call(desk, end)
        add_macros(desk, categories)
        add_saved_views(desk)
        teller = Teller(desk, categories, rng, end)
        with telling_the_past():
            arrivals = _arrivals(rng, end)
            for back, opened_at in zip(range(len(arrivals) - 1, -1, -1), arrivals, strict=True):
                if back in HANDED_OVER:
                    level, standing = HANDED_OVER[back]
                    teller.tell_handed_over(opened_at, level=level, standing=standing)
                else:
                    teller.tell(opened_at)
            tell_majors(desk, categories, end, go_on_until=teller.go_on_until)
            tell_approvals(desk, categories, end, go_on_until=teller.go_on_until)
            teller.go_on_until(end)
        count_uses(end)
        add_recurring(desk, categories, end)


def _categories() -> dict[str, Category]:
    found: dict[str, Category] = {}
    for parent_name, names in CATEGORIES.items():
        parent = found[parent_name] = Category.objects.create(name=parent_name)
        for name in names:
            found[name] = Category.objects.create(name=name, parent=parent)
    return found


def _on_call(desk: Desk, end: datetime) -> None:
    """Two rotas that hand over on Monday morning."""
    monday = end.date() - timedelta(days=end.weekday() + 91)
    for name, level, team in (("Piquet N2", 2, "Systèmes et réseaux"), ("Piquet N3", 3, "Experts")):
        Rota.objects.create(
            name=name, level=level, starts_on=monday, handover_time=time(8),
            person_ids=[person.pk for person in desk.technicians[team]],
        )  # fmt: skip


def _rules(desk: Desk, categories: dict[str, Category]) -> None:
    RoutingRule.objects.create(position=1, category=categories["Sécurité"], team=desk.teams["Systèmes et réseaux"])
    RoutingRule.objects.create(
        position=2, words=["écran bleu", "ne démarre plus", "portable"], team=desk.teams["Postes de travail"]
    )
    RoutingRule.objects.create(position=3, category=categories["Matériel"], team=desk.teams["Postes de travail"])


def _arrivals(rng: random.Random, end: datetime) -> list[datetime]:
    """Return when the tickets come in: office hours, busy Mondays, some nights; the last ones today and just now."""
    days = [(end - timedelta(days=back)).replace(minute=0, second=0, microsecond=0) for back in range(2, DAYS)]
    weights = [WEIGHT_BY_DAY[day.weekday()] for day in days]
    hours, hour_weights = list(WEIGHT_BY_HOUR), list(WEIGHT_BY_HOUR.values())
    older = [
        day.replace(hour=rng.choices(hours, hour_weights)[0])
        + timedelta(minutes=rng.randint(0, 59), seconds=rng.randint(0, 59))
        for day in rng.choices(days, weights, k=TICKETS - RECENT)
    ]
    recent = [end - timedelta(minutes=3 + 60 * 44 * (step / RECENT) ** 2 + rng.randint(0, 9)) for step in range(RECENT)]
    return sorted([*older, *recent])
