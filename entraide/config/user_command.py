"""`entraide user`: people who sign in, and what they may do, from a shell."""

from __future__ import annotations

import click
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import override

from entraide.core.scope import Scope, scoped
from entraide.core.trouble import Trouble
from entraide.entrance.models import Ending
from entraide.entrance.resetting import reset
from entraide.entrance.sessions import end_all
from entraide.people.directory import enrol
from entraide.people.members import add_member
from entraide.people.models import Account, Organisation, Person, RoleGrant, Team
from entraide.people.queries import person_with_address
from entraide.people.rights import STAFF_ROLES, Role

OPERATOR = "an operator manages everybody"
ROLES = click.Choice([str(role) for role in Role.values])


@click.group()
def user() -> None:
    """Create people who can sign in, give roles, set passwords."""


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@click.option("--organisation", "organisation_name", required=True, help="Made if there is none of this name.")
@click.option("--role", "roles", multiple=True, type=ROLES, help="May be repeated. Without one: a requester.")
@click.option("--team", "team_name", help="Put a technician into this team.")
@click.option("--supports", is_flag=True, help="The organisation gives support (when it is made).")
@click.password_option(help="Asked for when it is not given.")
def create(
    email: str,
    name: str,
    organisation_name: str,
    roles: tuple[str, ...],
    team_name: str | None,
    supports: bool,
    password: str,
) -> None:
    """Create a person with an account."""
    with scoped(Scope.everything(reason=OPERATOR)), transaction.atomic():
        _require_address(email)
        if Account.objects.filter(email__iexact=email).exists():
            raise Trouble(f"{email} can sign in already; set another password with `entraide user password {email}`.")
        organisation, _made = Organisation.objects.get_or_create(
            name=organisation_name, defaults={"supports": supports}
        )
        person = enrol(organisation, name=name, email=email)
        if person.organisation_id != organisation.pk:
            raise Trouble(f"{email} belongs to somebody of another organisation: {person.name}.")
        _require_password(password)
        Account.objects.create_user(email=email, password=password, person=person)
        for role in roles:
            _give(person, role, None if role in STAFF_ROLES else organisation)
        if team_name:
            add_member(_team(team_name), person)
    click.echo(f"{name} can sign in as {email.lower()}.")


@user.command("list")
def list_users() -> None:
    """List who can sign in, with their roles."""
    with scoped(Scope.everything(reason=OPERATOR)):
        accounts = Account.objects.select_related("person__organisation").prefetch_related(
            "person__roles__organisation"
        )
        for account in accounts.order_by("email"):
            roles = ", ".join(
                f"{grant.role}{f' ({grant.organisation})' if grant.organisation else ''}"
                for grant in account.person.roles.all()
            )
            state = "" if account.is_active else "  [off]"
            click.echo(
                f"{account.email}  {account.person.name}  {account.person.organisation}  {roles or 'requester'}{state}"
            )


@user.command()
@click.argument("email")
@click.password_option(help="Asked for when it is not given.")
def password(email: str, password: str) -> None:
    """Set another password."""
    account = _account(email)
    _require_password(password)
    account.set_password(password)
    account.save(update_fields=["password"])
    end_all(account, Ending.PASSWORD)
    click.echo("The password is set; older sessions have ended.")


@user.command()
@click.argument("email")
@click.argument("role", type=ROLES)
@click.option("--organisation", "organisation_name", help="Only in this organisation (required for clients' roles).")
@click.option("--remove", is_flag=True, help="Take the role away instead.")
def role(email: str, role: str, organisation_name: str | None, remove: bool) -> None:
    """Give a role, or take it away."""
    with scoped(Scope.everything(reason=OPERATOR)):
        person = person_with_address(email)
        if person is None:
            raise Trouble(f"Nobody has the address {email}.")
        organisation = _organisation(organisation_name) if organisation_name else None
        if remove:
            for grant in RoleGrant.objects.filter(person=person, role=role, organisation=organisation):
                grant.delete()
            click.echo("The role is taken away.")
            return
        if organisation is None and role not in STAFF_ROLES:
            raise Trouble(f"The role {role} holds in one organisation: name it with --organisation.")
        _give(person, role, organisation)
    click.echo("The role is given.")


@user.command()
@click.argument("email")
@click.option("--on", is_flag=True, help="Let them sign in again.")
def off(email: str, on: bool) -> None:
    """Let somebody no longer sign in; their tickets stay."""
    account = _account(email)
    account.is_active = on
    account.save(update_fields=["is_active"])
    if not on:
        end_all(account, Ending.OFF)
    click.echo(f"{account.email} {'can sign in again' if on else 'can no longer sign in'}.")


@user.command("reset-factors")
@click.argument("email")
def reset_factors(email: str) -> None:
    """Take every second factor of somebody away who lost them; they are signed out everywhere and told by mail."""
    account = _account(email)
    n = reset(account)
    click.echo(f"{account.email} had {n} second factor{'' if n == 1 else 's'}; now none, and is signed out everywhere.")


def _account(email: str) -> Account:
    account = Account.objects.filter(email__iexact=email).first()
    if account is None:
        raise Trouble(f"Nobody signs in as {email}; see `entraide user list`.")
    return account


def _organisation(name: str) -> Organisation:
    organisation = Organisation.objects.filter(name__iexact=name).first()
    if organisation is None:
        raise Trouble(f"There is no organisation called {name}.")
    return organisation


def _team(name: str) -> Team:
    team = Team.objects.filter(name__iexact=name).first()
    if team is None:
        raise Trouble(f"There is no team called {name}.")
    return team


def _give(person: Person, role: str, organisation: Organisation | None) -> None:
    RoleGrant.objects.get_or_create(person=person, role=role, organisation=organisation)


def _require_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Trouble(f"{email} is not a mail address.") from error


def _require_password(password: str) -> None:
    # The command speaks English, as all of them do.
    with override("en"):
        try:
            validate_password(password)
        except ValidationError as error:
            raise Trouble(" ".join(error.messages)) from error
