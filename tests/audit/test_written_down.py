"""Each kind of act is written down by doing the real thing."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from click.testing import CliRunner
from django.test import Client

from entraide.api.command import token as token_command
from entraide.audit.models import AuditEntry
from entraide.config.user_command import user as user_command
from entraide.people.models import RoleGrant
from tests.world import PASSWORD, World, everything


def newest(act: str) -> AuditEntry:
    found = AuditEntry.objects.filter(act=act).first()
    assert found is not None, f"no {act} was written down"
    return found


def sign_in(world: World, person: Any, password: str = PASSWORD) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.post("/account/login/", {"login": world.email(person), "password": password})
    return client


def test_signing_in_and_out_is_written_down_with_the_address(world: World) -> None:
    client = sign_in(world, world.nadia)
    entry = newest("signed_in")
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("person", world.nadia.pk, "Nadia Keller")
    assert (entry.address, entry.channel, entry.organisation_id) == ("192.0.2.9", "page", world.lemanique.pk)
    client.post("/account/logout/")
    assert newest("signed_out").actor_id == world.nadia.pk


def test_a_failed_sign_in_names_the_account_and_nobody_as_its_doer(world: World) -> None:
    sign_in(world, world.nadia, "wrong")
    entry = newest("sign_in_failed")
    assert (entry.actor_kind, entry.actor_id, entry.address) == ("nobody", None, "192.0.2.9")
    assert entry.subject_name == "nadia@lemanique.example"


def test_what_may_be_a_password_in_the_wrong_field_is_not_kept(world: World) -> None:
    from django.contrib.auth import authenticate

    assert authenticate(None, login="my secret pass", password="x") is None
    assert all("secret" not in each.subject_name for each in AuditEntry.objects.all())


def test_another_password_is_written_down_and_the_password_is_not(world: World) -> None:
    client = sign_in(world, world.nadia)
    new = "another battery staple 42"
    client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert newest("password_changed").actor_id == world.nadia.pk
    changed = newest("account_changed")
    assert changed.details == {"changes": {"password": ["…", "…"]}}


def test_second_factors_are_written_down(world: World, django_capture_on_commit_callbacks: Any) -> None:
    client = sign_in(world, world.nadia)
    there = "/account/2fa/totp/activate/"
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": there})
    secret = client.get(there).context["form"].secret
    counter = next(auth.yield_hotp_counters_from_time())
    with django_capture_on_commit_callbacks(execute=True):
        client.post(there, {"code": auth.format_hotp_value(auth.hotp_value(secret, counter))})
    assert newest("second_factor_added").details == {"factor": "totp"}
    client.post("/account/2fa/totp/deactivate/")
    removed = AuditEntry.objects.filter(act="second_factor_removed")
    assert {"factor": "totp"} in [each.details for each in removed]
    assert not Authenticator.objects.filter(type="totp").exists()


def test_roles_given_and_taken_at_the_desk_are_written_down(world: World) -> None:
    client = sign_in(world, world.adam)
    client.post(f"/desk/directory/people/{world.nils.pk}/roles", {"role": "coordinator"})
    entry = newest("role_given")
    assert (entry.actor_id, entry.subject_name) == (world.adam.pk, "coordinator: Nils Favre")
    grant = RoleGrant.objects.get(person=world.nils, role="coordinator")
    client.post(f"/desk/directory/people/{world.nils.pk}/roles", {"remove": str(grant.pk)})
    assert newest("role_taken").subject_id == grant.pk


def test_what_an_operator_does_by_command_is_written_down(world: World) -> None:
    def run(command: Any, *words: str) -> str:
        done = CliRunner().invoke(command, words)
        assert done.exit_code == 0, done.output
        return done.output

    run(user_command, "role", "nils@lemanique.example", "manager")
    assert newest("role_given").subject_name == "manager: Nils Favre"
    run(user_command, "role", "nils@lemanique.example", "manager", "--remove")
    assert newest("role_taken").subject_name == "manager: Nils Favre"
    run(user_command, "off", "nils@lemanique.example")
    assert newest("account_changed").details == {"changes": {"is_active": [True, False]}}
    secret = run(token_command, "create", "--person", "nils@lemanique.example", "--name", "inventory").strip()
    made = newest("token_made")
    assert made.subject_name == f"{secret[:10]}… inventory (Nils Favre)"
    assert secret not in str(made.details) and made.details["values"]["digest"] == "…"
    run(token_command, "revoke", secret[:10])
    assert "revoked_at" in newest("token_changed").details["changes"]


def test_a_person_changed_by_the_api_is_written_down_as_done_by_the_tokens_person(world: World) -> None:
    from entraide.api.tokens import create_token

    with everything():
        _token, secret = create_token(world.carla, name="sync", scopes=["directory:read", "directory:write"])
    answer = Client(REMOTE_ADDR="192.0.2.11").patch(
        f"/api/v1/people/{world.alice.pk}", {"is_vip": True}, content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    entry = newest("setting_changed")
    assert (entry.channel, entry.actor_id, entry.address) == ("api", world.carla.pk, "192.0.2.11")
    assert (entry.subject_kind, entry.details) == ("people.person", {"changes": {"is_vip": [False, True]}})


def test_what_is_taken_back_was_never_done(world: World) -> None:
    from django.db import transaction

    before = AuditEntry.objects.count()
    with everything(), transaction.atomic():
        RoleGrant.objects.create(person=world.nils, role="manager")
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == before


@pytest.mark.django_db
def test_nobodys_request_is_not_the_desks_doing(world: World) -> None:
    Client(REMOTE_ADDR="192.0.2.9").get("/account/login/")
    assert not AuditEntry.objects.exclude(channel="job").exists()
