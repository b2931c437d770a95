"""Errors as problem+json (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from entraide.api.wrong_fields import sentence_of
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.core.owned import OtherOrganisation
from entraide.tickets.filling import FormRefused

log = logging.getLogger("entraide.api")
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 30


class FieldProblem(Schema):
    """One field of the request and what is wrong with it."""

    field: str
    message: str


class Problem(Schema):
    """RFC 9457. `errors` names the fields at fault, where there are any."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class MissingScope(Exception):
    """The token may not do this."""

    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope


def problem(status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    """Return a problem+json answer."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": errors or []}
    answer = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="entraide"'
    return answer


def not_found() -> HttpResponse:
    return problem(404, _("Not found"), _("There is nothing here, or not for this token."))


def too_big() -> HttpResponse:
    return problem(413, _("Too large"), _("The request is larger than what is accepted. Upload files one by one."))


def answer_problems(api: NinjaAPI) -> None:
    """Teach the API to answer each kind of error."""

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [{"field": _field(each["loc"]), "message": sentence_of(each)} for each in error.errors]
        return problem(422, _("Not valid"), _("Some fields are missing or wrong; see `errors`."), errors)

    @api.exception_handler(NotAllowed)
    def not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
        return problem(403, _("Not allowed"), error.message)

    @api.exception_handler(Conflict)
    def conflict(request: HttpRequest, error: Conflict) -> HttpResponse:
        return problem(409, _("Conflict"), error.message, _one(error))

    @api.exception_handler(FormRefused)
    def form_refused(request: HttpRequest, error: FormRefused) -> HttpResponse:
        errors = [{"field": f"fields.{code}", "message": message} for code, message in error.errors.items()]
        return problem(422, _("Refused"), error.message, errors)

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return problem(422, _("Refused"), error.message, _one(error))

    @api.exception_handler(MissingScope)
    def missing_scope(request: HttpRequest, error: MissingScope) -> HttpResponse:
        detail = _("This token lacks the scope %(scope)s: make one that has it.") % {"scope": error.scope}
        return problem(403, _("Not allowed"), detail)

    @api.exception_handler(OtherOrganisation)
    def other_organisation(request: HttpRequest, error: OtherOrganisation) -> HttpResponse:
        detail = _("What the request names belongs to different organisations.")
        return problem(422, _("Refused"), detail)

    @api.exception_handler(AuthenticationError)
    def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return unauthorised()

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return not_found()

    @api.exception_handler(RequestDataTooBig)
    def larger(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return too_big()

    @api.exception_handler(SuspiciousOperation)
    def suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
        return _unreadable()

    @api.exception_handler(MultiPartParserError)
    def broken_form(request: HttpRequest, error: MultiPartParserError) -> HttpResponse:
        return _unreadable()

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 400:
            # Ninja's own word, in English only: the body cannot be read.
            return problem(400, _("Bad request"), _("The body of the request is not valid JSON."))
        return problem(error.status_code, _("Bad request"), str(error))

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def away(request: HttpRequest, error: Exception) -> HttpResponse:
        return _away()

    @api.exception_handler(Exception)
    def fault(request: HttpRequest, error: Exception) -> HttpResponse:
        return _fault()


def describe_problems(operation: Any) -> None:
    """Bring the description of an operation to what is answered: its errors are problems, and any may meet one of these."""
    responses = operation["responses"]
    problems = {code: each for code, each in responses.items() if int(code) >= 400}
    for each in problems.values():
        if "application/json" in each.get("content", {}):
            each["content"] = {MEDIA_TYPE: each["content"].pop("application/json")}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for code, words in (("400", "Bad Request"), ("413", "Content Too Large"), ("503", "Service Unavailable")):
        if code not in problems:
            responses[code] = {"description": words, "content": content}


def in_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return `view` with those answers as problems that come before and after an operation."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return not_found()
        except RequestDataTooBig:
            return too_big()
        except (SuspiciousOperation, MultiPartParserError):
            return _unreadable()
        except (OperationalError, InterfaceError):
            return _away()
        except Exception:
            return _fault()
        return _no_such_method(response) if response.status_code == 405 else response

    return answer


def unauthorised() -> HttpResponse:
    detail = _("Send a valid token: `Authorization: Bearer ent_…`. Make one with `entraide token create`.")
    return problem(401, _("Not signed in"), detail)


def _unreadable() -> HttpResponse:
    return problem(400, _("Bad request"), _("The request could not be understood."))


def _away() -> HttpResponse:
    log.warning("A request to the API found no database.", exc_info=True)
    detail = _("The database does not answer for the moment. Nothing was changed; please try again.")
    answer = problem(503, _("Away for the moment"), detail)
    answer["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _fault() -> HttpResponse:
    log.exception("A request to the API failed.")
    return problem(500, _("Our fault"), _("Something went wrong here. Nothing was changed; please try again."))


def _no_such_method(response: HttpResponse) -> HttpResponse:
    answer = problem(405, _("Not that way"), _("This address does not take this method; `Allow` names those it takes."))
    if "Allow" in response:
        answer["Allow"] = response["Allow"]
    return answer


def _one(error: Refused) -> list[dict[str, str]]:
    return [{"field": error.field, "message": error.message}] if error.field else []


def _field(location: Any) -> str:
    """Return the field's own name: `body.data.text` is `text` to whoever sent it."""
    parts = [str(part) for part in location]
    if parts[:1] and parts[0] in ("body", "query", "path", "file", "form", "header"):
        parts = parts[1:]
    if parts[:1] == ["data"]:
        parts = parts[1:]
    return ".".join(parts) or "body"
