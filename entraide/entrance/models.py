"""Where people are signed in, which second factors their roles ask for, and how often somebody has tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.core.owned import Owned
from entraide.people.models import Account, Person, RoleGrant, new_key
from entraide.people.rights import Role


class Way(models.TextChoices):
    """By which way somebody came in."""

    PASSWORD = "password", _("with the password")
    CODE = "code", _("with a code by mail")
    PASSKEY = "passkey", _("with a passkey")
    PROVIDER = "provider", _("by their organisation")


class Ending(models.TextChoices):
    """Why a sign-in is over."""

    SIGNED_OUT = "signed_out", _("signed out")
    REVOKED = "revoked", _("ended from elsewhere")
    IDLE = "idle", _("not used for too long")
    LIMIT = "limit", _("lasted as long as it may")
    PASSWORD = "password", _("the password changed")
    FACTOR = "factor", _("a second factor changed")
    OFF = "off", _("the account was switched off")


class SignIn(models.Model):
    """One sign-in of one account in one browser: the session while it lasts, a line to remember afterwards."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, db_index=True)
    way = models.CharField(max_length=20, choices=Way.choices)
    with_factor = models.BooleanField(default=False)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=20, choices=Ending.choices, blank=True)

    class Meta:
        ordering = ("-began_at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["account", "-began_at"], name="sign_in_by_account"),
            models.Index(fields=["seen_at"], name="sign_in_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.began_at}"


class SessionRule(Audited):
    """How long a sign-in lasts: unused, and at the most. One row for those who give support, one for all others."""

    class Group(models.TextChoices):
        STAFF = "staff", _("who gives support")
        OTHERS = "others", _("all others")

    group = models.CharField(max_length=10, choices=Group.choices, unique=True)
    idle_hours = models.PositiveIntegerField(_("hours without use"))
    limit_days = models.PositiveIntegerField(_("days at the most"))

    def __str__(self) -> str:
        return self.get_group_display()

    @property
    def idle(self) -> timedelta:
        return timedelta(hours=self.idle_hours)

    @property
    def limit(self) -> timedelta:
        return timedelta(days=self.limit_days)


class FactorRule(Audited):
    """That whoever has a role needs a second factor, after so many days."""

    role = models.CharField(max_length=30, choices=Role.choices, unique=True)
    grace_days = models.PositiveSmallIntegerField(default=14)

    def __str__(self) -> str:
        return self.get_role_display()


class Grace(models.Model):
    """Since when an account has been asked for a second factor that it does not have."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="grace")
    began_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id}: {self.began_at}"


class Attempt(models.Model):
    """One try to sign in, under one of the things by which tries are counted; see limits.py."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["key", "at"], name="attempt_by_key"),
            models.Index(fields=["at"], name="attempt_by_age"),
        ]

    def __str__(self) -> str:
        return self.key


class IdentityProvider(Audited, Owned):
    """Where the people of an organisation sign in: its own provider, by OpenID Connect."""

    audit: ClassVar[Policy] = Policy(hidden=frozenset({"secret"}))

    # Stands in the address to which the provider sends people back.
    key = models.CharField(max_length=24, unique=True, default=new_key, editable=False)
    name = models.CharField(_("name"), max_length=80)
    issuer = models.URLField(_("address of the provider"), max_length=500)
    client_id = models.CharField(_("client ID"), max_length=255)
    secret = models.TextField(blank=True)
    groups_claim = models.CharField(_("claim with the groups"), max_length=120, default="groups")
    # Role → the groups that give it.
    role_groups = models.JSONField(default=dict)
    verifies_addresses = models.BooleanField(
        _("its mail addresses are verified, even where it does not say so"), default=False
    )
    makes_accounts = models.BooleanField(_("whoever comes from there for the first time gets an account"), default=True)
    asks_factor = models.BooleanField(_("it asks for a second factor itself"), default=False)
    is_only_way = models.BooleanField(_("its people sign in there and nowhere else"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation"], name="one_provider_of_an_organisation"),
        ]

    def __str__(self) -> str:
        return self.name


class MappedGrant(models.Model):
    """That a role was given because of a group: it goes when the group does. Roles given by hand stay."""

    grant = models.OneToOneField(RoleGrant, on_delete=models.CASCADE, related_name="mapped")

    def __str__(self) -> str:
        return str(self.grant_id)


class Provisioning(Audited, Owned):
    """That the directory of an organisation may keep its people and groups here (SCIM); only the hash of its token is kept."""

    audit: ClassVar[Policy] = Policy(hidden=frozenset({"digest"}), ignored=frozenset({"used_at"}))

    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation"], name="one_provisioning_of_an_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Provisioned(Owned):
    """That a person is kept by the directory of their organisation, and what it calls them."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="provisioned")
    external_id = models.CharField(max_length=255, blank=True)

    class Meta(Owned.Meta):
        indexes: ClassVar = [models.Index(fields=["organisation", "external_id"], name="provisioned_by_external_id")]

    def __str__(self) -> str:
        return self.external_id or str(self.person_id)


class DirectoryGroup(Owned):
    """A group of the directory of an organisation; roles follow it by the groups of `IdentityProvider`."""

    name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True)
    members: models.ManyToManyField[Person, Any] = models.ManyToManyField(Person, related_name="directory_groups")

    class Meta(Owned.Meta):
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_directory_group_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
