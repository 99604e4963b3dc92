from __future__ import annotations

import os
import socket

import pytest

from skinapp.ops.listen import bind_option, is_inherited, refuse_taken
from skinapp.settings import SettingsRefused


def test_an_ipv6_address_gets_brackets():
    assert bind_option("::1", 8000) == "[::1]:8000"


def test_an_ipv4_address_gets_none():
    assert bind_option("127.0.0.1", 8000) == "127.0.0.1:8000"


def test_a_taken_port_is_refused_with_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsRefused, match=f"Port {port} .* is taken .*PORT={port + 1}"):
            refuse_taken(("127.0.0.1", port))


def test_a_free_port_is_left_free():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = other.getsockname()
    refuse_taken(address)
    with socket.create_server(address) as mine:
        assert mine.getsockname() == address


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(SettingsRefused, match=r"can't listen on 192\.0\.2\.1"):
        refuse_taken(("192.0.2.1", 8000))


@pytest.mark.parametrize(
    ("environment", "inherited"),
    [
        ({}, False),
        ({"GUNICORN_FD": "5"}, True),
        ({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}, True),
        ({"LISTEN_PID": "1", "LISTEN_FDS": "1"}, False),  # meant for a parent
    ],
)
def test_a_socket_that_somebody_has_opened_for_us_is_known(environment, inherited):
    assert is_inherited(environment) is inherited
