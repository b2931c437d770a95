"""Every text that somebody can write, as markup that wants to run, on every page there is: none lets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from entraide.channels.email.models import OutgoingMail
from entraide.channels.hooks.models import Delivery, Endpoint
from entraide.core.clock import now
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.access.test_every_route import WHO, addresses  # noqa: F401 (a fixture)
from tests.browser.conftest import chromium, desk, page_of  # noqa: F401 (fixtures)
from tests.browser.desk import RunningDesk
from tests.hostile.planted import alive_in, headers_at_fault, plant_everywhere
from tests.jobs import do_jobs
from tests.mail_in.mails import mail, taken_in
from tests.rules.test_one_writer import live_a_full_life
from tests.world import World, everything

# Words that people see and that must have been among those planted, or the test shows nothing.
SURELY = {
    "tickets.Ticket.subject", "tickets.Ticket.description", "tickets.Ticket.tags", "tickets.Attachment.name", "people.Person.name", "people.Organisation.name",
    "people.MailAddress.email", "people.Site.name", "people.Team.name", "routines.Macro.name", "routines.Macro.text_fr", "tickets.Category.name",
    "email.IncomingMail.subject", "email.OutgoingMail.subject", "email.OutgoingMail.last_error", "hooks.Delivery.answer", "contracts.Contract.name",
    "automation.EscalationRule.name", "tickets.FieldValue.text", "tickets.Rating.words", "tickets.Approval.question", "sla.Agreement.name",
}  # fmt: skip
PREFER = ("carla", "adam", "marc", "nadia", "sofia", "claire", "alice", "benoit")


@pytest.fixture
def full(world: World) -> Ticket:
    """A ticket that lived through everything, and what lies around it, before it is planted."""
    with everything():
        ticket = live_a_full_life(world)
        endpoint = Endpoint.objects.create(name="Supervision", address="", secret="", created_at=now())
        Delivery.objects.create(
            endpoint=endpoint, type="ticket.opened", body="{}", answer="<html>", error="x", organisation=world.helvetia,
            created_at=now(), next_attempt_at=None,
        )  # fmt: skip
    taken_in(mail(files=(("plan.txt", "text/plain", b"Plan"),)))
    with everything():
        newest = Ticket.objects.order_by("-pk").first()
        assert newest is not None
        actions.reply(newest, text="Bonjour", actor=world.as_(world.nadia))
    do_jobs()
    with everything():
        OutgoingMail.objects.filter(last_error="").update(last_error="550 no")
    return ticket


@pytest.mark.django_db
def test_no_page_lets_anything_live_that_people_wrote(
    world: World,
    full: Ticket,
    addresses: dict[str, list[Any]],
    client: Client,
) -> None:
    planted = plant_everywhere()
    assert SURELY - planted == set()
    alive, seen = [], 0
    for who, url in visits(world, full, addresses):
        client.force_login(getattr(world, who).account)
        answer = client.get(url)
        assert answer.status_code in (200, 302, 404), (who, url, answer.status_code)
        alive += [f"{who} {url}: {each}" for each in headers_at_fault(answer)]
        if answer.status_code != 200 or answer.streaming:
            continue
        page = answer.content.decode()
        if answer["Content-Type"].startswith("text/html"):
            alive += [f"{who} {url}: {each}" for each in alive_in(page)]
            seen += "img src=x onerror=pwned()" in page.replace("&quot;", '"')
            assert "14&amp;lt;" not in page and "}14" not in page, f"{url} runs templates that people wrote"
        else:
            assert answer["X-Content-Type-Options"] == "nosniff", url
    assert alive == [], "\n".join(alive)
    assert seen > 40, "the markup stands, escaped, on most pages"


def test_the_reader_finds_what_lives() -> None:
    for page in (
        "<p><img src=x onerror=pwned()>", "<a href='javascript:pwned()'>", "<script>pwned()</script>", "<b id=pwned>", '<input value="" onfocus="x">',
        '<script type="application/json">{"a": "<script>pwned()"}</script>', "<button formaction=' JavaScript:x'>",
    ):  # fmt: skip
        assert alive_in(page), page
    assert not alive_in("<p>&lt;img src=x onerror=pwned()&gt;<input value='&#39;onfocus=pwned()'>")


def visits(world: World, full: Ticket, arguments: dict[str, list[Any]]) -> Iterator[tuple[str, str]]:
    """Give every page with somebody of the desk and somebody of a client who may see it; and those of the full ticket."""
    for name in sorted(WHO):
        who = [each for each in PREFER if each in WHO[name]]
        for one in dict.fromkeys([*who[:1], *[each for each in who if each in ("alice", "claire")][:1]]):
            yield one, reverse(name, args=arguments.get(name, []))
    for page in ("agent:ticket", "agent:clocks", "agent:field-history", "agent:macro-picker", "agent:others"):
        yield "carla", reverse(page, args=[full.number])
    yield "carla", reverse("agent:ticket", args=[full.number]) + "?images=yes"
    for page in ("portal:ticket",):
        yield "zoe", reverse(page, args=[full.number])
    for query in (
        "view=all",
        "q=Imprimante",
        "q=%22%3E%3Cscript%3Epwned()%3C/script%3E",
        "view=%22%3E%3Cscript%3Epwned()",
        "group=team&view=all",
    ):
        yield "carla", f"/desk/?{query}"
    for page in (
        "/desk/palette?q=pwned",
        "/desk/search/completions?q=org:%22%3E%3Cimg",
        "/desk/opening-people?q=pwned",
    ):
        yield "carla", page
    yield "alice", "/suggestions?q=pwned"
    yield "alice", "/%22%3E%3Cscript%3Epwned()%3C/script%3E"


# The same in a real browser, where anything that ran would be seen to run.

WATCHED = """
window.hits = [];
window.pwned = () => window.hits.push("pwned() ran");
document.addEventListener("securitypolicyviolation", event => window.hits.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
SEEN_BY = {
    "carla": ["/desk/", "/desk/?view=all", "/desk/board/", "/desk/tickets/{full}/", "/desk/tickets/{number}/", "/desk/tickets/{full}/fields/history", "/desk/directory/",
              "/desk/directory/organisations/", "/desk/directory/people/{alice}/", "/desk/mails/", "/desk/mails/{mail}/original", "/desk/mails/outgoing/", "/desk/macros/", "/desk/contracts/",
              "/desk/recurring/", "/desk/notifications/", "/desk/reports/ratings/", "/desk/reports/answers/", "/desk/saved-views/", "/desk/tickets/new"],
    "adam": ["/desk/settings/categories/", "/desk/settings/hooks/", "/desk/settings/escalation/", "/desk/settings/forms/", "/desk/mails/templates/reply/fr/", "/desk/settings/agreements/"],
    "alice": ["/", "/tickets/?shown=all", "/tickets/{number}/", "/catalogue/", "/tickets/new", "/me/"],
    "claire": ["/organisation/?shown=all", "/contracts/", "/approvals/"],
}  # fmt: skip


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("who", SEEN_BY)
@pytest.mark.django_db(transaction=True)
def test_nothing_that_people_wrote_runs_in_a_real_browser(
    transactional_db: None,
    world: World,
    full: Ticket,
    addresses: dict[str, list[Any]],
    desk: RunningDesk,
    page_of: Any,
    who: str,
) -> None:
    desk.start("web")
    page = page_of(getattr(world, who))
    plant_everywhere()
    page.add_init_script(WATCHED)
    keys = {
        "full": full.number, "number": addresses["agent:ticket"][0], "alice": world.alice.pk, "mail": addresses["agent:original"][0],
    }  # fmt: skip
    hits = []
    for address in SEEN_BY[who]:
        page.goto(desk.url + address.format(**keys))
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        if who == "carla" and address in ("/desk/", "/desk/tickets/{full}/"):
            page.keyboard.press("Control+k")
            page.keyboard.type("img", delay=20)
            page.wait_for_timeout(600)
        page.wait_for_timeout(150)
        hits += [f"{address}: {each}" for each in page.evaluate("window.hits")]
        assert "pwned" in page.content(), f"{address} shows nothing of what was written"
    assert hits == []
