"""What stands behind the nouns of addresses: of each organisation, or shared by all."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.core import signing

from entraide.agent.calendar_feeds import feed_address
from entraide.agent.rule_forms import stored_fields
from entraide.automation.dry_run import start
from entraide.automation.models import EscalationRule, Rota
from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.channels.hooks.models import Endpoint
from entraide.channels.push.models import Browser
from entraide.channels.web.models import ContactForm
from entraide.contracts.models import Contract
from entraide.core.clock import now
from entraide.entrance.models import SignIn
from entraide.notifications.models import Notification
from entraide.people.models import Brand, Site
from entraide.routines.models import BulkRun, Macro, RecurringTicket, SavedView, TicketTemplate
from entraide.sla.models import Agreement, CoverageCalendar, Retargeting
from entraide.tickets.links import APPROVAL_SALT, token_for
from entraide.tickets.models import Approval, Ticket
from tests.access.planted import Planted
from tests.access.routes import Parameter, Route
from tests.world import World


def of_an_organisation(planted: Planted) -> dict[Parameter, Any]:
    """Return, for each noun, the key of the organisation's own one."""
    rows = planted.rows
    ticket: Ticket = rows[Ticket]
    attachment = ticket.attachments.order_by("pk")[0]
    approval: Approval = rows[Approval]
    by_noun: dict[tuple[str, str], Any] = {
        ("tickets", "number"): ticket.number,
        ("board", "number"): ticket.number,
        ("rows", "number"): ticket.number,
        ("relations", "other"): ticket.number,
        ("work", "entry"): ticket.work.get().entry.number,
        ("watchers", "person_id"): planted.requester.pk,
        ("approvals", "entry"): approval.number,
        ("approvals", "key"): approval.pk,
        ("attachments", "attachment_id"): attachment.pk,
        ("attachments", "name"): attachment.name,
        ("entries", "entry"): 1,
        ("privacy", "key"): planted.organisation.pk,
        ("sessions", "key"): SignIn.objects.create(
            account=planted.requester.account, session_key=planted.word, way="password", began_at=now(), seen_at=now()
        ).pk,
        ("Users", "key"): planted.requester.pk,
        ("people", "key"): planted.requester.pk,
        ("organisations", "key"): planted.organisation.pk,
        ("sites", "site_key"): rows[Site].pk,
        ("contact-forms", "form_key"): rows[ContactForm].pk,
        ("embed", "key"): rows[ContactForm].key,
        ("brand", "key"): rows[Brand].key,
        ("contracts", "key"): rows[Contract].pk,
        ("mails", "key"): rows[IncomingMail].pk,
        ("outgoing", "key"): rows[OutgoingMail].pk,
        ("notifications", "key"): rows[Notification].pk,
        ("browsers", "key"): rows[Browser].pk,
        ("recurring", "key"): rows[RecurringTicket].pk,
        ("t", "token"): token_for(ticket.pk, planted.requester.pk, purpose="see"),
        ("a", "token"): signing.dumps([approval.pk, planted.contact.pk], salt=APPROVAL_SALT),
    }
    return {Parameter(*key): value for key, value in by_noun.items()}


def shared(world: World) -> dict[Parameter, Any]:
    """Return, for each noun that belongs to no organisation, the key of one."""
    agreement = Agreement.objects.get(is_default=True)
    calendar = CoverageCalendar.objects.earliest("pk")
    run = Retargeting.objects.create(
        agreement=agreement, to_version=agreement.current, total=0, started_at=now(), moved_at=now()
    )
    rule = EscalationRule.objects.create(name="P1", trigger="missed", recipients=["role:manager"])
    rota = Rota.objects.create(
        name="Piquet", starts_on=date(2026, 1, 5), handover_time=time(8), person_ids=[world.benoit.pk]
    )
    bulk_run = BulkRun.objects.create(
        key="k", started_by=world.nadia, language="fr", verb="take", total=0, started_at=now(), finished_at=now()
    )
    hook = Endpoint.objects.create(name="Tableau", address="", secret="", created_at=now())
    dry_run = start(stored_fields(rule), rule=rule, by=world.adam)
    by_noun: dict[tuple[str, str], Any] = {
        ("agreements", "key"): agreement.pk,
        ("versions", "number"): 1,
        ("retargeting", "run_key"): run.pk,
        ("retargeting", "run_id"): run.pk,
        ("calendars", "key"): calendar.pk,
        ("feed", "token"): feed_address(calendar).rpartition("/")[2].removesuffix(".ics"),
        ("categories", "key"): world.network.pk,
        ("escalation", "key"): rule.pk,
        ("forms", "key"): world.printer_form.form_id,
        ("hooks", "key"): hook.pk,
        ("macros", "key"): Macro.objects.create(name="Merci", text_fr="Merci {{ requester.first_name }}").pk,
        ("rotas", "key"): rota.pk,
        ("bulk/runs", "key"): bulk_run.pk,
        ("escalation/runs", "key"): dry_run.pk,
        ("saved-views", "key"): SavedView.objects.create(name="Le matin", asks={"view": "mine"}).pk,
        ("settings", "code"): "categories",
        ("settings", "key"): world.network.pk,
        ("teams", "key"): world.n1.pk,
        ("Groups", "key"): world.n1.pk,
        ("templates", "code"): "reply",
        ("templates", "language"): "fr",
        ("ticket-templates", "key"): TicketTemplate.objects.create(name="Revue", subject="Revue").pk,
        # A file that is held back; there is none of this key.
        ("quarantine", "key"): 1,
        # A key and a provider of nobody.
        ("keys", "pk"): 1,
        ("oidc", "provider_id"): "nobody",
        # What the router itself keeps closed, or answers with "nothing here".
        ("v1", "rest"): "nothing",
        ("confirm-email", "key"): "x",
        ("key", "uidb36"): "1",
        ("key", "key"): "x-y",
    }
    return {Parameter(*key): value for key, value in by_noun.items()}


def missing(route: Route, given: dict[Parameter, Any]) -> str:
    """Return what is to be added for an address that nobody has filled yet, or nothing."""
    unknown = [each for each in route.parameters if each not in given]
    if not unknown:
        return ""
    return (
        f"{route.name} ({route.path}) needs {', '.join(map(str, unknown))}: say in tests/access/nouns.py what stands "
        "there, in `of_an_organisation` if it belongs to one (and is walked for ours and another's), else in `shared`."
    )
