"""The same things for two organisations, each with a word in it that the other one must never read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction

from entraide.channels.email.models import IncomingMail
from entraide.core.clock import now
from entraide.core.owned import Owned
from entraide.notifications.telling import tell
from entraide.people.models import Brand, Organisation, Person
from entraide.tickets import actions
from entraide.tickets.approving import ask
from entraide.tickets.filling import fill
from entraide.tickets.rating import rate
from entraide.tickets.third_parties import write_to_third_party
from entraide.tickets.uploads import keep_upload
from entraide.tickets.working import log_work
from tests.access.routes import Parameter
from tests.world import World, everything

# A word that stands in the things of both: what a search is asked for.
SOUGHT = "zzfundort"
_numbers = count(1)


@dataclass
class Planted:
    """What one organisation has. `words` are those that nobody else may read; `given` fills addresses."""

    organisation: Organisation
    requester: Person
    contact: Person
    word: str
    words: tuple[str, ...]
    rows: dict[type[models.Model], Any] = field(default_factory=dict)
    given: dict[Parameter, Any] = field(default_factory=dict)


def plant(world: World, organisation: Organisation, *, requester: Person, contact: Person, word: str) -> Planted:
    """Give an organisation a row of everything that can belong to one."""
    planted = Planted(organisation, requester, contact, word, (word, organisation.name, organisation.mail_domains[0]))
    with everything():
        _live(world, planted)
        for model in apps.get_models():
            if issubclass(model, Owned) and model not in planted.rows:
                planted.rows[model] = _row_of(model, planted)
    return planted


def _live(world: World, planted: Planted) -> None:
    """Let happen, by the verbs, what is a story and can be written in no other way."""
    word, nadia = f"{planted.word} {SOUGHT}", world.as_(world.nadia)
    upload = keep_upload(SimpleUploadedFile(f"{planted.word}.txt", word.encode()))
    ticket = world.ticket(
        planted.requester, subject=word, text=word, attachments=(upload,), category=world.network, kind="request"
    )
    actions.take(ticket, actor=nadia)
    actions.note(ticket, text=f"Note {word}", actor=nadia)
    actions.reply(ticket, text=f"Reply {word}", actor=nadia, attachments=(upload,))
    fill(ticket, version=world.printer_form, answers={"floor": 2, "model": word}, actor=nadia)
    log_work(ticket, person=world.nadia, minutes=15, actor=nadia, text=word)
    address = f"{planted.word}@supplier.example"
    write_to_third_party(ticket, to=[address], subject=word, text=word, actor=nadia)
    asked: Any = ask(ticket, question=word, people=[planted.contact], rule="any", actor=nadia)
    actions.escalate(ticket, team=world.n2, observed=word, tried=word, asked=word, actor=nadia)
    tell([planted.requester.pk, world.nadia.pk], kind="assigned", ticket=ticket, entry=ticket.timeline().first())
    solved = world.ticket(planted.requester, subject=f"Solved {word}", text=word)
    actions.take(solved, actor=nadia)
    actions.resolve(solved, code="solved", text=word, actor=nadia)
    rate(solved, person=planted.requester, mark=2, words=word, actor=world.as_(planted.requester))
    contract = world.contract(planted.organisation, reference=planted.word, name=word, contact_id=planted.contact.pk)
    mail = IncomingMail.objects.create(
        fingerprint=planted.word, raw=f"Subject: {word}\n\n{word}".encode(), size_bytes=99, received_at=now(),
        door="smtp", subject=word, sender=f"{planted.word}@{planted.organisation.mail_domains[0]}", ticket=ticket,
        entry=ticket.timeline().first(), outcome=IncomingMail.Outcome.TICKET, processed_at=now(),
    )  # fmt: skip
    brand = Brand.objects.create(organisation=planted.organisation, name=word, accent="#336699")
    for each in (ticket, contract, mail, asked.approval, brand):
        planted.rows[type(each)] = each


def _row_of(model: type[models.Model], planted: Planted) -> Any:
    """Return the organisation's row of a model, made from what its fields are if there is none yet."""
    known = model._default_manager.filter(organisation=planted.organisation).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return model._default_manager.create(organisation=planted.organisation, **_values(model, planted))
    except Exception as error:
        raise AssertionError(
            f"{model._meta.label}: tests/access/planted.py cannot make one by itself ({error}). "
            "Let it happen by its verbs in `_live`, so that the walk looks for it."
        ) from error


def _values(model: type[models.Model], planted: Planted) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for each in model._meta.concrete_fields:
        if each.name == "organisation" or isinstance(each, models.AutoField):
            continue
        if isinstance(each, models.ForeignKey):
            if not each.null:
                values[each.name] = _related(each, planted)
        elif each.has_default():
            continue
        elif isinstance(each, models.CharField | models.TextField) and not each.choices and each.editable:
            values[each.name] = f"{planted.word}{next(_numbers)} {SOUGHT}"[: each.max_length]
        elif not each.null:
            values[each.name] = _plain(each)
    return values


def _related(each: Any, planted: Planted) -> Any:
    target = each.related_model
    if target is Person:
        return planted.requester
    if issubclass(target, Owned):
        return planted.rows.get(target) or _row_of(target, planted)
    # What belongs to nobody is read by all: the organisation's word must not stand in it.
    common = replace(planted, word="zzshared")
    return target._default_manager.first() or target._default_manager.create(**_values(target, common))


def _plain(each: models.Field[Any, Any]) -> Any:
    if each.choices:
        return next(iter(each.flatchoices))[0]
    kinds: tuple[tuple[Any, Any], ...] = (
        (models.BooleanField, False), (models.DateTimeField, now()), (models.DateField, date(2026, 1, 5)),
        (models.TimeField, now().time()), (models.IntegerField, 1), (models.BinaryField, b"x"),
        (ArrayField, []), (models.JSONField, {}), (models.UUIDField, uuid4()),
    )  # fmt: skip
    return next((value for kind, value in kinds if isinstance(each, kind)), "x")
