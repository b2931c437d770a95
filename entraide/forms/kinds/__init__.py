"""The kinds of field. A new one is one file here that registers itself, named in the imports below."""

from entraide.forms.kinds import (  # noqa: F401 (each registers itself)
    choice,
    choices,
    day,
    email,
    long_text,
    moment,
    number,
    person,
    site,
    telephone,
    text,
    url,
    yes_no,
)
from entraide.forms.kinds.kind import Around, Kind, Words, kind_of, kinds

__all__ = ["Around", "Kind", "Words", "kind_of", "kinds"]
