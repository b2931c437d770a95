"""The secret address of a calendar's feed, and its renewal when the address has become known."""

from __future__ import annotations

import re

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.core.events import Conflict
from entraide.people.models import Person
from entraide.sla.models import CoverageCalendar, FeedRenewal

# A separator that needs no escaping in an address.
_FEEDS = signing.Signer(sep=".", salt="entraide.calendar-feed")
_SIGNED = re.compile(r"([0-9]{1,12})(?:-([0-9]{1,6}))?", re.ASCII)
RENEWALS_SHOWN = 5


def feed_address(calendar: CoverageCalendar) -> str:
    """Return the whole secret address of a calendar's feed."""
    number = _times_renewed(calendar.pk)
    signed = _FEEDS.sign(f"{calendar.pk}-{number}" if number else str(calendar.pk))
    return f"{settings.ENTRAIDE.base_url.rstrip('/')}{reverse('agent:calendar-feed', args=[signed])}"


def calendar_of_feed(token: str) -> CoverageCalendar | None:
    """Return the calendar to whose feed this part of an address leads now; None for one forged or replaced."""
    try:
        found = _SIGNED.fullmatch(_FEEDS.unsign(token))
    except signing.BadSignature:
        return None
    if found is None or int(found[2] or 0) != _times_renewed(int(found[1])):
        return None
    return CoverageCalendar.objects.filter(pk=int(found[1]), versions__isnull=False).distinct().first()


def renew_feed(calendar: CoverageCalendar, *, by: Person, seen: int) -> FeedRenewal:
    """Give the feed another address. Raises Conflict when it was renewed since `seen`, the number of renewals then."""
    with transaction.atomic():
        locked = CoverageCalendar.objects.select_for_update().get(pk=calendar.pk)
        if _times_renewed(locked.pk) != seen:
            raise Conflict(_("Somebody else has just renewed the address; the page shows the new one."))
        return FeedRenewal.objects.create(calendar=locked, number=seen + 1, at=now(), by=by)


def newest_renewals(calendar: CoverageCalendar) -> list[FeedRenewal]:
    """Return the newest renewals, newest first."""
    return list(calendar.feed_renewals.select_related("by")[:RENEWALS_SHOWN])


def _times_renewed(calendar_id: int) -> int:
    newest = FeedRenewal.objects.filter(calendar_id=calendar_id).values_list("number", flat=True).first()
    return newest or 0
