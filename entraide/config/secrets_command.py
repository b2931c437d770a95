"""`entraide secrets`: the secret key is replaced while the desk runs, and what the former one had encrypted is encrypted anew."""

from __future__ import annotations

import os
import secrets as random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models, transaction

from entraide.audit.writing import write_down
from entraide.channels.email import secrets as mailboxes
from entraide.channels.email.models import Mailbox
from entraide.channels.hooks import keeping as hooks
from entraide.channels.hooks.models import Endpoint
from entraide.channels.push import keeping as browsers
from entraide.channels.push.models import Browser
from entraide.core.files import sync_folder
from entraide.core.scope import Scope, scoped
from entraide.core.secrets import SecretLost, is_concealed, renewed
from entraide.core.trouble import Trouble
from entraide.entrance import providers
from entraide.entrance.models import IdentityProvider
from entraide.portal import second_factors


class Kept(NamedTuple):
    """A column that holds concealed text, or JSON with such text in it."""

    model: type[models.Model]
    field: str
    purpose: str


# What rests in the database for longer than a key does. A test finds those who conceal something and do not stand here.
KEPT = (
    Kept(Mailbox, "secret", mailboxes.PURPOSE),
    Kept(Endpoint, "address", hooks.PURPOSE),
    Kept(Endpoint, "secret", hooks.PURPOSE),
    Kept(Endpoint, "old_secret", hooks.PURPOSE),
    Kept(Browser, "subscription", browsers.PURPOSE),
    Kept(Authenticator, "data", second_factors.PURPOSE),
    Kept(IdentityProvider, "secret", providers.PURPOSE),
)


@click.group()
def secrets() -> None:
    """Replace the desk's secret key."""


@secrets.command("new-key")
def new_key() -> None:
    """Make another secret key where it is kept in the data folder; the former one is accepted until it is forgotten."""
    path = _kept_key()
    former = path.with_name("secret_key.former")
    # First the former one: killed in between, both files have the same key, and nothing is lost.
    keys = [path.read_text().strip(), *(former.read_text().splitlines() if former.exists() else [])]
    _replace(former, "\n".join(dict.fromkeys(keys)))
    _replace(path, random.token_urlsafe(48))
    click.echo(f"A new key is in {path}, the former one in {former.name} beside it.")
    click.echo(
        "Start every part of the desk again, then run `entraide secrets rotate`. Keep a copy of the new key elsewhere."
    )


@secrets.command()
def check() -> None:
    """Say how much is encrypted with today's key, with a former one, and with none that is known."""
    found = _each(lambda row, fresh: None)
    _tell(found)
    if found["lost"]:
        raise SystemExit(1)


@secrets.command()
def rotate() -> None:
    """Encrypt with today's key what a former one had encrypted; may be repeated at any time."""
    found = _each(lambda row, fresh: type(row)._base_manager.filter(pk=row.pk).update(**fresh))
    write_down("secrets_rotated", details={"renewed": found["former"], "lost": found["lost"]})
    _tell(found)
    if found["lost"]:
        raise SystemExit(1)
    if settings.SECRET_KEY_FALLBACKS:
        click.echo(
            "Nothing in the database needs a former key any more. Links and reply addresses in mails that were sent with it do: "
            f"forget it in {settings.ENTRAIDE.signed_link_days} days (`entraide secrets forget`, or unset ENTRAIDE_FORMER_SECRET_KEYS)."
        )


@secrets.command()
def forget() -> None:
    """Forget the former keys that are kept in the data folder."""
    if any(_each(lambda row, fresh: None)[state] for state in ("former", "lost")):
        raise Trouble("Something is encrypted with a former key still: run `entraide secrets rotate` first.")
    _kept_key().with_name("secret_key.former").unlink(missing_ok=True)
    click.echo("The former keys are forgotten. Start every part of the desk again.")


def _each(keep: Callable[[Any, dict[str, Any]], None]) -> Counter[str]:
    """Go over every secret, hand over what today's key makes of each that a former one had made, and count."""
    found = Counter[str]()
    for column in KEPT:
        for key in _keys(column.model):
            with _row(column.model, key) as row:
                states = Counter[str]()
                fresh = _renewed(getattr(row, column.field), column.purpose, states) if row else None
                if states["former"]:
                    keep(row, {column.field: fresh})
                found.update(states)
    return found


def _renewed(value: Any, purpose: str, states: Counter[str]) -> Any:
    """Return the value with each secret in it renewed; `states` counts what they were."""
    if isinstance(value, dict):
        return {name: _renewed(each, purpose, states) for name, each in value.items()}
    if isinstance(value, list):
        return [_renewed(each, purpose, states) for each in value]
    if not isinstance(value, str) or not is_concealed(value):
        return value
    try:
        fresh = renewed(value, purpose=purpose)
    except SecretLost:
        states["lost"] += 1
        return value
    states["today" if fresh == value else "former"] += 1
    return fresh


def _keys(model: type[models.Model]) -> list[Any]:
    with scoped(_all()):
        return list(model._base_manager.order_by("pk").values_list("pk", flat=True))


@contextmanager
def _row(model: type[models.Model], key: Any) -> Iterator[Any]:
    with scoped(_all()), transaction.atomic():
        yield model._base_manager.select_for_update(of=("self",)).filter(pk=key).first()


def _all() -> Scope:
    return Scope.everything(reason="the operator encrypts every secret of the desk anew")


def _kept_key() -> Path:
    """Return the file of the key. Raises Trouble where the operator keeps it."""
    if settings.ENTRAIDE.secret_key:
        raise Trouble(
            "The secret key is in ENTRAIDE_SECRET_KEY: put a new one there and this one into ENTRAIDE_FORMER_SECRET_KEYS, "
            "start every part of the desk again, then run `entraide secrets rotate`."
        )
    path: Path = settings.ENTRAIDE.data_dir / "secret_key"
    return path


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def _tell(found: Counter[str]) -> None:
    click.echo(
        f"Encrypted with today's key: {found['today']}; with a former key: {found['former']}; with a key that is not known: {found['lost']}."
    )
    if found["lost"]:
        click.echo(
            "Put the key that is missing into ENTRAIDE_FORMER_SECRET_KEYS, or enter those secrets again at the desk.",
            err=True,
        )
