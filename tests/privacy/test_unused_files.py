"""A file to which nothing refers goes after two days, and never one that somebody has just brought again."""

from __future__ import annotations

import os
import time

import pytest
from django.apps import apps
from django.db import models

from entraide.core.clock import now
from entraide.core.files import _path, read_stored, remove_unless, store_bytes
from entraide.core.unused_files import file_columns, forget_unused_files
from entraide.tickets import actions
from entraide.tickets.attachments import FileRef
from tests.world import World, everything

pytestmark = pytest.mark.django_db


def brought(content: bytes, *, days_ago: int) -> str:
    digest = store_bytes(content).digest
    at = time.time() - days_ago * 86400
    os.utime(_path(digest), (at, at))
    return digest


def test_only_old_files_that_belong_to_nothing_go(world: World) -> None:
    used, unused, fresh = brought(b"a", days_ago=9), brought(b"b", days_ago=9), brought(b"c", days_ago=1)
    with everything():
        actions.note(
            world.ticket(),
            text="Plan",
            attachments=[FileRef(used, "a.txt", "text/plain", 1)],
            actor=world.as_(world.nadia),
        )
    assert forget_unused_files() == 1
    assert (read_stored(used), read_stored(fresh)) == (b"a", b"c")
    with pytest.raises(FileNotFoundError):
        read_stored(unused)
    assert forget_unused_files() == 0


def test_one_that_is_brought_again_meanwhile_stays(world: World) -> None:
    digest = brought(b"b", days_ago=9)

    def somebody_brings_it() -> bool:
        store_bytes(b"b")
        return True

    assert not remove_unless(digest, somebody_brings_it, before=now())
    assert read_stored(digest) == b"b"
    brought(b"b", days_ago=0)
    from datetime import timedelta

    assert not remove_unless(digest, lambda: False, before=now() - timedelta(days=2)), "it is newer than it looked"
    assert read_stored(digest) == b"b"


def test_a_sweep_that_was_killed_halfway_loses_nothing(world: World) -> None:
    digest = brought(b"b", days_ago=9)
    _path(digest).rename(_path(digest).with_name(digest + ".going"))
    with everything():
        actions.note(
            world.ticket(),
            text="Plan",
            attachments=[FileRef(digest, "b.txt", "text/plain", 1)],
            actor=world.as_(world.nadia),
        )
    assert forget_unused_files() == 0
    assert read_stored(digest) == b"b"


def test_every_column_with_the_address_of_a_file_is_known() -> None:
    others = {
        ("push", "digest"): "of an address",
        ("entrance", "digest"): "of a token", ("api", "digest"): "of a token", ("api", "request_digest"): "of a request",
    }  # fmt: skip
    found = {
        (model._meta.app_label, field.name)
        for model in apps.get_models()
        if model.__module__.startswith("entraide.")
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField) and field.name.endswith("digest")
    }
    assert found - set(others) == {(model._meta.app_label, column) for model, column in file_columns()}
