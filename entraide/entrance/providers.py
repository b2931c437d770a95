"""The identity providers of organisations: whose people sign in where, and which roles their groups give."""

from __future__ import annotations

from collections.abc import Iterable

from entraide.core.scope import Scope, scoped
from entraide.core.secrets import conceal, reveal
from entraide.entrance.models import IdentityProvider
from entraide.people.models import Account, Organisation
from entraide.people.queries import organisation_of_address
from entraide.people.rights import STAFF_ROLES, Role

PURPOSE = "identity-providers"
BEFORE_ANYBODY = "where somebody signs in is asked before anybody is known"


def provider_for(email: str) -> IdentityProvider | None:
    """Return the provider to which this address leads by its domain, or None."""
    with scoped(Scope.everything(reason=BEFORE_ANYBODY)):
        organisation = organisation_of_address(email) if "@" in email else None
        return active_provider_of(organisation) if organisation is not None else None


def active_provider_of(organisation: Organisation) -> IdentityProvider | None:
    """Return the active provider of an organisation, or None."""
    return IdentityProvider.objects.filter(organisation=organisation, is_active=True).first()


def active_providers(key: str | None = None) -> list[IdentityProvider]:
    """Return the active providers of all organisations, or the one with this key."""
    with scoped(Scope.everything(reason=BEFORE_ANYBODY)):
        found = IdentityProvider.objects.filter(is_active=True).select_related("organisation")
        return list(found.filter(key=key) if key is not None else found)


def any_provider() -> bool:
    """Tell whether any organisation has a provider: then the sign-in page asks for the address first."""
    with scoped(Scope.everything(reason=BEFORE_ANYBODY)):
        return IdentityProvider.objects.filter(is_active=True).exists()


def only_provider_of(account: Account) -> IdentityProvider | None:
    """Return the provider by which alone this account may come in, or None. Administrators have a way around, for the day when it is away."""
    with scoped(Scope.everything(reason=BEFORE_ANYBODY)):
        if account.person.roles.filter(role=Role.ADMINISTRATOR).exists():
            return None
        return IdentityProvider.objects.filter(
            organisation_id=account.person.organisation_id, is_active=True, is_only_way=True
        ).first()


def keep_secret(provider: IdentityProvider, secret: str) -> None:
    """Put the client's secret into the row, encrypted."""
    provider.secret = conceal(secret, purpose=PURPOSE)


def secret_of(provider: IdentityProvider) -> str:
    """Return the client's secret. Raises SecretLost."""
    return reveal(provider.secret, purpose=PURPOSE)


def roles_that_can_be_given(organisation: Organisation) -> list[Role]:
    """Return the roles that groups of this organisation may give: those of the desk only where it gives support."""
    return [role for role in Role if role in STAFF_ROLES] if organisation.supports else [Role.CLIENT_CONTACT]


def roles_for(provider: IdentityProvider, groups: Iterable[str]) -> set[str]:
    """Return the roles that these groups give."""
    allowed = {role.value for role in roles_that_can_be_given(provider.organisation)}
    held = set(groups)
    return {role for role, givers in provider.role_groups.items() if role in allowed and held & set(givers)}
