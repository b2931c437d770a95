"""Another secret key: what the former one encrypted and signed holds until it is forgotten, and is encrypted anew meanwhile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner
from django.core import signing

import entraide
from entraide.channels.email import secrets as mailboxes
from entraide.channels.email.addresses import ticket_address, ticket_number_in
from entraide.channels.email.models import Mailbox
from entraide.channels.hooks import keeping as hooks
from entraide.channels.hooks.models import Endpoint
from entraide.config.secrets_command import KEPT, secrets
from entraide.core.secrets import SecretLost, conceal, reveal
from entraide.people.models import Account
from entraide.portal import second_factors
from tests.world import World, everything

pytestmark = pytest.mark.django_db

# Who conceals what does not rest: a session's, and a job's.
PASSING = {"agent/hooks.py", "agent/providers.py", "entrance/mails.py"}


def said(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(secrets, arguments)
    return done.exit_code, done.output


@pytest.fixture
def hidden(world: World) -> None:
    """A mailbox, an endpoint and a second factor, concealed with the key of the tests."""
    Mailbox.objects.create(
        name="Support", host="imap.example", username="x", address="x@y.example", secret=mailboxes.conceal("tulipe")
    )
    Endpoint.objects.create(
        name="Board", address=conceal("https://board.example/", purpose=hooks.PURPOSE),
        secret=conceal("whsec", purpose=hooks.PURPOSE), created_at="2026-01-01T00:00Z",
    )  # fmt: skip
    account = Account.objects.get(email="nadia@lemanique.example")
    data = {"secret": conceal("JBSWY3DP", purpose=second_factors.PURPOSE), "used": [1]}
    Authenticator.objects.create(user=account, type="totp", data=data)


def revealed() -> list[str]:
    endpoint, factor = Endpoint.objects.get(), Authenticator.objects.get()
    return [
        mailboxes.reveal(Mailbox.objects.get().secret),
        reveal(endpoint.address, purpose=hooks.PURPOSE),
        reveal(endpoint.secret, purpose=hooks.PURPOSE),
        reveal(factor.data["secret"], purpose=second_factors.PURPOSE),
    ]


def test_everything_is_encrypted_anew_while_the_former_key_holds(hidden: None, settings: Any) -> None:
    before = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [before]
    assert revealed() == ["tulipe", "https://board.example/", "whsec", "JBSWY3DP"]
    assert said("check") == (
        0,
        "Encrypted with today's key: 0; with a former key: 4; with a key that is not known: 0.\n",
    )
    status, words = said("rotate")
    assert status == 0 and "Nothing in the database needs a former key any more." in words
    settings.SECRET_KEY_FALLBACKS = []
    assert revealed() == ["tulipe", "https://board.example/", "whsec", "JBSWY3DP"]
    assert Authenticator.objects.get().data["used"] == [1]
    assert said("check") == (
        0,
        "Encrypted with today's key: 4; with a former key: 0; with a key that is not known: 0.\n",
    )
    settings.SECRET_KEY = before
    with pytest.raises(SecretLost):
        revealed()


def test_what_no_key_reads_is_counted_and_left(hidden: None, settings: Any) -> None:
    concealed = Mailbox.objects.get().secret
    settings.SECRET_KEY = "a new key"
    for command in ("check", "rotate"):
        status, words = said(command)
        assert status == 1 and "with a key that is not known: 4" in words and "enter those secrets again" in words
    assert Mailbox.objects.get().secret == concealed


def test_addresses_and_links_of_before_lead_where_they_led(world: World, settings: Any) -> None:
    with everything():
        ticket = world.ticket()
        plus_part = ticket_address(ticket).partition("+")[2].partition("@")[0]
    link = signing.dumps([ticket.pk], salt="x")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    assert ticket_number_in(plus_part) == ticket.number
    assert signing.loads(link, salt="x") == [ticket.pk]
    with everything():
        assert plus_part not in ticket_address(ticket)
    settings.SECRET_KEY_FALLBACKS = []
    assert ticket_number_in(plus_part) is None


def test_a_kept_key_is_replaced_and_the_former_stays_beside_it(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("the first key")
    settings.ENTRAIDE = settings.ENTRAIDE.model_copy(update={"secret_key": "", "data_dir": tmp_path})
    for _time in range(2):
        status, words = said("new-key")
        assert status == 0 and "Start every part of the desk again" in words
    environment = type(settings.ENTRAIDE)(data_dir=tmp_path).model_copy(update={"secret_key": ""})
    assert environment.key not in environment.former_keys
    assert len(environment.former_keys) == 2 and environment.former_keys[-1] == "the first key"
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert said("forget")[0] == 0
    assert {each.name for each in tmp_path.iterdir()} == {"secret_key"}


def test_where_the_operator_keeps_the_key_the_command_says_what_to_set(settings: Any) -> None:
    done = CliRunner().invoke(secrets, ["new-key"])
    assert "ENTRAIDE_FORMER_SECRET_KEYS" in str(done.exception)


def test_whoever_conceals_something_that_rests_is_known_to_the_command() -> None:
    source = Path(entraide.__file__).parent
    concealing = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if re.search(r"(?<!def )\bconceal\(", path.read_text()) and "migrations" not in path.parts
    }
    known = {"core/secrets.py", "channels/email/secrets.py", "agent/desk_settings.py", "channels/hooks/keeping.py"}
    rest = {"channels/push/keeping.py", "portal/second_factors.py", "entrance/providers.py"}
    assert concealing == known | rest | PASSING
    assert {each.purpose for each in KEPT} == {
        "mailbox secrets", "endpoints", "browsers", "second-factors", "identity-providers",
    }  # fmt: skip
