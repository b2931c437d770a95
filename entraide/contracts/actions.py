"""What one can do with contracts: the verbs. Only they call the writer."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError
from django.utils.translation import gettext as _

from entraide.contracts.days import add_months
from entraide.contracts.events import ContractChanged, ContractEnded, ContractEndTold, ContractRenewed, ContractSigned
from entraide.contracts.models import Contract
from entraide.contracts.terms import Terms
from entraide.core.actor import Actor
from entraide.core.events import Conflict, Refused
from entraide.core.story import Entry
from entraide.core.writer import record
from entraide.people.models import Organisation


def sign(organisation: Organisation, *, terms: Terms, actor: Actor) -> Contract:
    """Write down a contract with a client."""
    contract = Contract()
    try:
        record(contract, ContractSigned(organisation.pk, terms), actor=actor)
    except IntegrityError:
        raise _taken() from None
    return contract


def change(contract: Contract, *, terms: Terms, actor: Actor, seen: int | None = None) -> Entry:
    """Change what a contract says. Raises Conflict when it changed since `contract` (or version `seen`) was read."""
    if seen is not None and seen != contract.version:
        raise Conflict(_("Somebody else has just changed this contract. Look again, then save."))
    try:
        return record(contract, ContractChanged(Terms.of(contract), terms), actor=actor)
    except IntegrityError:
        raise _taken() from None


def renew(contract: Contract, *, ends_on: date, actor: Actor) -> Entry:
    """Let a contract go on until `ends_on`, from the end that `contract` was read with."""
    return record(contract, ContractRenewed(contract.ends_on or ends_on, ends_on), actor=actor)


def end(contract: Contract, *, ends_on: date, reason: str, actor: Actor) -> Entry:
    """Give notice: `ends_on` is its last day, and it is not renewed by itself any more."""
    return record(contract, ContractEnded(ends_on, reason), actor=actor)


def renew_by_itself(contract: Contract) -> Entry:
    """Renew a contract by its own clause, once for each end, however many workers do it."""
    if contract.ends_on is None or contract.renewal_months is None:
        raise Refused(_("This contract is not renewed by itself any more."))
    later = add_months(contract.ends_on, contract.renewal_months)
    event = ContractRenewed(contract.ends_on, later, is_automatic=True)
    once = f"renew-contract:{contract.pk}:{contract.ends_on.isoformat()}"
    return record(contract, event, actor=Actor.system("contracts"), once=once)


def tell_of_end(contract: Contract, *, ends_on: date) -> Entry:
    """Write down that the managers are told of this end, once."""
    once = f"contract-end:{contract.pk}:{ends_on.isoformat()}"
    return record(contract, ContractEndTold(ends_on), actor=Actor.system("contracts"), once=once)


def _taken() -> Conflict:
    # Somebody wrote the same reference between the check and the writing.
    return Conflict(_("This organisation has a contract with this reference already."), field="reference")
