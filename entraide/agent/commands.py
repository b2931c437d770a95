"""What one can do at the desk by a key or by its name: the one list that binds the keys, fills their sheet and the palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entraide.agent.desk_settings import SECTIONS
from entraide.agent.views import VIEWS


@dataclass(frozen=True)
class Command:
    """One command. `does` is what the page makes of it (`commands.js`): a verb, a colon, and its object.

    `go` leads to an address; `click`, `focus` and `show` act on what a selector finds and are offered where it finds
    something; `tab` opens a tab of the reply box; `call` runs a function of the desk's own. `group` sorts the sheet of
    keys. A command without a name in the palette (`in_palette`) has a key alone.
    """

    code: str
    name: str | Promise
    icon: str
    does: str
    keys: tuple[str, ...] = ()
    group: str = "everywhere"
    in_palette: bool = True


GROUPS = {
    "everywhere": _("Everywhere"),
    "list": _("In the list"),
    "ticket": _("In a ticket"),
    "writing": _("While writing"),
}

COMMANDS = (
    Command("palette", _("Commands, tickets, people"), "command", "call:palette", ("Ctrl+k",), in_palette=False),
    Command("keys", _("Every key"), "keyboard", "call:sheet", ("?",)),
    Command("search", _("Search"), "search", "focus:#q", ("/",)),
    Command("next", _("Next ticket"), "chevron-down", "call:next", ("j",), "list", in_palette=False),
    Command("previous", _("Previous ticket"), "chevron-up", "call:previous", ("k",), "list", in_palette=False),
    Command("pick", _("Choose the ticket for a bulk action"), "checkbox", "call:pick", ("x",), "list", in_palette=False),
    Command("pick-range", _("Choose every ticket up to here"), "list-check", "call:pick-range", ("X",), "list", in_palette=False),
    Command("pick-page", _("Choose the whole page, or nothing"), "checks", "call:pick-page", ("*",), "list"),
    Command("undo-bulk", _("Undo the bulk action"), "arrow-back-up", "click:#bulk-undo button", ("z",), "list"),
    Command("save-view", _("Save this view"), "bookmark", "show:#id_save-name", ("v",), "list"),
    Command("columns", _("Columns and density"), "columns", "show:#look input[type=checkbox]", (), "list"),
    Command("reply", _("Reply"), "arrow-back-up", "tab:replies", ("r",), "ticket"),
    Command("note", _("Internal note"), "lock", "tab:notes", ("i",), "ticket"),
    Command("third-party", _("Write to a third party"), "building-store", "tab:third_parties", ("o",), "ticket"),
    Command("escalate", _("Escalate"), "arrow-up-right", "tab:escalation", ("e",), "ticket"),
    Command("hold", _("Hold"), "clock-pause", "tab:hold", ("h",), "ticket"),
    Command("resolve", _("Resolve"), "circle-check", "tab:resolution", ("s",), "ticket"),
    Command("macro", _("Use a macro"), "bolt", "call:macro", ("m",), "ticket"),
    Command("take", _("Take"), "hand-grab", "click:#take button", ("t",), "ticket"),
    Command("assign", _("Assign"), "user-plus", "show:#assign-team", ("a",), "ticket"),
    Command("priority", _("Set the priority by hand"), "flag", "show:#p-priority", ("p",), "ticket"),
    Command("follow", _("Follow, or follow no longer"), "eye", "click:#follow button", ("f",), "ticket"),
    Command("confide", _("Make confidential, or lift that"), "shield-lock", "click:#confidentiality button", (), "ticket"),
    Command("link", _("Link another ticket"), "link", "show:#relations-words", ("l",), "ticket"),
    Command("merge", _("Merge into another ticket"), "arrow-merge", "show:#merger-words", ("g",), "ticket"),
    Command("unmerge", _("Undo the merge"), "arrow-back-up", "click:#unmerge button", (), "ticket"),
    Command("split", _("Split off into a new ticket"), "arrows-split", "show:#split-subject", (), "ticket"),
    Command("follow-up", _("Follow-up ticket"), "corner-down-right", "show:#follow-up-text", (), "ticket"),
    Command("timer", _("Start or pause the timer"), "stopwatch", "click:#timer", ("c",), "ticket"),
    Command("work", _("Log time"), "clock-edit", "show:#work-minutes", ("w",), "ticket"),
    Command("resume", _("Resume"), "player-play", "click:#resume button", (), "ticket"),
    Command("accept", _("Accept the handover"), "check", "click:#accept button", (), "ticket"),
    Command("send-back", _("Send the handover back"), "arrow-back", "show:#return-reason", (), "ticket"),
    Command("reopen", _("Reopen"), "rotate", "show:#reopen-text", (), "ticket"),
    Command("subject", _("Change the subject"), "pencil", "show:#f-subject", (), "ticket"),
    Command("category", _("Change the category"), "category", "show:#f-category", (), "ticket"),
    Command("history", _("History of the fields"), "history", "click:#to-history", (), "ticket"),
    Command("list", _("Back to the list"), "arrow-left", "click:#to-list", ("u",), "ticket"),
    Command("send", _("Send what is written"), "send", "call:send", ("Ctrl+Enter",), "writing", in_palette=False),
    Command("leave", _("Leave the field"), "x", "call:leave", ("Escape",), "writing", in_palette=False),
)  # fmt: skip


def commands_for(request: Any) -> list[Command]:
    """Return the commands of somebody: those of every page, and the places that they may go to."""
    actor = request.actor
    may = actor.may_on_anything
    found = list(COMMANDS)
    if may("ticket.open"):
        found.append(Command("new", _("New ticket"), "plus", _to("agent:opening"), ("n",)))
    if may("ticket.see"):
        at_desk = reverse("agent:desk")
        found.append(Command("bulk-runs", _("Bulk actions: what became of them"), "history", _to("agent:bulk-runs")))
        found += [
            Command(f"view-{each.code}", each.name, each.icon, f"go:{at_desk}?view={each.code}") for each in VIEWS
        ]
        found.append(Command("saved-views", _("Saved views"), "bookmarks", _to("agent:saved-views")))
    if may("board.see"):
        found.append(Command("board", _("Board"), "layout-kanban", _to("agent:board")))
    if may("directory.see"):
        found += [
            Command("people", _("People"), "users", _to("agent:people")),
            Command("organisations", _("Organisations"), "building", _to("agent:organisations")),
            Command("teams", _("Teams"), "users-group", _to("agent:teams")),
        ]
    if may("macro.use"):
        found.append(Command("macros", _("Macros"), "bolt", _to("agent:macros")))
    if may("contract.see"):
        found.append(Command("contracts", _("Contracts"), "contract", _to("agent:contracts")))
    if may("mail.see"):
        found += [
            Command("incoming", _("Incoming mail"), "mail", _to("agent:incoming")),
            Command("outgoing", _("Outgoing mail"), "mail-forward", _to("agent:outgoing")),
        ]
    if may("reports.see"):
        found += [
            Command("report-promises", _("Report: promises"), "report-analytics", _to("agent:report-promises")),
            Command("report-levels", _("Report: levels"), "report-analytics", _to("agent:report-levels")),
            Command(
                "report-ratings", _("Report: what requesters say"), "report-analytics", _to("agent:report-ratings")
            ),
            Command("report-answers", _("Report: answers to forms"), "report-analytics", _to("agent:report-answers")),
        ]
    if may("audit.see"):
        found.append(Command("audit", _("Audit"), "shield-check", _to("agent:audit")))
    if may("agreement.see"):
        found += [
            Command("agreements", _("Agreements"), "file-certificate", _to("agent:agreements")),
            Command("calendars", _("Calendars"), "calendar", _to("agent:calendars")),
        ]
    if may("rota.see"):
        found.append(Command("rotas", _("On-call rotas"), "calendar-user", _to("agent:rotas")))
    if may("signin.edit"):
        found.append(Command("sign-in-rules", _("Sign-in"), "shield-lock", _to("agent:sign-in-rules")))
    if may("settings.edit"):
        found += [
            Command(f"settings-{each.code}", each.name, "settings", _to("agent:settings", each.code))
            for each in SECTIONS
        ]
        found += [
            Command("rules", _("Escalation rules"), "stairs-up", _to("agent:rules")),
            Command("templates", _("Mail templates"), "template", _to("agent:templates")),
        ]
    return [
        *found,
        Command("notifications", _("Notifications"), "bell", _to("agent:notifications")),
        Command("notification-settings", _("How I am told"), "bell-cog", _to("agent:notification-settings")),
        Command("profile", _("My data"), "user", _to("portal:profile")),
    ]


def _to(name: str, *arguments: Any) -> str:
    return f"go:{reverse(name, args=arguments)}"
