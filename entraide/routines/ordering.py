"""Which macros stand first: those that one uses oneself, then those that the desk uses."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, Q, QuerySet

from entraide.core.clock import now
from entraide.routines.models import Macro

RECENTLY = timedelta(days=60)


def by_use(macros: QuerySet[Macro], *, person_id: int | None) -> QuerySet[Macro]:
    """Return macros with `mine` and `used` (how often in the last 60 days), the most used first."""
    lately = Q(uses__used_at__gte=now() - RECENTLY)
    return macros.annotate(
        mine=Count("uses", filter=lately & Q(uses__person=person_id)), used=Count("uses", filter=lately)
    ).order_by("-mine", "-used", "name", "pk")
