"""Each screen as people meet it: accessible in light and dark, no wider than a telephone, light on the line."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entraide.agent.rule_forms import stored_fields
from entraide.automation.models import DryRun, EscalationRule, Rota
from entraide.core.clock import now
from entraide.notifications.kinds import kinds
from entraide.notifications.telling import tell
from entraide.routines import recurring
from entraide.routines.models import Macro, RecurringTicket, TicketTemplate
from entraide.routines.opening import open_due
from entraide.sla.models import Agreement, CoverageCalendar
from entraide.tickets import actions, approving, linking, merging
from entraide.tickets.models import Ticket
from entraide.tickets.third_parties import conversations_of, receive_from_third_party, write_to_third_party
from tests.browser.desk import RunningDesk
from tests.world import World, everything

AXE = Path("node_modules/axe-core/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGE_BYTES = 100 * 1024
SCREENS = {
    "nadia": ["/desk/", "/desk/tickets/{number}/", "/desk/tickets/{number}/?conversation={conversation}", "/desk/tickets/{number}/clocks", "/desk/tickets/{number}/fields/history", "/desk/saved-views/", "/desk/tickets/new", "/desk/directory/", "/desk/directory/organisations/",
              "/desk/directory/teams/", "/desk/mails/", "/desk/mails/outgoing/", "/desk/notifications/", "/desk/notifications/settings",
              "/desk/contracts/", "/desk/contracts/{contract}/", "/desk/?q=org:helvetia+niveau:N7",
              "/desk/settings/agreements/", "/desk/settings/agreements/{agreement}/", "/desk/settings/calendars/", "/desk/settings/calendars/{calendar}/", "/desk/settings/rotas/"],
    "nils": ["/desk/tickets/{whole}/", "/desk/tickets/{part}/", "/desk/tickets/{done}/", "/desk/tickets/{asked}/"],
    "elena": ["/desk/?view=majors", "/desk/tickets/{p1}/", "/desk/tickets/{major}/", "/desk/tickets/{follower}/", "/desk/tickets/{reviewed}/"],
    "carla": ["/desk/board/", "/desk/directory/people/new", "/desk/macros/", "/desk/macros/{macro}/", "/desk/ticket-templates/",
              "/desk/ticket-templates/{template}/", "/desk/recurring/", "/desk/recurring/new", "/desk/recurring/{recurring}/"],
    "adam": ["/desk/quarantine/", "/desk/directory/organisations/{organisation}/contact-forms/new", "/desk/directory/organisations/{organisation}/look", "/desk/directory/organisations/{organisation}/sign-in", "/desk/settings/categories/", "/desk/settings/routing/new", "/desk/settings/follow-ups/", "/desk/settings/sign-in/", "/desk/settings/forms/", "/desk/settings/forms/{form}/", "/desk/settings/forms/{form}/versions/1/",
             "/desk/mails/templates/reply/fr/",
             "/desk/settings/calendars/", "/desk/settings/calendars/{calendar}/", "/desk/settings/agreements/",
             "/desk/settings/agreements/{agreement}/",
             "/desk/settings/escalation/", "/desk/settings/escalation/new", "/desk/settings/escalation/{rule}/",
             "/desk/settings/escalation/runs/{run}/", "/desk/settings/rotas/", "/desk/settings/rotas/new", "/desk/settings/rotas/{rota}/"],
    "sofia": ["/desk/settings/sign-in/", "/desk/audit/", "/desk/audit/?who=nobody-at-all", "/desk/directory/privacy/", "/desk/directory/privacy/everybody", "/desk/directory/privacy/{organisation}/", "/desk/directory/people/{person}/privacy", "/desk/tickets/{number}/entries/1/redaction"],
    "marc": ["/desk/reports/promises/", "/desk/reports/levels/", "/desk/reports/ratings/", "/desk/reports/answers/", "/desk/contracts/new", "/desk/contracts/{contract}/", "/desk/contracts/{contract}/fields"],
    "claire": ["/approvals/", "/approvals/{open_approval}/", "/approvals/{given_approval}/", "/contracts/", "/organisation/?shown=all"],
    "alice": ["/", "/tickets/", "/tickets/{number}/", "/tickets/new", "/catalogue/", "/me/", "/me/security/", "/nowhere"],
    "bob": ["/tickets/{part}/", "/account/password/change/", "/account/logout/", "/account/reauthenticate/", "/account/2fa/totp/activate/"],
    "nobody": ["/account/login/", "/account/login/code/", "/account/login/code/confirm/", "/account/password/reset/", "/account/password/reset/done/", "/account/password/reset/key/done/",
               "/account/password/reset/key/1-forged/", "/account/signup/", "/account/inactive/"],
}  # fmt: skip


@pytest.fixture
def ticket(world: World) -> Any:
    with everything():
        ticket = world.ticket()
        actions.take(ticket, actor=world.as_(world.nadia))
        actions.reply(ticket, text="Bonjour", actor=world.as_(world.nadia))
        actions.note(ticket, text="Pilote, @benoit ?", actor=world.as_(world.nadia))
        asked = write_to_third_party(
            ticket, to=["hotline@hp.example"], subject="Pilote", text="Un correctif ?", actor=world.as_(world.nadia)
        )
        receive_from_third_party(
            ticket, conversation=f"{ticket.number}-{asked.number}", text="La 4.2.", from_name="HP",
            from_email="hotline@hp.example", actor=actions.Actor.system("intake"),
        )  # fmt: skip
        actions.escalate(ticket, team=world.n2, observed="a", tried="b", asked="c", actor=world.as_(world.nadia))
        actions.send_back(ticket, reason="Modèle ?", actor=world.as_(world.benoit))
        world.ticket(world.zoe, subject="Wi-Fi", impact=1, urgency=1)
        for kind in (each for each in kinds if each.about == "ticket"):
            words = {"promise": "resolution", "due": "2026-11-24T16:40:00+01:00", "rule": "P1", "team": world.n1.pk}
            entry = ticket.timeline().first()
            tell([world.nadia.pk], kind=kind.code, ticket=ticket, entry=entry, words=words)
    return ticket


def conversation_of(ticket: Ticket) -> str:
    with everything():
        return conversations_of(ticket)[0].key


def majors_of(world: World) -> dict[str, int]:
    """A P1, a major incident that goes on, a ticket that follows it, and one whose review is written."""
    carla = world.as_(world.carla)
    with everything():
        p1, major, reviewed = (world.ticket(world.bob, subject="Plus de réseau", impact=1, urgency=1) for _ in range(3))
        follower = world.ticket(world.zoe)
        for each in (major, reviewed):
            actions.declare_major(
                each, lead=world.elena, teams=[world.n2], contacts=[world.claire], text="Coupure à Genève.", actor=carla
            )
        actions.follow(follower, major=major, actor=carla)
        actions.resolve(reviewed, code="solved", text="Rétabli.", actor=carla)
        actions.review_major(reviewed, happened="Panne.", why="Usure.", changes="Une réserve.", actor=carla)
    return {"p1": p1.number, "major": major.number, "follower": follower.number, "reviewed": reviewed.number}


def automation_of(world: World) -> dict[str, int]:
    """A rule, what it would have done, and a rota with somebody standing in."""
    rule = EscalationRule.objects.create(name="P1", trigger="unassigned", recipients=["role:manager"])
    run = DryRun.objects.create(
        rule=rule, rule_document=stored_fields(rule), started_at=now(), started_by=world.adam, total=9, done=9, finished_at=now(),
        result={"weeks": [["2026-W47", 0], ["2026-W48", 3]], "recipients": [["Marc Dubois", 3]], "firings_total": 3,
                "firings": [[1, now().isoformat(), {"rule_id": rule.pk, "rule_name": "P1", "trigger": "unassigned", "minutes": 10, "recipient_ids": [],
                                            "instant": now().isoformat(), "since": now().isoformat()}]] * 3},
    )  # fmt: skip
    rota = Rota.objects.create(
        name="Piquet", starts_on=date(2026, 1, 5), handover_time=time(8), person_ids=[world.benoit.pk, world.elena.pk]
    )
    rota.overrides.create(person=world.carla, starts_at=now() + timedelta(days=1), ends_at=now() + timedelta(days=2))
    return {"rule": rule.pk, "run": run.pk, "rota": rota.pk}


def routines_of(world: World) -> dict[str, int]:
    """A macro that acts, a template, and a recurring ticket that has opened one."""
    macro = Macro.objects.create(
        name="Capture", text_fr="Bonjour {{ requester.first_name }}", hold_reason="requester", team=world.n1
    )
    template = TicketTemplate.objects.create(name="Revue", subject="Revue, {{ month }}", to_team=world.n2)
    with everything():
        row = RecurringTicket(
            name="Revue",
            template=template,
            organisation=world.helvetia,
            requester=world.alice,
            starts_on=date(2026, 1, 1),
        )
        recurring.create(row, actor=world.as_(world.carla))
        row.next_at, row.done_until = now(), now() - timedelta(days=90)
        row.save()
        open_due(row.pk)
    return {"macro": macro.pk, "template": template.pk, "recurring": row.pk}


def approvals_of(world: World) -> dict[str, int]:
    """A ticket that waits for Claire and Nils, and one question that Claire has answered."""
    asker = world.as_(world.carla)
    with everything():
        ticket = world.ticket()
        people = [world.claire, world.nils]
        given: Any = approving.ask(ticket, question="Un clavier à 60 CHF ?", people=people, rule="any", actor=asker)
        approving.approve(ticket, number=given.number, text="D'accord.", actor=world.as_(world.claire))
        until = now() + timedelta(days=3)
        waiting: Any = approving.ask(
            ticket, question="Un écran ?", people=people, rule="all", until=until, holds=True, actor=asker
        )
    return {"asked": ticket.number, "given_approval": given.approval.pk, "open_approval": waiting.approval.pk}


def belonging_of(world: World) -> dict[str, int]:
    """A ticket with a part, a child and messages that could be split off; its part; one that is closed."""
    nadia = world.as_(world.nadia)
    with everything():
        whole, part, child, done = (world.ticket(who) for who in (world.alice, world.bob, world.alice, world.bob))
        actions.answer(whole, text="Et mon badge ne marche plus.", actor=world.as_(world.alice))
        merging.merge(part, into=whole, actor=nadia)
        linking.link(whole, other=child, relation="child", actor=nadia)
        actions.resolve(done, code="solved", text="Fait.", actor=nadia)
        actions.confirm(done, actor=world.as_(world.bob))
    return {"whole": whole.number, "part": part.number, "done": done.number}


@pytest.mark.parametrize("who", SCREENS)
def test_axe_finds_nothing_and_nothing_is_too_wide_or_too_heavy(
    world: World, desk: RunningDesk, page_of: Any, ticket: Any, who: str
) -> None:
    desk.start("web")
    keys = {
        "conversation": conversation_of(ticket),
        "form": world.printer_form.form_id,
        "organisation": world.helvetia.pk,
        "person": world.bob.pk,
        "calendar": CoverageCalendar.objects.get(name="Heures ouvrables").pk,
        "agreement": Agreement.objects.get(is_default=True).pk,
        "contract": world.contract(price=Decimal("1250"), currency="CHF", price_period="month").pk,
        **automation_of(world),
        **routines_of(world),
        **majors_of(world),
        **belonging_of(world),
        **approvals_of(world),
    }
    found = []
    page = page_of(getattr(world, who, None), locale="fr-CH")
    for address in SCREENS[who]:
        found += wrong_with(page, desk.url + address.format(number=ticket.number, **keys))
    assert found == [], "\n".join(found)


def wrong_with(page: Any, url: str) -> list[str]:
    """Return what is wrong with a page, in light and dark, and on a telephone."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        answer = page.goto(url)
        # What is folded away is read by people, too.
        page.evaluate(
            "document.querySelectorAll('[class^=major] details, #links details, #approvals details, .done-box details').forEach(each => { each.open = true })"
        )
        page.evaluate(AXE.read_text())
        result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        for violation in result["violations"]:
            for node in violation["nodes"]:
                found.append(f"{url} {scheme} {violation['id']}: {node['html'][:110]} {node['failureSummary'][-140:]}")
    assert len(answer.body()) < PAGE_BYTES, url
    page.set_viewport_size({"width": 360, "height": 740})
    if page.evaluate("document.documentElement.scrollWidth") > 360:
        found.append(f"{url} is wider than a telephone")
    page.set_viewport_size({"width": 1360, "height": 860})
    return found
