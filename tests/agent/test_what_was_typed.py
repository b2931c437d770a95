"""What somebody wrote at the desk is neither lost nor done twice: refusals, second presses, other hands at work."""

from __future__ import annotations

import re
from threading import Thread
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.world import World, everything

pytestmark = pytest.mark.django_db
KEY = "abcdefghijklmnop1234"


@pytest.fixture
def nadia(world: World, client: Client) -> Client:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(world.nadia.account)
    return client


def post(client: Client, ticket: Ticket, verb: str, **data: Any) -> Any:
    return client.post(f"/desk/tickets/{ticket.number}/{verb}", data)


def fresh(ticket: Ticket) -> Ticket:
    with everything():
        return Ticket.objects.get(pk=ticket.pk)


def kinds_of(ticket: Ticket) -> list[str]:
    with everything():
        return [entry.kind for entry in ticket.timeline()]


def file(name: str = "plan.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, f"Contenu de {name}".encode())


def field(page: str, name: str) -> str:
    """What stands in a field of the ticket, or in one of that name where the ticket has none."""
    found = re.search(rf'id="f-{name}" name="{name}"[^>]* value="([^"]*)"', page)
    found = found or re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, f"There is no {name} on the page."
    return found.group(1)


@pytest.mark.parametrize("verb", ["replies", "notes", "hold", "resolution", "fields", "ownership", "organisation"])
def test_loading_the_address_of_a_verb_leads_to_the_ticket(world: World, nadia: Client, verb: str) -> None:
    ticket = world.ticket()
    answer = nadia.get(f"/desk/tickets/{ticket.number}/{verb}?view=mine")
    assert answer.status_code == 302
    assert answer["Location"] == f"/desk/tickets/{ticket.number}/?view=mine"


@pytest.mark.parametrize(
    ("address", "page"), [("/desk/bulk?view=mine", "/desk/?view=mine"), ("/desk/board/1/assignment", "/desk/board/")]
)
def test_so_do_the_verbs_of_the_list_and_of_the_board(world: World, client: Client, address: str, page: str) -> None:
    client.force_login(world.carla.account)
    assert client.get(address)["Location"] == page
    assert client.put(address).status_code == 405


def test_who_was_signed_out_while_writing_comes_back_to_the_ticket(world: World, client: Client) -> None:
    ticket = world.ticket()
    sent_away = post(client, ticket, "replies", text="Bonjour")
    assert sent_away["Location"].startswith("/account/login/?next=")
    client.force_login(world.nadia.account)
    following = client.get(f"/desk/tickets/{ticket.number}/replies", follow=True)
    assert following.status_code == 200
    assert following.redirect_chain[-1][0] == f"/desk/tickets/{ticket.number}/"


@pytest.mark.parametrize(
    ("verb", "data", "kinds"),
    [
        ("replies", {"text": "Bonjour"}, ["replied"]),
        ("notes", {"text": "Pilote"}, ["note_added"]),
        ("hold", {"reason": "requester", "text": "Quand ?"}, ["replied", "put_on_hold"]),
        ("resolution", {"code": "solved", "text": "Fait"}, ["resolved"]),
        ("ownership", {"instead_of": ""}, ["taken"]),
    ],
)
def test_the_same_form_sent_twice_is_done_once(
    world: World, nadia: Client, verb: str, data: dict[str, str], kinds: list[str]
) -> None:
    ticket = world.ticket()
    for _ in range(2):
        answer = post(nadia, ticket, verb, form=KEY, **data)
        assert answer.status_code == 302
        assert answer["Location"].endswith(f"/#sent-{KEY}")
    assert kinds_of(ticket)[1:] == kinds


@pytest.mark.parametrize("verb", ["replies", "notes"])
def test_the_same_form_with_other_words_is_told_so_and_keeps_them(world: World, nadia: Client, verb: str) -> None:
    ticket = world.ticket()
    post(nadia, ticket, verb, form=KEY, text="Bonjour")
    answer = post(nadia, ticket, verb, form=KEY, text="Autre chose")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "sent before, with other words" in page
    assert ">Autre chose</textarea>" in page
    assert len(kinds_of(ticket)) == 2
    again = post(
        nadia, ticket, verb, form=field(page, "form"), seen=fresh(ticket).last_message_number, text="Autre chose"
    )
    assert again.status_code == 302
    assert len(kinds_of(ticket)) == 3


def test_two_forms_of_one_page_do_not_take_each_others_place(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    post(nadia, ticket, "replies", form=KEY, text="Bonjour")
    post(nadia, ticket, "notes", form=KEY, text="Bonjour")
    assert kinds_of(ticket)[1:] == ["replied", "note_added"]


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_make_one_note(world: World) -> None:
    ticket = world.ticket()
    codes: list[int] = []

    def press() -> None:
        client = Client()
        client.force_login(world.nadia.account)
        codes.append(post(client, ticket, "notes", form=KEY, text="Pilote").status_code)
        connection.close()

    presses = [Thread(target=press) for _ in range(2)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert codes == [302, 302]
    assert kinds_of(ticket)[1:] == ["note_added"]


def test_a_new_ticket_sent_twice_is_opened_once(world: World, nadia: Client) -> None:
    data = {"requester": world.alice.pk, "subject": "Badge perdu", "channel": "phone", "kind": "incident", "mode": "remote",
            "impact": 3, "urgency": 2, "form": KEY}  # fmt: skip
    first, second = (nadia.post("/desk/tickets/new", data) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert first["Location"].endswith(f"#sent-{KEY}")
    with everything():
        assert Ticket.objects.filter(subject="Badge perdu").count() == 1


def test_files_outlast_a_refusal_and_one_may_be_taken_away(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    seen = ticket.last_message_number
    with everything():
        actions.answer(ticket, text="Encore ceci", actor=world.as_(world.alice))
    refused = post(nadia, ticket, "replies", text="Voir", seen=seen, attachments=[file("a.txt"), file("b.txt")])
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "a.txt" in page
    tokens = re.findall(r'name="kept" value="([^"]+)" checked', page)
    assert len(tokens) == 2
    sent = post(nadia, ticket, "replies", text="Voir", seen=fresh(ticket).last_message_number, kept=tokens[1:])
    assert sent.status_code == 302
    with everything():
        assert [each.name for each in ticket.attachments.all()] == ["b.txt"]


def test_the_files_of_a_new_ticket_outlast_a_refusal(world: World, nadia: Client) -> None:
    refused = nadia.post("/desk/tickets/new", {"subject": "x", "attachments": [file()]})
    assert refused.status_code == 422
    token = field(refused.content.decode(), "kept")
    data = {"requester": world.alice.pk, "subject": "Badge perdu", "channel": "phone", "kind": "incident", "mode": "remote",
            "impact": 3, "urgency": 2, "kept": token}  # fmt: skip
    assert nadia.post("/desk/tickets/new", data).status_code == 302
    with everything():
        assert Ticket.objects.get(subject="Badge perdu").attachments.count() == 1


def test_too_many_files_are_refused_in_words_and_none_is_dropped(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    refused = post(nadia, ticket, "notes", text="Photos", attachments=[file(f"{n}.txt") for n in range(21)])
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "At most 20 files" in page
    tokens = re.findall(r'name="kept" value="([^"]+)"', page)
    assert len(tokens) == 21
    assert ">Photos</textarea>" in page
    assert kinds_of(ticket) == ["ticket_opened"]
    assert post(nadia, ticket, "notes", text="Photos", kept=tokens[:20]).status_code == 302


def test_somebody_elses_kept_file_is_refused(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    refused = post(nadia, ticket, "replies", text=" ", kept="x", attachments=[file()])
    token = field(refused.content.decode(), "kept")
    nadia.force_login(world.nils.account)
    assert post(nadia, ticket, "notes", text="Voir", kept=token).status_code == 422
    assert kinds_of(ticket) == ["ticket_opened"]


def test_refused_fields_keep_what_was_typed(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    page = post(nadia, ticket, "fields", subject="Mieux dit", kind="nonsense", impact="1", tags="a, b").content.decode()
    assert field(page, "subject") == "Mieux dit"
    assert field(page, "tags") == "a, b"
    assert re.search(r'id="f-impact".*?<option value="1" selected', page)


def test_after_a_conflict_the_fields_show_mine_beside_theirs_and_take_what_i_had_not_touched(
    world: World, nadia: Client
) -> None:
    ticket = world.ticket()
    was = {"subject": ticket.subject, "urgency": 2, "tags": "", "version": ticket.version}
    with everything():
        actions.edit(ticket, changes={"subject": "De Nils", "tags": ["nils"]}, actor=world.as_(world.nils))
    answer = post(nadia, ticket, "fields", **{**was, "subject": "De Nadia", "urgency": 1})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert field(page, "subject") == "De Nadia"
    assert "The ticket has now: De Nils" in page
    assert field(page, "tags") == "nils"
    assert re.search(r'id="f-urgency".*?<option value="1" selected', page)
    again = post(nadia, ticket, "fields", subject="De Nadia", urgency=1, tags="nils", version=field(page, "version"))
    assert again.status_code == 302
    assert (fresh(ticket).subject, fresh(ticket).tags) == ("De Nadia", ["nils"])


def test_a_reply_to_what_a_colleague_has_just_resolved_has_its_box(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    seen = ticket.last_message_number
    with everything():
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nils))
    answer = post(nadia, ticket, "replies", text="Ma réponse", seen=seen, attachments=[file()])
    assert answer.status_code == 409
    page = answer.content.decode()
    assert re.search(r'id="reply-text"[^>]*>Ma réponse</textarea>', page)
    assert "A colleague has resolved the ticket meanwhile" in page
    assert 'name="kept"' in page
    assert post(nadia, ticket, "replies", text="Ma réponse", seen=fresh(ticket).last_message_number).status_code == 302
    assert fresh(ticket).status == "resolved"


def test_a_reply_to_what_a_colleague_has_just_closed_is_offered_as_a_reopening(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    seen = ticket.last_message_number
    with everything():
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nils))
        actions.close(ticket, actor=world.as_(world.carla))
    page = post(nadia, ticket, "replies", text="Ma réponse", seen=seen).content.decode()
    assert "A colleague has closed the ticket meanwhile" in page
    assert re.search(r'<details open>.*?id="reopen-text"[^>]*>Ma réponse</textarea>', page, re.S)


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("resolution", {"code": "solved", "text": "Mes mots"}),
        ("hold", {"reason": "requester", "text": "Mes mots"}),
        ("escalation", {"observed": "Mes mots", "tried": "b", "asked": "c"}),
    ],
)
def test_words_whose_box_is_gone_are_shown_to_be_copied(
    world: World, nadia: Client, verb: str, data: dict[str, str]
) -> None:
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nils))
    answer = post(nadia, ticket, verb, team=world.n2.pk, **data)
    assert answer.status_code in (409, 422)
    assert re.search(r'id="unsent-text"[^>]*>Mes mots', answer.content.decode())


def test_a_note_on_a_resolved_ticket_comes_back_open_after_a_refusal(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    with everything():
        actions.resolve(ticket, code="solved", text="Fait", actor=world.as_(world.nils))
    page = post(
        nadia, ticket, "notes", text="Ma note", attachments=[file(f"{n}.txt") for n in range(21)]
    ).content.decode()
    assert re.search(r'<details open>.*?id="note-text"[^>]*>Ma note</textarea>', page, re.S)


@pytest.mark.parametrize(
    ("verb", "data"),
    [("resolution", {"code": "solved", "text": "Fait"}), ("hold", {"reason": "requester", "text": "Quand ?"})],
)
def test_resolving_and_asking_wait_when_a_message_arrived_meanwhile(
    world: World, nadia: Client, verb: str, data: dict[str, str]
) -> None:
    ticket = world.ticket()
    seen = field(nadia.get(f"/desk/tickets/{ticket.number}/").content.decode(), "seen")
    with everything():
        actions.answer(ticket, text="En fait, non", actor=world.as_(world.alice))
    before = kinds_of(ticket)
    answer = post(nadia, ticket, verb, seen=seen, **data)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert data["text"] in page
    assert "all the same" in page
    assert kinds_of(ticket) == before
    assert post(nadia, ticket, verb, seen=fresh(ticket).last_message_number, **data).status_code == 302


def test_a_refusal_is_said_beside_what_was_refused(world: World, nadia: Client) -> None:
    ticket = world.ticket()
    for verb, data, place in (
        ("fields", {"kind": "nonsense"}, "What it is"),
        ("watchers", {"email": "nobody@example.org"}, "Who follows"),
        ("assignment", {"team": "999999"}, "About this ticket"),
        ("replies", {"text": ""}, "What you do next"),
    ):
        page = post(nadia, ticket, verb, **data).content.decode()
        assert page.count('role="alert"') == 1, verb
        assert place in page[: page.index('role="alert"')], verb


@pytest.mark.parametrize("who", ["adam", "sofia", "nadia"])
def test_no_link_of_the_frame_leads_nowhere(world: World, client: Client, who: str) -> None:
    client.force_login(getattr(world, who).account)
    page = client.get("/desk/", follow=True)
    assert page.status_code == 200
    links = set(re.findall(r'<a [^>]*href="(/desk/[^"#]*)"', page.content.decode()))
    assert links
    for link in sorted(links):
        assert client.get(link.replace("&amp;", "&"), follow=True).status_code == 200, link


def test_an_administrator_lands_on_the_settings(world: World, client: Client) -> None:
    client.force_login(world.adam.account)
    assert client.get("/desk/")["Location"].startswith("/desk/settings/")
    assert ">Bureau<" not in client.get("/desk/settings/categories/").content.decode()
