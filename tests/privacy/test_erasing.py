"""A person is erased: their words go, from wherever they stand; the figures of the desk do not change."""

from __future__ import annotations

import json
import zipfile
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.test import Client

from entraide.channels.email.incoming import keep
from entraide.channels.email.models import IncomingMail, OutgoingMail
from entraide.config.command import main  # noqa: F401 (the command is what an operator calls)
from entraide.core.events import ERASED, Conflict, NotAllowed, Refused
from entraide.people.models import Account, MailAddress, Person
from entraide.privacy.command import person as command
from entraide.privacy.erasing import begin_erasing, go_on_erasing, kept_of
from entraide.privacy.exporting import export_person
from entraide.privacy.models import Erasure, RetentionRule
from entraide.tickets import actions
from entraide.tickets.models import Ticket
from entraide.tickets.rating import rate
from tests.jobs import do_jobs
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def write(text: str, *, file: bytes = b"") -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = (
        "Alice Martin <alice@helvetia.example>",
        "support@lemanique.example",
        "Badge",
    )
    letter.set_content(text)
    if file:
        letter.add_attachment(file, maintype="text", subtype="plain", filename="badge.txt")
    keep(
        letter.as_bytes(),
        door="smtp",
        envelope_from="alice@helvetia.example",
        envelope_to=["support@lemanique.example"],
    )
    do_jobs()


@pytest.fixture
def story(world: World) -> Ticket:
    """Alice wrote by mail, was helped, rated it, and wrote on Bob's ticket; the desk wrote her address on Zoé's."""
    write("Mon badge 4711 est perdu.", file=b"badge 4711")
    with everything():
        ticket = Ticket.objects.get()
        actions.reply(ticket, text="Bonjour Alice, le badge 4711 est bloqué.", actor=world.as_(world.nadia))
        actions.note(ticket, text="Alice perd tout.", actor=world.as_(world.nadia))
        actions.resolve(ticket, code="solved", text="Nouveau badge.", actor=world.as_(world.nadia))
        actions.close(ticket, actor=world.as_(world.carla))
        rate(ticket, person=world.alice, mark=4, words="Merci Nadia", actor=world.as_(world.alice))
        of_bob = world.ticket(world.bob, text="Et le mien ?", watcher_ids=[world.alice.pk])
        actions.answer(of_bob, text="Chez moi aussi, signé Alice.", actor=world.as_(world.alice))
        actions.note(of_bob, text="Vu avec Alice Martin (alice@helvetia.example).", actor=world.as_(world.nadia))
    do_jobs()
    return ticket


def all_that_is_kept() -> str:
    """Return every row of the desk's own tables, as text; the audit is not erased."""
    rows: list[str] = []
    with everything():
        for model in apps.get_models():
            if model.__module__.startswith("entraide.") and model._meta.app_label != "audit":
                rows += [str(row) for row in model._default_manager.values()]
    return "\n".join(rows)


def test_nothing_of_a_person_is_left_and_every_figure_is(world: World, story: Ticket) -> None:
    words = ("4711", "Alice", "alice@helvetia.example", "Merci Nadia", "Chez moi aussi")
    assert all(word in all_that_is_kept() for word in words)
    with everything():
        before = Ticket.objects.get(pk=story.pk)
        erasure = begin_erasing(world.alice, reason="Son souhait", actor=world.as_(world.marc))
        assert not Account.objects.get(person=world.alice).is_active, "she can no longer sign in, at once"
    go_on_erasing(erasure.pk)
    left = all_that_is_kept()
    assert {word for word in words if word in left} == set()
    with everything():
        after = Ticket.objects.get(pk=story.pk)
        assert (after.opened_at, after.closed_at, after.priority) == (
            before.opened_at,
            before.closed_at,
            before.priority,
        )
        assert after.ratings.get().mark == 4
        of_bob = Ticket.objects.exclude(pk=story.pk).get()
        assert of_bob.timeline().first().event.text == "Et le mien ?"
        assert of_bob.timeline().filter(kind="note_added").get().event.text == f"Vu avec {ERASED} ({ERASED})."
        erased = Person.objects.get(pk=world.alice.pk)
        assert (erased.name, erased.is_active) == (ERASED, False) and erased.erased_at
        assert not MailAddress.objects.filter(person=erased).exists()
        assert IncomingMail.objects.get().erased_at and OutgoingMail.objects.exists()
        assert Erasure.objects.get().finished_at
        for each in Ticket.objects.all():
            assert each.replayed().columns() == each.columns()


def test_an_erasing_that_was_cut_off_goes_on_where_it_was(
    world: World, story: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entraide.privacy import erasing

    with everything():
        erasure = begin_erasing(world.alice, reason="Son souhait", actor=world.as_(world.marc))

    def dies(_whom: Any) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "let_go", dies)
        with pytest.raises(OSError):
            go_on_erasing(erasure.pk)
    with everything():
        told = story.timeline().filter(kind="words_erased").count()
    for _time in range(2):
        go_on_erasing(erasure.pk)
    with everything():
        assert story.timeline().filter(kind="words_erased").count() == told == 1
        assert Erasure.objects.get().finished_at and "4711" not in all_that_is_kept()


def test_what_stands_in_the_way_is_said_before(world: World) -> None:
    with everything():
        ticket = world.ticket()
        world.contract(contact_id=world.alice.pk)
        marc = world.as_(world.marc)
        said = kept_of(world.alice).in_the_way
        assert any(ticket.reference in each for each in said) and len(said) == 2
        with pytest.raises(Refused):
            begin_erasing(world.alice, reason="Partie", actor=marc)
        RetentionRule.objects.create(for_organisation=world.rousseau, is_held=True, hold_reason="Litige")
        with pytest.raises(Refused):
            begin_erasing(world.zoe, reason="Partie", actor=marc)
        with pytest.raises(Refused):
            begin_erasing(world.adam, reason="Parti", actor=marc)
        for refused in (world.nadia, world.claire, world.bob):
            with pytest.raises(NotAllowed):
                begin_erasing(world.bob, reason="Parti", actor=world.as_(refused))
        with pytest.raises(Refused):
            begin_erasing(world.bob, reason=" ", actor=marc)
        begin_erasing(world.bob, reason="Parti", actor=marc)
        with pytest.raises(Conflict):
            begin_erasing(world.bob, reason="Parti", actor=marc)


def test_by_hand_the_name_is_asked_for(world: World, client: Client, story: Ticket) -> None:
    client.force_login(world.sofia.account)
    page = f"/desk/directory/people/{world.alice.pk}/privacy"
    assert client.post(page, {"reason": "Partie", "name": "alice"}).status_code == 422
    with everything():
        assert not Erasure.objects.exists()
    done = client.post(page, {"reason": "Partie", "name": "Alice Martin"}, follow=True)
    assert done.status_code == 200
    do_jobs(queues=("upkeep",))
    seen = client.get(page).content.decode()
    assert "Alice" not in seen
    assert client.get(f"/desk/directory/people/{world.alice.pk}/").status_code == 200
    assert client.get("/desk/directory/privacy/").status_code == 200


def names_in(archive: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_copy_has_everything_and_nothing_of_others(world: World, story: Ticket) -> None:
    with everything():
        with export_person(world.alice, with_internal=False) as archive:
            copy = names_in(archive)
        with export_person(world.alice, with_internal=True) as archive:
            whole = names_in(archive)
    file = next(name for name in copy if name.startswith(f"files/{story.reference}/"))
    assert copy[file] == b"badge 4711"
    told = json.loads(copy[f"tickets/{story.reference}.json"])
    texts = [each["text"] for each in told["timeline"]]
    assert "Mon badge 4711 est perdu." in texts and not any("perd tout" in each for each in texts)
    assert "perd tout" in whole[f"tickets/{story.reference}.json"].decode()
    assert json.loads(copy["person.json"])["mail_addresses"] == ["alice@helvetia.example"]
    assert any(name.startswith("mails/") and name.endswith(".eml") for name in copy)
    assert "Et le mien" not in str(copy.values()), "Bob's words are Bob's"


def test_people_take_their_own_copy_in_the_portal(world: World, client: Client, story: Ticket) -> None:
    client.force_login(world.alice.account)
    answer = client.post("/me/copy")
    assert answer["Content-Type"] == "application/zip"
    copy = names_in(BytesIO(b"".join(answer.streaming_content)))
    assert f"tickets/{story.reference}.json" in copy and "perd tout" not in str(copy)
    assert client.get("/me/copy").status_code == 405


def test_an_operator_exports_and_erases_from_a_shell(world: World, story: Ticket, tmp_path: Any) -> None:
    shell = CliRunner()
    target = tmp_path / "alice.zip"
    assert shell.invoke(command, ["export", "alice@helvetia.example", str(target)]).exit_code == 0
    assert "person.json" in names_in(target)
    assert shell.invoke(command, ["export", "alice@helvetia.example", str(target)]).exit_code != 0
    assert shell.invoke(command, ["erase", "nobody@helvetia.example", "--reason", "x", "--yes"]).exit_code != 0
    done = shell.invoke(command, ["erase", "alice@helvetia.example", "--reason", "Partie", "--yes"])
    assert done.exit_code == 0 and "Alice" not in done.output
    do_jobs(queues=("upkeep",))
    listed = shell.invoke(command, ["erased"]).output
    assert listed.split("\t")[0] == str(world.alice.pk) and "done" in listed


# What becomes of each row that leads to a person, when that person is erased.
GOES = {
    "entrance.Provisioned.person",
    "people.MailAddress.person", "people.Phone.person", "people.RoleGrant.person", "people.Account.person", "tickets.Timer.person",
    "tickets.Presence.person", "push.Browser.person", "notifications.Notification.person", "notifications.ChannelChoice.person",
    "notifications.QuietHours.person", "routines.ListLook.person",
}  # fmt: skip
LEADS_TO_A_ROW_WITHOUT_A_NAME = {
    "people.Person.manager", "people.BrandChange.by", "sla.CalendarVersion.published_by", "sla.FeedRenewal.by", "sla.AgreementVersion.published_by",
    "sla.Retargeting.started_by", "forms.FormVersion.published_by", "contracts.ContractEntry.actor_person", "contracts.Contract.contact",
    "tickets.TicketEntry.actor_person", "tickets.Ticket.requester", "tickets.Ticket.on_behalf_of", "tickets.Ticket.assignee",
    "tickets.Ticket.previous_assignee", "tickets.Ticket.major_lead", "tickets.Work.person", "tickets.Approval.asked_by", "tickets.Approver.person",
    "tickets.Rating.person", "tickets.Rating.assignee", "email.OutgoingMail.person", "web.ContactForm.made_by", "automation.DryRun.started_by",
    "automation.RotaOverride.person", "routines.BulkRun.started_by", "routines.Macro.owner", "routines.Macro.changed_by", "routines.MacroUse.person",
    "routines.TicketTemplate.owner", "routines.TicketTemplate.changed_by", "routines.SavedView.owner", "routines.SavedView.changed_by",
    "routines.RecurringTicket.requester", "routines.RecurringTicket.assignee", "routines.RecurringChange.by", "api.ApiToken.person",
    "privacy.RetentionRule.changed_by", "privacy.Erasure.person", "privacy.Erasure.asked_by",
}  # fmt: skip


def test_every_row_that_leads_to_a_person_was_thought_of() -> None:
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("entraide.") and not model._meta.auto_created
        for field in model._meta.concrete_fields
        if field.related_model is Person
    }
    assert found == GOES | LEADS_TO_A_ROW_WITHOUT_A_NAME
