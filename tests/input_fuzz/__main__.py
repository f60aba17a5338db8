"""The fuzzer as a command; it exits with 1 where an input broke a rule."""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

from .execution import imported, outcome
from .samples import Samples, made_samples
from .verdict import faults

Finding = tuple[int, str, list[str], list[str], float, int]


def tried(samples: Samples, seed: int, cache: Path) -> Finding:
    """Return what came of a seed: itself, the kind, the command line, the faults, time, memory."""
    end = outcome(samples, seed, cache)
    return seed, end.input.kind, end.input.tokens, list(faults(end)), end.seconds, end.peak_bytes


class _Tries:
    """The samples and cache that the processes of a pool inherit."""

    samples: Samples
    cache: Path

    @classmethod
    def one(cls, seed: int) -> Finding:
        return tried(cls.samples, seed, cls.cache)


def main() -> int:
    """Try the inputs that the options ask for; print what is wrong and a summary."""
    parser = argparse.ArgumentParser(prog="python -m tests.input_fuzz")
    parser.add_argument(
        "--seed", type=int, default=1, help="the first input; each has its own seed"
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    imported()
    started = time.monotonic()
    kinds: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    slowest, most = 0.0, 0
    with tempfile.TemporaryDirectory(prefix="fuzz-samples-") as folder:
        _Tries.cache = Path(folder) / "cache"
        os.environ["KUBESTOW_CACHE"] = str(_Tries.cache)
        _Tries.samples = made_samples(Path(folder))
        seeds = range(asked.seed, asked.seed + asked.count)
        with get_context("fork").Pool(asked.workers) as pool:
            for seed, kind, tokens, found, seconds, peak in pool.imap_unordered(_Tries.one, seeds):
                kinds[kind] += 1
                slowest, most = max(slowest, seconds), max(most, peak)
                for fault in found:
                    wrong[kind] += 1
                    shown = [token[:60] for token in tokens]
                    print(f"seed {seed} ({kind}) {shown}\n    {fault!a}", flush=True)
    took = time.monotonic() - started
    for kind, count in sorted(kinds.items()):
        print(f"{kind:12} {count:6} inputs, {wrong[kind]} faults")
    print(f"{sum(kinds.values())} inputs in {took:.0f} s, {sum(wrong.values())} faults; "
          f"the slowest took {slowest:.1f} s, the largest {most / 2**20:.0f} MiB")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
