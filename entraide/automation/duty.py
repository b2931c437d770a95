"""Stored rotas as the pure functions want them, and who of their people is away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from entraide.automation.models import Rota
from entraide.automation.rota import Away, Override, Shifts
from entraide.core.scope import Scope, scoped
from entraide.people.models import Person

FOREVER = datetime.max.replace(tzinfo=UTC)


def shifts_of(rota: Rota) -> Shifts:
    """Return the turns of a rota with its overrides."""
    return Shifts(
        zone=ZoneInfo(rota.time_zone),
        starts_on=rota.starts_on,
        weekday=rota.handover_weekday,
        at=rota.handover_time,
        people=tuple(rota.person_ids),
        overrides=tuple(Override(each.starts_at, each.ends_at, each.person_id) for each in rota.overrides.all()),
    )


def away_of(person_ids: Iterable[int], *, ignoring_absence: bool = False) -> Away:
    """Return from each of these people who is away to when they are back; whoever is not active never is.

    Nobody writes down since when somebody is absent: for the past, ask with `ignoring_absence`.
    """
    ids = set(person_ids)
    with scoped(Scope.everything(reason="those who give support are of another organisation than the ticket")):
        active = {
            each.pk: each for each in Person.objects.filter(pk__in=ids, is_active=True).select_related("organisation")
        }
    away = dict.fromkeys(ids - active.keys(), FOREVER)
    for key, person in active.items():
        if person.absent_until is not None and not ignoring_absence:
            # The last day of an absence is part of it.
            back = datetime.combine(
                person.absent_until + timedelta(days=1), time(0), ZoneInfo(person.organisation.time_zone)
            )
            away[key] = back.astimezone(UTC)
    return away
