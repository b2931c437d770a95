"""The tokens with which programs act in a person's name."""

from __future__ import annotations

from collections.abc import Iterator

from entraide.api.models import ApiToken, IdempotentAnswer
from entraide.core.clock import now
from entraide.core.personal import About, Piece, lets_go, tells_of_people


@tells_of_people
def tell_of_tokens(about: About, with_internal: bool) -> Iterator[Piece]:
    """Give the names of their tokens and when they were used."""
    rows = list(
        ApiToken.objects.filter(person=about.person_id).values("name", "created_at", "last_used_at", "revoked_at")
    )
    if rows:
        yield Piece("tokens.json", data=rows)


@lets_go
def forget_tokens(about: About) -> None:
    """Let none of them hold any longer."""
    IdempotentAnswer.objects.filter(token__person=about.person_id).delete()
    ApiToken.objects.filter(person=about.person_id, revoked_at=None).update(revoked_at=now())
