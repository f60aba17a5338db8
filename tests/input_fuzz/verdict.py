"""What is wrong with how a run ended: the rules that every input must keep."""

import json
import re
from collections.abc import Iterator

from .execution import BYTES_MAX, Outcome
from .samples import MARK

_CODES = {0, 1, 2, 4}
"""The documented ones that an input alone can lead to; 3 is a bug, 130 an interruption."""
_RAW_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def faults(outcome: Outcome) -> Iterator[str]:
    """Yield each rule that a run broke."""
    if outcome.code is None:
        yield f"hangs: stopped after {outcome.seconds:.0f} s"
        return
    encoding = outcome.input.encoding
    said = outcome.stderr.decode(encoding, "replace")
    if "Traceback (most recent call last)" in said or "Fatal Python error" in said:
        yield f"traceback: {said.strip().splitlines()[-1][:200]}"
    elif outcome.code not in _CODES:
        yield f"exit code {outcome.code}: {said.strip()[:300]}"
    elif outcome.code == 1 and 2 not in outcome.input.closed:
        yield from _without_hint(said)
    if outcome.peak_bytes > BYTES_MAX:
        yield f"memory: {outcome.peak_bytes / 2**20:.0f} MiB"
    if MARK in said:
        yield f"repeats a secret: {said[:300]}"
    yield from _controls(outcome, said)


def _without_hint(said: str) -> Iterator[str]:
    lines = [line for line in said.splitlines() if not line.startswith("note: ")]
    errors = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    if not errors:
        yield f"exit code 1 without an error: {said[:300]!r}"
    elif not all(lines[at + 1 : at + 2] and lines[at + 1].startswith("hint: ") for at in errors):
        yield f"an error without its hint: {said[:300]!r}"


def _controls(outcome: Outcome, said: str) -> Iterator[str]:
    form = _form(outcome.input.tokens)
    encoding = outcome.input.encoding if form == "table" else "utf-8"  # documents always are
    shown = outcome.stdout.decode(encoding, "replace")
    for name, text in (("stdout", shown), ("stderr", said)):
        found = _RAW_CONTROL.search(text)
        if found:
            around = text[max(0, found.start() - 40) : found.end() + 40]
            yield f"a control character reaches {name}: {around!r}"
    if outcome.code in (0, 2, 4) and form in ("json", "sarif"):
        try:
            json.loads(shown)
        except ValueError as problem:
            yield f"stdout is not JSON: {problem}"


def _form(tokens: list[str]) -> str:
    """Return what -o asks for."""
    at = tokens.index("-o") if "-o" in tokens[:-1] else None
    return "table" if at is None else tokens[at + 1]
