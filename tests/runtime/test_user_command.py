"""`entraide user`: people who sign in, and their roles, from a shell."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner, Result

from entraide.config.user_command import user
from entraide.core.trouble import Trouble
from entraide.people.models import Account, Organisation
from entraide.people.rights import Role
from tests.world import World, everything

GOOD = "tulipe-jaune-42"


def run(*arguments: str, password: str = GOOD) -> Result:
    """Run it; the password is typed twice where one is asked for. Raises Trouble as the command does."""
    done = CliRunner().invoke(user, arguments, input=f"{password}\n{password}\n")
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def account(email: str) -> Account:
    found: Account = Account.objects.get(email=email)
    return found


def roles(email: str) -> set[tuple[str, Any]]:
    with everything():
        return {(grant.role, grant.organisation_id) for grant in account(email).person.roles.all()}


@pytest.mark.django_db
def test_the_first_administrator_of_an_empty_desk_is_made_in_one_command() -> None:
    done = run(
        "create", "Ada@Desk.example", "--name", "Ada Roth", "--organisation", "Desk SA", "--supports",
        "--role", "administrator",
    )  # fmt: skip
    assert done.exit_code == 0
    assert GOOD not in done.output
    made = account("ada@desk.example")
    assert made.check_password(GOOD)
    assert roles("ada@desk.example") == {(Role.ADMINISTRATOR, None)}
    assert Organisation.objects.get(name="Desk SA").supports


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("alice", GOOD, "alice is not a mail address"),
        ("eva@helvetia.example", "court", "too short"),
        ("alice@helvetia.example", GOOD, "alice@helvetia.example can sign in already"),
    ],
)
def test_a_person_who_cannot_be_made_is_told_why_and_nothing_is_kept(
    world: World, email: str, password: str, said: str
) -> None:
    before = Account.objects.count()
    with pytest.raises(Trouble, match=said):
        run("create", email, "--name", "Eva", "--organisation", "Nowhere SA", password=password)
    assert Account.objects.count() == before
    assert not Organisation.objects.filter(name="Nowhere SA").exists()


def test_an_address_of_somebody_elsewhere_is_not_given_away(world: World) -> None:
    Account.objects.get(email=world.email(world.zoe)).delete()
    with pytest.raises(Trouble, match="belongs to somebody of another organisation: Zoé Lambert"):
        run("create", "zoe@rousseau.example", "--name", "Eva", "--organisation", "Helvetia Fiduciaire")


def test_the_list_names_roles_and_who_is_off(world: World) -> None:
    run("off", "bob@helvetia.example")
    lines = run("list").output.splitlines()
    assert len(lines) == Account.objects.count()
    assert "nadia@lemanique.example  Nadia Keller  Lémanique IT  technician" in lines
    assert "bob@helvetia.example  Bob Girard  Helvetia Fiduciaire  requester  [off]" in lines
    assert any("client_contact (Helvetia Fiduciaire)" in line for line in lines if "claire@" in line)


def test_somebody_who_is_off_comes_back(world: World) -> None:
    run("off", "bob@helvetia.example")
    assert not account("bob@helvetia.example").is_active
    run("off", "bob@helvetia.example", "--on")
    assert account("bob@helvetia.example").is_active


def test_another_password_replaces_the_first(world: World) -> None:
    run("password", "nadia@lemanique.example")
    assert account("nadia@lemanique.example").check_password(GOOD)


def test_a_role_is_given_once_and_taken_away(world: World) -> None:
    for _time in range(2):
        run("role", "nadia@lemanique.example", "coordinator")
    assert roles("nadia@lemanique.example") == {(Role.TECHNICIAN, None), (Role.COORDINATOR, None)}
    run("role", "nadia@lemanique.example", "coordinator", "--remove")
    assert roles("nadia@lemanique.example") == {(Role.TECHNICIAN, None)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("role", "nobody@helvetia.example", "technician"), "Nobody has the address"),
        (("role", "alice@helvetia.example", "client_contact"), "name it with --organisation"),
        (("role", "alice@helvetia.example", "client_contact", "--organisation", "X"), "no organisation called X"),
        (("password", "nobody@helvetia.example"), "Nobody signs in as nobody@helvetia.example"),
        (("off", "nobody@helvetia.example"), "Nobody signs in as nobody@helvetia.example"),
    ],
)
def test_a_name_that_is_not_there_is_told(world: World, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(Trouble, match=said):
        run(*arguments)


def test_an_unknown_role_is_told_with_those_that_exist(world: World) -> None:
    done = run("role", "nadia@lemanique.example", "boss")
    assert done.exit_code == 2
    assert "technician" in done.output


@pytest.mark.django_db
def test_lost_factors_are_taken_away_and_told_of(world: World, mailoutbox: list[Any]) -> None:
    from entraide.entrance.factors import has_factor
    from tests.entrance.signing_in import add_app, is_in, signed_in
    from tests.jobs import do_jobs

    client = signed_in("alice@helvetia.example")
    add_app(account("alice@helvetia.example"))
    assert "had 1 second factor; now none" in run("reset-factors", "alice@helvetia.example").output
    assert not has_factor(account("alice@helvetia.example"))
    assert not is_in(client)
    do_jobs()
    (mail,) = mailoutbox
    assert mail.subject == "Vos seconds facteurs ont été retirés"
