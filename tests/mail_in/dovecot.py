"""A real IMAP server (Dovecot) of its own for the tests: loopback, a port of its own, a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

PASSWORD = "Zürich-2026"  # beyond ASCII, as passwords are
PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
auth_verbose = yes
ssl = {ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
"""


class Dovecot:
    """One server. Any user name signs in with `PASSWORD`, or by XOAUTH2 with a token that `token_server` knows."""

    def __init__(
        self,
        folder: Path,
        *,
        certificate: tuple[Path, Path] | None = None,
        token_server: str = "http://127.0.0.1:1/",
    ) -> None:
        self.folder = folder
        self.certificate = certificate
        self.token_server = token_server
        self.port, self.tls_port = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # Mail users may not be root, and their folders must be reachable for whom they are.
        user = pwd.getpwnam("mail") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        group = subprocess.run(["id", "-gn", user.pw_name], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("", "run", "state", "mail"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(self.folder / name, user.pw_name, group)
        for folder in (self.folder, *self.folder.parents):
            if os.geteuid() == 0 and folder.stat().st_mode & 0o055 != 0o055:
                folder.chmod(folder.stat().st_mode | 0o055)
        text = CONFIGURATION.format(
            folder=self.folder, port=self.port, tls_port=self.tls_port if self.certificate else 0,
            password=PASSWORD, user=user.pw_name, group=group, ssl="yes" if self.certificate else "no",
        )  # fmt: skip
        if self.certificate:
            text += f"ssl_cert = <{self.certificate[0]}\nssl_key = <{self.certificate[1]}\n"
        (self.folder / "oauth2.conf").write_text(
            f"introspection_mode = post\nintrospection_url = {self.token_server}\nusername_attribute = user\n"
            "active_attribute = active\nactive_value = true\n"
        )
        (self.folder / "dovecot.conf").write_text(text)
        self._process = subprocess.Popen(
            [PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        until = time.monotonic() + 20
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"Dovecot does not start: {self._said()}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)

    def _said(self) -> str:
        log = self.folder / "log"
        printed = self._process.communicate(timeout=5)[0].decode() if self._process else ""
        return printed + (log.read_text() if log.exists() else "")


# In CI it must be there: a test that is skipped everywhere tests nothing.
needs_dovecot = pytest.mark.skipif(
    not Path(PROGRAM).exists() and "CI" not in os.environ,
    reason="Dovecot is not installed: apt-get install dovecot-imapd",
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(4) == b"* OK"
    except OSError:
        return False
