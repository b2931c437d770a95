"""The contracts of which a person is the contact."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from entraide.contracts.models import Contract
from entraide.core.personal import About, stands_in_the_way


@stands_in_the_way
def a_contract_has_a_contact(about: About) -> Iterator[str]:
    """Name the contracts that would lose theirs."""
    for contract in Contract.objects.filter(contact=about.person_id).order_by("reference"):
        yield _("They are the contact of the contract %(reference)s: name somebody else there first.") % {
            "reference": contract.reference
        }
