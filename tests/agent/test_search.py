"""The search field on real tickets: operators, people, files, mistyped words, and what stays internal."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from entraide.core.scope import Scope, scoped
from entraide.forms.field import Field
from entraide.people.models import RoleGrant
from entraide.people.rights import Role
from entraide.tickets import actions, finding
from entraide.tickets.models import FieldValue, Ticket
from entraide.tickets.queries import visible_to
from entraide.tickets.third_parties import write_to_third_party
from entraide.tickets.uploads import keep_upload
from tests.world import World, everything

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.force_login(world.nadia.account)
    return client


def shown(answer: Any) -> set[int]:
    return {int(number) for number in re.findall(r'<tr id="t(\d+)"', answer.content.decode())}


@pytest.fixture
def desk(world: World) -> dict[int, str]:
    """Four tickets, by their names."""
    with time_machine.travel(NOON - timedelta(days=10)), everything():
        old = world.ticket(world.bob, text="Merci.", subject="Vieux serveur", channel="phone", category=world.wifi)
        actions.resolve(old, code="solved", text="Fait.", actor=world.as_(world.nils))
        actions.reopen(old, text="Encore.", actor=world.as_(world.bob))
        actions.hold(old, reason="supplier", actor=world.as_(world.nils))
    with time_machine.travel(NOON - timedelta(hours=1)), everything():
        urgent = world.ticket(
            world.zoe,
            text="Merci.",
            subject="Coupure",
            impact=1,
            urgency=1,
            tags=("réseau",),
            site_id=world.carouge.pk,
            team=world.n2,
        )
        upload = keep_upload(SimpleUploadedFile("Plan du réseau.txt", b"x"))
        mine = world.ticket(world.alice, text="Merci.", subject="Imprimante du hall", attachments=(upload,))
        actions.take(mine, actor=world.as_(world.nadia))
        watched = world.ticket(world.alice, text="Merci.", subject="Écran noir", kind="request")
        actions.watch(watched, person=world.nadia, actor=world.as_(world.nadia))
        done = world.ticket(world.alice, text="Merci.", subject="Clavier")
        actions.resolve(done, code="solved", text="Changé.", actor=world.as_(world.nils))
    return {ticket.number: name for ticket, name in
            ((old, "old"), (urgent, "urgent"), (mine, "mine"), (watched, "watched"), (done, "done"))}  # fmt: skip


ASKED = {
    "org:rousseau": "urgent", "-org:rousseau": "old mine watched done", "client:Atelier,Helvetia": "old urgent mine watched done",
    "site:carouge": "urgent", "site:none": "old mine watched done", "team:systemes": "urgent", "level:N2": "urgent", "p:1": "urgent",
    "-priority:P1": "old mine watched done", "status:resolved": "done", "is:open": "old urgent mine watched", "-is:open": "done",
    "is:waiting": "old", "est:non-assigné": "urgent watched", "is:resolved": "done", "is:late": "old urgent", "is:mine": "mine",
    "is:watched": "watched", "is:reopened": "old", "is:major": "", "assignee:me": "mine", "assignee:keller": "mine",
    "assignee:none": "urgent watched", "-assignee:none": "old mine done", "from:alice": "mine watched done", "demandeur:zoé": "urgent",
    "from:zoe@rousseau.example": "urgent", "tag:réseau": "urgent", "-tag:réseau": "old mine watched done", "category:réseau": "old",
    "cat:wi-fi": "old", "channel:phone": "old", "kind:request": "watched", "has:attachment": "mine", "-has:attachment": "old urgent watched done",
    "has:tag": "urgent", "due:late": "old urgent", "due:<30m": "old urgent", "due:>1m is:open": "mine watched", "due:none": "done",
    "opened:<7d": "urgent mine watched done", "opened:>7d": "old", "opened:today": "urgent mine watched done", "opened:2026-02-20..2026-02-25": "old",
    "updated:<2h": "urgent mine watched done", "is:mine or is:reopened": "old mine", "org:helvetia imprimante": "mine",
    "from:alice -imprimante -clavier": "watched", 'objet:"du hall"': "mine", "ecran": "watched", "plan": "mine", "alice imprimante": "mine",
    "rousseau": "urgent", "impriman": "mine", '"imprimante du hall"': "mine", "imprimnate": "mine", "Clavire": "done", "Lambret": "urgent",
}  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_each_operator_finds_what_it_says(desk: dict[int, str], nadia: Client, text: str) -> None:
    with time_machine.travel(NOON):
        answer = nadia.get("/desk/", {"view": "all", "q": text})
    assert {desk[number] for number in shown(answer)} == set(ASKED[text].split())
    assert 'id="search-said" role="status"><ul>' not in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("niveu:N2 coupure", 'Vouliez-vous dire <a href="/desk/?view=all&amp;q=niveau%3AN2+coupure">niveau:</a>'),
        ("niveau:N7 coupure", "Possible : N1, N2, N3"),
        ("échéance:bientôt coupure", "&lt;2h"),
        ("coupure est:", "en-attente"),
        ("type:chose coupure", "incident"),
    ],
)
def test_a_mistake_is_said_beside_the_field_and_the_rest_is_found(
    desk: dict[int, str], nadia: Client, text: str, said: str
) -> None:
    answer = nadia.get("/desk/rows", {"view": "all", "q": text})
    assert {desk[number] for number in shown(answer)} == {"urgent"}
    assert said in answer.content.decode().partition('id="search-said"')[2]


def test_a_name_that_nobody_has_finds_nothing_and_names_who_it_may_be(desk: dict[int, str], nadia: Client) -> None:
    answer = nadia.get("/desk/", {"view": "all", "q": "client:helvetai"})
    assert shown(answer) == set()
    meant = re.search(r'Vouliez-vous dire <a href="([^"]+)">Helvetia Fiduciaire</a>', answer.content.decode())
    assert meant
    assert len(shown(nadia.get(html.unescape(meant[1])))) > 0


def test_a_mistyped_operator_is_offered_though_the_rest_is_as_it_was(desk: dict[int, str], nadia: Client) -> None:
    answer = nadia.get("/desk/rows", {"view": "all", "q": 'sujet:"xniveu:" NIVEU:N2,N3', "team": "", "after": "x"})
    assert "q=sujet%3A%22xniveu%3A%22+niveau%3AN2%2CN3" in answer.content.decode()
    assert "after=" not in answer.content.decode().partition('id="search-said"')[2].partition("</div>")[0]


def test_what_resembles_is_shown_as_such_and_only_where_nothing_has_the_very_words(
    desk: dict[int, str], nadia: Client
) -> None:
    told = "voici ce qui leur ressemble"
    assert told in nadia.get("/desk/", {"q": "imprimnate"}).content.decode()
    assert told not in nadia.get("/desk/", {"q": "imprimante"}).content.decode()
    assert shown(nadia.get("/desk/", {"q": "xylophone"})) == set()


def test_internal_words_are_found_by_those_alone_who_may_see_them(world: World, client: Client) -> None:
    with everything():
        ticket = world.ticket()
        upload = keep_upload(SimpleUploadedFile("enquete-interne.txt", b"x"))
        actions.note(ticket, text="Soupçon de fraude.", attachments=(upload,), actor=world.as_(world.nadia))
    for words in ("fraude", "enquete-interne"):
        client.force_login(world.nadia.account)
        assert shown(client.get("/desk/", {"q": words})) == {ticket.number}
        for person in (world.alice, world.claire):
            client.force_login(person.account)
            assert ticket.subject not in client.get("/tickets/", {"q": words}).content.decode()
            assert ticket.subject not in client.get("/organisation/", {"q": words, "shown": "all"}).content.decode()
            actor = world.as_(person)
            with world.scope_of(person):
                assert not finding.search(visible_to(actor), words, actor=actor).exists()


@pytest.mark.parametrize(
    "words",
    ["fraude", "enquete-interne", "has:note", "-has:note fraude", "has:third-party", "C02XYZ", "field.serial:C02XYZ"],
)
def test_who_supports_one_client_and_only_asks_for_another_finds_internal_words_of_the_first_alone(
    world: World, client: Client, words: str
) -> None:
    with everything():
        RoleGrant.objects.filter(person=world.nils).delete()
        RoleGrant.objects.create(person=world.nils, role=Role.TECHNICIAN, organisation=world.rousseau)
        RoleGrant.objects.create(person=world.nils, role=Role.CLIENT_CONTACT, organisation=world.helvetia)
        form = world.form("Poste", Field("serial", "text", "Numéro", "Serial number", audience="desk")).form
        supported, asked = world.ticket(world.zoe), world.ticket(world.alice)
        for ticket in (supported, asked):
            upload = keep_upload(SimpleUploadedFile("enquete-interne.txt", b"x"))
            actions.note(ticket, text="Soupçon de fraude.", attachments=(upload,), actor=world.as_(world.nadia))
            write_to_third_party(ticket, to=["x@hp.example"], subject="x", text="x", actor=world.as_(world.nadia))
            FieldValue.objects.create(
                ticket=ticket, organisation_id=ticket.organisation_id, form=form, code="serial", text="C02XYZ"
            )
    client.force_login(world.nils.account)
    assert shown(client.get("/desk/", {"view": "all", "q": ""})) == {supported.number, asked.number}
    found = set() if words.startswith("-") else {supported.number}
    assert shown(client.get("/desk/", {"view": "all", "q": words})) == found
    if " " not in words and ":" not in words:
        told = client.get("/desk/palette", {"q": words}).json()["found"]
        assert [each["url"] for each in told if each["kind"] == "ticket"] == [f"/desk/tickets/{supported.number}/"]


def test_another_organisations_words_and_names_are_neither_found_nor_told(world: World, client: Client) -> None:
    with everything():
        RoleGrant.objects.filter(person=world.nils).update(organisation=world.rousseau)
        hers = world.ticket(world.alice, subject="Salaires")
    client.force_login(world.nils.account)
    answer = client.get("/desk/", {"view": "all", "q": "client:helvetai or salaires or alice"})
    assert shown(answer) == set()
    assert "Helvetia" not in answer.content.decode()
    assert hers.reference not in answer.content.decode()


def test_a_number_means_that_ticket_and_else_what_mentions_it(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    other = world.ticket(subject=f"Comme {ticket.number}, Office 2016")
    assert shown(nadia.get("/desk/", {"q": str(ticket.number)})) == {ticket.number}
    assert shown(nadia.get("/desk/", {"q": "2016"})) == {other.number}
    assert shown(nadia.get("/desk/", {"q": f"#{ticket.number} imprimante"})) == {ticket.number}


def test_a_number_that_is_still_being_typed_finds_those_that_begin_with_it(world: World, nadia: Client) -> None:
    with everything(), connection.cursor() as cursor:
        # Two of one beginning, whatever numbers the tests before have used up.
        one, two = world.ticket(), world.ticket()
        for ticket, number in ((one, 71_350_001), (two, 71_350_002)):
            cursor.execute("UPDATE tickets_ticket SET number = %s WHERE id = %s", [number, ticket.pk])
    assert shown(nadia.get("/desk/", {"q": "ENT-7135"})) == {71_350_001, 71_350_002}
    assert shown(nadia.get("/desk/", {"q": "#71350002"})) == {71_350_002}
    assert shown(nadia.get("/desk/", {"q": "ENT-71350002 imprimante"})) == {71_350_002}
    assert shown(nadia.get("/desk/", {"q": "ENT-713500029"})) == set()


def test_the_number_of_queries_does_not_grow_with_what_is_found(world: World, nadia: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            nadia.get("/desk/", {"q": "imprimante is:open org:helvetia"})
        return len(caught)

    world.ticket()
    queries()
    few = queries()
    for _ in range(15):
        world.ticket()
    assert queries() == few


MANY = 20_000


def fill(world: World) -> None:
    """Write `MANY` closed tickets with a message each, past the writer: what counts here is how many there are."""
    with connection.cursor() as cursor:
        ticket = world.ticket()
        cursor.execute(
            "INSERT INTO people_organisation (name, mail_domains, language, time_zone, country, region, supports, is_active) "
            "SELECT 'Client ' || i, '{}', 'fr', 'Europe/Zurich', 'CH', '', false, true FROM generate_series(1, 100) i"
        )
        cursor.execute(
            "INSERT INTO people_person (organisation_id, name, job_title, language, is_vip, is_active) "
            "SELECT o.id, 'Personne ' || md5(o.id::text || i), '', '', false, true FROM people_organisation o, generate_series(1, 20) i "
            "WHERE o.name LIKE 'Client %'"
        )
        columns = [field.column for field in Ticket._meta.concrete_fields if not field.primary_key]
        taken = {
            "number": "%(n)s + i",
            "subject": "'Panne ' || md5(i::text)",
            "status": "'closed'",
            "requester_id": "p.id",
            "organisation_id": "p.organisation_id",
        }
        chosen = ", ".join(taken.get(each, f't."{each}"').replace("%(n)s", "100000") for each in columns)
        names = ", ".join(f'"{each}"' for each in columns)
        cursor.execute(
            f"INSERT INTO tickets_ticket ({names}) SELECT {chosen} "
            f"FROM tickets_ticket t, generate_series(1, {MANY}) i JOIN (SELECT id, organisation_id, row_number() OVER (ORDER BY id) AS n "
            f"FROM people_person WHERE name LIKE 'Personne %') p ON p.n = 1 + i % 2000 WHERE t.id = {ticket.pk}"
        )
        cursor.execute(
            "INSERT INTO tickets_ticketentry (ticket_id, organisation_id, number, kind, data, is_public, at, actor_kind, actor_label) "
            "SELECT id, organisation_id, 1, 'replied', jsonb_build_object('text', 'Bonjour ' || md5(number::text)), true, opened_at, 'system', '' "
            "FROM tickets_ticket WHERE number > 100000"
        )
        cursor.execute(
            "ANALYZE tickets_ticket, tickets_ticketentry, tickets_attachment, people_person, people_mailaddress"
        )


@pytest.mark.parametrize(
    "text", ["imprimante", "imprimnate", "imprimante -toner is:open", "from:alice imprimante", "xylophone"]
)
def test_a_search_reads_by_indexes_however_many_tickets_there_are(world: World, text: str) -> None:
    """In the plan of one search among 20,000 tickets, no table that grows with them is read from end to end."""
    from entraide.core.clock import now
    from entraide.core.words import resembling
    from entraide.tickets.asked import read
    from entraide.tickets.asked_conditions import Asker, condition
    from entraide.tickets.finding import Readable

    fill(world)
    asker = Asker(world.nadia.pk, Readable.by(world.as_(world.nadia)), now())
    with scoped(Scope.everything(reason="a test")), resembling(0.5):
        found = Ticket.objects.filter(condition(read(text), asker, leniently=True)).order_by("-updated_at", "-pk")[:51]
        plan = found.explain(analyze=True)
    read_whole = re.findall(r"Seq Scan on (tickets_ticket|tickets_ticketentry)\b", plan)
    assert not read_whole, plan
    touched = max(int(float(rows)) for rows in re.findall(r"actual (?:time=\S+ )?rows=([\d.]+)", plan))
    assert touched < MANY / 20, plan
