"""The main job, from a real mail to its author being told, through N1, N2 and N3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from imaplib import IMAP4
from pathlib import Path
from typing import Any

import pytest

from entraide.channels.email.models import Mailbox, OutgoingMail
from entraide.channels.email.secrets import conceal
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.browser.desk import RunningDesk
from tests.mail_in.dovecot import PASSWORD as IMAP_PASSWORD
from tests.mail_in.dovecot import PROGRAM, Dovecot
from tests.world import World, everything

SUPPORT = "support@entraide.localhost"


@pytest.fixture
def imap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    if not Path(PROGRAM).exists():
        pytest.fail("Dovecot is not installed (apt install dovecot-imapd).")
    server = Dovecot(Path(tmp_path_factory.mktemp("imap")))
    server.start()
    yield server
    server.stop()


def put_into_mailbox(imap: Dovecot, mail: EmailMessage) -> None:
    with IMAP4("127.0.0.1", imap.port) as server:
        # LOGIN is for ASCII only; the password has an umlaut.
        server.authenticate("PLAIN", lambda challenge: f"\0helpdesk\0{IMAP_PASSWORD}".encode())
        server.append("INBOX", "", "", mail.as_bytes())


def text_of(mail: EmailMessage) -> str:
    part: Any = mail.get_body(("plain",))
    content: str = part.get_content()
    return content


def link_in(mail: EmailMessage, words: str) -> str:
    found = re.search(rf"{words} ?: (\S+/t/\S+)", text_of(mail))
    assert found, text_of(mail)
    return found.group(1)


def test_a_mail_becomes_a_ticket_passes_the_three_levels_and_its_author_is_told(
    world: World, desk: RunningDesk, page_of: Any, imap: Dovecot
) -> None:
    alice, zoe = world.email(world.alice), world.email(world.zoe)
    Mailbox.objects.create(
        name="Helpdesk", address="helpdesk@entraide.localhost", host="127.0.0.1", port=imap.port, security="none",
        username="helpdesk", secret=conceal(IMAP_PASSWORD),
    )  # fmt: skip
    from_zoe = EmailMessage()
    from_zoe["From"], from_zoe["To"], from_zoe["Subject"] = zoe, "helpdesk@entraide.localhost", "Badge perdu à Carouge"
    from_zoe["Message-ID"] = "<badge@rousseau.example>"
    from_zoe.set_content("I have lost my badge.")
    put_into_mailbox(imap, from_zoe)

    # Nadia has her list open before anything has arrived.
    desk.start("web", "jobs")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/?view=queue")
    nadia.wait_for_selector("body[data-live=yes]")
    assert nadia.locator("#rows tr").count() == 0
    desk.start("mail")

    # One mail is sent by SMTP, the other waits in the mailbox: both appear by themselves.
    first_id = desk.deliver(alice, SUPPORT, "L'imprimante ne répond plus", "Bonjour,\n\nRien ne sort depuis ce matin.")
    desk_list = nadia.locator("#list, #arrived")
    desk_list.get_by_text(re.compile("L'imprimante ne répond plus|new or changed")).first.wait_for()
    nadia.wait_for_function(
        "() => fetch('/desk/rows?view=queue').then(r => r.text()).then(t => t.includes('Badge perdu'))"
    )
    badge = nadia.get_by_role("link", name="Badge perdu à Carouge")
    badge.or_(nadia.locator("#arrived:visible")).first.wait_for()
    if not badge.is_visible():
        nadia.click("#arrived")
    badge.wait_for()

    receipt = desk.inboxes.wait_for(alice, 1)
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert receipt["In-Reply-To"] == first_id
    assert receipt["Subject"].startswith("Re: [ENT-")
    assert "Votre demande est bien arrivée" in text_of(receipt)
    assert desk.inboxes.wait_for(zoe, 1)["Auto-Submitted"] == "auto-replied"

    # N1 answers; the answer leaves under her name and threads in Alice's mail program.
    nadia.get_by_role("link", name="L'imprimante ne répond plus").click()
    nadia.fill("#reply-text", "Bonjour,\n\nQuel est le modèle ?")
    nadia.click("#panel-replies button.btn-primary")
    nadia.locator(".entry-desk").get_by_text("Quel est le modèle ?").wait_for()
    answer = desk.inboxes.wait_for(alice, 2)
    assert "Nadia Keller" in str(answer["From"])
    assert answer["Auto-Submitted"] is None
    assert answer["In-Reply-To"] == first_id
    assert receipt["Message-ID"] in answer["References"]
    assert re.match(r"support\+\d+\.\w+@entraide\.localhost", answer["Reply-To"])

    # Alice replies from her mail program, quoting; it threads and appears live on Nadia's screen.
    desk.deliver(
        alice, str(answer["Reply-To"]), f"Re: {answer['Subject']}",
        "C'est une HP 4050.\n\nLe lun. 2 mars 2026 à 10:12, Nadia Keller <support@entraide.localhost> a écrit :\n> Quel est le modèle ?\n",
        In_Reply_To=str(answer["Message-ID"]), References=f"{first_id} {answer['Message-ID']}",
    )  # fmt: skip
    replied = nadia.locator(".entry-requester").get_by_text("C'est une HP 4050.")
    replied.wait_for()
    assert "Quel est le modèle" not in nadia.locator(".entry-requester").last.locator(".entry-body").inner_text()
    assert tickets_there_are() == 2

    # N1 hands over to N2, which accepts, and N2 to N3.
    hand_over(nadia, observed="Bac 2 bloqué", tried="Redémarrage", asked="Vérifier le pilote")
    benoit = page_of(world.benoit)
    accept_handover(benoit, desk)
    hand_over(benoit, observed="Pilote refusé", tried="Pilote 4.1 et 4.2", asked="Analyse du serveur d'impression")
    elena = page_of(world.elena)
    accept_handover(elena, desk)
    assert "escalated" in {mail.template for mail in outbox()}

    # N3 resolves; Alice says from the mail's link that it is not solved, then that it is.
    resolve(elena, "Pilote remplacé sur le serveur.")
    resolved = desk.inboxes.wait_for(alice, 3)
    assert "Pilote remplacé" in text_of(resolved)
    visitor = page_of(None)
    visitor.goto(link_in(resolved, "Non, rouvrir la demande"))
    visitor.fill("#reopen-text", "Elle imprime, mais sans couleur.")
    visitor.get_by_role("button", name=re.compile("Reopen the request|Rouvrir la demande")).click()
    visitor.locator(".portal-message").get_by_text("sans couleur").wait_for()

    elena.locator(".entry-requester").get_by_text("sans couleur").wait_for()
    elena.reload()
    resolve(elena, "Toner cyan remplacé.")
    visitor.goto(link_in(desk.inboxes.wait_for(alice, 4), "Oui, c'est résolu"))
    visitor.locator(".portal-confirm .btn-success").click()
    visitor.locator(".portal-status-closed").wait_for()

    with everything():
        ticket = Ticket.objects.get(subject="L'imprimante ne répond plus")
        assert (ticket.status, ticket.level, ticket.escalations, ticket.reopenings) == ("closed", 3, 2, 1)
        assert ticket.replayed().columns() == ticket.columns()
    assert all(mail.state == "sent" for mail in outbox())
    sent = [mail["Message-ID"] for mail in desk.inboxes.mails]
    assert sorted(sent) == sorted({mail.message_id for mail in outbox()}), "each mail left once"


def hand_over(page: Any, *, observed: str, tried: str, asked: str) -> None:
    page.click("#tab-escalation")
    page.fill("#observed", observed)
    page.fill("#tried", tried)
    page.fill("#asked", asked)
    page.click("#panel-escalation button.btn-primary")
    page.locator(".entry-handover").get_by_text(observed).wait_for()


def accept_handover(page: Any, desk: RunningDesk) -> None:
    page.goto(f"{desk.url}/desk/?view=handovers")
    page.get_by_role("link", name="L'imprimante ne répond plus").click()
    page.click(".banner .btn-primary")
    page.locator(".banner").wait_for(state="detached")


def resolve(page: Any, words: str) -> None:
    page.click("#tab-resolution")
    page.fill("#resolution-text", words)
    page.click("#panel-resolution .btn-success")
    page.locator(".entry-desk").get_by_text(words).wait_for()


def outbox() -> list[OutgoingMail]:
    with everything():
        return list(OutgoingMail.objects.all())


def tickets_there_are() -> int:
    with everything():
        return Ticket.objects.count()


def test_a_page_that_stands_after_a_refusal_still_shows_what_arrives(
    world: World, desk: RunningDesk, page_of: Any
) -> None:
    with everything():
        ticket = world.ticket()
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/tickets/{ticket.number}/")
    nadia.wait_for_selector("body[data-live=yes]")
    nadia.evaluate("document.getElementById('reply-text').required = false")
    nadia.click("#panel-replies button.btn-primary")
    nadia.get_by_text("Write a message or attach a file.").wait_for()
    nadia.wait_for_selector("body[data-live=yes]")
    with everything():
        actions.note(ticket, text="Le bac 2 est vide.", actor=world.as_(world.nils))
    nadia.locator(".entry-note").get_by_text("Le bac 2 est vide.").wait_for()


def test_what_arrives_fills_an_empty_list(world: World, desk: RunningDesk, page_of: Any) -> None:
    desk.start("web")
    nadia = page_of(world.nadia)
    nadia.goto(f"{desk.url}/desk/")
    nadia.wait_for_selector("body[data-live=yes]")
    with everything():
        world.ticket(subject="Badge perdu")
    nadia.locator("#rows").get_by_text("Badge perdu").wait_for()
