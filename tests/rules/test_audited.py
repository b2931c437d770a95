"""Nobody has to remember the audit: each model is audited, a story with a timeline, or says here why it is neither."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps

import entraide
from entraide.audit.acts import ACTS
from entraide.audit.audited import Audited
from entraide.core.story import Recorded

SOURCE = Path(entraide.__file__).parent
OURS = [
    model for model in apps.get_models() if model.__module__.startswith("entraide.") and not model._meta.auto_created
]
SETTINGS = [model for model in OURS if issubclass(model, Audited)]
BY_TIMELINE = "follows from the timeline, or hangs on one"
BY_ITSELF = "the desk keeps it by itself"
ONES_OWN = "somebody's own choice, of no weight for others"
NOT_AUDITED = {
    "audit.AuditEntry": "the audit itself", "audit.Verification": "of the audit itself",
    "people.BrandChange": "says itself who changed what", "routines.RecurringChange": "says itself who changed what",
    "tickets.Attachment": BY_TIMELINE, "tickets.ClockRow": BY_TIMELINE, "tickets.LevelStay": BY_TIMELINE,
    "tickets.FieldValue": BY_TIMELINE, "tickets.ThirdParty": BY_TIMELINE, "tickets.Work": BY_TIMELINE,
    "tickets.Approval": BY_TIMELINE, "tickets.Approver": BY_TIMELINE, "tickets.Rating": BY_TIMELINE,
    "tickets.Timer": ONES_OWN, "tickets.Presence": BY_ITSELF, "tickets.ScannedFile": BY_ITSELF,
    "sla.Retargeting": "a run whose tickets say in their timelines what it did",
    "automation.Firing": BY_TIMELINE, "automation.DryRun": "changes nothing",
    "email.IncomingMail": BY_ITSELF, "email.OutgoingMail": BY_ITSELF, "email.ThreadLink": BY_ITSELF,
    "hooks.Delivery": BY_ITSELF, "push.Browser": ONES_OWN, "web.FormTry": BY_ITSELF,
    "notifications.Notification": BY_ITSELF, "notifications.ChannelChoice": ONES_OWN, "notifications.QuietHours": ONES_OWN,
    "routines.BulkRun": "its tickets say in their timelines what it did", "routines.BulkStep": "as its run",
    "routines.MacroUse": BY_ITSELF, "routines.ListLook": ONES_OWN, "routines.RecurringOpening": BY_ITSELF,
    "entrance.DirectoryGroup": "of another directory; the roles that follow from it say so themselves",
    "entrance.MappedGrant": "the role says itself that it was given", "entrance.Provisioned": "the person says itself",
    "privacy.RetentionRun": BY_ITSELF, "privacy.Erasure": "says itself who asked for it and why",
    "api.IdempotentAnswer": BY_ITSELF, "backups.Backup": "the audit says of each that the desk was taken away",
    "entrance.SignIn": "the audit says of each that it was, and how it ended", "entrance.Grace": BY_ITSELF, "entrance.Attempt": BY_ITSELF,
}  # fmt: skip


def test_each_model_is_audited_a_story_or_says_why_not() -> None:
    others = {model._meta.label for model in OURS if not issubclass(model, Audited | Recorded)}
    assert others - set(NOT_AUDITED) == set(), "make them Audited, or list them here with the reason"


@pytest.mark.parametrize("model", SETTINGS, ids=lambda model: model._meta.label)
def test_what_an_audited_model_writes_down_is_there(model: type[Audited]) -> None:
    policy = model.audit
    assert {policy.made, policy.changed, policy.removed} <= set(ACTS.codes())
    fields = {each.attname for each in model._meta.concrete_fields}
    assert policy.hidden | policy.ignored <= fields
    secret = {each for each in fields if any(word in each for word in ("password", "secret", "digest", "token"))}
    public = {"logo_digest", "old_secret_until"}
    assert secret - public <= policy.hidden, "what is secret must not be kept"


def test_the_audit_has_a_name_for_each_kind_of_row() -> None:
    from entraide.agent.audit_words import KINDS

    assert {model._meta.label_lower for model in SETTINGS} <= set(KINDS)


def test_each_act_is_one_that_something_does() -> None:
    text = " ".join(path.read_text() for path in SOURCE.rglob("*.py") if path.name != "acts.py")
    assert [code for code in ACTS.codes() if f'"{code}"' not in text] == []


# What is written past save() and delete() of an audited model, each with the reason.
PAST_IT = {
    ("api/tokens.py", "update"): "when a token was last used",
    ("channels/email/imap.py", "update"): "when a mailbox was last read",
    ("channels/email/bounces.py", "update"): "that mail came back",
    (
        "channels/hooks/delivering.py",
        "update",
    ): "that nothing arrives; a switching off is written on the endpoint and told",
    ("people/personal.py", "update"): "an erasure: what somebody was called must not be written down once more",
    ("people/personal.py", "delete"): "an erasure",
    ("api/personal.py", "update"): "an erasure",
    ("privacy/erasing.py", "update"): "an erasure, which says itself who asked for it and why",
    ("routines/opening.py", "update"): "why a recurring ticket could not be opened",
}


def test_nothing_writes_past_the_audit() -> None:
    names = {model.__name__ for model in SETTINGS}
    found = set()
    for path in SOURCE.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if (
                node.func.attr in {"update", "delete", "bulk_create", "bulk_update"}
                and _model_of(node.func.value) in names
            ):
                found.add((str(path.relative_to(SOURCE)), node.func.attr))
    assert found - set(PAST_IT) == set()


def _model_of(node: ast.AST) -> str:
    """Return X of X.objects.filter(…)…, or nothing."""
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            if node.attr == "objects" and isinstance(node.value, ast.Name):
                return node.value.id
            node = node.value
        else:
            return ""
