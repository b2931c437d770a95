"""The desk's commands, for the page: its sheet of keys and what its palette offers at once."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from entraide.agent.commands import GROUPS, commands_for
from entraide.look.icons import icon_svg

register = template.Library()


@register.inclusion_tag("agent/palette.html", takes_context=True)
def desk_commands(context: Any) -> dict[str, Any]:
    """The palette and the sheet of keys."""
    found = commands_for(context["request"])
    with_keys = [each for each in found if each.keys]
    kinds = {
        "ticket": (_("Ticket"), "ticket"),
        "view": (_("View"), "bookmark"),
        "person": (_("Person"), "user"),
        "organisation": (_("Organisation"), "building"),
        "team": (_("Team"), "users-group"),
        "command": (_("Command"), "command"),
    }
    icons = {each.icon for each in found if each.in_palette} | {icon for _name, icon in kinds.values()}
    return {
        "groups": [
            (name, [(each.name, [key.split("+") for key in each.keys]) for each in with_keys if each.group == code])
            for code, name in GROUPS.items()
        ],
        "icons": [(each, icon_svg(each)) for each in sorted(icons)],
        "data": {
            "commands": [
                {
                    "code": each.code, "name": str(each.name), "icon": each.icon, "does": each.does, "keys": each.keys,
                    "listed": each.in_palette,
                }
                for each in found
            ],
            "kinds": {code: {"name": name, "icon": icon} for code, (name, icon) in kinds.items()},
        },
    }  # fmt: skip
