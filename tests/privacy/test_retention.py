"""Words go when their time has come, figures stay, and a dispute keeps everything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from entraide.channels.email.incoming import keep
from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.core.clock import now
from entraide.core.events import ERASED
from entraide.people.models import Organisation
from entraide.privacy.models import RetentionRule
from entraide.privacy.retention import due_by, erase_what_is_due, rule_of
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def closed(world: World, organisation: Organisation, *, days_ago: int, text: str = "Le toner est vide") -> Ticket:
    with everything():
        who = world.alice if organisation == world.helvetia else world.zoe
        ticket = world.ticket(who, text=text, subject="Imprimante muette")
        actions.resolve(ticket, code="solved", text="Toner remplacé.", actor=world.as_(world.nadia))
        actions.close(ticket, actor=world.as_(world.carla))
    return age(ticket, days_ago)


def age(ticket: Ticket, days: int) -> Ticket:
    """Let a ticket have happened so long ago, timeline and columns."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_ticketentry SET at = at - make_interval(days => %s) WHERE ticket_id = %s", [days, ticket.pk]
        )
    with everything():
        actions.restore(ticket)
    return ticket


def due_now(organisation: Organisation) -> int:
    with everything():
        return due_by(rule_of(organisation), [organisation], at=now()).tickets


def keep_words(months: int | None, days: int | None = None, **rule: object) -> RetentionRule:
    return RetentionRule.objects.create(words_months=months, originals_days=days, **rule)


def test_what_was_closed_long_ago_loses_its_words_once(world: World) -> None:
    old, young = closed(world, world.helvetia, days_ago=400), closed(world, world.helvetia, days_ago=20)
    keep_words(12)
    first, second = erase_what_is_due(), erase_what_is_due()
    assert (first.tickets, second.tickets, first.failed) == (1, 0, 0)
    with everything():
        row = Ticket.objects.get(pk=old.pk)
        assert (row.subject, row.description, row.resolution) == (ERASED, ERASED, ERASED)
        assert (row.resolution_code, row.priority, row.status) == ("solved", old.priority, "closed")
        assert row.updated_at == old.updated_at, "it does not come to the top of lists"
        assert Ticket.objects.get(pk=young.pk).description == "Le toner est vide"
        assert row.replayed().columns() == row.columns()


def test_a_ticket_that_lived_on_is_erased_again(world: World) -> None:
    ticket = closed(world, world.helvetia, days_ago=400)
    keep_words(1)
    erase_what_is_due()
    with everything():
        actions.reopen(ticket, text="Encore vide.", actor=world.as_(world.alice))
        actions.resolve(ticket, code="solved", text="Encore remplacé.", actor=world.as_(world.nadia))
        actions.close(ticket, actor=world.as_(world.carla))
    assert erase_what_is_due().tickets == 0, "it was closed just now"
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_ticketentry SET at = at - interval '60 days' WHERE ticket_id = %s", [ticket.pk])
    with everything():
        actions.restore(ticket)
    assert erase_what_is_due().tickets == 1
    with everything():
        assert "Encore" not in str([each.data for each in ticket.timeline()])


def test_each_organisation_has_its_own_rule_or_the_one_for_everybody(world: World) -> None:
    ours, theirs = closed(world, world.helvetia, days_ago=100), closed(world, world.rousseau, days_ago=100)
    keep_words(1)
    keep_words(6, for_organisation=world.rousseau)
    assert (due_now(world.helvetia)) == 1
    assert (due_now(world.rousseau)) == 0
    erase_what_is_due()
    with everything():
        assert Ticket.objects.get(pk=ours.pk).words_erased_at
        assert not Ticket.objects.get(pk=theirs.pk).words_erased_at


def test_a_dispute_keeps_everything(world: World) -> None:
    ticket = closed(world, world.helvetia, days_ago=100)
    keep_words(1, 7)
    keep_words(1, 7, for_organisation=world.helvetia, is_held=True, hold_reason="Litige")
    assert erase_what_is_due().tickets == 0
    with everything():
        assert Ticket.objects.get(pk=ticket.pk).description == "Le toner est vide"


def test_originals_go_and_their_messages_stay(world: World) -> None:
    raw = b"From: alice@helvetia.example\r\nTo: support@lemanique.example\r\nSubject: Toner\r\n\r\nVide.\r\n"
    keep(raw, door="smtp", envelope_from="alice@helvetia.example", envelope_to=["support@lemanique.example"])
    do_jobs()
    long_ago = now() - timedelta(days=40)
    with everything():
        IncomingMail.objects.update(received_at=long_ago)
        OutgoingMail.objects.update(created_at=long_ago, state="sent")
        assert OutgoingMail.objects.exists()
    keep_words(None, 30)
    run = erase_what_is_due()
    assert (run.tickets, run.mails_in) == (0, 1) and run.mails_out >= 1
    assert (erase_what_is_due().mails_in, erase_what_is_due().mails_out) == (0, 0)
    with everything():
        mail = IncomingMail.objects.get()
        assert (bytes(mail.raw), mail.sender) == (b"", "alice@helvetia.example")
        assert Ticket.objects.get().description == "Vide."
        assert not OutgoingMail.objects.exclude(text="").exists()
    assert keep(raw, door="smtp", envelope_from="a@b.example", envelope_to=[]).is_new is False, "it is still known"


def test_one_that_fails_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = closed(world, world.helvetia, days_ago=100), closed(world, world.helvetia, days_ago=100)
    keep_words(1)
    from entraide.privacy import retention

    really = retention.erase_words

    def erase(ticket: Ticket, **said: object) -> object:
        if ticket.pk == bad.pk:
            raise OSError("disk")
        return really(ticket, **said)  # type: ignore[arg-type]

    monkeypatch.setattr(retention, "erase_words", erase)
    run = erase_what_is_due()
    assert (run.tickets, run.failed) == (1, 1) and run.finished_at
    with everything():
        assert Ticket.objects.get(pk=good.pk).words_erased_at and not Ticket.objects.get(pk=bad.pk).words_erased_at


def test_a_manager_sees_what_would_go_before_it_is_kept_so(world: World, client: Client) -> None:
    closed(world, world.helvetia, days_ago=100)
    client.force_login(world.marc.account)
    page = f"/desk/directory/privacy/{world.helvetia.pk}/"
    seen = client.post(page, {"words_months": "2", "originals_days": ""}).content.decode()
    assert "1 ticket" in seen and not RetentionRule.objects.exists()
    client.post(page, {"words_months": "2", "originals_days": "", "confirmed": "yes"})
    rule = RetentionRule.objects.get()
    assert (rule.for_organisation, rule.words_months, rule.changed_by_id) == (world.helvetia, 2, world.marc.pk)
    refused = client.post(page, {"words_months": "2", "is_held": "on", "hold_reason": "", "confirmed": "yes"})
    assert refused.status_code == 422
    client.post(page, {"remove": "yes"})
    assert not RetentionRule.objects.exists()
