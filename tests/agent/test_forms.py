"""The forms of the desk: opening a ticket, the directory, the settings, mail."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from entraide.channels.email.models import IncomingMail, Mailbox, OutgoingMail
from entraide.channels.email.secrets import reveal
from entraide.core.clock import now
from entraide.people.models import MailAddress, Organisation, Person, RoleGrant, Team
from entraide.tickets.models import Category, RoutingRule, Ticket
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(world: World, client: Client) -> Any:
    def sign_in(person: Person) -> Client:
        client.force_login(person.account)  # type: ignore[attr-defined]
        return client

    return sign_in


def test_a_caller_is_found_while_typing(world: World, as_: Any) -> None:
    client = as_(world.nadia)
    for words in ("alice", "mart", "alice@helv", "Helvetia"):
        assert "Alice Martin" in client.get("/desk/tickets/new/people", {"who": words}).content.decode()
    assert "Alice" not in client.get("/desk/tickets/new/people", {"who": "x"}).content.decode()


def test_a_ticket_is_opened_for_a_caller(world: World, as_: Any) -> None:
    answer = as_(world.nadia).post(
        "/desk/tickets/new",
        {"requester": world.alice.pk, "subject": "Écran noir", "text": "", "channel": "phone", "kind": "incident",
         "impact": "2", "urgency": "1", "mode": "on_site", "take": "yes"},
    )  # fmt: skip
    assert answer.status_code == 302
    with everything():
        ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.priority, ticket.mode, ticket.assignee_id) == ("phone", 2, "on_site", world.nadia.pk)
    assert ticket.requester_id == world.alice.pk


def test_somebody_new_is_enrolled_with_their_ticket(world: World, as_: Any) -> None:
    form = {"new_name": "Léa Rochat", "new_email": "lea@helvetia.example", "organisation": world.helvetia.pk,
            "subject": "x", "channel": "phone", "kind": "incident", "impact": "3", "urgency": "2"}  # fmt: skip
    assert as_(world.nadia).post("/desk/tickets/new", form).status_code == 302
    with everything():
        assert Ticket.objects.get().requester.name == "Léa Rochat"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"requester": ""}, "Choisissez qui appelle"),
        ({"subject": " "}, "en quelques mots"),
        ({"impact": "9"}, "de 1 (haut)"),
        ({"requester": "", "new_email": "nope"}, "pas une adresse mail"),
        ({"requester": "", "new_email": "a@b.example"}, "organisation de la nouvelle personne"),
    ],
)
def test_an_opening_that_is_refused_keeps_what_was_typed(
    world: World, as_: Any, changes: dict[str, str], words: str
) -> None:
    form = {"requester": str(world.alice.pk), "subject": "x", "text": "Très long récit", "channel": "phone",
            "kind": "incident", "impact": "3", "urgency": "2"} | changes  # fmt: skip
    answer = as_(world.nadia).post("/desk/tickets/new", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Très long récit" in answer.content.decode()


PERSON = {
    "name": "Luc Favre",
    "email": "luc@helvetia.example",
    "phone": "022 555 01 01",
    "language": "",
    "job_title": "",
}


def test_a_person_is_added_with_address_and_telephone(world: World, as_: Any) -> None:
    answer = as_(world.carla).post(
        "/desk/directory/people/new", {**PERSON, "organisation": world.helvetia.pk, "is_active": "on"}
    )
    assert answer.status_code == 302
    with everything():
        luc = Person.objects.get(name="Luc Favre")
        assert luc.address == "luc@helvetia.example"
        assert luc.phones.get().number == "+41225550101"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "alice@helvetia.example"}, "déjà cette adresse"),
        ({"email": "pas une adresse"}, "adresse"),
        ({"phone": "abc"}, "pas un numéro de téléphone"),
        ({"phone": "12"}, "chiffres"),
        ({"name": ""}, "obligatoire"),
    ],
)
def test_a_wrong_person_is_refused_beside_the_field(
    world: World, as_: Any, changes: dict[str, str], words: str
) -> None:
    form = {**PERSON, "organisation": str(world.helvetia.pk)} | changes
    answer = as_(world.carla).post("/desk/directory/people/new", form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with everything():
        assert not MailAddress.objects.filter(email="luc@helvetia.example").exists()


def test_who_may_only_read_the_directory_is_told_so(world: World, as_: Any) -> None:
    form = {**PERSON, "organisation": world.helvetia.pk}
    assert as_(world.nadia).post("/desk/directory/people/new", form).status_code == 403


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_zone": "Mars/Base"}, "fuseau horaire"),
        ({"country": "ZZ"}, "pas un pays"),
        ({"mail_domains": "pas un domaine"}, "pas un domaine"),
        ({"mail_domains": "helvetia.example"}, "a déjà l"),
        ({"name": "Helvetia Fiduciaire"}, "existe déjà"),
    ],
)
def test_a_wrong_organisation_is_refused_beside_the_field(
    world: World, as_: Any, changes: dict[str, str], words: str
) -> None:
    form = {
        "name": "Nouvelle SA",
        "mail_domains": "nouvelle.example",
        "language": "fr",
        "time_zone": "Europe/Zurich",
        "country": "CH",
    }
    assert as_(world.carla).post("/desk/directory/organisations/new", form | changes).status_code == 422
    assert words in as_(world.carla).post("/desk/directory/organisations/new", form | changes).content.decode()
    assert as_(world.carla).post("/desk/directory/organisations/new", form).status_code == 302
    assert Organisation.objects.get(name="Nouvelle SA").mail_domains == ["nouvelle.example"]


def test_teams_have_members_and_one_takes_the_rest(world: World, as_: Any) -> None:
    form = {"name": "Nuit", "level": "1", "members": [world.nils.pk], "is_active": "on"}
    assert as_(world.carla).post("/desk/directory/teams/new", form).status_code == 302
    with everything():
        assert Team.objects.get(name="Nuit").members.get().pk == world.nils.pk
    again = as_(world.carla).post("/desk/directory/teams/new", form | {"name": "Jour", "is_default": "on"})
    assert "retirez-le-lui" in again.content.decode()


def test_roles_are_given_but_not_beyond_ones_own_right(world: World, as_: Any) -> None:
    roles = f"/desk/directory/people/{world.bob.pk}/roles"
    client = as_(world.carla)
    client.post(roles, {"role": "client_contact", "organisation": world.helvetia.pk})
    client.post(roles, {"role": "client_contact"})
    client.post(roles, {"role": "administrator"})
    assert [grant.role for grant in RoleGrant.objects.filter(person_id=world.bob.pk)] == ["client_contact"]
    as_(world.adam).post(roles, {"role": "administrator"})
    assert RoleGrant.objects.filter(person_id=world.bob.pk, role="administrator").exists()


def test_categories_form_a_tree_and_routing_follows_rules(world: World, as_: Any) -> None:
    client = as_(world.adam)
    loop = client.post(f"/desk/settings/categories/{world.network.pk}/", {"name": "Réseau", "parent": world.wifi.pk})
    assert loop.status_code == 422
    rule = {"position": "1", "category": world.network.pk, "words": "", "team": world.n2.pk}
    assert client.post("/desk/settings/routing/new", rule).status_code == 302
    with everything():
        assert world.ticket(category=world.wifi).team_id == world.n2.pk
        assert world.ticket().team_id == world.n1.pk
    client.post(f"/desk/settings/categories/{world.wifi.pk}/", {"delete": "yes"})
    assert Category.objects.filter(pk=world.wifi.pk).exists(), "tickets hold on to it"
    client.post(f"/desk/settings/routing/{RoutingRule.objects.get().pk}/", {"delete": "yes"})
    assert not RoutingRule.objects.exists()


def test_a_mail_in_quarantine_can_be_read_again_or_set_aside(world: World, as_: Any) -> None:
    rows = [
        IncomingMail.objects.create(
            fingerprint=str(n), raw=b"From: alice@helvetia.example\nSubject: Panne\n\nBonjour", size_bytes=50,
            received_at=now(), door="smtp", outcome="quarantined", reason="essai",
        )
        for n in range(2)
    ]  # fmt: skip
    client = as_(world.nadia)
    assert "essai" in client.get("/desk/mails/?outcome=quarantined").content.decode()
    assert b"Bonjour" in client.get(f"/desk/mails/{rows[0].pk}/original?download").content
    client.post(f"/desk/mails/{rows[0].pk}/retry")
    client.post(f"/desk/mails/{rows[1].pk}/aside")
    do_jobs(queues=("mail",))
    assert [row.outcome for row in IncomingMail.objects.order_by("pk")] == ["ticket", "ignored"]


def test_a_mail_that_failed_can_be_sent_again(world: World, as_: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world.ticket()
    do_jobs(queues=("reactions",))
    with everything():
        OutgoingMail.objects.update(state="failed", last_error="550 nobody")
    client = as_(world.nadia)
    assert "550 nobody" in client.get("/desk/mails/outgoing/").content.decode()
    with everything():
        key = OutgoingMail.objects.get().pk
    client.post(f"/desk/mails/outgoing/{key}/retry")
    do_jobs()
    with everything():
        assert OutgoingMail.objects.get().state == "sent"


def test_a_template_is_previewed_saved_and_taken_back(world: World, as_: Any) -> None:
    client = as_(world.adam)
    url = "/desk/mails/templates/reply/fr/"
    assert (
        "Cher Alice"
        in client.post(url, {"subject": "x", "body": "Cher {requester}", "preview": "yes"}).content.decode()
    )
    assert client.post(url, {"subject": "x", "body": "{nope}", "save": "yes"}).status_code == 422
    assert client.post(url, {"subject": "x", "body": "Cher {requester}", "save": "yes"}).status_code == 302
    assert "Cher Alice" in client.get(f"{url}preview").content.decode()
    assert client.post(url, {"subject": "x", "body": "y", "reset": "yes"}).status_code == 302
    assert "Cher Alice" not in client.get(f"{url}preview").content.decode()


def test_a_mailbox_is_added_with_its_password_kept_secret(world: World, as_: Any) -> None:
    client = as_(world.adam)
    form = {"name": "Helpdesk", "address": "helpdesk@lemanique.example", "host": "imap.lemanique.example", "port": "993",
            "security": "tls", "username": "helpdesk", "folder": "INBOX", "after": "seen", "is_active": "on"}  # fmt: skip
    assert client.post("/desk/settings/mailboxes/new", form).status_code == 422, "a new one needs its password"
    assert (
        client.post("/desk/settings/mailboxes/new", form | {"password": "s3cret", "after": "move"}).status_code == 422
    )
    assert client.post("/desk/settings/mailboxes/new", form | {"password": "s3cret"}).status_code == 302
    mailbox = Mailbox.objects.get()
    assert "s3cret" not in mailbox.secret
    assert reveal(mailbox.secret) == "s3cret"
    page = client.get(f"/desk/settings/mailboxes/{mailbox.pk}/").content.decode()
    assert "s3cret" not in page
    assert mailbox.secret not in page
    client.post(f"/desk/settings/mailboxes/{mailbox.pk}/", form | {"folder": "Support"})
    assert reveal(Mailbox.objects.get().secret) == "s3cret", "empty leaves it as it is"


def test_who_works_for_one_organisation_sees_its_mail_and_no_other(world: World, as_: Any) -> None:
    nora = world.add(world.lemanique, "Nora Petit", "technician", only_in=world.helvetia)
    tickets = {name: world.ticket(getattr(world, name)) for name in ("alice", "zoe")}
    mails = {
        name: IncomingMail.objects.create(
            fingerprint=name, raw=b"x", size_bytes=1, received_at=now(), door="smtp", subject=f"De {name}", outcome="ticket",
            ticket=tickets.get(name),
        )
        for name in ("alice", "zoe", "nobody")
    }  # fmt: skip
    page = as_(nora).get("/desk/mails/").content.decode()
    assert "De alice" in page
    assert "De zoe" not in page
    assert "De nobody" not in page
    for name, status in (("alice", 200), ("zoe", 404), ("nobody", 404)):
        assert as_(nora).get(f"/desk/mails/{mails[name].pk}/original").status_code == status, name
    assert as_(nora).post(f"/desk/mails/{mails['zoe'].pk}/retry").status_code == 404


def test_nobody_gives_or_takes_more_than_they_have(world: World, as_: Any) -> None:
    cora = world.add(world.lemanique, "Cora Petit", "coordinator", only_in=world.helvetia)
    roles = f"/desk/directory/people/{world.bob.pk}/roles"
    as_(cora).post(roles, {"role": "technician"})
    as_(cora).post(roles, {"role": "manager", "organisation": world.helvetia.pk})
    as_(cora).post(roles, {"role": "technician", "organisation": world.rousseau.pk})
    assert not RoleGrant.objects.filter(person_id=world.bob.pk).exists()
    as_(cora).post(roles, {"role": "technician", "organisation": world.helvetia.pk})
    assert RoleGrant.objects.filter(person_id=world.bob.pk, role="technician", organisation=world.helvetia).exists()
    administrator = RoleGrant.objects.get(person_id=world.adam.pk)
    as_(world.carla).post(f"/desk/directory/people/{world.adam.pk}/roles", {"remove": administrator.pk})
    assert RoleGrant.objects.filter(pk=administrator.pk).exists()


def test_a_right_over_one_organisation_ends_at_its_border(world: World, as_: Any) -> None:
    cora = world.add(world.lemanique, "Cora Petit", "coordinator", only_in=world.helvetia)
    client = as_(cora)
    there = f"/desk/directory/people/{world.nadia.pk}/"
    assert client.get(there).status_code == 200, "her own organisation may be read"
    assert client.post(there, {**PERSON, "email": "nadia@lemanique.example"}).status_code == 403
    assert client.post("/desk/directory/people/new", {**PERSON, "organisation": world.lemanique.pk}).status_code == 403
    assert client.post(f"/desk/directory/organisations/{world.lemanique.pk}/", {"name": "x"}).status_code == 403
    assert client.post("/desk/directory/organisations/new", {"name": "x"}).status_code == 403
    assert (
        client.post(f"/desk/directory/organisations/{world.lemanique.pk}/sites/new", {"name": "x"}).status_code == 403
    )
    assert client.post(f"/desk/directory/teams/{world.n1.pk}/", {"name": "x", "level": 1}).status_code == 403
    with everything():
        assert Person.objects.get(pk=world.nadia.pk).name == "Nadia Keller"
        assert not Person.objects.filter(name="Luc Favre").exists()
    assert client.post("/desk/directory/people/new", {**PERSON, "organisation": world.helvetia.pk}).status_code == 302
