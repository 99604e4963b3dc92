"""Which view a browser session reads its results in."""

from __future__ import annotations

from flask import request, session

from skinapp.web.presenters.views import ResultView, parse_view

_KEY = "view"


def keep_view(text: str | None) -> None:
    """Remember the view of that name for this page and the next uploads; ignore other names."""
    view = parse_view(text)
    # Writing sends a cookie anew; most requests change nothing.
    if view is not None and session.get(_KEY) != view:
        session[_KEY] = view.value


def kept_view() -> ResultView:
    """Return the view chosen last; lesion types where none was."""
    return parse_view(session.get(_KEY)) or ResultView.TYPES


def sent_view() -> ResultView:
    """Return the view chosen on a form that was not let in; the one chosen last where it has none.

    Nothing is remembered: who sent such a form is not known.  It reads the request's body.
    """
    return parse_view(request.form.get("view")) or kept_view()


def asked_view() -> ResultView:
    """Return the view that the address asks for, and remember it; else the one chosen last."""
    keep_view(request.args.get("view"))
    return kept_view()
