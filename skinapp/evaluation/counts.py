"""Counts on a command line."""

from __future__ import annotations

from argparse import ArgumentTypeError


def none_or_more(text: str) -> int:
    """A number from 0 on.  Raises ``ArgumentTypeError`` for any other."""
    return _at_least(0, text)


def at_least_one(text: str) -> int:
    """A number from 1 on.  Raises ``ArgumentTypeError`` for any other."""
    return _at_least(1, text)


def _at_least(least: int, text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no whole number") from None
    if count < least:
        raise ArgumentTypeError(f"{count} is less than {least}")
    return count
