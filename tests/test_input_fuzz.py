"""A sample of the fuzzer of inputs; ``make fuzz-input`` tries thousands."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .input_fuzz.execution import Outcome, imported, outcome
from .input_fuzz.inputs import MAKERS
from .input_fuzz.inputs_base import Input
from .input_fuzz.samples import MARK, Samples, made_samples
from .input_fuzz.verdict import faults

_SEEDS, _BATCH = 120, 30


@pytest.fixture(scope="module")
def samples(tmp_path_factory: Any) -> Iterator[tuple[Samples, Path]]:
    directory = tmp_path_factory.mktemp("samples")
    before = os.environ.get("KUBESTOW_CACHE")
    os.environ["KUBESTOW_CACHE"] = str(directory / "cache")
    try:
        imported()
        yield made_samples(directory), directory / "cache"
    finally:
        del os.environ["KUBESTOW_CACHE"]
        if before is not None:
            os.environ["KUBESTOW_CACHE"] = before


@pytest.mark.parametrize("first", range(0, _SEEDS, _BATCH))
def test_broken_input_ends_in_one_clear_error(samples: tuple[Samples, Path], first: int) -> None:
    made, cache = samples
    wrong = {
        seed: list(faults(outcome(made, seed, cache))) for seed in range(first, first + _BATCH)
    }
    assert {seed: found for seed, found in wrong.items() if found} == {}


def ended(**changes: Any) -> Outcome:
    plain: dict[str, Any] = {
        "input": Input("x", ["plan"]), "code": 1, "stdout": b"", "seconds": 1.0,
        "stderr": b"error: a\nhint: b\n", "peak_bytes": 1,
    }  # fmt: skip
    return Outcome(**(plain | changes))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"code": None}, "hangs"),
        ({"stderr": b"Traceback (most recent call last)\nKeyError: 1"}, "traceback"),
        ({"code": 3}, "exit code 3"),
        ({"code": -9}, "exit code -9"),
        ({"stderr": b""}, "exit code 1 without an error"),
        ({"stderr": b"error: a\n"}, "an error without its hint"),
        ({"stderr": b"error: a\nerror: b\nhint: c\n"}, "an error without its hint"),
        ({"peak_bytes": 2**31}, "memory: 2048 MiB"),
        ({"stderr": f"error: {MARK}\nhint: b".encode()}, "repeats a secret"),
        ({"stdout": b"\x1b[2J"}, "a control character reaches stdout"),
        ({"stderr": b"error: \xc2\x9b\nhint: b"}, "a control character reaches stderr"),
        ({"input": Input("x", ["plan", "-o", "json"]), "code": 0, "stdout": b"{"}, "is not JSON"),
    ],
)
def test_a_run_that_breaks_a_rule_is_noticed(changes: dict[str, Any], fault: str) -> None:
    assert any(fault in found for found in faults(ended(**changes)))


def test_a_run_that_keeps_the_rules_is_not() -> None:
    assert list(faults(ended())) == []


def test_every_kind_of_file_has_a_maker() -> None:
    assert len(MAKERS) >= 20
