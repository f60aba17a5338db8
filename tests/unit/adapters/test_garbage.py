"""Garbage collection thresholds: higher than Python's own, and still on."""

import gc

from kubestow.adapters.garbage import look_seldom


def test_the_collector_runs_rarely_and_stays_enabled() -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        look_seldom()
        assert all(now > default for now, default in zip(gc.get_threshold(), before, strict=True))
        assert gc.isenabled()
    finally:
        gc.set_threshold(*before)
