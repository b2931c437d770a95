"""Stolen passwords are refused by a list on this machine, made from a published one."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from entraide.config.passwords_command import passwords
from entraide.core.trouble import Trouble
from entraide.entrance import breached
from tests.entrance.signing_in import signed_in
from tests.world import PASSWORD, World

STOLEN = ["hunter2hunter2", "motdepasse2024!", "Genève-1291-suisse"]


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest().upper()


def published(path: Path, *, others: int = 500, shuffled: bool = False) -> Path:
    """A file as it is published: sorted, with Windows' line ends, each hash with how often it was seen."""
    lines = [f"{sha1(each)}:{n + 1}" for n, each in enumerate(STOLEN)] + [f"{sha1(str(n))}:7" for n in range(others)]
    lines.sort()
    if shuffled:
        random.Random(1).shuffle(lines)
    path.write_bytes("\r\n".join(lines).encode() + b"\r\n")
    return path


@pytest.mark.parametrize("shuffled", [False, True])
def test_what_is_listed_is_found_and_nothing_else(tmp_path: Path, shuffled: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr(breached, "AT_ONCE", 64)
    source, made = published(tmp_path / "list.txt", shuffled=shuffled), tmp_path / "made"
    with source.open() as lines:
        assert breached.make_list(lines, made) == 503
    assert all(breached.is_stolen(each, made) for each in [*STOLEN, *map(str, range(500))])
    assert not any(breached.is_stolen(f"other {n}", made) for n in range(2000))
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_an_empty_list_and_no_list_hold_nothing(tmp_path: Path) -> None:
    assert not breached.is_stolen("x", tmp_path / "nowhere")
    assert breached.make_list([], tmp_path / "made") == 0
    assert not breached.is_stolen("x", tmp_path / "made")


def test_a_list_that_was_made_anew_is_used_at_once(tmp_path: Path) -> None:
    made = tmp_path / "made"
    breached.make_list([sha1("one")], made)
    assert breached.is_stolen("one", made)
    breached.make_list([sha1("two"), sha1("three")], made)
    assert breached.is_stolen("two", made) and not breached.is_stolen("one", made)


def test_what_was_seen_rarely_can_be_left_out(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        passwords,
        ["import", str(published(tmp_path / "list.txt")), "--seen-at-least", "5", "--into", str(tmp_path / "m")],
    )
    assert "500 stolen passwords" in done.output
    assert not breached.is_stolen(STOLEN[0], tmp_path / "m")


@pytest.mark.parametrize("line", ["hunter2", "ABCD:3", f"{'A' * 40}:often", "é" * 40])
def test_a_file_that_is_no_list_is_refused_and_the_old_list_stays(tmp_path: Path, line: str) -> None:
    made = tmp_path / "made"
    breached.make_list([sha1("one")], made)
    (tmp_path / "wrong.txt").write_text(f"{sha1('two')}:1\n{line}\n")
    done = CliRunner().invoke(passwords, ["import", str(tmp_path / "wrong.txt"), "--into", str(made)])
    assert isinstance(done.exception, Trouble) and "Line 2 is not a SHA-1" in str(done.exception)
    assert breached.is_stolen("one", made)


@pytest.mark.django_db
def test_nobody_chooses_a_stolen_password(world: World, tmp_path: Path, settings: Any) -> None:
    made = tmp_path / "made"
    with published(tmp_path / "list.txt").open() as lines:
        breached.make_list(lines, made)
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "entraide.entrance.password_rule.NotStolen", "OPTIONS": {"path": str(made)}}
    ]
    with pytest.raises(ValidationError, match="volés"):
        validate_password(STOLEN[1])
    alice: Client = signed_in("alice@helvetia.example")
    form = {"oldpassword": PASSWORD, "password1": STOLEN[1], "password2": STOLEN[1]}
    assert "volés" in alice.post("/account/password/change/", form).content.decode()
    fine = {"oldpassword": PASSWORD, "password1": "sept lampes en hiver", "password2": "sept lampes en hiver"}
    assert alice.post("/account/password/change/", fine).status_code == 302


def test_new_passwords_are_kept_by_argon2(settings: Any) -> None:
    from django.contrib.auth.hashers import get_hashers_by_algorithm

    from entraide.config import settings as ours

    assert next(each for each in ours.PASSWORD_HASHERS if "MD5" not in each).endswith("Argon2PasswordHasher")
    assert "argon2" in get_hashers_by_algorithm()
