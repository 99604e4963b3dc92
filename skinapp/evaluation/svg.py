"""SVG that can be opened by itself: without styles written into the file, as large as the window.

matplotlib says colours and widths in ``style`` attributes and a ``<style>`` element.  A browser
that opens such a file by itself, under a Content-Security-Policy without ``unsafe-inline``, draws
it black.  Everything that matplotlib says so is also a presentation attribute (SVG 1.1, section
6.1), which no policy forbids.
"""

from __future__ import annotations

import re

# Its rule for all elements; these two properties are inherited from the outermost one.
_SHEET = re.compile(r"\s*<style[^>]*>\*\{stroke-linejoin: round; stroke-linecap: butt\}</style>")
_ROOT_ATTRIBUTES = 'stroke-linejoin="round" stroke-linecap="butt"'
_STYLE = re.compile(r' style="([^"]*)"')
# In points, beside a viewBox that says the same.
_SIZE = re.compile(r'(<svg\b[^>]*?) width="[\d.]+pt" height="[\d.]+pt"(?=[^>]* viewBox=)')


class UnknownStyle(ValueError):
    """A drawing has a style sheet that presentation attributes would not stand for."""


def standing_alone(drawing: str) -> str:
    """A drawing by matplotlib for any window and any policy.

    Raises :class:`UnknownStyle` for another style sheet than matplotlib's.
    """
    return _SIZE.sub(r"\1", without_styles(drawing), count=1)


def without_styles(drawing: str) -> str:
    """Say every style of an SVG drawing by matplotlib as presentation attributes.

    A drawing without styles stays as it is.  Raises :class:`UnknownStyle` for another style sheet
    than matplotlib's.
    """
    plain, sheets = _SHEET.subn("", drawing)
    if "<style" in plain:
        raise UnknownStyle("the drawing has a style sheet that is not matplotlib's")
    if sheets:
        plain = plain.replace("<svg ", f"<svg {_ROOT_ATTRIBUTES} ", 1)
        # It surrounded the sheet alone.
        plain = re.sub(r"\s*<defs>\s*</defs>", "", plain, count=1)
    return _STYLE.sub(_as_attributes, plain)


def _as_attributes(found: re.Match[str]) -> str:
    pairs = (each.split(":", 1) for each in found[1].split(";") if each.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs)
