"""From a template and the facts of a ticket to the text and the HTML of a mail."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from entraide.channels.email.models import MailTemplate
from entraide.channels.email.parsing.sanitise import text_to_html
from entraide.channels.email.words import (
    BUILT_IN,
    BUTTONS,
    FOR_THE_DESK,
    NOTE_LINE,
    OF_AUDIT,
    OF_BACKUPS,
    OF_CONTRACTS,
    OF_ENDPOINTS,
    REPLY_LINE,
    TICKET_LINE,
    Words,
)
from entraide.core.clock import now
from entraide.core.events import Refused

FACTS = (
    "reference", "subject", "recipient", "requester", "actor", "organisation", "team", "priority", "desk", "days",
    "promise", "due", "rule", "other", "day", "details", "until",
)  # fmt: skip
LINKS = (
    "link",
    "confirm_link",
    "reopen_link",
    "desk_link",
    "contract_link",
    "approval_link",
    "hook_link",
    "audit_link",
)
PLACEHOLDERS = (*FACTS, "message", *LINKS)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Mail clients know no style sheets of ours, so each element carries its own.
_BUTTON = (
    '<a href="{url}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#0b5cad;'
    'color:#ffffff;text-decoration:none;font-weight:600">{label}</a>'
)
_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '</head><body style="margin:0;padding:16px;background:#ffffff">'
    '<p data-entraide-reply-line style="color:#8a8f98;font:12px/1.4 Helvetica,Arial,sans-serif;margin:0 0 16px">{line}</p>'
    '<div style="max-width:640px;font:15px/1.55 Helvetica,Arial,sans-serif;color:#1b2430">{body}</div></body></html>'
)
_QUOTE = '<blockquote style="margin:0;padding:2px 0 2px 14px;border-left:3px solid #c9d3df">{inner}</blockquote>'


@dataclass(frozen=True)
class Rendered:
    """The parts of a mail, ready to go."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Said:
    """What somebody wrote, to be shown in a mail: `html` must be sanitised (or empty: the text is used)."""

    text: str
    html: str = ""
    is_quoted: bool = True


def codes() -> tuple[str, ...]:
    """Return the codes of all mails that the desk sends."""
    return tuple(BUILT_IN["en"])


def words_for(code: str, language: str) -> Words:
    """Return the desk's own words for a mail, else the built-in ones. Raises KeyError for an unknown code."""
    own = MailTemplate.objects.filter(code=code, language=language).first()
    return Words(own.subject, own.body) if own else BUILT_IN[language][code]


def render(code: str, language: str, *, facts: Mapping[str, str], links: Mapping[str, str], said: Said) -> Rendered:
    """Return the mail `code` in `language`. `facts` and `links` fill the placeholders; missing ones stay empty."""
    return _render(words_for(code, language), _line(code, language), language, facts, links, said)


def render_preview(code: str, language: str, words: Words | None = None) -> Rendered:
    """Return the mail as it looks with example facts; `words` shows it before it is saved."""
    example = example_of(code, language)
    links = {name: f"https://support.example/{name}" for name in LINKS}
    said = Said(example["message"])
    return _render(words or words_for(code, language), _line(code, language), language, example, links, said)


def example_of(code: str, language: str) -> dict[str, str]:
    """Return the facts of which the preview of a mail tells."""
    if code in OF_BACKUPS:
        return {**PREVIEW[language], **BACKUP_PREVIEW[language]}
    if code in OF_ENDPOINTS:
        return {**PREVIEW[language], **ENDPOINT_PREVIEW[language]}
    if code in OF_AUDIT:
        return {**PREVIEW[language], **AUDIT_PREVIEW[language]}
    return {**PREVIEW[language], **(CONTRACT_PREVIEW[language] if code in OF_CONTRACTS else {})}


def save_template(code: str, language: str, *, subject: str, body: str) -> MailTemplate:
    """Replace the built-in words of a mail. Raises Refused with the field at fault."""
    if code not in codes() or language not in BUILT_IN:
        raise Refused(_("There is no such mail template."), field="code")
    for name, text in (("subject", subject), ("body", body)):
        if not text.strip():
            raise Refused(_("Write a text, or go back to the built-in one."), field=name)
        for wanted in _PLACEHOLDER.findall(text):
            if wanted not in PLACEHOLDERS:
                raise Refused(
                    _("{%(name)s} is not a placeholder. Known: %(known)s.")
                    % {"name": wanted, "known": ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)},
                    field=name,
                )
    if "\n" in subject or "\r" in subject:
        raise Refused(_("A subject is one line."), field="subject")
    row, _created = MailTemplate.objects.update_or_create(
        code=code, language=language, defaults={"subject": subject, "body": body, "changed_at": now()}
    )
    return row


def reset_template(code: str, language: str) -> None:
    """Go back to the built-in words."""
    for own in MailTemplate.objects.filter(code=code, language=language):
        own.delete()


def _line(code: str, language: str) -> str:
    """Return the line above which one answers, with what becomes of the answer."""
    if code in OF_CONTRACTS | OF_ENDPOINTS | OF_BACKUPS | OF_AUDIT:
        return TICKET_LINE[language]
    return (NOTE_LINE if code in FOR_THE_DESK else REPLY_LINE)[language]


def _render(
    words: Words, line: str, language: str, facts: Mapping[str, str], links: Mapping[str, str], said: Said
) -> Rendered:
    texts = {**facts, "message": said.text, **{name: _link_as_text(name, language, links) for name in LINKS}}
    text = _fill(words.body, texts)
    blocks = [_block(block, language, facts, links, said) for block in re.split(r"\n{2,}", words.body.strip())]
    return Rendered(
        subject=" ".join(_fill(words.subject, facts).split()),
        text=f"{line}\n\n{_squeeze(text)}\n",
        html=_PAGE.format(language=language, line=html.escape(line), body="\n".join(blocks)),
    )


def _block(block: str, language: str, facts: Mapping[str, str], links: Mapping[str, str], said: Said) -> str:
    """Return one paragraph of a template as HTML."""
    name = block.strip().removeprefix("{").removesuffix("}")
    if block.strip() == "{message}":
        inner = said.html or text_to_html(said.text)
        if not inner.strip():
            return ""
        return _QUOTE.format(inner=inner) if said.is_quoted else f"<div>{inner}</div>"
    if block.strip() == f"{{{name}}}" and name in LINKS:
        url = links.get(name, "")
        label = BUTTONS[language][name]
        return f"<p>{_BUTTON.format(url=html.escape(url), label=html.escape(label))}</p>" if url else ""
    texts = {**facts, "message": said.text, **{each: links.get(each, "") for each in LINKS}}
    return f"<p>{html.escape(_fill(block, texts)).replace(chr(10), '<br>')}</p>"


def _link_as_text(name: str, language: str, links: Mapping[str, str]) -> str:
    return f"{BUTTONS[language][name]} : {links[name]}" if links.get(name) else ""


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found.group(1), ""), template)


def _squeeze(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip()


PREVIEW: dict[str, dict[str, str]] = {
    "fr": {
        "reference": "ENT-1042", "subject": "L'imprimante du 2e étage ne répond plus", "recipient": "Alice Martin",
        "requester": "Alice Martin", "actor": "Nadia Keller", "organisation": "Helvetia Fiduciaire",
        "team": "Systèmes", "priority": "P2", "desk": "Support informatique", "days": "5",
        "promise": "Résolution", "due": "mardi 24 novembre, 16:40", "rule": "P1 sans technicien", "other": "ENT-987",
        "details": "Bonjour, je n'arrive plus à imprimer depuis ce matin.", "until": "Réponse souhaitée jusqu'au vendredi 27 novembre, 23:59",
        "message": "Bonjour,\n\nL'imprimante est à nouveau en ligne : le pilote était périmé.",
    },
    "en": {
        "reference": "ENT-1042", "subject": "The printer on the 2nd floor does not answer", "recipient": "Alice Martin",
        "requester": "Alice Martin", "actor": "Nadia Keller", "organisation": "Helvetia Fiduciaire",
        "team": "Systems", "priority": "P2", "desk": "IT support", "days": "5",
        "promise": "Resolution", "due": "Tuesday 24 November, 16:40", "rule": "P1 without a technician", "other": "ENT-987",
        "details": "Hello, I have not been able to print since this morning.", "until": "An answer is wanted by Friday 27 November, 23:59",
        "message": "Hello,\n\nThe printer is online again: its driver was out of date.",
    },
}  # fmt: skip
CONTRACT_PREVIEW: dict[str, dict[str, str]] = {
    "fr": {
        "reference": "INF-2026-014", "subject": "Infogérance", "day": "31 décembre 2026",
        "message": "Le préavis est à donner au plus tard le 2 octobre 2026. Sans préavis, il est reconduit tacitement pour 12 mois.",
    },
    "en": {
        "reference": "INF-2026-014", "subject": "Managed services", "day": "31 December 2026",
        "message": "Notice is due by 2 October 2026. Without notice it is renewed by itself, for 12 months.",
    },
}  # fmt: skip
ENDPOINT_PREVIEW = {
    "fr": {"subject": "Tableau de bord", "day": "23 novembre 2026", "message": "Aucune réponse en 10 secondes."},
    "en": {"subject": "Dashboard", "day": "23 November 2026", "message": "No answer within 10 seconds."},
}
BACKUP_PREVIEW = {
    "fr": {
        "day": "23 novembre 2026",
        "message": "/backups cannot be written (No space left on device): free some space.",
    },
    "en": {
        "day": "23 November 2026",
        "message": "/backups cannot be written (No space left on device): free some space.",
    },
}
# What a verification found is said in English, as by the command.
AUDIT_PREVIEW = {
    language: {"message": "Row 4217 does not match its hash: it was changed after it was sealed."}
    for language in BUILT_IN
}
