"""A form as its administrator works on it, and publishing it: each version is checked as a whole or refused as a whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.forms.design import problems_of, problems_with_earlier
from entraide.forms.field import Field
from entraide.forms.models import Form, FormVersion
from entraide.forms.problems import Problem
from entraide.people.models import Person


class NotPublishable(Exception):
    """A form cannot be published; `problems` say where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


def save_draft(form: Form, *, name: str, fields: Sequence[Field], seen: int) -> Form:
    """Keep what the administrator has so far (`form` may be new); what people fill in stays as it is.

    `seen` is the revision that was edited. Raises Conflict when somebody else saved since, Refused for the name.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused(_("Give the form a name."), field="name")
    with transaction.atomic():
        if form.pk is not None:
            form = Form.objects.select_for_update().get(pk=form.pk)
        if form.revision != seen:
            raise Conflict(_("Somebody else has saved this form meanwhile. What you typed is still here, not saved."))
        if Form.objects.filter(name__iexact=name).exclude(pk=form.pk).exists():
            raise Refused(_("There is a form of this name already."), field="name")
        form.name, form.draft, form.revision = name, document_of(fields), seen + 1
        form.save()
    return form


def publish(form: Form, *, name: str, fields: Sequence[Field], seen: int, by: Person | None) -> FormVersion:
    """Save the draft and let people fill it in from now on; tickets keep the version that they were given.

    Raises NotPublishable with all that is wrong, and what `save_draft` does; then nothing is saved.
    """
    with transaction.atomic():
        form = save_draft(form, name=name, fields=fields, seen=seen)
        versions = list(form.versions.order_by("number"))
        problems = [*problems_of(fields), *problems_with_earlier(fields, [each.fields for each in versions])]
        if problems:
            raise NotPublishable(problems)
        last = versions[-1] if versions else None
        if last is not None and last.document == form.draft:
            raise Refused(
                _("Version %(number)d is the same: there is nothing new to publish.") % {"number": last.number}
            )
        return FormVersion.objects.create(
            form=form, number=last.number + 1 if last else 1, document=form.draft, published_at=now(), published_by=by
        )


def document_of(fields: Sequence[Field]) -> list[Any]:
    """Return the fields as the database gives them back, so that documents compare."""
    document: list[Any] = json.loads(json.dumps([each.as_json() for each in fields]))
    return document


def may_go(form: Form) -> bool:
    """Tell whether nobody would miss a form: it was never published, and no category names it."""
    return not form.versions.exists() and not form.categories.exists()
