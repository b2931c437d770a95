"""The names behind the ids that events keep."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from entraide.core.scope import Scope, scoped
from entraide.people.models import Organisation, Person, Site, Team
from entraide.sla.models import AgreementVersion
from entraide.tickets.models import Category, PendingReason


class Names:
    """Looks up people, teams, categories and so on for one page: each table once, however many ids."""

    def __init__(self, person_ids: Iterable[int | None] = ()) -> None:
        self._wanted = {each for each in person_ids if each}
        self._people: dict[int, str] = {}
        self._tables: dict[type, dict[int, str]] = {}

    def person(self, person_id: int | None) -> str:
        if person_id is None:
            return _("nobody")
        if person_id not in self._people:
            # Names in a timeline that one may see may be seen: the technician's too, who is of another organisation.
            with scoped(Scope.everything(reason="names of the people in a timeline that is already in scope")):
                ids = self._wanted | {person_id}
                self._people.update(Person.objects.filter(pk__in=ids).values_list("pk", "name"))
        return self._people.get(person_id, _("somebody"))

    def expect(self, person_ids: Iterable[int]) -> None:
        """Say whose names will be asked for, so that they are looked up at once."""
        self._wanted |= {each for each in person_ids if isinstance(each, int)}

    def people(self, person_ids: Iterable[int]) -> list[str]:
        """Return the names of several people, looked up at once."""
        ids = list(person_ids)
        self._wanted |= set(ids)
        return [self.person(each) for each in ids]

    def team(self, team_id: int | None) -> str:
        return self._name(Team, team_id)

    def category(self, category_id: int | None) -> str:
        return self._name(Category, category_id)

    def organisation(self, organisation_id: int | None) -> str:
        return self._name(Organisation, organisation_id)

    def site(self, site_id: int | None) -> str:
        if site_id is None:
            return _("none")
        site = Site.in_scope(site_id)
        return site.name if site else _("none")

    def agreement_version(self, version_id: int | None) -> str:
        version = AgreementVersion.objects.select_related("agreement").filter(pk=version_id or 0).first()
        return f"{version.agreement.name} v{version.number}" if version else "?"

    def pending_reason(self, code: str) -> str:
        reason = PendingReason.objects.filter(code=code).first()
        return str(reason) if reason else code

    def _name(self, model: type, key: int | None) -> str:
        if key is None:
            return _("none")
        if model not in self._tables:
            self._tables[model] = {row.pk: str(row) for row in model.objects.all()}  # type: ignore[attr-defined]
        return self._tables[model].get(key, "?")
