"""Turns away forms that another site sends, before anything is read or answered in the session.

Browsers leave the session cookie out of such a request, so no case could be made or deleted with
it.  But the form that would come back belongs to a new session, whose cookie takes the place of
the visitor's own: whatever site they were lured to could have cost them their cases.
"""

from __future__ import annotations

from flask import Flask, abort, request

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
