"""Settings › Sign-in: which roles need a second factor, and how long a sign-in lasts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from entraide.agent.access import needs
from entraide.agent.desk_settings import SECTIONS
from entraide.agent.sign_in_forms import SignInRulesForm
from entraide.entrance.factors import coverage
from entraide.entrance.models import SessionRule
from entraide.people.rights import Role


@needs("signin.edit")
def sign_in_rules(request: Any) -> HttpResponse:
    """The form; on POST, the change."""
    if not request.actor.may_everywhere("signin.edit"):
        # They hold for all organisations.
        raise Http404
    form = SignInRulesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. Whoever now needs a second factor is asked for it within five minutes."))
        return redirect("agent:sign-in-rules")
    counts = coverage()
    roles = [
        {
            "needs": form[f"needs_{role.value}"],
            "days": form[f"days_{role.value}"],
            "people": counts.get(role.value, (0, 0))[0],
            "safe": counts.get(role.value, (0, 0))[1],
        }
        for role in Role
    ]
    groups = [
        {"name": group.label, "numbers": [form[f"idle_{group.value}"], form[f"limit_{group.value}"]]}
        for group in SessionRule.Group
    ]
    context = {
        "form": form, "roles": roles, "groups": groups, "sections": SECTIONS, "chosen": {"code": "sign-in"},
        "may_rotas": True,
    }  # fmt: skip
    return render(request, "agent/sign_in_rules.html", context, status=422 if form.errors else 200)
