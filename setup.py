"""Compiles the translations when Entraide is built; everything else is in pyproject.toml."""

from __future__ import annotations

import runpy

from setuptools import setup
from setuptools.command.build_py import build_py


class WithTranslations(build_py):
    """Makes the .mo files first, so that they are among the files of the package."""

    def run(self) -> None:
        runpy.run_path("scripts/compile-messages")
        super().run()


setup(cmdclass={"build_py": WithTranslations})
