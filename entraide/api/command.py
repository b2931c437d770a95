"""`entraide token`: tokens for the API, from a shell."""

from __future__ import annotations

from datetime import timedelta

import click

from entraide.api.models import ApiToken, TokenScope
from entraide.api.tokens import create_token, revoke_token
from entraide.core.clock import now
from entraide.core.events import Refused
from entraide.core.scope import Scope, scoped
from entraide.core.trouble import Trouble
from entraide.people.queries import person_with_address


@click.group()
def token() -> None:
    """Make, list and revoke tokens for the API."""


@token.command()
@click.option("--person", "email", required=True, help="The mail address of the person as whom the token acts.")
@click.option("--name", required=True, help="What will use it.")
@click.option("--scopes", default=",".join(TokenScope.values), show_default=True, help="Separated by commas.")
@click.option("--days", type=int, default=None, help="Days after which it expires.")
def create(email: str, name: str, scopes: str, days: int | None) -> None:
    """Make a token and print its secret, this once."""
    with scoped(Scope.everything(reason="an operator names anybody")):
        person = person_with_address(email)
        if person is None:
            raise Trouble(f"Nobody has the address {email}.")
        try:
            expires_at = now() + timedelta(days=days) if days else None
            _token, secret = create_token(person, name=name, scopes=scopes.split(","), expires_at=expires_at)
        except Refused as error:
            raise Trouble(error.message) from error
    click.echo(secret)


@token.command("list")
def list_tokens() -> None:
    """List the tokens that hold."""
    with scoped(Scope.everything(reason="an operator sees all tokens")):
        for each in ApiToken.objects.filter(revoked_at=None).select_related("person"):
            click.echo(f"{each.prefix}…  {each.person.name}  {each.name}  {','.join(each.scopes)}")


@token.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Revoke the token whose secret begins with PREFIX."""
    found = list(ApiToken.objects.filter(prefix__startswith=prefix.rstrip("…"), revoked_at=None)[:2])
    if len(found) != 1:
        raise Trouble("No token begins so." if not found else "Several tokens begin so; give more of it.")
    revoke_token(found[0])
    click.echo("Revoked.")
