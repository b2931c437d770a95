"""The forms of categories: the editor of fields and conditions, its preview, and publishing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entraide.agent.access import clean, needs, takes_post, typed_number
from entraide.agent.agreements import edits_all, only_read
from entraide.agent.desk_settings import SECTIONS
from entraide.agent.form_typed import ARRANGING, Row, fields_of_rows, read_rows, rows_of
from entraide.core.clock import now
from entraide.core.events import Conflict, Refused
from entraide.forms.asking import Page, Places, asked, typed_from
from entraide.forms.drafting import NotPublishable, may_go, publish, save_draft
from entraide.forms.field import Field
from entraide.forms.kinds import Around, kinds
from entraide.forms.models import Form, FormVersion
from entraide.forms.words import kind_name, sentence_of

VERSIONS_SHOWN = 30


@needs("settings.edit")
def forms(request: Any) -> HttpResponse:
    """All forms, the categories that ask them, and whether something waits to be published."""
    newest = {each.form_id: each for each in FormVersion.objects.order_by("form_id", "-number").distinct("form_id")}
    rows = [
        {
            "form": each,
            "version": newest.get(each.pk),
            "fields": len(each.draft),
            "is_ahead": each.pk in newest and newest[each.pk].document != each.draft,
            "categories": list(each.categories.all()),
        }
        for each in Form.objects.prefetch_related("categories")
    ]
    return render(request, "agent/forms.html", {"rows": rows, "may_edit": edits_all(request), **_frame()})


@needs("settings.edit")
def form(request: Any, key: int | None = None) -> HttpResponse:
    """One form. `save` keeps the draft, `publish` lets people fill it in; other buttons change the page alone."""
    known = _find(key) if key is not None else None
    if request.method != "POST":
        return _page(request, known, rows_of(known.fields if known else ()))
    if not edits_all(request):
        return only_read(request)
    if "delete" in request.POST and known is not None:
        return _delete(request, known)
    rows = read_rows(request.POST, taken=_codes_published(known))
    if any(button in request.POST for button in ARRANGING):
        return _page(request, known, rows, is_arranged="look" not in request.POST)
    if any(row.faults for row in rows):
        return _page(request, known, rows, faults=[_("Nothing has been saved yet: mend what is marked below.")], status=422)  # fmt: skip
    try:
        return _saved(request, known, rows)
    except NotPublishable as refused:
        whole = _beside_rows(rows, refused)
        words = _("It is not published, and nothing is saved: mend what is marked below.")
        return _page(request, known, rows, faults=[words, *whole], status=422)
    except Refused as refused:
        is_behind = isinstance(refused, Conflict)
        status = 409 if is_behind else 422
        return _page(request, known, rows, faults=[refused.message], is_behind=is_behind, status=status)
    except IntegrityError:
        # Somebody took the name between the check and the writing.
        return _page(request, known, rows, faults=[_("There is a form of this name already.")], status=422)


@needs("settings.edit")
@takes_post("agent:forms")
def preview(request: Any) -> HttpResponse:
    """The form as a requester would see it, with what is typed in the editor."""
    fields = fields_of_rows(read_rows(request.POST, taken=set()))
    return render(request, "agent/form_editor.html#preview", {"asked": _preview(request, fields, request.POST)})


@needs("settings.edit")
def version(request: Any, key: int, number: int) -> HttpResponse:
    """A version as it was published, to read."""
    known = _find(key)
    shown = known.versions.filter(number=number).select_related("published_by").first() if number < 2**31 else None
    if shown is None:
        raise Http404
    lines = [(each, kind_name(each.kind)) for each in shown.fields]
    context = {"known": known, "shown": shown, "lines": lines, "asked": _preview(request, shown.fields, {}), **_frame()}
    return render(request, "agent/form_version.html", context)


def _saved(request: Any, known: Form | None, rows: Sequence[Row]) -> HttpResponse:
    name = clean(request.POST.get("name", ""))[:120]
    fields = fields_of_rows(rows)
    seen = typed_number(request.POST.get("seen")) or 0
    if "publish" not in request.POST:
        saved = save_draft(known or Form(), name=name, fields=fields, seen=seen)
        messages.success(request, _("The draft is saved. What people fill in changes when you publish it."))
        return redirect("agent:form", key=saved.pk)
    done = publish(known or Form(), name=name, fields=fields, seen=seen, by=request.person)
    words = _("Published: version %(number)d is filled in from now on.") % {"number": done.number}
    if not done.form.categories.exists():
        words += " " + _("No category asks it yet: choose it in a category.")
    messages.success(request, words)
    return redirect("agent:form", key=done.form_id)


def _delete(request: Any, known: Form) -> HttpResponse:
    if not may_go(known):
        messages.error(request, _("It was published, or a category asks it: it stays."))
        return redirect("agent:form", key=known.pk)
    known.delete()
    messages.success(request, _("Deleted."))
    return redirect("agent:forms")


def _beside_rows(rows: Sequence[Row], refused: NotPublishable) -> list[str]:
    """Put each problem beside the field that has it; return those of the form as a whole."""
    by_code = {row.field.code: row for row in rows if row.field.code}
    unnamed = [row for row in rows if not row.field.code]
    whole = []
    for problem in refused.problems:
        row = by_code.get(problem.where) if problem.where else None
        if row is not None:
            row.faults.append(sentence_of(problem))
            row.is_open = True
        elif not unnamed:
            whole.append(sentence_of(problem))
    for row in unnamed:
        row.faults.append(_("Say what is asked: this field needs a label."))
    return whole


def _codes_published(known: Form | None) -> set[str]:
    """Return the codes that stand for something in a version, so that no new field takes one."""
    if known is None:
        return set()
    return {each["code"] for version in known.versions.all() for each in version.document}


def _preview(request: Any, fields: Sequence[Field], data: Any) -> list[Any]:
    language = get_language() or "fr"
    around = Around(
        zone=get_current_timezone(),
        today=now().astimezone(get_current_timezone()).date(),
        region=request.person.organisation.country,
    )
    places = Places(sites=[(0, _("the sites of the organisation"))])
    typed = typed_from(data) if data else {}
    named = [each for each in fields if each.code]
    return asked(named, Page(language, "everyone", around, typed=typed, places=places))


def _page(request: Any, known: Form | None, rows: list[Row], *, status: int = 200, **more: Any) -> HttpResponse:
    is_typed = request.method == "POST"
    typed_key = next((request.POST[each] for each in ("up", "down") if each in request.POST), "")
    context: dict[str, Any] = {
        "known": known,
        "rows": rows,
        "name": clean(request.POST.get("name", "")) if is_typed else (known.name if known else ""),
        "seen": (typed_number(request.POST.get("seen")) or 0) if is_typed else (known.revision if known else 0),
        "kinds": [(each.code, kind_name(each.code)) for each in kinds()],
        "may_edit": edits_all(request),
        "moved": typed_key,
        **more,
    }
    if request.htmx and request.htmx.target == "form-fields" and status == 200:
        return render(request, "agent/form_editor.html#fields", context)
    context |= {"asked": _preview(request, fields_of_rows(rows), {}), **_frame()}
    if known is not None:
        versions = known.versions.select_related("published_by").order_by("-number")[:VERSIONS_SHOWN]
        newest = known.versions.aggregate(Max("number"))["number__max"]
        context |= {
            "versions": versions,
            "newest": newest,
            "is_ahead": bool(versions) and versions[0].document != known.draft,
            "categories": list(known.categories.select_related("parent")),
            "may_go": newest is None and may_go(known),
        }
    return render(request, "agent/form_editor.html", context, status=status)


def _find(key: int) -> Form:
    found = Form.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _frame() -> dict[str, Any]:
    return {"sections": SECTIONS, "chosen": {"code": "forms", "name": _("Forms")}}
