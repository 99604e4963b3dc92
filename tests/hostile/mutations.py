"""Ways in which a file can be spoiled; each takes its luck from a generator with a seed."""

from __future__ import annotations

import random
from collections.abc import Callable

# Headers are where a changed byte leads to other code.
_HEADER_BYTES = 600
_EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\1\0\1")


def _place(data: bytes, chance: random.Random) -> int:
    end = chance.choice([min(_HEADER_BYTES, len(data)), len(data)])
    return chance.randrange(end)


def _flipped_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        changed[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _extreme_number(data: bytes, chance: random.Random) -> bytes:
    place, number = _place(data, chance), chance.choice(_EXTREMES)
    return data[:place] + number + data[place + len(number) :]


def _truncated(data: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _lost_part(data: bytes, chance: random.Random) -> bytes:
    place = _place(data, chance)
    return data[:place] + data[place + chance.randint(1, 400) :]


def _repeated_part(data: bytes, chance: random.Random) -> bytes:
    place, times = _place(data, chance), chance.choice([2, 3, 200])
    part = data[place : place + chance.randint(1, 300)]
    return data[:place] + part * times + data[place + len(part) :]


def _noise(data: bytes, chance: random.Random) -> bytes:
    place, count = _place(data, chance), chance.randint(1, 300)
    return data[:place] + chance.randbytes(count) + data[place + count :]


def _grafted(data: bytes, chance: random.Random) -> bytes:
    """The end of the file in the middle of it."""
    return data[: _place(data, chance)] + data[_place(data, chance) :]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped_bits,
    _extreme_number,
    _truncated,
    _lost_part,
    _repeated_part,
    _noise,
    _grafted,
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to three mutations, one after the other."""
    for _ in range(chance.choice([1, 1, 2, 3])):
        data = chance.choice(MUTATIONS)(data or b"\0", chance)
    return data
