"""One small named world for all tests: a provider in Geneva, two clients, and the people whom everybody knows.

`world` is a fixture (tests/conftest.py): `world.nadia` is a person, `world.as_(world.nadia)` her actor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

from django.apps import apps

from entraide.contracts import actions as contract_actions
from entraide.contracts.models import Contract
from entraide.contracts.terms import Terms
from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.scope import Scope, scoped
from entraide.forms.field import Field
from entraide.forms.models import Form, FormVersion
from entraide.forms.models import forget_versions as forget_forms
from entraide.people.acting import actor_for, find_person, scope_for
from entraide.people.models import Account, MailAddress, Organisation, Person, RoleGrant, Site, Team
from entraide.people.rights import Role
from entraide.sla.defaults import add_defaults
from entraide.sla.plans import forget_versions
from entraide.tickets import actions
from entraide.tickets.models import Category, PendingReason, Ticket

PASSWORD = "correct horse battery staple"


class World:
    """Lémanique supports Helvetia Fiduciaire and Atelier Rousseau.

    Staff: Nadia (N1), Nils (N1), Benoît (N2), Elena (N3), Carla (coordinator), Marc (manager),
    Sofia (security officer), Adam (administrator). Requesters: Alice and Bob (Helvetia, with
    Claire as client contact), Zoé (Rousseau).
    """

    def __init__(self) -> None:
        _put_back_the_reasons()
        with everything():
            self._make_organisations()
            self._make_people()
            self.network = Category.objects.create(name="Réseau")
            self.printer_form = self.form(
                "Imprimante",
                Field("floor", "number", "Étage", "Floor", is_required=True),
                Field("model", "text", "Modèle", "Model"),
                Field("who", "person", "Qui l'utilise", "Who uses it"),
            )
            self.wifi = Category.objects.create(name="Wi-Fi", parent=self.network)

    def form(self, name: str, *fields: Field) -> FormVersion:
        """Publish a form."""
        form = Form.objects.create(name=name, draft=[each.as_json() for each in fields])
        return FormVersion.objects.create(form=form, number=1, document=form.draft, published_at=now())

    def _make_organisations(self) -> None:
        self.lemanique = Organisation.objects.create(
            name="Lémanique IT", mail_domains=["lemanique.example"], supports=True
        )
        self.helvetia = Organisation.objects.create(
            name="Helvetia Fiduciaire", mail_domains=["helvetia.example"], region="GE"
        )
        self.rousseau = Organisation.objects.create(
            name="Atelier Rousseau", mail_domains=["rousseau.example"], language="en"
        )
        self.plainpalais = Site.objects.create(organisation=self.helvetia, name="Plainpalais")
        self.carouge = Site.objects.create(organisation=self.rousseau, name="Carouge")
        self.n1 = Team.objects.create(name="Accueil", level=1, is_default=True)
        self.n2 = Team.objects.create(name="Systèmes", level=2)
        self.n3 = Team.objects.create(name="Experts", level=3)

    def _make_people(self) -> None:
        house = self.lemanique
        self.nadia = self.add(house, "Nadia Keller", Role.TECHNICIAN, team=self.n1)
        self.nils = self.add(house, "Nils Favre", Role.TECHNICIAN, team=self.n1)
        self.benoit = self.add(house, "Benoît Rey", Role.TECHNICIAN, team=self.n2)
        self.elena = self.add(house, "Elena Rossi", Role.TECHNICIAN, team=self.n3)
        self.carla = self.add(house, "Carla Meier", Role.COORDINATOR, team=self.n1)
        self.marc = self.add(house, "Marc Dubois", Role.MANAGER)
        self.sofia = self.add(house, "Sofia Blanc", Role.SECURITY_OFFICER)
        self.adam = self.add(house, "Adam Muller", Role.ADMINISTRATOR)
        self.alice = self.add(self.helvetia, "Alice Martin")
        self.bob = self.add(self.helvetia, "Bob Girard")
        self.claire = self.add(self.helvetia, "Claire Perret", Role.CLIENT_CONTACT, only_in=self.helvetia)
        self.zoe = self.add(self.rousseau, "Zoé Lambert")

    def add(
        self,
        organisation: Organisation,
        name: str,
        role: str | None = None,
        *,
        team: Team | None = None,
        only_in: Organisation | None = None,
    ) -> Person:
        """Add a person who can sign in with `PASSWORD`; the address is first name @ the organisation's domain."""
        first = name.split()[0].lower().replace("ë", "e").replace("é", "e").replace("î", "i")
        with everything():
            person = Person.objects.create(organisation=organisation, name=name)
            email = f"{first}@{organisation.mail_domains[0]}"
            MailAddress.objects.create(organisation=organisation, person=person, email=email, is_main=True)
            Account.objects.create_user(email=email, password=PASSWORD, person=person)
            if role:
                RoleGrant.objects.create(person=person, role=role, organisation=only_in)
            if team:
                team.members.add(person)
        return person

    def as_(self, person: Person) -> Actor:
        """Return this person as an actor."""
        found = find_person(person.pk)
        assert found is not None
        return actor_for(found)

    @contextmanager
    def scope_of(self, person: Person) -> Iterator[Scope]:
        """Enter the scope in which this person's requests run."""
        found = find_person(person.pk)
        assert found is not None
        with scoped(scope_for(found)) as scope:
            yield scope

    def email(self, person: Person) -> str:
        with everything():
            address: str = person.addresses.get(is_main=True).email
        return address

    def ticket(self, requester: Person | None = None, **facts: Any) -> Ticket:
        """Open a ticket (Alice's, by mail, unless told otherwise)."""
        requester = requester or self.alice
        with everything():
            organisation = Organisation.objects.get(pk=requester.organisation_id)
            return actions.open_ticket(
                organisation,
                requester=requester,
                **{
                    "subject": "Imprimante en panne",
                    "text": "L'imprimante du 2e étage n'imprime plus.",
                    "channel": "mail",
                    "actor": self.as_(requester),
                    **facts,
                },
            )

    def contract(self, organisation: Organisation | None = None, **terms: Any) -> Contract:
        """Write down a contract (Helvetia's, from 2026 on, unless told otherwise)."""
        said = {"reference": "C-1", "name": "Infogérance", "type": "managed_services", "starts_on": date(2026, 1, 1)}
        with everything():
            return contract_actions.sign(
                organisation or self.helvetia, terms=Terms(**{**said, **terms}), actor=self.as_(self.marc)
            )


def _put_back_the_reasons() -> None:
    """The flush after a test that commits takes away what migrations had put there."""
    forget_versions()
    forget_forms()
    add_defaults(apps, zone="Europe/Zurich", at=datetime(2026, 1, 1, tzinfo=UTC))
    if not PendingReason.objects.exists():
        import_module("entraide.tickets.migrations.0002_numbers_and_reasons").add_reasons(apps, None)
        import_module("entraide.tickets.migrations.0012_approvals").add_reason(apps, None)
        import_module("entraide.tickets.migrations.0014_third_parties").mark_reasons(apps, None)


def everything() -> Any:
    return scoped(Scope.everything(reason="a test arranges its world"))
