"""Who is told that nothing arrives at an endpoint: the administrators of the whole desk, once for each time that it fails."""

from __future__ import annotations

from django.utils.timezone import localtime

from entraide.channels.hooks.models import Delivery, Endpoint
from entraide.core.scope import Scope, scoped
from entraide.notifications.choices import preferences_of
from entraide.notifications.kinds import ENDPOINT_FAILING
from entraide.notifications.news import readers
from entraide.notifications.telling import keep
from entraide.people.queries import people_who_may


def tell_of_failure(endpoint_id: int) -> None:
    """Tell each administrator by the channels they chose, and once more when it was switched off; calling again tells nobody twice."""
    endpoint = Endpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None or endpoint.failing_since is None:
        # It answers again, or is no more.
        return
    template = "endpoint_switched_off" if endpoint.switched_off_at else ENDPOINT_FAILING.template
    people = readers([person.pk for person in people_who_may("settings.edit")], endpoint)
    preferences = preferences_of(people, kind=ENDPOINT_FAILING)
    words = {"day": localtime(endpoint.failing_since).date().isoformat(), "message": _newest_error(endpoint)}
    for person in people:
        columns = {
            "organisation_id": person.organisation_id,
            "endpoint": endpoint,
            "kind": ENDPOINT_FAILING.code,
            "words": words,
            "template": template,
        }
        key = f"{template}:{endpoint.pk}:{endpoint.failing_since.isoformat()}:{person.pk}"
        keep(key, columns, person=person, preference=preferences[person.pk])


def _newest_error(endpoint: Endpoint) -> str:
    with scoped(Scope.everything(reason="an endpoint is told of every organisation")):
        failed = Delivery.objects.filter(endpoint=endpoint).exclude(error="").order_by("-attempted_at")
        return failed.values_list("error", flat=True).first() or ""
