"""What is wrong with a field, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_TEXT = gettext_lazy("This must be a text.")
_WHOLE = gettext_lazy("This must be a whole number.")
_NUMBER = gettext_lazy("This must be a number.")
_YES_NO = gettext_lazy("This must be true or false.")
_LIST = gettext_lazy("This must be a list.")
_OBJECT = gettext_lazy("This must be an object with fields.")
_DAY = gettext_lazy("This must be a day, as in 2026-03-02.")
_INSTANT = gettext_lazy("This must be an instant, as in 2026-03-02T08:15:00+01:00.")
_ONE_OF = gettext_lazy("This must be one of: %(expected)s.")

# The kinds of error of pydantic; the placeholders are those of its context.
SENTENCES: dict[str, Promise] = {
    "missing": gettext_lazy("This field is required."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "json_invalid": gettext_lazy("This is not valid JSON."),
    "json_type": gettext_lazy("This is not valid JSON."),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": gettext_lazy("This is too short: at least %(min_length)s characters."),
    "string_too_long": gettext_lazy("This is too long: at most %(max_length)s characters."),
    "string_pattern_mismatch": gettext_lazy("This does not have the expected form."),
    "too_short": gettext_lazy("These are too few: at least %(min_length)s."),
    "too_long": gettext_lazy("These are too many: at most %(max_length)s."),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": gettext_lazy("This number is too large."),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "greater_than": gettext_lazy("This must be greater than %(gt)s."),
    "greater_than_equal": gettext_lazy("This must be %(ge)s or more."),
    "less_than": gettext_lazy("This must be less than %(lt)s."),
    "less_than_equal": gettext_lazy("This must be %(le)s or less."),
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "timezone_aware": gettext_lazy("This instant needs its offset from UTC, as in 2026-03-02T08:15:00+01:00."),
}


def sentence_of(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors (`type`, `msg`, `ctx`) says, in the current language."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        # Our own checks: their sentence is translated where it is raised.
        return str(context.get("error", error["msg"]))
    if kind not in SENTENCES:
        return _("This value does not fit (%(code)s).") % {"code": kind}
    expected = str(context.get("expected", "")).replace(" or ", ", ")
    return str(SENTENCES[kind]) % {**context, "expected": expected}
