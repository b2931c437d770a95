"""Where a signature begins that is surely one."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_LINES = 15
DEVICES = (
    r"(?:iphone|ipad|ipod|android|smartphone|t[ée]l[ée]phone|mobile|handy|samsung|galaxy|huawei|xiaomi|redmi|pixel|oneplus|blackberry|"
    r"windows|outlook|gmail|yahoo|orange|sfr|bouygues|swisscom|bluewin|proton|thunderbird|infomaniak|appareil|tablette|portable|"
    r"mobilger[äa]t|tablet|device|phone|gmx|web\.de|mail|courrier|telefono|cellulare)"
)
LINK = r"(?:\s?[<(\[]\s?https?://\S{1,300}\s?[>)\]])?"
MOBILE = re.compile(
    rf"^[\s*_]*(?:"
    rf"(?:envoyé|envoyée|transmis) (?:(?:depuis|de|à partir de|via|avec|par) |à partir d['’]|d['’])(?:mon |ma |l['’]application |un |une |la messagerie )?.{{0,30}}{DEVICES}.{{0,30}}|"
    rf"sent (?:from|via|with|using) (?:my |the )?.{{0,30}}{DEVICES}.{{0,40}}|"
    rf"(?:gesendet|verschickt) (?:von|mit|über|aus) (?:meinem |meiner |der )?.{{0,30}}{DEVICES}.{{0,40}}|"
    rf"von meinem .{{0,30}}{DEVICES}.{{0,20}} (?:gesendet|versendet|geschrieben)|"
    rf"diese nachricht wurde von meinem .{{0,40}} gesendet|"
    rf"inviato da(?:l mio| mio|lla mia)? .{{0,30}}{DEVICES}.{{0,20}}|"
    rf"(?:obtenir|obtenez|télécharger|téléchargez) outlook pour \w+|get outlook for \w+|"
    rf"(?:holen sie sich|laden sie) outlook für \w+(?: herunter)?|outlook für \w+ (?:beziehen|herunterladen|abrufen)|"
    rf"provenance : courrier pour windows.{{0,10}}"
    rf")[.!]?{LINK}[\s*_.]*$",
    re.IGNORECASE,
)
CONTACT = re.compile(
    r"[^\s@]@[^\s@]+\.\w|\bwww\.|https?://|(?:\+|\b0)\d[\d\s()./-]{7,}|\b(?:t[ée]l|phone|fax|mobile)\b", re.IGNORECASE
)


def signature_start(lines: Sequence[str], end: int) -> int:
    """Return the line with which the signature of `lines[:end]` begins, `end` where there is none that is sure.

    Greetings and names are no signature: a person wrote them. Words above it there always are.
    """
    start = _mobile_start(lines, end)
    delimiter = _delimiter(lines, start)
    found = delimiter if delimiter is not None else start
    return found if any(line.strip() for line in lines[:found]) else end


def _mobile_start(lines: Sequence[str], end: int) -> int:
    """Return where the line that a telephone puts under a mail stands, `end` where none does."""
    last = end - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    return last if last >= 0 and len(lines[last]) <= 400 and MOBILE.match(lines[last]) else end


def _delimiter(lines: Sequence[str], end: int) -> int | None:
    """Return the last line `-- `, where what follows may be a signature."""
    seen = 0
    for number in range(end - 1, -1, -1):
        line = lines[number].rstrip("\r")
        if line in ("-- ", "--", "--\xa0"):
            below = [each for each in lines[number + 1 : end] if each.strip()]
            # Without its blank it may as well part two paragraphs.
            is_sure = line != "--" or any(CONTACT.search(each) for each in below)
            return number if below and is_sure and all(len(each) <= 300 for each in below) else None
        seen += bool(line.strip())
        if seen > MOST_LINES:
            return None
    return None
