"""Line ends in names, subjects and addresses: no header of a mail, of a page or of a call is added by them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from entraide.channels.email.models import OutgoingMail
from entraide.channels.email.outbox_jobs import send_all_due
from entraide.people.models import MailAddress, Organisation, Person, Site, Team
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from entraide.tickets.third_parties import write_to_third_party
from tests.access.test_every_route import VERBS, WHO, addresses, ours  # noqa: F401 (a fixture)
from tests.api.caller import Caller
from tests.jobs import do_jobs
from tests.mail_in.mails import SUPPORT, taken_in
from tests.mail_out.conftest import Server, server  # noqa: F401 (a fixture)
from tests.world import PASSWORD, World, everything

BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\r\n ", "%0d%0a", "\x00")
# What a mail of ours has, and nothing else.
HEADERS = {
    "Content-Type", "MIME-Version", "Subject", "From", "To", "Cc", "Reply-To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
    "X-Auto-Response-Suppress", "Precedence", "X-Entraide-Desk", "Content-Transfer-Encoding", "X-Entraide",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("end", [each for each in BREAKS if each != "\x00"], ids=ascii)
def test_no_line_end_in_any_name_or_subject_adds_a_header_to_a_mail(
    world: World,
    server: Server,
    end: str,
) -> None:
    wicked = f"Eve{end}Bcc: victim@evil.example{end}X-Evil: 1{end}{end}<b>body</b>"
    ticket = world.ticket(subject=wicked, text=wicked)
    with everything():
        # Whatever would let them in: past every form.
        with connection.cursor() as cursor:
            for model, column in ((Person, "name"), (Organisation, "name"), (Team, "name"), (Site, "name")):
                cursor.execute(f'UPDATE {model._meta.db_table} SET "{column}" = left(%s || id::text, 100)', [wicked])
            cursor.execute("UPDATE tickets_ticket SET subject = left(%s, 300)", [wicked])
        ticket = Ticket.objects.get(pk=ticket.pk)
        actions.reply(ticket, text="Bonjour", actor=world.as_(world.nadia))
        actions.assign(ticket, team=world.n1, assignee=world.nils, actor=world.as_(world.nadia))
        write_to_third_party(
            ticket, to=["hotline@hp.example"], subject=wicked, text=wicked, actor=world.as_(world.nadia)
        )
    do_jobs()
    send_all_due()
    assert len(server.mails) >= 4
    for each in server.mails:
        assert set(each.keys()) - HEADERS == set(), each.keys()
        assert "victim" not in f"{each['To']} {each['Cc']} {each['Reply-To']}"
        assert each.get_body(("plain",)) is not None
    with everything():
        assert not OutgoingMail.objects.exclude(state="sent").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [
        b"From: =?utf-8?q?Eve=0D=0ABcc:_victim@evil.example?= <eve@helvetia.example>\r\nSubject: =?utf-8?q?a=0D=0ABcc:_victim@evil.example=0D=0A=0D=0Ab?=\r\n\r\nx",
        b"From: Eve <eve@helvetia.example>\r\nSubject: a\r\n Bcc: victim@evil.example\r\nReply-To: \"x\\\r\nBcc: v@evil.example\" <eve@helvetia.example>\r\n\r\nx",
        b"From: \"Eve\xe2\x80\xa8Bcc: victim@evil.example\" <eve@helvetia.example>\nSubject: a\xc2\x85b\n\nx",
        b"From: eve@helvetia.example\r\nMessage-ID: <a\r\n b@x>\r\nReferences: <c\r\n\tBcc: d@x>\r\nSubject: x\r\n\r\ny",
    ],
)  # fmt: skip
def test_line_ends_hidden_in_a_mail_end_in_no_header_of_ours(world: World, server: Server, raw: bytes) -> None:
    taken_in(raw)
    do_jobs()
    send_all_due()
    with everything():
        [ticket] = Ticket.objects.all()
        assert "\n" not in ticket.subject + ticket.requester.name and "\r" not in ticket.subject + ticket.requester.name
    for each in server.mails:
        assert set(each.keys()) - HEADERS == set()
        assert "victim" not in f"{each['To']} {each['Cc']}"


@pytest.mark.django_db
@pytest.mark.parametrize("end", BREAKS, ids=ascii)
def test_no_line_end_comes_in_through_an_address(world: World, client: Client, end: str) -> None:
    carla = Caller(world.carla)
    email = f"eve@helvetia.example{end}Bcc: victim@evil.example"
    answer = carla.send("post", "/people", {"organisation_id": world.helvetia.pk, "name": f"Eve{end}X", "email": email})
    assert answer.status_code == 422
    assert (
        carla.send(
            "post", f"/tickets/{world.ticket().number}/third-parties", {"to": [email], "subject": "x", "text": "y"}
        ).status_code
        == 422
    )
    with everything():
        assert not MailAddress.objects.filter(email__contains="evil").exists()


# Redirects

ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https:///evil.example", "http://evil.example/", "https://evil.example",
    "/\t/evil.example", "\t//evil.example", " //evil.example", "/%09/evil.example", "javascript:alert(1)", "data:text/html,x", "//testserver@evil.example", "https://testserver.evil.example/",
    "/\r\n//evil.example", "///\\;@evil.example", "https:\\evil.example", "//evil%E3%80%82example", "．．//evil.example", "/..//evil.example",
]  # fmt: skip
NAMES = (
    "next",
    "url",
    "return",
    "return_to",
    "redirect",
    "redirect_to",
    "continue",
    "back",
    "came_from",
    "to",
    "goto",
    "r",
)


def leads_elsewhere(location: str) -> bool:
    """Tell whether a browser that follows this leaves the desk."""
    # As WHATWG has it: blanks and controls around are dropped, tabs and line ends within, and a backslash is a slash.
    seen = (
        "".join(each for each in location if each not in "\t\r\n")
        .strip("".join(map(chr, range(33))))
        .replace("\\", "/")
    )
    has_scheme = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", seen)
    return seen.startswith("//") or (has_scheme is not None and not seen.startswith("http://testserver/"))


@pytest.mark.django_db
@pytest.mark.parametrize("where", ELSEWHERE)
def test_signing_in_and_out_leads_nowhere_else(world: World, client: Client, where: str) -> None:
    signs_in = {"login": world.email(world.alice), "password": PASSWORD}
    for method, path, data in (
        ("post", "/account/login/", {**signs_in, "next": where}), ("post", "/account/logout/", {"next": where}), ("post", "/account/reauthenticate/", {"password": PASSWORD, "next": where}),
        ("post", "/account/password/reset/", {"email": "x@y.example", "next": where}), ("get", "/account/login/", {"next": where}), ("post", "/language", {"language": "en", "next": where}),
    ):  # fmt: skip
        answer = getattr(client, method)(path, data)
        if "Location" in answer:
            assert not leads_elsewhere(answer["Location"]), (path, answer["Location"])
        if path == "/account/login/" and method == "post":
            assert answer.status_code == 302


@pytest.mark.django_db
def test_no_page_and_no_verb_leads_elsewhere_because_its_address_says_so(
    world: World,
    addresses: dict[str, list[Any]],
    client: Client,
) -> None:
    from django.urls import reverse

    wrong = []
    query = {name: "//evil.example/" for name in NAMES}
    for name in sorted(set(WHO) | VERBS):
        if name not in ours():
            continue
        url = reverse(name, args=addresses.get(name, []))
        for who in ("carla", "adam", "claire"):
            client.force_login(getattr(world, who).account)
            for answer in (client.get(url, query), client.post(url + "?next=//evil.example", query)):
                sent = [
                    answer.get(each, "")
                    for each in ("Location", "HX-Redirect", "HX-Location", "Refresh", "HX-Push-Url")
                ]
                wrong += [(url, each) for each in sent if each and leads_elsewhere(each)]
                assert answer.status_code < 500, (url, answer.status_code)
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver.evil.example", "testserver@evil.example", "testserver:80@evil.example", "[::1", "a b"],
)
def test_a_host_name_that_is_not_ours_is_refused_and_stands_in_no_mail(
    world: World, client: Client, server: Server, host: str
) -> None:
    answer = client.post("/account/password/reset/", {"email": world.email(world.alice)}, headers={"Host": host})
    assert answer.status_code == 400
    answer = client.post(
        "/account/password/reset/", {"email": world.email(world.alice)}, headers={"X-Forwarded-Host": host, "X-Forwarded-Server": host, "Forwarded": f"host={host}"}
    )  # fmt: skip
    assert answer.status_code in (302, 429)
    for each in server.mails:
        assert "evil.example" not in each.as_string() and SUPPORT.partition("@")[2] in str(each["From"])


def test_the_reader_of_locations_knows_what_leads_elsewhere() -> None:
    assert all(map(leads_elsewhere, ["//x", "/\\x", "https:x", "https://x", "javascript:x", "\t//x", "/\t/x", "\\\\x"]))
    assert not any(
        map(leads_elsewhere, ["/", "/desk/?next=https://x", "x", "http://testserver/x", "?a=b:c", "#a:b"][:5])
    )
