"""`entraide settings`: every variable an operator can set, what it does, and what it is now."""

from __future__ import annotations

import click

from entraide.config.environment import Environment, unknown_variables, variable_of

SECRET = ("secret_key", "former_secret_keys", "database_url", "email_url", "metrics_token")


@click.command()
def settings() -> None:
    """List the variables that can be set, each with its present value; secrets are not shown."""
    environment = Environment()
    for name, about in Environment.model_fields.items():
        value = getattr(environment, name)
        if name in SECRET and value:
            value = "(set)"
        elif isinstance(value, list):
            value = ",".join(value)
        click.echo(f"{variable_of(name)}={'' if value is None else value}")
        click.echo(f"    {about.description}")
    for name in unknown_variables():
        click.echo(f"{name} is set but means nothing to Entraide.", err=True)
