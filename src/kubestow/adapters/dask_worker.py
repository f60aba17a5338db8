"""What a local worker of a sweep loads first.

Law: Ctrl-C is heard by the program that started the workers, which ends them.
"""

import signal

from kubestow.adapters.garbage import look_seldom


def dask_setup(worker: object) -> None:
    """Leave Ctrl-C to the program that started this process."""
    look_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
