"""How each person wants to be told: what they chose, kept and read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.channels.push.models import Browser
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.notifications.kinds import Kind, kinds
from entraide.notifications.models import ChannelChoice, QuietHours
from entraide.notifications.preferences import Preference, Quiet
from entraide.people.models import Person


class Channels(NamedTuple):
    """Whether somebody is told of a kind in the console, by mail, and in their browsers."""

    in_console: bool
    by_mail: bool
    in_browser: bool = True


def preferences_of(people: Collection[Person], *, kind: Kind) -> dict[int, Preference]:
    """Return each person's preference for `kind` by their id; three queries, however many they are."""
    with scoped(Scope.everything(reason="how people of the desk want to be told of their clients' tickets")):
        chosen = {each.person_id: each for each in ChannelChoice.objects.filter(person__in=people, kind=kind.code)}
        hours = {each.person_id: each for each in QuietHours.objects.filter(person__in=people)}
        browsers = list(Browser.objects.filter(person__in=people).values_list("person_id", "pk"))
    return {
        person.pk: Preference(
            in_console=chosen[person.pk].in_console if person.pk in chosen else kind.in_console,
            by_mail=chosen[person.pk].by_mail if person.pk in chosen else kind.by_mail,
            in_browser=chosen[person.pk].in_browser if person.pk in chosen else kind.in_browser,
            browser_ids=tuple(pk for person_id, pk in browsers if person_id == person.pk),
            zone=ZoneInfo(person.organisation.time_zone),
            quiet=_quiet(hours.get(person.pk)),
            absent_until=person.absent_until,
        )
        for person in people
    }


def channels_of(person: Person) -> dict[str, Channels]:
    """Return for each kind by which channels this person is told."""
    chosen = {
        each.kind: Channels(each.in_console, each.by_mail, each.in_browser)
        for each in ChannelChoice.objects.filter(person=person)
    }
    return {kind.code: chosen.get(kind.code, _defaults(kind)) for kind in kinds}


def quiet_of(person: Person) -> Quiet | None:
    """Return this person's quiet hours."""
    return _quiet(QuietHours.objects.filter(person=person).first())


def choose(person: Person, *, channels: Mapping[str, Channels], quiet: Quiet | None) -> None:
    """Keep what `person` chose: for each kind the channels, and their quiet hours. Raises Refused."""
    if quiet is not None and not quiet.days:
        raise Refused(_("Choose at least one day."), field="days")
    if quiet is not None and quiet.never_ends:
        raise Refused(_("These hours never end: no mail would ever reach you. Leave one day out."), field="days")
    with transaction.atomic():
        ChannelChoice.objects.filter(person=person).delete()
        ChannelChoice.objects.bulk_create(
            ChannelChoice(
                organisation_id=person.organisation_id, person=person, kind=kind.code,
                **channels[kind.code]._asdict(),
            )
            for kind in kinds
            if kind.code in channels and channels[kind.code] != _defaults(kind)
        )  # fmt: skip
        QuietHours.objects.filter(person=person).delete()
        if quiet is not None:
            QuietHours.objects.create(
                organisation_id=person.organisation_id,
                person=person,
                begins=quiet.begins,
                ends=quiet.ends,
                days=sorted(quiet.days),
            )


def _defaults(kind: Kind) -> Channels:
    return Channels(kind.in_console, kind.by_mail, kind.in_browser)


def _quiet(row: QuietHours | None) -> Quiet | None:
    return Quiet(row.begins, row.ends, frozenset(row.days)) if row else None
