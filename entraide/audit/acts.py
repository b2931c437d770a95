"""What is written down: every kind of act there is. What happens to tickets and contracts stands in their timelines."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.core.registry import Registry


@dataclass(frozen=True)
class Act:
    """One kind of act; `name` is read after the name of whoever did it."""

    code: str
    name: str | Promise


ACTS: Registry[Act] = Registry("act of the audit")

for _act in (
    Act("signed_in", _("signed in")),
    Act("sign_in_failed", _("failed to sign in")),
    Act("signed_out", _("signed out")),
    Act("password_changed", _("changed the password")),
    Act("second_factor_added", _("added a second factor")),
    Act("second_factor_removed", _("removed a second factor")),
    Act("recovery_codes_made", _("made new recovery codes")),
    Act("viewed", _("looked at")),
    Act("exported", _("exported")),
    Act("person_erased", _("asked to erase a person")),
    Act("refused", _("was refused")),
    Act("role_given", _("gave a role")),
    Act("role_taken", _("took a role away")),
    Act("account_made", _("made an account")),
    Act("account_changed", _("changed an account")),
    Act("account_removed", _("removed an account")),
    Act("token_made", _("made a token")),
    Act("token_changed", _("changed a token")),
    Act("token_removed", _("removed a token")),
    Act("setting_made", _("added")),
    Act("setting_changed", _("changed")),
    Act("setting_removed", _("removed")),
    Act("members_changed", _("changed the members")),
    Act("backup_made", _("made a backup of the whole desk")),
    Act("desk_restored", _("restored the desk from a backup")),
    Act("secrets_rotated", _("replaced the secret key")),
):
    ACTS.register(_act)
