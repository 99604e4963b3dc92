"""A server that does nothing but answer.

What a probe of it takes under the same load is what the machine takes, whoever serves.
"""

from __future__ import annotations

import argparse
import socket

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def serve(port: int) -> None:
    """Answer one connection after the other, for ever."""
    with socket.create_server(("127.0.0.1", port)) as door:
        while True:
            connection, _ = door.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(_ANSWER)


def main() -> None:
    """Serve where the command says."""
    parser = argparse.ArgumentParser(prog="bare_server.py", description=__doc__)
    parser.add_argument("port", type=int)
    serve(parser.parse_args().port)


if __name__ == "__main__":
    main()
