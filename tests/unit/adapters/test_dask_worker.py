"""The preload module of a sweep's workers: Ctrl-C is left to the program that started them."""

import gc
import signal

from kubestow.adapters.dask_worker import dask_setup


def test_a_worker_ignores_ctrl_c_and_collects_garbage_rarely() -> None:
    handler, thresholds = signal.getsignal(signal.SIGINT), gc.get_threshold()
    try:
        dask_setup(object())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert gc.get_threshold()[0] > 100_000
    finally:
        signal.signal(signal.SIGINT, handler)
        gc.set_threshold(*thresholds)
