"""Which runs a sweep has: seeds and a grid, read from the command line.

A value that is not valid is an InputError that says what is; nothing is run here.
"""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kubestow.cli.simulation_options import (
    DAY,
    FAULT_SETS,
    SHAPES,
    SimulationOptions,
    check_simulation,
    is_trace,
    policies_of,
)
from kubestow.model.input_error import InputError
from kubestow.model.suggestion import did_you_mean

if TYPE_CHECKING:
    from kubestow.simulation.sweep import SettingGrid

_NAMES = ("policy", "shape", "faults", "step", "days")
_RANGE = re.compile(r"([0-9]{1,18})(?:\.\.([0-9]{1,18}))?")
_NUMBER_CHARACTERS_MAX = 40
_RUNS_MOST = 100_000


def seeds_of(text: str) -> list[int]:
    """Return the seeds of 1..200 or 3,5,9, in order, each once."""
    found: dict[int, None] = {}
    hint = "for example 1..200 or 3,5,9"
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise InputError(f"--seeds: {part!r} is neither a seed nor a range of seeds", hint=hint)
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise InputError(f"--seeds: {part} is empty", hint=f"use {last}..{first}")
        if last - first >= _RUNS_MOST:
            raise InputError(f"--seeds: {part} is too many", hint=f"use {_RUNS_MOST:,} at most")
        found.update(dict.fromkeys(range(first, last + 1)))
    if not found:
        raise InputError("--seeds is empty", hint=hint)
    return list(found)


def grid_of(options: SimulationOptions, given: Sequence[str]) -> "SettingGrid":
    """Return the grid: each dimension's values from --grid, else the one of its own option."""
    from kubestow.simulation.sweep import SettingGrid  # numpy: only a simulation pays for it

    values = _by_name(given)
    if is_trace(options.workload[0]):
        for name in ("shape", "step"):
            if name in values:
                raise InputError(
                    f"--grid {name}: a trace has its own times",
                    hint=f"omit --grid {name}, or pass manifests",
                )
    policy = (
        policies_of(",".join(values["policy"]), "--grid policy")
        if "policy" in values
        else policies_of(options.policy)
    )
    grid = SettingGrid(
        tuple(policy),
        _words(values, "shape", SHAPES, options.shape),
        _words(values, "faults", FAULT_SETS, options.faults),
        tuple(_numbers(values, "step", int, options.step)),
        tuple(
            dict.fromkeys(
                round(days * DAY) for days in _numbers(values, "days", float, options.days)
            )
        ),
    )
    for seconds in grid.seconds:
        for step in grid.step:
            check_simulation(seconds / DAY, step)
    return grid


def check_size(grid: "SettingGrid", seeds: Sequence[int]) -> None:
    """Raise InputError for more runs than a sweep may have."""
    runs = len(grid) * len(seeds)
    if runs > _RUNS_MOST:
        raise InputError(
            f"{len(grid)} settings with {len(seeds)} seeds are {runs:,} runs",
            hint=f"use fewer seeds or values; {_RUNS_MOST:,} runs at most",
        )


def _by_name(given: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in given:
        name, equals, rest = text.partition("=")
        name = name.strip().lower()
        if name not in _NAMES:
            raise InputError(
                f"--grid: a sweep cannot vary {name!r}",
                hint=did_you_mean(name, _NAMES) or f"choose from: {', '.join(_NAMES)}",
            )
        words = list(dict.fromkeys(filter(None, (word.strip() for word in rest.split(",")))))
        if not equals or not words:
            raise InputError(f"--grid {text}: no values", hint=f"use {name}=VALUE,VALUE")
        if name in found:
            raise InputError(
                f"--grid names {name} twice", hint=f"list all values at once: {name}=VALUE,VALUE"
            )
        found[name] = words
    return found


def _words(
    values: dict[str, list[str]], name: str, known: Sequence[str], default: str
) -> tuple[str, ...]:
    words = [word.lower() for word in values.get(name, [default])]
    for word in words:
        if word not in known:
            raise InputError(
                f"--grid {name}: {word!r} is not a valid value",
                hint=did_you_mean(word, known) or f"choose from: {', '.join(known)}",
            )
    return tuple(dict.fromkeys(words))


def _numbers(values: dict[str, list[str]], name: str, kind: Any, default: Any) -> list[Any]:
    if name not in values:
        return [default]
    found = []
    for word in values[name]:
        try:
            number = kind(word) if len(word) <= _NUMBER_CHARACTERS_MAX else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            what = "a whole number" if kind is int else "a number"
            raise InputError(
                f"--grid {name}: {word!r} is not {what}", hint=f"for example {default:g}"
            )
        found.append(number)
    return list(dict.fromkeys(found))
