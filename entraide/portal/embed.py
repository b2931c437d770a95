"""The contact form that stands on the pages of a client: no account, no cookie, no script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from entraide.channels.web.asking import Said, ask
from entraide.channels.web.limits import TooOften, count_try
from entraide.channels.web.models import ContactForm
from entraide.channels.web.tokens import TooQuick, read_token, token_for
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.people.brands import brand_of
from entraide.portal.forms_once import ChosenFiles, chosen_files

LARGEST_BODY_BYTES = 60 * 1024 * 1024


@dataclass(frozen=True)
class Keeper:
    """Whose files are kept while the form is not right yet: those of a form have no person."""

    pk: int


def on_their_pages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Find the form, enter the scope of its organisation alone, and let the pages of its origins show it."""

    # No cookie goes along in a frame: a signed token stands for it.
    @csrf_exempt
    @login_not_required
    @wraps(view)
    def answer(request: Any, key: str) -> HttpResponse:
        with scoped(Scope.everything(reason="the key names its form, not the organisation")):
            form = ContactForm.objects.select_related("organisation").filter(key=key, is_active=True).first()
        if form is None or not form.organisation.is_active:
            raise Http404
        request.frame_ancestors = " ".join(form.origins) or "'none'"
        language = request.GET.get("lang", "")
        if language not in dict(settings.LANGUAGES):
            language = form.organisation.language
        scope = Scope.walled([form.organisation_id], reason="the organisation of the form")
        with translation.override(language), scoped(scope):
            request.LANGUAGE_CODE = language
            found = view(request, form)
        found["Cache-Control"] = "no-store"
        return found

    return answer


@on_their_pages
def contact(request: Any, form: ContactForm) -> HttpResponse:
    """The form; on POST, a ticket, and its number."""
    if request.method != "POST":
        return _show(request, form, Said("", "", ""), token_for(form.pk))
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and int(length) > LARGEST_BODY_BYTES:
        # Before anything of it is read.
        too_large = Refused(_("These files are too large together. Send them by mail instead."), field="attachments")
        return _show(request, form, Said("", "", ""), token_for(form.pk), refused=too_large, status=413)
    typed = {
        name: request.POST.get(name, "").replace("\x00", "").strip() for name in ("name", "email", "text", "category")
    }
    said, token = Said(**typed), request.POST.get("token", "")
    files = ChosenFiles()
    try:
        _require_own_page(request)
        try:
            mark = read_token(token, form_id=form.pk)
        except TooQuick:
            raise
        except Refused:
            token = token_for(form.pk)
            raise
        count_try(form, request.META.get("REMOTE_ADDR", ""))
        if request.POST.get("website"):
            raise Refused(
                _(
                    "Your message looks as if a program had written it, so it was not sent. Write to %(address)s instead."
                )
                % {"address": settings.ENTRAIDE.support_address}
            )
        # A refused form keeps its files, for whoever sends it again.
        files = chosen_files(request, Keeper(-form.pk))
        said.require()
        ticket = ask(form, said, mark=mark, files=files.require())
    except TooOften as refused:
        answer = _show(request, form, said, token, refused=refused, files=files, status=429)
        answer["Retry-After"] = "600"
        return answer
    except Refused as refused:
        return _show(request, form, said, token, refused=refused, files=files, status=422)
    return render(request, "portal/embed_sent.html", {**_frame(request, form), "ticket": ticket, "email": said.email})


def _require_own_page(request: Any) -> None:
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.get_host()}"
    if origin not in (None, own, settings.ENTRAIDE.base_url):
        raise Refused(_("This form was sent from a page that is not ours. Send it from here."))


def _show(
    request: Any,
    form: ContactForm,
    said: Said,
    token: str,
    *,
    refused: Refused | None = None,
    files: ChosenFiles | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_frame(request, form),
        "said": said,
        "token": token,
        "refused": refused,
        "kept_files": files.named if files else (),
        "categories": form.categories.filter(is_active=True).select_related("parent").order_by("parent__name", "name"),
    }
    return render(request, "portal/embed.html", context, status=status)


def _frame(request: Any, form: ContactForm) -> dict[str, Any]:
    theme = request.GET.get("theme", "")
    query = request.GET.urlencode()
    return {
        "contact_form": form,
        "look": brand_of(form.organisation_id),
        "theme": theme if theme in ("light", "dark") else "light",
        "again": f"{request.path}?{query}" if query else request.path,
    }
