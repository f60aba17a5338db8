"""A program that floods, hangs or leaves a child behind does not stop the one that runs it."""

import time

import pytest

from kubestow.adapters.bounded_program import run_bounded


def shell(script: str, given: bytes = b"", seconds: float = 10.0) -> tuple[int, bytes]:
    return run_bounded(["/bin/sh", "-c", script], given, seconds=seconds, bytes_max=1000)


def test_its_exit_code_and_output_are_returned() -> None:
    assert shell("cat; exit 3", b"given") == (3, b"given")
    assert shell("exit 0", b"x" * 10) == (0, b"")


def test_a_flood_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(OverflowError):
        shell("yes")
    assert time.monotonic() - started < 5


def test_much_output_takes_time_by_its_size_alone() -> None:
    script = f"head -c {64 * 2**20} /dev/zero"
    code, output = run_bounded(["/bin/sh", "-c", script], b"", seconds=15, bytes_max=2**27)
    assert (code, len(output)) == (0, 64 * 2**20)


@pytest.mark.parametrize("script", ["sleep 60", "sleep 60 & echo a; exit 0", "exec >&-; sleep 60"])
def test_a_program_that_does_not_end_is_given_up(script: str) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        shell(script, seconds=0.3)
    assert time.monotonic() - started < 5


def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="No such file"):
        run_bounded(["/nowhere/x"], b"", seconds=1, bytes_max=1)
