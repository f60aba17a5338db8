"""The preload module of a sweep's local workers.

Workers ignore Ctrl-C; the program that started them handles it and ends them.
"""

import signal

from kubestow.adapters.garbage import look_seldom


def dask_setup(worker: object) -> None:
    """Collect garbage rarely, and ignore Ctrl-C."""
    look_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
