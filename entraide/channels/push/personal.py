"""The browsers in which a person is told."""

from __future__ import annotations

from collections.abc import Iterator

from entraide.channels.push.models import Browser
from entraide.core.personal import About, Piece, lets_go, tells_of_people


@tells_of_people
def tell_of_browsers(about: About, with_internal: bool) -> Iterator[Piece]:
    """Give the names of the browsers, and since when."""
    rows = list(Browser.objects.filter(person=about.person_id).values("name", "created_at", "used_at"))
    if rows:
        yield Piece("browsers.json", data=rows)


@lets_go
def forget_browsers(about: About) -> None:
    """Tell none of them any more."""
    Browser.objects.filter(person=about.person_id).delete()
