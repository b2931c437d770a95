"""What the desk must never do in a real browser: lose words, send them twice, hide a refusal, stand wider than the window."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from entraide.forms.field import Field
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.world import PASSWORD, World, everything


@pytest.fixture
def ticket(world: World) -> Ticket:
    return world.ticket()


def kinds_of(ticket: Ticket) -> list[str]:
    with everything():
        return [entry.kind for entry in ticket.timeline()]


def open_ticket(page: Any, desk: RunningDesk, ticket: Ticket) -> None:
    page.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    page.wait_for_selector("body[data-live=yes]")


def sign_in(page: Any, email: str) -> None:
    page.fill("#id_login", email)
    page.fill("#id_password", PASSWORD)
    page.click("main form button.btn-primary")
    page.wait_for_url(lambda url: "/account/login" not in url)


def sendings(page: Any) -> list[str]:
    """Return a list that grows with every form that `page` sends (not with its word that somebody is there)."""
    sent: list[str] = []

    def note(request: Any) -> None:
        if request.method == "POST" and not request.url.endswith("/presence"):
            sent.append(request.url)

    page.on("request", note)
    return sent


def drafts(page: Any) -> list[str]:
    kept: list[str] = page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('entraide-draft:'))")
    return kept


def test_what_was_typed_survives_being_signed_out_and_goes_when_it_is_sent(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    nadia.click("#tab-notes")
    nadia.fill("#note-text", "Le pilote est trop vieux.")
    nadia.context.clear_cookies(name="sessionid")
    nadia.click("#panel-notes button.btn-primary")
    nadia.wait_for_selector("#id_login")
    assert len(drafts(nadia)) == 1
    sign_in(nadia, world.email(world.nadia))
    nadia.wait_for_selector("#panel-notes:visible")
    assert nadia.url == f"{desk.url}/desk/tickets/{ticket.number}/"
    assert nadia.input_value("#note-text") == "Le pilote est trop vieux."
    nadia.click("#panel-notes button.btn-primary")
    nadia.locator(".entry-note").get_by_text("Le pilote est trop vieux.").wait_for()
    assert drafts(nadia) == []
    assert nadia.input_value("#note-text") == ""
    assert "#" not in nadia.url


def test_what_was_typed_survives_a_form_that_was_open_for_too_long(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    nadia.fill("#reply-text", "Quel est le modèle ?")
    nadia.evaluate("document.querySelector('#panel-replies [name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    with nadia.expect_navigation():
        nadia.click("#panel-replies button.btn-primary")
    nadia.locator(".sorry").wait_for()
    open_ticket(nadia, desk, ticket)
    assert nadia.input_value("#reply-text") == "Quel est le modèle ?"


def test_a_double_press_sends_once(world: World, desk: RunningDesk, page_of: Any, ticket: Ticket) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    nadia.fill("#reply-text", "Bonjour")
    sent = sendings(nadia)
    with nadia.expect_navigation():
        nadia.evaluate(
            "const form = document.getElementById('panel-replies'); form.requestSubmit(); form.requestSubmit();"
        )
    nadia.locator(".entry-desk").get_by_text("Bonjour").wait_for()
    assert len(sent) == 1
    assert kinds_of(ticket) == ["ticket_opened", "replied"]


def test_going_back_after_sending_does_not_send_again(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    nadia.click("#tab-notes")
    nadia.fill("#note-text", "Pilote à remplacer.")
    nadia.click("#panel-notes button.btn-primary")
    nadia.locator(".entry-note").get_by_text("Pilote à remplacer.").wait_for()
    nadia.go_back()
    nadia.wait_for_load_state()
    nadia.click("#tab-notes")
    assert nadia.input_value("#note-text") == ""
    with nadia.expect_navigation():
        nadia.fill("#note-text", "Pilote à remplacer.")
        nadia.click("#panel-notes button.btn-primary")
    nadia.locator(".entry-note").first.wait_for()
    nadia.reload()
    assert nadia.locator(".entry-note").count() == kinds_of(ticket).count("note_added")


def test_loading_a_refused_page_again_shows_the_ticket(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    nadia.click("#panel-replies button.btn-primary")
    nadia.get_by_text("Write a message or attach a file.").wait_for()
    nadia.goto(nadia.url)
    nadia.locator("#panel-replies").wait_for()
    assert nadia.url.endswith(f"/desk/tickets/{ticket.number}/")


def test_a_refusal_stands_in_view_with_its_box(world: World, desk: RunningDesk, page_of: Any, ticket: Ticket) -> None:
    with everything():
        for number in range(12):
            actions.note(ticket, text=f"Essai {number}\n" * 6, actor=world.as_(world.nils))
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    nadia.click("#tab-replies")
    nadia.click("#panel-replies button.btn-primary")
    alert = nadia.get_by_role("alert")
    alert.wait_for()
    expect(alert).to_be_focused()
    for what in (alert, nadia.locator("#reply-text")):
        place = what.bounding_box()
        assert 0 <= place["y"] <= 860 - place["height"]


def test_taking_compares_with_whom_one_saw_though_the_page_lives(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    with everything():
        actions.take(ticket, actor=world.as_(world.nils))
    nadia.locator("#facts").get_by_text("Nils Favre").first.wait_for()
    nadia.click("#take button")
    nadia.get_by_role("alert").get_by_text("Nils Favre has just taken this ticket.").wait_for()
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).assignee_id == world.nils.pk


def test_choosing_a_person_chooses_their_team(world: World, desk: RunningDesk, page_of: Any) -> None:
    ticket = world.ticket(team=world.n2)
    desk.start("web")
    benoit = page_of(world.benoit)
    open_ticket(benoit, desk, ticket)
    benoit.locator("#facts summary").get_by_text("Assign").click()
    benoit.select_option("#assign-person", label="Nils Favre")
    assert benoit.input_value("#assign-team") == str(world.n1.pk)


def test_the_list_lets_one_assign_after_it_was_refreshed(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/?view=open")
    nadia.wait_for_selector("body[data-live=yes]")
    nadia.fill("#q", "Imprimante")
    nadia.wait_for_url(re.compile("q=Imprimante"))
    nadia.check(f"#t{ticket.number} input[type=checkbox]")
    nadia.click("#bulk [data-bulk-asks=assign]")
    nadia.select_option("#b-team", label="Accueil")
    nadia.select_option("#b-assignee", label="Nils Favre")
    nadia.click("#bulk-assign button")
    nadia.get_by_text("1 ticket changed.").wait_for()


def test_too_many_files_are_refused_before_anything_is_sent(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    files = [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"x"} for n in range(21)]
    nadia.set_input_files("#panel-replies input[type=file]", files)
    sent = sendings(nadia)
    nadia.click("#panel-replies button.btn-primary")
    said = nadia.evaluate("document.querySelector('#panel-replies input[type=file]').validationMessage")
    assert "At most 20 files" in said
    nadia.set_input_files("#panel-replies input[type=file]", files[:2])
    nadia.click("#panel-replies button.btn-primary")
    nadia.locator(".entry-desk .files li").nth(1).wait_for()
    assert len(sent) == 1


@pytest.mark.parametrize("width", [1366, 1280, 1024, 768, 390])
def test_no_page_of_the_desk_is_wider_than_the_window(
    world: World, desk: RunningDesk, page_of: Any, width: int
) -> None:
    with everything():
        for person in (world.nadia, world.benoit):
            ticket = world.ticket(
                subject="La visioconférence de la salle de réunion du deuxième étage se fige toutes les dix minutes",
                tags=("visioconférence", "salle-de-réunion"), category=world.wifi, impact=1,
            )  # fmt: skip
            actions.take(ticket, actor=world.as_(world.nadia))
            actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
            if person == world.benoit:
                actions.accept(ticket, actor=world.as_(world.benoit))
    desk.start("web")
    carla = page_of(world.carla, locale="fr-CH", viewport={"width": width, "height": 800})
    for address in ("/desk/?view=open", "/desk/?view=all", f"/desk/tickets/{ticket.number}/", "/desk/tickets/new"):
        carla.goto(desk.url + address)
        wide = carla.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= width, f"{address} is {wide} wide."
        cut = carla.evaluate(
            "[...document.querySelectorAll('.views a > span')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
        )
        assert cut == []
        # What is chosen in a filter can be read to its end; on a telephone two share a row.
        short = carla.evaluate("""() => [...document.querySelectorAll('.filters select')].filter((each) => {
          const style = getComputedStyle(each), pen = document.createElement("canvas").getContext("2d");
          pen.font = style.font;
          const room = each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
          return each.clientWidth && pen.measureText(each.selectedOptions[0].textContent).width > room + 1;
        }).map((each) => each.selectedOptions[0].textContent)""")
        assert short == [] or width < 760


def test_going_back_over_a_refused_form_shows_the_page_and_sends_nothing(
    world: World, desk: RunningDesk, page_of: Any, ticket: Ticket
) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    open_ticket(nadia, desk, ticket)
    nadia.locator("#relations summary").click()
    nadia.fill("#relations-words", "abc")
    nadia.locator("#relations").get_by_role("button", name="Link", exact=True).click()
    expect(nadia.locator("#links [role=alert]").first).to_be_visible()
    expect(nadia.locator("#relations-words")).to_have_value("abc")
    sent = sendings(nadia)
    nadia.goto(f"{desk.url}/desk/people/")
    nadia.go_back()
    expect(nadia.locator("#marks")).to_be_visible()
    assert sent == []


def test_a_form_that_is_left_for_later_stops_nobody_at_the_telephone(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    version = world.form("Arrivée", Field("nom", "text", "Nom", "Name", is_required=True))
    with everything():
        world.wifi.form = version.form
        world.wifi.save()
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/tickets/new?requester={world.alice.pk}")
    nadia.select_option("#category", str(world.wifi.pk))
    field = nadia.locator("[data-field=nom] input")
    expect(field).to_be_visible()
    assert not field.evaluate("each => each.required")
    nadia.fill("#subject", "Une arrivée")
    nadia.locator("main form button.btn-primary").last.click()
    expect(nadia.locator("#marks")).to_be_visible()
