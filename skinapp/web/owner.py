"""Who a case belongs to: a random secret in the signed session cookie."""

from __future__ import annotations

import secrets

from flask import session

from skinapp.domain.errors import CaseNotFound

_KEY = "owner"


def owner_for_upload() -> str:
    """Return this browser session's secret, made when it first sees the form.

    A session is signed anew with every upload: it has to last as long as the newest of its cases.
    """
    if _KEY not in session:
        session[_KEY] = secrets.token_urlsafe(32)
    session.modified = True
    return str(session[_KEY])


def owner_of_session() -> str:
    """Return this browser session's secret.

    Raises :class:`~skinapp.domain.errors.CaseNotFound` where there is none: such a session has
    made no case, and is told no more than a stranger.
    """
    owner = known_owner()
    if owner is None:
        raise CaseNotFound
    return owner


def known_owner() -> str | None:
    """Return this browser session's secret; None where it has none yet."""
    owner = session.get(_KEY)
    return owner if isinstance(owner, str) else None
