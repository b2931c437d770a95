"""Second factors: who has one, whose roles ask for one, and until when it may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Q

from entraide.core.clock import now
from entraide.entrance.models import FactorRule, Grace
from entraide.people.models import Account, Person, RoleGrant
from entraide.people.rights import Role

# Recovery codes alone are no factor: they stand in for one.
REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True)
class Demand:
    """That a second factor is missing, and since when nothing else is shown without it."""

    until: datetime

    @property
    def is_over(self) -> bool:
        return now() >= self.until


def has_factor(account: Account) -> bool:
    """Tell whether this account is signed in to with a second factor."""
    return bool(Authenticator.objects.filter(user=account, type__in=REAL).exists())


def is_demanded(person: Person) -> bool:
    """Tell whether one of this person's roles asks for a second factor."""
    return _grace_days(person) is not None


def demand_on(person: Person, account: Account) -> Demand | None:
    """Return the demand that this account does not meet, or None; its days begin when it is first asked."""
    days = _grace_days(person)
    if days is None or has_factor(account):
        return None
    grace, _is_new = Grace.objects.get_or_create(account=account, defaults={"began_at": now()})
    return Demand(grace.began_at + timedelta(days=days))


def may_make_tokens(person: Person) -> bool:
    """Tell whether tokens of the API may act as this person: not while their own account lacks the factor that it needs."""
    account = Account.objects.filter(person=person).first()
    return account is None or has_factor(account) or not is_demanded(person)


def coverage() -> dict[str, tuple[int, int]]:
    """Return for each role how many accounts there are that can sign in, and how many of them have a second factor."""
    active = Account.objects.filter(is_active=True)
    with_factor = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=REAL))
    found = {Role.REQUESTER.value: (active.count(), active.filter(with_factor).count())}
    counted = (
        RoleGrant.objects.filter(person__account__is_active=True)
        .values("role")
        .annotate(
            n=Count("person", distinct=True),
            safe=Count(
                "person",
                distinct=True,
                filter=Q(Exists(Authenticator.objects.filter(user__person=OuterRef("person"), type__in=REAL))),
            ),
        )
    )
    return found | {each["role"]: (each["n"], each["safe"]) for each in counted if each["role"] != Role.REQUESTER}


def _grace_days(person: Person) -> int | None:
    roles = {Role.REQUESTER.value, *(grant.role for grant in person.roles.all())}
    days = FactorRule.objects.filter(role__in=roles).values_list("grace_days", flat=True)
    return min(days, default=None)
