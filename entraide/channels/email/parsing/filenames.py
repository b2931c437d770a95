"""Names of attached files that are safe to show and to save."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

from entraide.channels.email.parsing.words import one_line

LONGEST = 150
# Right-to-left overrides make `gpj.exe` look like `exe.jpg`.
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
FORBIDDEN = re.compile(r'[<>:"|?*]')
EXTENSIONS = mimetypes.MimeTypes(filenames=())  # not the machine's own table: the same name everywhere
NAMES = {
    "message/rfc822": "message.eml",
    "message/global": "message.eml",
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invite.ics",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "pgp-version.txt",
    "application/pgp-keys": "keys.asc",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
    "text/plain": "attachment.txt",
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
}


def clean_filename(name: str) -> str:
    """Return `name` without folders, control or invisible characters, at most 150 characters, or ""."""
    name = INVISIBLE.sub("", unicodedata.normalize("NFC", one_line(name)))
    name = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    name = FORBIDDEN.sub("_", name).strip(" .\t") if name.strip(" .") else ""
    if len(name) > LONGEST:
        stem, dot, extension = name.rpartition(".")
        if dot and len(extension) <= 10:
            return f"{stem[: LONGEST - len(extension) - 1].rstrip(' .')}.{extension}"
        return name[:LONGEST].rstrip(" .\t")
    return name


def filename_for(mime: str) -> str:
    """Return a sensible name for a part that brings none."""
    if mime in NAMES:
        return NAMES[mime]
    extension = EXTENSIONS.guess_extension(mime) or ".bin"
    return ("image" if mime.startswith("image/") else "attachment") + extension
