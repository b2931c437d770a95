"""The lines with which mail programs begin what they quote: French, English, German, Italian."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Look = Literal["attribution", "block", "ours", "forward"]

MOST_WRAPPED_LINES = 4
LONGEST_ATTRIBUTION = 600
LONGEST_BLOCK_LINES = 25
DAY = r"(?:[^\W\d]+\.?,?\s){0,2}\d"
# A date must follow at once: "Le serveur … a écrit :" are somebody's own words.
ATTRIBUTIONS = {
    "fr": rf"^Le\s{DAY}.{{4,500}}\ba\s[ée]crit\s?:$",
    "en": r"^On\s(?:[^\W\d]+\.?,?\s){0,3}\d.{4,500}\bwrote\s?:$",
    "de": rf"^Am\s{DAY}.{{4,300}}\bschrieb\b.{{0,250}}:$",
    "it": rf"^Il\s(?:giorno\s)?{DAY}.{{4,500}}\bha\sscritto\s?:$",
}
ANY_LANGUAGE = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.{0,60}<[^<>@\s]+@[^<>@\s]+>\s?:$"
LABELS = {
    "from": "De|From|Von|Da|Expéditeur|Absender|Mittente",
    "sent": "Envoyé|Envoyé le|Date|Date d'envoi|Sent|Gesendet|Datum|Inviato|Data",
    "to": "À|A|To|An|Destinataire|Destinataires|Pour",
    "subject": "Objet|Sujet|Subject|Betreff|Oggetto",
    "other": "Cc|Copie à|Copie|Kopie|Cci|Bcc|Répondre à|Reply-To|Antwort an|Importance|Wichtigkeit|Priorität|Priority|"
    "Pièces jointes|Pièce jointe|Attachments|Anlagen|Organisation|Organization",
}
LABEL = re.compile(
    r"^[\s*_]*(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in LABELS.items())
    + r")[*_]*\s?:[*_]*(?:\s+(?P<value>\S.*)|\s*)$",
    re.IGNORECASE,
)
TIME = re.compile(r"\d{1,2}\s?[:h.]\s?\d{2}")
ORIGINAL = re.compile(
    r"^[\s*_]*-{2,}\s?(?:Original Message|Original Appointment|Message d['’]origine|Message original|"
    r"Urspr(?:ü|ue)ngliche (?:Nachricht|Mail|E-Mail)|Original-?Nachricht|Messaggio originale)\s?-{2,}[\s*_]*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^\s*[_-]{20,}\s*$")
FORWARD = re.compile(
    r"^[\s*_]*(?:-{2,}\s?(?:Forwarded message|Message (?:transféré|réexpédié)|Weitergeleitete Nachricht|Messaggio inoltrato)"
    r"\s?(?:de .{1,80}|from .{1,80}|von .{1,80})?-{2,}|"
    r"(?:Begin forwarded message|Début du message (?:réexpédié|transféré)|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|"
    r"Inizio messaggio inoltrato)\s?:)[\s*_]*$",
    re.IGNORECASE,
)
OURS = re.compile(r"^[\s>*_|]*##-.{1,200}-##[\s*_]*$")
# "My answers are below, in red": then they stand within what looks like a quote.
ANSWERS_WITHIN = re.compile(
    r"\b(?:ci-dessous|ci-après|ci-bas|plus bas|dans (?:le|ton|votre) (?:texte|corps|message|mail|courriel|e-mail)|"
    r"en (?:rouge|bleu|vert|gras|couleur|orange)|in-?line|below|in (?:red|blue|green|bold|colou?r)|"
    r"unten|im (?:text|mail)|in (?:rot|blau|grün|farbe)|(?:rot|blau|fett) markiert)\b",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[^\s<>@]@[^\s<>@]")


class Opening(NamedTuple):
    """Where what is quoted begins, and where its first line after the opening is."""

    start: int
    end: int
    look: Look
    is_sure: bool  # also where the quoted lines carry no mark


def openings(lines: Sequence[str], languages: Sequence[str]) -> dict[int, Opening]:
    """Return the openings by the number of their first line. Lines that are quoted themselves are passed over."""
    known = [ATTRIBUTIONS[language] for language in languages if language in ATTRIBUTIONS]
    attribution = re.compile("|".join([*known, ANY_LANGUAGE]), re.IGNORECASE)
    found: dict[int, Opening] = {}
    for number, line in enumerate(lines):
        if OURS.match(line):
            found[number] = Opening(number, number + 1, "ours", True)
        elif is_quoted(line):
            continue
        elif FORWARD.match(line):
            found[number] = Opening(number, number + 1, "forward", True)
        elif ORIGINAL.match(line):
            found[number] = Opening(number, number + 1, "block", True)
        elif RULE.match(line):
            block_at = _next_words(lines, number + 1)
            end = _block_end(lines, block_at, is_introduced=True) if block_at - number <= 3 else None
            if end is not None:
                found[number] = Opening(number, end, "block", True)
        elif line.rstrip(" *_\xa0\u202f").endswith(":"):
            start = _attribution_start(lines, number, attribution)
            if start is not None:
                written = " ".join(lines[start : number + 1])
                found[start] = Opening(start, number + 1, "attribution", EMAIL.search(written) is not None)
        if number not in found:
            end = _block_end(lines, number, is_introduced=False)
            if end is not None:
                found[number] = Opening(number, end, "block", True)
    return found


def is_quoted(line: str) -> bool:
    """Tell whether `line` carries the mark of a quote."""
    return line.lstrip().startswith(">")


def answers_stand_within(above: str) -> bool:
    """Tell whether the words above a quote announce answers within it, which nothing else may show."""
    return ANSWERS_WITHIN.search(above) is not None


def _attribution_start(lines: Sequence[str], end: int, attribution: re.Pattern[str]) -> int | None:
    """Return where the attribution that ends with line `end` starts; the latest, so that no words of one's own go along."""
    written = ""
    for start in range(end, max(-1, end - MOST_WRAPPED_LINES), -1):
        if is_quoted(lines[start]) or not lines[start].strip():
            return None
        written = " ".join(f"{lines[start]} {written}".strip(" *_\u200b\ufeff").split())
        if len(written) > LONGEST_ATTRIBUTION:
            return None
        if attribution.match(written.rstrip("*_ ")):
            return start
    return None


def _next_words(lines: Sequence[str], start: int) -> int:
    number = start
    while number < len(lines) and not lines[number].strip():
        number += 1
    return number


def _block_end(lines: Sequence[str], start: int, *, is_introduced: bool) -> int | None:
    """Return where the block From, Sent, To, Subject that starts there ends, None where there is none.

    A form that somebody filled in has such lines as well ("De : Genève", "À : Paris"): there must be a time of day,
    and an address, all four, or a rule above.
    """
    first = LABEL.match(lines[start][:LONGEST_ATTRIBUTION]) if start < len(lines) else None
    if first is None or first.lastgroup is None or first["from"] is None or not first["value"]:
        return None
    kinds: set[str] = set()
    has_time = has_address = False
    end = start
    for number in range(start, min(len(lines), start + LONGEST_BLOCK_LINES)):
        line = lines[number][:LONGEST_ATTRIBUTION]
        label = LABEL.match(line)
        if label is not None:
            kind = next(kind for kind in LABELS if label[kind] is not None)
            if kind in kinds and kind == "from":
                break
            kinds.add(kind)
            value = label["value"] or ""
            has_time = has_time or (kind == "sent" and TIME.search(value) is not None)
            has_address = has_address or (kind in ("from", "to") and EMAIL.search(value) is not None)
            end = number + 1
        elif "subject" in kinds or (not line.strip() and LABEL.match("".join(lines[number + 1 : number + 2])) is None):
            break
    if not has_time or "subject" not in kinds:
        return None
    return end if is_introduced or has_address or "to" in kinds else None
