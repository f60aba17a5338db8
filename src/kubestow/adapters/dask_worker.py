"""What a local worker of a sweep loads first.

Law: Ctrl-C is heard by the program that started the workers, which ends them.
"""

import gc
import signal

_GARBAGE = (100_000, 20, 100)  # as in kubestow.cli.main: looking for cycles takes time


def dask_setup(worker: object) -> None:
    """Leave Ctrl-C to the program that started this process."""
    gc.set_threshold(*_GARBAGE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
