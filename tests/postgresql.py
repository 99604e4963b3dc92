"""A PostgreSQL server of the tests' own: in a folder of its own, reached by a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# What Debian's package makes.  PostgreSQL refuses to run as root.
SYSTEM_USER = "postgres"
PORT = 5432  # names the socket; nothing listens on the network
# Reads until the tests close its input, or are ended in any way, and clears up after them.
_CLEAR_UP = 'cat; "$0" stop --pgdata="$1/data" --wait --mode=immediate; rm -rf "$1"'


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(installed[-1]) if installed else shutil.which(name)
    assert found, "there is no PostgreSQL: scripts/install_for_tests.sh installs it"
    return found


class PostgresqlServer:
    """Started at once; can be stopped and started again, and be given any number of databases.

    It ends, and its folder with it, at :meth:`close` or when the tests' process does, killed or
    not.
    """

    def __init__(self, folder: Path) -> None:
        self._data, self._log = folder / "data", folder / "log"
        self._socket_dir = folder
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self.user = SYSTEM_USER
            shutil.chown(folder, SYSTEM_USER)
            group = pwd.getpwnam(SYSTEM_USER).pw_gid
            self._as_user = {"user": SYSTEM_USER, "group": group, "extra_groups": []}
        self._clearing_up = subprocess.Popen(
            ["sh", "-c", _CLEAR_UP, _program("pg_ctl"), str(folder)],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A signal to the tests' process group must not end it first.
            start_new_session=True,
            **self._as_user,
        )
        try:
            self._run("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--no-locale")
            self.start()
        except AssertionError:
            self.close()
            raise

    def start(self) -> None:
        options = (
            f"-c listen_addresses='' -c unix_socket_directories='{self._socket_dir}' -c port={PORT}"
            " -c fsync=off -c max_connections=50"
        )
        self._run("pg_ctl", "start", "--wait", f"--log={self._log}", f"--options={options}")

    def stop(self) -> None:
        """As a crash of its host would: open connections are cut."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def close(self) -> None:
        """Stop for good and remove the folder."""
        self._clearing_up.communicate(timeout=60)

    def new_database(self) -> str:
        """Make an empty database; return its URL."""
        name = f"test_{uuid.uuid4().hex}"
        where = {"host": str(self._socket_dir), "port": PORT, "user": self.user}
        with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql://{self.user}@/{name}?host={self._socket_dir}&port={PORT}"

    def _run(self, program: str, *options: str) -> None:
        command = [_program(program), f"--pgdata={self._data}", *options]
        done = subprocess.run(
            command,
            cwd=self._socket_dir,
            # Not a pipe: the server would inherit and hold it.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **self._as_user,
        )
        assert done.returncode == 0, f"{program} failed: {self._words()}"

    def _words(self) -> str:
        return self._log.read_text() if self._log.exists() else "without a word"
