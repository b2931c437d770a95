"""The advisory locks of the database, each for what must not happen twice at once on any machine."""

from __future__ import annotations

# Two machines that start at once migrate one after the other; a backup keeps migrations waiting meanwhile.
MIGRATION = 7_326_541
BACKUP = 7_326_542
# One at a time puts rows of the audit into their chain.
AUDIT = 7_326_543
