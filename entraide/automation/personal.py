"""The rotas in which a person has a turn."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from entraide.automation.models import Rota
from entraide.core.personal import About, stands_in_the_way


@stands_in_the_way
def nobody_is_on_call(about: About) -> Iterator[str]:
    """Name the rotas that would call nobody."""
    for rota in Rota.objects.filter(person_ids__contains=[about.person_id], is_active=True):
        yield _("They take turns in the rota “%(name)s”: take them out of it first.") % {"name": rota.name}
