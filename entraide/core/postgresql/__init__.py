"""Django's way to PostgreSQL, with the wall of core/wall.py on every connection."""
