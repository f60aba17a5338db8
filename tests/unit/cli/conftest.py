"""What several tests of commands need of the process they run in."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture
def usual_interrupts() -> Iterator[None]:
    """Handle SIGINT as a program in the foreground does, whatever the tests run in."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
