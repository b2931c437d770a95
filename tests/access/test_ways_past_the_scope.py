"""Every place that leaves the scope's condition behind stands here: SQL by hand, and scopes over everything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import entraide

SOURCE = Path(entraide.__file__).parent
# SQL that is written by hand, and what it reads or does that is no organisation's.
RAW_SQL = {
    "audit/sealing.py:_seal_some": "the audit, which is of the whole desk",
    "audit/writing.py:write_down_once": "the audit, which is of the whole desk",
    "backups/making.py:_alone": "a lock",
    "backups/restoring.py:_alone": "a lock",
    "backups/restoring.py:_begin": "a desk that is being restored, whole",
    "backups/restoring.py:_fill": "a desk that is being restored, whole",
    "backups/restoring.py:restore": "a desk that is being restored, whole",
    "backups/restoring.py:unfinished": "whether a restore came to its end",
    "backups/snapshot.py:Snapshot.__init__": "a backup of the whole desk",
    "backups/snapshot.py:Snapshot.chunks": "a backup of the whole desk",
    "backups/snapshot.py:Snapshot.files_known": "a backup of the whole desk",
    "channels/email/imap.py:_alone": "a lock",
    "channels/hooks/delivering.py:_alone_with": "a lock",
    "config/doctor.py:_database": "the version and the clock of the database",
    "config/doctor.py:_workers": "counts of jobs",
    "config/figures.py:_jobs": "counts of jobs",
    "config/probes.py:readyz": "whether the database answers",
    "config/setup.py:_rows_of": "how large a table is",
    "config/setup.py:bring_up_to_date": "a lock",
    "core/building_wall.py:_make_role": "the wall itself",
    "core/building_wall.py:_require_role": "the wall itself",
    "core/building_wall.py:_role_can_be_entered": "the wall itself",
    "core/building_wall.py:_tables_without_rights": "the wall itself",
    "core/building_wall.py:_unguarded": "the wall itself",
    "core/building_wall.py:_user": "the wall itself",
    "core/building_wall.py:build_wall": "the wall itself",
    "core/jobs.py:workers_alive": "counts of workers",
    "core/live.py:tell": "an announcement: keys, no words",
    "core/words.py:resembling": "a setting of the transaction; the query is the caller's, in its scope",
    "tickets/actions.py:_next_number": "a sequence",
    "tickets/linking.py:all_locked": "a lock",
}
# Where a scope over everything is entered. Why, says its `reason` in the code; in a requester's request each is a door in the wall.
OVER_EVERYTHING = {
    "agent/approvals.py:_people",
    "agent/bulk.py:outcome",
    "agent/bulk.py:run",
    "agent/directory_forms.py:PersonForm.clean_email",
    "agent/major_panel.py:_major",
    "agent/major_panel.py:told_at",
    "agent/report_ratings.py:_cells",
    "agent/report_words.py:Waits.__init__",
    "agent/rota_forms.py:_people",
    "agent/rotas.py:_names",
    "agent/rule_words.py:_gone_words",
    "agent/rule_words.py:answering_people",
    "agent/saved_words.py:Names.__init__",
    "api/approvals.py:ask_people",
    "api/command.py:create",
    "api/command.py:list_tokens",
    "api/verbs.py:_technician",
    "audit/audited.py:Audited.audit_subject",
    "automation/dry_run.py:do_batch",
    "automation/dry_run.py:start",
    "automation/duty.py:away_of",
    "automation/firing.py:fire_what_is_due",
    "automation/reactions.py:take_firings_along",
    "automation/reactions.py:tell_of_rule",
    "automation/recipients.py:Directory._staff",
    "automation/recipients.py:words",
    "backups/making.py:_tell",
    "channels/email/bounces.py:receive",
    "channels/email/command.py:_reference",
    "channels/email/letter.py:Letter.came_from_this_desk",
    "channels/email/majors.py:tell_that_it_was_none",
    "channels/email/outbox_jobs.py:send_all_due",
    "channels/email/reactions.py:_anybody",
    "channels/email/recipients.py:people",
    "channels/email/senders.py:sender_of",
    "channels/email/sending.py:send",
    "channels/email/standing.py:standing_of",
    "channels/email/third_parties.py:_client_of",
    "channels/email/third_parties.py:conversation_answered",
    "channels/email/threading.py:leads",
    "channels/email/threading.py:mail_answered",
    "channels/email/threading.py:remember",
    "channels/email/unsent.py:tell_author",
    "channels/hooks/delivering.py:_alone_with",
    "channels/hooks/delivering.py:endpoints_with_due",
    "channels/hooks/delivering.py:forget_old",
    "channels/hooks/reactions.py:take_deliveries_along",
    "channels/push/keeping.py:_all_browsers",
    "config/doctor.py:_outgoing_mail",
    "config/figures.py:_Desk.collect",
    "config/secrets_command.py:_all",
    "config/user_command.py:create",
    "config/user_command.py:list_users",
    "config/user_command.py:role",
    "contracts/jobs.py:renew_contracts",
    "contracts/jobs.py:tell_of_ends",
    "core/reactions.py:run_reaction",
    "core/unused_files.py:forget_unused_files",
    "entrance/arriving.py:account_for",
    "entrance/arriving.py:give_roles",
    "entrance/arriving.py:require_own",
    "entrance/providers.py:active_providers",
    "entrance/providers.py:any_provider",
    "entrance/providers.py:only_provider_of",
    "entrance/providers.py:provider_for",
    "entrance/provisioning.py:add_person",
    "entrance/provisioning.py:groups_of",
    "entrance/provisioning.py:organisation_of_token",
    "entrance/provisioning.py:set_address",
    "notifications/audit.py:_who_answers",
    "notifications/choices.py:preferences_of",
    "notifications/contracts.py:_managers",
    "notifications/endpoints.py:_newest_error",
    "notifications/majors.py:_members",
    "notifications/news.py:readers",
    "notifications/promises.py:_members",
    "notifications/pushing.py:_everybodys",
    "notifications/quarantine.py:tell_of_harmful_file",
    "notifications/ratings.py:coordinators_of",
    "notifications/reactions.py:take_notifications_along",
    "notifications/reactions.py:tell_of_handover",
    "notifications/telling.py:mail_if_unread",
    "people/acting.py:find_person",
    "people/acting.py:scope_for",
    "people/brands.py:_find",
    "people/directory.py:enrol",
    "people/members.py:_names",
    "people/queries.py:people_who_may",
    "people/queries.py:technicians",
    "portal/approvals.py:by_link.answer",
    "portal/embed.py:on_their_pages.answer",
    "portal/link.py:by_link.answer",
    "portal/templatetags/majors.py:_told_at",
    "privacy/command.py:",
    "privacy/erasing.py:_erase",
    "privacy/erasing.py:go_on_erasing",
    "routines/bulk.py:_act",
    "routines/bulk.py:go_on",
    "routines/opening.py:look_ahead",
    "routines/opening.py:open_what_is_due",
    "routines/putting_back.py:_put_watchers_back",
    "routines/undoing.py:",
    "tickets/approval_jobs.py:remind_and_expire",
    "tickets/approvals.py:contacts_of",
    "tickets/clock_jobs.py:tell_what_is_due",
    "tickets/events/approving.py:ApprovalAsked._check_people",
    "tickets/events/majors.py:Led.check_leading",
    "tickets/events/third_parties.py:_require_third_party",
    "tickets/jobs.py:close_resolved_tickets",
    "tickets/jobs.py:resume_due_tickets",
    "tickets/mentioning.py:nameable_in",
    "tickets/names.py:Names.person",
    "tickets/placing.py:find_technician",
    "tickets/presence.py:_sweep",
    "tickets/queries.py:majors_for",
    "tickets/reactions.py:for_followers",
    "tickets/reactions.py:share_status",
    "tickets/replay_command.py:replay",
    "tickets/retargeting_jobs.py:_all_waiting",
    "tickets/retargeting_jobs.py:do_batch",
    "tickets/scan_jobs.py:scan_file",
    "tickets/scan_jobs.py:scan_old_files",
    "tickets/timers.py:_one_at_a_time",
    "tickets/timers.py:_rest",
    "tickets/timers.py:running_timer",
}


def test_sql_by_hand_is_known() -> None:
    found = set(_places(lambda call: _is_call_of(call, "cursor", "raw", "extra", "RawSQL")))
    assert found == set(RAW_SQL), (
        f"New or gone: {sorted(found ^ set(RAW_SQL))}. SQL by hand has no condition of the scope: write the query with the models, "
        "or say here what it reads that is no organisation's."
    )


def test_scopes_over_everything_are_known() -> None:
    found = set(_places(lambda call: _is_call_of(call, "everything") and "Scope" in ast.unparse(call.func)))
    assert found == OVER_EVERYTHING, (
        f"New or gone: {sorted(found ^ OVER_EVERYTHING)}. If the organisation can be known there, enter its scope instead; "
        "otherwise add the place here, and read it as whoever reviews the isolation of organisations would."
    )


def _is_call_of(call: ast.Call, *names: str) -> bool:
    called = call.func
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) in names


def _places(is_wanted: Any) -> Iterator[str]:
    for file in SOURCE.rglob("*.py"):
        # The demo is told to an empty desk; a migration knows no scope.
        if not {"migrations", "demo"} & set(file.parts):
            yield from _within(ast.parse(file.read_text()), f"{file.relative_to(SOURCE)}:", is_wanted)


def _within(node: ast.AST, where: str, is_wanted: Any) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and is_wanted(child):
            yield where
        is_named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        inner = f"{where}{'' if where.endswith(':') else '.'}{child.name}" if is_named else where
        yield from _within(child, inner, is_wanted)
