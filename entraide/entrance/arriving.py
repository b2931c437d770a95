"""Somebody comes from the provider of their organisation: which account that is, and which roles it holds from now on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.entrance.models import IdentityProvider, MappedGrant
from entraide.entrance.providers import roles_for
from entraide.people.directory import enrol
from entraide.people.models import Account, Person, RoleGrant
from entraide.people.queries import organisation_of_address, person_with_address
from entraide.people.rights import STAFF_ROLES


@dataclass(frozen=True)
class Identity:
    """What a provider says of somebody."""

    email: str
    is_verified: bool
    name: str
    groups: tuple[str, ...]


def identity_from(claims: Mapping[str, Any], provider: IdentityProvider) -> Identity:
    """Read the claims of a provider; what has not the form that it should have is as if it were not there."""
    said = claims.get("email_verified")
    verified = said is True or str(said).lower() == "true" or (said is None and provider.verifies_addresses)
    groups = claims.get(provider.groups_claim)
    groups = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return Identity(
        email=str(claims.get("email") or "").strip().lower(),
        is_verified=verified,
        name=str(claims.get("name") or "").strip()[:200],
        groups=tuple(each for each in groups if isinstance(each, str)),
    )


def account_for(identity: Identity, provider: IdentityProvider) -> Account:
    """Return the account of somebody who comes from there for the first time. Raises Refused.

    Only a verified address counts, and only one of the organisation's own domains: a provider answers for its own people.
    """
    if not identity.email or not identity.is_verified:
        raise Refused(_("Your organisation did not say that your mail address is verified."))
    with scoped(Scope.everything(reason="who somebody is comes before what they may see")), transaction.atomic():
        owner = organisation_of_address(identity.email)
        if owner is None or owner.pk != provider.organisation_id:
            raise Refused(_("%(email)s is not an address of this organisation.") % {"email": identity.email})
        person = person_with_address(identity.email)
        if person is None:
            if not provider.makes_accounts:
                raise Refused(_("You are not in our directory yet: write to us, and you will be."))
            person = enrol(provider.organisation, name=identity.name, email=identity.email)
        account = Account.objects.filter(person=person).first()
        if account is None:
            if not provider.makes_accounts:
                raise Refused(_("You have no account here yet: write to us, and you will."))
            if Account.objects.filter(email__iexact=identity.email).exists():
                # An address that somebody else had when their account was made.
                raise Refused(_("This account belongs to nobody of this organisation."))
            account = _new_account(person, identity.email)
        require_own(account, provider)
        return account


def require_own(account: Account, provider: IdentityProvider) -> None:
    """Raise Refused unless this account is of somebody of the provider's organisation."""
    with scoped(Scope.everything(reason="who somebody is comes before what they may see")):
        if account.person.organisation_id != provider.organisation_id:
            raise Refused(_("This account belongs to nobody of this organisation."))


def give_roles(person: Person, provider: IdentityProvider, groups: tuple[str, ...]) -> None:
    """Let this person hold the roles that these groups give, and no longer those that they gave before."""
    wanted = roles_for(provider, groups)
    with scoped(Scope.everything(reason="roles come before what somebody may see")), transaction.atomic():
        person = Person.objects.select_for_update(of=("self",)).get(pk=person.pk)
        for mapped in MappedGrant.objects.select_related("grant").filter(grant__person=person):
            if mapped.grant.role not in wanted:
                mapped.grant.delete()
        for role in wanted:
            where = None if role in STAFF_ROLES else provider.organisation
            grant, is_new = RoleGrant.objects.get_or_create(person=person, role=role, organisation=where)
            if is_new:
                MappedGrant.objects.create(grant=grant)


def _new_account(person: Person, email: str) -> Account:
    account, _is_new = Account.objects.get_or_create(person=person, defaults={"email": email})
    if not account.password:
        account.set_unusable_password()
        account.save(update_fields=["password"])
    return account
