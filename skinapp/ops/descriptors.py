"""How many connections fit into the files that a process may have open."""

from __future__ import annotations

import resource

# More than these connections to one process nobody needs.
MOST_CONNECTIONS = 1000
# Beside them: answers that are being said farewell, pollers of threads, the database, the network.
_OTHERS = 400


def raise_descriptor_limit() -> int:
    """Take as many descriptors as the system allows this user, if that is more; return the limit.

    Shells and service managers often give 1,024 at first.  Processes that are forked inherit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _OTHERS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed


def connections_for(descriptors: int) -> int:
    """Connections that one process may hold open, at least 10."""
    return max(10, min(MOST_CONNECTIONS, descriptors - _OTHERS))
