"""Turns away forms that another site sends, before anything is read or answered in the session.

Browsers leave the session cookie out of such a request, so no case could be made or deleted with
it.  But the form that would come back belongs to a new session, whose cookie takes the place of
the visitor's own: whatever site they were lured to could have cost them their cases.

Browsers say who sends to addresses with HTTPS and to their own machine.  Elsewhere they name the
page's origin; where a proxy hides our own name it never fits, so nothing is refused for it.
"""

from __future__ import annotations

from flask import Flask, abort, request, session

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def register_cross_site_guard(app: Flask) -> None:
    """Answer 403 where the browser says that another site sends (Fetch Metadata, W3C).

    Register this before anything that reads a body or makes a session.
    """

    def refuse() -> None:
        sent_by = request.headers.get("Sec-Fetch-Site")
        if request.method not in _SAFE_METHODS and sent_by == "cross-site":
            abort(403)

    app.before_request(refuse)


def may_begin_session() -> bool:
    """Whether an answer to this form may set a session's cookie, where it came without one."""
    origin = request.headers.get("Origin")
    if session or origin is None or request.headers.get("Sec-Fetch-Site") == "same-origin":
        return True
    # Scheme, host and port and no more; what a stranger writes there must not fail here.
    return origin.partition("://")[2] == request.host
