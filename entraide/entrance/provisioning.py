"""People and groups that the directory of an organisation keeps here: it adds, changes and switches off; it deletes nothing."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.core.scope import Scope, scoped
from entraide.entrance.arriving import give_roles
from entraide.entrance.models import DirectoryGroup, Ending, IdentityProvider, Provisioned, Provisioning
from entraide.entrance.sessions import end_all
from entraide.people.directory import enrol
from entraide.people.models import Account, MailAddress, Organisation, Person
from entraide.people.queries import organisation_of_address, person_with_address

MARK = "scim_"
USE_IS_NOTED_EVERY = timedelta(minutes=5)
ADDRESSES = "an address is one person's, whatever their organisation"


def new_token(organisation: Organisation) -> str:
    """Return another token for the directory of this organisation, shown this once; an older one ends."""
    secret = MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = Provisioning.objects.select_for_update().filter(organisation=organisation).first()
        row = row or Provisioning(organisation=organisation)
        row.digest, row.prefix, row.made_at, row.used_at = _digest(secret), secret[:10], now(), None
        row.save()
    return secret


def organisation_of_token(secret: str) -> Organisation | None:
    """Return whose directory holds this token, and note (every few minutes) that it is used."""
    with scoped(Scope.everything(reason="a token is looked up before anybody is known")):
        row = Provisioning.objects.select_related("organisation").filter(digest=_digest(secret)).first()
        if row is None or not row.organisation.is_active:
            return None
        at = now()
        if row.used_at is None or at - row.used_at > USE_IS_NOTED_EVERY:
            row.used_at = at
            row.save(update_fields=["used_at"])
        return row.organisation


def people_of(organisation: Organisation) -> QuerySet[Person]:
    """Return the people whom its directory sees: the active ones, and those that it keeps itself."""
    seen = Q(is_active=True) | Q(provisioned__isnull=False)
    found = Person.objects.filter(seen, organisation=organisation, addresses__is_main=True).distinct()
    return found.select_related("provisioned", "account").prefetch_related("addresses").order_by("pk")


def add_person(organisation: Organisation, *, email: str, name: str, external_id: str) -> Person:
    """Add a person with an account, or take over one that the desk had made. Raises Conflict for one that is kept already, Refused."""
    _require_own_address(organisation, email)
    with transaction.atomic():
        with scoped(Scope.everything(reason=ADDRESSES)):
            person = enrol(organisation, name=name, email=email)
        if person.organisation_id != organisation.pk:
            raise Conflict(_("%(email)s belongs to somebody else.") % {"email": email})
        if Provisioned.objects.filter(person=person).exists():
            raise Conflict(_("%(email)s is kept already.") % {"email": email})
        Provisioned.objects.create(organisation=organisation, person=person, external_id=external_id)
        if not Account.objects.filter(person=person).exists():
            if Account.objects.filter(email__iexact=email).exists():
                raise Conflict(_("%(email)s belongs to somebody else.") % {"email": email})
            Account.objects.create_user(email=email, person=person)
        set_active(person, True)
    return person


def set_address(person: Person, email: str) -> None:
    """Let a person have another main address, with which they sign in. Raises Refused, Conflict."""
    if (person.address or "").lower() == email.lower():
        return
    _require_own_address(person.organisation, email)
    with scoped(Scope.everything(reason=ADDRESSES)):
        holder = person_with_address(email)
        account = Account.objects.filter(email__iexact=email).exclude(person=person).first()
    if account is not None or (holder is not None and holder.pk != person.pk):
        raise Conflict(_("%(email)s belongs to somebody else.") % {"email": email})
    for address in MailAddress.objects.filter(person=person, email__iexact=email):
        address.delete()
    main = MailAddress.objects.filter(person=person, is_main=True).first()
    main = main or MailAddress(organisation_id=person.organisation_id, person=person, is_main=True)
    main.email, main.bounced_at, main.bounce_reason = email, None, ""
    main.save()
    for own in Account.objects.filter(person=person):
        own.email = email.lower()
        own.save(update_fields=["email"])


def set_active(person: Person, active: bool) -> None:
    """Switch a person on or off; off, their sign-ins end. Their tickets stay."""
    if person.is_active != active:
        person.is_active = active
        person.save(update_fields=["is_active"])
    for account in Account.objects.filter(person=person):
        if account.is_active != active:
            account.is_active = active
            account.save(update_fields=["is_active"])
        if not active:
            end_all(account, Ending.OFF)


def let_go(person: Person) -> None:
    """The directory no longer keeps this person: they are switched off, and nothing is deleted."""
    set_active(person, False)
    Provisioned.objects.filter(person=person).delete()
    touched = list(person.directory_groups.all())
    person.directory_groups.clear()
    if touched:
        follow_groups([person])


def set_members(group: DirectoryGroup, people: Iterable[Person]) -> None:
    """Let a group have exactly these members; roles follow."""
    before = {each.pk: each for each in group.members.all()}
    after = {each.pk: each for each in people}
    group.members.set(after.values())
    follow_groups([each for pk, each in {**before, **after}.items() if (pk in before) != (pk in after)])


def follow_groups(people: Iterable[Person]) -> None:
    """Let these people have the roles that their groups give now."""
    for person in people:
        provider = IdentityProvider.objects.filter(organisation_id=person.organisation_id).first()
        if provider is not None:
            give_roles(person, provider, tuple(person.directory_groups.values_list("name", flat=True)))


def groups_of(person: Person, said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the groups that count at a sign-in: those that the directory keeps here, else what the provider says."""
    with scoped(Scope.everything(reason="roles come before what somebody may see")):
        if not DirectoryGroup.objects.filter(organisation_id=person.organisation_id).exists():
            return said
        return tuple(person.directory_groups.values_list("name", flat=True))


def _require_own_address(organisation: Organisation, email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(_("%(email)s is not a mail address.") % {"email": email[:100]}, field="userName") from error
    owner = organisation_of_address(email)
    if owner is None or owner.pk != organisation.pk:
        raise Refused(_("%(email)s is not an address of this organisation.") % {"email": email}, field="userName")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
