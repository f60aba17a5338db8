"""A sweep with a worker killed half way: every run is there, and none twice.

Run: python -m benchmarks.sweep [--runs 200] [--workers 2]
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil
import pyarrow.parquet

from benchmarks.measure import ROOT, machine


def command(runs: int, workers: int, out: Path) -> list[str]:
    """Return a sweep of two policies on a few pods."""
    return [
        sys.executable, "-m", "kubestow", "sweep", "-f", "generated:3", "--region", "eu-north-1",
        "--days", "0.02", "--policy", "optimal,karpenter", "--seeds", f"1..{runs // 2}",
        "--workers", str(workers), "--out", str(out),
    ]  # fmt: skip


def workers_of(process: int) -> list[psutil.Process]:
    """Return the worker processes a sweep has started."""
    return [
        child
        for child in psutil.Process(process).children(recursive=True)
        if "multiprocessing.spawn" in " ".join(child.cmdline())
    ]


def runs_in(folder: Path, pattern: str) -> list[tuple[str, int]]:
    """Return the policy and the seed of all rows in the files."""
    return [
        (row["policy"], row["seed"])
        for path in sorted(folder.glob(pattern))
        for row in pyarrow.parquet.ParquetFile(path).read(["policy", "seed"]).to_pylist()
    ]


def main() -> None:
    """Sweep, kill a worker when half of the runs are done, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results"
        started = time.perf_counter()
        sweep = subprocess.Popen(command(options.runs, options.workers, out), cwd=ROOT)
        seen = 0
        while seen < options.runs // 2 and sweep.poll() is None:
            time.sleep(0.2)
            seen = len(runs_in(out, "part-*.parquet"))
        victim = workers_of(sweep.pid)[0].pid
        os.kill(victim, signal.SIGKILL)
        print(f"worker process {victim} killed after {seen} of {options.runs} runs", flush=True)
        code = sweep.wait(timeout=3600)
        seconds = time.perf_counter() - started
        counts = Counter(runs_in(out, "*.parquet"))
    twice = sum(count > 1 for count in counts.values())
    print(
        f"{len(counts)} results of {options.runs}, {twice} twice, {seconds:.1f} s on "
        f"{options.workers} workers, exit code {code}"
    )
    sys.exit(code not in (0, 2) or twice > 0 or len(counts) != options.runs)


if __name__ == "__main__":
    main()
