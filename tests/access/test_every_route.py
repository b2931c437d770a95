"""Which role opens which page: every route is in one table of who may.

That nobody reads or changes what is another organisation's is walked in test_walk.py, for every route of the router.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.world import World, everything

STAFF = {"nadia", "benoit", "elena", "carla", "marc", "sofia", "adam"}
CLIENTS = {"alice", "bob", "claire", "zoe"}
EVERYBODY = STAFF | CLIENTS
WORKERS = {"nadia", "benoit", "elena", "carla", "marc"}
# Those who see tickets at the desk; the administrator does not.
READERS = WORKERS | {"sofia"}
COORDINATORS = {"carla", "marc"}
REPORTERS = {"carla", "marc", "sofia"}
MAIL = WORKERS | {"adam"}
PRIVACY = {"marc", "sofia", "adam"}

# Who may open each page (by GET); whoever is not named gets 404.
WHO: dict[str, set[str]] = {
    "agent:desk": STAFF, "agent:rows": READERS, "agent:row": READERS, "agent:views": READERS, "agent:palette": STAFF, "agent:search-completions": READERS,
    "agent:presence-marks": READERS, "agent:saved-views": READERS, "agent:saved-view": READERS,
    "agent:bulk-matching": READERS, "agent:bulk-runs": READERS, "agent:bulk-run": {"nadia"},
    "agent:board": COORDINATORS, "agent:opening": WORKERS, "agent:opening-people": STAFF, "agent:opening-priority": WORKERS,
    "agent:ticket": READERS, "agent:clocks": READERS, "agent:field-history": READERS, "agent:others": READERS, "agent:mentions": READERS, "agent:attachment": READERS,
    "agent:people": STAFF, "agent:new-person": STAFF, "agent:person": STAFF,
    "agent:organisations": STAFF, "agent:new-organisation": STAFF, "agent:organisation": STAFF,
    "agent:new-site": STAFF, "agent:site": STAFF, "agent:teams": STAFF, "agent:new-team": STAFF, "agent:team": STAFF,
    "agent:redaction": COORDINATORS | {"sofia"}, "agent:privacy": PRIVACY, "agent:retention": PRIVACY, "agent:retention-for-all": PRIVACY, "agent:person-privacy": PRIVACY,
    "agent:macros": WORKERS, "agent:new-macro": WORKERS, "agent:macro": WORKERS, "agent:macro-picker": WORKERS,
    "agent:macro-chosen": WORKERS,
    "agent:contracts": STAFF, "agent:contract": STAFF, "agent:new-contract": {"marc", "adam"}, "agent:contract-fields": {"marc", "adam"},
    "agent:contract-contacts": {"marc", "adam"},
    "agent:ticket-templates": WORKERS, "agent:new-ticket-template": WORKERS, "agent:ticket-template": WORKERS,
    "agent:ticket-template-facts": WORKERS, "agent:recurring": WORKERS, "agent:recurring-ticket": WORKERS,
    "agent:recurring-dates": WORKERS, "agent:new-recurring": COORDINATORS,
    "agent:incoming": MAIL, "agent:original": MAIL, "agent:outgoing": MAIL,
    "agent:templates": {"adam"}, "agent:template": {"adam"}, "agent:template-preview": {"adam"},
    "agent:notifications": STAFF, "agent:notifications-count": STAFF, "agent:notification-settings": STAFF,
    "agent:notification": {"nadia"}, "agent:service-worker": STAFF,
    "agent:sign-in-rules": {"adam", "marc", "sofia"},
    "agent:settings": {"adam"}, "agent:settings-new": {"adam"}, "agent:settings-row": {"adam"},
    "agent:audit": {"marc", "sofia", "adam"},
    "agent:agreements": STAFF, "agent:new-agreement": {"adam"}, "agent:agreement": STAFF, "agent:agreement-version": STAFF,
    "agent:retargeting": {"adam"}, "agent:retargeting-run": {"adam"},
    "agent:forms": {"adam"}, "agent:new-form": {"adam"}, "agent:form": {"adam"}, "agent:form-version": {"adam"},
    "agent:calendars": STAFF, "agent:new-calendar": {"adam"}, "agent:calendar": STAFF, "agent:calendar-version": STAFF,
    "agent:rules": {"adam"}, "agent:new-rule": {"adam"}, "agent:rule": {"adam"}, "agent:dry-run": {"adam"},
    "agent:hooks": {"adam"}, "agent:new-hook": {"adam"}, "agent:new-chat": {"adam"}, "agent:hook": {"adam"}, "agent:hook-fields": {"adam"},
    "agent:new-contact-form": {"adam"}, "agent:contact-form": {"adam"},
    "agent:organisation-provider": {"adam"},
    "agent:brand": STAFF, "agent:brand-preview": STAFF, "agent:brand-preview-colours": STAFF,
    "agent:quarantine": {"sofia", "adam"},
    "agent:rotas": STAFF, "agent:new-rota": {"adam"}, "agent:rota": STAFF,
    "agent:report-promises": REPORTERS, "agent:report-promise-tickets": REPORTERS,
    "agent:report-levels": REPORTERS, "agent:report-level-tickets": REPORTERS, "agent:report-ratings": REPORTERS, "agent:report-answers": REPORTERS,
    "portal:home": EVERYBODY, "portal:suggestions": EVERYBODY, "portal:profile": EVERYBODY, "portal:security": EVERYBODY, "portal:tickets": EVERYBODY,
    "portal:approvals": EVERYBODY, "portal:approval": {"claire", "benoit"},
    "portal:contracts": {"claire"}, "portal:organisation": {"claire"}, "portal:catalogue": EVERYBODY, "portal:new": EVERYBODY, "portal:ticket": READERS | {"alice", "claire"}, "portal:attachment": READERS | {"alice", "claire"},
}  # fmt: skip
# Verbs: only POST; who may is decided by record() and tested with the events.
VERBS = {
    "agent:bulk", "agent:bulk-undoing", "agent:list-look", "agent:saved-view-asks", "agent:replies", "agent:third-parties", "agent:notes", "agent:ownership", "agent:assignment", "agent:escalation", "agent:acceptance",
    "agent:handover-return", "agent:hold", "agent:resumption", "agent:resolution", "agent:reopening", "agent:closure",
    "agent:arrival", "agent:fields", "agent:form-answers", "agent:opening-asked", "agent:macro-preview", "agent:form-preview", "agent:presence", "agent:recurring-state",
    "agent:relations", "agent:merger", "agent:split", "agent:follow-up", "agent:work", "agent:work-withdrawal", "agent:timer",
    "agent:major-declaration", "agent:major-update", "agent:major-leading", "agent:major-standing-down", "agent:major-review",
    "agent:major-links", "agent:following",
    "agent:beneficiary", "agent:priority", "agent:watchers", "agent:confidentiality", "agent:move", "agent:roles", "agent:board-assignment",
    "agent:incoming-retry", "agent:incoming-aside", "agent:outgoing-retry",
    "agent:agreement-default", "agent:agreement-places", "agent:calendar-feed-renewal", "agent:organisation-agreement",
    "agent:rota-overrides", "agent:contract-renewal", "agent:contract-end",
    "agent:quarantined-file",
    "agent:hook-secret", "agent:hook-tests", "agent:hook-replays",
    "agent:notification-reading", "agent:notification-readings",
    "agent:notification-browsers", "agent:notification-browser-removal", "agent:notification-browser-tests",
    "agent:approvals", "agent:approval-decision", "portal:approval-decision",
    "agent:person-export", "portal:own-copy",
    "portal:answers", "portal:asked", "portal:confirmation", "portal:reopening", "portal:rating", "portal:language",
    "portal:sessions-end", "portal:session-end", "agent:organisation-provisioning",
}  # fmt: skip
# Pages that lead on at once to another.
PASSAGES = {"agent:notification": "/desk/tickets/", "agent:desk": "/desk/settings/"}
STREAMS = {"agent:stream", "portal:stream"}
# Open without an account; each says so itself and checks what it was given.
OPEN = {
    "portal:link": "a signed link", "portal:link-answers": "a signed link", "portal:link-confirmation": "a signed link",
    "portal:link-reopening": "a signed link", "portal:link-attachment": "a signed link",
    "portal:approval-link": "a signed link", "portal:approval-link-decision": "a signed link",
    "portal:link-rating": "a signed link", "agent:calendar-feed": "a signed link",
}  # fmt: skip


# Open to everybody, for there is nothing to hide.
PUBLIC = {"portal:brand-colours": "colours", "portal:brand-logo": "a logo", "portal:embed": "a form to write to us"}


def routes() -> Iterator[tuple[str, URLPattern]]:
    def walk(resolver: URLResolver, space: str) -> Iterator[tuple[str, URLPattern]]:
        for each in resolver.url_patterns:
            if isinstance(each, URLResolver):
                yield from walk(each, f"{space}{each.namespace}:" if each.namespace else space)
            else:
                yield f"{space}{each.name}", each

    yield from walk(get_resolver(), "")


def ours() -> dict[str, URLPattern]:
    return {name: pattern for name, pattern in routes() if name.startswith(("agent:", "portal:"))}


def test_every_route_is_accounted_for() -> None:
    known = set(WHO) | VERBS | STREAMS | set(OPEN) | set(PUBLIC)
    assert set(ours()) == known


def test_every_other_route_is_the_sign_ins_the_apis_or_a_probe() -> None:
    others = {name for name, _pattern in routes()} - set(ours())
    assert all(
        name.startswith(
            ("api:", "probe_", "security_txt", "account_", "mfa_", "socialaccount_", "openid_connect_", "ninja")
        )
        or name == "None"
        for name in others
    ), others


@pytest.fixture
def addresses(world: World) -> dict[str, list[Any]]:
    """Arguments for every route that needs some; the ticket is Alice's, of Helvetia."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from entraide.agent.rule_forms import stored_fields
    from entraide.automation.dry_run import start
    from entraide.automation.models import EscalationRule, Rota
    from entraide.channels.email.models import IncomingMail
    from entraide.channels.hooks.models import Endpoint
    from entraide.channels.web.models import ContactForm
    from entraide.core.clock import now
    from entraide.notifications.telling import tell
    from entraide.routines.models import BulkRun, Macro, RecurringTicket, SavedView, TicketTemplate
    from entraide.sla.models import Agreement, CoverageCalendar, Retargeting
    from entraide.tickets.approving import ask
    from entraide.tickets.uploads import keep_upload

    with everything():
        upload = keep_upload(SimpleUploadedFile("plan.txt", b"Plan du reseau"))
        ticket = world.ticket(attachments=(upload,))
        attachment = ticket.attachments.get()
        mail = IncomingMail.objects.create(
            fingerprint="f", raw=b"Subject: x\n\ny", size_bytes=14, received_at=now(), door="smtp", ticket=ticket
        )
        (told,) = tell([world.nadia.pk], kind="assigned", ticket=ticket, entry=ticket.timeline().get())
        asked = ask(ticket, question="?", people=[world.claire, world.benoit], rule="any", actor=world.as_(world.nadia))
    number, helvetia = ticket.number, world.helvetia.pk
    by_number = [number]
    arguments: dict[str, list[Any]] = {
        "portal:session-end": [1],
        "portal:approval": [asked.approval.pk], "portal:approval-decision": [asked.approval.pk],
        "agent:attachment": [attachment.pk, "plan.txt"], "portal:attachment": [number, attachment.pk, "plan.txt"],
        "agent:person": [world.alice.pk], "agent:person-privacy": [world.alice.pk], "agent:person-export": [world.alice.pk], "agent:retention": [helvetia], "agent:redaction": [number, 1],
        "agent:roles": [world.alice.pk], "agent:organisation": [helvetia], "agent:brand": [helvetia], "agent:organisation-provider": [helvetia], "agent:organisation-provisioning": [helvetia], "agent:brand-preview": [helvetia], "agent:contract-contacts": [helvetia],
        "agent:new-site": [helvetia], "agent:site": [helvetia, world.plainpalais.pk], "agent:team": [world.n1.pk],
        "agent:original": [mail.pk], "agent:incoming-retry": [mail.pk], "agent:incoming-aside": [mail.pk],
        "agent:outgoing-retry": [1], "agent:template": ["reply", "fr"], "agent:template-preview": ["reply", "fr"],
        "agent:notification": [told.pk], "agent:notification-reading": [told.pk],
        "agent:notification-browser-removal": [1], "agent:notification-browser-tests": [1],
        "agent:settings": ["categories"], "agent:settings-new": ["categories"],
        "agent:settings-row": ["categories", world.network.pk],
    }  # fmt: skip
    agreement = Agreement.objects.get(is_default=True)
    run = Retargeting.objects.create(
        agreement=agreement, to_version=agreement.current, total=0, started_at=now(), moved_at=now()
    )
    arguments |= {
        "agent:agreement": [agreement.pk], "agent:agreement-default": [agreement.pk], "agent:agreement-places": [agreement.pk],
        "agent:agreement-version": [agreement.pk, 1], "agent:retargeting": [agreement.pk],
        "agent:retargeting-run": [agreement.pk, run.pk], "agent:organisation-agreement": [helvetia],
    }  # fmt: skip
    arguments["agent:quarantined-file"] = [attachment.pk]
    calendar = CoverageCalendar.objects.earliest("pk").pk
    form = world.printer_form.form_id
    arguments |= {"agent:form": [form], "agent:form-version": [form, 1]}
    arguments |= {
        "agent:calendar": [calendar],
        "agent:calendar-feed-renewal": [calendar],
        "agent:calendar-version": [calendar, 1],
    }
    bulk_run = BulkRun.objects.create(
        key="k", started_by=world.nadia, language="fr", verb="take", total=0, started_at=now(), finished_at=now()
    )
    arguments |= {"agent:bulk-run": [bulk_run.pk], "agent:bulk-undoing": [bulk_run.pk]}
    rule = EscalationRule.objects.create(name="P1", trigger="missed", recipients=["role:manager"])
    tried = start(stored_fields(rule), rule=rule, by=world.adam)
    rota = Rota.objects.create(
        name="Piquet", starts_on=date(2026, 1, 5), handover_time=time(8), person_ids=[world.benoit.pk]
    )
    template = TicketTemplate.objects.create(name="Revue", subject="Revue")
    with everything():
        recurring = RecurringTicket.objects.create(
            name="Revue",
            template=template,
            organisation=world.helvetia,
            requester=world.alice,
            starts_on=date(2030, 1, 1),
        )
    arguments |= {
        "agent:ticket-template": [template.pk], "agent:ticket-template-facts": [template.pk],
        "agent:recurring-ticket": [recurring.pk], "agent:recurring-state": [recurring.pk],
    }  # fmt: skip
    view = SavedView.objects.create(name="Le matin", asks={"view": "mine"})
    arguments |= {"agent:saved-view": [view.pk], "agent:saved-view-asks": [view.pk]}
    macro = Macro.objects.create(name="Merci", text_fr="Merci {{ requester.first_name }}")
    arguments |= {
        "agent:macro": [macro.pk], "agent:macro-picker": [number], "agent:macro-chosen": [number, macro.pk],
    }  # fmt: skip
    arguments |= {
        "agent:rule": [rule.pk], "agent:dry-run": [tried.pk], "agent:rota": [rota.pk], "agent:rota-overrides": [rota.pk],
    }  # fmt: skip
    hook = Endpoint.objects.create(name="Tableau", address="", secret="", created_at=now())
    arguments |= {
        name: [hook.pk]
        for name in ("agent:hook", "agent:hook-fields", "agent:hook-secret", "agent:hook-tests", "agent:hook-replays")
    }
    with everything():
        contact = ContactForm.objects.create(
            organisation=world.helvetia, name="Intranet", origins=["https://intranet.example"], made_at=now()
        )
        signed = world.contract().pk
    arguments |= {"agent:new-contact-form": [helvetia], "agent:contact-form": [helvetia, contact.pk]}
    arguments |= {
        name: [signed]
        for name in ("agent:contract", "agent:contract-fields", "agent:contract-renewal", "agent:contract-end")
    }
    for name, pattern in ours().items():
        if "number" in pattern.pattern.converters and name not in arguments:
            arguments[name] = by_number
    return arguments


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(WHO))
def test_each_page_is_shown_to_those_who_may_and_to_nobody_else(
    world: World, addresses: dict[str, list[Any]], name: str, client: Client
) -> None:
    url = reverse(name, args=addresses.get(name, []))
    seen = set()
    for who in sorted(EVERYBODY):
        person = getattr(world, who)
        client.force_login(person.account)
        answer = client.get(url)
        if name in PASSAGES and answer.status_code == 302:
            assert answer["Location"].startswith(PASSAGES[name])
            seen.add(who)
            continue
        assert answer.status_code in (200, 404), f"{who} got {answer.status_code} at {url}"
        if answer.status_code == 200:
            seen.add(who)
    assert seen == WHO[name]


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OPEN))
def test_an_open_route_checks_its_signed_link(world: World, name: str, client: Client) -> None:
    url = reverse(name, args=["forged", 1, "x"] if "attachment" in name else ["forged"])
    answer = (
        client.get(url)
        if name in ("portal:link", "portal:link-attachment", "portal:approval-link", "agent:calendar-feed")
        else client.post(url)
    )
    assert answer.status_code == 410


@pytest.mark.django_db
def test_the_screens_of_the_desk_say_which_right_they_need() -> None:
    for name, pattern in ours().items():
        if name.startswith("agent:") and name not in OPEN:
            assert hasattr(pattern.callback, "needs"), name
