"""How the portal looks to an organisation's people: whose look it is, changing it, and where its links lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entraide.core.actor import Actor
from entraide.core.clock import now
from entraide.core.events import Conflict, NotAllowed, Refused
from entraide.core.scope import Scope, scoped
from entraide.people.models import Brand, BrandChange, Organisation

# What can be changed. Under which names the desk answers is for administrators to say.
FACTS = ("name", "accent", "logo_digest", "logo_mime", "logo_width", "logo_height", "host")
TOLD = ("name", "accent", "logo_digest", "host")


def brand_at(host: str) -> Brand | None:
    """Return the look of the organisation that has this host name (in small letters, without port) of its own."""
    return _find(host=host, organisation__is_active=True)


def brand_with_key(key: str) -> Brand | None:
    return _find(key=key)


def brand_of(organisation_id: int) -> Brand | None:
    return _find(organisation_id=organisation_id)


def base_url_of(organisation_id: int) -> str:
    """Return the address under which the people of an organisation know the desk: scheme and host, without a path."""
    own: str = settings.ENTRAIDE.base_url
    brand = _find(organisation_id=organisation_id, host__isnull=False, organisation__is_active=True)
    if brand is None:
        return own
    parts = urlsplit(own)
    return f"{parts.scheme}://{brand.host}" + (f":{parts.port}" if parts.port else "")


def save_brand(organisation: Organisation, *, facts: Mapping[str, Any], seen: int, actor: Actor) -> Brand:
    """Keep how the portal of an organisation looks; only what is in `facts` changes.

    Raises NotAllowed, Conflict when somebody else changed it since the version `seen`, Refused for a host name that another one has.
    """
    if not actor.may_on_anything("directory.edit", organisation.pk):
        raise NotAllowed(_("You do not have the right to do this here."))
    try:
        with transaction.atomic():
            Brand.objects.get_or_create(organisation=organisation)
            row = Brand.objects.select_for_update(of=("self",)).get(organisation=organisation)
            if row.version != seen:
                raise Conflict(_("Somebody else has changed this meanwhile. Look at it again, then save."))
            changes = {name: [getattr(row, name), facts[name]] for name in FACTS if name in facts}
            changes = {name: both for name, both in changes.items() if both[0] != both[1]}
            if "host" in changes and not actor.may_on_anything("settings.edit", organisation.pk):
                raise NotAllowed(_("Only an administrator says under which host names the desk answers."))
            if not changes:
                return row
            for name, (_before, after) in changes.items():
                setattr(row, name, after)
            row.version += 1
            row.save()
            told = {name: both for name, both in changes.items() if name in TOLD}
            BrandChange.objects.create(organisation=organisation, at=now(), by_id=actor.person_id, changes=told)
            return row
    except IntegrityError as error:
        raise Refused(_("Another organisation has this host name already."), field="host") from error


def changes_of(organisation: Organisation) -> list[BrandChange]:
    """Return who changed it, the newest first."""
    return list(BrandChange.objects.filter(organisation=organisation).select_related("by")[:20])


def _find(**wanted: Any) -> Brand | None:
    with scoped(
        Scope.everything(
            reason="how a page looks comes before who looks at it, and shows no more than a name and a logo"
        )
    ):
        found: Brand | None = Brand.objects.filter(**wanted).first()
        return found
