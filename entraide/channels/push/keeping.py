"""The browsers of a person as they keep them: added, found again after signing in, removed."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from entraide.channels.push.models import Browser
from entraide.channels.push.subscription import Subscription
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.core.secrets import conceal, reveal
from entraide.look.user_agents import name_of
from entraide.people.models import Person

PURPOSE = "browsers"
BROWSERS_AT_MOST = 20


def subscribe(person: Person, subscription: Subscription, *, user_agent: str, session_key: str) -> Browser:
    """Let this browser be told what `person` is told, for as long as this session lasts. Raises Refused.

    A browser that somebody else had used is told nothing of theirs any more.
    """
    subscription.check()
    with _all_browsers(), transaction.atomic():
        # One after the other: the limit holds, however many ask at once.
        Person.objects.select_for_update().get(pk=person.pk)
        others = Browser.objects.filter(person=person).exclude(digest=subscription.digest)
        if others.count() >= BROWSERS_AT_MOST:
            raise Refused(
                _("You have %(n)d browsers already: remove one that you no longer use.") % {"n": BROWSERS_AT_MOST}
            )
        # What it was before it asked again with this session: its push service gave it another address.
        others.filter(session_key=session_key).delete()
        browser, _is_new = Browser.objects.update_or_create(
            digest=subscription.digest,
            defaults={
                "organisation_id": person.organisation_id,
                "person": person,
                "name": name_of(user_agent),
                "subscription": conceal(subscription.as_json(), purpose=PURPOSE),
                "session_key": session_key,
                "created_at": now(),
                "used_at": None,
                "error": "",
                "failed_at": None,
            },
        )
    return browser


def meet_again(person: Person, endpoint: str, *, session_key: str) -> None:
    """Tell this browser again what its person is told, who signed in anew; one that is unknown or somebody else's stays so."""
    digest = Subscription(endpoint, "", "").digest
    with _all_browsers():
        Browser.objects.filter(person=person, digest=digest).update(session_key=session_key)


def browsers_of(person: Person) -> QuerySet[Browser]:
    """Return this person's browsers, the newest first."""
    return Browser.objects.filter(person=person)


def subscription_of(browser: Browser) -> Subscription:
    """Return where it is written to, and with which keys. Raises SecretLost."""
    return Subscription.from_json(reveal(browser.subscription, purpose=PURPOSE))


def leave(session_key: str | None) -> None:
    """Tell the browser of this session nothing any more: somebody signs out there."""
    with _all_browsers():
        Browser.objects.filter(session_key=session_key or "").delete()


def _all_browsers() -> AbstractContextManager[Scope]:
    return scoped(Scope.everything(reason="a browser is found by what it gives, whoever used it before"))
