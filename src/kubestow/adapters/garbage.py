"""Garbage collection thresholds.

kubestow creates many objects and hardly any reference cycles. With Python's default thresholds, a
simulation spends an eighth of its time in the collector.
"""

import gc

_THRESHOLDS = (200_000, 20, 100)


def look_seldom() -> None:
    """Run this process's cyclic garbage collector rarely."""
    gc.set_threshold(*_THRESHOLDS)
