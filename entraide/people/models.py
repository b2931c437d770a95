"""Organisations, their sites and people; the teams that support them, and who may do what."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from entraide.audit.audited import Audited, Policy
from entraide.core.owned import Owned
from entraide.core.words import Folded
from entraide.people.rights import Role


class Level(models.IntegerChoices):
    N1 = 1, "N1"
    N2 = 2, "N2"
    N3 = 3, "N3"


class Organisation(Audited):
    """A company or department that is supported (or, with `supports`, that supports)."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    mail_domains = ArrayField(
        models.CharField(max_length=253),
        verbose_name=_("mail domains"),
        default=list,
        blank=True,
        help_text=_("A mail from one of these domains belongs to this organisation, whoever wrote it."),
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="fr")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Zurich")
    country = models.CharField(_("country"), max_length=2, default="CH")
    region = models.CharField(_("canton or region"), max_length=10, blank=True)
    supports = models.BooleanField(_("gives support"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("name",)
        indexes: ClassVar = [GinIndex(fields=["mail_domains"], name="organisation_by_domain")]

    def __str__(self) -> str:
        return self.name


class Site(Audited, Owned):
    """A place of an organisation."""

    name = models.CharField(_("name"), max_length=200)
    address = models.TextField(_("address"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Zurich")
    country = models.CharField(_("country"), max_length=2, default="CH")
    region = models.CharField(_("canton or region"), max_length=10, blank=True)
    on_site_rules = models.TextField(_("rules for coming on site"), blank=True)

    class Meta(Owned.Meta):
        ordering = ("organisation_id", "name")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_site_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


def new_key() -> str:
    """Return a name for addresses that is not guessed: whose client somebody is, is nobody else's business."""
    return secrets.token_urlsafe(12)


class Brand(Audited, Owned):
    """How the portal looks to an organisation's people, and under which host name of its own; see brands.py."""

    audit: ClassVar = Policy(ignored=frozenset({"version"}))
    files_in: ClassVar[tuple[str, ...]] = ("logo_digest",)

    key = models.CharField(max_length=24, unique=True, default=new_key, editable=False)
    name = models.CharField(_("name of the support"), max_length=60, blank=True)
    accent = models.CharField(_("colour"), max_length=7, blank=True)
    logo_digest = models.CharField(max_length=64, blank=True)
    logo_mime = models.CharField(max_length=20, blank=True)
    logo_width = models.PositiveSmallIntegerField(default=0)
    logo_height = models.PositiveSmallIntegerField(default=0)
    host = models.CharField(_("host name"), max_length=253, null=True, blank=True, unique=True)
    # Goes into the addresses of what browsers keep.
    version = models.PositiveIntegerField(default=0)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation"], name="one_brand_of_an_organisation"),
        ]

    def __str__(self) -> str:
        return self.name


class BrandChange(Owned):
    """Who changed how an organisation's portal looks, when, and what: fields with what they were and are."""

    across: ClassVar[dict[str, str]] = {"by": "technicians belong to the organisation that supports"}

    at = models.DateTimeField()
    by = models.ForeignKey("Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    changes = models.JSONField(default=dict)

    class Meta(Owned.Meta):
        ordering = ("-pk",)

    def __str__(self) -> str:
        return ", ".join(self.changes)


class Person(Audited, Owned):
    """Somebody in the directory, whether or not they ever sign in."""

    name = models.CharField(_("name"), max_length=200)
    job_title = models.CharField(_("function"), max_length=200, blank=True)
    site = models.ForeignKey(
        Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="people", verbose_name=_("site")
    )
    manager = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("manager")
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True, help_text=_("Empty: the organisation's.")
    )
    is_vip = models.BooleanField(_("VIP"), default=False)
    absent_until = models.DateField(_("absent until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # What was known of them is gone; figures go on pointing here.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta(Owned.Meta):
        ordering = ("name", "id")
        indexes: ClassVar = [
            models.Index(fields=["organisation", "name"], name="person_by_organisation"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="person_by_name_part"),
            GinIndex(OpClass(Folded(F("name")), name="gin_trgm_ops"), name="person_by_folded_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str | None:
        """The mail address to write to, or None."""
        usable = [each for each in self.addresses.all() if not each.bounced_at]
        best = sorted(usable, key=lambda each: (not each.is_main, each.pk))
        return best[0].email if best else None

    @property
    def spoken_language(self) -> str:
        return self.language or self.organisation.language


class MailAddress(Audited, Owned):
    """One mail address of a person; no two people share one."""

    audit: ClassVar = Policy(ignored=frozenset({"bounced_at", "bounce_reason"}))

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="addresses")
    email = models.EmailField(_("mail address"), max_length=254)
    is_main = models.BooleanField(_("main address"), default=False)
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_reason = models.CharField(max_length=500, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_address"),
        ]
        indexes: ClassVar = [
            GinIndex(OpClass(Folded(F("email")), name="gin_trgm_ops"), name="address_by_folded_email"),
        ]

    def __str__(self) -> str:
        return self.email


class Phone(Audited, Owned):
    """One telephone number of a person, in E.164 (`+41225550101`)."""

    audit: ClassVar = Policy(hidden=frozenset({"number"}))

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField(_("number"), max_length=20, db_index=True)
    label = models.CharField(_("label"), max_length=60, blank=True)

    class Meta(Owned.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "number"], name="one_number_once_a_person"),
        ]

    def __str__(self) -> str:
        return self.number

    def audit_name(self) -> str:
        return self.person.name


class Team(Audited):
    """Technicians of one level who share a queue. It serves many organisations, so it is nobody's own."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    is_default = models.BooleanField(
        _("takes what no rule routes"), default=False, help_text=_("One N1 team takes what no rule sends elsewhere.")
    )
    members: models.ManyToManyField[Person, Any] = models.ManyToManyField(
        Person, related_name="teams", blank=True, verbose_name=_("members")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("level", "name")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoleGrant(Audited):
    """That a person has a role: in one organisation, or (None) in all that the desk supports."""

    audit: ClassVar = Policy(made="role_given", changed="role_given", removed="role_taken")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "role", "organisation"], nulls_distinct=False, name="one_grant_of_a_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.person_id}"

    def audit_name(self) -> str:
        return f"{self.role}: {self.person.name}"


class Accounts(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        account = self.model(email=email.strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email__iexact=username)


class Account(Audited, AbstractBaseUser):
    """The key with which a person signs in. Not every person has one."""

    audit: ClassVar = Policy(
        made="account_made",
        changed="account_changed",
        removed="account_removed",
        hidden=frozenset({"password"}),
        ignored=frozenset({"last_login"}),
    )

    email = models.EmailField(_("mail address"), max_length=254, unique=True)
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="account")
    is_active = models.BooleanField(_("active"), default=True)

    objects = Accounts()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email
