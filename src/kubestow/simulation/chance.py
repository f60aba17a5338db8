"""Chance: random numbers that depend on the seed and on what they are for, not on when.

The same for the same names, under any PYTHONHASHSEED, whatever was drawn before.
"""

import zlib

_SCALE = 2**32


def share(seed: int, *names: object) -> float:
    """Return a number from 0 to 1, the same for the same seed and names."""
    text = "\x00".join(map(str, (seed, *names))).encode()
    mixed = zlib.crc32(text) * 0x9E3779B1 % _SCALE
    return (mixed ^ zlib.crc32(text[::-1])) % _SCALE / _SCALE
