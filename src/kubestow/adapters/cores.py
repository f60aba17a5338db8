"""How many processor cores this process may use."""

import os


def cores() -> int:
    """Return the number of cores, at least one; fewer than there are if the process is bound."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
