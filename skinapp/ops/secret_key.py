"""The key that signs sessions: made at first start, kept with the data."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from skinapp.domain.errors import SkinappError

KEY_FILE = "secret_key"
_BYTES = 32


class SecretKeyRefused(SkinappError):
    """The key can't be made, or what is kept is no key; the message says why."""


def read_or_make_secret_key(folder: Path) -> str:
    """Return the key in hexadecimal, the same one in every process and after every start.

    Raises :class:`SecretKeyRefused`.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = path.read_text(encoding="ascii").strip()
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyRefused(f"The secret key in {path} can't be used: {error}") from None
    if len(key) != 2 * _BYTES or not set(key) <= set("0123456789abcdef"):
        raise SecretKeyRefused(
            f"{path} holds no key of {2 * _BYTES} hexadecimal digits; remove it and a new one is "
            "made (everybody's session ends)"
        )
    return key


def _make(path: Path) -> None:
    """Write aside, then link into place: another process sees the whole key or none.

    Linking fails where another one was faster; then its key counts.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            return
    finally:
        aside.unlink()
