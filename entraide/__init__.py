"""Entraide: a self-hosted IT support platform."""

__version__ = "0.1.0"
