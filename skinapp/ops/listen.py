"""Where the server listens."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Mapping

from skinapp.settings import SettingsRefused

Address = tuple[str, int]


def bind_option(host: str, port: int) -> str:
    """``host:port`` as gunicorn reads it; IPv6 addresses get their brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_inherited(environment: Mapping[str, str]) -> bool:
    """Whether the socket is open already: gunicorn's own successor, or a service manager's."""
    mine = environment.get("LISTEN_PID") == str(os.getpid())
    return mine or "GUNICORN_FD" in environment


def listening_hosts(listeners: Iterable[socket.socket]) -> list[str]:
    """The addresses on which a network reaches the sockets; Unix sockets have none."""
    reached = (each for each in listeners if each.family in (socket.AF_INET, socket.AF_INET6))
    return [str(each.getsockname()[0]) for each in reached]


def refuse_taken(address: Address) -> None:
    """Raise :class:`SettingsRefused` where nothing can listen on an address, and say why.

    gunicorn would try for five seconds and then speak of a connection.
    """
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise SettingsRefused(f"skinapp can't start:\n{_reason(error, host, port)}") from None


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. "
            f"Stop it, or choose another port: PORT={port + 1} make run"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has; choose one from 1024 on"
    return f"It can't listen on {host}, port {port}: {error.strerror or error}"
