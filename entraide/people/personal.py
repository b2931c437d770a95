"""What the directory keeps of a person, and how it lets go of them: a row without a name, to which figures may go on pointing."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.core.events import ERASED
from entraide.core.personal import About, Piece, lets_go, stands_in_the_way, tells_of_people
from entraide.people.models import Account, MailAddress, Person, Phone, RoleGrant, Team
from entraide.people.rights import STAFF_ROLES, Role


def about(person: Person) -> About:
    """Return whom it is about, as the rooms are asked."""
    addresses = [each.email.lower() for each in person.addresses.all()]
    account = Account.objects.filter(person=person).first()
    if account is not None and account.email.lower() not in addresses:
        addresses.append(account.email.lower())
    is_of_the_desk = RoleGrant.objects.filter(person=person, role__in=STAFF_ROLES).exists()
    return About(person.pk, person.organisation_id, person.name, tuple(addresses), is_of_the_desk)


@tells_of_people
def tell_of_the_directory(about: About, with_internal: bool) -> Iterator[Piece]:
    """Give what the directory says, and when they signed in last."""
    person = Person.objects.select_related("organisation", "site", "manager").get(pk=about.person_id)
    account = Account.objects.filter(person=person).first()
    facts = {
        "name": person.name,
        "organisation": person.organisation.name,
        "site": person.site.name if person.site else None,
        "job_title": person.job_title,
        "manager": person.manager.name if person.manager else None,
        "language": person.spoken_language,
        "is_vip": person.is_vip,
        "absent_until": person.absent_until,
        "mail_addresses": [each.email for each in person.addresses.all()],
        "telephones": [each.number for each in person.phones.all()],
        "roles": [str(grant.get_role_display()) for grant in person.roles.all()],
        "teams": [team.name for team in person.teams.all()],
        "account": {"mail": account.email, "last_sign_in": account.last_login} if account else None,
    }
    yield Piece("person.json", data=facts)


@stands_in_the_way
def somebody_must_administer(about: About) -> Iterator[str]:
    """Say so where the last administrator would go."""
    administrators = RoleGrant.objects.filter(role=Role.ADMINISTRATOR, organisation=None, person__is_active=True)
    if administrators.exists() and not administrators.exclude(person=about.person_id).exists():
        yield _("They are the only administrator: give somebody else that role first.")


@lets_go
def forget_the_person(about: About) -> None:
    """Keep the row, and nothing of what it said."""
    Account.objects.filter(person=about.person_id).delete()
    RoleGrant.objects.filter(person=about.person_id).delete()
    MailAddress.objects.filter(person=about.person_id).delete()
    Phone.objects.filter(person=about.person_id).delete()
    Team.members.through.objects.filter(person=about.person_id).delete()
    Person.objects.filter(manager=about.person_id).update(manager=None)
    # Not by save(): the audit would write down what it was changed from.
    Person.objects.filter(pk=about.person_id).update(
        name=ERASED, job_title="", site=None, manager=None, is_vip=False, absent_until=None, is_active=False,
        erased_at=Coalesce("erased_at", now()),
    )  # fmt: skip
