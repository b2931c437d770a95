"""Triggers: what was written down is neither changed nor removed; only its place in the chain may be added, once."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

GUARD = """
CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL
        AND to_jsonb(NEW) - '{seq,previous,hash}'::text[] = to_jsonb(OLD) - '{seq,previous,hash}'::text[]
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit is append-only: % refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE FUNCTION audit_keep_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM audit_entry) THEN
        RAISE EXCEPTION 'The audit is append-only: TRUNCATE refused.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_keep_all BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_keep_all();
"""
UNDO = """
DROP TRIGGER audit_keep_all ON audit_entry;
DROP TRIGGER audit_keep ON audit_entry;
DROP FUNCTION audit_keep_all();
DROP FUNCTION audit_keep();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(GUARD, UNDO)]
