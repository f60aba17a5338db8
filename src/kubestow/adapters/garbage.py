"""How seldom Python looks for cycles.

Law: there are next to none, and the values are many: at Python's own thresholds a simulation
spends an eighth of its time on looking.
"""

import gc

_THRESHOLDS = (200_000, 20, 100)


def look_seldom() -> None:
    """Let this process look for cycles seldom."""
    gc.set_threshold(*_THRESHOLDS)
