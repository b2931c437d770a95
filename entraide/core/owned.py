"""Models that belong to an organisation: read only within the scope, written only within one organisation."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import sql

from entraide.core.scope import current_scope, walled_organisations
from entraide.core.wall import ACROSS

M = TypeVar("M", bound=models.Model)


class OtherOrganisation(Exception):
    """A row was about to be written outside the scope, or tied to a row of another organisation."""


class Scoped:
    """Adds the scope's condition to a query at the moment its SQL is compiled.

    At that moment and not earlier: a query built in one scope and run in another obeys the latter.
    """

    condition_added = False
    # A row that is in scope may lead to another organisation's row where its model says so (`across`).
    crosses = False

    def get_compiler(self: Any, using: Any = None, connection: Any = None, elide_empty: bool = True) -> Any:
        query = self
        if not self.condition_added:
            organisations = current_scope().organisations
            if organisations is not None and not self.crosses:
                query = self.clone()
                query.condition_added = True
                # The same conversion of a sliced or combined query would change its meaning.
                query.add_q(models.Q(organisation_id__in=sorted(organisations)))
        compiler = super(Scoped, query).get_compiler(using, connection, elide_empty)  # type: ignore[misc]
        if walled_organisations() is not None:
            _let_across(compiler)
        return compiler

    def chain(self: Any, klass: Any = None) -> Any:
        query = super().chain(_SCOPED_KINDS.get(klass, klass))  # type: ignore[misc]
        query.condition_added = False
        return query


class ScopedQuery(Scoped, sql.Query):
    pass


class ScopedUpdate(Scoped, sql.UpdateQuery):
    pass


class ScopedDelete(Scoped, sql.DeleteQuery):
    pass


_SCOPED_KINDS: dict[Any, Any] = {
    sql.Query: ScopedQuery,
    sql.UpdateQuery: ScopedUpdate,
    sql.DeleteQuery: ScopedDelete,
}


class OwnedQuerySet(models.QuerySet[M]):
    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        if query is None and model is not None:
            query = ScopedQuery(model)
        super().__init__(model, query, using, hints)
        if hints and _leads_across(hints.get("instance"), model):
            scoped_query: Any = self.query
            scoped_query.crosses = True

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            row.check_tenancy()
        return super().bulk_create(rows, *args, **kwargs)


class Owned(models.Model):
    """A row of one organisation.

    `across` names the relations that may lead to another organisation's row, each with the reason.
    """

    across: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey(settings.ORGANISATION_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.check_tenancy(only=kwargs.get("update_fields"))
        super().save(*args, **kwargs)

    def check_tenancy(self, *, only: Any = None) -> None:
        """Raise OtherOrganisation unless this row and what it points to are of one organisation, in scope."""
        if not current_scope().covers(self.organisation_id):
            raise OtherOrganisation(f"{self._meta.label} of organisation {self.organisation_id} is out of scope.")
        for field in self._meta.concrete_fields:
            if only is not None and field.name not in only and field.attname not in only:
                continue
            if field.name in self.across or not _leads_to_owned(field):
                continue
            related_id = getattr(self, field.attname)
            if related_id is None:
                continue
            if self._organisation_of(field, related_id) != self.organisation_id:
                raise OtherOrganisation(
                    f"{self._meta.label}.{field.name} leads to a row of another organisation than {self.organisation_id}."
                )

    def _organisation_of(self, field: Any, related_id: int) -> int | None:
        if field.is_cached(self):
            related = getattr(self, field.name)
            if related.pk == related_id:
                organisation_id: int = related.organisation_id
                return organisation_id
        owner: int | None = (
            field.related_model.objects.filter(pk=related_id).values_list("organisation_id", flat=True).first()
        )
        return owner

    @classmethod
    def in_scope(cls, pk: int) -> Self | None:
        """Return the row with this key if the scope reaches it, else None."""
        found: Any = cls.objects.filter(pk=pk).first()
        row: Self | None = found
        return row


def _let_across(compiler: Any) -> None:
    """Mark the SQL of a query that follows a relation of `across`: the wall would hide the row at its end.

    Its own rows are of the scope by the condition that was just added, or it starts from a row that is.
    """
    plain = compiler.as_sql

    def as_sql(*args: Any, **kwargs: Any) -> Any:
        sql, params = plain(*args, **kwargs)
        query = compiler.query
        if sql and (getattr(query, "crosses", False) or any(map(_is_across, query.alias_map.values()))):
            sql = f"{sql} {ACROSS}"
        return sql, params

    compiler.as_sql = as_sql


def _is_across(join: Any) -> bool:
    followed = getattr(join, "join_field", None)
    field = getattr(followed, "field", followed)
    return isinstance(field, models.ForeignKey) and field.name in getattr(field.model, "across", ())


def _leads_to_owned(field: Any) -> bool:
    target = field.related_model if field.is_relation else None
    return isinstance(target, type) and issubclass(target, Owned)


def _leads_across(instance: Any, model: Any) -> bool:
    """Tell whether `instance` (from which a relation is followed) may point to rows of `model` elsewhere."""
    return isinstance(instance, Owned) and any(
        instance._meta.get_field(name).related_model is model for name in instance.across
    )
